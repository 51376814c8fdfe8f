/** The Bot API of a Telegram on this machine, and the people in it. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { PATIENCE_MS } from "./patience.ts";

export interface Button {
  text: string;
  callback_data?: string;
  url?: string;
  style?: string;
}

/** A call of the bot. */
export interface Call {
  method: string;
  params: Record<string, unknown>;
  /** By `performance.now()`. */
  at: number;
}

/** A message of the bot, as it stands by now. */
export interface Message {
  id: number;
  chat: number;
  /** As a person reads it. */
  text: string;
  /** As it was sent. */
  wire: string;
  parseMode: string | undefined;
  /** By rows. */
  buttons: Button[][];
  edited: boolean;
  at: number;
}

export interface Said {
  from: number;
  /** A group; otherwise the private chat. */
  chat?: number;
  thread?: number;
}

type Params = Record<string, unknown>;

/** Methods that the bot calls and no person sees. */
const UNSEEN = /^(get|set|delete(Webhook|MyCommands)|sendChatAction|answerCallbackQuery|close|logOut)/;
const MESSAGE = /^send(Message|RichMessage|Photo|Document)$/;

export class Telegram {
  readonly calls: Call[] = [];
  readonly messages: Message[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();
  #updates: { update_id: number }[] = [];
  #lastId = 1000;

  static async start(): Promise<Telegram> {
    const telegram = new Telegram();
    telegram.#server.listen(0, "127.0.0.1");
    await once(telegram.#server, "listening");
    return telegram;
  }

  get apiRoot(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  /** Somebody writes to the bot. */
  write(text: string, said: Said): void {
    this.#lines.push(`${nameOf(said)}: ${text}`);
    const [command = ""] = text.split(/\s/);
    const entities = text.startsWith("/") ? [{ type: "bot_command", offset: 0, length: command.length }] : [];
    this.#update({ message: { ...this.#message(said), from: userOf(said.from), text, entities } });
  }

  /** Somebody presses a button, named by its label or by what it carries. */
  press(message: Message, button: string, { from }: { from: number }): void {
    const found = message.buttons.flat().find((each) => each.text === button || each.callback_data === button);
    const data = found?.callback_data ?? button;
    this.#lines.push(`${nameOf({ from, chat: message.chat })} presses [${found?.text ?? button}]`);
    this.#update({
      callback_query: {
        id: String(++this.#lastId),
        from: userOf(from),
        chat_instance: "1",
        data,
        message: { ...this.#message({ from, chat: message.chat }), message_id: message.id, from: BOT, text: message.text },
      },
    });
  }

  /** Waits for the first message after `since` that is as wanted. */
  async message(wanted: (message: Message) => boolean, { since = 0 } = {}): Promise<Message> {
    return await this.waitFor(() => this.messages.slice(since).find(wanted));
  }

  /** Waits until something is found, looking again after every call of the bot. */
  async waitFor<T>(find: () => T | undefined | false, ms = PATIENCE_MS): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = () => {
      const found = find();
      if (found) resolve(found);
    };
    const late = setTimeout(() => reject(new Error(`not in ${ms} ms; the chat so far:\n${this.transcript()}`)), ms);
    this.#watchers.add(look);
    look();
    return await promise.finally(() => {
      clearTimeout(late);
      this.#watchers.delete(look);
    });
  }

  /** Waits until the bot has said nothing for so long. */
  async quiet(ms = 2_000): Promise<void> {
    for (let seen = -1; seen !== this.#lines.length; ) {
      seen = this.#lines.length;
      await new Promise((done) => setTimeout(done, ms));
    }
  }

  /** The chat as a text. */
  transcript(): string {
    return this.#lines.join("\n\n");
  }

  #message({ from, chat, thread }: Said): Params {
    return {
      message_id: ++this.#lastId,
      date: Math.floor(Date.now() / 1000),
      chat: chatOf(chat ?? from),
      ...topic(thread),
    };
  }

  #update(update: Params): void {
    this.#updates.push({ update_id: ++this.#lastId, ...update });
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://localhost");
    const method = url.pathname.match(/^\/bot[^/]+\/(\w+)$/)?.[1];
    const params = { ...Object.fromEntries(url.searchParams), ...(await bodyOf(request)) };
    const result = method === "getUpdates" ? await this.#poll(params) : method && this.#answer(method, params);
    const answer = result === undefined ? { ok: false, error_code: 404, description: "Not Found" } : { ok: true, result };
    response.setHeader("content-type", "application/json");
    response.writeHead(result === undefined ? 404 : 200).end(JSON.stringify(answer));
  }

