/** Tests what becomes code, and that a label becomes nothing but text. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { marked } from "../src/markup.ts";

/** The parts of a text that are marked as code. */
function coded(text: string): string[] {
  return [...marked(text, "html").matchAll(/<code>(.*?)<\/code>/g)].map(([, code]) => code!);
}

test("a command is code up to its end", () => {
  const texts: Record<string, string[]> = {
    "❌ backup · signed out · /codex_auth start backup": ["/codex_auth start backup"],
    "Only some: /codex_auth alerts on ready low": ["/codex_auth alerts on ready low"],
    "To use this order: /codex_auth order set default openai:work-2 4e5484a6": ["/codex_auth order set default openai:work-2 4e5484a6"],
    "Type /codex_auth status and /codex_auth order.": ["/codex_auth status", "/codex_auth order"],
    "请看 /codex_auth status 与 /codex_auth order，再试": ["/codex_auth status", "/codex_auth order"],
    "/codex_auth restore work brings it back.": ["/codex_auth restore work"],
    "/codex_auth restore work first": ["/codex_auth restore work first"],
    "/codex_auth order show it gone and all others there.": ["/codex_auth order"],
    "retired (details: /codex_usage work). Next": ["/codex_usage work"],
    "/codex_usage rotation deep says more": ["/codex_usage rotation deep"],
    "/codex_auth order, or `openclaw models auth order get --json`": ["/codex_auth order", "openclaw models auth order get --json"],
    "Confirm: /codex_auth confirm 0A1B2C3D work\nWorks once": ["/codex_auth confirm 0A1B2C3D work"],
    "/codex_auth finish <callback_url>": ["/codex_auth finish &lt;callback_url&gt;"],
    "/codex_auth delete backup permanently": ["/codex_auth delete backup permanently"],
    "/codex_auth start <profile>), or": ["/codex_auth start &lt;profile&gt;"],
    "1. default: /codex_usage default\n2. all 3: /codex_usage all": ["/codex_usage default", "/codex_usage all"],
    "see /codex_auth help.": ["/codex_auth help"],
    "no code": [],
  };
  for (const [text, codes] of Object.entries(texts)) assert.deepEqual(coded(text), codes, text);
});

test("an announcement stays to the letter once it is rendered", () => {
  const text = "I will apply this via `openclaw models auth ...` and then verify with `models status` + `auth order get`.";
  const html = marked(text, "html");
  assert.equal(html.replace(/<\/?code>/g, "`"), text);
  assert.deepEqual(coded(text), ["openclaw models auth ...", "models status", "auth order get"]);
  assert.equal(marked(text, "markdown"), text);
});

test("a label is text in every markup", () => {
  const label = "✅ x*y*z_a_b ~~s~~ ||hid|| `";
  assert.equal(marked(label, "markdown"), String.raw`✅ x\*y\*z\_a\_b \~\~s\~\~ \|\|hid\|\| ` + "\\`");
  assert.equal(marked(label, "html"), label);
  assert.equal(marked(label, "none"), label);
  for (const markup of ["html", "mrkdwn"] as const) assert.equal(marked("<b>&x", markup), "&lt; b&gt;&amp;x");
  for (const label of ["🟣".repeat(60), "שלום".repeat(50), "a".repeat(200)]) assert.equal(marked(label, "markdown"), label);
});

test("a name in any letters is part of the command, and a Chinese sentence goes on behind it", () => {
  const texts = {
    "in: /codex_auth start חשבון": "in: `/codex_auth start חשבון`",
    "in: /codex_auth start 🚀🔥💥": "in: `/codex_auth start 🚀🔥💥`",
    "in: /codex_auth start ночь.": "in: `/codex_auth start ночь`.",
    "请用 /codex_usage 查看": "请用 `/codex_usage` 查看",
    "请用 /codex_auth status work 查看": "请用 `/codex_auth status work` 查看",
  };
  for (const [text, shown] of Object.entries(texts)) assert.equal(marked(text, "plain"), shown);
});
