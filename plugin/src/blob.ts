/** The formats in which the component's memory is kept, as the policy lists them: nothing that a label, an account or a secret could be written in. */

import type { memory } from "./contract.ts";
import { policy } from "./policy.ts";

/** The last second of the year 9999. */
const LATEST = 253_402_300_799;

/** The readings of 0.1.0: a line for each, a hash, then numbers and `-` for what is not known. */
const VERSION_2 = /^codex-profiler readings 2(?:\n[0-9a-f]{16}(?: (?:-|-?[0-9]{1,19}))*)*\n?$/;

/** Returns whether a blob may be kept: compact JSON of its key's format. */
export function isKept(key: memory.Key, blob: Uint8Array): boolean {
  try {
    const text = textOf(blob);
    const value: unknown = JSON.parse(text);
    // White space, or a field that is there twice, could hold anything.
    return fits(policy.memory[key].format, value) && JSON.stringify(value) === text;
  } catch {
    return false;
  }
}

/** Returns whether a kept blob is lent: it has its key's format, or that of 0.1.0. */
export function isLent(key: memory.Key, blob: Uint8Array): boolean {
  return isKept(key, blob) || (key === "readings" && isVersion2(blob));
}

function isVersion2(blob: Uint8Array): boolean {
  try {
    return VERSION_2.test(textOf(blob));
  } catch {
    return false;
  }
}

function textOf(blob: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(blob);
}

function fits(format: unknown, value: unknown): boolean {
  if (Array.isArray(format)) return Array.isArray(value) && value.every((item) => fits(format[0], item));
  if (isObject(format)) {
    if (!isObject(value)) return false;
    const names = Object.keys(format).map(plain);
    const isThere = ([key, format]: [string, unknown]) => (Object.hasOwn(value, plain(key)) ? fits(format, value[plain(key)]) : key.endsWith("?"));
    return Object.keys(value).every((name) => names.includes(name)) && Object.entries(format).every(isThere);
  }
  if (typeof format !== "string") return value === format;
  switch (format) {
    case "hash":
      return typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
    case "number":
      return Number.isSafeInteger(value);
    case "instant":
      return Number.isSafeInteger(value) && 0 <= (value as number) && (value as number) <= LATEST;
    default:
      return typeof value === "string" && format.split("|").includes(value);
  }
}

/** The name of a field, without the sign that it may be absent. */
function plain(key: string): string {
  return key.replace(/\?$/, "");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
