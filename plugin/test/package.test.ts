import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import type { PluginApi } from "../src/gateway-api.ts";
import { stateDir } from "../src/state.ts";
import { TOOLS, WrongArgument } from "../src/tools.ts";
import { VERSION } from "../src/version.ts";

const OUT = join(import.meta.dirname, "../out");

test("the package needs OpenClaw alone and runs nothing when it is installed", () => {
  // By a name without a colon, which tar would take for another machine's.
  const args = ["-xzOf", `codex-profiler-${VERSION}.tgz`, "package/package.json"];
  const manifest = JSON.parse(execFileSync("tar", args, { cwd: OUT, encoding: "utf8" }));
  const { repository, homepage, bugs, ...kept } = manifest;
  assert.deepEqual(Object.keys(kept), [
    "name", "version", "description", "license", "type", "keywords", "files", "engines",
    "peerDependencies", "peerDependenciesMeta", "openclaw",
  ]);
  assert.deepEqual(Object.keys(manifest.peerDependencies), ["openclaw"]);
  assert.deepEqual(manifest.peerDependenciesMeta, { openclaw: { optional: true } });
});

test("an agent reads the instruction that matters, also where a catalogue cuts the rest", () => {
  for (const { description } of TOOLS) assert.ok(description.split("\n")[0]!.length <= 120, description);
  const skill = readFileSync(join(import.meta.dirname, "../../SKILL.md"), "utf8");
  const [, description] = /^description: "(.*)"$/m.exec(skill)!;
  assert.ok(description!.length <= 300, `${description!.length}`);
});

test("a wrong argument of a tool is answered with a sentence", () => {
  const [usage, auth] = TOOLS;
  const wrong = [() => usage!.text({ profile: "two words" }), () => usage!.text({ profile: "--x" }), () => auth!.text({ action: "confirm ABCD" })];
  for (const each of wrong) assert.throws(each, (error) => error instanceof WrongArgument && error.message.startsWith("Nothing was done: "));
});

test("what is kept is named where it lies, for backups", () => {
  const { backupResources } = JSON.parse(readFileSync(join(import.meta.dirname, "../openclaw.plugin.json"), "utf8"));
  const runtime = { state: { resolveStateDir: () => "" } };
  assert.deepEqual(backupResources, [{ disposition: "include", scope: "state", relativePath: stateDir({ runtime } as PluginApi) }]);
});
