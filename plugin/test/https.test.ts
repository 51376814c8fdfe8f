import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import type { https } from "../src/contract.ts";
import { fetchAll, type Call } from "../src/https.ts";
import { policy } from "../src/policy.ts";
import { NoAnswer, type Answer } from "../src/surroundings.ts";

const TOKEN = "FAKE-token-0123456789";
const CAP = policy.limits.body_bytes;

function call(fetch: Call["fetch"], others: Partial<Call> = {}): Call {
  const profiles = [
    { id: "openai:a", access: "ready", token: TOKEN, accountId: "acct-FAKE-1" },
    { id: "openai:b", access: "ready", token: `${TOKEN}-b` },
    { id: "openai:expired", access: "expired" },
  ];
  const scan = { finds: (content: string | Uint8Array) => Buffer.from(content as string).includes(TOKEN) };
  return {
    profiles,
    scan,
    deadlineAt: performance.now() + 60_000,
    spent: { requests: 0, ofProfile: new Map() },
    fetch,
    now: () => 1_800_000_000.7,
    ...others,
  };
}

function usage(profile = "openai:a", others: Partial<https.Request> = {}): https.Request {
  return { endpoint: "usage", profile, timeoutMs: 10_000, delayMs: 0, ...others };
}

/** So many sign-ins, `openai:0` and on. */
function many(count: number): { id: string; access: string; token: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: `openai:${index}`, access: "ready", token: `t${index}` }));
}

const answer = (others: Partial<Answer> = {}): Answer => ({
  status: 200,
  headers: {},
  body: Buffer.from("{}"),
  ...others,
});

type Fetched = Awaited<ReturnType<typeof fetchAll>>[number];

/** `failure sent`, or the status. */
const outcome = ({ tag, val }: Fetched) => (tag === "ok" ? val.status : `${val.failure}${val.sent ? ", sent" : ""}`);

async function admitted(others: Partial<Answer>): Promise<Fetched> {
  const [fetched] = await fetchAll(
    [usage()],
    call(async () => answer(others)),
  );
  return fetched!;
}

it("attaches the credential of the profile and hands in the answer", async () => {
  const asked: [string, Record<string, string>, number][] = [];
  const fetched = await fetchAll(
    [usage("openai:a"), usage("openai:b", { endpoint: "reset-credits", timeoutMs: 5 })],
    call(
      async (...args) => (
        asked.push(args),
        answer({ headers: { "content-type": "application/json", "retry-after": "7" } })
      ),
    ),
  );
  const common = { Accept: "application/json", "User-Agent": "codex-profiler/0.1.0" };
  assert.deepEqual(asked, [
    ["usage", { Authorization: `Bearer ${TOKEN}`, ...common, "ChatGPT-Account-Id": "acct-FAKE-1" }, 10_000],
    ["reset-credits", { Authorization: `Bearer ${TOKEN}-b`, ...common }, 5],
  ]);
  const { elapsedMs } = fetched[0]!.val;
  assert.ok(Number.isInteger(elapsedMs) && elapsedMs < 1000);
  assert.deepEqual(fetched[0], {
    tag: "ok",
    val: {
      status: 200,
      contentType: "application/json",
      retryAfter: "7",
      challenged: false,
      body: Buffer.from("{}"),
      receivedAt: 1_800_000_000n,
      elapsedMs,
    },
  });
});

it("asks only for profiles of this call's snapshot that have a token", async () => {
  const fetch = async () => answer();
  const profiles = ["openai:a", "openai:stranger", "openai:expired"];
  const fetched = await fetchAll(
    profiles.map((id) => usage(id)),
    call(fetch),
  );
  assert.deepEqual(fetched.map(outcome), [200, "denied", "no-credential"]);
  assert.deepEqual(fetched[1]!.val, { failure: "denied", sent: false, elapsedMs: 0 });
  const { profiles: _, ...unread } = call(fetch);
  assert.deepEqual((await fetchAll([usage()], unread)).map(outcome), ["denied"]);
  assert.deepEqual(await fetchAll([], call(fetch)), []);
});

it("asks no endpoint that the policy does not name", async () => {
  for (const endpoint of ["", "consume", "Usage", "usage/", "toString", "__proto__", undefined, 2]) {
    const request = usage("openai:a", { endpoint: endpoint as "usage" });
    const fetched = await fetchAll(
      [request],
      call(() => assert.fail("sent")),
    );
    assert.deepEqual(fetched.map(outcome), ["denied"], String(endpoint));
  }
});

