/** `text` without what moves a terminal's cursor, turns the direction of writing, or cannot be seen. */
export function printable(text: string): string {
  // U+FE0F stays: with it a sign has its colour.
  return text.replace(/(?![\n\uFE0F])[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\uFFF9-\uFFFB]/gu, "");
}
