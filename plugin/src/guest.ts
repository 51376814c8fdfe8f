/** The guest's thread: an instance for every call, and no way out of it but the bridge. */

import { parentPort, workerData, type MessagePort } from "node:worker_threads";

import { instantiate, type ImportObject } from "../build/component/skill.js";
import { ask, type FromGuest, type Job, type Outcome, type Setup } from "./bridge.ts";
import { allow, meter, takenOut } from "./meter.ts";
import { compiled } from "./modules.ts";

/** The component's imports: all of them, and only these. */
const IMPORTS = {
  https: ["fetchAll"],
  gateway: ["read", "propose", "recall", "apply"],
  "auth-store": ["read"],
  chat: ["send", "subscribe", "unsubscribe", "subscriptions"],
  memory: ["load", "save", "take", "release"],
};

/**
 * The largest question, by the meter: the gateway's loop reads it in one go.
 * The largest batch of requests that may be sent has less.
 */
const LARGEST_QUESTION = 2 << 20;

const setup = workerData as Setup;
/** Jobs and answers come in by it, everything else goes out. */
const port = parentPort as MessagePort;
const modules = typeof setup.modules === "string" ? compiled(new URL(setup.modules), setup.memoryBytes) : setup.modules;
meter();

/** The memories of all calls. That of a call which is over goes when the collector likes. */
let heldBytes = 0;
const collected = new FinalizationRegistry((bytes: number) => (heldBytes -= bytes));

let next = instance();
say({ modules });

port.on("message", (job: Job) => {
  const outcome = run(next, job);
  say({ ...outcome, heldBytes });
  // Nobody waits for it now.
  next = instance();
});

function say(said: FromGuest): void {
  port.postMessage(said);
}

/** Makes an instance of the component, for one call. */
function instance() {
  const memories: WebAssembly.Memory[] = [];
  const instanceOf = (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
    const instance = new WebAssembly.Instance(module, imports);
    for (const each of Object.values(instance.exports)) if (each instanceof WebAssembly.Memory) memories.push(each);
    return instance;
  };
  const moduleAt = (path: string) => modules[Number(/\d/.exec(path)?.[0] ?? 1) - 1]!;
  allow(setup.outputBytes);
  return { ...instantiate(moduleAt, imports(), instanceOf), memories };
}

function run({ commands, memories }: ReturnType<typeof instance>, { command, request }: Job): Omit<Outcome, "heldBytes"> {
  try {
    allow(setup.outputBytes);
    const { json, ...reply } = command === "usage" ? commands.codexUsage(request) : commands.codexAuth(request);
    // If only the typed words ask for the document, it is the text, too.
    return { reply: request.wantsJson && json !== undefined ? { ...reply, json } : reply };
  } catch {
    return {};
  } finally {
    for (const memory of memories) hold(memory);
  }
}

function hold(memory: WebAssembly.Memory): void {
  const { byteLength } = memory.buffer;
  heldBytes += byteLength;
  collected.register(memory, byteLength);
}

function imports(): ImportObject {
  const lent = Object.entries(IMPORTS).map(([name, functions]) => {
    const entries = functions.map((each) => [each, (...args: unknown[]) => call(`${name}.${each}`, args)]);
    return [`codex-profiler:skill/${name}`, Object.fromEntries(entries)];
  });
  return Object.fromEntries(lent) as ImportObject;
}

function call(name: string, args: unknown[]): unknown {
  const bytes = args.reduce<number>((sum, each) => sum + (each instanceof Uint8Array ? each.byteLength : 0), 0);
  if (takenOut() + bytes > LARGEST_QUESTION) throw new RangeError("the question is too large");
  const answer = ask(port, setup.answered, { name, args });
  allow(setup.outputBytes);
  if ("ok" in answer) return answer.ok;
  // The glue takes the error of a `result` in this form.
  throw Object.assign(new Error(name), { payload: answer.err });
}
