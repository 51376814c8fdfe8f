import assert from "node:assert/strict";
import { test } from "node:test";

import table from "../../host-test/tables/invisible.json" with { type: "json" };
import { BLANKS, INVISIBLE } from "../src/invisible.ts";

/** The same on the other host, `invisible/src/lib.rs`. */
test("every character is seen or not as the table says", () => {
  for (const [ranges, pattern] of [[table.invisible, INVISIBLE], [table.blank, BLANKS]] as const) {
    const within = ranges.map(([first, last]) => [parseInt(first!, 16), parseInt(last!, 16)] as const);
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const listed = within.some(([first, last]) => first <= code && code <= last);
      const isGone = String.fromCodePoint(code).replace(pattern, "") === "";
      if (isGone !== listed) wrong.push(code.toString(16));
    }
    assert.deepEqual(wrong, []);
  }
});
