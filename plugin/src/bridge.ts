/**
 * Lets a component that waits get answers from a host that does not: the guest's
 * thread sleeps on a word of shared memory while the gateway's own works.
 */

import { receiveMessageOnPort, type MessagePort, type Worker } from "node:worker_threads";

import type { Command, commands } from "./contract.ts";

/** The data that the guest's thread starts with. */
export interface Setup {
  /** The core modules of the component, or the address of their folder while no thread has compiled them. */
  modules: WebAssembly.Module[] | string;
  /** The most memory that an instance may have. */
  memoryBytes: number;
  /** The most bytes that the component may hand out at once. */
  outputBytes: number;
  /** Its word turns from 0 to 1 when an answer is in. */
  answered: Int32Array<SharedArrayBuffer>;
}

/** Said first by the guest's thread: it has loaded the component. */
export interface Loaded {
  modules: WebAssembly.Module[];
}

/** One call of the component, as sent to its thread. */
export interface Job {
  command: Command;
  request: commands.Request;
}

/** The outcome of a call. */
export interface Outcome {
  /** Absent if the component trapped. The reason is not passed on: the guest could write anything in it. */
  reply?: commands.Reply;
  /** The memories of all instances that this thread had. */
  heldBytes: number;
}

/** A call of a host function. The guest sleeps until the answer is in. */
export interface Question {
  /** `interface.function`. */
  name: string;
  args: unknown[];
}

/** The result of a host function, or an error that the contract has a word for. */
export type Answer = { ok: unknown } | { err: unknown };

/** Messages of the guest's thread. */
export type FromGuest = Loaded | Question | Outcome;

/** Asks, and sleeps until the answer is there. For the guest's thread only. */
export function ask(port: MessagePort, answered: Setup["answered"], question: Question): Answer {
  Atomics.store(answered, 0, 0);
  port.postMessage(question);
  // What wakes it may be meant for the question before, which was answered while it fell asleep.
  while (Atomics.load(answered, 0) === 0) Atomics.wait(answered, 0, 0);
  return receiveMessageOnPort(port)?.message;
}

/** Hands an answer in and wakes the thread that sleeps for it. */
export function tell(guest: Worker, answered: Setup["answered"], answer: Answer): void {
  guest.postMessage(answer);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}
