/** A client of a gateway, as its own web chat is one. */

import type { Home } from "./home.ts";
import { PATIENCE_MS } from "./patience.ts";

/** The payload of the `chat` event. */
export interface ChatEvent {
  runId: string;
  state: "delta" | "status" | "final" | "error" | "aborted";
  message?: { role?: string; content?: { type: string; text?: string }[] | string; [more: string]: unknown };
  errorMessage?: string;
  [more: string]: unknown;
}

export interface Answered {
  /** All text of the final message; of an error, what it says. */
  text: string;
  state: ChatEvent["state"];
  /** From the command to its final event. */
  ms: number;
  events: ChatEvent[];
}

export interface Client {
  /** Sends a slash command to a session and waits until it is done. */
  command(text: string, options?: { session?: string }): Promise<Answered>;
  request(method: string, params: unknown): Promise<unknown>;
  /** Merges settings of the plugin into the gateway's configuration, which loads it anew. An administrator's. */
  configure(settings: object): Promise<void>;
  close(): Promise<void>;
}

interface Frame {
  type: "event" | "res";
  event?: string;
  payload?: unknown;
  id?: string;
  ok?: boolean;
  error?: { message?: string };
}

interface Waiting {
  resolve(payload: unknown): void;
  reject(error: Error): void;
}

export async function connect(home: Home, { scopes = ["operator.read", "operator.write"] } = {}): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${home.port}`);
  const waiting = new Map<string, Waiting>();
  const runs = new Map<string, (event: ChatEvent) => void>();
  let requests = 0;

  const request = (method: string, params: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      const id = String(++requests);
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ type: "req", id, method, params }));
    });

  await new Promise<void>((resolve, reject) => {
    const hello = {
      minProtocol: 4,
      maxProtocol: 4,
      client: { id: "gateway-client", version: "1.0.0", platform: "linux", mode: "backend" },
      role: "operator",
      scopes,
      caps: [],
      commands: [],
      permissions: {},
      auth: { token: home.token },
      locale: "en-US",
      userAgent: "codex-profiler-test",
    };
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.event === "connect.challenge") request("connect", hello).then(() => resolve(), reject);
      if (frame.event === "chat") {
        const event = frame.payload as ChatEvent;
        runs.get(event.runId)?.(event);
      }
      if (frame.type !== "res") return;
      const { resolve: answer, reject: refuse } = waiting.get(frame.id!) ?? {};
      waiting.delete(frame.id!);
      if (frame.ok) answer?.(frame.payload);
      else refuse?.(new Error(frame.error?.message ?? "refused"));
    });
    socket.addEventListener("close", ({ code, reason }) => {
      const error = new Error(`the gateway hung up: ${code} ${reason}`);
      reject(error);
      for (const each of waiting.values()) each.reject(error);
    });
  });

  return {
    request,
    async command(message, { session = "agent:main:main" } = {}) {
      const runId = crypto.randomUUID();
      const startedAt = performance.now();
      const events: ChatEvent[] = [];
      const done = Promise.withResolvers<ChatEvent>();
      runs.set(runId, (event) => {
        events.push(event);
        if (["final", "error", "aborted"].includes(event.state)) done.resolve(event);
      });
      const late = setTimeout(() => done.reject(new Error(`no answer to ${message}: ${JSON.stringify(events)}`)), PATIENCE_MS);
      try {
        await request("chat.send", { sessionKey: session, message, idempotencyKey: runId, deliver: false });
        const last = await done.promise;
        return { text: textOf(last), state: last.state, ms: performance.now() - startedAt, events };
      } finally {
        clearTimeout(late);
        runs.delete(runId);
      }
    },
    async configure(config) {
      const { hash } = (await request("config.get", {})) as { hash: string };
      const raw = JSON.stringify({ plugins: { entries: { "codex-profiler": { config } } } });
      await request("config.patch", { raw, baseHash: hash });
    },
    close: () =>
      new Promise((closed) => {
        if (socket.readyState === WebSocket.CLOSED) return closed();
        socket.addEventListener("close", () => closed());
        socket.close();
      }),
  };
}

function textOf({ message, errorMessage = "" }: ChatEvent): string {
  const content = message?.content ?? errorMessage;
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("\n");
}
