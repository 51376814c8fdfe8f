/** Measures how long the gateway's loop is held up, by what it does meanwhile. */

import { Call } from "../src/call.ts";

/** The longest hold of each phase, in milliseconds. */
export class Holds {
  readonly longest = new Map<string, number>();
  #phase = "begin";
  #isOver = false;

  constructor() {
    let last = performance.now();
    const turn = () => {
      const now = performance.now();
      this.longest.set(this.#phase, Math.max(this.longest.get(this.#phase) ?? 0, now - last));
      last = now;
      if (!this.#isOver) setImmediate(turn);
    };
    setImmediate(turn);
    current = this;
  }

  /** From here on this is what the loop does. */
  enter(phase: string): void {
    this.#phase = phase;
  }

  end(): void {
    this.#isOver = true;
    current = undefined;
  }
}

let current: Holds | undefined;

const { answer, finish, vetted } = Call.prototype;
Call.prototype.answer = async function (question) {
  current?.enter(question.name);
  try {
    return await answer.call(this, question);
  } finally {
    current?.enter(`after ${question.name}`);
  }
};
Call.prototype.finish = function (reply) {
  current?.enter("finish");
  return finish.call(this, reply);
};
Call.prototype.vetted = function () {
  current?.enter("vetted");
  return vetted.call(this);
};
