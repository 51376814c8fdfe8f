/** Reads the parts of a gateway command's output that mean something. */

import { trimmed } from "./words.ts";

/** The JSON object in an output: warnings may stand before it, and anything behind it. */
export function jsonObject(stdout: string): Record<string, unknown> | undefined {
  let tries = 0;
  for (const { index } of stdout.matchAll(/(?<![^\n])\{/g)) {
    tries += 1;
    if (tries > 16) return undefined;
    const end = endOfObject(stdout, index);
    if (end === undefined) continue;
    try {
      return JSON.parse(stdout.slice(index, end), strict);
    } catch {
      // A warning that begins with a brace.
    }
  }
  return undefined;
}

/** `2026.9.6` of `OpenClaw 2026.9.6 (eb377ac)`. */
export function version(stdout: string): string | undefined {
  const line = stdout.split(/\r?\n/).find((line) => line.startsWith("OpenClaw "));
  const word = line?.split(" ")[1];
  return word !== undefined && /^[A-Za-z0-9.-]{0,24}$/.test(word) ? word : undefined;
}

/**
 * A failed command's own words, for the component to classify: the message of its
 * error envelope, else the end of stderr, at most `mostBytes` bytes.
 */
export function message({ stdout, stderr }: { stdout: string; stderr: string }, mostBytes: number): string {
  const error = jsonObject(stdout)?.["error"] as { message?: unknown } | null | undefined;
  const said = error?.message;
  const bytes = Buffer.from(typeof said === "string" ? said : trimmed(stderr));
  let from = Math.max(0, bytes.length - mostBytes);
  // A letter is not cut in two.
  while ((bytes[from]! & 0xc0) === 0x80) from += 1;
  return bytes.toString("utf8", from);
}

/** Finds the end of the brackets that open at `from`. Deeper than the Rust host reads is no object. */
function endOfObject(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        for (at += 1; text[at] !== '"'; at += 1) {
          if (at >= text.length || text[at] === "\n") return undefined;
          if (text[at] === "\\") at += 1;
        }
        break;
      case "{":
      case "[":
        depth += 1;
        if (depth > 127) return undefined;
        break;
      case "}":
      case "]":
        depth -= 1;
        if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** As the Rust host: half a letter is no text, and a number has to be finite. */
function strict(key: string, value: unknown): unknown {
  const isText = key.isWellFormed() && (typeof value !== "string" || value.isWellFormed());
  if (!isText || value === Infinity || value === -Infinity) throw new SyntaxError("not what the Rust host reads");
  return value;
}
