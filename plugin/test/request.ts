/** A call's request, of which a test says only what it is about. */

import type { commands } from "../src/contract.ts";

export function requestAt(now: number, about: Pick<commands.Request, "origin" | "user"> & Partial<commands.Request>): commands.Request {
  return {
    isOwner: false,
    agent: "main",
    channel: { buttons: 8, length: 4096, private: true },
    now: BigInt(now),
    zone: { name: "UTC", transitions: [[0n, 0]] },
    locale: "en",
    salt: "salt",
    settings: { burnFirst: [], preserve: [], fullIds: false, dryRun: false, demo: false, alertsLowPercent: 10 },
    wantsJson: false,
    ...about,
  };
}