it("sends no token that could change what is around it", async () => {
  for (const token of ["", " ", "to ken", "token\r\nx: y", "token\n", "tok\u{e9}n", "t\0", "t".repeat(16_385)]) {
    const profiles = [{ id: "openai:a", access: "ready", token }];
    const fetched = await fetchAll(
      [usage()],
      call(() => assert.fail("sent"), { profiles }),
    );
    assert.deepEqual(fetched.map(outcome), ["denied"], JSON.stringify(token));
  }
  const sent: number[] = [];
  for (const accountId of ["", "a b", "a\r\nx: y", "a\n", "\u{e9}", "a".repeat(129), undefined]) {
    const profiles = [{ id: "openai:a", access: "ready", token: "t".repeat(16_384), accountId }];
    await fetchAll(
      [usage()],
      call(async (_, headers) => (sent.push(Object.keys(headers).length), answer()), { profiles }),
    );
  }
  assert.deepEqual(sent, Array(7).fill(3));
});

it("counts the requests of a call over its batches", async () => {
  const spent = { requests: policy.limits.requests_a_call - 2, ofProfile: new Map<string, number>() };
  const counted = call(async () => answer(), { spent });
  const first = await fetchAll([usage("openai:stranger"), usage(), usage("openai:expired")], counted);
  assert.deepEqual(first.map(outcome), ["denied", 200, "no-credential"]);
  const second = await fetchAll([usage(), usage(), usage("openai:stranger")], counted);
  assert.deepEqual(second.map(outcome), [200, "budget-spent", "budget-spent"]);
});

it("asks for a profile three times a call, over its batches", async () => {
  const counted = call(async () => answer());
  const first = await fetchAll([usage(), usage(), usage("openai:b")], counted);
  assert.deepEqual(first.map(outcome), [200, 200, 200]);
  const second = await fetchAll([usage(), usage(), usage("openai:b"), usage("openai:b"), usage("openai:b")], counted);
  assert.deepEqual(second.map(outcome), [200, "budget-spent", 200, 200, "budget-spent"]);
  assert.equal(counted.spent.requests, 6);
});

it("sends exactly eight at a time, in order, and returns the order of the requests", async () => {
  let under = 0;
  let most = 0;
  const started: number[] = [];
  const profiles = many(50);
  const fetch = async (_: string, headers: Record<string, string>) => {
    const index = Number(headers["Authorization"]!.slice("Bearer t".length));
    started.push(index);
    most = Math.max(most, ++under);
    await wait((index * 7) % 13);
    under--;
    return answer({ status: 200 + index });
  };
  const fetched = await fetchAll(
    profiles.map(({ id }) => usage(id)),
    call(fetch, { profiles }),
  );
  assert.equal(most, 8);
  assert.deepEqual(
    started,
    profiles.map((_, index) => index),
  );
  assert.deepEqual(
    fetched.map(outcome),
    profiles.map((_, index) => 200 + index),
  );
});

it("sends no token after its time or the plugin's", async () => {
  let isOver = false;
  let now = 1_800_000_000;
  const asked: string[] = [];
  const others: Partial<Call> = {
    profiles: [
      { id: "openai:a", access: "ready", token: TOKEN, expiresAt: 1_800_000_001 },
      { id: "openai:b", access: "ready", token: `${TOKEN}-b`, expiresAt: 1_900_000_000 },
    ],
    isOver: () => isOver,
    now: () => now,
  };
  const of = call(async (_, headers) => (asked.push(headers["Authorization"]!), answer()), others);
  const both = fetchAll([usage("openai:a", { delayMs: 50 }), usage("openai:b", { delayMs: 50 })], of);
  now += 1;
  assert.deepEqual((await both).map(outcome), ["no-credential", 200]);
  const stopped = fetchAll([usage("openai:b", { delayMs: 50 })], of);
  isOver = true;
  assert.deepEqual((await stopped).map(outcome), ["budget-spent"]);
  assert.deepEqual(asked, [`Bearer ${TOKEN}-b`]);
});

it("counts a delay from the start of the batch", async () => {
  const startedAt = performance.now();
  const sentAt: number[] = [];
  const fetch = async () => {
    sentAt.push(performance.now() - startedAt);
    await wait(180);
    return answer();
  };
  const delays = [200, ...Array<number>(7).fill(0), 200, 400];
  const fetched = await fetchAll(
    delays.map((delayMs, index) => usage(`openai:${index}`, { delayMs })),
    call(fetch, { profiles: many(10) }),
  );
  // Seven at once, then the first; the last but one is due when a place is free.
  assert.ok(
    sentAt.slice(0, 7).every((at) => at < 190),
    String(sentAt),
  );
  assert.ok(sentAt[7]! >= 198 && sentAt[8]! < 400 && sentAt[9]! >= 398, String(sentAt));
  // The wait does not count as time of the request.
  assert.ok(fetched.every(({ val }) => val.elapsedMs >= 178 && val.elapsedMs < 376));
});

