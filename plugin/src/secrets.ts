/** The check that no secret goes anywhere, and the secrets of a call that a user typed into it. */

import type { commands } from "./contract.ts";
import { splitWords } from "./words.ts";

/** How many trailing bytes of a secret are looked for: enough to be nobody else's. */
const TAIL = 40;

/** Of fewer bytes than these a part of a secret is not telling. */
const LEAST = 12;

/**
 * Finds any of a set of secrets in what crosses the border of the guest: whole, or
 * of a JSON Web Token also its payload or its signature alone.
 */
export class SecretScan {
  /** Nearly all secrets fill a tail, so that the other window is seldom rolled. */
  readonly #windows = [new Window(TAIL), new Window(LEAST)];

  constructor(secrets: Iterable<string>) {
    const ends = new Set<string>();
    for (const secret of secrets) {
      const parts = [secret, ...secret.split(".").slice(1)];
      // One letter more than is needed: where it is half of one, it is cut off again.
      for (const part of parts) ends.add(part.slice(-TAIL - 1));
    }
    for (const end of ends) {
      const pattern = Buffer.from(end).subarray(-TAIL);
      this.#windows.find(({ length }) => length <= pattern.length)?.add(pattern);
    }
  }

  /** Whether `content` holds one of the secrets. */
  finds(content: string | Uint8Array): boolean {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    return this.#windows.some((window) => window.isIn(bytes));
  }
}

/**
 * Patterns that are found by a rolling hash of their last bytes (Rabin–Karp): one
 * pass over what is searched, however many they are.
 */
class Window {
  readonly length: number;
  readonly #patterns = new Map<number, Buffer[]>();
  /** The upper halves of their hashes: most places are ruled out here, without a look at the map. */
  readonly #uppers = new Uint8Array(1 << 16);

  constructor(length: number) {
    this.length = length;
  }

  add(pattern: Buffer): void {
    let hash = 0;
    for (let at = pattern.length - this.length; at < pattern.length; at += 1) hash = rolled(hash, pattern[at]!);
    const same = this.#patterns.get(hash);
    if (same) same.push(pattern);
    else this.#patterns.set(hash, [pattern]);
    this.#uppers[hash >>> 16] = 1;
  }

  isIn(bytes: Uint8Array): boolean {
    if (this.#patterns.size === 0) return false;
    const { length } = this;
    const uppers = this.#uppers;
    let leaving = 1;
    for (let power = 0; power < length; power += 1) leaving = Math.imul(leaving, BASE);
    let hash = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      hash = rolled(hash, bytes[at]!);
      if (at >= length) hash = (hash - Math.imul(leaving, bytes[at - length]!)) | 0;
      if (uppers[hash >>> 16] === 1 && this.#endsAt(at + 1, hash, bytes)) return true;
    }
    return false;
  }

  #endsAt(end: number, hash: number, bytes: Uint8Array): boolean {
    const isIt = (pattern: Buffer) => end >= pattern.length && pattern.equals(bytes.subarray(end - pattern.length, end));
    return this.#patterns.get(hash)?.some(isIt) ?? false;
  }
}

const BASE = 0x01000193;

function rolled(hash: number, byte: number): number {
  return (Math.imul(hash, BASE) + byte) | 0;
}

/** The secrets in what was typed behind `finish`: the parameters of a callback. */
export function callbackSecrets(origin: commands.Origin): string[] {
  if (origin.tag === "button") return [];
  const [verb = "", ...typed] = [origin.val].flat().flatMap(splitWords);
  // Phones begin a message with a capital.
  if (!/^(finish|完成)$/i.test(verb)) return [];
  // Chat programs break a long address into lines.
  const values = [...typed, typed.join("")].flatMap(valuesIn);
  // The first of several words is the profile's name.
  const bare = typed.length > 1 ? typed.slice(1) : typed;
  // Everybody knows where a login waits, and a reply may say so.
  return [...values, ...bare].filter((secret) => !"http://localhost:1455/auth/callback".includes(secret));
}

/** Every value of a parameter in a word, as it is and decoded. */
function valuesIn(word: string): string[] {
  const parameters = [word, decoded(word)].flatMap((text) => text.split(/[?&#;]/));
  return parameters.flatMap((parameter) => {
    const at = parameter.indexOf("=");
    // `error` has a word of the protocol, such as `access_denied`.
    return at < 0 || parameter.slice(0, at) === "error" ? [] : [parameter.slice(at + 1)];
  });
}

/** What cannot be decoded stays as it is. */
function decoded(text: string): string {
  const bytes = Buffer.from(text).toString("latin1");
  const plain = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, "latin1").toString();
}
