/** Work that is done in steps, so that whatever else the gateway does need not wait for all of it. */

import { setImmediate as nextTurn } from "node:timers/promises";

/** For how long the gateway's loop is kept at a time. A step that has begun is finished, so that this is well below what may be. */
const SLICE_MS = 4;

/** The steps to a result. */
export type Steps<T> = Generator<void, T, void>;

/** Takes the steps, and lets the gateway's loop turn between them. */
export async function sliced<T>(steps: Steps<T>, slices = new Slices()): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await slices.next();
  }
}

/** Takes all steps at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The time of several that work on the same thing by turns. */
export class Slices {
  #since = performance.now();
  #turn: Promise<void> | undefined;

  /** Resolves at once while the slice lasts, else with the next turn of the loop. */
  async next(): Promise<void> {
    if (!this.#turn && performance.now() - this.#since <= SLICE_MS) return;
    this.#turn ??= nextTurn().then(() => {
      this.#since = performance.now();
      this.#turn = undefined;
    });
    await this.#turn;
  }
}
