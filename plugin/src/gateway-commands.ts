/** The gateway's commands as this host lends them for one call: queries, and the change that its user confirmed. */

import { confirmationSeen, isNamedBy, mint, words, type Proposal, type Proposals } from "./changes.ts";
import { Err, type commands, type gateway } from "./contract.ts";
import type { Claims } from "./keep.ts";
import type { Known } from "./known.ts";
import { jsonObject, message, version } from "./output.ts";
import { filtered, grantedChange, parts, policy, queryArgv } from "./policy.ts";
import { digest, has, type SignIns } from "./store.ts";
import { StoreFailure, type Run, type Surroundings } from "./surroundings.ts";

/** State that the changes of all calls share. */
export interface SharedChanges {
  around: Surroundings;
  /** Locks of those who change something, by `place` and agent. */
  changing: Claims;
  /** Which gateway this is, by the folder of what is kept. */
  place: string;
  proposals: Proposals;
}

/** A call, as it describes itself. */
interface Caller {
  request: commands.Request;
  known: Known;
  mayChange: boolean;
  hearsCallback: boolean;
  /** Throws if the sender is no longer the owner. Called again before a change. */
  assertOwner: (() => void) | undefined;
  /** Milliseconds that the call has left. */
  left: () => number;
}

/** Everything that one call can ask the gateway and change in it. */
export class GatewayCommands {
  readonly #shared: SharedChanges;
  readonly #caller: Caller;
  readonly #seen;
  #holdsChanges = false;
  /** The command of a change. It goes on where its call is ended. */
  #running: Promise<unknown> | undefined;
  #isOver = false;
  #proposed: { code: string; proposal: Proposal } | undefined;

  constructor(shared: SharedChanges, caller: Caller) {
    this.#shared = shared;
    this.#caller = caller;
    this.#seen = confirmationSeen(caller.request.origin);
  }

  /** The change that this call proposed under a code, in the host's own words. */
  proposedAs(code: string): string | undefined {
    return code === this.#proposed?.code ? words(this.#proposed.proposal.change) : undefined;
  }

  /** Lets others change this agent, once the command of this call's change has ended. */
  close(): void {
    this.#isOver = true;
    if (!this.#holdsChanges) return;
    const free = () => this.#shared.changing.release(this.#lock, 0);
    void Promise.resolve(this.#running).then(free, free);
  }

  get #lock(): string {
    return JSON.stringify([this.#shared.place, this.#caller.request.agent.toLowerCase()]);
  }

  async read(queries: gateway.Query[]): Promise<unknown[]> {
    // Without the sign-ins nobody knows what its output must not hold.
    const isKnown = !((await this.#caller.known.known()) instanceof StoreFailure);
    const fits = isKnown && queries.length <= policy.gateway.queries_at_once;
    return Promise.all(queries.map((query) => (fits ? this.#ask(query) : failed("denied"))));
  }

  async #ask(query: gateway.Query) {
    const provider = query.tag === "auth-order-get" ? query.val : undefined;
    const argv = queryArgv(query.tag, this.#caller.request.agent, provider);
    if (!argv) return failed("denied");
    const patience = policy.gateway.queries[query.tag].timeout_seconds * 1000;
    const run = await this.#shared.around.run(argv, Math.min(patience, this.#caller.left()));
    if ("failure" in run) return failed(run.failure);
    const said = query.tag === "version" ? version(run.stdout) : undefined;
    const found = query.tag === "version" ? said && { version: said } : jsonObject(run.stdout);
    const kept = found && filtered(query.tag, found);
    const json = kept === undefined ? undefined : JSON.stringify(kept);
    const output = this.#handIn(run, json, run.exitCode === 0 ? "" : failure(run));
    return output instanceof Err ? failed("denied") : { tag: "ok", val: output };
  }

  #handIn({ exitCode }: { exitCode: number }, json: string | undefined, message: string): gateway.Output | Err {
    if (this.#caller.known.holdSecret([json ?? "", message])) return new Err("denied");
    return { exitCode, ...(json !== undefined && { json }), message };
  }

  async propose(change: gateway.Change, note: string): Promise<gateway.Proposal | Err> {
    const { request } = this.#caller;
    const { around, changing, proposals } = this.#shared;
    // A plan outlives the call, as a blob does: none is kept of a call that heard a callback.
    const isLong = Buffer.byteLength(note) > policy.gateway.note_bytes;
    if (!this.#caller.mayChange || this.#caller.hearsCallback || isLong) return new Err("denied");
    if (change.tag === "auth-login") return new Err("needs-terminal");
    const known = await this.#caller.known.known();
    if (known instanceof StoreFailure) return new Err("denied");
    if (!grantedChange(change, request.agent) || !namesWhatIsStored(change, known)) return new Err("denied");
    // A kept note outlives the call, and others see a command that runs.
    if (await this.#caller.known.mustHide([...parts(change).profiles, note])) return new Err("denied");
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
    const { user, agent } = this.#caller.request;
    if (!this.#caller.mayChange || this.#seen?.code !== code) return undefined;
    const proposal = this.#shared.proposals.get(code, user, agent, this.#shared.around.now());
    return proposal && isNamedBy(proposal, this.#seen) ? proposal : undefined;
  }

  recall(code: string): gateway.Pending | Err {
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

  async apply(code: string): Promise<gateway.Output | Err> {
    const proposal = this.#confirmed(code);
    if (!proposal) return new Err("not-confirmed");
    if (!this.#hold()) return new Err("busy");
    const granted = grantedChange(proposal.change, proposal.agent);
    if (!granted) return new Err("denied");
    // A change that would be ended half-way is not begun.
    if (this.#caller.left() < granted.timeoutMs) return new Err("timed-out");
    const { around, proposals } = this.#shared;
    const { user, agent } = this.#caller.request;
    if (!proposals.take(code, user, agent, around.now())) return new Err("not-confirmed");
    this.#caller.known.forget();
    const now = await this.#caller.known.known();
    this.#caller.known.forget();
    if (now instanceof StoreFailure || stateOf(now) !== proposal.state) return new Err("moved");
    try {
      this.#caller.assertOwner?.();
    } catch {
      return new Err("not-confirmed");
    }
    // A call that was ended meanwhile holds nothing any more.
    if (this.#isOver) return new Err("timed-out");
    const running = around.run(granted.argv, granted.timeoutMs);
    this.#running = running;
    const run = await running;
    if ("failure" in run) return new Err(run.failure);
    return this.#handIn(run, undefined, failure(run));
  }
}

function failed(why: gateway.Error): { tag: "err"; val: gateway.Error } {
  return { tag: "err", val: why };
}

function failure(run: Extract<Run, { stdout: string }>): string {
  return message(run, policy.gateway.message_bytes);
}

/** The state that a change is planned on. */
function stateOf(signIns: SignIns | undefined): string {
  return signIns ? digest(signIns) : "nobody";
}

/** Returns whether every profile that a change needs is there, under the provider whose orders are kept. */
function namesWhatIsStored(change: gateway.Change, signIns: SignIns | undefined): boolean {
  const { provider, profiles } = parts(change);
  if (!signIns || !profiles.every((id) => has(signIns, id))) return false;
  return provider === undefined || provider === signIns.provider;
}
