/** One entry of a store: the sign-in that it is, with what the gateway remembers of it. */

import { isUtf8 } from "node:buffer";

import type { Instant, authStore } from "./contract.ts";
import { handle } from "./digest.ts";
import { trimmed } from "./words.ts";

type Plain<T> = { [K in keyof T]: bigint extends T[K] ? Instant : T[K] };

/** A stored ChatGPT/Codex sign-in. */
export interface StoredProfile extends Plain<authStore.Profile> {
  /** The token that may be sent for it, only if `access` is `ready`. */
  token?: string;
}

/** The provider id from 2026.6 on, and the one up to 2026.5. */
export const OPENAI = "openai";
export const OPENAI_CODEX = "openai-codex";

/** Prefix that the gateway stores in place of both tokens after a failed refresh. */
const FENCE = "openclaw-oauth-refresh-fence:";

/** The claim of a ChatGPT token that says whose it is. */
const IDENTITY = "https://api.openai.com/auth";

/** The last second of the year 9999: what lies beyond is no date. */
const LAST_INSTANT = 253_402_300_799;

/** Below this a stored instant counts seconds, from here on milliseconds. */
const FIRST_MILLISECONDS = 1e11;

/** The sign-in that an entry is, if it is one of ChatGPT's. */
export function profileOf(
  id: string,
  entry: Fields,
  usage: Fields,
  now: Instant,
  findings: Set<authStore.Finding>,
): StoredProfile | undefined {
  const provider = providerOf(id, entry);
  if (kindOf(entry) !== "oauth" || (provider !== OPENAI && provider !== OPENAI_CODEX)) return undefined;
  const access = textOf(entry.access);
  // One that can be an HTTP header.
  const token = access !== undefined && /^[!-~]+$/.test(access) ? access : undefined;
  const fenced = access?.startsWith(FENCE) ?? false;
  const claims = claimsOf(token);
  const owner = fieldsOf(claims?.[IDENTITY]);
  const expiresAt = fenced ? undefined : earlier(instant(entry.expires), instant(claims?.exp));
  const cooldown = cooldownOf(usage);
  const cools = cooldown !== undefined && cooldown.until > now;
  if (cooldown && !cools) findings.add("stale-cooldown");
  const ready = !fenced && token !== undefined && (expiresAt ?? Infinity) > now;
  return {
    id,
    handle: handle(id),
    provider,
    access: fenced ? "fenced" : token === undefined ? "missing" : ready ? "ready" : "expired",
    hasRefresh: !(textOf(entry.refresh) ?? FENCE).startsWith(FENCE),
    errorCount: count(usage.errorCount),
    failureCounts: failureCountsOf(usage),
    ...defined({
      token: ready ? token : undefined,
      expiresAt,
      accountId: identity(entry.accountId) ?? identity(owner?.chatgpt_account_id),
      userId: identity(owner?.chatgpt_user_id) ?? identity(owner?.user_id),
      lastUsedAt: instant(usage.lastUsed),
      lastFailureAt: instant(usage.lastFailureAt),
      cooldownUntil: cools ? cooldown.until : undefined,
      cooldownReason: cools ? word(cooldown.reason) : undefined,
    }),
  };
}

/** The provider of an entry. Where it is not stored, the id says it. */
export function providerOf(id: string, entry: Fields): string {
  return folded(textOf(entry.provider) ?? id.slice(0, Math.max(id.indexOf(":"), 0)));
}

export function kindOf({ type, mode }: Fields): "oauth" | authStore.KeyKind | undefined {
  // Hand-written stores say `mode`, and the gateway lets them.
  switch (typeof type === "string" ? type : mode) {
    case "oauth":
      return "oauth";
    case "token":
      return "token";
    case "api_key":
    case "apiKey":
      return "api-key";
    default:
      return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && /\P{White_Space}/u.test(value) ? value : undefined;
}

/**
 * The token's claims about itself. Nobody checks its signature here: the claims only
 * tell when sending it is pointless and whose it is.
 */
function claimsOf(token = ""): Fields | undefined {
  const payload = token.split(".", 2)[1] ?? "";
  const bytes = Buffer.from(payload, "base64url");
  // Node decodes anything: what it left out, all but padding, makes it no payload.
  const decoded = bytes.toString("base64url");
  if (!payload.startsWith(decoded) || /[^=]/.test(payload.slice(decoded.length)) || !isUtf8(bytes)) return undefined;
  try {
    return fieldsOf(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  }
}

function earlier(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** When and why the gateway stops skipping the profile: the last of its three kinds of blocks. */
function cooldownOf(usage: Fields): { until: Instant; reason: unknown } | undefined {
  let last: { until: Instant; reason: unknown } | undefined;
  for (const [at, reason] of [
    [usage.disabledUntil, usage.disabledReason],
    [usage.blockedUntil, usage.blockedReason],
    [usage.cooldownUntil, usage.cooldownReason],
  ]) {
    const until = instant(at);
    if (until !== undefined && until > (last?.until ?? 0)) last = { until, reason };
  }
  return last;
}

function failureCountsOf(usage: Fields): [string, number][] {
  const counts = Object.entries(fieldsOf(usage.failureCounts) ?? {});
  return counts
    .map(([reason, value]): [string, number] => [reason, count(value)])
    .filter(([reason, times]) => word(reason) !== undefined && times > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A stored instant in epoch seconds. Zero, negative, and beyond the year 9999 mean that there is none. */
function instant(value: unknown): Instant | undefined {
  const stored = number(value);
  const seconds = stored < FIRST_MILLISECONDS ? stored : stored / 1000;
  return seconds >= 1 && seconds <= LAST_INSTANT ? Math.trunc(seconds) : undefined;
}

function count(value: unknown): number {
  return Math.min(Math.max(Math.trunc(number(value)) || 0, 0), 0xffff_ffff);
}

/** Not `Number` alone: that takes an empty text for zero, and hexadecimal digits. */
function number(value: unknown): number {
  if (typeof value === "number") return value;
  const text = typeof value === "string" ? trimmed(value) : "";
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** A word of the gateway's. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[a-z0-9_-]{1,40}$/.test(value) ? value : undefined;
}

/** An upstream id as it can stand in a header. */
function identity(value: unknown): string | undefined {
  const text = typeof value === "string" ? trimmed(value) : "";
  return /^[!-~]{1,128}$/.test(text) ? text : undefined;
}

/** Provider ids are compared as the gateway does. */
export function folded(provider: string): string {
  return trimmed(provider).toLowerCase();
}

export type Fields = Record<string, unknown>;

/** A JSON object's fields, `undefined` where it is none. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Without the fields that are `undefined`. */
export function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there: { [K in keyof T]?: T[K] } = {};
  for (const name in fields) if (fields[name] !== undefined) there[name] = fields[name];
  return there as { [K in keyof T]?: Exclude<T[K], undefined> };
}
