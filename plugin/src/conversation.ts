/** A place where somebody talks to the gateway: who they are, what can be shown there, and the way back to it. */

import { Undelivered } from "./call.ts";
import { CONFIRMS } from "./changes.ts";
import { isTarget, traitsOf, WEB_CHAT, type ChannelTraits, type Markup } from "./channels.ts";
import type { chat, commands } from "./contract.ts";
import { room } from "./fit.ts";
import type {
  Adapter,
  Block,
  Button,
  CommandContext,
  Config,
  Destination,
  Payload,
  PluginApi,
  PressContext,
  ToolContext,
} from "./gateway-api.ts";
import { inert } from "./inert.ts";
import { marked } from "./markup.ts";
import { block, inMarkdown, tableOf, type Around } from "./tables.ts";

/** Prefix of our buttons' values on their way through a channel. */
export const NAMESPACE = "codexprof";

/** The longest that a platform may take for one message. */
const SEND_MS = 20_000;

/** Sends one message to a conversation. Throws {@link Undelivered} where nothing went out for certain. */
export type Send = (message: chat.Message) => Promise<void>;

/**
 * The way of an answer: by the channel's message path, as the reply to a command, or to
 * whoever pressed alone, which is text and nothing else.
 */
export type Way = keyof ChannelTraits["markup"];

/** The way of the answer to a typed command. */
export function wayOfCommand({ channel }: Conversation): Way {
  return traitsOf(channel).answers === "messages" ? "messages" : "replies";
}

/** The way of the answer to a press. Where others read along, what a slash command said may have been for one person alone. */
export function wayOfPress({ channel, isPrivate }: Conversation): Way {
  return isPrivate || traitsOf(channel).answers === "messages" ? "messages" : "presses";
}

export interface Conversation {
  channel: string;
  /** The same for the same person in the same place. */
  user: string;
  /** The person, as the channel names them. */
  senderId: string | undefined;
  agent: string;
  /** The chat session. A press does not say it. */
  session: string | undefined;
  isPrivate: boolean;
  /** The conversation itself, opaque: a press in it and a command have the same one. */
  place: string;
  /** The target of a message, if there is such a place. */
  to: string | undefined;
  accountId: string | undefined;
  threadId: string | number | undefined;
}

/** The conversation that a command was typed in. */
export function ofCommand(context: CommandContext): Conversation {
  const { channel, senderId, sessionKey = "", from = "", accountId, messageThreadId } = context;
  const to = [context.to, from].find(isTarget);
  return {
    channel,
    user: userOf(channel, accountId, senderId),
    senderId,
    agent: context.agentId ?? agentOf(sessionKey) ?? defaultAgent(context.config),
    session: context.sessionKey,
    isPrivate: !isShared(sessionKey) && !isShared(from),
    place: placeOf(channel, accountId, to ?? sessionKey, messageThreadId),
    to,
    accountId,
    threadId: messageThreadId,
  };
}

/** The conversation that a button was pressed in. The press does not name its agent. */
export function ofPress(context: PressContext, agent: string): Conversation {
  const { channel, accountId, senderId, conversationId, threadId, isGroup, guildId, callback } = context;
  const isPrivate = channel === "slack" ? conversationId.startsWith("D") : !isGroup && !guildId;
  const to = channel === "telegram" ? (callback?.chatId ?? conversationId) : conversationId;
  const place = placeOf(channel, accountId, to, threadId);
  return { channel, user: userOf(channel, accountId, senderId), senderId, agent, session: undefined, isPrivate, place, to, accountId, threadId };
}

/** For whom an agent's tool runs. Its answer goes to the agent, not to the channel. */
export function ofTool(context: ToolContext, config: Config): Conversation {
  const { messageChannel: channel = WEB_CHAT, agentAccountId: accountId, requesterSenderId, sessionKey = "", deliveryContext } = context;
  const { to, threadId } = deliveryContext ?? {};
  return {
    channel,
    user: userOf(channel, accountId, requesterSenderId),
    senderId: requesterSenderId,
    agent: context.agentId ?? agentOf(sessionKey) ?? defaultAgent(config),
    session: context.sessionKey,
    isPrivate: !isShared(sessionKey),
    place: placeOf(channel, accountId, sessionKey, undefined),
    to: isTarget(to) ? to : undefined,
    accountId,
    threadId,
  };
}

