/** The skill in a gateway: turns in, replies out. Knows nothing of channels. */

import { Call, type Shared, type Turn } from "./call.ts";
import { Proposals } from "./changes.ts";
import { Component, type Files } from "./component.ts";
import type { commands } from "./contract.ts";
import { Claims, Memory } from "./keep.ts";
import { policy } from "./policy.ts";
import { Queue } from "./queue.ts";
import * as rehearsal from "./rehearsal.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Surroundings } from "./surroundings.ts";
import { VERSION } from "./version.ts";

/** Beside this program where it is built; the sources go by what `npm run build` made. */
const BUILT = new URL(import.meta.url.endsWith(".ts") ? "../dist/" : "./", import.meta.url);
export const FILES: Files = { guest: new URL("guest.js", BUILT), modules: BUILT };

/** Locks of those who change something. They hold even if the gateway loads this plugin anew meanwhile. */
const CHANGING = Symbol.for("codex-profiler.changing");

/**
 * The gateway loads this plugin more than once, for commands and for the tools of agents:
 * a plan of the one is confirmed by the other, and both have the same few places. By the folder of what is kept on disk.
 */
const KEPT = Symbol.for(`codex-profiler.kept.${VERSION}`);
interface Kept {
  queue: Queue;
  memory: Memory;
  subscriptions: Subscriptions;
  offers: Map<string, string>;
  shared: Pick<Shared, "claims" | "proposals">;
}

function keptIn(stateDir: string, warn: ((why: string) => void) | undefined): Kept {
  const all = ((globalThis as { [KEPT]?: Map<string, Kept> })[KEPT] ??= new Map());
  const known = all.get(stateDir);
  if (known) return known;
  const shared = { claims: new Claims(), proposals: new Proposals(policy.gateway.code_seconds) };
  const [memory, subscriptions] = [new Memory(stateDir, warn), new Subscriptions(stateDir, warn)];
  const kept: Kept = { queue: new Queue(), memory, subscriptions, offers: new Map(), shared };
  all.set(stateDir, kept);
  return kept;
}

/** The parts that a skill is made of. */
interface Setting {
  around: Surroundings;
  /** The folder for everything that outlives this process. */
  stateDir: string;
  files?: Files;
  /** Told why nothing is kept there. */
  warn?: (why: string) => void;
}

/** The component, and what outlives its calls. */
export class Skill {
  /** The people who asked for alerts. */
  readonly subscriptions: Subscriptions;
  /** The text above each button that does something once, by the button's value. */
  readonly offers: Map<string, string>;
  readonly #component: Component;
  readonly #memory: Memory;
  readonly #shared: Shared;

  constructor({ around, stateDir, files = FILES, warn }: Setting) {
    const { queue, memory, subscriptions, offers, shared } = keptIn(stateDir, warn);
    this.subscriptions = subscriptions;
    this.offers = offers;
    const kept = globalThis as { [CHANGING]?: Claims };
    this.#component = new Component(files, queue);
    this.#memory = memory;
    this.#shared = {
      around,
      memory,
      ...shared,
      changing: (kept[CHANGING] ??= new Claims()),
      place: stateDir,
    };
  }

  /** Replaces its surroundings. A test has another world for every line. */
  set around(around: Surroundings) {
    this.#shared.around = around;
  }

  /** The agent that a user's code changes something for, if that plan was made here. */
  agentOf(code: string, user: string): string | undefined {
    return this.#shared.proposals.agentOf(code, user);
  }

  /** The salt, made once for this installation. */
  salt(): Promise<string> {
    return this.#memory.salt();
  }

  /** Has a thread ready before the first turn. */
  warm(): Promise<void> {
    return this.#component.warm();
  }

  /** Runs a check of nobody, so that the first one finds loaded and compiled what it runs. */
  async rehearse(): Promise<void> {
    await this.#heard(new Call({ ...this.#shared, around: rehearsal.AROUND, memory: rehearsal.MEMORY }, rehearsal.TURN), rehearsal.TURN);
  }

  /**
   * One turn: a call of the component, in an instance of its own.
   *
   * Throws `Ended` where it was not heard out, `Refused` where what it did or said may not be.
   */
  turn(turn: Turn): Promise<commands.Reply> {
    return this.#heard(new Call(this.#shared, turn), turn);
  }

  async #heard(call: Call, { command, request, isOwners }: Turn): Promise<commands.Reply> {
    try {
      const asker = { user: request.user, isOwner: request.isOwner || isOwners === true };
      const begin = async () => {
        const deadlineMs = call.begin();
        return { host: call.answer.bind(call), deadlineMs, job: { command, request: await call.vetted() } };
      };
      return await call.finish(await this.#component.call(asker, begin));
    } finally {
      call.close();
    }
  }

  async close(): Promise<void> {
    await this.#component.close();
    await this.#memory.written();
  }
}
