/**
 * codex-profiler inside an OpenClaw gateway: the adapter between the gateway's plugin
 * API and the component. It is part of the gateway's process and trusted as that is;
 * the component is not, and runs behind `component.ts`.
 *
 *     a command, a press, a tool
 *        │ index.ts, conversation.ts, tools.ts: who asks, where, and the way back
 *        ▼
 *     skill.ts ── call.ts: one call, the five imports, every grant checked
 *        │          │ policy.ts (the Rust host's policy file), secrets.ts, changes.ts, keep.ts
 *        │          └ store.ts, https.ts, output.ts ── openclaw.ts: the gateway around it
 *        ▼
 *     component.ts ══ bridge.ts ══ guest.ts: the component, in a thread without anything
 */

import { join } from "node:path";

import { Refused, Undelivered } from "./call.ts";
import { Ended } from "./component.ts";
import type { chat, Command, commands } from "./contract.ts";
import {
  BUTTON_CHANNELS,
  defaultAgent,
  merged,
  messagePath,
  NAMESPACE,
  ofCommand,
  ofPress,
  ofTool,
  placeOf,
  sessionProfile,
  traits,
  type Conversation,
  type Send,
} from "./conversation.ts";
import type { CommandContext, Config, Payload, PluginApi, PressContext, ToolContext } from "./gateway-api.ts";
import { surroundings } from "./openclaw.ts";
import { isButton, policy } from "./policy.ts";
import { Skill } from "./skill.ts";
import { TOOLS } from "./tools.ts";
import { zone } from "./zone.ts";

const DESCRIPTIONS: Record<Command, string> = {
  usage: "Codex usage: what is left, when it resets, which profile next",
  auth: "Codex sign-ins and their order: look, and change after a plan",
};

/** What the gateway loads. `register` has no effect but registrations: it runs in gateways that only look, too. */
export default {
  id: "codex-profiler",
  name: "Codex profiler",
  description: "Codex usage and sign-in care, by a WebAssembly component that holds no token",
  register(api: PluginApi): void {
    const plugin = new Plugin(api);
    for (const command of ["usage", "auth"] as const) {
      api.registerCommand({
        name: `codex_${command}`,
        description: DESCRIPTIONS[command],
        acceptsArgs: true,
        ...(command === "auth" && { requiredScopes: ["operator.admin"] }),
        handler: (context: CommandContext) => plugin.typed(command, context),
      });
    }
    for (const tool of TOOLS) {
      const { name, label, description, parameters } = tool;
      const made = (context: ToolContext) => ({
        name,
        label,
        description,
        parameters,
        execute: async (_id: string, given: Record<string, unknown>) => {
          const text = await plugin.called(tool.command, tool.text(given), context);
          // A script that calls the tool is handed the details alone.
          return { content: [{ type: "text", text }], details: { text } };
        },
      });
      api.registerTool(made, { name });
    }
    for (const channel of BUTTON_CHANNELS) {
      api.registerInteractiveHandler({ channel, namespace: NAMESPACE, handler: (context: PressContext) => plugin.pressed(context) });
    }
    api.registerService({ id: "codex-profiler", start: () => plugin.start(), stop: () => plugin.stop() });
    api.lifecycle?.onDispose?.(() => plugin.stop());
  },
};

/** Who was last heard of a user, for what a press does not say. */
interface Known {
  agent: string;
  isOwner: boolean;
  locale: commands.Locale;
}

type Sender = Pick<CommandContext, "channel" | "senderId">;

/** How many users, and conversations, are kept. */
const MOST_KNOWN = 1000;

class Plugin {
  readonly #api: PluginApi;
  readonly #known = new Map<string, Known>();
  /** The agent of a conversation, by its last command. */
  readonly #agents = new Map<string, string>();
  #skill: Skill | undefined;
  #isStopped = false;

  constructor(api: PluginApi) {
    this.#api = api;
  }

  /** Made with the first use: registering has no effects. */
  get #made(): Skill {
    // Whoever comes late would leave a thread behind that nobody ends.
    if (this.#isStopped) throw new Ended("closed");
    const warn = (why: string) => this.#api.logger.warn(`codex-profiler: ${why}`);
    this.#skill ??= new Skill({ around: surroundings(this.#api), stateDir: stateDir(this.#api), warn });
    return this.#skill;
  }

  async start(): Promise<void> {
    this.#isStopped = false;
    await this.#made.warm();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const skill = this.#skill;
    this.#skill = undefined;
    await skill?.close();
  }

