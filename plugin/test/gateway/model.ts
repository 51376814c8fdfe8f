/** A model on this machine, as OpenAI's completions API serves one. What it says is a play that the test gives. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What it wants called. */
export interface Call {
  name: string;
  arguments: Record<string, unknown>;
}

/** What the model makes of what somebody wrote last: a call of a tool, or an answer. Of a tool's result it always repeats the text. */
export type Play = (said: string) => Call | string;

/** A request of the gateway. */
export interface Prompt {
  /** What stands last in it: of a person, or of a tool. */
  role: string;
  text: string;
  /** The names of the tools that are offered. */
  tools: string[];
}

interface Completion {
  messages: { role: string; content?: string | { type: string; text?: string }[] | null }[];
  tools?: { function: { name: string } }[];
  stream?: boolean;
}

export class Model {
  readonly prompts: Prompt[] = [];
  readonly #play: Play;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #calls = 0;

  static async start(play: Play): Promise<Model> {
    const model = new Model(play);
    model.#server.listen(0, "127.0.0.1");
    await once(model.#server, "listening");
    return model;
  }

  private constructor(play: Play) {
    this.#play = play;
  }

  /** Keys of a gateway's configuration in which this model is the one that agents use. */
  get config(): Record<string, unknown> {
    const { port } = this.#server.address() as AddressInfo;
    const scripted = {
      id: "actor",
      name: "An actor",
      reasoning: false,
      input: ["text"],
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      contextWindow: 200_000,
      maxTokens: 8_000,
    };
    const provider = { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: "fake", api: "openai-completions", models: [scripted] };
    return {
      models: { providers: { scripted: provider } },
      agents: { defaults: { model: { primary: "scripted/actor" } } },
    };
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.url?.endsWith("/chat/completions")) return void response.writeHead(404).end();
    const completion = JSON.parse(await bodyOf(request)) as Completion;
    const tools = (completion.tools ?? []).map((tool) => tool.function.name);
    const { role = "", content } = completion.messages.at(-1) ?? {};
    const text = typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("\n");
    this.prompts.push({ role, text, tools });
    const said = role === "tool" ? text : this.#play(text);
    const call = typeof said === "string" ? undefined : this.#called(said);
    const delta = call ? { tool_calls: [{ index: 0, ...call }] } : { content: said };
    const reason = call ? "tool_calls" : "stop";
    if (completion.stream) stream(response, delta, reason);
    else whole(response, call ? { content: null, tool_calls: [call] } : { content: said }, reason);
  }

  #called({ name, arguments: given }: Call) {
    return { id: `call_${++this.#calls}`, type: "function", function: { name, arguments: JSON.stringify(given) } };
  }
}

const USAGE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };

function stream(response: ServerResponse, delta: object, finish_reason: string): void {
  const chunk = (more: object) => {
    const whole = { id: "chatcmpl-1", object: "chat.completion.chunk", created: now(), model: "actor", ...more };
    response.write(`data: ${JSON.stringify(whole)}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  chunk({ choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }] });
  chunk({ choices: [{ index: 0, delta: {}, finish_reason }] });
  chunk({ choices: [], usage: USAGE });
  response.end("data: [DONE]\n\n");
}

function whole(response: ServerResponse, message: object, finish_reason: string): void {
  const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason }];
  const body = { id: "chatcmpl-1", object: "chat.completion", created: now(), model: "actor", choices, usage: USAGE };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
