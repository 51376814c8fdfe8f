/** Tests what one call holds, and gives back. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { Call, Refused, type Shared } from "../src/call.ts";
import { Proposals } from "../src/changes.ts";
import type { gateway } from "../src/contract.ts";
import { Claims, Memory } from "../src/keep.ts";
import { StoreFailure, type Run } from "../src/surroundings.ts";
import { requestAt } from "./request.ts";

const NOW = 1_790_000_000;
const folder = mkdtempSync(join(tmpdir(), "codex-profiler-call-"));
after(() => rmSync(folder, { recursive: true }));

const SET: gateway.Change = { tag: "auth-order-set", val: { provider: "openai", profiles: ["openai:b", "openai:a"] } };

function shared(run: () => Promise<Run>): Shared {
  const entry = (name: string) => ({ type: "oauth", provider: "openai", access: `token-of-${name}-0123456789`, expires: (NOW + 86_400) * 1000 });
  const merged = { version: 1, profiles: { "openai:a": entry("a"), "openai:b": entry("b") } };
  return {
    around: {
      now: () => NOW,
      readAuthStore: () => ({ era: "sqlite", source: "~", merged, ownOrders: [], inherited: undefined, leftovers: [] }),
      fetch: () => Promise.reject(new Error("nothing is asked")),
      run,
    },
    memory: new Memory(folder),
    claims: new Claims(),
    changing: new Claims(),
    proposals: new Proposals(120),
    place: folder,
  };
}

function call(all: Shared, text: string, assertOwner?: () => void): Call {
  const request = requestAt(NOW, { origin: { tag: "command", val: text }, user: "ann", isOwner: true });
  return new Call(all, { command: "auth", request, assertOwner });
}

async function planned(all: Shared): Promise<string> {
  const answer = await call(all, "order set b a").answer({ name: "gateway.propose", args: [SET, "note"] });
  assert.ok("ok" in answer);
  return (answer.ok as gateway.Proposal).code;
}

test("the profile of a session is told where it is lent", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const told = async (profile: string, around = all.around) => {
    const sessionProfile = { profile, pin: "auto" } as const;
    const request = requestAt(NOW, { origin: { tag: "command", val: "status" }, user: "ann", sessionProfile });
    return (await new Call({ ...all, around }, { command: "auth", request }).vetted()).sessionProfile;
  };
  assert.deepEqual(await told("openai:a"), { profile: "openai:a", pin: "auto" });
  const missing = () => {
    throw new StoreFailure("missing", "~");
  };
  for (const profile of ["openai:c", "anthropic:a", "a", "", "openai:a\n", "token-of-a-0123456789"]) assert.equal(await told(profile), undefined);
  assert.equal(await told("openai:a", { ...all.around, readAuthStore: missing }), undefined);
});

test("the id of an account is said where a profile is called by it, and nowhere else", async () => {
  const account = "acct-FAKE-0123456789";
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const says = async (ids: string[], text: string) => {
    const entry = { type: "oauth", provider: "openai", access: "token-of-somebody-0123456789", accountId: account };
    const merged = { version: 1, profiles: Object.fromEntries(ids.map((id) => [id, entry])) };
    const view = { era: "sqlite", source: "~", merged, ownOrders: [], inherited: undefined, leftovers: [] } as const;
    const turn = call({ ...all, around: { ...all.around, readAuthStore: () => view } }, "status");
    assert.ok("ok" in (await turn.answer({ name: "auth-store.read", args: [] })));
    const reply = { delivery: { tag: "parts", val: [{ text, buttons: [] }] }, status: "ok" } as const;
    return turn.finish(reply as never);
  };
  const text = `it is ${account}`;
  await assert.rejects(says(["openai:a"], text), Refused);
  await assert.rejects(says(["openai:a"], Buffer.from(text).toString("base64")), Refused);
  await says(["openai:a"], "it is acct-FAKE-012345678");
  await says([`openai:${account}`, "openai:a"], text);
});

test("a secret is not said in pieces either", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const token = "token-of-a-0123456789";
  const [first, last] = [token.slice(0, 11), token.slice(11)];
  const say = (text: string, ...labels: string[]) => ({ text, buttons: labels.map((label) => ({ label, value: "usage:all" })) });
  const finish = (turn: Call, ...val: object[]) => turn.finish({ delivery: { tag: "parts", val }, status: "ok" } as never);
  const encoded = Buffer.from(`it is ${token}`).toString("base64");
  for (const parts of [
    [say(first), say(last)],
    [say(`it is ${first}`, "All"), say(last)],
    [say(first, last)],
    [say("", first, last)],
    [say("", first), say("", last)],
    [say(encoded.slice(0, 20)), say(encoded.slice(20))],
    token.match(/../g)!.map((letters) => say(letters)).concat(say(token.at(-1)!)),
  ]) {
    await assert.rejects(finish(call(all, "status"), ...parts), Refused, JSON.stringify(parts));
  }
  const sent: string[] = [];
  const request = requestAt(NOW, { origin: { tag: "command", val: "status" }, user: "ann", isOwner: true });
  const turn = new Call(all, { command: "auth", request, send: async ({ text }) => void sent.push(text) });
  assert.ok("ok" in (await turn.answer({ name: "chat.send", args: [say(first)] })));
  assert.deepEqual(await turn.answer({ name: "chat.send", args: [say(last)] }), { err: "refused" });
  await assert.rejects(finish(turn, say(last)), Refused);
  assert.deepEqual(sent, [first]);
  await finish(turn, say("nothing of it"));
});

test("a button whose value cannot be printed is left out", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const buttons = ["usage:\u001b[2Jall", "usage:all", "usage:\u202eall"].map((value) => ({ label: "All", value }));
  const reply = { delivery: { tag: "parts", val: [{ text: "", buttons }] }, status: "ok" };
  const { delivery } = await call(all, "status").finish(reply as never);
  assert.ok(delivery.tag === "parts");
  assert.deepEqual(delivery.val[0]!.buttons, [{ label: "All", value: "usage:all" }]);
});

test("what is too long once it is only text is not shown", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const finish = (text: string, label: string) => {
    const reply = { delivery: { tag: "parts", val: [{ text, buttons: [{ label, value: "usage:all" }] }] }, status: "ok" };
    return call(all, "status").finish(reply as never);
  };
  const mentions = "@a".repeat(2000);
  await assert.rejects(finish(mentions, "All"), Refused);
  await assert.rejects(finish("", mentions), Refused);
  await finish("a".repeat(4096), "All");
  await finish("user@example.invalid\n".repeat(190), "All");
});

test("a call that heard a callback leaves no claim behind", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const take = (turn: Call) => turn.answer({ name: "memory.take", args: ["bit 7", 60] });
  const hears = call(all, "finish http://localhost:1455/auth/callback?code=ac_FAKE0123456789abcdef");
  assert.deepEqual(await take(hears), { ok: "claimed" });
  assert.deepEqual(await take(hears), { ok: "claimed" });
  const other = call(all, "status");
  assert.deepEqual(await take(other), { ok: "claimed" });
  await hears.answer({ name: "memory.release", args: ["bit 7"] });
  hears.close();
  assert.deepEqual(await take(call(all, "status")), { ok: "running" });
  await other.answer({ name: "memory.release", args: ["bit 7"] });
  assert.deepEqual(await take(hears), { ok: "claimed" });
  assert.deepEqual(await take(call(all, "status")), { ok: "recent" });
});

test("who changes something holds on to it until the command has ended, even where the call has", async () => {
  const running = Promise.withResolvers<Run>();
  const begun = Promise.withResolvers<void>();
  const all = shared(() => {
    begun.resolve();
    return running.promise;
  });
  const code = await planned(all);
  const confirmed = call(all, `confirm ${code}`);
  const applied = confirmed.answer({ name: "gateway.apply", args: [code] });
  await begun.promise;
  confirmed.close();
  await new Promise(setImmediate);
  assert.deepEqual(await call(all, "order clear").answer({ name: "gateway.propose", args: [SET, ""] }), { err: "busy" });
  running.resolve({ exitCode: 0, stdout: "", stderr: "" });
  await applied;
  await planned(all);
});

test("a call that is ended before its command has begun runs none", async () => {
  const all = shared(() => assert.fail("nothing is to be run"));
  const code = await planned(all);
  const confirmed = call(all, `confirm ${code}`);
  const applied = confirmed.answer({ name: "gateway.apply", args: [code] });
  confirmed.close();
  assert.deepEqual(await applied, { err: "timed-out" });
  await planned(all);
});

test("who is the owner no more changes nothing", async () => {
  let runs = 0;
  const all = shared(async () => ({ exitCode: (runs += 1), stdout: "", stderr: "" }));
  const code = await planned(all);
  const revoked = call(all, `confirm ${code}`, () => {
    throw new Error("revoked");
  });
  assert.deepEqual(await revoked.answer({ name: "gateway.apply", args: [code] }), { err: "not-confirmed" });
  assert.equal(runs, 0);
  revoked.close();
  assert.deepEqual(await call(all, `confirm ${code}`).answer({ name: "gateway.apply", args: [code] }), { err: "not-confirmed" });
});

test("whoever waits in a chat is answered after 25 seconds, whatever was typed", async () => {
  const timeouts: number[] = [];
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const fetch = async (_endpoint: unknown, _headers: unknown, timeoutMs: number) => {
    timeouts.push(timeoutMs);
    return { status: 200, headers: {}, body: Buffer.from("{}") };
  };
  const turn = call({ ...all, around: { ...all.around, fetch } }, "all --timeout-sec 60");
  assert.ok("ok" in (await turn.answer({ name: "auth-store.read", args: [] })));
  const request = { endpoint: "usage", profile: "openai:a", timeoutMs: 60_000, delayMs: 0 };
  await turn.answer({ name: "https.fetchAll", args: [[request]] });
  assert.equal(timeouts.length, 1);
  assert.ok(timeouts[0]! > 20_000 && timeouts[0]! <= 25_000, `${timeouts[0]}`);
});

test("what was asked in another conversation is another question, and an agent's tool is never sent away", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const take = (place: string, tag: "command" | "tool" = "command") => {
    const request = requestAt(NOW, { origin: { tag, val: "all" }, user: "ann" });
    return new Call(all, { command: "usage", request, place }).answer({ name: "memory.take", args: ["all", 20] });
  };
  assert.deepEqual(await take("here"), { ok: "claimed" });
  assert.deepEqual(await take("here"), { ok: "running" });
  assert.deepEqual(await take("there"), { ok: "claimed" });
  for (let times = 0; times < 2; times += 1) assert.deepEqual(await take("here", "tool"), { ok: "claimed" });
});

test("files with tokens in them are told of only where that is allowed", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const { around } = all;
  const readAuthStore = async (agent: string) => ({ ...(await around.readAuthStore(agent)), leftovers: ["migrated-plain-tokens"] as const });
  const told = async (hidesLeftovers: boolean) => {
    const request = requestAt(NOW, { origin: { tag: "command", val: "all" }, user: "ann" });
    const turn = new Call({ ...all, around: { ...around, readAuthStore } }, { command: "usage", request, hidesLeftovers });
    const answer = (await turn.answer({ name: "auth-store.read", args: [] })) as { ok: { findings: string[] } };
    return answer.ok.findings;
  };
  assert.deepEqual(await told(true), []);
  assert.deepEqual(await told(false), ["migrated-plain-tokens"]);
});

test("a check by schedule is answered by alerts within each conversation's channel, and nothing else", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const channel = { buttons: 1, length: 40, private: true };
  const val = [1, 2].map(() => ({ kinds: ["ready" as const], locale: "en" as const, channel }));
  const finish = (delivery: object, json?: string, tag = "schedule") => {
    const origin = tag === "schedule" ? { tag: "schedule" as const, val } : { tag: "command" as const, val: "status" };
    const request = requestAt(NOW, { origin, user: "" });
    return new Call(all, { command: "auth", request }).finish({ delivery, status: "ok", about: { tag: "other" }, json } as never);
  };
  const say = (text: string, buttons: object[] = []) => ({ text, buttons });
  const button = { label: "All", value: "usage:all" };
  const told = [say("lab is ready again", [button]), undefined];
  assert.deepEqual((await finish({ tag: "alerts", val: told })).delivery, { tag: "alerts", val: told });
  for (const delivery of [
    { tag: "no-reply" },
    { tag: "parts", val: [say("lab")] },
    { tag: "alerts", val: [say("lab")] },
    { tag: "alerts", val: [undefined, say("x".repeat(41))] },
    { tag: "alerts", val: [undefined, say("lab", [button, button])] },
    { tag: "alerts", val: [say("token-of-a-01234"), say("56789")] },
  ]) {
    await assert.rejects(finish(delivery), Refused, JSON.stringify(delivery));
  }
  await assert.rejects(finish({ tag: "alerts", val: told }, undefined, "command"), Refused);
  await assert.rejects(finish({ tag: "alerts", val: told }, '{"label":"token-of-a-0123456789"}'), Refused);
  assert.equal((await finish({ tag: "alerts", val: told }, '{"label":"lab"}')).json, '{"label":"lab"}');
});

test("a conversation is lent for alerts to its owner's own word, and to nobody else", async () => {
  const all = shared(() => Promise.reject(new Error("nothing is run")));
  const subscribed: string[][] = [];
  const subscriber = {
    subscribe: async (kinds: string[]) => void subscribed.push(kinds),
    unsubscribe: async () => undefined,
    subscriptions: async () => subscribed.at(-1) as ["ready"] | undefined,
  };
  const ask = (more: { isOwner?: boolean; command?: "usage" | "auth"; tag?: "command" | "button" | "tool"; nowhere?: boolean }, kinds = ["ready", "low", "ready"]) => {
    const { isOwner = true, command = "auth", tag = "command", nowhere } = more;
    const request = requestAt(NOW, { origin: { tag, val: "alerts on" }, user: "ann", isOwner });
    return new Call(all, { command, request, ...(!nowhere && { subscriber }) }).answer({ name: "chat.subscribe", args: [kinds] });
  };
  assert.deepEqual(await ask({}), { ok: undefined });
  assert.deepEqual(await ask({ tag: "button" }), { ok: undefined });
  for (const more of [{ isOwner: false }, { command: "usage" as const }, { tag: "tool" as const }]) assert.deepEqual(await ask(more), { err: "denied" });
  assert.deepEqual(await ask({}, []), { err: "denied" });
  assert.deepEqual(await ask({ nowhere: true }), { err: "unavailable" });
  assert.deepEqual(subscribed, [["ready", "low"], ["ready", "low"]]);
});
