/** The component's permissions: the default is no. The numbers and lists are the data file that the Rust host goes by. */

import policyFile from "../../host-test/policy.json" with { type: "json" };
import type { gateway } from "./contract.ts";
import type { Endpoint } from "./surroundings.ts";

/** The policy. */
export const policy = policyFile;

/** Returns whether `agent` can name an agent: it becomes part of a path and of a command. */
export function isAgent(agent: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(agent);
}

/** Returns whether `value` can be a button's: visible ASCII, which every channel brings back as it was sent. */
export function isButton(value: string): boolean {
  return /^[!-~]+$/.test(value) && value.length <= policy.limits.button_bytes;
}

/** Each endpoint's address, here once more: the policy file could be changed. */
const PATHS: Record<Endpoint, string> = {
  usage: "/backend-api/wham/usage",
  "reset-credits": "/backend-api/wham/rate-limit-reset-credits",
};

/** Returns whether `url` is the address of this endpoint, letter for letter; port 443 may be spelled out. */
export function allowedUrl(endpoint: Endpoint, url: string): boolean {
  // No parser, whose idea of a URL could differ from another's.
  const path = PATHS[endpoint];
  return url === `https://chatgpt.com${path}` || url === `https://chatgpt.com:443${path}`;
}

/** The arguments of a query, or nothing where the policy does not grant it. */
export function queryArgv(name: string, agent: string, provider?: string): string[] | undefined {
  const query = queryNamed(name);
  return query && fill(query.argv, agent, provider, []);
}

/** The gateway command of a change whose ids are all stored, or nothing where the policy does not grant it. */
export function grantedChange(change: gateway.Change, agent: string): { argv: string[]; timeoutMs: number } | undefined {
  const { name, provider, profiles } = parts(change);
  if (new Set(profiles).size < profiles.length || !profiles.every(isProfileId)) return undefined;
  const grant = policy.gateway.changes[name];
  const argv = fill(grant.argv, agent, provider, profiles);
  return argv && { argv, timeoutMs: grant.timeout_seconds * 1000 };
}

/** The part of a query's JSON that is handed in: the keys that the policy names, or nothing. */
export function filtered(query: string, json: unknown): unknown {
  return keep(queryNamed(query)?.keys, json);
}

function queryNamed(name: string): { argv: string[]; keys: unknown } | undefined {
  return Object.entries(policy.gateway.queries).find(([key]) => key === name)?.[1];
}

/** A change as the policy names it, with the provider and the profiles it is about. */
interface Parts {
  name: keyof typeof policy.gateway.changes;
  provider?: string;
  profiles: string[];
}

/** The parts of a change. */
export function parts({ tag, val }: gateway.Change): Parts {
  switch (tag) {
    case "auth-order-set":
      return { ...val, name: tag };
    case "auth-order-clear":
      return { name: tag, provider: val, profiles: [] };
    case "auth-login":
      return val.profile === undefined
        ? { name: tag, provider: val.provider, profiles: [] }
        : { name: "auth-login-as", provider: val.provider, profiles: [val.profile] };
    case "auth-logout":
      return { name: tag, profiles: [val] };
  }
}

function fill(template: string[], agent: string, provider: string | undefined, profiles: string[]): string[] | undefined {
  if (!isAgent(agent) || (provider !== undefined && !policy.gateway.providers.includes(provider))) return undefined;
  const fillings: Record<string, (string | undefined)[]> = {
    "{agent}": [agent],
    // Older versions take no option for the agent `main`.
    "{agent-option}": /^main$/i.test(agent) ? [] : ["--agent", agent],
    "{provider}": [provider],
    "{profile}": [profiles[0]],
    "{profiles}": profiles.length > 0 ? profiles : [undefined],
  };
  const argv = template.flatMap((word) => fillings[word] ?? [word]);
  return argv.every((word) => word !== undefined) ? argv : undefined;
}

/** Returns whether `id` is one argument of a command line, and nothing else. */
function isProfileId(id: string): boolean {
  const isLong = Buffer.byteLength(id) > policy.gateway.id_bytes;
  return id !== "" && !isLong && !/^-|[\p{White_Space}\p{Cc}]/u.test(id);
}

/** Cuts `value` down to `pattern`: named keys only, plain values only. */
function keep(pattern: unknown, value: unknown): unknown {
  if (pattern === true) {
    const isPlain = typeof value !== "object" || value === null;
    return isPlain || (Array.isArray(value) && value.every((item) => typeof item === "string")) ? value : undefined;
  }
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return undefined;
    return value.map((item) => keep(pattern[0], item)).filter((item) => item !== undefined);
  }
  if (!isObject(pattern) || !isObject(value)) return undefined;
  const kept = Object.keys(pattern)
    .sort()
    .filter((key) => Object.hasOwn(value, key))
    .map((key) => [key, keep(pattern[key], value[key])] as const);
  return Object.fromEntries(kept.filter(([, part]) => part !== undefined));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
