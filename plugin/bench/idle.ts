/**
 * Measures the cost of an idle gateway with alerts on and off, two of them side by side:
 * `node bench/idle.ts [MINUTES]`. Nothing changes meanwhile, so that nothing is sent.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { startChatgpt, type Chatgpt } from "../test/chatgpt.ts";
import { usageOf } from "../test/gateway/endpoint.ts";
import { makeHome, writeStore, type Home } from "../test/gateway/home.ts";
import { installPlugin, startGateway, tarball, type Gateway } from "../test/gateway/openclaw.ts";

const MINUTES = Number(process.argv[2] ?? 20);
/** Twice as often as by default, so that a short run holds a few checks. */
const EVERY_MINUTES = 5;
const PROFILES = ["a", "b", "c", "d", "e", "f"];

/** Time after which a gateway has done what it does by itself after its start. */
const SETTLED_MS = 60_000;

interface Idle {
  alerts: "on" | "off";
  home: Home;
  chatgpt: Chatgpt;
  gateway: Gateway;
}

async function idle(alerts: Idle["alerts"]): Promise<Idle> {
  const entries = { "codex-profiler": { config: { alertsEveryMinutes: EVERY_MINUTES } } };
  const plugins = { allow: ["codex-profiler"], deny: ["codex"], entries };
  const home = await makeHome({ signIns: PROFILES.map((label) => ({ label })), config: { plugins } });
  const chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
  chatgpt.answer((headers) => usageOf(home, headers));
  await installPlugin(home, tarball());
  writeStore(home);
  if (alerts === "on") subscribe(home);
  return { alerts, home, chatgpt, gateway: await startGateway(home, chatgpt.env) };
}

function subscribe({ stateDir }: Home): void {
  const folder = join(stateDir, "codex-profiler");
  mkdirSync(folder, { mode: 0o700, recursive: true });
  const subscription = {
    channel: "telegram", place: "one", to: "4242", isPrivate: true, user: "owner", senderId: "4242", agent: "main",
    locale: "en", kinds: ["ready", "low", "broken", "expiring", "all-out"], refusals: 0, held: [],
  };
  writeFileSync(join(folder, "subscriptions"), JSON.stringify({ version: 1, subscriptions: [subscription] }), { mode: 0o600 });
}

/** Seconds of processor time of the gateway's own process. */
function cpuSeconds({ pid }: Gateway): number {
  const [, hours, minutes, seconds] = /(\d+):(\d+):(\d+)/.exec(execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }))!.map(Number);
  return hours! * 3600 + minutes! * 60 + seconds!;
}

const both = [await idle("off"), await idle("on")];
try {
  await wait(SETTLED_MS);
  const before = both.map(({ gateway, chatgpt }) => ({ cpu: cpuSeconds(gateway), asked: chatgpt.requests.length }));
  await wait(MINUTES * 60_000);
  console.log(`| ${MINUTES} minutes idle, ${PROFILES.length} profiles | processor time | memory | requests |\n|---|---|---|---|`);
  for (const [at, { alerts, gateway, chatgpt }] of both.entries()) {
    const cpu = cpuSeconds(gateway) - before[at]!.cpu;
    console.log(`| alerts ${alerts} | ${cpu} s | ${Math.round(await gateway.memoryMb())} MB | ${chatgpt.requests.length - before[at]!.asked} |`);
  }
} finally {
  for (const { gateway, chatgpt, home } of both) {
    await gateway.stop();
    await chatgpt.close();
    await home.remove();
  }
}
