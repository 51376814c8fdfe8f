/**
 * Text as a channel shows it: what the component and the labels in it say stays text, and
 * commands become code, so that they can be copied.
 */

import type { Markup } from "./channels.ts";
import { inert } from "./inert.ts";

/** A letter of a name. Chinese ones may be the sentence that goes on. */
const LETTER = String.raw`(?!\p{sc=Han})[\p{L}\p{N}\p{M}\p{Extended_Pictographic}_`;
/** A word that can name a profile, or stand for one. */
const NAME = String.raw`(?!(?:and|or)\b)<?${LETTER}](?:${LETTER}.:@…\uFE0F\u200D-])*(?<![.:])>?`;
/** The words of a typed command. Words that follow it in a sentence are none of it. */
const USAGE = String.raw`\/codex_usage(?: rotation deep| history ${NAME}| ${NAME}(?: --format=\w+)?)?`;
const AUTH = [
  String.raw`order set(?: ${NAME})+`,
  "order(?: clear)?",
  String.raw`alerts(?: (?:on(?: (?:ready|low|empty-soon|broken|expiring|all-out)\b)*|off\b))?`,
  "help",
  String.raw`delete ${NAME} permanently`,
  String.raw`restore ${NAME}(?: (?:first|last)\b)?`,
  String.raw`confirm ${NAME}(?: ${NAME})?`,
  String.raw`finish(?: ${NAME}){0,2}`,
  String.raw`retire(?: ${NAME})+$`,
  String.raw`(?:status|start|retire)(?: ${NAME})?`,
  NAME,
].join("|");
/** Text that is code already, and text that becomes code. */
const CODE = new RegExp(String.raw`\x60([^\x60\n]+)\x60|${USAGE}|\/codex_auth(?: (?:${AUTH}))?`, "gmu");

/** A text that somebody else chose words of, as it goes out. */
export function marked(text: string, markup: Markup): string {
  const { quote, code } = STYLES[markup];
  const safe = inert(text);
  let shown = "";
  let from = 0;
  for (const { 0: all, 1: coded, index } of safe.matchAll(CODE)) {
    shown += quote(safe.slice(from, index)) + code(coded ?? all);
    from = index + all.length;
  }
  return shown + quote(safe.slice(from));
}

/** A text between the marks, and the marks around what is code. */
interface Style {
  quote(text: string): string;
  code(text: string): string;
}

const STYLES: Record<Markup, Style> = {
  html: { quote: escaped, code: (text) => `<code>${escaped(text)}</code>` },
  // A label can hold what is a mark. Between letters and in front of a space it is none.
  markdown: { quote: (text) => text.replace(/[*_~`|]/g, "\\$&"), code: backticked },
  mrkdwn: { quote: escaped, code: (text) => backticked(escaped(text)) },
  plain: { quote: (text) => text, code: backticked },
  none: { quote: (text) => text, code: (text) => text },
};

function backticked(text: string): string {
  return `\`${text}\``;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
