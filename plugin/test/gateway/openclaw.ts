/** An installed OpenClaw: its commands, its plugins, its gateway. Everything that is started here is ended here. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

import type { Home } from "./home.ts";
import { PATIENCE_MS } from "./patience.ts";

const PLUGIN = "codex-profiler";
const OUT = join(import.meta.dirname, "../../out");

/** The bin folder of the OpenClaw to test with. */
export const installed = process.env["CODEX_PROFILER_OPENCLAW_CURRENT"];

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

/** Runs `openclaw` with these arguments in a home, nothing on stdin. */
export async function run(home: Home, args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const startedAt = performance.now();
  const child = launch(home, args, env);
  const late = setTimeout(() => void end(child.pid), PATIENCE_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(late);
  return { code, ...child.said, ms: performance.now() - startedAt };
}

/** The output of `openclaw`. Throws if it fails. */
export async function output(home: Home, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(home, args);
  if (code !== 0) throw new Error(`openclaw ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

/** The same, where that is JSON. */
export async function json<T>(home: Home, ...args: readonly string[]): Promise<T> {
  const said = await output(home, ...args);
  return JSON.parse(said.slice(said.indexOf("{"))) as T;
}

/** The plugin under test: the one that is named, else the one packed last. */
export function tarball(): string {
  const named = process.env["CODEX_PROFILER_PLUGIN_TGZ"];
  if (named) return named;
  const packed = readdirSync(OUT).filter((name) => name.endsWith(".tgz")).map((name) => join(OUT, name));
  const [newest] = packed.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (!newest) throw new Error(`nothing is packed in ${OUT}: node build.ts`);
  return newest;
}

export async function installPlugin(home: Home, tgz: string): Promise<string> {
  return await output(home, "plugins", "install", `npm-pack:${tgz}`, "--force", "--accept-capabilities");
}

/** Installs a channel of OpenClaw's own: trusted by where it comes from, so that it has to be npm's registry. */
export async function installChannel(home: Home, name: string): Promise<string> {
  // The one thing that is not on this machine, asked for as npm itself would.
  const own = Object.entries(process.env).filter(([key]) => /^(https?_proxy|no_proxy|npm_config_\w+|node_extra_ca_certs|ssl_cert_\w+)$/i.test(key));
  const registry = (await promisify(execFile)("npm", ["config", "get", "registry"])).stdout.trim();
  const env = { HTTPS_PROXY: "", npm_config_offline: "false", npm_config_registry: registry, ...Object.fromEntries(own) };
  const { code, stdout, stderr } = await run(home, ["plugins", "install", name, "--force", "--accept-capabilities"], env);
  if (code !== 0) throw new Error(`${name} was not installed: ${stdout}\n${stderr}`);
  return stdout;
}

export async function uninstallPlugin(home: Home): Promise<string> {
  return await output(home, "plugins", "uninstall", PLUGIN, "--force");
}

export interface Gateway {
  pid: number;
  /** From its start until it answers. */
  startedMs: number;
  /** Everything it has printed so far. */
  log(): string;
  /** Resident, of all its processes. */
  memoryMb(): Promise<number>;
  stop(): Promise<void>;
}

export async function startGateway(home: Home, env: Record<string, string> = {}): Promise<Gateway> {
  const startedAt = performance.now();
  const child = launch(home, ["gateway", "run"], env);
  const pid = child.pid!;
  const log = () => child.said.stdout + child.said.stderr;
  const stop = async () => void (await end(pid));
  while (!(await isReady(home))) {
    if (child.exitCode !== null || performance.now() - startedAt > PATIENCE_MS) {
      await stop();
      throw new Error(`the gateway did not start:\n${log()}`);
    }
    await wait(200);
  }
  const memoryMb = async () => (await family(pid)).reduce((sum, each) => sum + each.memoryKb / 1024, 0);
  return { pid, startedMs: performance.now() - startedAt, log, memoryMb, stop };
}

function launch(home: Home, args: readonly string[], env: Record<string, string> = {}) {
  if (!installed) throw new Error("CODEX_PROFILER_OPENCLAW_CURRENT does not name a bin folder of OpenClaw");
  const said = { stdout: "", stderr: "" };
  const child = spawn(join(installed, "openclaw"), args, {
    cwd: home.root,
    env: { PATH: [installed, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter), ...home.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => void (said[stream] += text));
  }
  return Object.assign(child, { said });
}

async function isReady(home: Home): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${home.port}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Ends a process and what it started, politely first. */
async function end(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const all = await family(pid);
  if (all.length > 0) signal(pid, "SIGTERM");
  const patience = performance.now() + 15_000;
  while (performance.now() < patience && all.some((each) => signal(each.pid, 0))) await wait(50);
  for (const each of all) signal(each.pid, "SIGKILL");
}

function signal(pid: number, what: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, what);
  } catch {
    return false;
  }
}

/** A process and its descendants. */
async function family(root: number): Promise<{ pid: number; memoryKb: number }[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss="]);
  const rows = stdout.trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const members = new Set([root]);
  for (let size = 0; size !== members.size; ) {
    size = members.size;
    for (const [pid, parent] of rows) if (members.has(parent!)) members.add(pid!);
  }
  return rows.filter(([pid]) => members.has(pid!)).map(([pid, , memoryKb]) => ({ pid: pid!, memoryKb: memoryKb! }));
}
