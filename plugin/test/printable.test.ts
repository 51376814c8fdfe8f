import assert from "node:assert/strict";
import { test } from "node:test";

import { printable } from "../src/printable.ts";

test("nothing moves a cursor or turns the direction of writing", () => {
  const text = "\x1b[32mok\x1b[0m \x1b[2J\x1b]0;title\x07\r\u202edone\n";
  assert.equal(printable(text), "[32mok[0m [2J]0;titledone\n");
  assert.equal(printable("a\t\x00\x7f\x9b\u061c\u200b\u200f\u202a\u2060\u206f\ufeffb\n\n"), "ab\n\n");
});

/** The same on the other host, `host-test/src/printable.rs`. */
test("what cannot be seen is gone", () => {
  const unseen =
    "a\u00ad\u034f\u061c\u1160\u180e\u200b\u2029\u206f\u3164\ufe0e\ufeff\uffa0\ufff9\u{e0041}\u{e0100}b";
  assert.equal(printable(unseen), "ab");
  const seen = "é 完成 👍🏽 ⚠️ \u2010\u202f";
  assert.equal(printable(seen), seen);
});
