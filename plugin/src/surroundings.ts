/**
 * The adapter's surroundings in a gateway. `openclaw.ts` makes one of the real
 * gateway's API; the tests make one of a recorded world, and nothing else differs.
 */

import type { Instant } from "./contract.ts";

export interface Surroundings {
  /** Now, in epoch seconds. */
  now(): Instant;

  /**
   * The gateway's own view of an agent's stored sign-ins, tokens and all, read and
   * never refreshed. Throws what the gateway throws.
   */
  readAuthStore(agent: string): StoreView | Promise<StoreView>;

  /**
   * `GET` of the endpoint's URL in the policy with these headers, no redirects. Throws
   * where no whole answer came; a redirect is an answer without a body.
   */
  fetch(endpoint: Endpoint, headers: Record<string, string>, timeoutMs: number): Promise<Answer>;

  /**
   * Runs `openclaw` with these arguments, no shell, nothing on stdin, and ends it
   * with what it started when its time is over.
   */
  run(argv: readonly string[], timeoutMs: number): Promise<Run>;
}

/** A store as the gateway holds it in memory. Loose: everything in it may be missing. */
export interface StoreView {
  /** The kind of store that keeps the sign-ins, which tells what the gateway can do. */
  era: "json" | "sqlite";
  /** The store as a person would name it, home folder shortened to `~`. */
  source: string;
  /** The agent's own store merged over the shared one: `{profiles, order, lastGood, usageStats}`. */
  merged: unknown;
  /** The providers whose order is the agent's own, by the gateway's word for it. */
  ownOrders: readonly string[];
  /** The view of an agent without a store of its own: only its `order` matters. */
  inherited: unknown;
  /** Files beside the store that explain odd behaviour: `both-stores`, `legacy-auth-json`, `migrated-plain-tokens`. */
  leftovers: readonly ("both-stores" | "legacy-auth-json" | "migrated-plain-tokens")[];
}

/** An address that is asked, by its name in the policy. */
export type Endpoint = "usage" | "reset-credits";

/** An answer of an endpoint, whatever its status. */
export interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string | undefined>;
  /** At most as long as the policy allows; `undefined` where it is longer. */
  body: Uint8Array | undefined;
}

/** The result of a gateway command. */
export type Run =
  | { exitCode: number; stdout: string; stderr: string }
  /** It was not found, could not be started or was ended by a signal, or took too long. */
  | { failure: "not-found" | "failed" | "timed-out" };

/** Why there is no answer. `sent`: whether the request may have reached the endpoint. */
export class NoAnswer extends Error {
  readonly failure: "denied" | "timed-out" | "unreachable";
  readonly sent: boolean;

  constructor(failure: NoAnswer["failure"], sent: boolean) {
    super(failure);
    this.failure = failure;
    this.sent = sent;
  }
}

/** Why there are no sign-ins to read. */
export class StoreFailure extends Error {
  readonly failure: "missing" | "unreadable" | "malformed" | "unmigrated" | "locked" | "too-large" | "bad-agent";
  readonly source: string;

  constructor(failure: StoreFailure["failure"], source: string) {
    super(failure);
    this.failure = failure;
    this.source = source;
  }
}
