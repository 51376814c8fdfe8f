// @ts-check
/** Bars, the week ahead and the charts of 28 days. Places are percentages, so that every chart fits any width. */

const WEEK = 7 * DAY;
const HISTORY_DAYS = 28;

/** Bar of the percent left in a window, with a mark where even use would be. @param {UsageWindow} window @param {boolean} isUsable */
function meter(window, isUsable) {
  const left = window.left ?? 0;
  const kind = !isUsable ? "idle" : left < 10 || window.emptyAt !== null ? "warn" : "good";
  return svg(
    "svg",
    { class: "meter", "aria-hidden": "true" },
    svg("rect", { class: "rest", width: "100%", height: "100%", rx: 5 }),
    left > 0 && svg("rect", { class: kind, width: `${Math.max(left, 1.5)}%`, height: "100%", rx: 5 }),
    window.evenLeft !== null && svg("rect", { class: "even", x: `${Math.min(window.evenLeft, 99)}%`, width: 2, height: "100%" }),
  );
}

/** A stretch of the week ahead. @typedef {{from: number, until: number, kind: "ready" | "overage" | "wait" | "empty"}} Span */

/**
 * One profile's week ahead.
 *
 * @typedef {object} Track
 * @property {Profile} profile
 * @property {Span[]} spans
 * @property {UsageWindow[]} resets those that lie in the week
 * @property {boolean} isOpen nobody knows when the first span ends
 */

/** Returns null where nothing certain is known of now. @param {Profile} profile @param {number} from @returns {Track | null} */
function trackOf(profile, from) {
  if (profile.state === "unknown" || profile.state === "broken") return null;
  const end = from + WEEK;
  /** @type {Span[]} */
  const facts = [];
  const isOpen = !isUsable(profile) && profile.usableAt === null;
  if (profile.state === "overage" || profile.state === "wait") {
    facts.push({ from, until: profile.usableAt ?? end, kind: profile.state });
  }
  if (profile.cooldownUntil !== null && profile.cooldownUntil > from) facts.push({ from, until: profile.cooldownUntil, kind: "wait" });
  /** @type {Span[]} */
  const empty = profile.windows.flatMap(({ emptyAt, resetsAt }) =>
    emptyAt === null ? [] : [{ from: emptyAt, until: resetsAt ?? end, kind: "empty" }],
  );
  const resets = profile.windows.filter(({ state, resetsAt }) => state === "running" && resetsAt !== null && resetsAt > from && resetsAt < end);
  return { profile, spans: weekSpans([...facts, ...empty], from, end), resets, isOpen };
}

/** Cuts the week so that at each moment the first of the spans holds, and ready where none does. @param {Span[]} spans @param {number} from @param {number} end */
function weekSpans(spans, from, end) {
  const cuts = spans.flatMap((span) => [span.from, span.until]).filter((at) => at > from && at < end);
  const edges = [...new Set([from, ...cuts, end])].toSorted((one, other) => one - other);
  /** @type {Span[]} */
  const found = [];
  edges.slice(0, -1).forEach((begin, place) => {
    const kind = spans.find((span) => span.from <= begin && span.until > begin)?.kind ?? "ready";
    const last = found.at(-1);
    const until = edges[place + 1] ?? end;
    if (last?.kind === kind) last.until = until;
    else found.push({ from: begin, until, kind });
  });
  return found;
}

/** @param {number} at @param {number} from @param {number} length */
function place(at, from, length) {
  return `${(Math.min(1, Math.max(0, (at - from) / length)) * 100).toFixed(3)}%`;
}

/** @param {Context} context @param {Track} track @param {number} from @param {number[]} days */
function drawnTrack(context, track, from, days) {
  const share = (/** @type {number} */ length) => `${((length / WEEK) * 100).toFixed(3)}%`;
  return svg(
    "svg",
    { class: "track", "aria-hidden": "true" },
    ...days.map((at) => svg("line", { class: "day", x1: place(at, from, WEEK), x2: place(at, from, WEEK), y1: 0, y2: "100%" })),
    ...track.spans.map(({ from: begin, until, kind }) =>
      svg(
        "svg",
        { x: place(begin, from, WEEK), width: share(until - begin), overflow: "visible" },
        svg("title", {}, `${context.words.legend[kind]} · ${context.clock(begin)} – ${context.clock(until)}`),
        svg("rect", { class: `span ${kind}`, y: 9, height: 10, rx: kind === "empty" ? 0 : 2 }),
      ),
    ),
    ...track.resets.map((window) =>
      svg(
        "svg",
        { x: place(window.resetsAt ?? from, from, WEEK), overflow: "visible" },
        svg("title", {}, context.words.resetTrack(context.window(window), context.clock(window.resetsAt ?? from))),
        svg("path", { class: "reset", d: isShort(window) ? "M0 10 L3 14 L0 18 L-3 14 Z" : "M0 6 L5 14 L0 22 L-5 14 Z" }),
      ),
    ),
    track.isOpen && svg("text", { class: "open", x: "99%", y: 18, "text-anchor": "end" }, "?"),
  );
}

