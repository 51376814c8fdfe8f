/** The plugin of one gateway: takes commands, presses and tools to the skill, and its answers back. */

import { setTimeout as wait } from "node:timers/promises";

import { Alerts, type Found } from "./alerts.ts";
import { Undelivered } from "./call.ts";
import { CONFIRMS } from "./changes.ts";
import { Ended } from "./component.ts";
import type { chat, Command, commands } from "./contract.ts";
import { SILENCE, traitsOf, WEB_CHAT } from "./channels.ts";
import {
  channelOf,
  defaultAgent,
  foldedId,
  isUsedUp,
  merged,
  messagePath,
  ofCommand,
  ofPress,
  ofTool,
  payloadOf,
  post,
  sessionProfile,
  wayOfCommand,
  wayOfPress,
  type Conversation,
  type Send,
  type Way,
} from "./conversation.ts";
import { excuse, reasonOf } from "./excuse.ts";
import type { CommandContext, Config, ModelCall, Payload, PluginApi, PressContext, ToolContext } from "./gateway-api.ts";
import { marked } from "./markup.ts";
import { surroundings } from "./openclaw.ts";
import { isButton, policy } from "./policy.ts";
import { Repeats } from "./repeats.ts";
import { everyMinutes, isQuietAt, localeOf, lowPercent, zoneOf, type Settings } from "./settings.ts";
import { Skill } from "./skill.ts";
import { stateDir, takeOver } from "./state.ts";
import { sliced } from "./steps.ts";
import { signIns } from "./store.ts";
import { subscriberOf, type Subscription, type Subscriptions } from "./subscriptions.ts";
import { WrongArgument, type Tool } from "./tools.ts";

/** The latest facts about a user, for what a press does not say. */
interface Person {
  agent: string;
  isOwner: boolean;
  locale: commands.Locale;
}

type Sender = Pick<Conversation, "channel"> & { senderId?: string | undefined };

/** For how long an agent that asks the same again gets the same answer. */
const AGAIN_SECONDS = 20;

const DAY_MS = 86_400_000;

/** By when the gateway has noted in its store why a model call failed. */
const NOTED_MS = 3000;

/** The longest that a gateway that stops waits for an alert on its way. */
const STOP_MS = 5000;

/** The most messages that answer a press, if only whoever pressed sees them. */
const MOST_REPLIES = 5;

/** The most users, and conversations, that are kept. */
const MOST_KNOWN = 1000;

export class Plugin {
  readonly #api: PluginApi;
  readonly #people = new Map<string, Person>();
  /** The agent of a conversation, by its last command. */
  readonly #agents = new Map<string, string>();
  readonly #repeats = new Repeats<Heard>(AGAIN_SECONDS);
  /** When an owner was last told of files with tokens in them. */
  readonly #toldAt = new Map<string, number>();
  #skill: Skill | undefined;
  #alerts: Alerts | undefined;
  #isStopped = false;

  constructor(api: PluginApi) {
    this.#api = api;
  }

