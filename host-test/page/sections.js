// @ts-check
/** The parts of the page, from the answer down to the findings. */

/** Profiles that a list shows before the rest is folded away. */
const UNFOLDED = 24;

/** @param {string} id @param {string} title @param {Child[]} children */
function section(id, title, ...children) {
  return element("section", { "aria-labelledby": id, class: id }, element("h2", { id }, title), ...children);
}

/** The name and the sign that a profile has everywhere. @param {Profile} profile */
function named(profile) {
  return element("span", { class: "named" }, element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[profile.state]), element("bdi", {}, profile.label));
}

/** Shows the first few of a list, and the rest behind a button. @param {Context} context @param {string} kind @param {Element[]} items */
function folded(context, kind, items) {
  const list = element("ul", { class: kind }, ...items.slice(0, UNFOLDED));
  const rest = items.slice(UNFOLDED);
  if (rest.length === 0) return [list];
  const more = element("details", { id: `more ${kind}` }, element("summary", {}, context.words.more(rest.length)), element("ul", { class: kind }, ...rest));
  return [list, more];
}

/** @param {Context} context @param {Usage} usage @param {Commands} commands */
function answerSection(context, usage, commands) {
  const { words } = context;
  const answer = answerOf(context, usage, commands);
  const ready = usage.profiles.filter(isUsable).length;
  const facts = [
    words.readyOf(ready, usage.profiles.length),
    usage.nextBack && words.backNext(isolated(usage.nextBack.label), context.clock(usage.nextBack.at)),
    usage.allEmptyAt !== null && words.allEmpty(context.clock(usage.allEmptyAt)),
  ];
  return element(
    "section",
    { "aria-labelledby": "answer", class: "answer" },
    element("h2", { id: "answer" }, element("span", { class: "arrow", "aria-hidden": "true" }, "▶ "), answer.head),
    ...answer.lines.map((line) => lineElement(context, line)),
    usage.profiles.length > 1 && element("p", { class: "facts" }, facts.filter(Boolean).join(" · ")),
    order(context, usage),
  );
}

/** A reason with the command that repairs it. @param {Context} context @param {Line} line */
function lineElement(context, line) {
  const sign = line.isWarning === true && element("span", { "aria-hidden": "true" }, "⚠ ");
  const repair = typeof line.command === "string" && element("span", { class: "repair" }, copyable(context, line.command));
  const wait = typeof line.until === "number" ? [" · ", relativeTime(context, "countdown", line.until)] : [];
  return element("p", { class: line.isWarning ? "reason warned" : "reason" }, sign, line.text, ...wait, repair);
}

/** The order that would follow. @param {Context} context @param {Usage} usage */
function order(context, usage) {
  const command = usage.advice?.orderCommand ?? null;
  if (command === null) return null;
  const broken = usage.profiles.filter((profile) => profile.state === "broken" && !profile.isLeftOut).map((profile) => profile.label);
  const { words } = context;
  return element(
    "div",
    { class: "order" },
    element("p", {}, words.toSwitch),
    copyable(context, command),
    broken.length > 0 && element("p", { class: "aside" }, words.leftOut(context.names(broken))),
  );
}

/** @param {Context} context @param {Usage} usage @param {Commands} commands */
function profilesSection(context, usage, commands) {
  const { words } = context;
  const hasPace = usage.profiles.some((profile) => profile.windows.some((window) => window.evenLeft !== null));
  return section(
    "profiles",
    words.profiles,
    ...folded(context, "rows", usage.profiles.map((profile) => profileRow(context, profile, commands))),
    hasPace && element("p", { class: "note" }, words.evenUse),
  );
}

/** @param {Context} context @param {Profile} profile @param {Commands} commands */
function profileRow(context, profile, commands) {
  return element(
    "li",
    { class: `row ${profile.state}` },
    element(
      "div",
      { class: "who" },
      element("h3", {}, named(profile), profile.plan !== null && element("span", { class: "plan" }, element("bdi", {}, profile.plan))),
      ...reasonsOf(context, profile, commands).map((line) => lineElement(context, line)),
    ),
    ...windowCells(context, profile),
  );
}