  /** A slash command: the reply, or nothing where it went by the channel's message path. */
  async typed(command: Command, context: CommandContext): Promise<Payload> {
    const where = ofCommand(context);
    const locale = this.#locale(context.args ?? "");
    // Whom the gateway cannot be asked about again is no owner.
    const isOwner = command === "auth" && context.senderIsOwner === true && context.assertOwnerCurrent !== undefined;
    // Only the one command is told who the owner is.
    const known = this.#known.get(where.user);
    const wasOwner = known?.isOwner ?? false;
    const isOwners = isOwner || isKnownOwner(context.config, context, known);
    this.#remember(where, { agent: where.agent, isOwner: command === "auth" ? isOwner : wasOwner, locale });
    const origin = { tag: "command", val: context.args ?? "" } as const;
    const assertOwner = context.assertOwnerCurrent?.bind(context);
    return this.#answer({ command, origin, where, locale, isOwner, isOwners, assertOwner, send: true });
  }

  /** A pressed button. The gateway waits for nothing here: what comes of it is a message of its own. */
  pressed(context: PressContext): { handled: boolean } {
    void this.#press(context).catch(() => this.#api.logger.warn("codex-profiler: a pressed button could not be answered"));
    return { handled: true };
  }

  async #press(context: PressContext): Promise<void> {
    const value = (context.callback ?? context.interaction)?.payload ?? "";
    // Taken as it came, or not at all.
    if (!context.auth.isAuthorizedSender || !isButton(value)) return;
    const command = value.startsWith("auth:") ? "auth" : "usage";
    const config = this.#api.runtime.config.current();
    const { user } = ofPress(context, "");
    const known = this.#known.get(user);
    const place = placeOf(ofPress(context, ""));
    const where = ofPress(context, this.#agents.get(place) ?? known?.agent ?? defaultAgent(config));
    const locale = known?.locale ?? this.#locale("");
    const isOwners = isKnownOwner(config, context, known);
    const isOwner = command === "auth" && isOwners;
    if (command === "auth" && !isOwner) {
      const says = { en: "Only the gateway's owner can do this: type /codex_auth.", zh: "仅限网关所有者：请输入 /codex_auth。" };
      return void (await context.respond.reply({ text: says[locale] }));
    }
    const origin = { tag: "button", val: value } as const;
    const assertOwner = () => {
      if (!isKnownOwner(this.#api.runtime.config.current(), context, this.#known.get(user))) throw new Error("not the owner any more");
    };
    const payload = await this.#answer({ command, origin, where, locale, isOwner, isOwners, assertOwner, send: true });
    if (payload.text && payload.text !== NO_REPLY) await context.respond.reply({ text: payload.text });
  }

  /** A tool of an agent. What it says is the agent's to pass on. */
  async called(command: Command, text: string, context: ToolContext): Promise<string> {
    const where = ofTool(context, this.#api.runtime.config.current());
    const isOwners = context.senderIsOwner === true;
    const isOwner = command === "auth" && isOwners;
    const origin = { tag: "tool", val: text } as const;
    const locale = this.#known.get(where.user)?.locale ?? this.#locale("");
    const payload = await this.#answer({ command, origin, where, locale, isOwner, isOwners, assertOwner: undefined, send: false });
    return payload.text ?? "";
  }

  /** Carries a command out. What is left to be said by the gateway's own reply: all of it, or nothing. */
  async #answer(asked: Asked): Promise<Payload> {
    const send = asked.send ? await messagePath(asked.where, this.#api).catch(() => undefined) : undefined;
    const parts = await this.#parts(asked, send);
    const channel = traits(asked.where, this.#api.runtime.config.current());
    if (!send) return merged(parts, channel, asked.locale);
    // The gateway carries a command out anew where its reply could not be delivered; what was sent here was sent once.
    for (const [at, part] of parts.slice(0, policy.limits.messages_a_call).entries()) {
      try {
        await send(part);
      } catch (error) {
        this.#api.logger.warn("codex-profiler: an answer was not delivered, or not for certain");
        if (error instanceof Undelivered) return merged(parts.slice(at), channel, asked.locale);
        break;
      }
    }
    return { text: NO_REPLY };
  }

  async #parts(asked: Asked, send: Send | undefined): Promise<chat.Message[]> {
    const { command, assertOwner, locale, isOwners } = asked;
    try {
      const { delivery } = await this.#made.turn({ command, request: await this.#request(asked), send, assertOwner, isOwners });
      return delivery.tag === "no-reply" ? [] : delivery.val;
    } catch (error) {
      // Of an error that is not ours the name is enough: its text could hold anything.
      const isOurs = error instanceof Ended || error instanceof Refused;
      const why = isOurs ? error.message : error instanceof Error ? error.name : "unknown";
      this.#api.logger.warn(`codex-profiler: a command was not carried out: ${why}`);
      return [{ text: excuse(error, locale), buttons: [] }];
    }
  }

  async #request({ origin, where, locale, isOwner }: Asked): Promise<commands.Request> {
    const config = this.#api.runtime.config.current();
    const { burnFirst, preserve } = this.#settings;
    const now = Math.floor(Date.now() / 1000);
    const session = sessionProfile(where, this.#api);
    return {
      origin,
      user: where.user,
      isOwner,
      agent: where.agent,
      channel: traits(where, config),
      now: BigInt(now),
      zone: this.#zone(config, now),
      locale,
      salt: await this.#made.salt(),
      settings: { burnFirst: burnFirst ?? [], preserve: preserve ?? [], fullIds: false, dryRun: false },
      wantsJson: false,
      ...(session && { sessionProfile: session }),
    };
  }

  get #settings(): Settings {
    return this.#api.pluginConfig ?? {};
  }

  /** The first of those named that there is. */
  #zone(config: Config, now: number): commands.Zone {
    const system = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const name of [this.#settings.timezone, config.agents?.defaults?.userTimezone, system]) {
      try {
        if (name) return zone(name, now);
      } catch {
        // No zone of this name.
      }
    }
    return zone("UTC", now);
  }

  #locale(text: string): commands.Locale {
    const { language } = this.#settings;
    if (language === "en" || language === "zh") return language;
    if (/\p{Script=Han}/u.test(text)) return "zh";
    return Intl.DateTimeFormat().resolvedOptions().locale.startsWith("zh") ? "zh" : "en";
  }

