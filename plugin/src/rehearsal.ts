/**
 * A check of one made-up sign-in with an answer that is there at once. It goes nowhere and
 * leaves nothing behind; whoever asks next finds loaded and compiled what a check runs.
 */

import type { Turn } from "./call.ts";
import type { memory } from "./contract.ts";
import { NOTHING } from "./keep.ts";
import type { Surroundings } from "./surroundings.ts";

const NOW = 1_800_000_000;

const window = (seconds: number) => ({ used_percent: 1, limit_window_seconds: seconds, reset_after_seconds: 1, reset_at: NOW + 1 });
const ANSWER = { plan_type: "plus", rate_limit: { allowed: true, limit_reached: false, primary_window: window(18_000), secondary_window: window(604_800) } };
const SIGN_IN = { type: "oauth", provider: "openai", access: "e30.e30.made-up", refresh: "made-up", expires: 2 * NOW };

export const AROUND: Surroundings = {
  now: () => NOW,
  readAuthStore: () => {
    const merged = { profiles: { "openai:a": SIGN_IN, "openai:b": SIGN_IN } };
    return { era: "sqlite", source: "~", merged, ownOrders: [], inherited: merged, leftovers: [] };
  },
  fetch: async () => ({ status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(ANSWER)) }),
  run: async () => ({ failure: "not-found" }),
};

/** Keeps nothing. */
export const MEMORY = {
  load: async (_key: memory.Key) => NOTHING,
  save: async (_key: memory.Key, _bytes: Uint8Array, expected: bigint) => expected + 1n,
  saveSoon: async (_key: memory.Key, _bytes: Uint8Array, expected: bigint) => expected + 1n,
};

export const TURN: Turn = {
  command: "usage",
  request: {
    origin: { tag: "tool", val: "all" },
    user: "nobody",
    isOwner: false,
    agent: "main",
    channel: { buttons: 8, length: 4000, private: true },
    now: BigInt(NOW),
    zone: { name: "UTC", transitions: [[0n, 0]] },
    locale: "en",
    salt: "",
    settings: { burnFirst: [], preserve: [], fullIds: false, dryRun: false, demo: false, alertsLowPercent: 10 },
    wantsJson: false,
  },
};
