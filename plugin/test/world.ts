/**
 * A recorded world as the adapter's surroundings. The world itself is the Rust
 * harness's, `host-test/examples/world.rs`, in a process of its own, so that both
 * hosts are tried on the same one.
 */

import { execFile, spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { env } from "node:process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import type { commands } from "../src/contract.ts";
import { behindOwn } from "../src/store.ts";
import { NoAnswer, StoreFailure } from "../src/surroundings.ts";
import type { Answer, Endpoint, Run, StoreView, Surroundings } from "../src/surroundings.ts";

const REPOSITORY = join(import.meta.dirname, "../..");

/** Opens the world in this file, or the demo. It starts anew every time. */
export async function openWorld(replay?: string): Promise<RecordedWorld> {
  const process = new WorldProcess(await builtOnce(), replay === undefined ? [] : ["--replay", replay]);
  const { now } = (await process.ask({ do: "now" })) as { now: number };
  const classes = (await process.ask({ do: "classes" })) as { burn_first: string[]; preserve: string[] };
  const session = (await process.ask({ do: "session" })) as commands.SessionProfile | null;
  const world = new RecordedWorld(process, now, { burnFirst: classes.burn_first, preserve: classes.preserve }, session ?? undefined);
  await world.refresh();
  return world;
}

type Classes = Pick<commands.Settings, "burnFirst" | "preserve">;

/** Surroundings that were recorded. */
export class RecordedWorld implements Surroundings {
  readonly #process: WorldProcess;
  readonly #now: number;
  /** The profiles to use first and those to use last, as the world itself says. */
  readonly classes: Classes;
  /** The profile that the chat session uses. */
  readonly session: commands.SessionProfile | undefined;
  #store: StoreDocuments = { era: "sqlite", source: "", own: null, shared: null };

  constructor(process: WorldProcess, now: number, classes: Classes, session: commands.SessionProfile | undefined) {
    this.#process = process;
    this.#now = now;
    this.classes = classes;
    this.session = session;
  }

  now(): number {
    return this.#now;
  }

  /** Every agent of a recorded world has the same one. */
  readAuthStore(_agent: string): StoreView {
    return storeView(this.#store);
  }

  async fetch(endpoint: Endpoint, headers: Record<string, string>, timeoutMs: number): Promise<Answer> {
    const asked = { do: endpoint, profile: this.#profileOf(headers), timeout_ms: Math.ceil(timeoutMs) };
    const answer = (await this.#process.ask(asked)) as
      | { status: number; headers: Record<string, string>; body_b64: string }
      | { fault: "timeout" | "unreachable" | "too-large" | "denied"; sent: boolean };
    if (!("fault" in answer)) {
      const { status, headers: given, body_b64 } = answer;
      return { status, headers: given, body: Buffer.from(body_b64, "base64") };
    }
    // Only the body of a 200 is missed.
    if (answer.fault === "too-large") return { status: 200, headers: {}, body: undefined };
    throw new NoAnswer(answer.fault === "timeout" ? "timed-out" : answer.fault, answer.sent);
  }

  async run(argv: readonly string[], _timeoutMs: number): Promise<Run> {
    const run = (await this.#process.ask({ do: "run", argv })) as
      | { exit: number; stdout: string; stderr: string }
      | { failure: "not-found" | "failed" | "timed-out" };
    // It may have changed them, whatever came of it.
    await this.refresh();
    return "failure" in run ? run : { exitCode: run.exit, stdout: run.stdout, stderr: run.stderr };
  }

  /** Takes over the stores as they are now: they are read without waiting. */
  async refresh(): Promise<void> {
    this.#store = (await this.#process.ask({ do: "store" })) as StoreDocuments;
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  /** The profile whose token is sent. Profiles that share one are one identity, and answered alike. */
  #profileOf(headers: Record<string, string>): string {
    const named = Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization");
    const token = named?.[1].replace(/^Bearer /, "");
    const profiles = merged(this.#store, "profiles") as Record<string, { access?: unknown }>;
    const found = Object.entries(profiles).find(([, entry]) => entry?.access === token);
    if (token === undefined || found === undefined) throw new Error("no stored sign-in has the token that was sent");
    return found[0];
  }
}

/** The process's answer about the stores: documents as a JSON store holds them. */
export interface StoreDocuments {
  era: "json" | "sqlite";
  source: string;
  own: unknown;
  shared: unknown;
}

/** The stores as a gateway would hold them. */
export function storeView(store: StoreDocuments): StoreView {
  const { era, source, own, shared } = store;
  const isStore = (document: unknown) => isRecord(document) && isRecord(document["profiles"]);
  if (!isStore(own) || (shared !== null && !isStore(shared))) throw new StoreFailure("malformed", source);
  const sections = ["profiles", "order", "lastGood", "usageStats"] as const;
  return {
    era,
    source,
    merged: Object.fromEntries(sections.map((name) => [name, merged(store, name)])),
    ownOrders: Object.keys(section(own, "order")),
    inherited: inherited(store),
    leftovers: [],
  };
}

/** Entry by entry, the agent's own wins whole. */
function merged({ own, shared }: StoreDocuments, name: string): Record<string, unknown> {
  return { ...section(shared, name), ...section(own, name) };
}

/** The shared store. From 2026.6 on an agent's own profiles come first in its orders. */
function inherited({ era, own, shared }: StoreDocuments): unknown {
  if (!isRecord(shared) || era === "json") return shared ?? undefined;
  return behindOwn(own, shared);
}

/** A part of a document, by names as the gateway compares them; empty where it is none. */
function section(document: unknown, name: string): Record<string, unknown> {
  const found = isRecord(document) ? document[name] : undefined;
  if (!isRecord(found)) return {};
  if (name !== "order" && name !== "lastGood") return found;
  const named = Object.entries(found).map(([provider, value]) => [folded(provider), value] as const);
  // An order that names nobody is none.
  return Object.fromEntries(named.filter(([, value]) => !Array.isArray(value) || value.some(isName)));
}

function folded(provider: string): string {
  return provider.trim().toLowerCase();
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A question a line, an answer a line, in the same order. */
class WorldProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];
  readonly #ended: Promise<void>;
  #complaint = "";

  constructor(program: string, args: string[]) {
    this.#child = spawn(program, args, { env: { ...env, RUST_BACKTRACE: "0" } });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#complaint += text));
    // The end of the process tells whoever waits for an answer.
    this.#child.stdin.on("error", () => {});
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    this.#ended = new Promise((resolve) => {
      const end = (error: Error) => {
        for (const { reject } of this.#waiting.splice(0)) reject(error);
        resolve();
      };
      this.#child.once("error", end);
      this.#child.once("close", () => end(new Error(`the world ended: ${this.#complaint.trim()}`)));
    });
  }

  ask(question: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  close(): Promise<void> {
    this.#child.stdin.end();
    return this.#ended;
  }
}

let built: Promise<string> | undefined;

function builtOnce(): Promise<string> {
  built ??= build();
  return built;
}

/** Builds the program and says where it is: only cargo knows. */
async function build(): Promise<string> {
  // Without a package's name: what `cargo test` built has the same features, and serves.
  const args = ["build", "--quiet", "--example", "world", "--message-format=json"];
  const { stdout } = await promisify(execFile)("cargo", args, { cwd: REPOSITORY, maxBuffer: 64 << 20 });
  const messages = stdout.split("\n").filter((line) => line.startsWith("{"));
  const artifacts = messages.map((line) => JSON.parse(line)) as Artifact[];
  const program = artifacts.find(({ target }) => target?.name === "world" && target.kind.includes("example"));
  if (!program?.executable) throw new Error("cargo built no world");
  return program.executable;
}

/** A message of cargo about a thing it built, as far as it matters here. */
interface Artifact {
  target?: { name: string; kind: string[] };
  executable?: string | null;
}
