/** A part of a reply whose table is shown in place of one of its paragraphs, as each channel shows tables. */

import type { TableTraits } from "./channels.ts";
import type { commands } from "./contract.ts";
import { marked } from "./markup.ts";

export interface TableBlock {
  type: "table";
  caption: string;
  headers: string[];
  rows: string[][];
}

/** A text without the paragraph that its table stands for. */
export interface Around {
  above: string;
  table: commands.Table;
  below: string;
}

/** The table of a part, where this channel shows it whole. */
export function tableOf({ text, table }: commands.Part, traits: TableTraits | undefined): Around | undefined {
  if (!table || !traits || !isWhole(table) || !isWithin(table, traits)) return undefined;
  const paragraphs = text.split("\n\n");
  if (table.paragraph >= paragraphs.length) return undefined;
  const joined = (from: number, to?: number) => paragraphs.slice(from, to).join("\n\n");
  return { above: joined(0, table.paragraph), table, below: joined(table.paragraph + 1) };
}

/** Returns whether the columns have different names and every row a cell for each. A channel drops any other table. */
function isWhole({ caption, headers, rows }: commands.Table): boolean {
  const isSaid = (text: string) => text.trim() !== "";
  const isEven = rows.every((row) => row.length === headers.length);
  return isSaid(caption) && headers.every(isSaid) && new Set(headers).size === headers.length && headers.length > 0 && rows.length > 0 && isEven;
}

function isWithin({ headers, rows }: commands.Table, { rows: mostRows, columns, characters }: TableTraits): boolean {
  const used = [...headers, ...rows.flat()].reduce((sum, cell) => sum + cell.length, 0);
  return rows.length <= mostRows && headers.length <= columns && used <= characters;
}

/** The whole text in Markdown, the table among it. */
export function inMarkdown({ above, table, below }: Around): string {
  // Code has its bars already, and they end a cell there too.
  const cell = (text: string) => marked(shown(text), "markdown").replace(/(?<!\\)\|/g, "\\|");
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  const rule = `|${table.headers.map(() => "---|").join("")}`;
  const lines = [line(table.headers), rule, ...table.rows.map(line)];
  return [marked(above, "markdown"), lines.join("\n"), marked(below, "markdown")].filter((text) => text !== "").join("\n\n");
}

/** The table as a block of its own, whose cells are text and nothing else. */
export function block({ caption, headers, rows }: commands.Table): TableBlock {
  const cell = (text: string) => marked(shown(text), "none");
  return { type: "table", caption: cell(caption), headers: headers.map(cell), rows: rows.map((row) => row.map(cell)) };
}

/** A cell that is empty is taken for one that is missing. */
function shown(text: string): string {
  return text.trim() === "" ? "–" : text;
}