/** The 5 hours, then every longer window. @param {Context} context @param {Profile} profile */
function windowCells(context, profile) {
  if (profile.windows.length === 0) return [];
  const [short, long] = [profile.windows.filter(isShort), profile.windows.filter((window) => !isShort(window))];
  const usable = isUsable(profile);
  // A window of unknown length may be the one that is missed.
  const isUnclear = profile.windows.some((window) => window.role === "other" && window.seconds === null);
  const { noSession, sessionUnknown, weekUnknown } = context.words;
  const cell = (/** @type {UsageWindow[]} */ windows, /** @type {string} */ none) => {
    const cells = windows.map((window) => windowCell(context, window, usable));
    return element("div", { class: "cell" }, ...(cells.length > 0 ? cells : [element("p", { class: "aside" }, none)]));
  };
  return [cell(short, isUnclear ? sessionUnknown : noSession), cell(long, weekUnknown)];
}

/** @param {Context} context @param {UsageWindow} window @param {boolean} usable */
function windowCell(context, window, usable) {
  const { words } = context;
  const left = window.left === null ? words.leftUnknown : words.left(context.percent(window.left));
  return element(
    "div",
    { class: "window" },
    element("p", { class: "amount" }, element("span", { class: "label" }, context.window(window)), " ", element("strong", {}, left)),
    window.left === null ? null : meter(window, usable),
    element("p", { class: "when" }, ...resetText(context, window)),
  );
}

/** @param {Context} context @param {UsageWindow} window @returns {Child[]} */
function resetText(context, window) {
  const { words } = context;
  if (window.resetsAt === null) return [words.resetUnknown];
  if (window.state === "not_started") return [words.startsOnUse];
  if (window.state === "due") return [words.due];
  if (window.state === "inconsistent") return [words.inconsistent];
  const at = element("time", { datetime: new Date(window.resetsAt).toISOString() }, words.resets(context.clock(window.resetsAt)));
  return [at, " · ", relativeTime(context, "countdown", window.resetsAt)];
}

/** @param {Context} context @param {Usage} usage */
function weekSection(context, usage) {
  const { words } = context;
  const from = usage.checkedAt;
  const days = midnights(from, from + WEEK, context.zone);
  const tracks = usage.profiles.flatMap((profile) => trackOf(profile, from) ?? []);
  const missing = usage.profiles.filter((profile) => profile.state === "unknown" || profile.state === "broken");
  const kinds = new Set(tracks.flatMap((track) => track.spans.map((span) => span.kind)));
  const items = tracks.map((track) =>
    element("li", {}, named(track.profile), visuallyHidden(`: ${trackText(context, track)}`), drawnTrack(context, track, from, days)),
  );
  return section(
    "week",
    words.weekAhead,
    tracks.length > 0 && element("div", { class: "axes" }, axis(context, from, days)),
    ...folded(context, "tracks", items),
    tracks.length > 0 && legend(words, kinds),
    missing.length > 0 && element("p", { class: "note" }, words.notDrawn(context.names(missing.map((profile) => profile.label)))),
  );
}

/** @param {typeof ENGLISH} words @param {Set<Span["kind"]>} kinds */
function legend(words, kinds) {
  const key = (/** @type {Element} */ mark, /** @type {string} */ label) =>
    element("li", {}, fill(svg("svg", { class: "key", "aria-hidden": "true" }), {}, [mark]), label);
  /** @type {Span["kind"][]} */
  const order = ["ready", "overage", "wait", "empty"];
  return element(
    "ul",
    { class: "legend" },
    ...order
      .filter((kind) => kinds.has(kind))
      .map((kind) => key(svg("rect", { class: `span ${kind}`, y: 3, height: 10, rx: kind === "empty" ? 0 : 2 }), words.legend[kind])),
    key(svg("path", { class: "reset", d: "M11 0 L16 8 L11 16 L6 8 Z" }), words.legend.reset),
  );
}

