/** A place where somebody talks to the gateway: who they are, what can be shown there, and the way back to it. */

import { Undelivered } from "./call.ts";
import type { chat, commands } from "./contract.ts";
import type {
  Adapter,
  Button,
  CommandContext,
  Config,
  Destination,
  Payload,
  PluginApi,
  PressContext,
  ToolContext,
} from "./gateway-api.ts";
import { room } from "./fit.ts";
import { inert } from "./inert.ts";

/** What the values of our buttons begin with, on their way through a channel. */
export const NAMESPACE = "codexprof";

/**
 * The channels whose presses reach a plugin: how many buttons a message there has, and
 * how many characters. A tenth more is still taken, for the spaces that make a text inert.
 */
const CHANNELS: Record<string, { buttons: number; length: number }> = {
  telegram: { buttons: 24, length: 3600 },
  discord: { buttons: 20, length: 1800 },
  slack: { buttons: 20, length: 7200 },
};
export const BUTTON_CHANNELS = Object.keys(CHANNELS);

const WEB_CHAT = "webchat";

/** Where nothing is known of a channel, the gateway cuts what is too long. */
const ANY_LENGTH = 32_000;

/** Sends one message to a conversation. Throws {@link Undelivered} where nothing went out for certain. */
export type Send = (message: chat.Message) => Promise<void>;

export interface Conversation {
  channel: string;
  /** The same for the same person in the same place. */
  user: string;
  agent: string;
  /** The chat session. A press does not say it. */
  session: string | undefined;
  isPrivate: boolean;
  to: string | undefined;
  accountId: string | undefined;
  threadId: string | number | undefined;
}

/** Where a command was typed. */
export function ofCommand(context: CommandContext): Conversation {
  const { channel, senderId, sessionKey = "", from = "", to, accountId, messageThreadId } = context;
  return {
    channel,
    user: userOf(channel, accountId, senderId),
    agent: context.agentId ?? agentOf(sessionKey) ?? defaultAgent(context.config),
    session: context.sessionKey,
    isPrivate: !isShared(sessionKey) && !isShared(from),
    to: to ?? (from || undefined),
    accountId,
    threadId: messageThreadId,
  };
}

/** Where a button was pressed. Of its agent the press says nothing. */
export function ofPress(context: PressContext, agent: string): Conversation {
  const { channel, accountId, senderId, conversationId, threadId, isGroup, guildId, callback } = context;
  const isPrivate = channel === "slack" ? conversationId.startsWith("D") : !isGroup && !guildId;
  const to = channel === "telegram" ? (callback?.chatId ?? conversationId) : conversationId;
  return { channel, user: userOf(channel, accountId, senderId), agent, session: undefined, isPrivate, to, accountId, threadId };
}

/** For whom an agent's tool runs. Its answer goes to the agent, not to the channel. */
export function ofTool(context: ToolContext, config: Config): Conversation {
  const { messageChannel: channel = WEB_CHAT, agentAccountId: accountId, requesterSenderId, sessionKey = "" } = context;
  return {
    channel,
    user: userOf(channel, accountId, requesterSenderId),
    agent: context.agentId ?? agentOf(sessionKey) ?? defaultAgent(config),
    session: context.sessionKey,
    isPrivate: !isShared(sessionKey),
    to: undefined,
    accountId,
    threadId: undefined,
  };
}

/** What the component is told of the channel. */
export function traits({ channel, isPrivate, to }: Conversation, config: Config): commands.Channel {
  const known = to === undefined ? undefined : own(CHANNELS, channel);
  const capabilities = own(config.channels ?? {}, channel)?.capabilities as { inlineButtons?: unknown } | undefined;
  const buttons = capabilities?.inlineButtons === "off" ? 0 : (known?.buttons ?? 0);
  return { buttons, length: known?.length ?? ANY_LENGTH, private: isPrivate };
}

