/** Documents as `usage --profile all --format json` writes them, of made-up profiles. */

/** Sunday 29 November 2026, 17:29 in Berlin. */
export const NOW = Date.parse("2026-11-29T17:29:00+01:00");

const HOUR = 3600;
const DAY = 24 * HOUR;

export type Json = Record<string, unknown>;

const rfc3339 = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

interface Made {
  plan?: string;
  tier: string;
  verdict?: string;
  reason?: string;
  windows?: Json[];
  more?: Json;
  error?: Json;
  credits?: number;
  usableIn?: number;
  earlier?: Json;
}

const VERDICTS: Record<string, string> = {
  ready: "usable",
  low: "usable",
  overage: "usable_at_cost",
  wait: "wait",
  broken: "broken",
  unknown: "unknown",
};

function window(role: "session" | "weekly", left: number, resetsIn: number, pace: Json | null = null): Json {
  return {
    role,
    label: role === "session" ? "5h" : "week",
    used_percent: 100 - left,
    remaining_percent: left,
    resets_at: rfc3339(resetsIn),
    resets_in_seconds: resetsIn,
    limit_window_seconds: role === "session" ? 18_000 : 604_800,
    state: "running",
    pace,
  };
}

function profile(label: string, made: Made): Json {
  const verdict = made.verdict ?? VERDICTS[made.tier];
  const stored = {
    profile: `openai:${label}`,
    label,
    handle: handleOf(label),
    cooldown_until: null,
    in_order: true,
    verdict,
    verdict_reason: made.reason ?? "allowed",
    server_verdict: verdict,
    usable_at: made.usableIn === undefined ? null : rfc3339(made.usableIn),
    changes: [],
    remote_usage_ok: made.windows !== undefined,
    remote_usage: null,
    error: null,
  };
  if (made.windows === undefined) {
    return { ...stored, error: { code: made.reason, reason: null, status: null, retry_after_seconds: null, resets_at: null, ...made.error }, ...made.more };
  }
  const credits = { has_credits: made.credits !== undefined, unlimited: false, balance: made.credits ?? 0 };
  return { ...stored, remote_usage: { plan_label: made.plan ?? "Plus", credits, windows: made.windows }, ...made.more };
}

function handleOf(label: string): string {
  return Buffer.from(label).toString("hex").padEnd(8, "0").slice(0, 8);
}

function usage(made: [string, Made][], more: Json): Json {
  const profiles = made.map(([label, one]) => profile(label, one));
  const ranking = made.map(([label, one]) => ({
    label,
    tier: one.tier,
    why: "tier",
    usable_at: one.usableIn === undefined ? null : rfc3339(one.usableIn),
    ...one.earlier,
  }));
  return {
    ok: true,
    source: "main agent",
    checked_at: "2026-11-29T17:29:00+01:00",
    zone: "Europe/Berlin",
    summary: { profiles_checked: made.length, profiles_left_out: 0 },
    // The store's order is not the ranking's.
    profiles: profiles.toReversed(),
    findings: [],
    duplicates: [],
    advice: { next: made[0]?.[0], decided_by: "long_window_reset", ranking, order_command: ["/codex_auth", "order", "set", "personal", "default", "spare", "work", "lab"] },
    outlook: { usable: 2, unknown: 1, next_recovery: null, all_blocked_at: null, expiring_unused: [], banked_resets: [] },
    ...more,
  };
}

/** The six profiles of the demo, one in each state. */
export function demo(): Json {
  const made: [string, Made][] = [
    ["personal", { plan: "Pro 20x", tier: "ready", windows: [window("weekly", 32, 6 * DAY + 4500, { speed: "ahead", even_remaining_percent: 86.5, runs_out_at: rfc3339(37_860) })] }],
    ["default", { tier: "ready", windows: [window("session", 67, 13_260, { speed: "ahead", even_remaining_percent: 73.7, runs_out_at: rfc3339(9660) }), window("weekly", 95, 6 * DAY + 81_000)] }],
    ["spare", { tier: "unknown", reason: "upstream_challenge", error: { status: 403 } }],
    ["work", { plan: "Team", tier: "overage", reason: "blocked", credits: 412.5, usableIn: 45_960, windows: [window("weekly", 0, 45_960)] }],
    ["lab", { tier: "wait", reason: "gateway_cooldown", usableIn: 1800, windows: [window("session", 88, 15_000, { even_remaining_percent: 83.3 }), window("weekly", 38, 133_200, { even_remaining_percent: 22 })], more: { cooldown_until: rfc3339(1800), server_verdict: "usable" } }],
    ["backup", { tier: "broken", reason: "auth_not_accepted_by_usage_endpoint", error: { reason: "revoked", status: 401 } }],
  ];
  return usage(made, {
    demo: true,
    history: ["personal", "default", "work", "lab"].map((label, place) => history(label, place + 1)),
    outlook: {
      next_recovery: { label: "lab", usable_at: rfc3339(1800) },
      all_blocked_at: null,
      expiring_unused: [{ label: "lab", limit_window_seconds: 604_800, remaining_percent: 20.49, at_present_pace: true, resets_at: rfc3339(133_200) }],
      banked_resets: [{ label: "work", available: 2, applicable: 2, next_expires_at: rfc3339(5 * DAY) }, { label: "default", available: 1, next_expires_at: null }],
    },
    findings: [{ code: "legacy_auth_json", message: "Note: an old auth.json is still there. It is ignored; leave it alone." }],
  });
}