/** The days over the tracks. @param {Context} context @param {number} from @param {number[]} days */
function axis(context, from, days) {
  // In the middle of its day, or of what the week shows of it.
  const middle = (/** @type {number} */ at) => (at + Math.min(at + DAY, from + WEEK)) / 2;
  const label = (/** @type {number} */ at) => {
    const day = civil(at, context.zone);
    return svg(
      "text",
      // Beside the word for now there is room for it on a wide page only.
      { x: place(middle(at), from, WEEK), y: 14, "text-anchor": "middle", class: middle(at) < from + 1.1 * DAY ? "wide" : "" },
      context.weekday(day.weekday),
      svg("tspan", { class: "wide" }, ` ${context.dayOfMonth(day)}`),
    );
  };
  const hasRoom = (/** @type {number} */ at) => middle(at) > from + 0.75 * DAY && middle(at) < from + 6.7 * DAY;
  const isNow = Math.abs(context.now - from) <= FRESH;
  return svg(
    "svg",
    { class: "axis", "aria-hidden": "true" },
    svg("text", { x: 0, y: 14, class: "now" }, isNow ? context.words.now : context.clock(from)),
    ...days.filter(hasRoom).map(label),
  );
}

/** Describes a track in words. @param {Context} context @param {Track} track */
function trackText(context, track) {
  const { words } = context;
  const first = track.spans[0];
  const until = first ? context.clock(first.until) : "";
  const now = {
    ready: words.readyTrack,
    empty: words.readyTrack,
    wait: track.isOpen ? words.waitTrackOpen : words.waitTrack(until),
    overage: track.isOpen ? words.overageTrackOpen : words.overageTrack(until),
  };
  const empties = track.profile.windows.flatMap((window) =>
    window.emptyAt !== null && window.resetsAt !== null
      ? [words.emptyTrack(context.window(window), context.clock(window.emptyAt), context.clock(window.resetsAt))]
      : [],
  );
  const resets = track.resets.map((window) => words.resetTrack(context.window(window), context.clock(window.resetsAt ?? 0)));
  return [now[first?.kind ?? "ready"], ...empties, ...resets].join("; ");
}

/** The days of a history that lie in the last 28, by their place. @param {DayHistory} history @param {number} today */
function recentDays(history, today) {
  return history.days
    .map((day) => ({ ...day, place: HISTORY_DAYS - 1 - (today - Math.floor(day.date / DAY)) }))
    .filter((day) => day.place >= 0 && day.place < HISTORY_DAYS);
}

/** The top of every chart, so that they compare. @param {DayHistory[]} histories @param {number} today */
function topOf(histories, today) {
  const used = histories.flatMap((history) => recentDays(history, today).map((day) => day.used ?? 0));
  const most = Math.min(100, Math.max(10, ...used));
  return Math.ceil(most / 10) * 10;
}

/** Used per day, with a line where the window reset. @param {Context} context @param {DayHistory} history @param {number} today @param {number} top */
function historyChart(context, history, today, top) {
  const slot = 100 / HISTORY_DAYS;
  const begin = (today - HISTORY_DAYS + 1) * DAY;
  const resets = history.resets.map((at) => ({ at, share: (civil(at, context.zone).wall - begin) / (HISTORY_DAYS * DAY) }));
  return svg(
    "svg",
    { class: "days", "aria-hidden": "true" },
    svg("line", { class: "base", x1: 0, x2: "100%", y1: "100%", y2: "100%" }),
    ...resets
      .filter(({ share }) => share >= 0 && share <= 1)
      .map(({ at, share }) =>
        svg(
          "svg",
          { x: `${(share * 100).toFixed(3)}%`, overflow: "visible" },
          svg("title", {}, `${context.words.historyReset} · ${context.clock(at)}`),
          svg("line", { class: "turn", y1: 8, y2: "100%" }),
          svg("path", { class: "reset", d: "M0 0 L4 5 L0 10 L-4 5 Z" }),
        ),
      ),
    ...recentDays(history, today).map(({ date, used, place }) => {
      const height = Math.min(1, (used ?? 0) / top) * 80;
      const bar = { x: `${(slot * (place + 0.15)).toFixed(3)}%`, width: `${(slot * 0.7).toFixed(3)}%`, rx: 1 };
      const said = used === null ? context.words.noDays : `${context.percent(used)}%`;
      return svg(
        "rect",
        { class: used === null ? "none" : "used", ...bar, y: `${100 - Math.max(height, 2)}%`, height: `${Math.max(height, 2)}%` },
        svg("title", {}, `${context.date(civilDate(date))} · ${said}`),
      );
    }),
  );
}
