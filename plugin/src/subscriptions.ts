/** The conversations that asked for alerts, in a file of their own. Nothing else says where an alert goes. */

import { setTimeout as wait } from "node:timers/promises";

import type { Subscriber } from "./call.ts";
import { traitsOf } from "./channels.ts";
import type { chat, commands } from "./contract.ts";
import type { Conversation } from "./conversation.ts";
import { Folder } from "./folder.ts";
import { policy } from "./policy.ts";

const FILE = "subscriptions";

/** The largest file that is read: more than the most subscriptions need. */
const MOST_BYTES = 4 << 20;

/** The longest that another gateway may take to change the file. */
const LOCK_TRIES = 40;
const LOCK_MS = 50;

/** Messages that are kept for a conversation until it can be reached. Of more, the oldest go. */
const MOST_HELD = 3;

const KINDS: readonly string[] = ["ready", "low", "empty-soon", "broken", "expiring", "all-out"] satisfies chat.AlertKind[];

/** One conversation: the person who asked, the way there, and the kinds of its alerts. */
export interface Subscription {
  channel: string;
  place: string;
  to: string;
  accountId: string | undefined;
  threadId: string | number | undefined;
  isPrivate: boolean;
  user: string;
  senderId: string | undefined;
  /** False if the gateway took them for its owner although its list of owners names others. */
  isListed: boolean;
  agent: string;
  locale: commands.Locale;
  kinds: chat.AlertKind[];
  /** Messages in a row that it did not take. */
  refusals: number;
  /** Messages that did not get there, oldest first. */
  held: chat.Message[];
}

export class Subscriptions {
  readonly #folder: Folder;
  readonly #warn: (why: string) => void;
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(folder: string, warn: (why: string) => void = () => {}) {
    this.#folder = new Folder(folder);
    this.#warn = warn;
  }

  /** Read anew each time: another gateway may keep in the same folder. */
  async all(): Promise<Subscription[]> {
    const known = await this.#read();
    if (known || !(await this.#folder.has(FILE))) return known ?? [];
    return await this.#locked(() => this.#readOrPutAside());
  }

  async of(place: string): Promise<Subscription | undefined> {
    return (await this.all()).find((each) => each.place === place);
  }

  /** Subscribes a conversation, in place of what it had. Returns `full` where there is no room. */
  async add(subscription: Subscription): Promise<"full" | undefined> {
    return await this.#change((all) => {
      const others = all.filter((each) => each.place !== subscription.place);
      return others.length >= policy.limits.subscriptions ? "full" : [...others, subscription];
    });
  }

  async remove(place: string): Promise<void> {
    await this.#change((all) => all.filter((each) => each.place !== place));
  }

  /** Adds each alert, where there is one, to what is held for its conversation. */
  async hold(alerts: readonly { place: string; alert: chat.Message | undefined }[]): Promise<void> {
    const found = new Map(alerts.flatMap(({ place, alert }) => (alert ? [[place, alert] as const] : [])));
    if (found.size === 0) return;
    await this.#change((all) => all.map((each) => {
      const alert = found.get(each.place);
      return alert ? { ...each, held: this.#newest([...each.held, alert]) } : each;
    }));
  }

  /** Keeps what became of the messages to a conversation, where it is still subscribed. */
  async note(place: string, { refusals, held }: Pick<Subscription, "refusals" | "held">): Promise<void> {
    const noted = { refusals, held };
    await this.#change((all) => all.map((each) => (each.place === place ? { ...each, ...noted } : each)));
  }

  /** Locks the sending of alerts against every other gateway on this folder. Nothing where one has it. */
  lock(): Promise<(() => void) | undefined> {
    return this.#folder.lock("alerts.lock");
  }

  #newest(held: chat.Message[]): chat.Message[] {
    if (held.length > MOST_HELD) this.#warn("an alert was dropped: its conversation cannot be reached, and newer ones wait for it");
    return held.slice(-MOST_HELD);
  }

  async #read(): Promise<Subscription[] | undefined> {
    const kept = await this.#folder.read(FILE, MOST_BYTES, 0o044);
    return kept && parsed(kept.toString());
  }

  /** Under the lock alone: a file that somebody writes just now is not damaged. */
  async #readOrPutAside(): Promise<Subscription[]> {
    const known = await this.#read();
    if (known) return known;
    if (await this.#folder.putAside(FILE)) {
      this.#warn(`alerts are off for everybody: the file ${FILE} is damaged and was renamed to ${FILE}.damaged. Turn them on again: /codex_auth alerts on`);
    }
    return [];
  }

  #change(change: (all: Subscription[]) => Subscription[] | "full"): Promise<"full" | undefined> {
    return this.#locked(async () => {
      const all = change(await this.#readOrPutAside());
      if (all === "full") return all;
      await this.#folder.write(FILE, JSON.stringify({ version: 1, subscriptions: all }));
      return undefined;
    });
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(async () => {
      const unlock = await this.#lock();
      try {
        return await work();
      } finally {
        unlock();
      }
    });
    this.#changing = done.catch(() => {});
    return done;
  }

  async #lock(): Promise<() => void> {
    for (let tried = 0; tried < LOCK_TRIES; tried += 1) {
      const unlock = await this.#folder.lock(`${FILE}.lock`);
      if (unlock) return unlock;
      await wait(LOCK_MS);
    }
    throw new Error("another gateway keeps the file locked");
  }
}

