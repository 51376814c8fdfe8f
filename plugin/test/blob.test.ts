import assert from "node:assert/strict";
import { test } from "node:test";

import table from "../../host-test/tables/blobs.json" with { type: "json" };
import { isKept, isLent } from "../src/blob.ts";

test("a blob is of its format or not there", () => {
  for (const key of ["readings", "alerts", "history"] as const) {
    const { kept, only_lent: onlyLent, refused }: Record<"kept" | "only_lent" | "refused", string[]> = table[key];
    const allowed = (text: string) => {
      const blob = Buffer.from(text);
      return [isKept(key, blob), isLent(key, blob)];
    };
    for (const blob of kept) assert.deepEqual(allowed(blob), [true, true], `${key} ${blob}`);
    for (const blob of onlyLent) assert.deepEqual(allowed(blob), [false, true], `${key} ${blob}`);
    for (const blob of refused) assert.deepEqual(allowed(blob), [false, false], `${key} ${blob}`);
  }
  const notText = Buffer.from([...Buffer.from('{"version":3,"readings":[]}'), 0xff]);
  assert.equal(isLent("readings", notText), false);
});
