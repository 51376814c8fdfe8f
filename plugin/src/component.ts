/**
 * The component in threads of its own: the gateway's loop never waits for it, and
 * what it uses up can be taken away. One thread is kept warm, and more while calls wait.
 */

import { Worker } from "node:worker_threads";

import { tell, type Answer, type FromGuest, type Job, type Outcome, type Question, type Setup } from "./bridge.ts";
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

/** The component, compiled once: by its first thread, and not by the gateway's loop. */
export class Component {
  readonly #files: Files;
  #modules: WebAssembly.Module[] | undefined;
  #idle: Thread[] = [];
  readonly #busy = new Set<Thread>();
  readonly #queue: Queue;
  #closed = false;

  /** With a queue of its own, or one that it shares. */
  constructor(files: Files, queue = new Queue()) {
    this.#files = files;
    this.#queue = queue;
  }

  /** Has a thread ready before the first call. Throws {@link Ended} where it cannot load the component. */
  async warm(): Promise<void> {
    if (this.#closed || this.#idle.some(({ lives }) => lives) || !this.#queue.isIdle) return;
    const thread = this.#newThread();
    this.#idle.push(thread);
    await thread.loaded.catch((error) => {
      if (!this.#closed) throw error;
    });
  }

  /**
   * Calls the component once, in an instance of its own.
   *
   * Throws {@link Ended}, or what the host rejected with.
   */
  async call(asker: Asker, begin: () => Begun | Promise<Begun>): Promise<commands.Reply> {
    const leave = await this.#queue.enter(this, asker, (why) => new Ended(why));
    try {
      if (this.#closed) throw new Ended("closed");
      this.#idle = this.#idle.filter(({ lives }) => lives);
      const thread = this.#idle.pop() ?? this.#newThread();
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

  #newThread(): Thread {
    const thread = new Thread(this.#files.guest, this.#modules ?? this.#files.modules.href);
    thread.loaded.then((modules) => (this.#modules = modules), () => {});
    return thread;
  }

  #put(thread: Thread): void {
    if (!thread.lives) return;
    // One is kept, or as many as the queue is about to need.
    const isNeeded = !this.#closed && this.#idle.length < Math.max(1, this.#queue.length);
    if (!isNeeded) return void thread.end("closed");
    if (!thread.isFull) return void this.#idle.push(thread);
    // The next caller finds another one that is ready.
    void thread.end("closed");
    this.#idle.push(this.#newThread());
  }
}

/** A call that its thread is about to answer. */
interface Running {
  host: Host;
  resolve(reply: commands.Reply): void;
  reject(error: Error): void;
}

/** One thread, one call at a time. */
class Thread {
  readonly #worker: Worker;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  readonly #loaded = Promise.withResolvers<WebAssembly.Module[]>();
  #running: Running | undefined;
  #ended: Ended | undefined;
  #heldBytes = 0;

  constructor(guest: URL, modules: Setup["modules"]) {
    const { guest_memory_bytes: memoryBytes, guest_output_bytes: outputBytes } = policy.limits;
    const workerData: Setup = { modules, memoryBytes, outputBytes, answered: this.#answered };
    // A thread's output is discarded: nothing in it should print.
    const options = { env: {}, argv: [], execArgv: [], resourceLimits: RESOURCES, stdout: true, stderr: true };
    this.#worker = new Worker(guest, { ...options, workerData, name: "codex-profiler" });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on("error", () => void this.end("trapped"));
    this.#worker.on("exit", () => void this.end("trapped"));
    this.#worker.on("message", (said: FromGuest) => {
      if ("name" in said) void this.#hear(said);
      else if ("modules" in said) this.#begin(said.modules);
      else this.#finish(said);
    });
  }

  /** The component's modules, once it has them. Rejects with {@link Ended} where it ends before. */
  get loaded(): Promise<WebAssembly.Module[]> {
    return this.#loaded.promise;
  }

  get lives(): boolean {
    return this.#ended === undefined;
  }

  /** True if uncollected memory of its calls could be more than one call may have. */
  get isFull(): boolean {
    return this.#heldBytes > policy.limits.guest_memory_bytes;
  }

  async call({ host, deadlineMs, job }: Begun): Promise<commands.Reply> {
    if (this.#ended) throw this.#ended;
    const { promise, resolve, reject } = Promise.withResolvers<commands.Reply>();
    const timer = setTimeout(() => void this.end("overdue"), deadlineMs);
    this.#running = { host, resolve, reject };
    this.#worker.ref();
    try {
      this.#worker.postMessage(job);
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#running = undefined;
      this.#worker.unref();
    }
  }

  async end(why: Ended["why"], error?: Error): Promise<void> {
    this.#ended ??= new Ended(why);
    this.#running?.reject(error ?? this.#ended);
    this.#loaded.reject(this.#ended);
    await this.#worker.terminate();
  }

  #begin(modules: WebAssembly.Module[]): void {
    this.#loaded.resolve(modules);
    // A gateway that ends does not wait for a guest that sleeps.
    if (!this.#running) this.#worker.unref();
  }

  async #hear(question: Question): Promise<void> {
    try {
      const answer = await this.#running?.host(question);
      if (answer && this.lives) tell(this.#worker, this.#answered, answer);
    } catch (error) {
      await this.end("trapped", error as Error);
    }
  }

  #finish({ reply, heldBytes }: Outcome): void {
    this.#heldBytes = heldBytes;
    // A trap leaves nothing but memory: its instance is dropped, its thread goes on.
    if (reply) this.#running?.resolve(reply);
    else this.#running?.reject(new Ended("trapped"));
  }
}
