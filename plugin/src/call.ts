/**
 * The five imports as this host lends them for one call: every grant checked, every
 * secret kept on this side. The rules are those of the Rust host, from the same
 * policy; the same cases show it.
 */

import type { Answer, Question } from "./bridge.ts";
import { Err, type authStore, type chat, type Command, type commands, type gateway, type https, type memory } from "./contract.ts";
import { short } from "./digest.ts";
import { fit, isLong, isTaken, joined, texts } from "./fit.ts";
import { GatewayCommands, type SharedChanges } from "./gateway-commands.ts";
import { fetchAll } from "./https.ts";
import { isKept, isLent } from "./blob.ts";
import { NOTHING, type Claims, type Memory } from "./keep.ts";
import { Known } from "./known.ts";
import { policy } from "./policy.ts";
import { printable } from "./printable.ts";
import { callbackSecrets } from "./secrets.ts";
import { Slices } from "./steps.ts";

/** Findings about leftover files that contain tokens. */
const LEFTOVERS: readonly authStore.Finding[] = ["both-stores", "legacy-auth-json", "migrated-plain-tokens"];

/** The blobs that a check reads. */
const CHECKS_READ: readonly memory.Key[] = ["readings", "history"];

const TOLD = "the reply held a secret and was withheld";
const TOO_MUCH = "the reply was larger than its channel allows and was withheld";

/** State that all calls share. */
export interface Shared extends SharedChanges {
  memory: Pick<Memory, "load" | "save" | "saveSoon">;
  claims: Claims;
}

/** One turn of a conversation. */
export interface Turn {
  command: Command;
  request: commands.Request;
  /** The conversation, opaque. The same question in another one is a new question. Absent if there is only one. */
  place?: string;
  /**
   * The channel's message path, if it has one. Throws {@link Undelivered} where nothing
   * went out for certain, anything else where it may have.
   */
  send?: ((message: chat.Message) => Promise<void>) | undefined;
  /** The alerts of the conversation, if it can be written to unasked. */
  subscriber?: Subscriber | undefined;
  /** Throws if the sender is no longer the owner. Called again before a change. */
  assertOwner?: (() => void) | undefined;
  /** Set if the reply must not mention files beside the store that hold tokens. */
  hidesLeftovers?: boolean;
  /** Set if the owner asks, even if the component need not know: a place is kept for them. */
  isOwners?: boolean;
}

/** A reply as the guest gave it. */
interface Given {
  tag: "alerts" | "parts";
  val: { raw: chat.Message | undefined; channel: commands.Channel }[];
}

/** The alerts of the conversation that asks. Each throws where the disk refuses. */
export interface Subscriber {
  subscribe(kinds: chat.AlertKind[]): Promise<undefined | "full">;
  unsubscribe(): Promise<undefined>;
  subscriptions(): Promise<chat.AlertKind[] | undefined>;
}

/** A message that definitely did not go out. */
export class Undelivered extends Error {}

/** A guest that used more than a call may, or let out a secret. */
export class Refused extends Error {}

