/** A model on this machine, as OpenAI's completions API serves one. What it does is a play that the test gives. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A tool call that the model wants. */
export interface Call {
  name: string;
  arguments: Record<string, unknown>;
}

/**
 * Turns the last thing somebody wrote into the model's reply: calls of tools, or an answer.
 * The model then repeats what the tools say, word for word.
 */
export type Play = (said: string) => readonly Call[] | string;

/** A question of the gateway to the model. */
export interface Prompt {
  /** The author of the text: a person, or tools. */
  role: "user" | "tool";
  text: string;
  /** The system's part. */
  instructions: string;
  /** The names of the tools that are offered with their parameters. */
  tools: string[];
}

interface Completion {
  messages: { role: string; content?: string | { text?: string }[] | null }[];
  tools?: { function: { name: string } }[];
}

export class Model {
  readonly prompts: Prompt[] = [];
  /** The same model where it writes programs that call the tools: for a session that names it. */
  readonly coder = "stage/coder";
  /** The same model by the provider of the sign-ins. It cannot answer: they are not what it takes. */
  readonly signedIn = "openai/actor";
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

  /** The options of a home that make this the model of every agent. */
  get options(): { model: string; config: Record<string, unknown> } {
    const { port } = this.#server.address() as AddressInfo;
    const actor = {
      id: "actor",
      name: "An actor",
      reasoning: false,
      input: ["text"],
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      contextWindow: 200_000,
      maxTokens: 8_000,
    };
    const coder = { ...actor, id: "coder", name: "A coder", compat: { codeMode: "preferred" } };
    const openai = { baseUrl: `http://127.0.0.1:${port}/v1`, api: "openai-completions", models: [actor] };
    const stage = { ...openai, apiKey: "none", models: [actor, coder] };
    return { model: "stage/actor", config: { models: { providers: { stage, openai } } } };
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== "/v1/chat/completions") return void response.writeHead(404).end();
    const prompt = promptOf(JSON.parse(await bodyOf(request)) as Completion);
    this.prompts.push(prompt);
    const does = prompt.role === "tool" ? prompt.text : this.#play(prompt.text);
    if (typeof does === "string") return stream(response, { content: does }, "stop");
    const calls = does.map((call, index) => ({ index, ...this.#called(call, prompt.tools) }));
    stream(response, { tool_calls: calls }, "tool_calls");
  }

  /** Tools that the gateway keeps in its catalogue are called through one that is offered. */
  #called({ name, arguments: given }: Call, tools: readonly string[]) {
    const called = tools.includes(name) ? { name, arguments: given } : { name: "tool_call", arguments: { id: name, args: given } };
    const { arguments: json, ...rest } = called;
    return { id: `call${++this.#calls}`, type: "function", function: { ...rest, arguments: JSON.stringify(json) } };
  }
}

/** Text that the gateway adds to a conversation by itself. */
const INTERNAL = /<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>.*?<<<END_OPENCLAW_INTERNAL_CONTEXT>>>/gs;

function promptOf({ messages, tools = [] }: Completion): Prompt {
  const said = messages.map(({ role, content }) => ({ role, text: textOf(content).replace(INTERNAL, "").trim() }));
  const latest = said.slice(said.findLastIndex(({ role }) => role === "assistant") + 1).filter(({ text }) => text !== "");
  const results = latest.filter(({ role }) => role === "tool").map(({ text }) => resultOf(text));
  return {
    role: results.length > 0 ? "tool" : "user",
    text: results.length > 0 ? results.join("\n\n") : (latest.findLast(({ role }) => role === "user")?.text ?? ""),
    instructions: said.filter(({ role }) => role === "system" || role === "developer").map(({ text }) => text).join("\n"),
    tools: tools.map((tool) => tool.function.name),
  };
}

/** A tool's own words, out of what the gateway's own tool made of them. */
function resultOf(text: string): string {
  try {
    const { result } = JSON.parse(text) as { result?: { content?: { text?: string }[] } };
    return result?.content ? textOf(result.content) : text;
  } catch {
    return text;
  }
}

function textOf(content: string | { text?: string }[] | null | undefined): string {
  return typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("\n");
}

function stream(response: ServerResponse, delta: object, finish_reason: string): void {
  const send = (more: object) => {
    const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "actor", ...more };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  send({ choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }] });
  send({ choices: [{ index: 0, delta: {}, finish_reason }] });
  send({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
  response.end("data: [DONE]\n\n");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
