// @ts-check
/** Every word of the page in two languages, and times as people say them. */

/** @typedef {"en" | "zh"} Language */

/** Keeps a name from changing the direction or the order of the words around it. @param {string} name */
function isolated(name) {
  return `\u2068${name}\u2069`;
}

/** Sets digits apart from the Chinese character before them. @param {string} time */
function apart(time) {
  return /^\d/.test(time) ? ` ${time}` : time;
}

const ENGLISH = {
  title: "Codex usage",
  demo: "Demo",
  demoNote: "Made-up profiles",
  checkNow: "Check now",
  checking: "Running Codex usage checks now…",
  checked: "Checked.",
  copy: "Copy",
  copied: "Copied",
  copyByHand: "Selected. Press Ctrl+C or ⌘C to copy.",
  noReading: "No reading yet",
  noProfiles: "No Codex profiles",
  read: (/** @type {string} */ at, /** @type {string} */ ago) => `Read ${at} · ${ago}`,
  ago: (/** @type {string} */ span) => `${span} ago`,
  justNow: "just now",
  stale: "stale",
  snapshot: "A snapshot. For a new one: codex-profiler usage --html FILE",
  noAnswer: (/** @type {string} */ at) => `The gateway did not answer at ${at}. If it was restarted, reload this page.`,
  refused: (/** @type {string} */ at, /** @type {number} */ status) => `The gateway refused this page at ${at} (HTTP ${status}). Reload it.`,
  faulty: (/** @type {string} */ at, /** @type {number} */ status) => `The gateway had a problem at ${at} (HTTP ${status}).`,
  unreadable: (/** @type {string} */ at) => `The gateway's answer at ${at} could not be read.`,
  oldNumbers: (/** @type {string} */ at) => `These numbers are from ${at}. This page tries again every minute.`,
  triesAgain: "This page tries again every minute.",

  use: (/** @type {string} */ name) => `Use ${name} next`,
  onlyReady: (/** @type {string} */ name) => `${name} is ready`,
  onlyOne: (/** @type {string} */ name) => `${name}, your only profile`,
  nothingReady: "Nothing is ready now",
  isBack: (/** @type {string} */ name, /** @type {string} */ at) => `${name} is back ${at}.`,
  noResetKnown: "No reset time is known.",
  mayWork: (/** @type {string} */ names) => `Could not be checked, but may work: ${names}.`,
  nearlyUsedUp: "It is nearly used up.",
  emptyAbout: (/** @type {string} */ window, /** @type {string} */ at) => `At this pace its ${window} is empty about ${at}.`,
  then: (/** @type {string} */ name) => ` Then: ${name}.`,
  notInOrder: "It is not in the order, so the gateway won't use it.",
  readyOf: (/** @type {number} */ ready, /** @type {number} */ all) => `${ready} of ${all} ready`,
  backNext: (/** @type {string} */ name, /** @type {string} */ at) => `${name} is back ${at}`,
  allEmpty: (/** @type {string} */ at) => `at this pace everything is used up about ${at}`,
  toSwitch: "Nothing was switched. To use this order:",
  leftOut: (/** @type {string} */ names) => `Left out until repaired: ${names}`,

  why: {
    only: "It is your only quota.",
    tier: "It is in better shape than the rest.",
    reset: (/** @type {number} */ count, /** @type {string} */ window, /** @type {string} */ at) =>
      `Of the ${count} ready, its ${window} resets first (${at}).`,
    lostAtReset: "What is left at the reset is lost.",
    expires: "Its quota expires first.",
    settings: "Your settings put it first.",
    untouched: (/** @type {string} */ window) => `Its ${window} starts counting only when you first use it.`,
    inUse: "It is already in use; switching gains nothing.",
    mostLeft: (/** @type {number} */ count, /** @type {string} */ window) => `Of the ${count} ready, it has the most left of its ${window}.`,
    inOrder: "It is in the order, and the others are not.",
    tie: "A tie, so by name.",
    earlier: (/** @type {string} */ ago) => `It was ready ${ago}. It could not be checked now.`,
  },

  states: { ready: "ready", low: "nearly used up", unknown: "not checked", overage: "costs credits", wait: "waiting", broken: "signed out" },
  profiles: "Profiles",
  windows: { session: "5 hours", weekly: "week", monthly: "month" },
  window: "window",
  hours: (/** @type {number} */ count) => `${count} hours`,
  days: (/** @type {number} */ count) => `${count} days`,
  left: (/** @type {string} */ percent) => `${percent}% left`,
  leftUnknown: "not reported",
  noSession: "no 5-hour limit now",
  sessionUnknown: "5 hours not reported",
  weekUnknown: "week not reported",
  evenUse: "The line in a bar shows what even use would have left by now.",
  resets: (/** @type {string} */ at) => `resets ${at}`,
  resetUnknown: "reset not reported",
  startsOnUse: "starts on first use",
  due: "reset is due, check again",
  dueNow: "due now, check again",
  inconsistent: "the reported reset time makes no sense",
  countdown: (/** @type {string} */ span) => `in ${span}`,
  emptyShort: (/** @type {string} */ window, /** @type {string} */ at) => `${window} empty about ${at}`,

  weekAhead: "The week ahead",
  now: "now",
  legend: {
    ready: "ready",
    overage: "costs credits",
    wait: "waiting",
    empty: "empty at this pace (a projection)",
    reset: "resets",
  },
  readyTrack: "ready now",
  waitTrack: (/** @type {string} */ at) => `waiting until ${at}`,
  waitTrackOpen: "waiting, no reset time is known",
  overageTrack: (/** @type {string} */ at) => `costs credits until ${at}`,
  overageTrackOpen: "costs credits",
  emptyTrack: (/** @type {string} */ window, /** @type {string} */ from, /** @type {string} */ until) =>
    `at this pace ${window} empty about ${from} until ${until}`,
  resetTrack: (/** @type {string} */ window, /** @type {string} */ at) => `${window} resets ${at}`,
  notDrawn: (/** @type {string} */ names) => `Not drawn, because nothing certain is known: ${names}`,
  more: (/** @type {number} */ count) => `${count} more`,

  history: "The last 28 days",
  noHistory: "No history yet.",
  noHistoryHint: "It needs two checks a few hours apart.",
  noDays: "nothing read yet",
  average: (/** @type {string} */ percent) => `${percent}% a day`,
  historyText: (/** @type {number} */ days, /** @type {string} */ most, /** @type {string} */ date, /** @type {number} */ resets) =>
    `${days} days read, most ${most}% on ${date}, ${resets} ${resets === 1 ? "reset" : "resets"}`,
  historyLegend: (/** @type {string} */ top) => `Use per day. Every chart ends at ${top}%.`,
  historyReset: "reset",

  banked: "Banked resets",
  bankedNote: "This tool never uses them.",
  noBanked: "None reported",
  bankedCount: (/** @type {number} */ count) => `${count} banked`,
  expires: (/** @type {string} */ at) => `next expires ${at}`,
  expiryUnknown: "expiry not reported",

  findings: "Findings",
  noFindings: "No problem found",
  share: (/** @type {string} */ names) => `${names} share one account and quota (that is fine).`,
  noRoom: (/** @type {number} */ count) => `${count} more profiles did not fit into this check.`,
  expiring: (/** @type {string} */ name, /** @type {string} */ percent, /** @type {string} */ window, /** @type {string} */ at) =>
    `About ${percent}% of ${name}'s ${window} will expire unused ${at}.`,
  expiringUpTo: (/** @type {string} */ name, /** @type {string} */ percent, /** @type {string} */ window, /** @type {string} */ at) =>
    `Up to ${percent}% of ${name}'s ${window} will expire unused ${at}.`,
};

