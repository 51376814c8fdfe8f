/**
 * Codes of a recorded world come out of its proposals in the Rust harness, and are
 * random in the host that is tried. Where a code stands in what is seen, the one
 * expected there is put in its place: the same one for the same code, ever after.
 */

const CODE = /(?<=(?:confirm|确认)[\s:]+)[0-9A-HJKMNP-TV-Z]{8}(?![0-9A-Za-z])/g;

/** The codes of one case. */
export class Codes {
  /** The expected code for each code that was seen. */
  readonly #expected = new Map<string, string>();

  /** Puts the expected codes into a text that was seen. */
  translate(seen: string, wanted: string): string {
    const codes = wanted.match(CODE) ?? [];
    const taken = new Set<string>();
    let at = 0;
    return seen.replace(CODE, (code) => {
      const there = codes[at] ?? code;
      at += 1;
      // Two codes in one text are not the same one.
      const expected = this.#expected.get(code) ?? (taken.has(there) ? code : there);
      taken.add(expected);
      this.#expected.set(code, expected);
      return expected;
    });
  }

  /** A line to be typed, its `{code}` the one shown last, a code that is written out the one seen for it. */
  typed(line: string, shownLast: string): string {
    const ownWord = (code: string) => {
      const seen = [...this.#expected].findLast(([, expected]) => expected === code);
      return seen?.[0] ?? code;
    };
    return line.replace(CODE, ownWord).replaceAll("{code}", shownLast);
  }
}

/** The code that a plan showed last. */
export function lastCode(seen: string): string {
  for (const line of seen.split("\n").reverse()) {
    const at = line.startsWith("$ ") ? -1 : line.lastIndexOf(CONFIRM);
    const [word] = at < 0 ? [] : (line.slice(at + CONFIRM.length).match(/[^\s`]+/) ?? []);
    if (word !== undefined) return word;
  }
  return "NONE";
}

const CONFIRM = "/codex_auth confirm ";
