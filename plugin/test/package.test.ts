import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

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
