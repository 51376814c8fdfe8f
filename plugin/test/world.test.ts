import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { NoAnswer, StoreFailure } from "../src/surroundings.ts";
import { openWorld, storeView } from "./world.ts";

const CASES = join(import.meta.dirname, "../../host-test/cases");

test("a world is read, asked and changed", async () => {
  const world = await openWorld(`${CASES}/worlds/auth.json`);
  const order = () => (world.readAuthStore("main").merged as { order: { openai: string[] } }).order;
  assert.equal(world.now(), 1_795_372_800);
  const before = order();
  const line = "models auth order set --provider openai --agent main openai:backup openai:work";
  const [version, set] = await Promise.all([world.run(["--version"], 1000), world.run(line.split(" "), 1000)]);
  assert.match("stdout" in version ? version.stdout : "", /^OpenClaw 20/);
  assert.equal("exitCode" in set && set.exitCode, 0);
  assert.notDeepEqual(order(), before);
  assert.deepEqual(order(), { ...before, openai: ["openai:backup", "openai:work"] });
  await world.close();
});

test("an answer is of the profile whose token is sent", async () => {
  const world = await openWorld(`${CASES}/worlds/fleet.json`);
  const { profiles } = world.readAuthStore("main").merged as { profiles: Record<string, { access: string }> };
  const sent = (id: string) => world.fetch("usage", { Authorization: `Bearer ${profiles[id]?.access}` }, 1000);
  const answer = await sent("openai:work");
  assert.equal(answer.status, 200);
  assert.match(answer.headers["content-type"] ?? "", /json/);
  assert.equal(JSON.parse(Buffer.from(answer.body ?? []).toString()).plan_type.length > 0, true);
  await assert.rejects(world.fetch("usage", { authorization: "Bearer other" }, 1000), /no stored sign-in/);
  await world.close();
});

test("what is no answer is told apart", async () => {
  const failure = async (file: string) => {
    const world = await openWorld(`${CASES}/${file}`);
    const { profiles } = world.readAuthStore("main").merged as { profiles: Record<string, { access: string }> };
    const [entry] = Object.values(profiles);
    const fetched = world.fetch("usage", { authorization: `Bearer ${entry?.access}` }, 1000);
    const told = await fetched.then(({ status, body }) => [status, body?.length], (error: unknown) => error);
    await world.close();
    return told instanceof NoAnswer ? [told.failure, told.sent] : told;
  };
  assert.deepEqual(await failure("no-answer-at-all-is-a-failed-check/timeout.json"), ["timed-out", true]);
  assert.deepEqual(await failure("no-answer-at-all-is-a-failed-check/unreachable.json"), ["unreachable", true]);
  assert.deepEqual(await failure("an-oversized-body-is-refused/answer.json"), [200, undefined]);
});

test("a world that is none is not opened", async () => {
  await assert.rejects(openWorld(`${CASES}/worlds/nowhere.json`), /the world ended: .*could not read/s);
});

test("an agent's own store wins entry by entry and comes first in what it inherits", () => {
  const own = {
    profiles: { "openai:z": { n: 2 }, "openai:a": { n: 2 }, "other:x": {} },
    order: { " OpenAI ": ["openai:z"], empty: [" "] },
    usageStats: { "openai:a": { errorCount: 2 } },
  };
  const shared = {
    profiles: { "openai:a": { n: 1 }, "openai:b": { n: 1 } },
    order: { openai: ["openai:b", "openai:a"], empty: ["x"] },
    lastGood: { openai: "openai:b" },
    usageStats: { "openai:a": { errorCount: 1, lastUsed: 1 } },
  };
  const view = storeView({ era: "sqlite", source: "replay", own, shared });
  assert.deepEqual(view.merged, {
    profiles: { "openai:a": { n: 2 }, "openai:b": { n: 1 }, "openai:z": { n: 2 }, "other:x": {} },
    order: { openai: ["openai:z"], empty: ["x"] },
    lastGood: { openai: "openai:b" },
    usageStats: { "openai:a": { errorCount: 2 } },
  });
  assert.deepEqual(view.ownOrders, ["openai"]);
  const orders = (era: "json" | "sqlite") => storeView({ era, source: "", own, shared }).inherited;
  const inherited = { ...shared, order: { openai: ["openai:a", "openai:z", "openai:b"], empty: ["x"] } };
  assert.deepEqual(orders("sqlite"), inherited);
  assert.deepEqual(orders("json"), shared);
  assert.equal(storeView({ era: "sqlite", source: "", own, shared: null }).inherited, undefined);
});

test("what is no store is malformed", () => {
  const view = (own: unknown, shared: unknown = null) => () => storeView({ era: "json", source: "replay", own, shared });
  for (const no of [null, [], {}, { profiles: [] }]) assert.throws(view(no), StoreFailure);
  assert.throws(view({ profiles: {} }, {}), StoreFailure);
});
