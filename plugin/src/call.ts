/**
 * The five imports as this host lends them for one call: every grant checked, every
 * secret kept on this side. The rules are those of the Rust host, from the same
 * policy; the same cases show it.
 */

import { setImmediate as nextTurn } from "node:timers/promises";

import type { Answer, Question } from "./bridge.ts";
import { confirmationSeen, isNamedBy, mint, words, type Proposal, type Proposals } from "./changes.ts";
import type { authStore, chat, Command, commands, gateway, https, memory } from "./contract.ts";
import { short } from "./digest.ts";
import { fit, isLong, isTaken, joined, texts } from "./fit.ts";
import { fetchAll } from "./https.ts";
import { isKept, isLent } from "./blob.ts";
import { NOTHING, type Claims, type Memory } from "./keep.ts";
import { jsonObject, message, version } from "./output.ts";
import { filtered, grantedChange, parts, policy, queryArgv } from "./policy.ts";
import { callbackSecrets, SecretScan } from "./secrets.ts";
import { digest, has, shownTexts, signIns, snapshot, unshown, type SignIns } from "./store.ts";
import { StoreFailure, type Run, type Surroundings } from "./surroundings.ts";

/** For how long the gateway's loop is kept at a time. */
const SLICE_MS = 10;

const TOO_MUCH = "the reply was more than its channel takes and was withheld";

/** What all calls share. */
export interface Shared {
  around: Surroundings;
  memory: Memory;
  claims: Claims;
  /** Locks of those who change something, by `place` and agent. */
  changing: Claims;
  /** Which gateway this is, by the folder of what is kept. */
  place: string;
  proposals: Proposals;
}

/** One turn of a conversation. */
export interface Turn {
  command: Command;
  request: commands.Request;
  /**
   * The channel's message path, if it has one. Throws {@link Undelivered} where nothing
   * went out for certain, anything else where it may have.
   */
  send?: ((message: chat.Message) => Promise<void>) | undefined;
  /** Throws where whoever asks is the owner no more. Asked once more before a change. */
  assertOwner?: (() => void) | undefined;
  /** Whether the owner asks, also where the component need not know: a place is kept for them. */
  isOwners?: boolean;
}

/** A message that definitely did not go out. */
export class Undelivered extends Error {}

/** A guest that used more than a call may, or let out a secret. */
export class Refused extends Error {}

/** An error that the contract has a word for. */
class Err {
  readonly err: unknown;

  constructor(err: unknown) {
    this.err = err;
  }
}

