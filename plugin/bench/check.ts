/**
 * Measures the cost of a check in this process, without a gateway around it: `node bench/check.ts`.
 * The answers are there at once, so that what is left is the adapter's and the component's.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

import { Skill } from "../src/skill.ts";
import type { Surroundings } from "../src/surroundings.ts";
import { zone } from "../src/zone.ts";
import { requestAt } from "../test/request.ts";
import { median, ms, spread } from "./figures.ts";
import { Holds } from "./holds.ts";

const NOW = Math.floor(Date.now() / 1000);
const ROUNDS = 50;
const ZONE = zone("Europe/Berlin", NOW);
const CHANNEL = { buttons: 0, length: 32_000, private: true };

const stateDir = mkdtempSync(join(tmpdir(), "codex-profiler-bench-"));
const started = performance.now();
const { active } = performance.eventLoopUtilization();
const skill = new Skill({ around: world(8), stateDir });
await skill.warm();
const loopMs = performance.eventLoopUtilization().active - active;
console.log("| in one process, instant answers | median | of 5 % – 95 % |\n|---|---|---|");
console.log(`| a thread ready, from nothing | ${ms(performance.now() - started)} | of it the loop's own: ${ms(loopMs)} |`);
const held: string[] = [];
for (const profiles of [1, 8, 100, 1000]) {
  skill.around = world(profiles);
  const took: number[] = [];
  const rounds: ReadonlyMap<string, number>[] = [];
  for (let round = 0; round < ROUNDS + 5; round += 1) {
    // Looking at the loop costs some of it.
    const holds = round % 2 === 0 ? undefined : new Holds();
    const from = performance.now();
    const about = { origin: { tag: "command", val: "all" }, user: `${profiles}-${round}`, channel: CHANNEL, zone: ZONE } as const;
    const { status } = await skill.turn({ command: "usage", request: requestAt(NOW, about) });
    const taken = performance.now() - from;
    holds?.enter("the disk");
    await new Promise((resolve) => setTimeout(resolve, 3));
    holds?.end();
    if (status !== "ok") throw new Error("the check failed");
    if (round < 5) continue;
    if (holds) rounds.push(holds.longest);
    else took.push(taken);
  }
  console.log(`| a check of ${profiles} | ${ms(median(took))} | ${spread(took)} |`);
  for (const phase of new Set(rounds.flatMap((longest) => [...longest.keys()]))) {
    const longest = rounds.map((each) => each.get(phase) ?? 0);
    if (median(longest) >= 0.5) held.push(`| ${profiles} | ${phase} | ${ms(median(longest))} | ${spread(longest)} |`);
  }
}
console.log("\n| profiles | the loop held up in | longest, median | of 5 % – 95 % |\n|---|---|---|---|");
console.log(held.join("\n"));
await skill.close();
rmSync(stateDir, { recursive: true });

function world(profiles: number): Surroundings {
  const entries = Array.from({ length: profiles }, (_, at) => {
    const token = `${part({ alg: "none" })}.${part({ exp: NOW + 864_000, n: at })}.${"s".repeat(400)}${at}`;
    return [`openai:p${at}`, { type: "oauth", provider: "openai", access: token, refresh: `refresh-token-of-${at}`, expires: (NOW + 864_000) * 1000 }];
  });
  const merged = { version: 1, profiles: Object.fromEntries(entries) };
  const window = (seconds: number) => ({ used_percent: 33, limit_window_seconds: seconds, reset_after_seconds: seconds / 2, reset_at: NOW + seconds / 2 });
  const body = Buffer.from(
    JSON.stringify({ plan_type: "plus", rate_limit: { allowed: true, limit_reached: false, primary_window: window(18_000), secondary_window: window(604_800) } }),
  );
  return {
    now: () => NOW,
    readAuthStore: () => ({ era: "sqlite", source: "~", merged, ownOrders: [], inherited: undefined, leftovers: [] }),
    fetch: async () => ({ status: 200, headers: { "content-type": "application/json" }, body }),
    run: async () => ({ failure: "not-found" }),
  };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
