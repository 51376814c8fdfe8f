/**
 * Decides whose call runs next: a few run at once, one of them at most for each person, the rest
 * wait in a short queue. So that nobody can lock the owner out, one place is the owner's.
 */

/** Calls that run side by side. */
const AT_ONCE = 4;

/** Calls that wait: of one person, and of all but the owner. */
const WAITING_EACH = 2;
const WAITING = 60;

/** The longest that a call waits. */
const WAIT_MS = 60_000;

/** A person who asks for a place. */
export interface Asker {
  user: string;
  /** True for the gateway's owner, as far as the host knows. */
  isOwner: boolean;
}

/** Why a call gets no place: others have them all, or the same person's call before it has not ended. */
export type Full = "busy" | "running";

interface Waiting extends Asker {
  /** The component that is to be called. */
  of: object;
  begin(): void;
  refuse(error: Error): void;
}

/** The calls that have a place, and those that wait for one. */
export class Queue {
  /** Those who have a place. A person has at most one. */
  readonly #placed = new Set<string>();
  #waiting: Waiting[] = [];

  /** Number of calls that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** True while nothing runs. */
  get isIdle(): boolean {
    return this.#placed.size === 0;
  }

  /** Resolves with the way to give the place back. Rejects with the `error` where there is none to be had in time. */
  async enter(of: object, asker: Asker, error: (why: Full) => Error): Promise<() => void> {
    if (!this.#hasPlaceFor(asker)) await this.#wait(of, asker, () => error(this.#placed.has(asker.user) ? "running" : "busy"));
    // A caller who waited was handed the place already.
    this.#placed.add(asker.user);
    return () => this.#leave(asker.user);
  }

  /** Sends away all that wait for this component. */
  clear(of: object, error: Error): void {
    const gone = this.#waiting.filter((each) => each.of === of);
    this.#waiting = this.#waiting.filter((each) => each.of !== of);
    for (const each of gone) each.refuse(error);
  }

  #wait(of: object, { user, isOwner }: Asker, full: () => Error): Promise<void> {
    const mine = this.#waiting.filter((each) => each.user === user).length;
    if (mine >= WAITING_EACH || (!isOwner && this.#waiting.length >= WAITING)) return Promise.reject(full());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        of,
        user,
        isOwner,
        begin() {
          clearTimeout(timer);
          resolve();
        },
        refuse(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(full());
      }, WAIT_MS);
      this.#waiting.push(waiting);
    });
  }

  #hasPlaceFor({ user, isOwner }: Asker): boolean {
    return !this.#placed.has(user) && this.#placed.size < (isOwner ? AT_ONCE : AT_ONCE - 1);
  }

  #leave(user: string): void {
    this.#placed.delete(user);
    for (const next of [...this.#waiting]) {
      if (!this.#hasPlaceFor(next)) continue;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      // Counted at once: others ask for a place before the call begins.
      this.#placed.add(next.user);
      next.begin();
    }
  }
}
