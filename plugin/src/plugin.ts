/** The plugin of one gateway: takes commands, presses and tools to the skill, and its answers back. */

import { join } from "node:path";

import { Refused, Undelivered } from "./call.ts";
import { Ended } from "./component.ts";
import type { chat, Command, commands } from "./contract.ts";
import {
  defaultAgent,
  merged,
  messagePath,
  ofCommand,
  ofPress,
  ofTool,
  placeOf,
  sessionProfile,
  traits,
  type Conversation,
  type Send,
} from "./conversation.ts";
import { excuse } from "./excuse.ts";
import type { CommandContext, Config, Payload, PluginApi, PressContext, ToolContext } from "./gateway-api.ts";
import { surroundings } from "./openclaw.ts";
import { isButton, policy } from "./policy.ts";
import { Skill } from "./skill.ts";
import { zone } from "./zone.ts";

/** Who was last heard of a user, for what a press does not say. */
interface Known {
  agent: string;
  isOwner: boolean;
  locale: commands.Locale;
}

type Sender = Pick<CommandContext, "channel" | "senderId">;

/** How many users, and conversations, are kept. */
const MOST_KNOWN = 1000;

export class Plugin {
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