it("rounds a delay up, to steps that say little", async () => {
  const startedAt = performance.now();
  const sentAt = new Map<string, number>();
  const fetch = async (_: string, headers: Record<string, string>) => (sentAt.set(headers["Authorization"]!, performance.now() - startedAt), answer());
  const delays = [0, 1, 37, 99, 100, 101, 163];
  await fetchAll(
    delays.map((delayMs, index) => usage(`openai:${index}`, { delayMs })),
    call(fetch, { profiles: many(delays.length) }),
  );
  const due = [0, 100, 100, 100, 100, 200, 200];
  due.forEach((ms, index) => assert.ok(sentAt.get(`Bearer t${index}`)! >= ms - 2, `${delays[index]} ms`));
});

it("keeps to the deadline of the call", async () => {
  const timeouts: number[] = [];
  const fetch = async (_endpoint: string, _headers: unknown, timeoutMs: number) => (timeouts.push(timeoutMs), answer());
  const late = call(fetch, { deadlineAt: performance.now() + 2000 });
  const fetched = await fetchAll(
    [usage(), usage("openai:a", { delayMs: 100 }), usage("openai:a", { delayMs: 2000 })],
    late,
  );
  assert.deepEqual(fetched.map(outcome), [200, 200, "budget-spent"]);
  assert.ok(
    timeouts[0]! > 1500 && timeouts[0]! <= 2000 && timeouts[1]! > 1400 && timeouts[1]! <= 1900,
    String(timeouts),
  );
  const over = await fetchAll([usage()], call(fetch, { deadlineAt: performance.now() - 1 }));
  assert.deepEqual(over.map(outcome), ["budget-spent"]);
});

it("brings in 256 KiB an answer and 4 MiB a batch", async () => {
  assert.equal(outcome(await admitted({ body: new Uint8Array(CAP) })), 200);
  for (const body of [new Uint8Array(CAP + 1), undefined]) {
    assert.equal(outcome(await admitted({ body })), "too-large, sent");
    const refused = await admitted({ status: 500, body });
    assert.ok(refused.tag === "ok" && refused.val.body.length === 0 && refused.val.status === 500);
  }
  const profiles = many(20);
  const requests = profiles.map(({ id }) => usage(id));
  const full = await fetchAll(
    requests,
    call(async () => answer({ body: new Uint8Array(CAP) }), { profiles }),
  );
  assert.deepEqual(full.slice(0, 16).map(outcome), Array(16).fill(200));
  assert.deepEqual(full.slice(16).map(outcome), Array(4).fill("budget-spent"));
  // Sent before the budget was used up, and over it with their answers.
  const over = await fetchAll(
    requests,
    call(async () => answer({ body: new Uint8Array(CAP - 1) }), { profiles }),
  );
  assert.deepEqual(over.slice(0, 16).map(outcome), Array(16).fill(200));
  assert.deepEqual(over.slice(16).map(outcome), Array(4).fill("budget-spent, sent"));
});

it("drops an answer that holds a secret of the host", async () => {
  for (const echo of [
    { body: Buffer.from(`{"x":"${TOKEN}"}`) },
    { status: 401, body: Buffer.from(TOKEN) },
    { headers: { "retry-after": TOKEN } },
    { headers: { "content-type": `x/${TOKEN}` } },
  ]) {
    assert.equal(outcome(await admitted(echo)), "secret-echoed, sent");
  }
  assert.equal(outcome(await admitted({ headers: { location: TOKEN, "x-other": TOKEN } })), 200);
});

it("hands in short and visible headers only", async () => {
  const seen = async (value: string) => {
    const { tag, val } = await admitted({ headers: { "retry-after": value, "content-type": value } });
    assert.ok(tag === "ok" && val.retryAfter === val.contentType && "retryAfter" in val === "contentType" in val);
    return val.retryAfter;
  };
  assert.equal(await seen("a".repeat(128)), "a".repeat(128));
  assert.equal(await seen("a b"), "a b");
  for (const value of ["a".repeat(129), "a\tb", "a\n", "\u{e9}"]) assert.equal(await seen(value), undefined);
  const isChallenged = async (value: string) => {
    const { tag, val } = await admitted({ headers: { "cf-mitigated": value } });
    return tag === "ok" && val.challenged;
  };
  assert.equal(await isChallenged("Challenge"), true);
  assert.equal(await isChallenged("block, challenge"), true);
  assert.equal(await isChallenged("challenged"), false);
});

it("says why there is no answer", async () => {
  const errors = [new NoAnswer("timed-out", true), new NoAnswer("denied", false), new Error("anything else")];
  const fetch = async () => {
    await wait(20);
    throw errors.shift();
  };
  const fetched = await fetchAll([usage(), usage(), usage()], call(fetch));
  assert.deepEqual(fetched.map(outcome), ["timed-out, sent", "denied", "unreachable, sent"]);
  assert.ok(fetched.every(({ val }) => val.elapsedMs >= 18));
});
