/** `text` without what moves a terminal's cursor, turns the direction of writing, or cannot be seen. */
export function printable(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\u061C\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/gu, "");
}
