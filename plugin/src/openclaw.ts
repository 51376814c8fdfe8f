/** A gateway as the adapter's surroundings: its store, its client, its own command line. */

import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

import { ensureAuthProfileStore } from "openclaw/plugin-sdk/agent-runtime";

import type { PluginApi } from "./gateway-api.ts";
import { guardedFetch } from "./guarded-fetch.ts";
import { isAgent } from "./policy.ts";
import { absolute, openclaw } from "./program.ts";
import { behindOwn } from "./store.ts";
import { StoreFailure, type Run, type StoreView, type Surroundings } from "./surroundings.ts";

/** The most bytes of one stream of a command. No answer has more. */
const OUTPUT_BYTES = 4 << 20;

/** Reads what is stored and nothing else: no refresh, no keychain, no other program's sign-ins. */
const READ_ONLY = { readOnly: true, allowKeychainPrompt: false, externalCli: { mode: "none" } };

export function surroundings({ runtime }: PluginApi): Surroundings {
  return {
    now: () => Math.floor(Date.now() / 1000),
    fetch: guardedFetch,
    async readAuthStore(agent) {
      if (!isAgent(agent)) throw new StoreFailure("bad-agent", shortened(join(runtime.state.resolveStateDir(), "agents")));
      const agentDir = runtime.agent.resolveAgentDir(runtime.config.current(), agent);
      const stateDir = runtime.state.resolveStateDir();
      return await storeView(agentDir, stateDir);
    },
    async run(argv, timeoutMs) {
      const env = { PATH: absolute(process.env["PATH"]) };
      const options = { timeoutMs, input: "", env, maxOutputBytes: OUTPUT_BYTES, killProcessTree: true };
      try {
        const { code, stdout, stderr, termination } = await runtime.system.runCommandWithTimeout([...openclaw(), ...argv], options);
        if (termination === "timeout" || termination === "no-output-timeout") return { failure: "timed-out" };
        return code === null ? { failure: "failed" } : { exitCode: code, stdout, stderr };
      } catch (error) {
        return { failure: codeOf(error) === "ENOENT" ? "not-found" : "failed" } satisfies Run;
      }
    },
  };
}

async function storeView(agentDir: string, stateDir: string): Promise<StoreView> {
  const database = join(agentDir, "openclaw-agent.sqlite");
  const source = shortened(existsSync(database) ? database : join(stateDir, "state/openclaw.sqlite"));
  const read = (folder: string, options = {}) => {
    try {
      return ensureAuthProfileStore(folder, { ...READ_ONLY, ...options }) as Store;
    } catch (error) {
      throw new StoreFailure(failureOf(error), source);
    }
  };
  // With nothing below it, an agent sees its own alone: mostly nothing, and soon read.
  const own = read(agentDir, { inheritedAuthDir: agentDir });
  const isOwn = Object.keys(own.profiles ?? {}).length > 0 || own.order !== undefined;
  const merged = read(agentDir);
  await nextTurn();
  // An agent without a folder sees what is shared. Nothing makes one.
  const shared = isOwn ? read(join(agentDir, "nobody")) : merged;
  await nextTurn();
  return {
    era: "sqlite",
    source,
    merged,
    ownOrders: Object.keys(own.order ?? {}),
    inherited: behindOwn(own, shared),
    leftovers: leftovers(agentDir),
  };
}

interface Store {
  profiles?: Record<string, unknown>;
  order?: Record<string, string[]>;
}

function failureOf(error: unknown): StoreFailure["failure"] {
  const code = codeOf(error);
  if (code === "AUTH_PROFILE_MIGRATION_REQUIRED") return "unmigrated";
  if (code === "AUTH_PROFILE_STORE_UNREADABLE") return "malformed";
  return error instanceof Error && /\b(locked|SQLITE_BUSY)\b/.test(error.message) ? "locked" : "unreadable";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** By name alone: the gateway holds locks that opening one of its files would drop. */
function leftovers(agentDir: string): StoreView["leftovers"] {
  let names: string[] = [];
  try {
    names = readdirSync(agentDir);
  } catch {
    // An agent without a folder has nothing left over.
  }
  const found: StoreView["leftovers"][number][] = [];
  if (names.includes("auth-profiles.json")) found.push("both-stores");
  if (names.includes("auth.json")) found.push("legacy-auth-json");
  const migrated = /^(auth-profiles|auth|oauth)\.json\.(migrated-|sqlite-import\..*\.bak$)/;
  if (names.some((name) => migrated.test(name))) found.push("migrated-plain-tokens");
  return found;
}

function shortened(path: string): string {
  const home = homedir();
  return dirname(home) !== home && path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}
