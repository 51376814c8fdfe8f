/**
 * The case folders of the Rust harness, played on this host: every `chat` line of
 * them, over the same recorded worlds, has to show the same, letter by letter.
 * What a terminal shows is the harness's alone and taken as it stands.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { Skill } from "../src/skill.ts";
import { addressed, exitOf, NOBODY, parse, reply, requestOf, sentMessage, shown } from "./chat.ts";
import type { Seen } from "./chat.ts";
import { Codes, lastCode } from "./codes.ts";
import { diff } from "./diff.ts";
import { openWorld } from "./world.ts";

const CASES = join(import.meta.dirname, "../../host-test/cases");

/** A folder with what is typed and what is expected of it. */
interface Case {
  name: string;
  folder: string;
  lines: string[];
  /** What is expected of each line. */
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

  constructor(folder: string, home: string) {
    this.#folder = folder;
    this.#home = home;
  }

  async type(typed: string): Promise<Seen> {
    const line = parse(typed);
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
      const given = await skill.turn({ command: turn.command, request, ...(line.messagePath && { send }) });
      return { stdout: stdout + reply(given, line), stderr: "", exit: exitOf(given) };
    } catch (error) {
      return { stdout, stderr: `codex-profiler: ${messageOf(error)}\n`, exit: 1 };
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