/** What one call of the component can reach. */
export class Call {
  readonly #shared: Shared;
  readonly #turn: Turn;
  #startedAt = performance.now();
  readonly #mayChange: boolean;
  readonly #seen;
  readonly #secrets: string[];
  readonly #hearsCallback: boolean;
  #scan: SecretScan;
  /** Account and user ids: the guest may know them, and nobody is shown them, nor are they kept. */
  #unshown = new SecretScan([]);
  /** All of these ids that the call has read, also those that a change deleted since. */
  readonly #ids: string[] = [];
  #signIns: SignIns | undefined;
  #claims = new Map<string, number>();
  #holdsChanges = false;
  /** The command of a change. It goes on where its call is ended. */
  #running: Promise<unknown> | undefined;
  #isOver = false;
  /** Messages of this call that went out, or were about to. */
  readonly #sent: chat.Message[] = [];
  #proposed: { code: string; proposal: Proposal } | undefined;
  readonly #spent = { hostCalls: 0, requests: 0, ofProfile: new Map<string, number>(), messages: 0 };
  readonly #functions: Record<string, (...args: never[]) => unknown> = {
    "auth-store.read": () => this.#snapshot(),
    "https.fetchAll": (requests: https.Request[]) => this.#fetchAll(requests),
    "gateway.read": (queries: gateway.Query[]) => this.#read(queries),
    "gateway.propose": (change: gateway.Change, note: string) => this.#propose(change, note),
    "gateway.recall": (code: string) => this.#recall(code),
    "gateway.apply": (code: string) => this.#apply(code),
    "chat.send": (message: chat.Message) => this.#send(message),
    "memory.load": (key: memory.Key) => this.#kept(key),
    "memory.save": (key: memory.Key, bytes: Uint8Array, expected: bigint) => this.#save(key, bytes, expected),
    "memory.take": (key: string, seconds: number) => this.#take(key, seconds),
    "memory.release": (key: string) => this.#release(key),
  };

  constructor(shared: Shared, turn: Turn) {
    const { command, request } = turn;
    this.#shared = shared;
    this.#turn = turn;
    // A dry run changes nothing, whatever the guest makes of it.
    this.#mayChange = command === "auth" && request.isOwner && !request.settings.dryRun;
    this.#seen = confirmationSeen(request.origin);
    // What was typed as a callback is a secret from here on.
    this.#secrets = callbackSecrets(request.origin);
    this.#hearsCallback = this.#secrets.length > 0;
    this.#scan = new SecretScan(this.#secrets);
  }

  /** From here on its time runs. Returns how much it has, in milliseconds. */
  begin(): number {
    this.#startedAt = performance.now();
    return this.#left;
  }

  get #left(): number {
    const { change_deadline_seconds, call_deadline_seconds } = policy.limits;
    const seconds = this.#turn.command === "auth" ? change_deadline_seconds : call_deadline_seconds;
    return Math.max(0, this.#startedAt + seconds * 1000 - performance.now());
  }

  /** The request as the guest hears it: a session's profile only where it is one of the snapshot that this call lends. */
  vetted(): commands.Request {
    const { sessionProfile, ...request } = this.#turn.request;
    if (!sessionProfile) return request;
    const lent = this.#snapshot();
    const isLent = !(lent instanceof Err) && [...lent.profiles, ...lent.keys].some(({ id }) => id === sessionProfile.profile);
    return isLent ? { ...request, sessionProfile } : request;
  }

  /** Answers a call of the host. Throws {@link Refused} where the guest is to be ended. */
  async answer({ name, args }: Question): Promise<Answer> {
    this.#spent.hostCalls += 1;
    if (this.#spent.hostCalls > policy.limits.host_calls) throw new Refused("the budget of host calls is spent");
    const lent = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (!lent) throw new Refused("no such function");
    const answered = await lent(...(args as never[]));
    return answered instanceof Err ? { err: answered.err } : { ok: answered };
  }

  /** Makes a reply fit to be shown. Throws {@link Refused} where it holds a secret, or is more than the channel takes. */
  async finish(reply: commands.Reply): Promise<commands.Reply> {
    if (reply.delivery.tag === "no-reply") return reply;
    const { val } = reply.delivery;
    if (val.length > policy.limits.parts_a_reply || val.some(isLong)) throw new Refused(TOO_MUCH);
    // A guest that has not read the sign-ins can know of them all the same, from what it kept.
    this.#known();
    const parts: chat.Message[] = [];
    let since = performance.now();
    for (const raw of val) {
      const part = this.#fit(raw);
      if (!isTaken(part, this.#turn.request.channel)) throw new Refused(TOO_MUCH);
      if (this.#tells(texts(part))) throw new Refused("the reply held a secret and was withheld");
      parts.push(part);
      // Others of the gateway wait, too.
      if (performance.now() - since > SLICE_MS) {
        await nextTurn();
        since = performance.now();
      }
    }
    // A secret can be cut in two, and each half be none.
    const searched = new Set(parts.flatMap(texts));
    for (const text of joined([...this.#sent, ...parts])) {
      if (!searched.has(text) && this.#tells([text])) throw new Refused("the reply held a secret and was withheld");
      await nextTurn();
    }
    return { ...reply, delivery: { tag: "parts", val: parts } };
  }

  /** Gives back what the call holds. */
  close(): void {
    for (const key of this.#claims.keys()) this.#shared.claims.release(key, 0);
    this.#claims.clear();
    this.#isOver = true;
    if (!this.#holdsChanges) return;
    const free = () => this.#shared.changing.release(this.#lock, 0);
    void Promise.resolve(this.#running).then(free, free);
  }

  get #lock(): string {
    return JSON.stringify([this.#shared.place, this.#turn.request.agent.toLowerCase()]);
  }

  /** Cleaned before it is searched: what is taken out could have hidden a secret. */
  #fit(part: chat.Message): chat.Message {
    return fit(part, (code) => {
      // Only what this call proposed.
      if (code !== this.#proposed?.code) return undefined;
      const does = words(this.#proposed.proposal.change);
      return this.#turn.request.locale === "zh" ? `确认执行：${does}` : `Apply: ${does}`;
    });
  }

  #leaks(texts: Iterable<string>): boolean {
    for (const text of texts) if (this.#scan.finds(text)) return true;
    return false;
  }

  /** Whether any of these may not be shown: for a secret in it, or the id of an account or a user. */
  #tells(texts: readonly string[]): boolean {
    return this.#leaks(texts) || texts.some((text) => this.#unshown.finds(text));
  }

  /** Reads the sign-ins once per call, and from then on knows what may not cross. */
  #load(): SignIns {
    if (!this.#signIns) {
      const { around } = this.#shared;
      this.#signIns = signIns(around.readAuthStore(this.#turn.request.agent), around.now());
      // What was a secret before a change is one after it.
      this.#secrets.push(...this.#signIns.secrets);
      this.#scan = new SecretScan(this.#secrets);
      for (const { accountId, userId } of this.#signIns.profiles) {
        for (const id of [accountId, userId]) if (id !== undefined) this.#ids.push(id);
      }
      this.#unshown = unshown(this.#ids, this.#signIns);
    }
    return this.#signIns;
  }

  /** The sign-ins, `undefined` where there are none, or why they cannot be read. */
  #known(): SignIns | undefined | StoreFailure {
    try {
      return this.#load();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return error.failure === "missing" ? undefined : error;
    }
  }

  get #hasSignIns(): boolean {
    const known = this.#known();
    return known !== undefined && !(known instanceof StoreFailure);
  }

  #snapshot(): authStore.Snapshot | Err {
    try {
      const read = this.#load();
      if (!this.#leaks(shownTexts(read))) return snapshot(read);
      return new Err({ failure: "denied", source: read.source });
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return new Err({ failure: error.failure, source: error.source });
    }
  }

  #fetchAll(requests: https.Request[]): Promise<unknown> {
    const { fetch, now } = this.#shared.around;
    const profiles = this.#signIns?.profiles;
    return fetchAll(requests, {
      ...(profiles && { profiles }),
      scan: this.#scan,
      deadlineAt: this.#startedAt + policy.limits.chat_deadline_seconds * 1000,
      spent: this.#spent,
      isOver: () => this.#isOver,
      fetch: fetch.bind(this.#shared.around),
      now: now.bind(this.#shared.around),
    });
  }

  #read(queries: gateway.Query[]): Promise<unknown[]> {
    // Without the sign-ins nobody knows what its output must not hold.
    const isKnown = !(this.#known() instanceof StoreFailure);
    const fits = isKnown && queries.length <= policy.gateway.queries_at_once;
    return Promise.all(queries.map((query) => (fits ? this.#ask(query) : failed("denied"))));
  }

  async #ask(query: gateway.Query) {
    const provider = query.tag === "auth-order-get" ? query.val : undefined;
    const argv = queryArgv(query.tag, this.#turn.request.agent, provider);
    if (!argv) return failed("denied");
    const patience = policy.gateway.queries[query.tag].timeout_seconds * 1000;
    const run = await this.#shared.around.run(argv, Math.min(patience, this.#left));
    if ("failure" in run) return failed(run.failure);
    const said = query.tag === "version" ? version(run.stdout) : undefined;
    const found = query.tag === "version" ? said && { version: said } : jsonObject(run.stdout);
    const kept = found && filtered(query.tag, found);
    const json = kept === undefined ? undefined : JSON.stringify(kept);
    const output = this.#handIn(run, json, run.exitCode === 0 ? "" : failure(run));
    return output instanceof Err ? failed("denied") : { tag: "ok", val: output };
  }

  #handIn({ exitCode }: { exitCode: number }, json: string | undefined, message: string): gateway.Output | Err {
    if (this.#leaks([json ?? "", message])) return new Err("denied");
    return { exitCode, ...(json !== undefined && { json }), message };
  }

  #propose(change: gateway.Change, note: string): gateway.Proposal | Err {
    const { request } = this.#turn;
    const { around, changing, proposals } = this.#shared;
    // A plan outlives the call, as a blob does: none is kept of a call that heard a callback.
    const isLong = Buffer.byteLength(note) > policy.gateway.note_bytes;
    if (!this.#mayChange || this.#hearsCallback || isLong) return new Err("denied");
    if (change.tag === "auth-login") return new Err("needs-terminal");
    const known = this.#known();
    if (known instanceof StoreFailure) return new Err("denied");
    if (!grantedChange(change, request.agent) || !namesWhatIsStored(change, known)) return new Err("denied");
    // What is kept outlives the call, and what is run is seen by others.
    if (this.#tells([...parts(change).profiles, note])) return new Err("denied");
    // A plan that is made while somebody else changes something is old already.
    if (!this.#holdsChanges) {
      if (changing.take(this.#lock) !== "claimed") return new Err("busy");
      changing.release(this.#lock, 0);
    }
    const expiresAt = around.now() + policy.gateway.code_seconds;
    const { user, agent } = request;
    const proposal = { change, note, user, agent, state: stateOf(known), expiresAt };
    const code = mint();
    proposals.put(code, proposal);
    this.#proposed = { code, proposal };
    return { code, expiresAt: BigInt(expiresAt) };
  }

  /** The proposal of a code that this host saw in its user's own confirmation. */
  #confirmed(code: string): Proposal | undefined {
    const { user, agent } = this.#turn.request;
    if (!this.#mayChange || this.#seen?.code !== code) return undefined;
    const proposal = this.#shared.proposals.get(code, user, agent, this.#shared.around.now());
    return proposal && isNamedBy(proposal, this.#seen) ? proposal : undefined;
  }

  #recall(code: string): gateway.Pending | Err {
    const proposal = this.#confirmed(code);
    if (!proposal) return new Err("not-confirmed");
    if (!this.#hold()) return new Err("busy");
    return { change: proposal.change, note: proposal.note };
  }

  /** Keeps everybody else from changing this agent until the call ends. */
  #hold(): boolean {
    this.#holdsChanges ||= this.#shared.changing.take(this.#lock) === "claimed";
    return this.#holdsChanges;
  }

  async #apply(code: string): Promise<gateway.Output | Err> {
    const proposal = this.#confirmed(code);
    if (!proposal) return new Err("not-confirmed");
    if (!this.#hold()) return new Err("busy");
    const granted = grantedChange(proposal.change, proposal.agent);
    if (!granted) return new Err("denied");
    // A change that would be ended half-way is not begun.
    if (this.#left < granted.timeoutMs) return new Err("timed-out");
    const { around, proposals } = this.#shared;
    const { user, agent } = this.#turn.request;
    if (!proposals.take(code, user, agent, around.now())) return new Err("not-confirmed");
    this.#signIns = undefined;
    const now = this.#known();
    this.#signIns = undefined;
    if (now instanceof StoreFailure || stateOf(now) !== proposal.state) return new Err("moved");
    try {
      this.#turn.assertOwner?.();
    } catch {
      return new Err("not-confirmed");
    }
    const running = around.run(granted.argv, granted.timeoutMs);
    this.#running = running;
    const run = await running;
    if ("failure" in run) return new Err(run.failure);
    return this.#handIn(run, undefined, failure(run));
  }

  async #send(message: chat.Message): Promise<undefined | Err> {
    const { send, request } = this.#turn;
    if (!send) return new Err("unavailable");
    const isWide = message.buttons.some(({ value }) => Buffer.byteLength(value) > policy.limits.button_bytes);
    const isLast = this.#spent.messages >= policy.limits.messages_a_call;
    if (isWide || isLast || isLong(message)) return new Err("refused");
    this.#known();
    const fitting = this.#fit(message);
    if (!isTaken(fitting, request.channel) || this.#tells(texts(fitting))) return new Err("refused");
    if (this.#tells(joined([...this.#sent, fitting]))) return new Err("refused");
    this.#sent.push(fitting);
    this.#spent.messages += 1;
    try {
      await send(fitting);
    } catch (error) {
      return new Err(error instanceof Undelivered ? "failed" : "unclear");
    }
    return undefined;
  }

  /** What earlier calls kept. It can hold in any code what they knew of the sign-ins, which a call without them could not tell. */
  async #kept(key: memory.Key): Promise<memory.Blob> {
    const blob = this.#hasSignIns ? await this.#shared.memory.load(key) : NOTHING;
    return isLent(key, blob.bytes) ? blob : { ...blob, bytes: new Uint8Array() };
  }

  async #save(key: memory.Key, bytes: Uint8Array, expected: bigint): Promise<bigint | Err> {
    if (bytes.length > policy.memory[key].bytes) return new Err("too-large");
    // What a user pasted is known as a secret in this call alone.
    if (this.#hearsCallback || !this.#hasSignIns || !isKept(key, bytes)) return new Err("denied");
    if (this.#scan.finds(bytes) || this.#unshown.finds(bytes)) return new Err("denied");
    const saved = await this.#shared.memory.save(key, bytes, expected).catch(() => "failed" as const);
    return typeof saved === "bigint" ? saved : new Err(saved);
  }

  #take(key: string, seconds: number): memory.Claim {
    // A key could hold a part of what a user pasted, and another call ask for it.
    if (this.#hearsCallback) return "claimed";
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
    return short(JSON.stringify([this.#turn.request.user, this.#turn.request.agent, key]), 32);
  }
}

function failed(why: gateway.Error): { tag: "err"; val: gateway.Error } {
  return { tag: "err", val: why };
}

function failure(run: Extract<Run, { stdout: string }>): string {
  return message(run, policy.gateway.message_bytes);
}

/** What a change is planned on. */
function stateOf(signIns: SignIns | undefined): string {
  return signIns ? digest(signIns) : "nobody";
}

/** Whether every profile that a change needs is there, under the provider whose orders are kept. */
function namesWhatIsStored(change: gateway.Change, signIns: SignIns | undefined): boolean {
  const { provider, profiles } = parts(change);
  if (!signIns || !profiles.every((id) => has(signIns, id))) return false;
  return provider === undefined || provider === signIns.provider;
}
