// @ts-check
/** Reasons in sentences, the deciding fact first. */

/**
 * A line, with the command that repairs it and the instant to count down to.
 *
 * @typedef {{text: string, command?: string | null, until?: number | null, isWarning?: boolean}} Line
 */

/**
 * Codes of the document with one fixed sentence each: what happened, and what to do.
 *
 * @type {Map<string, {en: string, zh: string}>}
 */
const REASONS = new Map(
  Object.entries({
    credits_only: { en: "uses credits only", zh: "只使用 credits" },
    spend_limit_reached: { en: "spend limit reached · an owner can raise it", zh: "已达到支出上限 · 所有者可以提高" },
    workspace_owner_credits_depleted: { en: "workspace credits are used up · add credits", zh: "工作区 credits 已用完 · 请充值" },
    workspace_member_credits_depleted: { en: "workspace credits are used up · ask an owner to add some", zh: "工作区 credits 已用完 · 请所有者充值" },
    workspace_owner_usage_limit_reached: { en: "workspace usage limit reached · raise it in the workspace's settings", zh: "已达到工作区用量上限 · 可在工作区设置中提高" },
    workspace_member_usage_limit_reached: { en: "your usage limit in this workspace is reached · an owner can raise it", zh: "已达到您在工作区的用量上限 · 所有者可以提高" },
    workspace_limit_reached: { en: "a workspace limit is reached · ask an owner", zh: "已达到工作区的某项上限 · 请联系所有者" },
    other_limit_reached: { en: "OpenAI names a limit that this version does not know", zh: "OpenAI 返回了本版本不认识的限制" },
    rate_limit_absent: { en: "unclear: the quota was not reported", zh: "不明：未报告额度" },
    no_quota_reported: { en: "no included quota on this plan", zh: "此套餐不含额度" },
    account_deactivated: { en: "workspace deactivated · ask its owner, or take this profile out of the order", zh: "工作区已停用 · 请联系所有者，或移出顺序" },
    billing_required: { en: "billing required · settle it at chatgpt.com", zh: "需要处理账单 · 请到 chatgpt.com 处理" },
    forbidden_by_usage_endpoint: { en: "not checked: refused (403) · your sign-in may still work for models", zh: "没查成：被拒绝（403）· 登录可能仍可用" },
    upstream_challenge: { en: "not checked: Cloudflare (403) · try again in a few minutes", zh: "没查成：被 Cloudflare 拦截（403）· 过几分钟再试" },
    endpoint_missing: { en: "not checked: the usage endpoint has moved (404) · look for a newer codex-profiler", zh: "没查成：找不到用量端点（404）· 请看 codex-profiler 是否有新版本" },
    unexpected_redirect: { en: "not checked: redirected, and not followed · try again later", zh: "没查成：被重定向，未跟随 · 请稍后再试" },
    bad_content: { en: "not checked: the answer could not be read · try again later", zh: "没查成：应答无法读取 · 请稍后再试" },
    timeout: { en: "not checked: no answer in time · try again in a few minutes", zh: "没查成：没有及时应答 · 过几分钟再试" },
    request_failed: { en: "not checked: chatgpt.com could not be reached · check the network and the proxy", zh: "没查成：连不上 chatgpt.com · 请检查网络与代理" },
  }),
);

/** Codes that a new sign-in repairs, by the failure's own reason. @type {Map<string, {en: string, zh: string}>} */
const SIGN_IN_REASONS = new Map(
  Object.entries({
    fenced: { en: "sign-in disabled by the gateway after a failed refresh", zh: "刷新失败，网关已停用此登录" },
    missing: { en: "no usable token stored", zh: "没有可用的令牌" },
  }),
);

/** @param {Context} context @param {string} en @param {string} zh */
function say(context, en, zh) {
  return context.language === "zh" ? zh : en;
}

/** @param {Context} context @param {Profile} profile @param {Commands} commands @returns {Line[]} */
function reasonsOf(context, profile, commands) {
  const lines = [decidingLine(context, profile, commands)];
  if (profile.earlierState !== null && profile.earlierAt !== null) {
    lines.push({ text: `${context.words.states[profile.earlierState]} · ${context.ago(profile.earlierAt)}` });
  }
  for (const window of profile.windows) {
    if (window.emptyAt === null || !isUsable(profile)) continue;
    lines.push({ text: context.words.emptyShort(context.window(window), context.clock(window.emptyAt)), isWarning: true });
  }
  if (profile.isLeftOut) lines.push({ text: context.words.notInOrder, command: commands.restore(profile), isWarning: true });
  return lines;
}

/** @param {Profile} profile */
function isUsable(profile) {
  return profile.state === "ready" || profile.state === "low";
}

