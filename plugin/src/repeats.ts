/** Answers that are under way or were just given: whoever asks the same again gets the same answer. */

/** An outcome. Only an answer may be given again, never an excuse. */
interface Answer {
  isAnswered: boolean;
}

export class Repeats<T extends Answer> {
  readonly #milliseconds: number;
  readonly #kept = new Map<string, Promise<T>>();

  /** Keeps an answer for so long after it was given. */
  constructor(seconds: number) {
    this.#milliseconds = seconds * 1000;
  }

  /** The answer that is kept under this key, else the one that `answer` gives. */
  async ask(key: string, answer: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept) return await kept;
    const asked = answer();
    this.#kept.set(key, asked);
    const { isAnswered } = await asked.catch((error) => {
      this.#kept.delete(key);
      throw error;
    });
    if (isAnswered) setTimeout(() => this.#kept.delete(key), this.#milliseconds).unref();
    else this.#kept.delete(key);
    return await asked;
  }
}