  #remember(where: Conversation, known: Known): void {
    keepNewest(this.#known, where.user, known);
    keepNewest(this.#agents, placeOf(where), known.agent);
  }
}

function keepNewest<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.delete(key);
  kept.set(key, value);
  const oldest = kept.keys().next().value;
  if (kept.size > MOST_KNOWN && oldest !== undefined) kept.delete(oldest);
}

/** What was asked, however it was. */
interface Asked {
  command: Command;
  origin: commands.Origin;
  where: Conversation;
  locale: commands.Locale;
  isOwner: boolean;
  /** Whether it is the owner who asks, also where the component need not know. */
  isOwners: boolean;
  assertOwner: (() => void) | undefined;
  /** Whether the channel's own message path may be used. */
  send: boolean;
}

interface Settings {
  language?: string;
  timezone?: string;
  burnFirst?: string[];
  preserve?: string[];
}

/** What tells the gateway that everything has been said. */
const NO_REPLY = "NO_REPLY";

/** Beside the installed package, so that it goes with it. */
function stateDir({ rootDir, runtime }: PluginApi): string {
  return join(rootDir ?? join(runtime.state.resolveStateDir(), "codex-profiler"), "state");
}

/**
 * Whether this is the owner where the gateway does not say so: by its list of owners
 * where it has one, else by what it said of their last command.
 */
function isKnownOwner({ commands }: Config, { channel, senderId }: Sender, known: Known | undefined): boolean {
  const owners = (commands?.ownerAllowFrom ?? []).map(String);
  if (owners.length === 0) return known?.isOwner ?? false;
  return senderId !== undefined && [senderId, `${channel}:${senderId}`].some((name) => owners.includes(name));
}

function excuse(error: unknown, locale: commands.Locale): string {
  const why = error instanceof Ended ? error.why : "failed";
  const says: Record<Ended["why"] | "failed", [en: string, zh: string]> = {
    busy: ["Too many Codex commands at once. Try again in a minute; nothing was changed.", "同时运行的 Codex 命令过多，请一分钟后重试；未作任何更改。"],
    running: [
      "Your Codex command before this one is still running. Wait for its answer, then ask again: this one was not begun.",
      "你的上一条 Codex 命令仍在运行。请等它答复后再试：本条未执行。",
    ],
    overdue: [
      "This took too long and was ended. Where a change was under way, look at it with /codex_auth order before anything else.",
      "运行时间过长，已被终止。如正在执行变更，请先用 /codex_auth order 查看现状。",
    ],
    closed: [
      "The gateway is reloading this plugin. Ask again in a moment; where a change was under way, look first: /codex_auth order.",
      "网关正在重新加载此插件，请稍后再试；如正在执行变更，请先查看：/codex_auth order。",
    ],
    trapped: ["The check failed inside codex-profiler itself and was ended. Please report it.", "codex-profiler 内部出错，已终止。请反馈此问题。"],
    failed: [
      "codex-profiler could not carry this out. Where a change was under way, look first: /codex_auth order. The gateway's log says more.",
      "codex-profiler 未能完成此操作。如正在执行变更，请先查看：/codex_auth order。详情见网关日志。",
    ],
  };
  return says[why][locale === "zh" ? 1 : 0];
}
