/** Characters that nobody sees: the same as `invisible/src/lib.rs` has for the other host. */

/** Takes no room, or breaks a line where no `\n` stands. */
export const INVISIBLE = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\uFFF9-\uFFFB]/gu;

/** Runs of white space and of what is invisible: a text with them in the middle reads the same. */
export const BLANKS = /[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]+/gu;