/** The channel as the component sees it. */
export function channelOf(where: Pick<Conversation, "channel" | "accountId" | "isPrivate">, way: Way, config: Config): commands.Channel {
  const { buttons, length } = traitsOf(where.channel);
  const hasButtons = way !== "presses" && takesPresses(where, config);
  return { buttons: hasButtons ? buttons : 0, length, private: where.isPrivate };
}

/** Returns whether a press gets to the plugin. Telegram can be told to take presses only in private chats or only in groups, for each account. */
function takesPresses({ channel, accountId, isPrivate }: Pick<Conversation, "channel" | "accountId" | "isPrivate">, { channels = {} }: Config): boolean {
  if (channel !== "telegram") return true;
  const settings = own(channels, channel);
  const capabilities = own(settings?.accounts ?? {}, accountId ?? "default")?.capabilities ?? settings?.capabilities;
  if (Array.isArray(capabilities)) return capabilities.length === 0 || capabilities.some((each) => String(each).toLowerCase() === "inlinebuttons");
  const { inlineButtons } = (capabilities ?? {}) as { inlineButtons?: unknown };
  return inlineButtons !== "off" && inlineButtons !== (isPrivate ? "group" : "dm");
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

/** The outcome of sending a message. It went out in neither of `refused`, by the platform, and `failed`, on the way there. */
export type Fate = "sent" | "refused" | "failed" | "unclear";

/** The way to a conversation. */
export type Address = Pick<Conversation, "channel" | "to" | "accountId" | "threadId">;

/** Sends a message that nobody asked for just now. */
export async function post(message: chat.Message, to: Address, api: PluginApi): Promise<Fate> {
  if (!traitsOf(to.channel).unasked) return "refused";
  // A channel that is switched off just now has refused nothing.
  const send = await pathTo(to, api);
  if (!send) return "failed";
  return await send(message).then(() => "sent", fateOf);
}

/** The channel's own message path to this conversation, where it has one. */
export async function messagePath(conversation: Conversation, api: PluginApi): Promise<Send | undefined> {
  const send = await pathTo(conversation, api);
  return send && ((message) => send(message).catch((error) => {
    // The platform refused the message. After any other error, it may still have been delivered.
    if (isAnswer(error)) throw new Undelivered();
    throw error;
  }));
}

async function pathTo({ channel, to, accountId, threadId }: Address, api: PluginApi): Promise<Send | undefined> {
  if (to === undefined) return undefined;
  const adapter = await api.runtime.channel.outbound.loadAdapter(channel);
  if (!adapter?.sendText) return undefined;
  const { messages } = traitsOf(channel).markup;
  // Telegram's adapter reads Markdown, in which half of a label can be lost; of HTML it takes every letter as it is.
  const formatting = messages === "html" ? ({ parseMode: "HTML" } as const) : undefined;
  const destination = { cfg: api.runtime.config.current(), to, accountId, threadId, formatting };
  return (message) => inTime(deliver(adapter, destination, payloadOf(message, messages)));
}

/** The platform's answer, or an error once it took too long: nothing is known of the message then. */
async function inTime(answer: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the platform takes too long")), SEND_MS);
  });
  await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function deliver(adapter: Adapter, destination: Destination, payload: Payload): Promise<void> {
  const { text = "", presentation } = payload;
  const context = { ...destination, text };
  if (!presentation || !adapter.sendPayload) return void (await adapter.sendText?.(context));
  const rendered = await adapter.renderPresentation?.({ payload, presentation, ctx: context });
  await adapter.sendPayload({ ...context, payload: rendered ?? payload });
}

function isAnswer(error: unknown): boolean {
  const { error_code, status, statusCode } = (error ?? {}) as Record<string, unknown>;
  // Only what another form of the message could cure: who is blocked or has written too much stays so.
  return [error_code, status, statusCode].some((code) => code === 400 || code === 413);
}

