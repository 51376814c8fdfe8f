// @ts-check
/**
 * The document as the page uses it: every instant in milliseconds, absent members as null, lists
 * always there. Whatever has another type than expected counts as absent.
 */

/** @typedef {"ready" | "low" | "unknown" | "overage" | "wait" | "broken"} State */

/**
 * @typedef {object} UsageWindow
 * @property {"session" | "weekly" | "monthly" | "other"} role
 * @property {string | null} label
 * @property {number | null} seconds its length
 * @property {number | null} left percent
 * @property {number | null} resetsAt
 * @property {string} state `running`, `not_started`, `due`, `inconsistent` or `assumed`
 * @property {number | null} evenLeft percent that even use would have left by now
 * @property {number | null} emptyAt when it is empty at this pace
 */

/**
 * @typedef {object} Failure
 * @property {string | null} reason
 * @property {number | null} status
 * @property {number | null} retryAfter seconds
 * @property {number | null} resetsAt
 */

/**
 * @typedef {object} Profile
 * @property {string} id
 * @property {string} label
 * @property {string} handle
 * @property {string | null} plan
 * @property {State} state
 * @property {string} verdict
 * @property {string} reason
 * @property {string | null} serverVerdict
 * @property {number | null} usableAt
 * @property {number | null} cooldownUntil
 * @property {boolean} isLeftOut
 * @property {boolean} isAnswered
 * @property {string | null} credits the balance, or null where there is none
 * @property {UsageWindow[]} windows
 * @property {Failure} failure
 * @property {State | null} earlierState
 * @property {number | null} earlierAt
 */

/**
 * @typedef {object} Advice
 * @property {string | null} next
 * @property {string | null} decidedBy
 * @property {string | null} orderCommand
 */

/**
 * @typedef {object} Day
 * @property {number} date midnight UTC of its civil date
 * @property {number | null} used percent of the long window, or null without a reading
 */

/** @typedef {{label: string, days: Day[], resets: number[]}} DayHistory */

/** @typedef {{label: string, available: number, expiresAt: number | null}} Banked */

/** @typedef {{label: string, seconds: number | null, left: number, isAtPace: boolean, at: number | null}} Expiring */

/**
 * @typedef {object} Usage
 * @property {number} checkedAt
 * @property {string} zone
 * @property {string | null} language
 * @property {boolean} isDemo
 * @property {string | null} error why there is no check
 * @property {Profile[]} profiles in the ranking's order
 * @property {number} leftOut profiles without room in this check
 * @property {Advice | null} advice null where there is no choice
 * @property {{label: string, at: number} | null} nextBack
 * @property {number | null} allEmptyAt
 * @property {Expiring[]} expiring
 * @property {Banked[]} banked
 * @property {string[]} findings
 * @property {string[][]} duplicates labels that share one quota
 * @property {DayHistory[] | null} history
 */

/** @typedef {Record<string, unknown>} Json */

/** Stands for a character that cannot be seen. */
const REPLACEMENT = "\uFFFD";

/** Reads a whole document. @param {unknown} raw @returns {Usage} */
function usageOf(raw) {
  const json = object(raw);
  const ahead = object(json["outlook"]);
  const back = object(ahead["next_recovery"]);
  const backAt = instant(back["usable_at"]);
  const ranking = objects(object(json["advice"])["ranking"]);
  const profiles = ranked(objects(json["profiles"]), ranking);
  return {
    checkedAt: instant(json["checked_at"]) ?? 0,
    zone: text(json["zone"]) ?? "",
    language: text(json["language"]),
    isDemo: json["demo"] === true,
    error: text(object(json["error"])["message"]),
    profiles,
    leftOut: number(object(json["summary"])["profiles_left_out"]) ?? 0,
    advice: adviceOf(json["advice"]),
    nextBack: backAt === null ? null : { label: text(back["label"]) ?? "", at: backAt },
    allEmptyAt: instant(ahead["all_blocked_at"]),
    expiring: objects(ahead["expiring_unused"]).map(expiringOf),
    banked: objects(ahead["banked_resets"]).map(bankedOf),
    findings: objects(json["findings"]).flatMap((finding) => text(finding["message"]) ?? []),
    duplicates: duplicatesOf(json["duplicates"], profiles),
    history: historyOf(json["history"]),
  };
}

/** Puts profiles in the ranking's order, those it does not name last. @param {Json[]} profiles @param {Json[]} ranking */
function ranked(profiles, ranking) {
  const places = new Map(ranking.map((one, place) => [one["label"], place]));
  const place = (/** @type {Json} */ profile) => places.get(profile["label"]) ?? places.size;
  return profiles
    .toSorted((one, other) => place(one) - place(other))
    .map((profile) => profileOf(profile, ranking[place(profile)] ?? {}));
}

/** @param {Json} json @param {Json} rank @returns {Profile} */
function profileOf(json, rank) {
  const usage = object(json["remote_usage"]);
  const error = object(json["error"]);
  const verdict = text(json["verdict"]) ?? "unknown";
  return {
    id: text(json["profile"]) ?? "",
    label: text(json["label"]) ?? "?",
    handle: text(json["handle"]) ?? "",
    plan: text(usage["plan_label"]),
    state: stateOf(rank["tier"]) ?? STATE_OF_VERDICT.get(verdict) ?? "unknown",
    verdict,
    reason: text(json["verdict_reason"]) ?? "",
    serverVerdict: text(json["server_verdict"]),
    usableAt: instant(json["usable_at"]) ?? instant(rank["usable_at"]),
    cooldownUntil: instant(json["cooldown_until"]),
    isLeftOut: json["in_order"] === false,
    isAnswered: json["remote_usage_ok"] === true,
    credits: creditsOf(object(usage["credits"])),
    windows: objects(usage["windows"]).map(windowOf),
    failure: {
      reason: text(error["reason"]),
      status: number(error["status"]),
      retryAfter: number(error["retry_after_seconds"]),
      resetsAt: instant(error["resets_at"]),
    },
    earlierState: stateOf(rank["earlier_tier"]),
    earlierAt: instant(rank["earlier_at"]),
  };
}

