/**
 * The gateway's stored sign-ins as the component may know them. What `host-test/src/store`
 * makes of the files, this makes of the gateway's own view of them.
 */

import { isUtf8 } from "node:buffer";

import type { Instant, authStore } from "./contract.ts";
import { handle, short } from "./digest.ts";
import { SecretScan } from "./secrets.ts";
import { StoreFailure } from "./surroundings.ts";
import type { StoreView } from "./surroundings.ts";
import { trimmed } from "./words.ts";

/** What an agent of the gateway can sign in with. */
export interface SignIns extends Omit<authStore.Snapshot, "profiles"> {
  profiles: StoredProfile[];
  /** Every secret seen on the way, of every provider and kind: to find leaks by, never to send. */
  secrets: string[];
}

type Plain<T> = { [K in keyof T]: bigint extends T[K] ? Instant : T[K] };

/** A stored ChatGPT/Codex sign-in. */
export interface StoredProfile extends Plain<authStore.Profile> {
  /** What may be sent for it, only where `access` is `ready`. */
  token?: string;
}

/** The provider id from 2026.6 on, and the one up to 2026.5. */
const OPENAI = "openai";
const OPENAI_CODEX = "openai-codex";

/** What the gateway stores in place of both tokens after a failed refresh. */
const FENCE = "openclaw-oauth-refresh-fence:";

/** The claim of a ChatGPT token that says whose it is. */
const IDENTITY = "https://api.openai.com/auth";

/** The last second of the year 9999: what lies beyond is no date. */
const LAST_INSTANT = 253_402_300_799;

/** Below this a stored instant counts seconds, from here on milliseconds. */
const FIRST_MILLISECONDS = 1e11;

/** In the order in which they are told. */
const FINDINGS: readonly authStore.Finding[] = [
  "both-stores",
  "legacy-auth-json",
  "migrated-plain-tokens",
  "stale-cooldown",
  "order-names-missing",
  "mixed-providers",
  "skipped-entries",
];

/** The sign-ins in a view of the store as they are at `now`. An empty store is no failure. */
export function signIns(view: StoreView, now: Instant): SignIns {
  const { era, source } = view;
  const merged = fieldsOf(view.merged);
  const inherited = fieldsOf(view.inherited) ?? {};
  const stored = merged && fieldsOf(merged.profiles);
  if (!stored) throw new StoreFailure("malformed", source);
  const findings = new Set<authStore.Finding>(view.leftovers);
  const skip = (): void => void findings.add("skipped-entries");

  const entries = new Map<string, Fields>();
  for (const [id, value] of sorted(stored)) {
    const entry = isId(id) ? fieldsOf(value) : undefined;
    if (entry) entries.set(id, entry);
    else skip();
  }
  const usage = section(merged, "usageStats", skip);
  const profiles: StoredProfile[] = [];
  for (const [id, entry] of entries) {
    if (kindOf(entry) === undefined) skip();
    const profile = profileOf(id, entry, fieldsOf(Object.hasOwn(usage, id) && usage[id]) ?? {}, now, findings);
    if (profile) profiles.push(profile);
  }
  const provider = providerOfOrders(era, profiles);
  const keys: authStore.Key[] = [];
  for (const [id, entry] of entries) {
    const kind = kindOf(entry);
    if (kind === undefined || kind === "oauth" || providerOf(id, entry) !== provider) continue;
    keys.push({ id, handle: handle(id), kind });
  }

  const all = ordersIn(merged, skip);
  const own = new Set(view.ownOrders.map(folded));
  const order = ofProvider(new Map([...all].filter(([of]) => own.has(of))), provider);
  const inheritedOrder = ofProvider(order ? ordersIn(inherited, skip) : all, provider);
  const lastGood = ofProvider(lastGoodIn(merged, skip), provider);

  if (profiles.some((profile) => profile.provider !== profiles[0]?.provider)) findings.add("mixed-providers");
  if ([...(order ?? []), ...(inheritedOrder ?? [])].some((id) => !entries.has(id))) findings.add("order-names-missing");
  return {
    era,
    source,
    provider,
    profiles,
    keys,
    ...defined({ order, inheritedOrder, lastGood: entries.has(lastGood ?? "") ? lastGood : undefined }),
    findings: FINDINGS.filter((finding) => findings.has(finding)),
    // Of what is shadowed by the agent's own too.
    secrets: secretsIn([stored, fieldsOf(inherited.profiles) ?? {}]),
  };
}

