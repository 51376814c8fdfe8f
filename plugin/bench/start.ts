/**
 * Measures how long a gateway waits for the plugin: loading it, registering, and a first thread
 * that is ready. `node --import ./test/openclaw-resolve.ts bench/start.ts` prints
 * milliseconds. What the gateway itself has loaded by then does not count.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

await import("openclaw/plugin-sdk/agent-runtime");
await import("openclaw/plugin-sdk/ssrf-runtime");

const rootDir = mkdtempSync(join(tmpdir(), "codex-profiler-bench-"));
const took: number[] = [];
for (let round = 0; round < 20; round += 1) {
  const services: { start(): Promise<void>; stop(): Promise<void> }[] = [];
  const nothing = () => {};
  const from = performance.now();
  const { default: plugin } = await import(`../dist/index.js?${round}`);
  plugin.register({
    rootDir,
    runtime: { config: { current: () => ({}) }, state: { resolveStateDir: () => rootDir } },
    registerCommand: nothing,
    registerTool: nothing,
    registerInteractiveHandler: nothing,
    registerService: (service: (typeof services)[number]) => services.push(service),
  });
  for (const service of services) await service.start();
  took.push(performance.now() - from);
  for (const service of services) await service.stop();
}
rmSync(rootDir, { recursive: true });
console.log(JSON.stringify(took));
