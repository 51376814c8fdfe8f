/**
 * The case folders of the Rust harness, played on this host: every `chat` line of
 * them, over the same recorded worlds, has to show the same, letter by letter.
 * Terminal output is the harness's alone and taken as it stands.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import type { commands } from "../src/contract.ts";
import type { Conversation } from "../src/conversation.ts";
import { Skill } from "../src/skill.ts";
import { subscriberOf } from "../src/subscriptions.ts";
import { addressed, exitOf, NOBODY, parse, reply, requestOf, sentMessage, shown, told } from "./chat.ts";
import type { ChatLine, Seen } from "./chat.ts";
import { Codes, lastCode } from "./codes.ts";
import { diff } from "./diff.ts";
import { openWorld } from "./world.ts";

const CASES = join(import.meta.dirname, "../../host-test/cases");

/** A folder with what is typed and what is expected of it. */
interface Case {
  name: string;
  folder: string;
  lines: string[];
  /** The expected output of each line. */
  wanted: string[];
}

const cases = readdirSync(CASES)
  .sort()
  .filter((name) => existsSync(join(CASES, name, "cmd")))
  .map(readCase);

const played = cases.filter(({ lines }) => lines.some(isChat));

describe("a case shows the same on this host", { concurrency: 4 }, () => {
  for (const each of played) {
    test(each.name, async () => {
      const difference = diff(each.wanted.join(""), timeless(await play(each)));
      if (difference !== "") assert.fail(`\n${difference}`);
    });
  }
});

/** An answer of a recorded world takes no time; the way to it does, here. */
function timeless(seen: string): string {
  return seen.replace(/(attempt \d), \d+ ms/g, "$1, 0 ms");
}

function isChat(line: string): boolean {
  return line.startsWith("chat ");
}

function readCase(name: string): Case {
  const folder = join(CASES, name);
  const text = (file: string) => readFileSync(join(folder, file), "utf8");
  const lines = text("cmd").split("\n").filter((line) => line !== "");
  const wanted = text("out").split(/(?=^\$ codex-profiler )/m);
  assert.equal(wanted.length, lines.length, `${name}: not an answer a line`);
  return { name, folder, lines, wanted };
}

/** Types the lines of a case one after the other, and returns what was seen. */
async function play({ folder, lines, wanted }: Case): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "codex-profiler-case-"));
  const host = new Host(folder, home);
  const codes = new Codes();
  let [seen, told] = ["", ""];
  try {
    for (const [at, line] of lines.entries()) {
      const expected = wanted[at]!;
      if (!isChat(line)) {
        seen += expected;
        told += expected;
        continue;
      }
      const typed = codes.typed(line, lastCode(seen));
      const now = shown(typed, await host.type(typed));
      seen += now;
      told += codes.translate(now, expected);
    }
  } finally {
    await host.close();
    await rm(home, { recursive: true });
  }
  return told;
}

/** This host, as the lines of one case meet it. */
class Host {
  readonly #folder: string;
  readonly #home: string;
  /** A world starts anew with every line, and what a turn left behind stays: by its name. */
  readonly #skills = new Map<string, Skill>();
  /** Channels of those who subscribed, by their names. */
  readonly #channels = new Map<string, commands.Channel>();

  constructor(folder: string, home: string) {
    this.#folder = folder;
    this.#home = home;
  }

  async type(typed: string): Promise<Seen> {
    const line = parse(typed);
    if (line.schedule) return await this.#check(line);
    const turn = addressed(line);
    if (turn === undefined) return { stdout: "", stderr: `codex-profiler: ${NOBODY}\n`, exit: 2 };
    const file = join(this.#folder, line.replay);
    const around = await openWorld(file);
    let stdout = "";
    const send = async (message: Parameters<typeof sentMessage>[0]) => {
      stdout += sentMessage(message);
    };
    try {
      const skill = this.#skillOf(stateName(file), around);
      const request = requestOf(line, turn.origin, around.now());
      request.settings = { ...request.settings, ...around.classes };
      if (around.session) request.sessionProfile = around.session;
      if (turn.command === "auth") this.#channels.set(line.user, request.channel);
      const subscriber = isSubscribable(file) ? subscriberOf(conversationOf(line), true, line.locale, skill.subscriptions, () => {}) : undefined;
      const given = await skill.turn({ command: turn.command, request, subscriber, ...(line.messagePath && { send }) });
      return { stdout: stdout + reply(given, line), stderr: "", exit: exitOf(given) };
    } catch (error) {
      return { stdout, stderr: `codex-profiler: ${messageOf(error)}\n`, exit: 1 };
    } finally {
      await around.close();
    }
  }

  /** Checks for all who subscribed. */
  async #check(line: ChatLine): Promise<Seen> {
    const file = join(this.#folder, line.replay);
    const around = await openWorld(file);
    try {
      const skill = this.#skillOf(stateName(file), around);
      const all = (await skill.subscriptions.all()).filter(({ agent }) => agent === line.agent);
      const val = all.map(({ kinds, locale, user }) => ({ kinds, locale, channel: this.#channels.get(user)! }));
      const request = { ...requestOf(line, { tag: "schedule", val }, around.now()), user: "", isOwner: false };
      request.settings = { ...request.settings, ...around.classes };
      const given = await skill.turn({ command: "auth", request });
      return { stdout: told(given, all.map(({ user }) => user)), stderr: "", exit: exitOf(given) };
    } finally {
      await around.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#skills.values()].map((skill) => skill.close()));
  }

  #skillOf(state: string, around: Skill["around"]): Skill {
    const known = this.#skills.get(state);
    if (known === undefined) {
      const made = new Skill({ around, stateDir: join(this.#home, state) });
      this.#skills.set(state, made);
      return made;
    }
    known.around = around;
    return known;
  }
}

/** A conversation that can be written to where the world says so. */
function conversationOf({ user, agent, group }: ChatLine): Conversation {
  const where = { place: user, to: user, user, senderId: user, agent, isPrivate: !group };
  return { channel: "telegram", session: undefined, accountId: undefined, threadId: undefined, ...where };
}

function isSubscribable(file: string): boolean {
  return (JSON.parse(readFileSync(file, "utf8")) as { subscribable?: unknown }).subscribable === true;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Worlds of the same `name` are one world at different times. */
function stateName(file: string): string {
  const bytes = readFileSync(file);
  const { name } = JSON.parse(bytes.toString()) as { name?: unknown };
  const named = createHash("sha256").update(typeof name === "string" ? name : bytes);
  return `replay-${named.digest("hex").slice(0, 8)}`;
}