/** Everything that one call of the component can reach. */
export class Call {
  readonly #shared: Shared;
  readonly #turn: Turn;
  #startedAt = performance.now();
  readonly #hearsCallback: boolean;
  readonly #known: Known;
  readonly #gateway: GatewayCommands;
  /** The blobs that a check reads first, on their way from the disk since the call began. */
  readonly #ahead = new Map<memory.Key, Promise<memory.Blob>>();
  #claims = new Map<string, number>();
  #isOver = false;
  /** Messages of this call that went out, or were about to. */
  readonly #sent: chat.Message[] = [];
  readonly #spent = { hostCalls: 0, requests: 0, ofProfile: new Map<string, number>(), messages: 0 };
  readonly #functions: Record<string, (...args: never[]) => unknown> = {
    "auth-store.read": () => this.#snapshot(),
    "https.fetchAll": (requests: https.Request[]) => this.#fetchAll(requests),
    "gateway.read": (queries: gateway.Query[]) => this.#gateway.read(queries),
    "gateway.propose": (change: gateway.Change, note: string) => this.#gateway.propose(change, note),
    "gateway.recall": (code: string) => this.#gateway.recall(code),
    "gateway.apply": (code: string) => this.#gateway.apply(code),
    "chat.send": (message: chat.Message) => this.#send(message),
    "chat.subscribe": (kinds: chat.AlertKind[]) => this.#subscribe(kinds),
    "chat.unsubscribe": () => this.#subscriber((subscriber) => subscriber.unsubscribe()),
    "chat.subscriptions": () => this.#subscriber((subscriber) => subscriber.subscriptions()),
    "memory.load": (key: memory.Key) => this.#kept(key),
    "memory.save": (key: memory.Key, bytes: Uint8Array, expected: bigint) => this.#save(key, bytes, expected),
    "memory.take": (key: string, seconds: number) => this.#take(key, seconds),
    "memory.release": (key: string) => this.#release(key),
  };

  constructor(shared: Shared, turn: Turn) {
    const { command, request } = turn;
    this.#shared = shared;
    this.#turn = turn;
    // A typed callback is a secret from here on.
    const heard = callbackSecrets(request.origin);
    this.#hearsCallback = heard.length > 0;
    this.#known = new Known(shared.around, request.agent, heard);
    this.#gateway = new GatewayCommands(shared, {
      request,
      known: this.#known,
      // A dry run changes nothing, whatever the guest makes of it.
      mayChange: command === "auth" && request.isOwner && !request.settings.dryRun,
      hearsCallback: this.#hearsCallback,
      assertOwner: turn.assertOwner,
      left: () => this.#left,
    });
  }

  /** From here on its time runs, and what a check reads is on its way. Returns how much time it has, in milliseconds. */
  begin(): number {
    this.#startedAt = performance.now();
    if (this.#turn.command === "usage") {
      for (const key of CHECKS_READ) this.#ahead.set(key, this.#shared.memory.load(key));
      // The sign-ins are read while the guest's thread wakes up. Whoever needs them hears of a failure.
      setImmediate(() => void this.#known.known().catch(() => {}));
    }
    return this.#left;
  }

  get #left(): number {
    const { change_deadline_seconds, call_deadline_seconds } = policy.limits;
    const seconds = this.#turn.command === "auth" ? change_deadline_seconds : call_deadline_seconds;
    return Math.max(0, this.#startedAt + seconds * 1000 - performance.now());
  }

  /** Somebody waits for a reply, unless nobody asked. */
  get #batchSeconds(): number {
    const { batch_deadline_seconds, chat_deadline_seconds } = policy.limits;
    return this.#turn.request.origin.tag === "schedule" ? batch_deadline_seconds : chat_deadline_seconds;
  }

  /** The request as the guest hears it: a session's profile only where it is one of the snapshot that this call lends. */
  async vetted(): Promise<commands.Request> {
    const { sessionProfile, ...request } = this.#turn.request;
    if (!sessionProfile) return request;
    const lent = await this.#snapshot();
    const isLent = !(lent instanceof Err) && [...lent.profiles, ...lent.keys].some(({ id }) => id === sessionProfile.profile);
    return isLent ? { ...request, sessionProfile } : request;
  }

  /** Answers a call of the host. Throws {@link Refused} where the guest is to be ended. */
  async answer({ name, args }: Question): Promise<Answer> {
    this.#spent.hostCalls += 1;
    if (this.#spent.hostCalls > policy.limits.host_calls) throw new Refused("the budget of host calls is used up");
    const lent = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (!lent) throw new Refused("no such function");
    const answered = await lent(...(args as never[]));
    return answered instanceof Err ? { err: answered.err } : { ok: answered };
  }

  /** Makes a reply fit to be shown, its document too. Throws {@link Refused} where it holds a secret, or is more than the channel takes. */
  async finish(reply: commands.Reply): Promise<commands.Reply> {
    const json = reply.json === undefined ? {} : { json: printable(reply.json) };
    if (json.json !== undefined) {
      await this.#known.known();
      if (await this.#known.mustHide([json.json])) throw new Refused(TOLD);
    }
    if (reply.delivery.tag === "no-reply" && this.#turn.request.origin.tag !== "schedule") return { ...reply, ...json };
    const { tag, val } = this.#given(reply.delivery);
    // A guest that has not read the sign-ins may still know of them from its memory.
    await this.#known.known();
    const parts: (commands.Part | undefined)[] = [];
    const slices = new Slices();
    for (const { raw, channel } of val) {
      if (raw && isLong(raw)) throw new Refused(TOO_MUCH);
      const part = raw && this.#fit(raw);
      parts.push(part);
      if (!part) continue;
      if (!isTaken(part, channel)) throw new Refused(TOO_MUCH);
      await slices.next();
      if (await this.#known.mustHide(texts(part))) throw new Refused(TOLD);
    }
    // A secret can be cut in two, and each half be none.
    const shown = parts.filter((part) => part !== undefined);
    const searched = new Set(shown.flatMap(texts));
    for (const text of joined([...this.#sent, ...shown])) {
      if (!searched.has(text) && (await this.#known.mustHide([text]))) throw new Refused(TOLD);
    }
    return { ...reply, ...json, delivery: tag === "alerts" ? { tag, val: parts } : { tag, val: shown } };
  }

  /** The parts of a reply, each with its channel. Alerts answer a schedule, one for each subscription, and nothing else does. */
  #given(delivery: commands.Delivery): Given {
    const { origin, channel } = this.#turn.request;
    if (origin.tag === "schedule" && delivery.tag === "alerts" && delivery.val.length === origin.val.length) {
      return { tag: "alerts", val: origin.val.map(({ channel }, at) => ({ raw: delivery.val[at], channel })) };
    }
    if (origin.tag === "schedule" || delivery.tag !== "parts") throw new Refused("the reply did not match the request and was withheld");
    if (delivery.val.length > policy.limits.parts_a_reply) throw new Refused(TOO_MUCH);
    return { tag: "parts", val: delivery.val.map((raw) => ({ raw, channel })) };
  }

  /** Gives back what the call holds. */
  close(): void {
    for (const key of this.#claims.keys()) this.#shared.claims.release(key, 0);
    this.#claims.clear();
    this.#isOver = true;
    this.#gateway.close();
  }

  /** Cleaned before it is searched: what is taken out could have hidden a secret. */
  #fit(part: chat.Message | commands.Part): commands.Part {
    return fit(part, (code) => {
      // Only what this call proposed.
      const does = this.#gateway.proposedAs(code);
      if (does === undefined) return undefined;
      return this.#turn.request.locale === "zh" ? `确认执行：${does}` : `Apply: ${does}`;
    });
  }

  async #snapshot(): Promise<authStore.Snapshot | Err> {
    const lent = await this.#known.snapshot();
    if (lent instanceof Err || !this.#turn.hidesLeftovers) return lent;
    return { ...lent, findings: lent.findings.filter((finding) => !LEFTOVERS.includes(finding)) };
  }

  #fetchAll(requests: https.Request[]): Promise<unknown> {
    const { fetch, now } = this.#shared.around;
    const profiles = this.#known.lent?.profiles;
    return fetchAll(requests, {
      ...(profiles && { profiles }),
      scan: this.#known.scan,
      deadlineAt: this.#startedAt + this.#batchSeconds * 1000,
      spent: this.#spent,
      isOver: () => this.#isOver,
      fetch: fetch.bind(this.#shared.around),
      now: now.bind(this.#shared.around),
    });
  }

  async #send(message: chat.Message): Promise<undefined | Err> {
    const { send, request } = this.#turn;
    if (!send) return new Err("unavailable");
    const isWide = message.buttons.some(({ value }) => Buffer.byteLength(value) > policy.limits.button_bytes);
    const isLast = this.#spent.messages >= policy.limits.messages_a_call;
    if (isWide || isLast || isLong(message)) return new Err("refused");
    await this.#known.known();
    const fitting = this.#fit(message);
    if (!isTaken(fitting, request.channel) || (await this.#known.mustHide(texts(fitting)))) return new Err("refused");
    if (await this.#known.mustHide(joined([...this.#sent, fitting]))) return new Err("refused");
    this.#sent.push(fitting);
    this.#spent.messages += 1;
    try {
      await send(fitting);
    } catch (error) {
      return new Err(error instanceof Undelivered ? "failed" : "unclear");
    }
    return undefined;
  }

  async #subscribe(kinds: chat.AlertKind[]): Promise<undefined | Err> {
    if (kinds.length === 0) return new Err("denied");
    const subscribed = await this.#subscriber((subscriber) => subscriber.subscribe([...new Set(kinds)]));
    return subscribed === "full" ? new Err("full") : subscribed;
  }

  /** Lends the asking conversation to the owner who asks by a word of their own. */
  async #subscriber<T>(use: (subscriber: Subscriber) => Promise<T>): Promise<T | Err> {
    const { command, request, subscriber } = this.#turn;
    const { tag } = request.origin;
    if (command !== "auth" || !request.isOwner || (tag !== "command" && tag !== "button")) return new Err("denied");
    if (!subscriber) return new Err("unavailable");
    return await use(subscriber).catch(() => new Err("failed"));
  }

  /** Data that earlier calls kept. A blob could hold an encoded secret, so it is lent only to a call that knows the sign-ins. */
  async #kept(key: memory.Key): Promise<memory.Blob> {
    const ahead = this.#ahead.get(key);
    this.#ahead.delete(key);
    const blob = (await this.#known.hasSignIns()) ? await (ahead ?? this.#shared.memory.load(key)) : NOTHING;
    return isLent(key, blob.bytes) ? blob : { ...blob, bytes: new Uint8Array() };
  }

  async #save(key: memory.Key, bytes: Uint8Array, expected: bigint): Promise<bigint | Err> {
    if (bytes.length > policy.memory[key].bytes) return new Err("too-large");
    // Only this call knows that a pasted callback is a secret, so it must not outlive the call.
    if (this.#hearsCallback || !(await this.#known.hasSignIns()) || !isKept(key, bytes)) return new Err("denied");
    if (await this.#known.mustHide([bytes])) return new Err("denied");
    const { memory } = this.#shared;
    // No alert is sent before it is certain that it will not be sent again.
    const saving = key === "alerts" ? memory.save(key, bytes, expected) : memory.saveSoon(key, bytes, expected);
    const saved = await saving.catch(() => "failed" as const);
    return typeof saved === "bigint" ? saved : new Err(saved);
  }

  #take(key: string, seconds: number): memory.Claim {
    // An agent gets the earlier answer again and is never turned away. And a key could hold part of a pasted callback.
    if (this.#hearsCallback || this.#turn.request.origin.tag === "tool") return "claimed";
    const full = this.#full(key);
    const claim = this.#shared.claims.take(full);
    if (claim === "claimed") this.#claims.set(full, seconds);
    return claim;
  }

  #release(key: string): void {
    const full = this.#full(key);
    const seconds = this.#claims.get(full);
    if (seconds === undefined) return;
    this.#claims.delete(full);
    this.#shared.claims.release(full, seconds);
  }

  /** Hashed: it is kept, and the guest says how long it is. */
  #full(key: string): string {
    const { request, place } = this.#turn;
    return short(JSON.stringify([request.user, request.agent, place, key]), 32);
  }
}

