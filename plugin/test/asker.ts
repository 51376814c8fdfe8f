/** A process that asks the endpoint for a test: what it is sent, it asks for all at once. */

import { monitorEventLoopDelay } from "node:perf_hooks";

import { guardedFetch } from "../src/guarded-fetch.ts";
import { NoAnswer } from "../src/surroundings.ts";
import type { Asking, Outcome } from "./guarded-fetch.test.ts";

const delay = monitorEventLoopDelay({ resolution: 5 });

async function ask({ endpoint = "usage", headers, timeoutMs }: Asking): Promise<Outcome> {
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  try {
    return { answer: await guardedFetch(endpoint, headers, timeoutMs), elapsedMs: elapsedMs() };
  } catch (error) {
    if (!(error instanceof NoAnswer)) return { strange: String(error), elapsedMs: elapsedMs() };
    const { failure, sent, message, cause } = error;
    return { failure, sent, text: `${message} ${String(cause)}`, elapsedMs: elapsedMs() };
  }
}

process.on("message", async (askings: Asking[]) => {
  delay.reset();
  delay.enable();
  const outcomes = await Promise.all(askings.map(ask));
  delay.disable();
  process.send!({ outcomes, blockedMs: delay.max / 1e6, memory: process.memoryUsage().rss });
});