/**
 * What holds where an agent has no order of its own: the shared store, with the
 * agent's own profiles in front of its orders, as the gateway puts them.
 */
export function behindOwn(own: unknown, shared: unknown): unknown {
  const store = fieldsOf(shared);
  if (!store) return undefined;
  const entries = sorted(fieldsOf(fieldsOf(own)?.profiles) ?? {});
  const orders = Object.entries(fieldsOf(store.order) ?? {}).map(([provider, ids]) => {
    const first = entries.filter(([id, entry]) => providerOf(id, fieldsOf(entry) ?? {}) === folded(provider));
    return [provider, Array.isArray(ids) ? [...new Set([...first.map(([id]) => id), ...ids])] : ids];
  });
  return { ...store, order: Object.fromEntries(orders) };
}

/** Finds these ids of accounts and users, except those that name a profile: its name is shown. */
export function unshown(ids: readonly string[], signIns: SignIns): SecretScan {
  const all = new SecretScan(ids);
  const named = names(signIns).filter((name) => all.finds(name));
  // Seldom any: a gateway that knows no e-mail address names a profile after its user.
  if (named.length === 0) return all;
  return new SecretScan(ids.filter((id) => !named.some((name) => new SecretScan([id]).finds(name))));
}

/** What the component gets: all of it but the tokens. */
export function snapshot({ secrets: _, profiles, ...rest }: SignIns): authStore.Snapshot {
  return { ...rest, profiles: profiles.map(redacted) };
}

/** Every text of a snapshot that somebody else wrote. */
export function* shownTexts(signIns: SignIns): Generator<string> {
  yield* names(signIns);
  for (const { accountId, userId, cooldownReason, failureCounts } of signIns.profiles) {
    for (const text of [accountId, userId, cooldownReason]) if (text !== undefined) yield text;
    for (const [reason] of failureCounts) yield reason;
  }
  if (signIns.lastGood !== undefined) yield signIns.lastGood;
}

/** What profiles and keys are called by, wherever it is stored. */
function names({ profiles, keys, order = [], inheritedOrder = [] }: SignIns): string[] {
  return [...[...profiles, ...keys].map(({ id }) => id), ...order, ...inheritedOrder];
}

/**
 * A digest of what a change is planned on: who is signed in under which name, and the
 * orders. What moves by itself, as expiries and cooldowns do, is left out.
 */
export function digest({ era, source, provider, profiles, keys, order, inheritedOrder }: SignIns): string {
  const who = profiles.map(({ id, accountId, userId }) => [id, accountId, userId]);
  const state = [era, source, provider, who, keys.map(({ id }) => id), order, inheritedOrder];
  return short(JSON.stringify(state), 32);
}

/** Whether a profile of this id is stored. */
export function has({ profiles, keys }: SignIns, id: string): boolean {
  return [...profiles, ...keys].some((each) => each.id === id);
}

function redacted({ token: _, ...profile }: StoredProfile): authStore.Profile {
  const { expiresAt, lastUsedAt, lastFailureAt, cooldownUntil, ...rest } = profile;
  const big = (at: Instant | undefined): bigint | undefined => (at === undefined ? undefined : BigInt(at));
  const instants = {
    expiresAt: big(expiresAt),
    lastUsedAt: big(lastUsedAt),
    lastFailureAt: big(lastFailureAt),
    cooldownUntil: big(cooldownUntil),
  };
  return { ...rest, ...defined(instants) };
}

type Fields = Record<string, unknown>;

