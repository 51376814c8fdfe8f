/**
 * The contract of `wit/skill.wit` as TypeScript, by the names used here. The
 * types come out of the component itself: jco writes them, `npm run component`
 * puts them under `build/`.
 */

import type * as authStore from "../build/component/interfaces/codex-profiler-skill-auth-store.d.ts";
import type * as chat from "../build/component/interfaces/codex-profiler-skill-chat.d.ts";
import type * as commands from "../build/component/interfaces/codex-profiler-skill-commands.d.ts";
import type * as gateway from "../build/component/interfaces/codex-profiler-skill-gateway.d.ts";
import type * as https from "../build/component/interfaces/codex-profiler-skill-https.d.ts";
import type * as memory from "../build/component/interfaces/codex-profiler-skill-memory.d.ts";

export type { authStore, chat, commands, gateway, https, memory };

/** Which of the two commands is called. */
export type Command = "usage" | "auth";

/** The answer of a host function: `result<T, E>`, with the contract's own words for errors. */
export type Result<T, E> = { ok: T } | { err: E };

/** Epoch seconds. The contract's 64-bit integers are `bigint` only at the border. */
export type Instant = number;

/** An error that the contract has a word for. */
export class Err {
  readonly err: unknown;

  constructor(err: unknown) {
    this.err = err;
  }
}