/** The fate of a message whose sending threw this. */
function fateOf(error: unknown): Fate {
  const codes = causes(error).flatMap(({ error_code, status, statusCode, code }) => [error_code, status, statusCode, code]);
  // If a chat is gone or blocks it, Telegram's adapter throws a sentence in place of the answer.
  const isGone = error instanceof Error && error.message.startsWith("Telegram send failed: ");
  if (isGone || codes.some((code) => REFUSALS.includes(code))) return "refused";
  return codes.some((code) => NOT_REACHED.includes(code)) ? "failed" : "unclear";
}

/** An error and what it comes from, a few steps back. */
function causes(error: unknown, steps = 4): Record<string, unknown>[] {
  if (typeof error !== "object" || error === null || steps === 0) return [];
  const known = error as Record<string, unknown>;
  return [known, ...causes(known["cause"] ?? known["error"], steps - 1)];
}

/** Answers of a platform by which a conversation takes no message: it is gone, or whoever is in it blocked the bot. */
const REFUSALS: readonly unknown[] = [400, 403, 404, 410, 413];

/** By which nothing went out, whatever the conversation would take. */
const NOT_REACHED: readonly unknown[] = [401, 429, "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];

/** One message as a payload of the gateway's. */
export function payloadOf({ text, buttons }: chat.Message, markup: Markup): Payload {
  return payload(marked(text, markup), buttons);
}

/**
 * Joins messages into one gateway reply. If it is too long, the gateway splits it, and then it
 * gets no buttons: on Discord, the text is part of the component that carries them.
 */
export function merged(parts: readonly commands.Part[], { buttons: most, length }: commands.Channel, { markup, table }: ChannelTraits): Payload {
  const text = parts.map((part) => part.text).join("\n\n");
  const all = parts.flatMap((part) => part.buttons);
  const buttons = inert(text).length <= room(length) && all.length <= most ? all : [];
  const [whole, ...more] = parts;
  const shown = whole && more.length === 0 ? tableOf(whole, table) : undefined;
  if (shown && table?.as === "markdown") return payload(inMarkdown(shown), buttons);
  const plain = payload(marked(text, markup.replies), buttons);
  return shown ? { ...plain, presentation: { blocks: blocksOf(shown, buttons) }, presentationTextMode: "fallback" } : plain;
}

/** The blocks that a platform draws in place of a text: the text above its table, the table, the text below, and the buttons. */
function blocksOf({ above, table, below }: Around, buttons: readonly chat.Button[]): Block[] {
  // The renderer passes these texts on as they are.
  const text = (of: string): Block[] => (of === "" ? [] : [{ type: "text", text: marked(of, "mrkdwn") }]);
  return [...text(above), block(table), ...text(below), ...(buttons.length > 0 ? [row(buttons)] : [])];
}

function payload(text: string, buttons: readonly chat.Button[]): Payload {
  return { text, ...(buttons.length > 0 && { presentation: { blocks: [row(buttons)] } }) };
}

function row(buttons: readonly chat.Button[]): Block {
  return { type: "buttons", buttons: buttons.map(button) };
}

function button({ label, value }: chat.Button): Button {
  const isOnce = isUsedUp(value);
  return { label: inert(label), action: { type: "callback", value: `${NAMESPACE}:${value}` }, ...(isOnce ? { style: "primary" } : { reusable: true }) };
}

/** Returns whether a button of this value does something once. */
export function isUsedUp(value: string): boolean {
  return value.startsWith(CONFIRMS);
}

function userOf(channel: string, accountId: string | undefined, senderId: string | undefined): string {
  // There the gateway names programs, not people.
  if (channel === WEB_CHAT) return channel;
  return JSON.stringify([channel, accountId ?? "default", foldedId(senderId ?? "operator")]);
}

/** An id in the form used for comparison. On Slack, the gateway gives the id of a person who types in lower case, of one who presses as is. */
export function foldedId(id: string): string {
  return id.toLowerCase();
}

/** A press names the same conversation as a command does with less around it. */
function placeOf(channel: string, accountId: string | undefined, to: string, threadId: string | number | undefined): string {
  return JSON.stringify([channel, accountId ?? "default", foldedId(to).replace(/^.*:/, ""), String(threadId ?? "")]);
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
