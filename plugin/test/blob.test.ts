import assert from "node:assert/strict";
import { test } from "node:test";

import table from "../../host-test/tables/blobs.json" with { type: "json" };
import { isKept, isLent } from "../src/blob.ts";

test("a blob is of its format or not there", () => {
  const { kept, only_lent: onlyLent, refused } = table.readings;
  const allowed = (text: string) => {
    const blob = Buffer.from(text);
    return [isKept("readings", blob), isLent("readings", blob)];
  };
  for (const blob of kept) assert.deepEqual(allowed(blob), [true, true], blob);
  for (const blob of onlyLent) assert.deepEqual(allowed(blob), [false, true], blob);
  for (const blob of refused) assert.deepEqual(allowed(blob), [false, false], blob);
  const notText = Buffer.from([...Buffer.from('{"version":3,"readings":[]}'), 0xff]);
  assert.equal(isLent("readings", notText), false);
});
