/**
 * `https.fetch-all`: which requests go out, with which credential and when, and
 * what of their answers comes in.
 */

import { setTimeout as wait } from "node:timers/promises";

import type { https } from "./contract.ts";
import { policy } from "./policy.ts";
import { Slices } from "./steps.ts";
import { NoAnswer, type Answer, type Surroundings } from "./surroundings.ts";
import { VERSION } from "./version.ts";

/** The call of a command that asks. */
export interface Call {
  /** The snapshot that this call read, if it read one. */
  profiles?: readonly Profile[];
  scan: { finds(content: string | Uint8Array): boolean };
  /** When the time of all batches is over, by `performance.now()`. */
  deadlineAt: number;
  /** Counts on over all batches. */
  spent: Spent;
  /** Returns whether nobody waits for the answers any more. */
  isOver?(): boolean;
  fetch: Surroundings["fetch"];
  now: Surroundings["now"];
}

/** Requests that went out so far. */
export interface Spent {
  requests: number;
  /** By endpoint and profile. */
  ofProfile: Map<string, number>;
}

interface Profile {
  id: string;
  access: string;
  token?: string;
  expiresAt?: number | undefined;
  accountId?: string | undefined;
}

type Fetched = https.Result<https.Response, https.Error>;

/** Sends the requests, eight at a time, and returns their results in their order. Never throws. */
export async function fetchAll(requests: readonly https.Request[], call: Call): Promise<Fetched[]> {
  const slices = new Slices();
  const batch: Batch = { call, startedAt: performance.now(), bodyBytes: 0 };
  const profiles = new Map(call.profiles?.map((profile) => [profile.id, profile]));
  const grants: (Grant | https.Failure)[] = [];
  for (const request of requests) {
    grants.push(grant(request, profiles.get(request.profile), call));
    await slices.next();
  }
  const results: Fetched[] = [];
  let next = 0;
  const work = async () => {
    while (next < grants.length && !call.isOver?.()) {
      const index = next++;
      const granted = grants[index]!;
      results[index] = typeof granted === "string" ? refusal(granted) : await fetchOne(granted, batch);
      await slices.next();
    }
  };
  await Promise.all(Array.from({ length: Math.min(grants.length, policy.limits.requests_at_once) }, work));
  // Requests that were not begun, because their call is over, are refused.
  return grants.map((_, index) => results[index] ?? refusal("budget-spent"));
}

/** A request that the policy lets through, with the credential it gets. */
interface Grant {
  request: https.Request;
  token: string;
  accountId: string | undefined;
  expiresAt: number | undefined;
}

function grant(request: https.Request, profile: Profile | undefined, call: Call): Grant | https.Failure {
  if (call.spent.requests >= policy.limits.requests_a_call) return "budget-spent";
  if (!Object.hasOwn(policy.endpoints, request.endpoint)) return "denied";
  if (!profile) return "denied";
  if (profile.access !== "ready" || profile.token === undefined) return "no-credential";
  // Ids have no control characters.
  const asked = `${request.endpoint}\n${profile.id}`;
  const times = call.spent.ofProfile.get(asked) ?? 0;
  if (times >= policy.limits.requests_a_profile) return "budget-spent";
  call.spent.ofProfile.set(asked, times + 1);
  call.spent.requests += 1;
  const { token, accountId, expiresAt } = profile;
  return { request, token, accountId, expiresAt };
}

/** Requests that go out together. */
interface Batch {
  call: Call;
  startedAt: number;
  bodyBytes: number;
}

async function fetchOne({ request, token, accountId, expiresAt }: Grant, batch: Batch): Promise<Fetched> {
  if (batch.bodyBytes >= policy.limits.batch_body_bytes) return refusal("budget-spent");
  // A delay counts from the start of the batch: those behind do not add up. In steps, so
  // that it says little to whoever sees when a request comes.
  const step = policy.limits.delay_step_ms;
  const delay = Math.max(0, batch.startedAt + Math.ceil(request.delayMs / step) * step - performance.now());
  const left = batch.call.deadlineAt - performance.now() - delay;
  if (left <= 0) return refusal("budget-spent");
  if (delay > 0) await wait(delay);
  // It may have been the last of the token's time, or of the plugin's.
  if (batch.call.isOver?.()) return refusal("budget-spent");
  if (expiresAt !== undefined && expiresAt <= batch.call.now()) return refusal("no-credential");

  const startedAt = performance.now();
  const elapsedMs = () => Math.floor(performance.now() - startedAt);
  const headers = headersWith(token, accountId);
  if (!headers) return refusal("denied");
  try {
    const answer = await batch.call.fetch(request.endpoint, headers, Math.min(request.timeoutMs, left));
    return admit(answer, elapsedMs(), batch);
  } catch (error) {
    const { failure, sent } = error instanceof NoAnswer ? error : new NoAnswer("unreachable", true);
    return refusal(failure, sent, elapsedMs());
  }
}

/** Everything that is sent, or nothing where the token could change what is around it. */
function headersWith(token: string, accountId = ""): Record<string, string> | undefined {
  if (!/^[!-~]{1,16384}$/.test(token)) return undefined;
  return {
    Authorization: `Bearer ${token}`,
    Accept: "application/json",
    "User-Agent": `codex-profiler/${VERSION}`,
    ...(/^[!-~]{1,128}$/.test(accountId) && { "ChatGPT-Account-Id": accountId }),
  };
}

/**
 * Lets an answer in: within the batch's budget, and only where nothing in it is a
 * secret that the host holds.
 */
function admit({ status, headers, body }: Answer, elapsedMs: number, batch: Batch): Fetched {
  const { call } = batch;
  const receivedAt = BigInt(Math.floor(call.now()));
  const isWhole = body !== undefined && body.length <= policy.limits.body_bytes;
  // A refusal's status says enough, however much is written below it.
  if (!isWhole && status === 200) return refusal("too-large", true, elapsedMs);
  const content = isWhole ? body : new Uint8Array();
  batch.bodyBytes += content.length;
  if (batch.bodyBytes > policy.limits.batch_body_bytes) return refusal("budget-spent", true, elapsedMs);

  const retryAfter = visible(headers["retry-after"]);
  const contentType = visible(headers["content-type"]);
  const isEchoed = [content, retryAfter, contentType].some((part) => part !== undefined && call.scan.finds(part));
  if (isEchoed) return refusal("secret-echoed", true, elapsedMs);
  const val: https.Response = {
    status,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(contentType !== undefined && { contentType }),
    challenged: /(^|,)\s*challenge\s*(,|$)/i.test(headers["cf-mitigated"] ?? ""),
    body: content,
    receivedAt,
    elapsedMs,
  };
  return { tag: "ok", val };
}

/** A header's value. Longer ones are dropped and not cut: a cut secret is not recognised as one. */
function visible(value: string | undefined): string | undefined {
  return value !== undefined && /^[ -~]{0,128}$/.test(value) ? value : undefined;
}

function refusal(failure: https.Failure, sent = false, elapsedMs = 0): Fetched {
  return { tag: "err", val: { failure, sent, elapsedMs } };
}
