/** The answers of chatgpt.com to the sign-ins of a home, and a list of those that asked. */

import type { IncomingHttpHeaders } from "node:http";

import type { Asked, Reply } from "../chatgpt.ts";
import { profileOf, type Home } from "./home.ts";

export function usageOf(home: Home, { authorization }: IncomingHttpHeaders): Reply {
  const id = profileOf(home, authorization);
  const profile = id && home.profiles[id];
  if (!profile) return { status: 401 };
  const window = (used_percent: number, limit_window_seconds: number, reset_after_seconds: number) => {
    return { used_percent, limit_window_seconds, reset_after_seconds };
  };
  const body = {
    user_id: `user-${profile.accountId}`,
    account_id: profile.accountId,
    email: profile.email,
    plan_type: id.endsWith("work") ? "team" : "plus",
    rate_limit: {
      allowed: true,
      limit_reached: false,
      primary_window: window(33, 18_000, 13_260),
      secondary_window: window(5, 604_800, 599_400),
    },
  };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** Those whose tokens asked for the usage. */
export function profilesAsked(home: Home, requests: readonly Asked[]): (string | undefined)[] {
  const asked = requests.filter((request) => request.path === "/backend-api/wham/usage");
  return asked.map((request) => profileOf(home, request.headers.authorization)).sort();
}