/** A JSON object's fields, `undefined` where it is none. */
function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Without the fields that are `undefined`. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there: { [K in keyof T]?: T[K] } = {};
  for (const name in fields) if (fields[name] !== undefined) there[name] = fields[name];
  return there as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** In the order of the Rust host, by UTF-8 bytes: two spellings of a provider fold to the later one. */
function sorted(fields: Fields): [string, unknown][] {
  const keyed = Object.entries(fields).map((entry) => [Buffer.from(entry[0]), entry] as const);
  return keyed.sort(([a], [b]) => Buffer.compare(a, b)).map(([, entry]) => entry);
}

function section(document: Fields, name: string, skip: () => void): Fields {
  const value = document[name] ?? {};
  const fields = fieldsOf(value);
  if (!fields) skip();
  return fields ?? {};
}

/** Orders by provider; never empty lists. */
function ordersIn(document: Fields, skip: () => void): Map<string, string[]> {
  const orders = new Map<string, string[]>();
  for (const [provider, list] of sorted(section(document, "order", skip))) {
    if (!Array.isArray(list)) {
      skip();
      continue;
    }
    const ids = list.filter((id) => typeof id === "string").map(trimmed).filter(isId);
    if (ids.length > 0) orders.set(folded(provider), [...new Set(ids)]);
  }
  return orders;
}

function lastGoodIn(document: Fields, skip: () => void): Map<string, string> {
  const lastGood = new Map<string, string>();
  for (const [provider, id] of sorted(section(document, "lastGood", skip))) {
    if (typeof id === "string" && isId(id)) lastGood.set(folded(provider), id);
  }
  return lastGood;
}

/** The value of the provider, or of its other name where only that has one. */
function ofProvider<T>(values: Map<string, T>, provider: string): T | undefined {
  return values.get(provider) ?? values.get(provider === OPENAI ? OPENAI_CODEX : OPENAI);
}

/** Under which provider the gateway keeps the order of these profiles. */
function providerOfOrders(era: authStore.Era, profiles: StoredProfile[]): string {
  const isOld = ({ provider }: StoredProfile): boolean => provider === OPENAI_CODEX;
  const none = profiles.length === 0;
  const codex = era === "json" ? none || profiles.some(isOld) : !none && profiles.every(isOld);
  return codex ? OPENAI_CODEX : OPENAI;
}

/** Provider ids are compared as the gateway does. */
function folded(provider: string): string {
  return trimmed(provider).toLowerCase();
}

function isId(id: string): boolean {
  const length = Buffer.byteLength(id);
  return length >= 1 && length <= 256 && id.isWellFormed() && !/\p{Cc}/u.test(id);
}

/** The sign-in that an entry is, if it is one of ChatGPT's. */
function profileOf(
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
function providerOf(id: string, entry: Fields): string {
  return folded(textOf(entry.provider) ?? id.slice(0, Math.max(id.indexOf(":"), 0)));
}

function kindOf({ type, mode }: Fields): "oauth" | authStore.KeyKind | undefined {
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
 * What the token says about itself. Nobody checks its signature here: the claims only
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

/** Every string in these stores' entries that is a secret by its name or by its look. */
function secretsIn(stores: Fields[]): string[] {
  const secrets = new Set<string>();
  // `name` is the field that the value stands in, also for what is listed in it.
  const collect = (name: string, value: unknown): void => {
    if (typeof value === "string") {
      if (value !== "" && isSecret(name, value)) secrets.add(value);
    } else if (Array.isArray(value)) {
      for (const each of value) collect(name, each);
    } else {
      for (const [field, each] of Object.entries(value ?? {})) collect(field, each);
    }
  };
  // An entry that is a bare string has no field to tell what it is.
  for (const entry of stores.flatMap(Object.values)) collect(typeof entry === "string" ? "secret" : "", entry);
  return [...secrets];
}

/** Ids, addresses and labels must not count: an honest answer repeats them. */
function isSecret(name: string, text: string): boolean {
  const named = /access|refresh|token|key|secret|password|bearer|cookie|jwt/i.test(name);
  return (named && !/^https?:\/\//.test(text)) || /^(eyJ|sk-|rt_)/.test(text);
}
