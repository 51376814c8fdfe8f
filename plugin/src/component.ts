/**
 * The component in threads of its own: the gateway's loop never waits for it, and
 * what it uses up can be taken away. One thread is kept warm.
 */

import { readdir, readFile } from "node:fs/promises";
import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";

import { boundsItsMemory } from "./bounds.ts";
import { tell, type Answer, type Job, type Outcome, type Question, type Setup } from "./bridge.ts";
import type { commands } from "./contract.ts";
import { policy } from "./policy.ts";
import { Queue, type Asker, type Full } from "./queue.ts";

/**
 * Limits of a thread besides the component's own memory, which its module
 * bounds: enough for the glue to lift the largest reply.
 */
const RESOURCES = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 };

/** Why a call has no reply. */
export class Ended extends Error {
  /** `busy`, `running`: never begun. `overdue`, `trapped`: ended. `closed`: the gateway unloads the plugin. */
  readonly why: Full | "overdue" | "trapped" | "closed";

  constructor(why: Ended["why"]) {
    super(`the component was not heard out: ${why}`);
    this.why = why;
  }
}

/** Answers the component's calls of the host. A rejection ends the call. */
export type Host = (question: Question) => Promise<Answer>;

/** The needs of a call once it has a place: its time runs from then. */
export interface Begun {
  host: Host;
  deadlineMs: number;
  /** The question, as the guest hears it. */
  job: Job;
}

/** Addresses of the built parts. */
export interface Files {
  /** The program of the guest's thread, `guest.js`. */
  guest: URL;
  /** The folder with the component's core modules, `skill.core.wasm` and those numbered from 2. */
  modules: URL;
}

/** The component, loaded once. */
export class Component {
  readonly #files: Files;
  #modules: Promise<WebAssembly.Module[]> | undefined;
  #idle: Thread[] = [];
  readonly #busy = new Set<Thread>();
  readonly #queue: Queue;
  #closed = false;

  /** With a queue of its own, or one that it shares. */
  constructor(files: Files, queue = new Queue()) {
    this.#files = files;
    this.#queue = queue;
  }

  /** Has a thread ready before the first call. */
  async warm(): Promise<void> {
    const modules = await this.#load();
    if (!this.#closed && this.#idle.length === 0 && this.#queue.isIdle) this.#idle.push(new Thread(this.#files, modules));
  }

  /**
   * Calls the component once, in an instance of its own.
   *
   * Throws {@link Ended}, or what the host rejected with.
   */
  async call(asker: Asker, begin: () => Begun | Promise<Begun>): Promise<commands.Reply> {
    const modules = await this.#load();
    const leave = await this.#queue.enter(this, asker, (why) => new Ended(why));
    try {
      if (this.#closed) throw new Ended("closed");
      this.#idle = this.#idle.filter(({ lives }) => lives);
      const thread = this.#idle.pop() ?? new Thread(this.#files, modules);
      this.#busy.add(thread);
      try {
        return await thread.call(await begin());
      } finally {
        this.#busy.delete(thread);
        this.#put(thread);
      }
    } finally {
      leave();
    }
  }

  /** Ends every thread, whatever it does. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.clear(this, new Ended("closed"));
    await Promise.all([...this.#idle.splice(0), ...this.#busy].map((thread) => thread.end("closed")));
  }

  #put(thread: Thread): void {
    if (!thread.lives) return;
    if (thread.isFull) return void thread.end("closed");
    // One is kept, or as many as the queue is about to need.
    if (!this.#closed && this.#idle.length < Math.max(1, this.#queue.length)) this.#idle.push(thread);
    else void thread.end("closed");
  }

  #load(): Promise<WebAssembly.Module[]> {
    this.#modules ??= load(this.#files.modules);
    // Modules that could not be read may be there the next time.
    this.#modules.catch(() => (this.#modules = undefined));
    return this.#modules;
  }
}

/** One thread, one call at a time. */
class Thread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  #ended: Ended | undefined;
  #heldBytes = 0;
  #fail: ((error: Error) => void) | undefined;

  constructor({ guest }: Files, modules: WebAssembly.Module[]) {
    const { port1, port2 } = new MessageChannel();
    const { guest_output_bytes: outputBytes } = policy.limits;
    const workerData: Setup = { modules, outputBytes, port: port2, answered: this.#answered };
    const options = { workerData, transferList: [port2], env: {}, argv: [], execArgv: [], resourceLimits: RESOURCES };
    // A thread's output is discarded: nothing in it should print.
    this.#worker = new Worker(guest, { ...options, stdout: true, stderr: true, name: "codex-profiler" });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on("error", () => void this.end("trapped"));
    this.#worker.on("exit", () => void this.end("trapped"));
    this.#port = port1;
    // A gateway that ends does not wait for a guest that sleeps.
    this.#worker.unref();
    port1.unref();
  }

  get lives(): boolean {
    return this.#ended === undefined;
  }

  /** True if uncollected memory of its calls could be more than one call may have. */
  get isFull(): boolean {
    return this.#heldBytes > policy.limits.guest_memory_bytes;
  }

  call({ host, deadlineMs, job }: Begun): Promise<commands.Reply> {
    return new Promise<commands.Reply>((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const timer = setTimeout(() => void this.end("overdue"), deadlineMs);
      const done = () => {
        clearTimeout(timer);
        this.#fail = undefined;
        this.#worker.removeAllListeners("message");
        this.#port.removeAllListeners("message");
        this.#port.unref();
      };
      this.#fail = (error) => {
        done();
        reject(error);
      };
      this.#port.on("message", (question: Question) => {
        host(question)
          .then((answer) => void (this.lives && tell(this.#port, this.#answered, answer)))
          .catch((error: Error) => void this.end("trapped", error));
      });
      this.#worker.on("message", ({ reply, heldBytes }: Outcome) => {
        this.#heldBytes = heldBytes;
        // A trap leaves nothing but memory: its instance is dropped, its thread goes on.
        if (!reply) return this.#fail?.(new Ended("trapped"));
        done();
        resolve(reply);
      });
      this.#worker.postMessage(job);
    });
  }

  async end(why: Ended["why"], error?: Error): Promise<void> {
    this.#ended ??= new Ended(why);
    this.#fail?.(error ?? this.#ended);
    this.#port.close();
    await this.#worker.terminate();
  }
}

/** Compiles the core modules, each of which has to bound its memory. */
async function load(folder: URL): Promise<WebAssembly.Module[]> {
  const modules = await modulesIn(folder);
  if (!modules.every(boundsItsMemory)) throw new Error("the component does not bound its memory");
  return Promise.all(modules.map((module) => WebAssembly.compile(module)));
}

/** Reads the core modules in the order of their numbers. */
export async function modulesIn(folder: URL): Promise<Uint8Array<ArrayBuffer>[]> {
  const names = (await readdir(folder)).filter((name) => /^skill\.core\d?\.wasm$/.test(name)).sort();
  if (names.length === 0) throw new Error("the component's modules are missing");
  return Promise.all(names.map(async (name) => new Uint8Array(await readFile(new URL(name, folder)))));
}