  /** Made with the first use: registering has no effects. */
  get #made(): Skill {
    // A late caller would leave a thread behind that nobody ends.
    if (this.#isStopped) throw new Ended("closed");
    const warn = (why: string) => this.#api.logger.warn(`codex-profiler: ${why}`);
    if (!this.#skill) {
      takeOver(this.#api);
      this.#skill = new Skill({ around: surroundings(this.#api), stateDir: stateDir(this.#api), warn });
    }
    return this.#skill;
  }

  async start(): Promise<void> {
    this.#isStopped = false;
    const skill = this.#made;
    // Prepare everything that the first command would wait for: its thread, the salt, the table of its zone.
    zoneOf(this.#settings, this.#api.runtime.config.current(), Math.floor(Date.now() / 1000));
    await Promise.all([skill.warm(), skill.salt()]);
    // Only the first command would be slower without it.
    await skill.rehearse().catch(() => {});
    // Stopped meanwhile, and perhaps started anew: then that start has the alerts.
    if (this.#skill !== skill) return;
    this.#alerts = this.#alertsOf(skill.subscriptions);
    this.#alerts.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    // An alert that is on its way gets there; a gateway that stops waits no longer than that.
    await Promise.race([this.#alerts?.stop(), wait(STOP_MS, undefined, { ref: false })]);
    this.#alerts = undefined;
    const skill = this.#skill;
    this.#skill = undefined;
    await skill?.close();
  }

  /** A slash command: the reply, or nothing where it went by the channel's message path. */
  async typed(command: Command, context: CommandContext): Promise<Payload> {
    const where = ofCommand(context);
    const locale = localeOf(this.#settings, context.args ?? "");
    // Ownership is checked again before a change. If that is impossible, the sender does not count as the owner.
    const isOwner = command === "auth" && context.senderIsOwner === true && context.assertOwnerCurrent !== undefined;
    // The gateway says who the owner is only for `codex_auth`.
    const person = this.#people.get(where.user);
    const wasOwner = person?.isOwner ?? false;
    const isOwners = isOwner || isKnownOwner(context.config, context, person);
    this.#remember(where, { agent: where.agent, isOwner: command === "auth" ? isOwner : wasOwner, locale });
    const origin = { tag: "command", val: context.args ?? "" } as const;
    const assertOwner = context.assertOwnerCurrent?.bind(context);
    const left = await this.#answer({ command, origin, where, way: wayOfCommand(where), locale, isOwner, isOwners, assertOwner });
    if (left === "nothing") return SILENCE;
    const payload = merged(left, channelOf(where, "replies", context.config), traitsOf(where.channel));
    this.#keepOffer(left.flatMap(({ buttons }) => buttons), payload);
    return payload;
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
    const pressed = ofPress(context, "");
    const { user } = pressed;
    const person = this.#people.get(user);
    // A plan of an agent is offered by another instance of this plugin, which shares the proposals.
    const planned = value.startsWith(CONFIRMS) ? this.#made.agentOf(value.slice(CONFIRMS.length), user) : undefined;
    const asked = planned ?? this.#agents.get(agentKey(pressed));
    // After a restart, only its conversation tells which agent an alert's buttons belong to.
    const subscription = asked ? undefined : await this.#made.subscriptions.of(pressed.place).catch(() => undefined);
    const agent = asked ?? subscription?.agent ?? person?.agent ?? defaultAgent(config);
    const where = { ...pressed, agent };
    const locale = person?.locale ?? subscription?.locale ?? localeOf(this.#settings, "");
    const isOwners = isKnownOwner(config, context, person);
    const isOwner = command === "auth" && isOwners;
    if (command === "auth" && !isOwner) {
      const says = { en: "Only the gateway's owner can do this: type /codex_auth.", zh: "仅限网关所有者：请输入 /codex_auth。" };
      return void (await context.respond.reply({ text: says[locale] }));
    }
    const origin = { tag: "button", val: value } as const;
    const assertOwner = () => {
      if (!isKnownOwner(this.#api.runtime.config.current(), context, this.#people.get(user))) throw new Error("not the owner any more");
    };
    if (isUsedUp(value)) await this.#clear(context, this.#made.offers.get(value) ?? USED[locale]);
    const left = await this.#answer({ command, origin, where, way: wayOfPress(where), locale, isOwner, isOwners, assertOwner });
    if (left === "nothing") return;
    // Slack takes five answers to a press.
    const replies = left.slice(0, MOST_REPLIES).map((part) => payloadOf(part, traitsOf(where.channel).markup.presses).text ?? "");
    if (left.length > MOST_REPLIES) replies.push(`${replies.pop()}\n\n${LEFT_OUT[locale]}`);
    for (const text of replies) await context.respond.reply({ text });
  }

  /** Takes the buttons from a message of which one does something once. What cannot be changed any more stays. */
  async #clear({ channel, respond }: PressContext, text: string): Promise<void> {
    try {
      const { used } = traitsOf(channel);
      if (used === "clearButtons") await respond.clearButtons?.();
      if (used === "noBlocks") await respond.editMessage?.({ blocks: [] });
      if (used === "newComponents") await respond.editMessage?.({ components: [{ type: 10, content: text }] });
    } catch {
      this.#api.logger.warn("codex-profiler: a used button could not be removed");
    }
  }

  /** A tool of an agent. What it says is the agent's to pass on. */
  async called(tool: Tool, given: Record<string, unknown>, context: ToolContext): Promise<string> {
    try {
      return await this.#call(tool.command, tool.text(given), context);
    } catch (error) {
      if (error instanceof WrongArgument) return error.message;
      throw error;
    }
  }

  /** The facts of a check of the default agent, as JSON. Nothing where there are none. */
  async document(): Promise<string | undefined> {
    try {
      const where = { ...NOBODY, agent: defaultAgent(this.#api.runtime.config.current()) };
      const origin = { tag: "command", val: "all" } as const;
      const request = await this.#request({ origin, where, way: "replies", locale: localeOf(this.#settings, ""), isOwner: false });
      const turn = { request: { ...request, wantsJson: true }, place: where.place, hidesLeftovers: true };
      return (await this.#made.turn({ command: "usage", ...turn })).json;
    } catch (error) {
      this.#api.logger.warn(`codex-profiler: the dashboard has no new document: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /** A model call that a rate limit ended is a reason to check at once. The hook does not say why one failed; the store does, a moment later. */
  modelCallEnded({ provider, outcome }: ModelCall, agentId: string | undefined): void {
    if (!this.#alerts || outcome !== "error" || !policy.gateway.providers.includes(provider)) return;
    const agent = agentId ?? defaultAgent(this.#api.runtime.config.current());
    setTimeout(() => void this.#hurryIfLimited(agent).catch(() => {}), NOTED_MS).unref();
  }

  async #hurryIfLimited(agent: string): Promise<void> {
    if ((await this.#made.subscriptions.all()).length === 0) return;
    const { now, readAuthStore } = surroundings(this.#api);
    const { profiles } = await sliced(signIns(await readAuthStore(agent), now()));
    const isLimited = profiles.some(({ cooldownReason, lastFailureAt = 0 }) => cooldownReason === "rate_limit" && now() - lastFailureAt < 60);
    if (isLimited) this.#alerts?.hurry();
  }

  #alertsOf(subscriptions: Subscriptions): Alerts {
    return new Alerts({
      subscriptions,
      lock: () => subscriptions.lock(),
      pace: () => {
        const now = Math.floor(Date.now() / 1000);
        const zone = zoneOf(this.#settings, this.#api.runtime.config.current(), now);
        return { everyMs: everyMinutes(this.#settings) * 60_000, isQuiet: isQuietAt(this.#settings, now, zone) };
      },
      isOwners: (to) => !to.isListed || isKnownOwner(this.#api.runtime.config.current(), to, { isOwner: true }),
      check: (agent, all) => this.#find(agent, all),
      post: async (to, message) => {
        // A press of one of its buttons means this agent.
        keepNewest(this.#agents, agentKey(to), to.agent);
        return await post(message, to, this.#api);
      },
      warn: (why) => this.#api.logger.warn(`codex-profiler: ${why}`),
    });
  }

  /** Checks once for all who subscribed to an agent's alerts. */
  async #find(agent: string, to: readonly Subscription[]): Promise<Found> {
    const config = this.#api.runtime.config.current();
    const val = to.map((each) => ({ kinds: each.kinds, locale: each.locale, channel: channelOf(each, "messages", config) }));
    const where = { ...NOBODY, user: "", agent };
    const request = await this.#request({ origin: { tag: "schedule", val }, where, way: "messages", locale: localeOf(this.#settings, ""), isOwner: false });
    const { delivery, about } = await this.#made.turn({ command: "auth", request, hidesLeftovers: true });
    return { alerts: delivery.tag === "alerts" ? delivery.val : [], strain: about.tag === "check" ? about.val.strain : undefined };
  }

  async #call(command: Command, text: string, context: ToolContext): Promise<string> {
    const where = ofTool(context, this.#api.runtime.config.current());
    const isOwners = context.senderIsOwner === true;
    const isOwner = command === "auth" && isOwners;
    const origin = { tag: "tool", val: text } as const;
    const locale = this.#people.get(where.user)?.locale ?? localeOf(this.#settings, "");
    const asked = { command, origin, where, way: "messages", locale, isOwner, isOwners, assertOwner: undefined } as const;
    const { user, agent, place } = where;
    // An agent that repeats a question a moment later gets the same answer: it may ask again, and is never sent away.
    if (command === "usage") return (await this.#repeats.ask(JSON.stringify([user, agent, place, text]), () => this.#hear(asked))).text;
    const { text: said, parts, isPlan } = await this.#hear(asked);
    return isPlan && isOwners && (await this.#offer(asked, parts)) ? `${said}\n\n${OFFERED[locale]}` : said;
  }

  async #hear(asked: Asked): Promise<Heard> {
    const outcome = await this.#parts(asked, undefined);
    return { ...outcome, text: marked(outcome.parts.map((part) => part.text).join("\n\n"), "plain") };
  }

  /** Sends a plan that an agent made to whoever asked for it, with the button that confirms it. */
  async #offer({ where }: Asked, parts: readonly chat.Message[]): Promise<boolean> {
    const hasButton = parts.some(({ buttons }) => buttons.length > 0);
    // The answer to a typed command takes another way on some channels: there it has to be its reply.
    const send = hasButton ? await this.#path(where, "messages") : undefined;
    if (!send) return false;
    try {
      for (const part of parts) await send(part);
      return true;
    } catch {
      this.#api.logger.warn("codex-profiler: a plan may not have been delivered");
      return false;
    }
  }

  /** The channel's message path, where the answer goes by it. */
  async #path(where: Conversation, way: Way): Promise<Send | undefined> {
    const send = way === "messages" ? await messagePath(where, this.#api).catch(() => undefined) : undefined;
    if (!send) return undefined;
    return (message) => {
      this.#keepOffer(message.buttons, payloadOf(message, traitsOf(where.channel).markup.messages));
      return send(message);
    };
  }

  /** Keeps the text above a single-use button, so that it can stay when the button is removed. */
  #keepOffer(buttons: readonly chat.Button[], { text = "" }: Payload): void {
    for (const { value } of buttons) if (isUsedUp(value)) keepNewest(this.#made.offers, value, text);
  }

  /** Runs a command. Returns the parts that still have to be sent, if the message path did not take all of them. */
  async #answer(asked: Asked): Promise<readonly commands.Part[] | "nothing"> {
    const send = await this.#path(asked.where, asked.way);
    const { parts } = await this.#parts(asked, send);
    if (!send) return parts;
    // If a reply cannot be delivered, the gateway runs the command again. Messages sent here are not repeated.
    for (const [at, part] of parts.slice(0, policy.limits.messages_a_call).entries()) {
      try {
        await send(part);
      } catch (error) {
        this.#api.logger.warn("codex-profiler: an answer may not have been delivered");
        if (error instanceof Undelivered) return parts.slice(at);
        break;
      }
    }
    return "nothing";
  }

  async #parts(asked: Asked, send: Send | undefined): Promise<Outcome> {
    const { command, where, assertOwner, locale, isOwners } = asked;
    try {
      const request = await this.#request(asked);
      const hidesLeftovers = !this.#tellsLeftovers(asked);
      const { subscriptions } = this.#made;
      const isListed = isKnownOwner(this.#api.runtime.config.current(), where, { isOwner: true });
      const subscriber = subscriberOf(where, isListed, locale, subscriptions, () => this.#alerts?.hurry());
      const { delivery, about } = await this.#made.turn({ command, request, place: where.place, send, subscriber, assertOwner, isOwners, hidesLeftovers });
      if (about.tag === "check" && !hidesLeftovers) keepNewest(this.#toldAt, where.user, Date.now());
      return { parts: delivery.tag === "parts" ? delivery.val : [], isPlan: about.tag === "plan", isAnswered: true };
    } catch (error) {
      this.#api.logger.warn(`codex-profiler: a command was not carried out: ${reasonOf(error)}`);
      return { parts: [{ text: excuse(error, locale), buttons: [] }], isPlan: false, isAnswered: false };
    }
  }

  /** Returns whether the reply may mention files with tokens in them: to the owner alone, and unprompted at most once a day. */
  #tellsLeftovers({ command, origin, where, isOwners }: Asked): boolean {
    if (!isOwners || !where.isPrivate || origin.tag === "tool") return false;
    return command === "auth" || Date.now() - (this.#toldAt.get(where.user) ?? -Infinity) >= DAY_MS;
  }

  async #request({ origin, where, way, locale, isOwner }: Question): Promise<commands.Request> {
    const config = this.#api.runtime.config.current();
    const { burnFirst, preserve } = this.#settings;
    const now = Math.floor(Date.now() / 1000);
    const session = sessionProfile(where, this.#api);
    return {
      origin,
      user: where.user,
      isOwner,
      agent: where.agent,
      channel: channelOf(where, way, config),
      now: BigInt(now),
      zone: zoneOf(this.#settings, config, now),
      locale,
      salt: await this.#made.salt(),
      settings: { burnFirst: burnFirst ?? [], preserve: preserve ?? [], fullIds: false, dryRun: false, demo: false, alertsLowPercent: lowPercent(this.#settings) },
      wantsJson: false,
      ...(session && { sessionProfile: session }),
    };
  }

  get #settings(): Settings {
    return this.#api.pluginConfig ?? {};
  }

  #remember(where: Conversation, person: Person): void {
    keepNewest(this.#people, where.user, person);
    keepNewest(this.#agents, agentKey(where), person.agent);
  }
}

function keepNewest<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.delete(key);
  kept.set(key, value);
  const oldest = kept.keys().next().value;
  if (kept.size > MOST_KNOWN && oldest !== undefined) kept.delete(oldest);
}

/** A question to the component. */
interface Question {
  origin: commands.Origin;
  where: Conversation;
  locale: commands.Locale;
  isOwner: boolean;
  /** The way that the answer is to go. */
  way: Way;
}

/** A question with its command, however it was asked. */
interface Asked extends Question {
  command: Command;
  /** True if the owner asks, even if the component need not know. */
  isOwners: boolean;
  assertOwner: (() => void) | undefined;
}

/** The answer to it, or the excuse for there being none. */
interface Outcome {
  parts: commands.Part[];
  isPlan: boolean;
  isAnswered: boolean;
}

/** An outcome for an agent, as one text. */
interface Heard extends Outcome {
  text: string;
}

/** The conversation of the gateway's own questions: for the tab in the Control UI, and for alerts. */
const NOBODY: Omit<Conversation, "agent"> = {
  channel: WEB_CHAT,
  user: "dashboard",
  senderId: undefined,
  session: undefined,
  isPrivate: false,
  place: "dashboard",
  to: undefined,
  accountId: undefined,
  threadId: undefined,
};

/** A person in a conversation. */
function agentKey({ user, place }: Pick<Conversation, "user" | "place">): string {
  return JSON.stringify([user, place]);
}

/** The line below the last message, if more would follow. */
const LEFT_OUT: Record<commands.Locale, string> = {
  en: "Too long for the answer to a button. Type /codex_usage all.",
  zh: "按钮的回复放不下。请输入 /codex_usage all。",
};

/** Replaces a message whose button was used, if its text is not known any more. */
const USED: Record<commands.Locale, string> = { en: "This button was used.", zh: "此按钮已使用。" };

/** The line that an agent reads behind a plan that its user got, too. */
const OFFERED: Record<commands.Locale, string> = {
  en: "The user got this plan as a message with a button that applies it.",
  zh: "此计划已连同“确认执行”按钮发给用户。",
};

/** Other beginnings of an owner's name that the gateway's channels take for the bare id. */
const OWNER_PREFIXES: Record<string, readonly string[]> = { telegram: ["tg:"], discord: ["user:", "pk:"] };

/**
 * Returns whether this is the owner, for a gateway that does not say so: by its list of owners
 * if it has one, else by what it said of their last command.
 */
function isKnownOwner({ commands }: Config, { channel, senderId }: Sender, person: Pick<Person, "isOwner"> | undefined): boolean {
  const owners = (commands?.ownerAllowFrom ?? []).map((name) => foldedId(String(name))).filter((name) => name !== "*");
  if (owners.length === 0) return person?.isOwner ?? false;
  const spelt = ["", `${channel}:`, ...(OWNER_PREFIXES[channel] ?? [])].map((prefix) => `${prefix}${senderId}`);
  return senderId !== undefined && spelt.some((name) => owners.includes(foldedId(name)));
}
