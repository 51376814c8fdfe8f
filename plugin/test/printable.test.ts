import assert from "node:assert/strict";
import { test } from "node:test";

import { printable } from "../src/printable.ts";

test("nothing moves a cursor or turns the direction of writing", () => {
  const text = "\x1b[32mok\x1b[0m \x1b[2J\x1b]0;title\x07\r\u202edone\n";
  assert.equal(printable(text), "[32mok[0m [2J]0;titledone\n");
  assert.equal(printable("a\t\x00\x7f\x9b\u061c\u200b\u200f\u202a\u2060\u206f\ufeffb\n\n"), "ab\n\n");
  assert.equal(printable("é 完成 👍🏽 \u2010\u2029\u202f"), "é 完成 👍🏽 \u2010\u2029\u202f");
});