/** Use that differs from day to day, the same in every run. */
function history(label: string, seed: number): Json {
  const days = Array.from({ length: 28 }, (_, place) => {
    const date = new Date(NOW - (27 - place) * DAY * 1000).toISOString().slice(0, 10);
    const used = Math.round(((Math.sin(place * 2.3 * seed) + 1) * 9 + (place % 7 < 5 ? 4 : 0)) * 10) / 10;
    return { date, used_percent: place % 11 === seed ? null : used };
  });
  const resets = [0, 1, 2, 3].map((week) => rfc3339((seed - 1 - 7 * week) * DAY - 3 * HOUR)).filter((at) => Date.parse(at) < NOW);
  return { profile: label, days, resets };
}

/** Labels that would be markup, commands, or unreadable. */
export const HOSTILE = [
  "<script>window.hacked=1</script>",
  '"><img src=x onerror=window.hacked=1>',
  "a\u202Egnp.exe",
  "$(rm -rf ~); `id`",
  "x".repeat(128),
  "__proto__",
  "<b>bold</b>&amp;",
  "javascript:alert(1)",
];

/** Every label hostile, and members of types that nobody expects. */
export function hostile(): Json {
  const broken: Made = { tier: "broken", reason: "missing_access_token", error: { reason: "fenced" } };
  const made = HOSTILE.map((label, place): [string, Made] => [
    label,
    place % 3 === 2 ? broken : { tier: "ready", plan: '<img src=x onerror="window.hacked=1">', windows: [window("session", 40, 9000), window("weekly", 1e-3, 1e5)] },
  ]);
  const odd: Json[] = [null, 7, "x", { label: 9, verdict: {}, remote_usage: [], in_order: "no" }] as Json[];
  const document = usage(made, {
    zone: "Mars/Olympus",
    findings: [{ code: 1, message: "<script>window.hacked=1</script>" }, 3, null],
    duplicates: [["openai:__proto__", "openai:<b>bold</b>&amp;"], "nobody"],
    history: [{ profile: HOSTILE[0], days: [{ date: "2026-13-99", used_percent: "x" }, { date: "2026-11-20", used_percent: 1e9 }], resets: ["never", -1, 1e300] }, 4],
    outlook: { next_recovery: { label: HOSTILE[1], usable_at: 1e300 }, banked_resets: [{ label: HOSTILE[0], available: 1e9, next_expires_at: "x" }], expiring_unused: "none" },
  });
  return { ...document, profiles: [...(document["profiles"] as Json[]), ...odd] };
}

/** Two hundred profiles in every state. */
export function many(): Json {
  const tiers = ["ready", "low", "unknown", "overage", "wait", "broken"];
  const made = Array.from({ length: 200 }, (_, place): [string, Made] => {
    const tier = tiers[Math.floor((place / 200) * tiers.length)] ?? "ready";
    const left = tier === "low" ? 4 : tier === "ready" ? (place * 37) % 90 + 10 : 0;
    const resetsIn = (place % 7) * DAY + (place % 24) * HOUR + 600;
    const windows = [window("session", tier === "wait" ? 80 : left, 9000 + place), window("weekly", left, resetsIn)];
    const label = `team-${String(place + 1).padStart(3, "0")}`;
    if (tier === "unknown") return [label, { tier, reason: "rate_limited", error: { status: 429, retry_after_seconds: 90 } }];
    if (tier === "broken") return [label, { tier, reason: "auth_not_accepted_by_usage_endpoint", error: { reason: "revoked" } }];
    return [label, tier === "wait" || tier === "overage" ? { tier, reason: "blocked", windows, usableIn: resetsIn, credits: 20 } : { tier, windows }];
  });
  return usage(made, { history: made.slice(0, 100).map(([label], place) => history(label, (place % 9) + 1)), summary: { profiles_left_out: 12 } });
}
