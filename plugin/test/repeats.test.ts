import assert from "node:assert/strict";
import { test } from "node:test";

import { Repeats } from "../src/repeats.ts";

test("the same question gets the same answer, while it is under way and a moment after", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const repeats = new Repeats<{ isAnswered: boolean; at: number }>(20);
  let asked = 0;
  const ask = (key = "all") => repeats.ask(key, async () => ({ isAnswered: true, at: (asked += 1) }));
  assert.deepEqual((await Promise.all([ask(), ask()])).map(({ at }) => at), [1, 1]);
  assert.equal((await ask()).at, 1);
  assert.equal((await ask("work")).at, 2);
  context.mock.timers.tick(20_000);
  assert.equal((await ask()).at, 3);
});

test("an excuse is no answer, nor is an error", async () => {
  const repeats = new Repeats<{ isAnswered: boolean }>(20);
  assert.deepEqual(await repeats.ask("all", async () => ({ isAnswered: false })), { isAnswered: false });
  await assert.rejects(repeats.ask("all", () => Promise.reject(new Error("trapped"))));
  assert.deepEqual(await repeats.ask("all", async () => ({ isAnswered: true })), { isAnswered: true });
});
