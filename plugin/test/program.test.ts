import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";

import { absolute, openclaw } from "../src/program.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "codex-profiler-program-")));
after(() => rmSync(root, { recursive: true }));

function put(path: string, content = ""): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

test("the gateway's program is that of the package it runs from", () => {
  const program = put("lib/openclaw/openclaw.mjs");
  put("lib/openclaw/package.json", '{"name":"openclaw"}');
  const inside = put("lib/openclaw/dist/index.js");
  mkdirSync(join(root, "bin"));
  symlinkSync(program, join(root, "bin/openclaw"));
  for (const started of [program, inside, join(root, "bin/openclaw")]) {
    assert.deepEqual(openclaw(started), [process.execPath, program], started);
  }
});

test("and no other file of its name", () => {
  const alone = put("project/openclaw.mjs");
  const started = put("project/dist/index.js");
  for (const manifest of [undefined, "{", "null", '{"name":"other"}']) {
    if (manifest !== undefined) put("project/package.json", manifest);
    for (const each of [alone, started]) assert.deepEqual(openclaw(each), ["openclaw"]);
  }
  // Not even one that somebody works on.
  put("work/package.json", '{"name":"openclaw"}');
  put("work/openclaw.mjs");
  const before = process.cwd();
  process.chdir(join(root, "work"));
  after(() => process.chdir(before));
  for (const none of ["", join(root, "nowhere")]) assert.deepEqual(openclaw(none), ["openclaw"]);
});

test("no program is looked for where a command happens to run", { skip: process.platform === "win32" }, () => {
  assert.equal(absolute("/usr/bin::bin:.:../x:/bin:"), "/usr/bin:/bin");
  for (const none of [undefined, "", ":", "."]) assert.equal(absolute(none), undefined);
});