/** @type {typeof ENGLISH} */
const CHINESE = {
  title: "Codex 用量",
  demo: "演示",
  demoNote: "虚构的 profile",
  checkNow: "立即检查",
  checking: "正在检查 Codex 用量……",
  checked: "检查完成。",
  copy: "复制",
  copied: "已复制",
  copyByHand: "已选中，请按 Ctrl+C 或 ⌘C 复制。",
  noReading: "还没有数据",
  noProfiles: "没有 Codex profile",
  read: (at, ago) => `读取于${apart(at)} · ${ago}`,
  ago: (span) => `${span}前`,
  justNow: "刚刚",
  stale: "已过时",
  snapshot: "这是一份快照。要新的：codex-profiler usage --html FILE",
  noAnswer: (at) => `${at} 网关没有应答。如果网关重启过，请重新加载本页。`,
  refused: (at, status) => `${at} 网关拒绝了本页的请求（HTTP ${status}）。请重新加载。`,
  faulty: (at, status) => `${at} 网关出了问题（HTTP ${status}）。`,
  unreadable: (at) => `${at} 网关的应答无法读取。`,
  oldNumbers: (at) => `以下是 ${at} 的数据。本页每分钟重试一次。`,
  triesAgain: "本页每分钟重试一次。",

  use: (name) => `下一个用 ${name}`,
  onlyReady: (name) => `${name} 可用`,
  onlyOne: (name) => `${name}，唯一的 profile`,
  nothingReady: "现在都不可用",
  isBack: (name, at) => `${name} 将于${apart(at)} 恢复。`,
  noResetKnown: "恢复时间未知。",
  mayWork: (names) => `没查成，但也许可用：${names}。`,
  nearlyUsedUp: "即将用完。",
  emptyAbout: (window, at) => `照此速度，${window}约${apart(at)} 用完。`,
  then: (name) => `之后：${name}。`,
  notInOrder: "它不在顺序中，网关不会使用。",
  readyOf: (ready, all) => `${all} 个中 ${ready} 个可用`,
  backNext: (name, at) => `${name} ${at} 恢复`,
  allEmpty: (at) => `照此速度约${apart(at)} 全部用完`,
  toSwitch: "没有切换。要按此排序：",
  leftOut: (names) => `未包含（需先修复）：${names}`,

  why: {
    only: "这是唯一的额度。",
    tier: "它的状态比其他的好。",
    reset: (count, window, at) => `${count} 个可用的当中，它的${window}最先重置（${at}）。`,
    lostAtReset: "重置时没用完的就作废。",
    expires: "它的额度最先到期。",
    settings: "您的设置把它排在最前。",
    untouched: (window) => `它的${window}要等首次使用才开始计时。`,
    inUse: "正在使用，切换没有好处。",
    mostLeft: (count, window) => `${count} 个可用的当中，它的${window}剩得最多。`,
    inOrder: "它在顺序中，其他的不在。",
    tie: "条件相同，按名称选取。",
    earlier: (ago) => `${ago}可用，这次没查成。`,
  },

  states: { ready: "可用", low: "即将用完", unknown: "没查成", overage: "会扣 credits", wait: "等待中", broken: "需重新登录" },
  profiles: "Profile",
  windows: { session: "5 小时额度", weekly: "周额度", monthly: "月额度" },
  window: "额度",
  hours: (count) => `${count} 小时额度`,
  days: (count) => `${count} 天额度`,
  left: (percent) => `剩 ${percent}%`,
  leftUnknown: "未报告",
  noSession: "目前无 5 小时限制",
  sessionUnknown: "5 小时额度未报告",
  weekUnknown: "周额度未报告",
  evenUse: "条中竖线：匀速使用到现在应剩的额度。",
  resets: (at) => `${at} 重置`,
  resetUnknown: "重置时间未报告",
  startsOnUse: "首次使用后开始计时",
  due: "已到重置时间，请再查一次",
  dueNow: "时间已到，请再查一次",
  inconsistent: "报告的重置时间不合理",
  countdown: (span) => `还有 ${span}`,
  emptyShort: (window, at) => `${window}约${apart(at)} 用完`,

  weekAhead: "未来一周",
  now: "现在",
  legend: { ready: "可用", overage: "会扣 credits", wait: "等待中", empty: "照此速度已用完（推测）", reset: "重置" },
  readyTrack: "现在可用",
  waitTrack: (at) => `等待到${apart(at)}`,
  waitTrackOpen: "等待中，恢复时间未知",
  overageTrack: (at) => `${at} 前会扣 credits`,
  overageTrackOpen: "会扣 credits",
  emptyTrack: (window, from, until) => `照此速度${window}约${apart(from)} 用完，${until} 重置`,
  resetTrack: (window, at) => `${window}${apart(at)} 重置`,
  notDrawn: (names) => `未画出（情况不明）：${names}`,
  more: (count) => `还有 ${count} 个`,

  history: "最近 28 天",
  noHistory: "还没有历史。",
  noHistoryHint: "相隔几小时检查两次之后才会有。",
  noDays: "还没有数据",
  average: (percent) => `每天 ${percent}%`,
  historyText: (days, most, date, resets) => `${days} 天有数据，最多的一天用了 ${most}%（${date}），重置 ${resets} 次`,
  historyLegend: (top) => `每天用量，各图上限均为 ${top}%。`,
  historyReset: "重置",

  banked: "可用的重置次数",
  bankedNote: "本工具不会使用。",
  noBanked: "没有报告",
  bankedCount: (count) => `${count} 次`,
  expires: (at) => `最早${apart(at)} 到期`,
  expiryUnknown: "到期时间未报告",

  findings: "需要留意",
  noFindings: "没有发现问题",
  share: (names) => `${names} 是同一个账号、共用一份额度（正常）。`,
  noRoom: (count) => `另有 ${count} 个 profile 这次放不下，没有检查。`,
  expiring: (name, percent, window, at) => `${name} 的${window}约有 ${percent}% 会在${apart(at)} 作废。`,
  expiringUpTo: (name, percent, window, at) => `${name} 的${window}至多 ${percent}% 会在${apart(at)} 作废。`,
};