  async #poll({ offset, timeout }: Params): Promise<unknown> {
    this.#updates = this.#updates.filter((update) => update.update_id >= Number(offset ?? 0));
    const patience = Math.min(Number(timeout ?? 0), 20) * 1000;
    if (patience > 0) await this.waitFor(() => this.#updates.length > 0, patience).catch(() => {});
    return this.#updates;
  }

  #answer(method: string, params: Params): unknown {
    const call = { method, params, at: performance.now() };
    this.calls.push(call);
    const result = this.#take(call);
    if (!UNSEEN.test(method)) this.#look();
    return result;
  }

  #take({ method, params, at }: Call): unknown {
    const date = Math.floor(Date.now() / 1000);
    const chat = Number(params["chat_id"]);
    if (method === "getMe") return { ...BOT, can_join_groups: true, can_read_all_group_messages: true, supports_inline_queries: false };
    if (method === "getWebhookInfo") return { url: "", has_custom_certificate: false, pending_update_count: 0 };
    if (method === "getMyCommands") return [];
    if (method === "getChat") return chatOf(chat);
    if (method === "getChatMember") return { status: "member", user: userOf(Number(params["user_id"])) };
    if (MESSAGE.test(method)) {
      const message = { id: ++this.#lastId, chat, ...shownBy(params), edited: false, at };
      this.messages.push(message);
      this.#lines.push(`bot${inGroup(chat)}: ${render(message)}`);
      return { message_id: message.id, date, chat: chatOf(chat), from: BOT, text: message.text, ...topic(params["message_thread_id"]) };
    }
    if (method.startsWith("editMessage")) {
      const message = this.messages.find((each) => each.id === Number(params["message_id"]));
      if (!message) return undefined;
      const { text, wire, parseMode, buttons } = shownBy(params);
      Object.assign(message, method === "editMessageReplyMarkup" ? { buttons } : { text, wire, parseMode, buttons }, { edited: true });
      this.#lines.push(`bot${inGroup(chat)} edits that to: ${render(message)}`);
      return { message_id: message.id, date, chat: chatOf(chat), from: BOT, text: message.text };
    }
    if (!UNSEEN.test(method)) this.#lines.push(`bot calls ${method}: ${JSON.stringify(params)}`);
    return true;
  }
}

const BOT = { id: 99, is_bot: true, first_name: "Mock", username: "mock_bot" };

async function bodyOf(request: IncomingMessage): Promise<Params> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const type = request.headers["content-type"] ?? "";
  if (type.includes("json")) return JSON.parse(body || "{}") as Params;
  if (type.includes("urlencoded")) return Object.fromEntries(new URLSearchParams(body));
  return body === "" ? {} : { body };
}

function shownBy(params: Params): Pick<Message, "text" | "wire" | "parseMode" | "buttons"> {
  const markup = params["reply_markup"];
  const { inline_keyboard: buttons = [] } = (typeof markup === "string" ? JSON.parse(markup) : (markup ?? {})) as {
    inline_keyboard?: Button[][];
  };
  const wire = String(params["text"] ?? params["caption"] ?? "");
  const parseMode = params["parse_mode"] as string | undefined;
  return { text: parseMode === "HTML" ? plain(wire) : wire, wire, parseMode, buttons };
}

function plain(html: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return html.replace(/<[^>]*>/g, "").replace(/&(lt|gt|quot|amp);/g, (_, name: string) => entities[name]!);
}

function render({ text, buttons }: Message): string {
  const lines = buttons.flat().map((each) => `[${each.text}] ${each.callback_data ?? each.url ?? ""}`);
  return [text, ...lines].join("\n");
}

function nameOf({ from, chat = from }: Said): string {
  return `${from}${inGroup(chat)}`;
}

function inGroup(chat: number): string {
  return chat < 0 ? " in the group" : "";
}

function topic(thread: unknown): Params {
  return thread === undefined ? {} : { message_thread_id: Number(thread), is_topic_message: true };
}

function userOf(id: number): Params {
  return { id, is_bot: false, first_name: `T${id}`, username: `u${id}`, language_code: "en" };
}

function chatOf(id: number): Params {
  return id < 0 ? { id, type: "supergroup", title: "A group" } : { id, type: "private", first_name: `T${id}` };
}
