/** Cuts a message down to what is shown and what a channel takes: the same for one that is sent and for a part of a reply. */

import { CONFIRMS } from "./changes.ts";
import type { chat, commands } from "./contract.ts";
import { inert } from "./inert.ts";
import { isButton } from "./policy.ts";
import { printable } from "./printable.ts";

/** A message, or a part of a reply, which can have a table. */
type Said = chat.Message | commands.Part;

/** In UTF-16 units, its buttons and cells among them. */
const LONGEST = 1 << 17;

/** Returns whether a message has more than any channel takes: cleaning it would keep the gateway waiting. */
export function isLong(message: Said): boolean {
  const cells = cellsOf(message);
  const all = [...wordsOf(message), ...cells];
  const { rows } = tableIn(message) ?? { rows: [] };
  return all.reduce((sum, text) => sum + text.length + 1, rows.length) > LONGEST;
}

/** The most that a text may have once it is {@link inert}: there is a tenth for what that adds. */
export function room(length: number): number {
  return Math.floor(length * 1.1);
}

/** Returns whether the channel takes this as one message, also as it is delivered. */
export function isTaken(message: Said, channel: commands.Channel): boolean {
  const { text, buttons } = message;
  const labels = buttons.map(({ label }) => label);
  const isShort = (each: string) => each.length <= channel.length && inert(each).length <= room(channel.length);
  return buttons.length <= channel.buttons && [text, ...labels].every(isShort) && isShortTable(message, channel);
}

/** Returns whether all of a table is no longer than a message, a letter between its cells. */
function isShortTable(message: Said, { length }: commands.Channel): boolean {
  const { rows } = tableIn(message) ?? { rows: [] };
  return cellsOf(message).reduce((sum, cell) => sum + cell.length + 1, rows.length) <= length;
}

/**
 * The message without what is not seen. Of its buttons those are left whose value comes
 * back as it went; one that confirms says what `labelOf` its code does, and no code of
 * another call has a label.
 */
export function fit(message: Said, labelOf: (code: string) => string | undefined): commands.Part {
  const buttons = message.buttons.filter(({ value }) => isButton(value));
  const labelled = buttons.map(({ label, value }) => {
    return { label: value.startsWith(CONFIRMS) ? labelOf(value.slice(CONFIRMS.length)) : printable(label), value };
  });
  const buttonsLeft = labelled.filter((button): button is chat.Button => button.label !== undefined);
  const table = tableIn(message);
  return { text: printable(message.text), buttons: buttonsLeft, ...(table && { table: cleaned(table) }) };
}

/** The table with one line in every cell, without what is not seen. */
function cleaned({ caption, headers, rows, paragraph }: commands.Table): commands.Table {
  const cell = (text: string) => printable(text).replace(/\n/g, " ");
  return { caption: cell(caption), headers: headers.map(cell), rows: rows.map((row) => row.map(cell)), paragraph };
}

/** Every text to be searched. Cells are searched as one text, which is much faster than many. */
export function texts(message: Said): string[] {
  const cells = cellsOf(message);
  return [...wordsOf(message), ...(cells.length > 0 ? [cells.join("\n")] : [])];
}

function wordsOf({ text, buttons }: Said): string[] {
  return [text, ...buttons.flatMap(({ label, value }) => [label, value])];
}

/** Every text of a table, row by row. */
function cellsOf(message: Said): string[] {
  const table = tableIn(message);
  return table ? [table.caption, ...table.headers, ...table.rows.flat()] : [];
}

/** The same, column by column. */
function columnsOf(message: Said): string[] {
  const { rows } = tableIn(message) ?? { rows: [] };
  const widest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: widest }, (_, column) => rows.map((row) => row[column] ?? "").join(""));
}

function tableIn(message: Said): commands.Table | undefined {
  return "table" in message ? message.table : undefined;
}

/** All that messages say as one text: in order, and what stands in the same place of each. */
export function joined(messages: readonly Said[]): string[] {
  const buttons = messages.flatMap((message) => message.buttons);
  const columns = [
    messages.flatMap((message) => [...wordsOf(message), ...cellsOf(message)]),
    messages.map(({ text }) => text),
    messages.flatMap(columnsOf),
    buttons.map(({ label }) => label),
    buttons.map(({ value }) => value),
  ];
  return [...new Set(columns.map((column) => column.join("")))];
}