/** The sign of each state, the same everywhere. @type {Record<State, string>} */
const SIGNS = { ready: "✅", low: "🟡", unknown: "❓", overage: "💳", wait: "⏳", broken: "❌" };

const WEEKDAYS = {
  en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
  zh: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Most names in one sentence. */
const MOST_NAMES = 8;

/** Words and times for one reader at one moment. */
class Context {
  /** @param {Language} language @param {string} zone @param {number} now */
  constructor(language, zone, now) {
    this.language = language;
    this.words = language === "zh" ? CHINESE : ENGLISH;
    this.zone = zone;
    this.now = now;
  }

  /** `17:59` today, `Sat 18:44` up to six days ahead, else `Sun 6 Dec 15:59`. @param {number} at */
  clock(at) {
    const point = civil(at, this.zone);
    const days = point.day - civil(this.now, this.zone).day;
    if (days === 0) return point.time;
    if (days > 0 && days <= 6) return `${this.weekday(point.weekday)} ${point.time}`;
    return `${this.date(point)} ${point.time}`;
  }

  /** `Sun 6 Dec` @param {{weekday: number, date: number, month: number}} day */
  date(day) {
    if (this.language === "zh") return `${day.month + 1}月${day.date}日`;
    return `${this.weekday(day.weekday)} ${this.dayOfMonth(day)}`;
  }

  /** `6 Dec` @param {{date: number, month: number}} day */
  dayOfMonth(day) {
    return this.language === "zh" ? `${day.month + 1}/${day.date}` : `${day.date} ${MONTHS[day.month]}`;
  }

  /** @param {number} weekday */
  weekday(weekday) {
    return WEEKDAYS[this.language][weekday] ?? "";
  }

  /** `Sun 29 Nov, 17:29 (Europe/Berlin)` @param {number} at */
  moment(at) {
    const point = civil(at, this.zone);
    const zone = formatIn(this.zone).resolvedOptions().timeZone;
    if (this.language === "zh") return `${this.date(point)} ${this.weekday(point.weekday)} ${point.time}（${zone}）`;
    return `${this.date(point)}, ${point.time} (${zone})`;
  }

  /** `3h 41m` @param {number} milliseconds */
  span(milliseconds) {
    const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    const chinese = this.language === "zh";
    const said = [
      days > 0 && (chinese ? `${days} 天` : `${days}d`),
      hours > 0 && (chinese ? `${hours} 小时` : `${hours}h`),
      days === 0 && rest > 0 && (chinese ? `${rest} 分` : `${rest}m`),
    ].filter(Boolean);
    return said.join(" ") || (chinese ? "不到 1 分" : "<1m");
  }

  /** `in 3h 41m`, and from then on that it is due. @param {number} at */
  countdown(at) {
    return at > this.now ? this.words.countdown(this.span(at - this.now)) : this.words.dueNow;
  }

  /** `3m ago` @param {number} at */
  ago(at) {
    const age = this.now - at;
    return age < MINUTE ? this.words.justNow : this.words.ago(this.span(age));
  }

  /** `67`, `0.4`, `<0.1`: never nothing while something is left, never all while some is gone. @param {number} percent */
  percent(percent) {
    if (percent > 0 && percent < 0.1) return "<0.1";
    if (percent < 100 && percent >= 99.95) return "99.9";
    return String(Math.round(percent * 10) / 10);
  }

  /** `week` @param {{role?: string, seconds: number | null}} window */
  window(window) {
    const { windows } = this.words;
    const { role, seconds } = window;
    if (role === "session" || seconds === 5 * 3600) return windows.session;
    if (role === "weekly" || seconds === 7 * 86_400) return windows.weekly;
    if (role === "monthly" || seconds === 30 * 86_400) return windows.monthly;
    if (seconds === null || seconds <= 0) return this.words.window;
    const days = seconds / 86_400;
    return days > 2 ? this.words.days(Math.round(days)) : this.words.hours(Math.round(seconds / 3600));
  }

  /** The first few names, and how many more there are. @param {string[]} names */
  names(names) {
    const said = names.slice(0, MOST_NAMES).map(isolated).join(this.language === "zh" ? "、" : ", ");
    const more = names.length - MOST_NAMES;
    return more > 0 ? `${said} · ${this.words.more(more)}` : said;
  }
}
