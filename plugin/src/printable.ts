import { INVISIBLE } from "./invisible.ts";

/** Returns `text` without what moves a terminal's cursor, turns the direction of writing, or cannot be seen. */
export function printable(text: string): string {
  // With U+FE0F a sign has its colour.
  return text.replace(INVISIBLE, (c) => (c === "\n" || c === "\uFE0F" ? c : ""));
}
