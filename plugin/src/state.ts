/**
 * The folder of what is kept on disk. It lies in the gateway's state folder, where an
 * upgrade of the package leaves it alone, and goes when the plugin is uninstalled.
 */

import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import type { PluginApi } from "./gateway-api.ts";

/** For how long an uninstall may take until the package is gone, and how often that is looked at. */
const UNINSTALL_MS = 60_000;
const LOOK_MS = 250;

/** The kept files, by name. */
const FILES = ["memory", "salt"];

export function stateDir({ runtime }: PluginApi): string {
  return join(runtime.state.resolveStateDir(), "codex-profiler");
}

/**
 * Takes over what version 0.1.0 kept in its package's folder. Each install has a folder of
 * its own, `projects/<install>/node_modules/codex-profiler`, and that of the version before
 * is still there. To be called before anything is read.
 */
export function takeOver(api: PluginApi): void {
  const to = stateDir(api);
  const { rootDir } = api;
  if (rootDir === undefined || existsSync(to)) return;
  try {
    const projects = dirname(dirname(dirname(rootDir)));
    const installs = readdirSync(projects).filter((name) => /^codex-profiler(__|$)/.test(name));
    const kept = installs.map((name) => join(projects, name, "node_modules/codex-profiler/state"));
    const [newest] = kept.filter((folder) => isFile(join(folder, "memory"))).sort((a, b) => changedAt(b) - changedAt(a));
    if (newest === undefined) return;
    mkdirSync(to, { mode: 0o700 });
    for (const name of FILES.filter((each) => isFile(join(newest, each)))) copyFileSync(join(newest, name), join(to, name));
    // The gateway keeps that install for a while, and an uninstall leaves it behind.
    rmSync(newest, { recursive: true });
  } catch {
    // Without it, what earlier checks found is lost and nothing else.
  }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function changedAt(folder: string): number {
  return lstatSync(join(folder, "memory")).mtimeMs;
}

/**
 * Removes the folder once the package is gone. An uninstall disables the plugin first and
 * says no more; a plugin that is only disabled keeps what it knows.
 */
export async function removeAfter(api: PluginApi): Promise<void> {
  const { rootDir } = api;
  if (rootDir === undefined) return;
  for (let waited = 0; existsSync(rootDir); waited += LOOK_MS) {
    if (waited >= UNINSTALL_MS) return;
    await wait(LOOK_MS, undefined, { ref: false });
  }
  await rm(stateDir(api), { recursive: true, force: true });
}
