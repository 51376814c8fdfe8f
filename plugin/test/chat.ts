/**
 * A `chat` line of a case, read and shown as `host-test/src/cli.rs` does: only what
 * stands between the two is the host that is tried.
 */

import type { chat, Command, commands, Instant } from "../src/contract.ts";
import { isButton } from "../src/policy.ts";
import { zone } from "../src/zone.ts";

/** The request of a `chat` line. */
export interface ChatLine {
  message: string;
  press: boolean;
  tool: boolean;
  /** A check for alerts, which nobody asks for. */
  schedule: boolean;
  user: string;
  owner: boolean;
  buttons: number;
  messagePath: boolean;
  tables: boolean;
  group: boolean;
  length: number;
  /** The file of a recorded world. */
  replay: string;
  agent: string;
  locale: commands.Locale;
  zone: string;
}

/** The command that is addressed, and the way it came. */
export interface Turn {
  command: Command;
  origin: commands.Origin;
}

/** An option, or a thing it is set to, that only the program itself has. */
export class NotHere extends Error {}

/** The reply to a message for nobody. */
export const NOBODY =
  "the message must start with /codex_usage or /codex_auth; with --press, give a button's value such as usage:all";

/** Reads the words of a line. Throws `NotHere` where another host cannot run it. */
export function parse(line: string): ChatLine {
  const [verb, ...words] = split(line);
  if (verb !== "chat") throw new NotHere(`${verb} is not a chat turn`);
  const { message, options } = sorted(words);
  const take = (name: string) => {
    const value = options.get(name);
    options.delete(name);
    return value;
  };
  const parsed: ChatLine = {
    message,
    press: take("press") !== undefined,
    tool: take("tool") !== undefined,
    schedule: take("schedule") !== undefined,
    user: take("user") ?? "you",
    owner: take("owner") !== undefined,
    buttons: Number(take("buttons") ?? 0),
    messagePath: take("message-path") !== undefined,
    tables: take("tables") !== undefined,
    group: take("group") !== undefined,
    length: Number(take("length") ?? 4096),
    replay: take("replay") ?? missing("--replay: the demo is of this very moment"),
    agent: take("agent") ?? "main",
    locale: take("locale") === "zh" ? "zh" : "en",
    zone: take("zone") ?? "UTC",
  };
  const [other] = options.keys();
  return other === undefined ? parsed : missing(`--${other} is another host's`);
}

const FLAGS = ["press", "tool", "schedule", "owner", "message-path", "tables", "group"];

/** The message, and the options by their names. */
function sorted(words: string[]): { message: string; options: Map<string, string> } {
  const options = new Map<string, string>();
  const messages: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    const [, name, value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) messages.push(word);
    else if (name === "buttons") options.set(name, value ?? "8");
    else if (FLAGS.includes(name)) options.set(name, "");
    else options.set(name, value ?? words[(at += 1)] ?? "");
  }
  const [message = options.has("schedule") ? "" : undefined, ...more] = messages;
  if (message === undefined || more.length > 0) return missing(`${messages.length} messages`);
  return { message, options };
}

function missing(what: string): never {
  throw new NotHere(what);
}

/** Splits a line into words as a shell does, as far as the cases need it. */
export function split(line: string): string[] {
  const words: string[] = [];
  const PIECES = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(\s+)/gs;
  let word: string | undefined;
  for (const [, single, double, escaped, plain, space] of line.matchAll(PIECES)) {
    if (space === undefined) {
      word = (word ?? "") + (single ?? double?.replace(/\\([\\"$`])/g, "$1") ?? escaped ?? plain);
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** Which command a line is for; nothing where it is for neither. */
export function addressed(line: ChatLine): Turn | undefined {
  if (line.press) {
    const command = commandOf(line.message.split(":")[0], ["usage", "auth"]);
    if (!command || !isButton(line.message)) return undefined;
    return { command, origin: { tag: "button", val: line.message } };
  }
  const [, name, rest] = /^(\S*)(?:\s(.*))?$/s.exec(line.message.trim()) ?? [];
  // In a group the bot's name may stand behind the command.
  const command = commandOf(name?.split("@")[0], ["/codex_usage", "/codex_auth"]);
  return command && { command, origin: { tag: line.tool ? "tool" : "command", val: rest ?? "" } };
}

function commandOf(name: string | undefined, [usage, auth]: [usage: string, auth: string]): Command | undefined {
  return name === usage ? "usage" : name === auth ? "auth" : undefined;
}

/** The request that the host gets. */
export function requestOf(line: ChatLine, origin: commands.Origin, now: Instant): commands.Request {
  return {
    origin,
    user: line.user,
    isOwner: line.owner,
    agent: line.agent,
    channel: { buttons: line.buttons, length: line.length, private: !line.group },
    now: BigInt(now),
    zone: zone(line.zone, now),
    locale: line.locale,
    // A recorded world has nothing to hide.
    salt: "demo",
    settings: { burnFirst: [], preserve: [], fullIds: false, dryRun: false, demo: false, alertsLowPercent: 10 },
    wantsJson: false,
  };
}

/** A turn as a person sees it. */
export interface Seen {
  stdout: string;
  stderr: string;
  exit: number;
}

/** The screen of a person who typed this line. */
export function shown(line: string, { stdout, stderr, exit }: Seen): string {
  const complaints = stderr.split("\n").filter((each) => each !== "");
  const told = complaints.map((each) => `stderr: ${each}\n`).join("");
  return `$ codex-profiler ${line}\n${stdout}${told}${exit === 0 ? "" : `[exit ${exit}]\n`}\n`;
}

/** A message as it was sent, with the line between it and what follows. */
export function sentMessage(message: chat.Message): string {
  return `${said("message", message)}\n`;
}

/** A reply as it was given. */
export function reply({ delivery }: commands.Reply, { tables }: Pick<ChatLine, "tables">): string {
  if (delivery.tag === "no-reply") return "→ reply\nNO_REPLY\n";
  const parts: (commands.Part | undefined)[] = delivery.val;
  return parts.filter((part) => part !== undefined).map((part) => said("reply", tables ? withTable(part) : part)).join("\n");
}

function withTable(part: commands.Part): chat.Message {
  const { text, table } = part;
  if (!table) return part;
  const lines = [table.headers, ...table.rows].map((cells) => `| ${cells.join(" | ")} |`);
  return { ...part, text: text.split("\n\n").with(table.paragraph, lines.join("\n")).join("\n\n") };
}

/** The alerts of a check, for those who subscribed. */
export function told({ delivery }: commands.Reply, users: readonly string[]): string {
  const alerts = delivery.tag === "alerts" ? delivery.val : [];
  return users.map((user, at) => (alerts[at] ? said(`alert ${user}`, alerts[at]) : `→ no alert ${user}\n`)).join("");
}

function said(path: string, { text, buttons }: chat.Message): string {
  const lines = buttons.map(({ label, value }) => `[${label}] ${value}\n`);
  return `→ ${path}\n${text}\n${lines.join("")}`;
}

/** The exit code of the program. */
export function exitOf({ status }: commands.Reply): number {
  return { ok: 0, failed: 1, misused: 2 }[status];
}
