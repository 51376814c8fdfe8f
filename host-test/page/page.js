// @ts-check
/** Gets the document, shows it, and keeps it up to date. */

const CHECK_TIMEOUT = 90_000;
const READ_TIMEOUT = 20_000;

/** Where a newer document is found. Null in a snapshot. */
const source = document.documentElement.dataset["source"] ?? null;

const askedLanguage = new URLSearchParams(location.search).get("lang");

const state = {
  /** The document that is shown, as it was read. */
  shown: "",
  /** @type {Usage | null} */
  usage: null,
  /** Why the last request failed. @type {((speech: Speech) => string) | null} */
  failure: null,
  isChecking: false,
  isAsking: false,
  lastAskedAt: 0,
  /** The civil day on which times were last said. */
  day: 0,
};

/** The document's language unless the address asks for another. @returns {Language} */
function language() {
  const asked = askedLanguage ?? state.usage?.language ?? navigator.language;
  return asked.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function speech() {
  return new Speech(language(), state.usage?.zone ?? "", Date.now());
}

/** Asks for a newer document. @param {"read" | "check"} how */
async function ask(how) {
  if (source === null || state.isAsking) return;
  state.isAsking = true;
  state.lastAskedAt = Date.now();
  const failure = await fetched(source, how);
  state.isAsking = false;
  const isNews = failure !== null && state.failure === null;
  state.failure = failure;
  if (how === "check") state.isChecking = false;
  render();
  if (failure !== null && (isNews || how === "check")) announce(failure(speech()));
  else if (how === "check") announce(speech().words.checked);
}

/** Takes what the address answers. @param {string} from @param {"read" | "check"} how @returns {Promise<typeof state.failure>} */
async function fetched(from, how) {
  const address = new URL(from, document.baseURI);
  if (how === "check") address.searchParams.set("check", "1");
  if (askedLanguage !== null) address.searchParams.set("lang", askedLanguage);
  const at = Date.now();
  try {
    const timeout = how === "check" ? CHECK_TIMEOUT : READ_TIMEOUT;
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(timeout) });
    const { status } = answer;
    if (status === 401 || status === 403) return (speech) => speech.words.refused(speech.clock(at), status);
    if (!answer.ok) return (speech) => speech.words.faulty(speech.clock(at), status);
    return take(await answer.text()) ? null : (speech) => speech.words.unreadable(speech.clock(at));
  } catch {
    return (speech) => speech.words.noAnswer(speech.clock(at));
  }
}

/** Keeps a document if it is one. @param {string} text */
function take(text) {
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
  if (state.isChecking || state.isAsking) return;
  state.isChecking = true;
  render();
  announce(speech().words.checking);
  void ask("check");
}

/** Draws everything anew, and leaves the reader where they were. */
function render() {
  const page = document.getElementById("page");
  if (!page) return;
  const said = speech();
  document.documentElement.lang = said.language === "zh" ? "zh-CN" : "en";
  state.day = civil(said.now, said.zone).day;
  const focus = document.activeElement?.id ?? "";
  const opened = [...document.querySelectorAll("details[open]")].map((details) => details.id);
  page.replaceChildren(header(said), main(said));
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (focus !== "") document.getElementById(focus)?.focus({ preventScroll: true });
}

/** @param {Speech} said */
function header(said) {
  const { words } = said;
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
    usage !== null && usage.checkedAt > 0 && readAt(said, usage),
    source === null && element("p", { class: "note" }, words.snapshot),
    trouble(said),
  );
}

/** @param {typeof ENGLISH} words */
function checkButton(words) {
  const label = state.isChecking ? words.checking : words.checkNow;
  const button = element("button", { type: "button", id: "check", "aria-disabled": String(state.isChecking) }, label);
  button.addEventListener("click", checkNow);
  return button;
}

/** @param {Speech} said @param {Usage} usage */
function readAt(said, usage) {
  const [before, after] = said.words.read(said.moment(usage.checkedAt), "\n").split("\n");
  const isStale = state.failure !== null || Math.abs(said.now - usage.checkedAt) > FRESH;
  return element(
    "p",
    { class: "read" },
    usage.isDemo && `${said.words.demoNote} · `,
    before ?? "",
    passing(said, "ago", usage.checkedAt),
    after ?? "",
    isStale && element("span", { class: "stale" }, said.words.stale),
  );
}

/** @param {Speech} said */
function trouble(said) {
  const { usage, failure } = state;
  if (failure === null) return null;
  const old = usage !== null && usage.checkedAt > 0 ? said.words.oldNumbers(said.clock(usage.checkedAt)) : said.words.triesAgain;
  return element("p", { class: "trouble" }, `${failure(said)} `, old);
}

/** @param {Speech} said */
function main(said) {
  const { usage } = state;
  if (usage === null) return element("main", {}, element("p", { class: "none" }, said.words.noReading));
  if (usage.error !== null) return element("main", {}, element("p", { class: "trouble" }, usage.error));
  const commands = new Commands(source === null);
  return element(
    "main",
    {},
    answerSection(said, usage, commands),
    profilesSection(said, usage, commands),
    weekSection(said, usage),
    historySection(said, usage),
    element("div", { class: "pair" }, bankedSection(said, usage), findingsSection(said, usage)),
  );
}

/** Lets a minute pass. */
function pass() {
  const said = speech();
  if (civil(said.now, said.zone).day !== state.day) render();
  else passTime(said);
  if (!document.hidden && Date.now() - state.lastAskedAt >= MINUTE - 1000) void ask("read");
}

/** Follows the theme that the gateway's Control UI tells its frames. @param {MessageEvent} event */
function followTheme(event) {
  if (window.parent === window || event.source !== window.parent || event.data?.type !== "openclaw:widget-theme") return;
  document.documentElement.dataset["theme"] = event.data.mode === "dark" ? "dark" : "light";
}

window.addEventListener("message", followTheme);
document.addEventListener("visibilitychange", pass);
setInterval(pass, MINUTE);
const embedded = document.getElementById("document")?.textContent.trim() ?? "";
if (embedded !== "") take(embedded);
render();
if (embedded === "") void ask("read");