/** @param {Context} context @param {Usage} usage */
function historySection(context, usage) {
  const { words } = context;
  const histories = usage.history ?? [];
  const none = element("p", { class: "none" }, words.noHistory, " ", element("span", { class: "aside" }, words.noHistoryHint));
  if (histories.length === 0) return section("history", words.history, none);
  const today = civil(usage.checkedAt, context.zone).day;
  const top = topOf(histories, today);
  const places = new Map(usage.profiles.map((profile, place) => [profile.label, place]));
  const sorted = histories.toSorted((one, other) => (places.get(one.label) ?? 999) - (places.get(other.label) ?? 999));
  const first = civilDate((today - HISTORY_DAYS + 1) * DAY);
  const range = `${context.dayOfMonth(first)} – ${context.dayOfMonth(civilDate(today * DAY))}`;
  return section(
    "history",
    words.history,
    ...folded(context, "charts", sorted.map((history) => historyItem(context, history, today, top))),
    element("p", { class: "note" }, `${range} · ${words.historyLegend(String(top))} ◆ ${words.historyReset}`),
  );
}

/** @param {Context} context @param {DayHistory} history @param {number} today @param {number} top */
function historyItem(context, history, today, top) {
  const { words } = context;
  const read = recentDays(history, today).filter((day) => day.used !== null);
  const most = read.toSorted((one, other) => (other.used ?? 0) - (one.used ?? 0))[0];
  const sum = read.reduce((total, day) => total + (day.used ?? 0), 0);
  const head = element("p", { class: "amount" }, element("bdi", { class: "label" }, history.label), " ");
  if (most === undefined) return element("li", {}, fill(head, {}, [element("span", { class: "aside" }, words.noDays)]));
  const text = words.historyText(read.length, context.percent(most.used ?? 0), context.date(civilDate(most.date)), history.resets.length);
  head.append(element("strong", {}, words.average(context.percent(Math.round(sum / read.length)))), visuallyHidden(`: ${text}`));
  return element("li", {}, head, historyChart(context, history, today, top));
}

/** @param {Context} context @param {Usage} usage */
function bankedSection(context, usage) {
  const { words } = context;
  if (usage.banked.length === 0) return section("banked", words.banked, element("p", { class: "none" }, words.noBanked));
  const items = usage.banked.map(({ label, available, expiresAt }) => {
    const when = expiresAt === null ? [words.expiryUnknown] : [words.expires(context.clock(expiresAt)), " · ", relativeTime(context, "countdown", expiresAt)];
    return element("li", {}, element("bdi", { class: "label" }, label), " · ", element("strong", {}, words.bankedCount(available)), " · ", ...when);
  });
  return section("banked", words.banked, ...folded(context, "plain", items), element("p", { class: "note" }, words.bankedNote));
}

/** @param {Context} context @param {Usage} usage */
function findingsSection(context, usage) {
  const { words } = context;
  const expiring = usage.expiring.flatMap(({ label, seconds, left, isAtPace, at }) => {
    const say = isAtPace ? words.expiring : words.expiringUpTo;
    const role = context.window({ seconds });
    return at === null ? [] : [say(isolated(label), String(Math.trunc(left)), role, context.clock(at))];
  });
  const shared = usage.duplicates.map((labels) => words.share(context.names(labels)));
  const room = usage.leftOut > 0 ? [words.noRoom(usage.leftOut)] : [];
  const items = [...expiring, ...usage.findings, ...shared, ...room].map((text) => element("li", {}, text));
  const found = items.length === 0 ? [element("p", { class: "none" }, words.noFindings)] : folded(context, "plain", items);
  return section("findings", words.findings, ...found);
}
