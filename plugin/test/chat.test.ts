import assert from "node:assert/strict";
import { test } from "node:test";

import { addressed, exitOf, NotHere, parse, reply, requestOf, sentMessage, shown, split } from "./chat.ts";
import { Codes, lastCode } from "./codes.ts";
import { diff } from "./diff.ts";

const REPLAY = "--replay world.json";

test("a line is split as a shell splits it", () => {
  const words = ["chat", "/codex_auth order set a", "", "two words", 'a "b"', "x=y z"];
  assert.deepEqual(split(String.raw`chat '/codex_auth order set a' '' "two words" "a \"b\"" x=y\ z`), words);
});

test("a line is read with its defaults", () => {
  assert.deepEqual(parse(`chat /codex_usage ${REPLAY}`), {
    message: "/codex_usage",
    press: false,
    tool: false,
    schedule: false,
    user: "you",
    owner: false,
    buttons: 0,
    messagePath: false,
    tables: false,
    group: false,
    length: 4096,
    replay: "world.json",
    agent: "main",
    locale: "en",
    zone: "UTC",
  });
});

test("a line is read with all it can have", () => {
  const options = "--owner --group --message-path --user ann --length 500 --agent ops --locale zh --zone Asia/Kolkata";
  const line = parse(`chat usage:all --press --buttons ${options} ${REPLAY}`);
  const { buttons, user, length, agent, locale, zone } = line;
  assert.deepEqual([buttons, user, length, agent, locale, zone], [8, "ann", 500, "ops", "zh", "Asia/Kolkata"]);
  assert.deepEqual([line.press, line.owner, line.group, line.messagePath], [true, true, true, true]);
  assert.equal(parse(`chat a --buttons=5 ${REPLAY}`).buttons, 5);
  const { channel, isOwner, now } = requestOf(line, { tag: "tool", val: "" }, 1_795_372_800);
  assert.deepEqual([channel, isOwner, now], [{ buttons: 8, length: 500, private: false }, true, 1_795_372_800n]);
});

test("what another host cannot run is said", () => {
  for (const line of ["usage all", "chat a --live", `chat a --loud x ${REPLAY}`, `chat a b ${REPLAY}`, "chat a"]) {
    assert.throws(() => parse(line), NotHere, line);
  }
});

test("a message is for one of two commands", () => {
  const turn = (words: string) => {
    const found = addressed(parse(`chat ${words} ${REPLAY}`));
    return found && [found.command, found.origin.tag, found.origin.val];
  };
  assert.deepEqual(turn("/codex_usage"), ["usage", "command", ""]);
  assert.deepEqual(turn("' /codex_auth@bot  order  set '"), ["auth", "command", " order  set"]);
  assert.deepEqual(turn("'/codex_auth order' --tool"), ["auth", "tool", "order"]);
  assert.deepEqual(turn("auth:confirm:X --press"), ["auth", "button", "auth:confirm:X"]);
  for (const value of [" auth:confirm:X", "auth:confirm:X ", "usage:é"]) assert.equal(turn(`'${value}' --press`), undefined);
  assert.equal(turn("other:thing --press"), undefined);
  assert.equal(turn("/codex_usages"), undefined);
});

test("a turn is shown as the command line shows it", () => {
  const buttons = [{ label: "All", value: "usage:all" }];
  const parts = [
    { text: "one", buttons },
    { text: "two", buttons: [] },
  ];
  const given = { delivery: { tag: "parts", val: parts }, status: "misused", about: { tag: "other" } } as const;
  const stdout = sentMessage({ text: "hello", buttons: [] }) + reply({ ...given, delivery: { tag: "parts", val: parts } }, { tables: false });
  assert.equal(
    shown("chat x", { stdout, stderr: "codex-profiler: why\n", exit: exitOf({ ...given, delivery: { tag: "no-reply" } }) }),
    "$ codex-profiler chat x\n→ message\nhello\n\n→ reply\none\n[All] usage:all\n\n→ reply\ntwo\n" +
      "stderr: codex-profiler: why\n[exit 2]\n\n",
  );
  assert.equal(reply({ ...given, delivery: { tag: "no-reply" } }, { tables: false }), "→ reply\nNO_REPLY\n");
});

test("codes are those that were expected", () => {
  const codes = new Codes();
  const wanted = "type /codex_auth confirm 1JM2245K\n[Apply] auth:confirm:1JM2245K\n";
  assert.equal(codes.translate(wanted.replaceAll("1JM2245K", "AAAAAAAA"), wanted), wanted);
  assert.equal(codes.typed("chat '/codex_auth confirm 1JM2245K'", ""), "chat '/codex_auth confirm AAAAAAAA'");
  assert.equal(codes.typed("chat '/codex_auth 确认 {code}'", "BBBBBBBB"), "chat '/codex_auth 确认 BBBBBBBB'");
  // The same code where another was expected, and two where it was one.
  assert.equal(codes.translate("confirm AAAAAAAA", "confirm MN32SNN1"), "confirm 1JM2245K");
  const two = "confirm CCCCCCCC auth:confirm:DDDDDDDD";
  assert.equal(codes.translate(two, "confirm MN32SNN1 auth:confirm:MN32SNN1"), "confirm MN32SNN1 auth:confirm:DDDDDDDD");
});

test("the code shown last is not one that was typed", () => {
  const seen = "…: /codex_auth confirm AAAAAAAA work\n$ x '/codex_auth confirm BBBBBBBB'\nno\n";
  assert.equal(lastCode(seen), "AAAAAAAA");
  assert.equal(lastCode("$ /codex_auth confirm BBBBBBBB"), "NONE");
});

test("a difference is told with what is around it", () => {
  assert.equal(diff("a\nb\n", "a\nb\n"), "");
  assert.equal(diff("1\n2\n3\n4\n5\n6\n7", "1\n2\n3\n4\n5\nsix\n7"), "--- out\n+++ seen\n…\n 3\n 4\n 5\n-6\n+six\n 7\n");
  assert.equal(diff("a\nb\nc", "a\nc\nd"), "--- out\n+++ seen\n a\n-b\n c\n+d\n");
});
