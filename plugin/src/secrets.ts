/** The check that no secret goes anywhere, and the secrets of a call that a user typed into it. */

import type { commands } from "./contract.ts";
import { BLANKS } from "./invisible.ts";
import { atOnce, type Steps } from "./steps.ts";
import { splitWords } from "./words.ts";

/** Number of trailing bytes of a secret to look for: enough to be nobody else's. */
const TAIL = 40;

/** Fewer bytes of a secret than this give nothing away. This is 16 letters of base64, or 24 digits. */
const LEAST = 12;

/**
 * Finds any of a set of secrets in what crosses the border of the guest: whole, or
 * of a JSON Web Token also its payload or its signature alone. As it is, with white
 * space or what cannot be seen in it, or in one of the encodings that programs write text
 * in: the escapes of JSON and of a URL, UTF-16, base64, hexadecimal.
 */
export class SecretScan {
  /** Nearly all secrets fill a tail, so that the other window is seldom rolled. */
  readonly #windows = [new Window(TAIL), new Window(LEAST)];

  constructor(secrets: Iterable<string>) {
    for (const secret of secrets) this.#add(secret);
  }

  /** The same, a step for each secret. */
  static *of(secrets: Iterable<string>): Steps<SecretScan> {
    const scan = new SecretScan([]);
    for (const secret of secrets) {
      scan.#add(secret);
      yield;
    }
    return scan;
  }

  #add(secret: string): void {
    for (const part of [secret, ...secret.split(".").slice(1)]) {
      // One letter more than is needed: where it is half of one, it is cut off again.
      const pattern = Buffer.from(part.slice(-TAIL - 1)).subarray(-TAIL);
      this.#windows.find(({ length }) => length <= pattern.length)?.add(pattern);
    }
  }

  /** Returns whether `content` holds one of the secrets. */
  finds(content: string | Uint8Array): boolean {
    return atOnce(this.search(content));
  }

  /** The same, a step for each form that is looked into. */
  *search(content: string | Uint8Array): Steps<boolean> {
    const windows = this.#windows.filter(({ isEmpty }) => !isEmpty);
    // With nothing to look for there is nothing to decode.
    if (windows.length === 0) return false;
    for (const form of forms(Buffer.from(content as string))) {
      for (const window of windows) {
        if (window.isIn(form)) return true;
        yield;
      }
    }
    return false;
  }
}

/** Bytes as they are, without their escapes, and what runs of letters in them stand for in base64 and hexadecimal. */
function* forms(bytes: Buffer): Generator<Buffer> {
  yield bytes;
  let plain = bytes;
  let text = bytes.toString("latin1");
  // Most answers have none of these.
  if (/[\\%\0- \x7f-\xff]/.test(text)) {
    // Before, for what an escape is broken by, and after, for what is escaped itself.
    yield (plain = seen(unescaped(seen(bytes))));
    text = plain.toString("latin1");
  }
  // Whatever stands before an encoded secret: one of these begins where it does.
  if (/[\w+/-]{16}/.test(text)) {
    const base64 = runs(IS_LETTER, 16, plain).toString("latin1");
    for (const from of [0, 1, 2, 3]) yield Buffer.from(base64.slice(from), "base64");
  }
  if (/[\da-fA-F]{24}/.test(text)) {
    const hex = runs(IS_DIGIT, 24, plain).toString("latin1");
    for (const from of [0, 1]) yield Buffer.from(hex.slice(from), "hex");
  }
}

/** Returns the bytes without what nobody sees. */
function seen(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString().replace(BLANKS, ""));
}

/** With `\u0041`, `%41` and `\/` as the letters that they stand for. */
function unescaped(bytes: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte: number | undefined = bytes[at]!;
    if (byte === 0x5c) {
      const next = String.fromCharCode(bytes[at + 1]!);
      const unit = next === "u" ? unitAt(bytes, at + 2) : undefined;
      // Keep the lower byte of a wide letter: secrets are of ASCII.
      byte = unit === undefined || isUnseen(unit) ? undefined : unit & 0xff;
      if (unit !== undefined) at += 5;
      else if ("nrtbf".includes(next)) at += 1;
    } else if (byte === 0x25) {
      const escaped = hex(bytes, at + 1);
      if (escaped !== undefined) {
        byte = escaped;
        at += 2;
      }
    }
    if (byte !== undefined) plain[length++] = byte;
  }
  return plain.subarray(0, length);
}

/** Four digits as a unit of UTF-16. */
function unitAt(bytes: Buffer, at: number): number | undefined {
  const [upper, lower] = [hex(bytes, at), hex(bytes, at + 2)];
  return upper === undefined || lower === undefined ? undefined : upper * 256 + lower;
}

