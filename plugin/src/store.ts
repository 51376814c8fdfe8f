/**
 * The gateway's stored sign-ins as the component may know them. What `host-test/src/store`
 * makes of the files, this makes of the gateway's own view of them.
 */

import type { Instant, authStore } from "./contract.ts";
import { handle, short } from "./digest.ts";
import {
  defined,
  fieldsOf,
  folded,
  kindOf,
  OPENAI,
  OPENAI_CODEX,
  profileOf,
  providerOf,
  type Fields,
  type StoredProfile,
} from "./entry.ts";
import { SecretScan } from "./secrets.ts";
import type { Steps } from "./steps.ts";
import { StoreFailure } from "./surroundings.ts";
import type { StoreView } from "./surroundings.ts";
import { trimmed } from "./words.ts";

/** Everything that an agent of the gateway can sign in with. */
export interface SignIns extends Omit<authStore.Snapshot, "profiles"> {
  profiles: StoredProfile[];
  /** Every secret seen on the way, of every provider and kind: to find leaks by, never to send. */
  secrets: string[];
}

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

/** The sign-ins in a view of the store as they are at `now`, a step for each entry. An empty store is no failure. */
export function* signIns(view: StoreView, now: Instant): Steps<SignIns> {
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
    yield;
  }
  const usage = section(merged, "usageStats", skip);
  const profiles: StoredProfile[] = [];
  for (const [id, entry] of entries) {
    if (kindOf(entry) === undefined) skip();
    const profile = profileOf(id, entry, fieldsOf(Object.hasOwn(usage, id) && usage[id]) ?? {}, now, findings);
    if (profile) profiles.push(profile);
    yield;
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
    // Includes the secrets of profiles that the agent's own shadow.
    secrets: yield* secretsIn([stored, fieldsOf(inherited.profiles) ?? {}]),
  };
}

/**
 * The store that holds for an agent without an order of its own: the shared one, with the
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
export function* unshown(ids: readonly string[], signIns: SignIns): Steps<SecretScan> {
  const all = yield* SecretScan.of(ids);
  // Seldom any: a gateway that knows no e-mail address names a profile after its user.
  if (!(yield* all.search(names(signIns).join("\n")))) return all;
  const named: string[] = [];
  for (const name of names(signIns)) {
    if (all.finds(name)) named.push(name);
    yield;
  }
  const left: string[] = [];
  for (const id of ids) {
    const scan = new SecretScan([id]);
    if (!named.some((name) => scan.finds(name))) left.push(id);
    yield;
  }
  return yield* SecretScan.of(left);
}

/** The sign-ins as the component gets them: all but the tokens. */
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

/** Every id that profiles and keys are called by, wherever it is stored. */
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

/** Returns whether a profile of this id is stored. */
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

function isId(id: string): boolean {
  const length = Buffer.byteLength(id);
  return length >= 1 && length <= 256 && id.isWellFormed() && !/\p{Cc}/u.test(id);
}

/** Every string in these stores' entries that is a secret by its name or by its look. */
function* secretsIn(stores: Fields[]): Steps<string[]> {
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
  for (const entry of stores.flatMap(Object.values)) {
    collect(typeof entry === "string" ? "secret" : "", entry);
    yield;
  }
  return [...secrets];
}

/** Ids, addresses and labels must not count: an honest answer repeats them. */
function isSecret(name: string, text: string): boolean {
  const named = /access|refresh|token|key|secret|password|bearer|cookie|jwt/i.test(name);
  return (named && !/^https?:\/\//.test(text)) || /^(eyJ|sk-|rt_)/.test(text);
}
