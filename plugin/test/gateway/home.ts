/** A home of its own for an OpenClaw, with made-up sign-ins that are recognised wherever they turn up. */

import { randomBytes, randomInt } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export const OWNER = 4242;
/** May write to the bot, owns nothing. */
export const GUEST = 4343;
/** Some group with both in it. */
export const GROUP = -1009876543210;

const COMPILED = join(tmpdir(), "node-compile-cache");
const PLUGIN = "codex-profiler";
const PROVIDER = "openai";
const DAY_SECONDS = 86_400;

export interface SignIn {
  label: string;
  plan?: string;
  expiresInDays?: number;
  /** As a failed refresh leaves it behind. */
  fenced?: boolean;
}

export interface StoredSignIn {
  type: "oauth";
  provider: string;
  access: string;
  refresh: string;
  /** In milliseconds. */
  expires: number;
  accountId: string;
  email: string;
}

export interface Home {
  root: string;
  stateDir: string;
  /** The whole environment of whatever runs in it, apart from `PATH`. */
  env: Record<string, string>;
  port: number;
  token: string;
  /** By id. */
  profiles: Record<string, StoredSignIn>;
  /** Pieces of every token, which must turn up nowhere. */
  canaries: string[];
  remove(): Promise<void>;
}

export interface HomeOptions {
  signIns: readonly SignIn[];
  /** A Bot API on this machine. */
  telegram?: { apiRoot: string };
  /** The model of every agent. Without it one that nobody is signed in to: whatever the gateway does by itself takes no sign-in. */
  model?: string;
  /** Agents by name, where there are more than the one that is always there. */
  agents?: readonly { id: string; default?: boolean }[];
  /** Merged over the configuration's own top-level keys. */
  config?: Record<string, unknown>;
}

/** Its sign-ins are stored by `writeStore`, once a command of `openclaw` has made the database. */
export async function makeHome(options: HomeOptions): Promise<Home> {
  const root = await mkdtemp(join(tmpdir(), "openclaw-home-"));
  const stateDir = join(root, ".openclaw");
  const temporary = join(root, "tmp");
  for (const folder of [stateDir, temporary]) await mkdir(folder);
  // The usual folder for what Node compiled. Else the commands of every home compile OpenClaw anew.
  await mkdir(COMPILED, { recursive: true });
  await symlink(COMPILED, join(temporary, "node-compile-cache"));

  const home: Home = {
    root,
    stateDir,
    env: {
      HOME: root,
      OPENCLAW_STATE_DIR: stateDir,
      TMPDIR: temporary,
      TZ: "Europe/Berlin",
      LANG: "C.UTF-8",
      // Nothing leaves this machine.
      HTTPS_PROXY: "http://127.0.0.1:9",
      npm_config_offline: "true",
      npm_config_registry: "http://127.0.0.1:9",
      npm_config_fetch_retries: "0",
    },
    port: await freePort(),
    token: `gateway-${randomBytes(12).toString("hex")}`,
    profiles: {},
    canaries: [],
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
  addSignIns(home, options.signIns);
  await writeFile(join(stateDir, "openclaw.json"), JSON.stringify(configOf(home, options), null, 2), { mode: 0o600 });
  return home;
}

/** Configures channels that are installed, and their owners. */
export async function addChannels({ stateDir }: Home, channels: Record<string, object>, owners: readonly string[]): Promise<void> {
  const path = join(stateDir, "openclaw.json");
  const config = JSON.parse(await readFile(path, "utf8")) as {
    channels: object;
    commands: { ownerAllowFrom: string[] };
    plugins: { allow: string[] };
  };
  config.commands.ownerAllowFrom.push(...owners);
  config.channels = { ...config.channels, ...channels };
  config.plugins.allow = [...new Set([...config.plugins.allow, ...Object.keys(channels)])];
  await writeFile(path, JSON.stringify(config, null, 2));
}

/** Writes the store past every command, with more sign-ins in it. */
export function writeStore(home: Home, signIns: readonly SignIn[] = []): void {
  addSignIns(home, signIns);
  writeMachineState(home, "authProfiles.store", { version: 1, profiles: home.profiles });
}

/** Writes one of the documents that all agents share, past every command. */
export function writeMachineState(home: Home, key: string, document: object): void {
  const database = openStore(home);
  try {
    database
      .prepare(
        "insert into config_machine_state (state_key, value_json, updated_at_ms) values (?, ?, ?) " +
          "on conflict (state_key) do update set value_json = excluded.value_json, updated_at_ms = excluded.updated_at_ms",
      )
      .run(key, JSON.stringify(document), Date.now());
  } finally {
    database.close();
  }
}

/** The sign-ins as they are stored by now. */
export function readStore(home: Home): Record<string, StoredSignIn> {
  const database = openStore(home);
  try {
    const row = database.prepare("select value_json from config_machine_state where state_key = 'authProfiles.store'").get();
    return (JSON.parse(String(row?.["value_json"])) as { profiles: Record<string, StoredSignIn> }).profiles;
  } finally {
    database.close();
  }
}

/** The order of an agent as it is stored, past every command. */
export function readOrder({ stateDir }: Home, agent = "main"): string[] | null {
  const path = join(stateDir, "agents", agent, "agent", "openclaw-agent.sqlite");
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    const row = database.prepare("select state_json from auth_profile_state where state_key = 'primary'").get();
    const { order } = JSON.parse(String(row?.["state_json"] ?? "{}")) as { order?: Record<string, string[]> };
    return order?.[PROVIDER] ?? null;
  } finally {
    database.close();
  }
}