/** Returns whether a unit of UTF-16 is invisible, or half of a letter: some invisible letters begin with a half. */
function isUnseen(unit: number): boolean {
  return unit > 0x7f && String.fromCharCode(unit).replace(BLANKS, "").replace(/\p{Surrogate}/u, "") === "";
}

/** Two digits as a byte. */
function hex(bytes: Buffer, at: number): number | undefined {
  const upper = DIGITS[bytes[at]!]!;
  const lower = DIGITS[bytes[at + 1]!]!;
  return upper >= 0 && lower >= 0 ? upper * 16 + lower : undefined;
}

/** All runs of so many wanted bytes or more, without what stands between them. */
function runs(isWanted: Uint8Array, least: number, bytes: Buffer): Buffer {
  const wanted = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let from = 0;
  for (const byte of bytes) {
    if (isWanted[byte] === 1) wanted[length++] = byte;
    // A run that was too short is overwritten.
    else from = length = length - from < least ? from : length;
  }
  return wanted.subarray(0, length - from < least ? from : length);
}

const LATIN1 = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
/** The value of each byte as a digit, -1 if it is none. */
const DIGITS = Int8Array.from(LATIN1, (letter) => "0123456789abcdef".indexOf(letter.toLowerCase()));
const IS_DIGIT = Uint8Array.from(DIGITS, (digit) => +(digit >= 0));
/** The letters of base64, also as it stands in a URL. */
const IS_LETTER = Uint8Array.from(LATIN1, (letter) => +/[\w+/-]/.test(letter));

const NO_UPPERS = new Uint8Array();

/**
 * Patterns that are found by a rolling hash of their last bytes (Rabin–Karp): one
 * pass over what is searched, however many they are.
 */
class Window {
  readonly length: number;
  readonly #patterns = new Map<number, Buffer[]>();
  /** The upper halves of their hashes: most places are ruled out here, without a look at the map. */
  #uppers = NO_UPPERS;

  constructor(length: number) {
    this.length = length;
  }

  add(pattern: Buffer): void {
    let hash = 0;
    for (let at = pattern.length - this.length; at < pattern.length; at += 1) hash = rolled(hash, pattern[at]!);
    const same = this.#patterns.get(hash);
    if (same?.some((other) => other.equals(pattern))) return;
    if (same) same.push(pattern);
    else this.#patterns.set(hash, [pattern]);
    // Many windows stay empty.
    if (this.#uppers === NO_UPPERS) this.#uppers = new Uint8Array(1 << 16);
    this.#uppers[hash >>> 16] = 1;
  }

  get isEmpty(): boolean {
    return this.#patterns.size === 0;
  }

  isIn(bytes: Uint8Array): boolean {
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

/** The secrets in what was typed behind `finish`, or is a callback without that word: its parameters. */
export function callbackSecrets(origin: commands.Origin): string[] {
  if (origin.tag === "button" || origin.tag === "schedule") return [];
  const words = [origin.val].flat().flatMap(splitWords);
  // Phones begin a message with a capital.
  const isFinish = /^(finish|完成)$/i.test(words[0] ?? "");
  const typed = isFinish ? words.slice(1) : words;
  // Chat programs break a long address into lines.
  const joined = typed.join("");
  if (!isFinish && !readings(joined).some((text) => text.includes("code="))) return [];
  const values = [...typed, joined].flatMap(valuesIn);
  // The first of several words is the profile's name.
  const bare = !isFinish ? [] : typed.length > 1 ? typed.slice(1) : typed;
  // Everybody knows where a login waits, and a reply may say so.
  return [...values, ...bare].filter((secret) => !"http://localhost:1455/auth/callback".includes(secret));
}

/** Every value of a parameter in a word, as it is and decoded. */
function valuesIn(word: string): string[] {
  const parameters = readings(word).flatMap((text) => text.split(/[?&#;]/));
  return parameters.flatMap((parameter) => {
    const at = parameter.indexOf("=");
    // `error` has a word of the protocol, such as `access_denied`.
    if (at < 0 || parameter.slice(0, at) === "error") return [];
    const value = parameter.slice(at + 1);
    // Without the bracket, quote or full stop that was put around the address.
    return [value, /^.*[\w\-~+/=%]/s.exec(value)?.[0] ?? ""];
  });
}

/** Number of times a text is decoded. */
const ENCODED = 4;

/** A text as it is, and decoded once and again until nothing in it is encoded. */
function readings(text: string): string[] {
  const all = [text];
  for (let last = text; all.length <= ENCODED; all.push(last)) {
    const plain = decoded(last);
    if (plain === last) break;
    last = plain;
  }
  return all;
}

/** Decodes a text. Anything that cannot be decoded stays as it is. */
function decoded(text: string): string {
  const bytes = Buffer.from(text).toString("latin1");
  const plain = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, "latin1").toString();
}