/** @param {Context} context @param {Profile} profile @param {Commands} commands @returns {Line} */
function decidingLine(context, profile, commands) {
  const { words } = context;
  if (isUsable(profile)) {
    const credits = profile.reason === "credits_only" ? REASONS.get("credits_only") : undefined;
    return { text: credits ? `${words.states[profile.state]} · ${credits[context.language]}` : words.states[profile.state] };
  }
  if (profile.state === "overage") return { text: costs(context, profile) };
  if (profile.reason === "gateway_cooldown") return { text: paused(context, profile), until: profile.cooldownUntil };
  if (profile.reason === "identity_mismatch") {
    return { text: say(context, "the answer is for another account", "返回的是另一个账号的数据，已隐藏"), command: commands.status(profile) };
  }
  const until = profile.state === "wait" ? profile.usableAt : null;
  return signInLine(context, profile, commands) ?? { text: failed(context, profile) ?? blocked(context, profile), until };
}

/** @param {Context} context @param {Profile} profile */
function costs(context, profile) {
  const { usableAt, credits } = profile;
  const until = usableAt === null ? context.words.states.overage : context.words.overageTrack(context.clock(usableAt));
  if (credits === null || credits === "∞") return until;
  return `${until} · ${say(context, `${credits} left`, `余 ${credits}`)}`;
}

/** @param {Context} context @param {Profile} profile */
function paused(context, profile) {
  const until = profile.cooldownUntil ?? profile.usableAt;
  const at = until === null ? "" : context.clock(until);
  const said = say(context, `paused by the gateway until ${at}`, `网关暂停使用到${apart(at)}`);
  if (profile.serverVerdict === "usable") return said + say(context, "; OpenAI would allow it", "；OpenAI 侧可用");
  if (profile.serverVerdict === "unknown") return said + say(context, "; OpenAI's answer is unclear", "；OpenAI 的回答不明确");
  return said;
}

/** Line on a failure of the sign-in itself. @param {Context} context @param {Profile} profile @param {Commands} commands @returns {Line | null} */
function signInLine(context, profile, commands) {
  const { reason, failure } = profile;
  const isRejected = reason === "auth_not_accepted_by_usage_endpoint";
  if (!isRejected && reason !== "missing_access_token") return null;
  if (failure.reason === "expired") {
    return { text: say(context, "token expired · the gateway refreshes it when it next uses it", "令牌已过期 · 网关下次使用时会刷新") };
  }
  const text = SIGN_IN_REASONS.get(failure.reason ?? "")?.[context.language];
  return { text: text ?? `${context.words.states.broken}${say(context, " (401)", "（401）")}`, command: commands.start(profile) };
}

/** Sentence on a failed check. @param {Context} context @param {Profile} profile */
function failed(context, profile) {
  const { reason, failure } = profile;
  const said = REASONS.get(reason)?.[context.language];
  if (said !== undefined) return said;
  const { retryAfter, status } = failure;
  const wait = retryAfter ? context.span(retryAfter * 1000) : null;
  const again = wait === null ? say(context, "try again in a few minutes", "过几分钟再试") : say(context, `try again in ${wait}`, `${wait}后再试`);
  if (reason === "rate_limited") return say(context, `not checked: too many requests (429) · ${again}`, `没查成：请求过多（429）· ${again}`);
  if (reason === "server_error") return say(context, `not checked: server error (${status}) · ${again}`, `没查成：服务器错误（${status}）· ${again}`);
  if (reason === "not_checked") return say(context, "not checked: this run's limit was reached", "没查成：这次检查已到上限");
  return null;
}

/** Sentence on refused use. @param {Context} context @param {Profile} profile */
function blocked(context, profile) {
  const used = profile.windows.filter((window) => window.left === 0).map((window) => context.window(window));
  const scarcest = profile.windows.toSorted((one, other) => (one.left ?? 100) - (other.left ?? 100))[0];
  let said = say(context, "blocked by OpenAI", "被 OpenAI 限制");
  if (used.length > 0) {
    said = say(context, `${used.join(" and ")} used up`, `${used.join("、")}已用完`);
  } else if (profile.reason === "quota_exhausted") {
    said = say(context, "used up", "额度已用完");
  } else if (profile.reason === "blocked_despite_percent" && scarcest !== undefined && scarcest.left !== null) {
    const [left, window] = [context.percent(scarcest.left), context.window(scarcest)];
    said = say(context, `blocked by OpenAI although ${left}% of the ${window} is left`, `${window}还剩 ${left}%，但被 OpenAI 限制`);
  } else if (profile.state === "unknown" || profile.state === "broken") {
    said = context.words.states[profile.state];
  }
  const back = profile.usableAt ?? profile.failure.resetsAt;
  return back === null ? said : `${said} · ${say(context, `back ${context.clock(back)}`, `${context.clock(back)} 恢复`)}`;
}