/** @type {State[]} */
const STATES = ["ready", "low", "unknown", "overage", "wait", "broken"];

/** @type {Map<string, State>} */
const STATE_OF_VERDICT = new Map([
  ["usable", "ready"],
  ["usable_at_cost", "overage"],
  ["wait", "wait"],
  ["broken", "broken"],
]);

/** @param {unknown} tier @returns {State | null} */
function stateOf(tier) {
  return STATES.find((state) => state === tier) ?? null;
}

/** @param {Json} credits */
function creditsOf(credits) {
  if (credits["unlimited"] === true) return "∞";
  const balance = number(credits["balance"]);
  if (credits["has_credits"] !== true || balance === null || balance <= 0) return null;
  return balance < 1 ? String(balance) : String(Math.trunc(balance));
}

/** @param {Json} json @returns {UsageWindow} */
function windowOf(json) {
  const pace = object(json["pace"]);
  const role = json["role"];
  return {
    role: role === "session" || role === "weekly" || role === "monthly" ? role : "other",
    label: text(json["label"]),
    seconds: number(json["limit_window_seconds"]),
    left: percent(json["remaining_percent"]),
    resetsAt: instant(json["resets_at"]),
    state: text(json["state"]) ?? "running",
    evenLeft: percent(pace["even_remaining_percent"]),
    emptyAt: instant(pace["runs_out_at"]),
  };
}

/** @param {unknown} raw @returns {Advice | null} */
function adviceOf(raw) {
  if (raw === null || raw === undefined) return null;
  const json = object(raw);
  return {
    next: text(json["next"]),
    decidedBy: text(json["decided_by"]),
    orderCommand: commandOf(json["order_command"]),
  };
}

/** Joins the words of a command. @param {unknown} raw */
function commandOf(raw) {
  const words = list(raw).flatMap((word) => text(word) ?? []);
  return words.length > 0 ? words.join(" ") : null;
}

/** @param {Json} json @returns {Expiring} */
function expiringOf(json) {
  return {
    label: text(json["label"]) ?? "?",
    seconds: number(json["limit_window_seconds"]),
    left: percent(json["remaining_percent"]) ?? 0,
    isAtPace: json["at_present_pace"] === true,
    at: instant(json["resets_at"]),
  };
}

/** @param {Json} json @returns {Banked} */
function bankedOf(json) {
  return {
    label: text(json["label"]) ?? "?",
    available: number(json["available"]) ?? 0,
    expiresAt: instant(json["next_expires_at"]),
  };
}

/** Turns the ids of each group into labels. @param {unknown} raw @param {Profile[]} profiles */
function duplicatesOf(raw, profiles) {
  const labels = new Map(profiles.map((profile) => [profile.id, profile.label]));
  const groups = list(raw).map((group) => list(group).flatMap((id) => labels.get(text(id) ?? "") ?? text(id) ?? []));
  return groups.filter((group) => group.length > 1);
}

/**
 * Reads the optional member `history`, null where it is absent:
 *
 *     "history": [
 *       {
 *         "profile": "work",                 the label, as in `profiles[].label`
 *         "days": [                          oldest first, at most 28
 *           {"date": "2026-11-02", "used_percent": 11.5}
 *         ],
 *         "resets": ["2026-11-07T18:44:00+01:00"]
 *       }
 *     ]
 *
 * `date` is a civil date in the document's zone. `used_percent` is the share of the long window
 * (a week, or a month on plans without one) that was used on that day; it can exceed 100 where a
 * reset lies within the day, and is null where nothing was read. `resets` are the instants at which
 * that window reset, within those days. `[]` says that history is kept and nothing is in it yet.
 *
 * @param {unknown} raw @returns {DayHistory[] | null}
 */
function historyOf(raw) {
  if (!Array.isArray(raw)) return null;
  return objects(raw).map((json) => ({
    label: text(json["profile"]) ?? "?",
    days: objects(json["days"]).flatMap(dayOf).slice(-28),
    resets: list(json["resets"]).flatMap((at) => instant(at) ?? []),
  }));
}

/** @param {Json} json @returns {Day[]} */
function dayOf(json) {
  const date = text(json["date"]);
  const at = date !== null && /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(date) : Number.NaN;
  const used = number(json["used_percent"]);
  return Number.isNaN(at) ? [] : [{ date: at, used: used === null ? null : Math.max(0, used) }];
}

/** RFC 3339, in milliseconds. @param {unknown} value */
function instant(value) {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return at > 0 && at < 1e14 ? at : null;
}

/** @param {unknown} value */
function percent(value) {
  const share = number(value);
  return share === null ? null : Math.min(100, Math.max(0, share));
}

/** A number, or one that is written as a string. @param {unknown} value */
function number(value) {
  const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read) ? read : null;
}

/** Text in which what cannot be seen, or turns other text round, can be seen. @param {unknown} value */
function text(value) {
  return typeof value === "string" && value !== "" ? value.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, REPLACEMENT) : null;
}

/** @param {unknown} value @returns {unknown[]} */
function list(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {unknown} value @returns {Json} */
function object(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? /** @type {Json} */ (value) : {};
}

/** @param {unknown} value @returns {Json[]} */
function objects(value) {
  return list(value).filter((one) => one !== null && typeof one === "object").map(object);
}
