/** A reply with a table, as each channel shows it: the table in place of its paragraph, or the text as it stands. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { traitsOf } from "../src/channels.ts";
import type { commands } from "../src/contract.ts";
import { merged } from "../src/conversation.ts";

const CHANNEL = { buttons: 20, length: 32_000, private: true };
const BUTTON = { label: "Why", value: "usage:best" };

function part(rows: string[][], more: Partial<commands.Table> = {}): commands.Part {
  const table = { caption: "Profiles", headers: ["profile", "note"], rows, paragraph: 1, ...more };
  return { text: "title\n\n✅ work · line\n✅ home · line\n\nfoot: /codex_usage best", buttons: [BUTTON], table };
}

const ROWS = [
  ["✅ work", "sign in: /codex_auth start work"],
  ["✅ a|b*c*`|`", ""],
];

test("web chat shows a Markdown table in which every cell is text", () => {
  const { text, presentation } = merged([part(ROWS)], CHANNEL, traitsOf("webchat"));
  assert.deepEqual(text!.split("\n"), [
    "title",
    "",
    "| profile | note |",
    "|---|---|",
    "| ✅ work | sign in: `/codex_auth start work` |",
    "| ✅ a\\|b\\*c\\*`\\|` | – |",
    "",
    "foot: `/codex_usage best`",
  ]);
  assert.equal(presentation!.blocks.length, 1);
});

test("Slack draws a block, with its text around it, its buttons below, and all of it as text to fall back on", () => {
  const { text, presentation, presentationTextMode } = merged([part([["✅ <!channel>", "a & b"]])], CHANNEL, traitsOf("slack"));
  assert.match(text!, /^title\n\n✅ work · line\n✅ home · line\n\nfoot/);
  assert.equal(presentationTextMode, "fallback");
  const [above, table, below, buttons] = presentation!.blocks;
  assert.deepEqual(above, { type: "text", text: "title" });
  assert.deepEqual(table, { type: "table", caption: "Profiles", headers: ["profile", "note"], rows: [["✅ < !channel>", "a & b"]] });
  assert.deepEqual(below, { type: "text", text: "foot: `/codex_usage best`" });
  assert.equal(buttons!.type, "buttons");
});

test("everybody else, and whoever would drop the table, is shown the text", () => {
  const large = Array.from({ length: 101 }, (_, at) => [`✅ p${at}`, "x"]);
  const replies: [string, commands.Part[]][] = [
    ["discord", [part(ROWS)]],
    ["signal", [part(ROWS)]],
    ["slack", [part(large)]],
    ["slack", [part([["x".repeat(9000), "x"]])]],
    ["webchat", [part([["one"]])]],
    ["webchat", [part(ROWS, { headers: ["one", "one"] })]],
    ["webchat", [part(ROWS, { headers: ["one", " "] })]],
    ["webchat", [part(ROWS, { caption: "" })]],
    ["webchat", [part(ROWS, { paragraph: 3 })]],
    ["webchat", [part([])]],
    ["webchat", [part(ROWS), part(ROWS)]],
  ];
  for (const [channel, parts] of replies) {
    const { text, presentation, presentationTextMode } = merged(parts, CHANNEL, traitsOf(channel));
    assert.match(text!, /✅ work · line\n✅ home · line/, channel);
    assert.doesNotMatch(text!, /^\|/m);
    assert.equal(presentationTextMode, undefined);
    assert.ok(presentation!.blocks.every(({ type }) => type === "buttons"));
  }
});
