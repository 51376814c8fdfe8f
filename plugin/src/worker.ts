/** The guest's thread: an instance for every call, and no way out of it but the bridge. */

import { parentPort, workerData } from "node:worker_threads";

import { instantiate, type ImportObject } from "../build/component/skill.js";
import { ask, type Job, type Outcome, type Setup } from "./bridge.ts";

/** What the component imports: all of it, and only this. */
const IMPORTS = {
  https: ["fetchAll"],
  gateway: ["read", "propose", "recall", "apply"],
  "auth-store": ["read"],
  chat: ["send"],
  memory: ["load", "save", "take", "release"],
};

const setup = workerData as Setup;

parentPort?.on("message", (job: Job) => {
  parentPort?.postMessage(run(job));
});

function run({ command, request }: Job): Outcome {
  try {
    const { commands } = instantiate((path) => setup.modules[Number(/\d/.exec(path)?.[0] ?? 1) - 1]!, imports());
    return { reply: command === "usage" ? commands.codexUsage(request) : commands.codexAuth(request) };
  } catch {
    return { trapped: true };
  }
}

function imports(): ImportObject {
  const lent = Object.entries(IMPORTS).map(([name, functions]) => {
    const entries = functions.map((each) => [each, (...args: unknown[]) => call(`${name}.${each}`, args)]);
    return [`codex-profiler:skill/${name}`, Object.fromEntries(entries)];
  });
  return Object.fromEntries(lent) as ImportObject;
}

function call(name: string, args: unknown[]): unknown {
  const answer = ask(setup, { name, args });
  if ("ok" in answer) return answer.ok;
  // How the glue takes the error of a `result`.
  throw Object.assign(new Error(name), { payload: answer.err });
}
