/**
 * Measures the cost of a check inside a real gateway, beside a plugin command that does
 * nothing: `npm run bench`. Every ratio is of figures of the same run.
 */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { startChatgpt } from "../test/chatgpt.ts";
import { makeHome, writeStore } from "../test/gateway/home.ts";
import { installPlugin, startGateway, tarball } from "../test/gateway/openclaw.ts";
import { connect } from "../test/gateway/websocket.ts";
import { median, ms, spread } from "./figures.ts";

const ROUNDS = 20;
const WARM_UP = 5;
const PROFILES = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** A check is not repeated for the same user and agent within 20 seconds: every round is another agent's. */
const AGENTS = Array.from({ length: 2 * (ROUNDS + WARM_UP) }, (_, at) => ({ id: `agent${at}` }));

const home = await makeHome({
  signIns: PROFILES.map((label) => ({ label })),
  agents: [{ id: "main", default: true }, ...AGENTS],
  config: {
    plugins: { allow: ["codex-profiler", "bench-probe"], load: { paths: [join(import.meta.dirname, "probe")] } },
  },
});
const chatgpt = await startChatgpt({ dir: home.root });
const window = (seconds: number) => ({
  used_percent: 33,
  limit_window_seconds: seconds,
  reset_after_seconds: seconds / 2,
  reset_at: Math.floor(Date.now() / 1000) + seconds / 2,
});
const answer = (delayMs: number) =>
  chatgpt.answer(() => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      plan_type: "plus",
      rate_limit: { allowed: true, limit_reached: false, primary_window: window(18_000), secondary_window: window(604_800) },
    }),
    delayMs,
  }));

try {
  await installPlugin(home, tarball());
  writeStore(home);
  const gateway = await startGateway(home, chatgpt.env);
  try {
    await measure();
  } finally {
    await gateway.stop();
  }
} finally {
  await chatgpt.close();
  await home.remove();
}

async function measure(): Promise<void> {
  const client = await connect(home);
  const rows: [string, number[]][] = [["a command that does nothing", []], ["8 profiles, instant answers", []], ["one profile of 200 ms", []], ["8 profiles of 200 ms", []]];
  const delays: number[] = [];
  const idle: number[] = [];
  const processes = { check: 0, nothing: 0 };
  // The first command of a session makes its agent's workspace, and goes on with that for a while.
  for (const { id } of AGENTS) await client.command("/probe_nothing", { session: `agent:${id}:main` });
  await setTimeout(10_000);
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const session = (half: number) => `agent:${AGENTS[2 * round + half]!.id}:main`;
    const took: number[] = [];
    const since = async () => {
      const { text } = await client.command("/probe_since", { session: session(0) });
      return JSON.parse(text) as { delayMs: number; processes: number };
    };
    const timed = async (text: string, half: number) => {
      const { ms, text: said } = await client.command(text, { session: session(half) });
      if (text.startsWith("/codex") && !said.startsWith("Codex usage")) throw new Error(said);
      took.push(ms);
    };
    await since();
    await timed("/probe_nothing", 0);
    const before = await since();
    answer(0);
    await timed("/codex_usage all", 0);
    const after = await since();
    answer(200);
    // Going over to another session takes a while, and is nobody's here.
    await client.command("/probe_nothing", { session: session(1) });
    await timed("/codex_usage a", 1);
    await timed("/codex_usage all", 1);
    if (round < WARM_UP) continue;
    took.forEach((ms, at) => rows[at]![1].push(ms));
    idle.push(before.delayMs);
    delays.push(after.delayMs);
    processes.check += after.processes;
    processes.nothing += before.processes;
  }
  const start = ["--import", "./test/openclaw-resolve.ts", "bench/start.ts"];
  const starts = JSON.parse(execFileSync(process.execPath, start, { cwd: join(import.meta.dirname, ".."), encoding: "utf8" })) as number[];
  await client.close();
  const [nothing, instant, one, eight] = rows.map(([, all]) => median(all)) as [number, number, number, number];
  console.log("| in a gateway, over its web socket | median | of 5 % – 95 % |\n|---|---|---|");
  for (const [name, all] of rows) console.log(`| ${name} | ${ms(median(all))} | ${spread(all)} |`);
  console.log(`| … instant answers over nothing | ${ms(instant - nothing)} | |`);
  console.log(`| … 8 of 200 ms over one | ${((eight - nothing) / (one - nothing)).toFixed(2)} × | |`);
  console.log(`| the gateway's loop held up, at most, in a check | ${ms(median(delays))} | ${spread(delays)} |`);
  console.log(`| … in a command that does nothing | ${ms(median(idle))} | ${spread(idle)} |`);
  console.log(`| the plugin loaded and its thread ready | ${ms(median(starts))} | ${spread(starts)} |`);
  console.log(`| processes begun in ${ROUNDS} checks, and in as many that do nothing | ${processes.check}, ${processes.nothing} | |`);
}