/** The alerts of one conversation, where it can be written to unasked. `changed` is called where it turned them on. */
export function subscriberOf(where: Conversation, isListed: boolean, locale: commands.Locale, subscriptions: Subscriptions, changed: () => void): Subscriber | undefined {
  const { channel, place, to, accountId, threadId, isPrivate, user, senderId, agent } = where;
  if (to === undefined || !traitsOf(channel).unasked) return undefined;
  return {
    async subscribe(kinds) {
      const asked = { channel, place, to, accountId, threadId, isPrivate, user, senderId, isListed, agent, locale, kinds };
      const added = await subscriptions.add({ ...asked, refusals: 0, held: [] });
      if (added !== "full") changed();
      return added;
    },
    async unsubscribe() {
      await subscriptions.remove(place);
      return undefined;
    },
    async subscriptions() {
      return (await subscriptions.of(place))?.kinds;
    },
  };
}

/** The subscriptions that a file holds, if it is whole. */
function parsed(text: string): Subscription[] | undefined {
  try {
    const { version, subscriptions } = JSON.parse(text) as { version: unknown; subscriptions: unknown };
    if (version !== 1 || !Array.isArray(subscriptions) || subscriptions.length > policy.limits.subscriptions) return undefined;
    return subscriptions.every(isSubscription) ? subscriptions.map((each) => ({ ...MAY_BE_ABSENT, ...each })) : undefined;
  } catch {
    return undefined;
  }
}

const MAY_BE_ABSENT = { accountId: undefined, threadId: undefined, senderId: undefined, isListed: true };

function isSubscription(value: unknown): value is Subscription {
  if (typeof value !== "object" || value === null) return false;
  const { accountId, threadId, senderId, isListed, isPrivate, locale, kinds, refusals, held, ...texts } = value as Record<string, unknown>;
  const { channel, place, to, user, agent } = texts;
  return (
    [channel, place, to, user, agent].every((text) => typeof text === "string" && text !== "" && text.length <= 500) &&
    [accountId, senderId].every((text) => text === undefined || typeof text === "string") &&
    ["undefined", "string", "number"].includes(typeof threadId) &&
    ["undefined", "boolean"].includes(typeof isListed) &&
    typeof isPrivate === "boolean" &&
    (locale === "en" || locale === "zh") &&
    Array.isArray(kinds) && kinds.length > 0 && kinds.every((kind) => KINDS.includes(kind)) &&
    Number.isSafeInteger(refusals) &&
    Array.isArray(held) && held.length <= MOST_HELD && held.every(isMessage)
  );
}

function isMessage(value: unknown): value is chat.Message {
  const { text, buttons } = (value ?? {}) as Record<string, unknown>;
  const isButton = (button: unknown) => Object.values(button ?? {}).every((each) => typeof each === "string");
  return typeof text === "string" && Array.isArray(buttons) && buttons.every(isButton);
}
