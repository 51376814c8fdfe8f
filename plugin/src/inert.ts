/**
 * Text that is only text, wherever it lands: whatever a channel would take for more is
 * broken by a space. Everybody's reader is minded at once, since the gateway renders
 * Markdown into what each platform reads.
 */

/**
 * Addresses in our own replies: the end of a login, and the source of the usage.
 * Nothing before the scheme makes it another one, and nothing goes on behind the address.
 */
const ADDRESSES = String.raw`(?<=(?<![\w.+-])https?:\/)\/(?:localhost:1455\/auth\/callback(?![\w/\\?#%&=;:@~+*$-]|\.\S)|chatgpt\.com\/backend-api\/wham\/usage")`;
/** Placeholders that a person fills in. */
const PLACES = "(profile|code|callback_url)>";

const BREAKS: readonly [pattern: RegExp, broken: string][] = [
  // The gateway's directives, by which it loads what they name.
  [/^([^\S\r\n\u2028\u2029]*MEDIA):/gim, "$1 :"],
  [/\[(?=\[)/g, "[ "],
  // Markdown's images and links, also those that are defined elsewhere.
  [/!(?=\[)/g, "! "],
  [/\](?=[(:])/g, "] "],
  // Slack's and Discord's mentions, commands and links, and HTML.
  [new RegExp(`<(?=[@!#:/?a-z])(?!${PLACES})`, "gi"), "< "],
  [/@(?=[\p{L}\p{N}_])/gu, "@ "],
  // Character references and escapes, which Markdown would turn into one of these.
  [/&(?=#?\w+;)/g, "& "],
  [/\\(?=[!-/:-@[-`{-~])/g, "\\ "],
  // Addresses, which platforms look up for a preview. Of one without a scheme a reader takes its page's.
  [new RegExp(String.raw`\/(?=\/)(?!${ADDRESSES})`, "g"), "/ "],
  [/www(?=\.)/gi, "$& "],
];

/** The text with all that is broken. */
export function inert(text: string): string {
  return BREAKS.reduce((broken, [pattern, by]) => broken.replace(pattern, by), text);
}
