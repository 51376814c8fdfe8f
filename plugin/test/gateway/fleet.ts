/** The six sign-ins of the harness's demo, as a gateway and chatgpt.com have them. */

import type { Chatgpt, Reply } from "../chatgpt.ts";
import { profileOf, writeMachineState, writeStore, type Home } from "./home.ts";
import { installPlugin, startGateway, tarball, type Gateway } from "./openclaw.ts";

const HOUR = 3600;
const DAY = 86_400;

/** As `host-test/src/world/demo.rs` has them, in its order. */
const FLEET: Record<string, { plan: string; answer: (account: string) => Reply }> = {
  default: { plan: "plus", answer: usage("plus", [window(33, 5 * HOUR, 3 * HOUR + 2460), week(5, 6 * DAY + 81_000)]) },
  personal: { plan: "pro", answer: usage("pro", [week(68, 6 * DAY + 4500)]) },
  work: { plan: "team", answer: usage("team", [week(100, 12 * HOUR + 2760)], "412.50") },
  lab: { plan: "plus", answer: usage("plus", [window(12, 5 * HOUR, 4 * HOUR + 600), week(62, DAY + 13 * HOUR)]) },
  backup: { plan: "pro", answer: () => json(401, { error: { code: "token_revoked", message: "The token was revoked." } }) },
  spare: { plan: "plus", answer: challenge },
};

export const FLEET_SIGN_INS = Object.entries(FLEET).map(([label, { plan }]) => ({ label, plan, expiresInDays: 10.02 }));

/** Starts a gateway with the plugin in a home of these sign-ins, which this chatgpt.com answers. */
export async function startFleet(home: Home, chatgpt: Chatgpt): Promise<Gateway> {
  chatgpt.answer(({ authorization }) => fleetAnswer(home, authorization));
  await installPlugin(home, tarball());
  writeStore(home);
  writeState(home);
  return await startGateway(home, chatgpt.env);
}

/** The answer of chatgpt.com to one of them. */
function fleetAnswer(home: Home, authorization: string | undefined): Reply {
  const id = profileOf(home, authorization);
  return FLEET[labelOf(id)]?.answer(home.profiles[id!]!.accountId) ?? { status: 404 };
}

/** The order, and what the gateway itself remembers of the sign-ins. */
function writeState(home: Home): void {
  const now = Date.now();
  const state = {
    version: 1,
    order: { openai: Object.keys(home.profiles) },
    lastGood: { openai: "openai:default" },
    usageStats: {
      "openai:default": { lastUsed: now - 240_000 },
      "openai:lab": {
        lastUsed: now - 2 * HOUR * 1000,
        errorCount: 2,
        cooldownUntil: now + 30 * 60_000,
        cooldownReason: "rate_limit",
        failureCounts: { rate_limit: 2 },
        lastFailureAt: now - 600_000,
      },
    },
  };
  writeMachineState(home, "authProfiles.state", state);
}

function window(used: number, length: number, resetsIn: number): object {
  return { used_percent: used, limit_window_seconds: length, reset_after_seconds: resetsIn };
}

function week(used: number, resetsIn: number): object {
  return window(used, 7 * DAY, resetsIn);
}

/** Blocked where there is something left to buy. */
function usage(plan: string, windows: readonly object[], credits?: string): (account: string) => Reply {
  const blocked = credits !== undefined;
  return (account) =>
    json(200, {
      account_id: account,
      plan_type: plan,
      rate_limit: {
        allowed: !blocked,
        limit_reached: blocked,
        primary_window: windows[0],
        secondary_window: windows[1] ?? null,
      },
      credits: { has_credits: blocked, unlimited: false, balance: credits ?? "0" },
      spend_control: { reached: false },
    });
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function challenge(): Reply {
  return {
    status: 403,
    headers: { "content-type": "text/html", "cf-mitigated": "challenge" },
    body: "<!DOCTYPE html><title>Just a moment...</title>",
  };
}

function labelOf(id = ""): string {
  return id.slice(id.indexOf(":") + 1);
}
