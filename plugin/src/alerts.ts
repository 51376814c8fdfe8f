/** Checks on a schedule while any conversation has alerts on, and sends each one the alerts it asked for. */

import type { chat, commands } from "./contract.ts";
import type { Fate } from "./conversation.ts";
import { reasonOf } from "./excuse.ts";
import type { Subscription, Subscriptions } from "./subscriptions.ts";

const MINUTE_MS = 60_000;
const LONGEST_MS = 60 * MINUTE_MS;

/** The first check comes this long after a start at the earliest, and within as long again. */
const FIRST_MS = 30_000;

/** The most refusals in a row that a conversation may give. */
const MOST_REFUSALS = 3;

/** A message or none for each subscription, and a reason to ask later the next time. */
export interface Found {
  alerts: (chat.Message | undefined)[];
  strain: commands.Strain | undefined;
}

interface Setting {
  subscriptions: Subscriptions;
  /** Returns how often to check, and whether this is a quiet hour. */
  pace(): { everyMs: number; isQuiet: boolean };
  /** Takes the lock that one of the gateways on a state folder can have. */
  lock(): Promise<(() => void) | undefined>;
  /** Returns whether the person who subscribed still owns the gateway. */
  isOwners(subscription: Subscription): boolean;
  check(agent: string, subscriptions: readonly Subscription[]): Promise<Found>;
  post(subscription: Subscription, message: chat.Message): Promise<Fate>;
  warn(why: string): void;
  /** Calls back after so long, by a clock that nobody sets. Returns the way to call it off. */
  after?(ms: number, then: () => void): () => void;
  now?(): number;
}

export class Alerts {
  readonly #setting: Required<Setting>;
  #unlock: (() => void) | undefined;
  #callOff: (() => void) | undefined;
  #isRunning = false;
  /** The start of the last round. */
  #beganAt = -Infinity;
  #round: Promise<void> = Promise.resolve();
  /** The pause while the endpoint is under strain; else 0. */
  #pauseMs = 0;
  /** Alerts that are not on the disk yet, by round. */
  readonly #unheld: { place: string; alert: chat.Message | undefined }[][] = [];

  constructor(setting: Setting) {
    this.#setting = { after, now: () => performance.now(), ...setting };
  }

  start(): void {
    this.#isRunning = true;
    this.#plan(FIRST_MS * (1 + Math.random()));
  }

  /** Ends with the round that runs. Alerts that are not sent yet are held. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#callOff?.();
    await this.#round;
    this.#unlock?.();
    this.#unlock = undefined;
  }

  /** Checks at once: something happened. At most once a minute, and not while the endpoint is under strain. */
  hurry(): void {
    if (!this.#isRunning || this.#pauseMs > 0) return;
    this.#plan(Math.max(0, this.#beganAt + MINUTE_MS - this.#setting.now()));
  }

  #plan(ms: number): void {
    this.#callOff?.();
    const begin = () => void (this.#round = this.#round.then(() => this.#go()).catch((error) => this.#fail(error)));
    if (this.#isRunning) this.#callOff = this.#setting.after(ms, begin);
  }

  /** One round, and the plan for the next. After a pause of the whole machine there is one as well. */
  async #go(): Promise<void> {
    if (!this.#isRunning) return;
    this.#beganAt = this.#setting.now();
    // The round before may have planned one while this was waiting for it.
    this.#callOff?.();
    this.#callOff = undefined;
    const { everyMs, isQuiet } = this.#setting.pace();
    if (!isQuiet) await this.#tell(everyMs).catch((error) => this.#fail(error));
    const pause = Math.max(everyMs, this.#pauseMs);
    // Hurried meanwhile, it is planned already.
    if (!this.#callOff || this.#pauseMs > 0) this.#plan(pause * (0.9 + 0.2 * Math.random()));
  }

  async #tell(everyMs: number): Promise<void> {
    const { subscriptions } = this.#setting;
    const all = await this.#ofOwners(await subscriptions.all());
    if (all.length === 0 || !(await this.#isLocked())) return;
    let strain: commands.Strain | undefined;
    for (const agent of new Set(all.map((each) => each.agent))) {
      const its = all.filter((each) => each.agent === agent);
      const found = await this.#find(agent, its);
      strain = found.strain ?? strain;
      // All are held before the first is sent: a stop loses none of those behind it.
      if (found.alerts.some((alert) => alert)) this.#unheld.push(its.map(({ place }, at) => ({ place, alert: found.alerts[at] })));
      await this.#hold();
      for (const { place } of its) await this.#deliver(place).catch((error) => this.#fail(error));
    }
    this.#pauseMs = strain ? paused(Math.max(everyMs, this.#pauseMs), strain) : 0;
  }

  /** Holds the alerts on the disk. Those that it refuses are held with the next round: the component does not repeat them. */
  async #hold(): Promise<void> {
    for (let alerts = this.#unheld[0]; alerts; alerts = this.#unheld[0]) {
      await this.#setting.subscriptions.hold(alerts);
      this.#unheld.shift();
    }
  }

  /** Checks for an agent. Where that fails there is nothing new, and what is held goes out all the same. */
  async #find(agent: string, its: readonly Subscription[]): Promise<Found> {
    try {
      return await this.#setting.check(agent, its);
    } catch (error) {
      this.#fail(error);
      return { alerts: [], strain: undefined };
    }
  }

  #fail(error: unknown): void {
    this.#setting.warn(`alerts could not be checked for: ${reasonOf(error)}`);
  }

  /** Has the one lock, or tries to take it: another gateway on this folder may have ended. */
  async #isLocked(): Promise<boolean> {
    this.#unlock ??= await this.#setting.lock();
    return this.#unlock !== undefined;
  }

  async #ofOwners(all: readonly Subscription[]): Promise<Subscription[]> {
    const { isOwners, subscriptions, warn } = this.#setting;
    for (const each of all.filter((each) => !isOwners(each))) {
      await subscriptions.remove(each.place).catch((error) => this.#fail(error));
      warn(`alerts for a conversation on ${each.channel} ended: the person who turned them on no longer owns the gateway`);
    }
    return all.filter(isOwners);
  }

  /** Sends what is held for a conversation, the oldest first, for as long as it is subscribed. */
  async #deliver(place: string): Promise<void> {
    const { subscriptions, post, warn } = this.#setting;
    while (this.#isRunning) {
      const subscription = await subscriptions.of(place);
      const [message, ...rest] = subscription?.held ?? [];
      if (!subscription || !message) return;
      const { channel } = subscription;
      let { refusals } = subscription;
      // Taken off the list before it is sent: ended half-way, it is not sent again.
      await subscriptions.note(place, { refusals, held: rest });
      const fate = await post(subscription, message);
      if (fate === "unclear") warn(`an alert may not have arrived on ${channel}; it is not sent again`);
      if (fate === "refused") refusals += 1;
      if (fate === "sent") refusals = 0;
      if (refusals >= MOST_REFUSALS) {
        await subscriptions.remove(place);
        return warn(`alerts for a conversation on ${channel} ended: it refused messages ${MOST_REFUSALS} times in a row`);
      }
      if (fate === "refused" || fate === "failed") return await subscriptions.note(place, { refusals, held: [message, ...rest] });
      if (refusals !== subscription.refusals) await subscriptions.note(place, { refusals, held: rest });
    }
  }
}

/** Twice as long as before, or as long as the endpoint asks for; an hour at most. */
function paused(before: number, { retryAfterSeconds }: commands.Strain): number {
  return Math.min(LONGEST_MS, Math.max(2 * before, retryAfterSeconds * 1000));
}

function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms).unref();
  return () => clearTimeout(timer);
}
