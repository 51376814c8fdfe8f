/**
 * Changes that were proposed and wait for their user: each kept under a code that
 * only this host knows, for two minutes, and used once. They are kept in memory:
 * after a restart of the gateway a plan is made anew.
 */

import { randomBytes } from "node:crypto";

import type { commands, gateway, Instant } from "./contract.ts";
import { handle, short } from "./digest.ts";
import { isButton } from "./policy.ts";
import { splitWords } from "./words.ts";

/** Prefix of a button's value that confirms. */
export const CONFIRMS = "auth:confirm:";

/** A proposed change, and everything it is bound to. */
export interface Proposal {
  /** The change itself. */
  change: gateway.Change;
  /** A note that the component keeps with it. */
  note: string;
  /** The user who asked, the only one who can confirm. */
  user: string;
  /** The agent that has the sign-ins. */
  agent: string;
  /** A digest of the sign-ins it was made from. */
  state: string;
  /** When it lapses. */
  expiresAt: Instant;
}

/** The user's confirmation, as the host itself saw it. */
export interface Confirmation {
  /** The code, in capitals. */
  code: string;
  /** The text behind the code: the name of a profile. */
  name: string;
}

/** The most proposals that are kept, so that nobody fills the memory. */
const MOST = 1000;

/** The proposals that wait. A user has at most one for an agent. */
export class Proposals {
  readonly #codeSeconds: number;
  /** By user and agent, the oldest first. A code is kept hashed: whoever reads the memory cannot confirm with it. */
  readonly #kept = new Map<string, { code: string; proposal: Proposal }>();

  constructor(codeSeconds: number) {
    this.#codeSeconds = codeSeconds;
  }

  /** Keeps a proposal under a code, in place of the one its user had. */
  put(code: string, proposal: Proposal): void {
    const key = whose(proposal.user, proposal.agent);
    this.#kept.delete(key);
    if (this.#kept.size >= MOST) this.#makeRoom(proposal.expiresAt - this.#codeSeconds);
    this.#kept.set(key, { code: hidden(code), proposal });
  }

  /** The proposal that this user's code stands for, where it has not lapsed. */
  get(code: string, user: string, agent: string, now: Instant): Proposal | undefined {
    const key = whose(user, agent);
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    if (!this.#lives(kept.proposal, now)) {
      // A lapsed proposal is useless, and names profiles.
      this.#kept.delete(key);
      return undefined;
    }
    return kept.code === hidden(code) ? kept.proposal : undefined;
  }

  /** The agent that a user's code changes something for: a press does not name it. */
  agentOf(code: string, user: string): string | undefined {
    const found = [...this.#kept.values()].find((kept) => kept.proposal.user === user && kept.code === hidden(code));
    return found?.proposal.agent;
  }

  /** Takes the proposal away: of several callers, one gets it. */
  take(code: string, user: string, agent: string, now: Instant): Proposal | undefined {
    const found = this.get(code, user, agent, now);
    if (found) this.#kept.delete(whose(user, agent));
    return found;
  }

  #lives({ expiresAt }: Proposal, now: Instant): boolean {
    // A clock that was set back does not prolong it.
    return expiresAt - this.#codeSeconds <= now && now < expiresAt;
  }

  #makeRoom(now: Instant): void {
    for (const [key, { proposal }] of this.#kept) if (!this.#lives(proposal, now)) this.#kept.delete(key);
    for (const key of this.#kept.keys()) if (this.#kept.size >= MOST) this.#kept.delete(key);
  }
}

/** The letters of a code: no two of them look alike. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A new code: a letter for each random byte. */
export function mint(random: Uint8Array = randomBytes(8)): string {
  return Array.from(random, (byte) => LETTERS[byte % 32]).join("");
}

/** The confirmation in a message. A tool's arguments confirm nothing, and this host asks at no terminal. */
export function confirmationSeen({ tag, val }: commands.Origin): Confirmation | undefined {
  if (tag === "button" && isButton(val) && val.startsWith(CONFIRMS)) return confirmation(val.slice(CONFIRMS.length), "");
  if (tag !== "command") return undefined;
  const [verb = "", code, ...name] = splitWords(val);
  // Phones begin a message with a capital.
  const isConfirming = /^(confirm|确认)$/i.test(verb) && code !== undefined;
  return isConfirming ? confirmation(code, name.join(" ")) : undefined;
}

function confirmation(code: string, name: string): Confirmation {
  return { code: code.replace(/[a-z]+/g, (letters) => letters.toUpperCase()), name };
}

/**
 * Returns whether a confirmation names the profile that would be deleted: by its id, its
 * label, or its handle if the label is not a plain word. Nothing else has to be named.
 */
export function isNamedBy({ change }: Proposal, { name }: Confirmation): boolean {
  if (change.tag !== "auth-logout") return true;
  const profile = change.val;
  const label = /:(.*)$/s.exec(profile)?.[1] ?? "";
  const isPlain = /^[A-Za-z0-9._-]+$/.test(label);
  return (!isPlain && name === handle(profile)) || (name !== "" && (name === profile || name === label));
}

/** The proposed change in the host's own words: for a button. */
export function words({ tag }: gateway.Change): string {
  return tag.replace("auth-", "").replace("-", " ");
}

function whose(user: string, agent: string): string {
  return JSON.stringify([user, agent]);
}

function hidden(code: string): string {
  return short(code, 16);
}
