/** Text as the Rust host reads it, whose white space is not JavaScript's: U+0085 is, U+FEFF is not. */

/** The words between white space. */
export function splitWords(text: string): string[] {
  return text.split(/\p{White_Space}+/u).filter((word) => word !== "");
}

/** `text` without white space around it. */
export function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && SPACE.test(text[from]!)) from += 1;
  // Not by a pattern, which would start anew at every space in between.
  while (from < to && SPACE.test(text[to - 1]!)) to -= 1;
  return text.slice(from, to);
}

const SPACE = /\p{White_Space}/u;
