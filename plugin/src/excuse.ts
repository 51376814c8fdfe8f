/** The sentence for a command that has no reply, and the reason for the log. */

import { Refused } from "./call.ts";
import { Ended } from "./component.ts";
import type { commands } from "./contract.ts";
import { NotOurs } from "./folder.ts";

export function excuse(error: unknown, locale: commands.Locale): string {
  const why = error instanceof Ended ? error.why : "failed";
  const says: Record<Ended["why"] | "failed", [en: string, zh: string]> = {
    busy: ["Too many Codex commands at once. Try again in a minute; nothing was changed.", "同时运行的 Codex 命令过多，请一分钟后重试；没有任何更改。"],
    running: [
      "Your previous Codex command is still running, so this one was not started. Wait for its answer, then ask again.",
      "您的上一条 Codex 命令还在运行。请等它回复后再试；这一条没有执行。",
    ],
    overdue: [
      "This took too long and was ended. If a change was running, check its state first: /codex_auth order.",
      "运行时间过长，已被终止。如果正在执行更改，请先用 /codex_auth order 查看现状。",
    ],
    closed: [
      "The gateway is reloading this plugin. Ask again in a moment; if a change was running, check its state first: /codex_auth order.",
      "网关正在重新加载此插件，请稍后再试；如果正在执行更改，请先查看：/codex_auth order。",
    ],
    trapped: ["codex-profiler failed internally and was stopped. If a change was running, check its state first: /codex_auth order. Please report this.", "codex-profiler 内部出错，已终止。如果正在执行更改，请先查看：/codex_auth order。请反馈此问题。"],
    failed: [
      "codex-profiler could not carry this out. If a change was running, check its state first: /codex_auth order. The gateway's log says more.",
      "codex-profiler 未能完成此操作。如果正在执行更改，请先查看：/codex_auth order。详情见网关日志。",
    ],
  };
  return says[why][locale === "zh" ? 1 : 0];
}

/** The reason in an error. If the error is not ours, its name and code are enough: its text could hold anything. */
export function reasonOf(error: unknown): string {
  if (error instanceof Ended || error instanceof Refused || error instanceof NotOurs) return error.message;
  if (!(error instanceof Error)) return "unknown";
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code) ? `${error.name} ${code}` : error.name;
}
