/** The common part of every platform's double: a server on this machine, and a conversation that grows. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { installed } from "../gateway/openclaw.ts";
import { PATIENCE_MS } from "../gateway/patience.ts";

/** As much of the package `ws` as this takes. */
export interface Socket {
  send(text: string): void;
  on(event: "message", heard: (text: unknown) => void): void;
}
interface Sockets {
  WebSocketServer: new (options: object) => { on(event: "connection", connected: (socket: Socket) => void): void };
}

export interface Button {
  label: string;
  /** The value that a press brings back. */
  value: string;
  style?: string | number | undefined;
}

/** A message of the gateway's, as it stands by now. */
export interface Message {
  id: string;
  /** Its place: a channel's id, or the one that only the person who asked sees. */
  where: string;
  text: string;
  buttons: Button[];
  /** As it was sent, whole. */
  wire: string;
}

export class Double {
  readonly messages: Message[] = [];
  readonly calls: { method: string; path: string; body: unknown }[] = [];
  readonly server = createServer((request, response) => void this.#serve(request, response));
  readonly #lines: string[] = [];
  #changed = Promise.withResolvers<void>();

  /** The platform's answer; undefined if it knows no such thing. */
  answer(_method: string, _path: string, _body: unknown): unknown {
    return undefined;
  }

  async listen(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  /** Takes web sockets, too. OpenClaw brings the package. */
  takeSockets(connected: (socket: Socket) => void): void {
    const { WebSocketServer } = createRequire(join(installed!, "../node_modules/openclaw/package.json"))("ws") as Sockets;
    new WebSocketServer({ server: this.server }).on("connection", connected);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  note(line: string): void {
    this.#lines.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** A new message, or another state of an old one. */
  show(message: Message): void {
    const at = this.messages.findIndex(({ id }) => id === message.id);
    if (at >= 0) this.messages[at] = message;
    else this.messages.push(message);
    const buttons = message.buttons.map(({ label, style }) => `[${label}]${style === undefined ? "" : ` (${style})`}`);
    this.note([`bot ${at >= 0 ? "edits that" : "says"} (${message.where}): ${message.text}`, ...buttons].join("\n"));
  }

  /** Waits for the first message after `since` that is as wanted. */
  async message(wanted: RegExp, { since = 0 } = {}): Promise<Message> {
    const late = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.messages.slice(since).find(({ text }) => wanted.test(text));
      if (found) return found;
      if (performance.now() > late) throw new Error(`no ${wanted} in ${PATIENCE_MS} ms; so far:\n${this.transcript()}`);
      await Promise.race([this.#changed.promise, new Promise((done) => setTimeout(done, 500))]);
    }
  }

  /** Waits until nothing has been said for so long. */
  async quiet(ms = 1500): Promise<void> {
    for (let seen = -1; seen !== this.#lines.length; ) {
      seen = this.#lines.length;
      await new Promise((done) => setTimeout(done, ms));
    }
  }

  transcript(): string {
    return this.#lines.join("\n\n");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = bodyOf(Buffer.concat(await request.toArray()).toString(), request.headers["content-type"] ?? "");
    const pathname = decodeURIComponent(new URL(request.url ?? "", "http://localhost").pathname);
    this.calls.push({ method: request.method ?? "", path: pathname, body });
    const answer = this.answer(request.method ?? "", pathname, body) as { status?: number } | undefined;
    const { status = answer === undefined ? 404 : 200 } = (answer ?? {}) as { status?: number };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(status === 204 ? "" : JSON.stringify(answer ?? { message: "Unknown", code: 10003, ok: false, error: "unknown_method" }));
  }
}

function bodyOf(text: string, type: string): unknown {
  if (text === "") return {};
  if (type.includes("json")) return JSON.parse(text);
  if (type.includes("urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  return { raw: text };
}

/**
 * The environment of a gateway that takes a proxy into use once this file names it. The
 * socket of @openclaw/slack 2026.9.6 does not work where there is one from the start.
 */
export function laterProxy(file: string): Record<string, string> {
  const late = `import { existsSync, readFileSync } from "node:fs";
    const timer = setInterval(() => {
      if (!existsSync(${JSON.stringify(file)})) return;
      process.env.HTTPS_PROXY = readFileSync(${JSON.stringify(file)}, "utf8");
      clearInterval(timer);
    }, 200).unref();`;
  return { HTTPS_PROXY: "", NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(late)}` };
}