function own<T>(values: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** The profile that the chat session uses. Nothing where it uses none yet, or the gateway does not say. */
export function sessionProfile({ agent, session }: Conversation, { runtime }: PluginApi): commands.SessionProfile | undefined {
  if (session === undefined) return undefined;
  try {
    const entry = runtime.agent.session?.getSessionEntry?.({ agentId: agent, sessionKey: session });
    if (!entry?.authProfileOverride) return undefined;
    const isAuto = entry.authProfileOverrideCompactionCount !== undefined;
    const source = entry.authProfileOverrideSource ?? (isAuto ? "auto" : "user");
    return { profile: entry.authProfileOverride, pin: source === "auto" ? "auto" : "user" };
  } catch {
    // A reply does without it.
    return undefined;
  }
}

/** The channel's own message path to this conversation, where it has one. */
export async function messagePath(conversation: Conversation, api: PluginApi): Promise<Send | undefined> {
  const { channel, to, accountId, threadId } = conversation;
  if (to === undefined) return undefined;
  const adapter = await api.runtime.channel.outbound.loadAdapter(channel);
  if (!adapter?.sendText) return undefined;
  // Telegram's adapter reads Markdown, in which half of a label can be lost; of HTML it takes every letter as it is.
  const isHtml = channel === "telegram";
  const formatting = isHtml ? ({ parseMode: "HTML" } as const) : undefined;
  const destination = { cfg: api.runtime.config.current(), to, accountId, threadId, formatting };
  return async (message) => {
    try {
      const given = payloadOf(message);
      await deliver(adapter, destination, isHtml ? escaped(given) : given);
    } catch (error) {
      // The platform answered, and the answer was no. Whatever else went wrong may have gone wrong behind it.
      if (isAnswer(error)) throw new Undelivered();
      throw error;
    }
  };
}

async function deliver(adapter: Adapter, destination: Destination, payload: Payload): Promise<void> {
  const { text = "", presentation } = payload;
  const context = { ...destination, text };
  if (!presentation || !adapter.sendPayload) return void (await adapter.sendText?.(context));
  const rendered = await adapter.renderPresentation?.({ payload, presentation, ctx: context });
  await adapter.sendPayload({ ...context, payload: rendered ?? payload });
}

function escaped(payload: Payload): Payload {
  const { text = "" } = payload;
  return { ...payload, text: text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;") };
}

function isAnswer(error: unknown): boolean {
  const { error_code, status, statusCode } = (error ?? {}) as Record<string, unknown>;
  // Only what another form of the message could cure: who is blocked or has written too much stays so.
  return [error_code, status, statusCode].some((code) => code === 400 || code === 413);
}

/** One message as a payload of the gateway's. */
export function payloadOf({ text, buttons }: chat.Message): Payload {
  return payload(inert(text), buttons);
}

/** Messages as one payload, for a reply that only the gateway can deliver. The channel takes it as one message, too. */
export function merged(parts: readonly chat.Message[], channel: commands.Channel, locale: commands.Locale): Payload {
  const text = inert(parts.map((part) => part.text).join("\n\n"));
  const buttons = parts.flatMap((part) => part.buttons);
  const most = room(channel);
  if (text.length <= most && buttons.length <= channel.buttons) return payload(text, buttons);
  const lines = text.split("\n");
  const shown = buttons.slice(0, channel.buttons);
  const says = (left: number) => `\n${leftOut(left, buttons.length - shown.length, locale)}`;
  let kept = 0;
  for (let length = says(lines.length).length; kept < lines.length; kept += 1) {
    length += lines[kept]!.length + 1;
    if (length > most) break;
  }
  return payload([...lines.slice(0, kept), says(lines.length - kept)].join("\n"), shown);
}

/** Says what did not fit. */
function leftOut(lines: number, buttons: number, locale: commands.Locale): string {
  return locale === "zh"
    ? `此渠道容不下全部内容，已省略：文字 ${lines} 行，按钮 ${buttons} 个。`
    : `Too long for this channel. Left out: ${count(lines, "line")}, ${count(buttons, "button")}.`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function payload(text: string, buttons: readonly chat.Button[]): Payload {
  return { text, ...(buttons.length > 0 && { presentation: { blocks: [{ type: "buttons", buttons: buttons.map(button) }] } }) };
}

function button({ label, value }: chat.Button): Button {
  return { label: inert(label), action: { type: "callback", value: `${NAMESPACE}:${value}` }, reusable: true };
}

function userOf(channel: string, accountId: string | undefined, senderId: string | undefined): string {
  // There the gateway names programs, not people.
  if (channel === WEB_CHAT) return channel;
  return JSON.stringify([channel, accountId ?? "default", senderId ?? "operator"]);
}

/** A person in a conversation. A press names the same one as a command does with less around it. */
export function placeOf({ user, to = "", threadId = "" }: Conversation): string {
  return JSON.stringify([user, to.replace(/^.*:/, ""), String(threadId)]);
}

/** `agent:<id>:…` */
function agentOf(sessionKey: string): string | undefined {
  return /^agent:([^:]+):/.exec(sessionKey)?.[1];
}

/** A group, a channel or a room: others read along. */
function isShared(key: string): boolean {
  return /:(group|channel|room|supergroup)(:|$)/.test(key);
}

export function defaultAgent(config: Config): string {
  const agents = config.agents?.list ?? [];
  return (agents.find((agent) => agent.default) ?? agents[0])?.id ?? "main";
}