/** Commands to copy: chat commands in the gateway's page, the terminal's in a snapshot. */
class Commands {
  /** @param {boolean} isTerminal */
  constructor(isTerminal) {
    this.auth = isTerminal ? "codex-profiler auth" : "/codex_auth";
  }

  /** @param {Profile} profile */
  start(profile) {
    return this.#of("start", profile);
  }

  /** @param {Profile} profile */
  status(profile) {
    return this.#of("status", profile);
  }

  /** @param {Profile} profile */
  restore(profile) {
    return this.#of("restore", profile);
  }

  /** Names a profile by its handle where its label is not plain, so that a label cannot add to a command. @param {string} verb @param {Profile} profile */
  #of(verb, profile) {
    const isPlain = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
    const name = [profile.label, profile.handle].find((one) => isPlain.test(one));
    return name === undefined ? null : `${this.auth} ${verb} ${name}`;
  }
}

/** An answer and its reasons. @typedef {{head: string, lines: Line[]}} Answer */

/** Answers which profile is next, and why. @param {Context} context @param {Usage} usage @param {Commands} commands @returns {Answer} */
function answerOf(context, usage, commands) {
  const { words } = context;
  const next = usage.profiles.find((profile) => profile.label === usage.advice?.next);
  if (next) return { head: words.use(isolated(next.label)), lines: whyNext(context, usage, next, commands) };
  const only = usage.profiles[0];
  if (only === undefined) return { head: words.noProfiles, lines: [] };
  if (usage.profiles.length === 1) {
    const head = isUsable(only) ? words.onlyReady(isolated(only.label)) : words.onlyOne(isolated(only.label));
    return { head, lines: [] };
  }
  const unknown = usage.profiles.filter((profile) => profile.state === "unknown" && !profile.isLeftOut);
  const back = usage.nextBack;
  const lines = [{ text: back ? words.isBack(isolated(back.label), context.clock(back.at)) : words.noResetKnown }];
  if (unknown.length > 0) lines.push({ text: words.mayWork(context.names(unknown.map((profile) => profile.label))) });
  return { head: words.nothingReady, lines };
}

/** @param {Context} context @param {Usage} usage @param {Profile} next @param {Commands} commands @returns {Line[]} */
function whyNext(context, usage, next, commands) {
  const { words } = context;
  /** @type {Line[]} */
  const lines = [{ text: decided(context, usage, next) }];
  const empty = next.windows.find((window) => window.emptyAt !== null);
  const follower = usage.profiles.find((profile) => profile !== next && profile.state === "ready");
  const then = follower ? words.then(isolated(follower.label)) : "";
  if (next.state === "low") lines.push({ text: words.nearlyUsedUp + then, isWarning: true });
  if (empty && empty.emptyAt !== null) {
    lines.push({ text: words.emptyAbout(context.window(empty), context.clock(empty.emptyAt)) + then, isWarning: true });
  }
  if (next.isLeftOut) lines.push({ text: words.notInOrder, command: commands.restore(next), isWarning: true });
  return lines;
}

/** The one reason that decided. @param {Context} context @param {Usage} usage @param {Profile} next */
function decided(context, usage, next) {
  const { why } = context.words;
  if (next.earlierAt !== null) return why.earlier(context.ago(next.earlierAt));
  const count = usage.profiles.filter((profile) => profile.state === next.state).length;
  const long = soonest(next.windows.filter((window) => !isShort(window) && window.resetsAt !== null));
  const name = (/** @type {UsageWindow | undefined} */ window) => (window ? context.window(window) : context.words.window);
  switch (usage.advice?.decidedBy) {
    case "only":
      return why.only;
    case "class":
      return why.settings;
    case "untouched_window":
      return why.untouched(name(next.windows.find((window) => window.state === "not_started")));
    case "recovery":
    case "long_window_reset": {
      if (long?.resetsAt == null) return why.expires;
      const reset = why.reset(count, name(long), context.clock(long.resetsAt));
      return long.emptyAt === null ? reset + say(context, ` ${why.lostAtReset}`, why.lostAtReset) : reset;
    }
    case "in_use":
      return why.inUse;
    case "short_window_left":
      return why.mostLeft(count, name(next.windows.find(isShort)));
    case "long_window_left":
      return why.mostLeft(count, name(long));
    case "in_order":
      return why.inOrder;
    case "name":
    case "same_quota":
      return why.tie;
    default:
      return why.tier;
  }
}

/** @param {UsageWindow} window */
function isShort(window) {
  return window.role === "session" || (window.seconds !== null && window.seconds < 86_400);
}

/** @param {UsageWindow[]} windows @returns {UsageWindow | undefined} */
function soonest(windows) {
  return windows.toSorted((one, other) => (one.resetsAt ?? Infinity) - (other.resetsAt ?? Infinity))[0];
}
