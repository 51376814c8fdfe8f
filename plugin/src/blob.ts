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
    return CHECKS[key](value) && JSON.stringify(value) === text;
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

/** Makes the check of a format. */
function checkOf(format: unknown): (value: unknown) => boolean {
  if (Array.isArray(format)) {
    const fits = checkOf(format[0]);
    return (value) => Array.isArray(value) && value.every((item) => fits(item));
  }
  if (isObject(format)) {
    const fields = Object.entries(format).map(([key, format]) => {
      // The sign at the end says that the field may be absent.
      const [name, isOptional] = [key.replace(/\?$/, ""), key.endsWith("?")];
      const fits = checkOf(format);
      return { name, isThere: (value: Record<string, unknown>) => (Object.hasOwn(value, name) ? fits(value[name]) : isOptional) };
    });
    const names = new Set(fields.map(({ name }) => name));
    return (value) => isObject(value) && Object.keys(value).every((name) => names.has(name)) && fields.every(({ isThere }) => isThere(value));
  }
  if (typeof format !== "string") return (value) => value === format;
  switch (format) {
    case "hash":
      return (value) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
    case "number":
      return Number.isSafeInteger;
    case "instant":
      return (value) => Number.isSafeInteger(value) && 0 <= (value as number) && (value as number) <= LATEST;
    default: {
      const words = format.split("|");
      return (value) => typeof value === "string" && words.includes(value);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Each is made once: a check of 1,000 profiles has as many readings to look at. */
const CHECKS = {
  readings: checkOf(policy.memory.readings.format),
  alerts: checkOf(policy.memory.alerts.format),
  history: checkOf(policy.memory.history.format),
};
