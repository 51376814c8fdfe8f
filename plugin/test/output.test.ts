import assert from "node:assert/strict";
import { test } from "node:test";

import table from "../../host-test/tables/outputs.json" with { type: "json" };
import { jsonObject, message, version } from "../src/output.ts";

test("an object is found behind warnings", () => {
  for (const { stdout, object } of table.objects) {
    assert.equal(JSON.stringify(jsonObject(stdout)) ?? null, object, stdout);
  }
});

test("the version is the word behind the name", () => {
  for (const row of table.versions) assert.equal(version(row.stdout) ?? null, row.version, row.stdout);
});

test("a message is the envelope's or the end of stderr", () => {
  for (const row of table.messages) assert.equal(message(row, row.most_bytes), row.message);
});
