// @ts-check
/** Gets the document, shows it, and keeps it up to date. */

/** A host may check before it answers. */
const TIMEOUT = 90_000;

/** The address of newer documents. Null in a snapshot. */
const source = document.documentElement.dataset["source"] ?? null;

const askedLanguage = new URLSearchParams(location.search).get("lang");

const state = {
  /** The document that is shown, as it was read. */
  shown: "",
  /** @type {Usage | null} */
  usage: null,
  /** The sentence on the last request, if it failed. @type {((context: Context) => string) | null} */
  failure: null,
  isChecking: false,
  /** The request that is under way. @type {Promise<void> | null} */
  refreshing: null,
  lastRefreshAt: 0,
  /** The civil day of the last drawing. */
  day: 0,
};

/** The document's language unless the address asks for another. @returns {Language} */
function language() {
  const asked = askedLanguage ?? state.usage?.language ?? navigator.language;
  return asked.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function currentContext() {
  return new Context(language(), state.usage?.zone ?? "", Date.now());
}

/** Asks for a newer document, one request at a time. @param {"read" | "check"} how */
async function refresh(how) {
  if (source === null) return;
  await state.refreshing;
  state.lastRefreshAt = Date.now();
  state.refreshing = refreshFrom(source, how);
  await state.refreshing;
  state.refreshing = null;
}

/** @param {string} from @param {"read" | "check"} how */
async function refreshFrom(from, how) {
  const { shown, failure: before } = state;
  const failure = await fetchDocument(from, how);
  state.failure = failure;
  if (how === "check") state.isChecking = false;
  // A page that shows the same is left alone, with what the reader has selected in it.
  if (state.shown !== shown || failure !== before || how === "check") render();
  if (failure !== null && (before === null || how === "check")) announce(failure(currentContext()));
  else if (how === "check") announce(currentContext().words.checked);
}

/** Keeps the document that the address answers, or returns the sentence on the failure. @param {string} from @param {"read" | "check"} how @returns {Promise<typeof state.failure>} */
async function fetchDocument(from, how) {
  const address = new URL(from, document.baseURI);
  if (how === "check") address.searchParams.set("check", "1");
  if (askedLanguage !== null) address.searchParams.set("lang", askedLanguage);
  const at = Date.now();
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
    const { status } = answer;
    if (status === 401 || status === 403) return (context) => context.words.refused(context.clock(at), status);
    if (!answer.ok) return (context) => context.words.faulty(context.clock(at), status);
    return keep(await answer.text()) ? null : (context) => context.words.unreadable(context.clock(at));
  } catch {
    return (context) => context.words.noAnswer(context.clock(at));
  }
}

/** Keeps a document if it is one. @param {string} text */
function keep(text) {
  if (text === state.shown) return true;
  try {
    const usage = usageOf(JSON.parse(text));
    if (usage.checkedAt === 0 && usage.error === null) return false;
    state.usage = usage;
    state.shown = text;
    return true;
  } catch {
    return false;
  }
}

function checkNow() {
  if (state.isChecking) return;
  state.isChecking = true;
  render();
  announce(currentContext().words.checking);
  void refresh("check");
}

/** Draws everything anew, and keeps the focus and what is unfolded. */
function render() {
  const page = document.getElementById("page");
  if (!page) return;
  const context = currentContext();
  document.documentElement.lang = context.language === "zh" ? "zh-CN" : "en";
  state.day = civil(context.now, context.zone).day;
  const focus = document.activeElement?.id ?? "";
  const opened = [...document.querySelectorAll("details[open]")].map((details) => details.id);
  page.replaceChildren(header(context), main(context));
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (focus !== "") document.getElementById(focus)?.focus({ preventScroll: true });
}

/** @param {Context} context */
function header(context) {
  const { words } = context;
  const { usage } = state;
  return element(
    "header",
    {},
    element(
      "div",
      { class: "title" },
      element("h1", {}, words.title),
      usage?.isDemo === true && element("span", { class: "demo" }, words.demo),
      source !== null && checkButton(words),
    ),
    usage !== null && usage.checkedAt > 0 && readAt(context, usage),
    source === null && element("p", { class: "note" }, words.snapshot),
    failureNotice(context),
  );
}

/** @param {typeof ENGLISH} words */
function checkButton(words) {
  const label = state.isChecking ? words.checking : words.checkNow;
  const button = element("button", { type: "button", id: "check", "aria-disabled": String(state.isChecking) }, label);
  button.addEventListener("click", checkNow);
  return button;
}

/** @param {Context} context @param {Usage} usage */
function readAt(context, usage) {
  const [before, after] = context.words.read(context.moment(usage.checkedAt), "\n").split("\n");
  const isStale = state.failure !== null || Math.abs(context.now - usage.checkedAt) > FRESH;
  return element(
    "p",
    { class: "read" },
    usage.isDemo && `${context.words.demoNote} · `,
    before ?? "",
    relativeTime(context, "ago", usage.checkedAt),
    after ?? "",
    isStale && element("span", { class: "stale" }, context.words.stale),
  );
}

/** @param {Context} context */
function failureNotice(context) {
  const { usage, failure } = state;
  if (failure === null) return null;
  const old = usage !== null && usage.checkedAt > 0 ? context.words.oldNumbers(context.clock(usage.checkedAt)) : context.words.triesAgain;
  return element("p", { class: "failure" }, `${failure(context)} `, old);
}

/** @param {Context} context */
function main(context) {
  const { usage } = state;
  if (usage === null) return element("main", {}, element("p", { class: "none" }, context.words.noReading));
  if (usage.error !== null) return element("main", {}, element("p", { class: "failure" }, usage.error));
  const commands = new Commands(source === null);
  return element(
    "main",
    {},
    answerSection(context, usage, commands),
    profilesSection(context, usage, commands),
    weekSection(context, usage),
    historySection(context, usage),
    element("div", { class: "pair" }, bankedSection(context, usage), findingsSection(context, usage)),
  );
}

/** Brings the page up to date after a minute. */
function tick() {
  const context = currentContext();
  if (civil(context.now, context.zone).day !== state.day) render();
  else updateTimes(context);
  if (!document.hidden && state.refreshing === null && Date.now() - state.lastRefreshAt >= MINUTE - 1000) void refresh("read");
}

/** Follows the theme that the gateway's Control UI sends to its frames. @param {MessageEvent} event */
function followTheme(event) {
  if (window.parent === window || event.source !== window.parent || event.data?.type !== "openclaw:widget-theme") return;
  document.documentElement.dataset["theme"] = event.data.mode === "dark" ? "dark" : "light";
}

window.addEventListener("message", followTheme);
document.addEventListener("visibilitychange", tick);
setInterval(tick, MINUTE);
const embedded = document.getElementById("document")?.textContent.trim() ?? "";
if (embedded !== "") keep(embedded);
render();
if (state.usage === null || Date.now() - state.usage.checkedAt > MINUTE) void refresh("read");