/** The profile whose token a request carries. */
export function profileOf(home: Home, authorization: string | undefined): string | undefined {
  return Object.keys(home.profiles).find((id) => authorization === `Bearer ${home.profiles[id]?.access}`);
}

/** The canaries that a text holds. */
export function leaks(home: Home, text: string): string[] {
  return home.canaries.filter((canary) => text.includes(canary));
}

/** Lists everything in the state folder that has to do with the plugin, by name or by content. */
export async function tracesOfPlugin(home: Home): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(home.stateDir, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const inside = entry.isFile() && TRACE.test(await readFile(path, "latin1"));
    if (inside || TRACE.test(entry.name)) found.push(path.slice(home.stateDir.length + 1));
  }
  return found.sort();
}

/** Not the path of the OpenClaw that is tested. */
const TRACE = /codex-profiler(?!\/openclaw\/)|codexprof\b/;

function openStore({ stateDir }: Home): DatabaseSync {
  return new DatabaseSync(join(stateDir, "state", "openclaw.sqlite"), { timeout: 10_000 });
}

function addSignIns(home: Home, signIns: readonly SignIn[]): void {
  for (const { label, plan = "plus", expiresInDays = 5, fenced = false } of signIns) {
    const now = Math.floor(Date.now() / 1000);
    const expiresAt = now + Math.floor(expiresInDays * DAY_SECONDS);
    // A header carries no other letters.
    const name = label.replace(/[^\w-]/g, "");
    const [signature, refresh] = ["access", "refresh"].map((kind) => `CANARY-${kind}-${name}-${randomBytes(12).toString("hex")}`);
    const account = `acct-${name}-${randomBytes(4).toString("hex")}`;
    const email = `${label}@example.com`;
    const claims = segment({
      iss: "https://auth.openai.com",
      aud: ["https://api.openai.com/v1"],
      iat: now,
      exp: expiresAt,
      "https://api.openai.com/auth": { chatgpt_account_id: account, chatgpt_plan_type: plan, chatgpt_user_id: `user-${account}` },
      "https://api.openai.com/profile": { email, email_verified: true },
    });
    const access = `${segment({ alg: "none", typ: "JWT" })}.${claims}.${signature}`;
    home.profiles[`${PROVIDER}:${label}`] = {
      type: "oauth",
      provider: PROVIDER,
      access: fenced ? `openclaw-oauth-refresh-fence:v1:${signature}` : access,
      refresh: `rt_${refresh}`,
      expires: fenced ? 1 : expiresAt * 1000,
      accountId: account,
      email,
    };
    home.canaries.push(signature!, refresh!, claims);
  }
}

function configOf(home: Home, options: HomeOptions): Record<string, unknown> {
  const { telegram, model = "anthropic/claude-sonnet-4-5", agents, config = {} } = options;
  const channels = telegram && {
    commands: { ownerAllowFrom: [`telegram:${OWNER}`] },
    channels: {
      telegram: {
        enabled: true,
        botToken: `123456:${"A".repeat(35)}`,
        apiRoot: telegram.apiRoot,
        dmPolicy: "allowlist",
        allowFrom: [OWNER, GUEST].map(String),
        groupPolicy: "allowlist",
        groupAllowFrom: [OWNER, GUEST].map(String),
        groups: { [GROUP]: { requireMention: false } },
        // Else a turn of an agent that takes longer than a moment shows that it does.
        streaming: { mode: "off" },
        network: { dangerouslyAllowPrivateNetwork: true },
      },
    },
  };
  return {
    gateway: { mode: "local", port: home.port, bind: "loopback", auth: { mode: "token", token: home.token }, controlUi: { communityInvite: false } },
    logging: { file: join(home.root, "gateway.log") },
    plugins: { allow: [PLUGIN, ...(telegram ? ["telegram"] : [])], deny: ["codex"] },
    // Turn off messages that the gateway sends by itself, at times of its own: to the owner, and about new versions.
    agents: { defaults: { model: { primary: model }, heartbeat: { every: "0m", target: "none" } }, ...(agents && { list: agents }) },
    update: { checkOnStart: false },
    ...channels,
    ...config,
  };
}

function segment(claims: unknown): string {
  return Buffer.from(JSON.stringify(claims)).toString("base64url");
}

/** A free port outside the system's own range, so that nothing takes it while the gateway restarts. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
