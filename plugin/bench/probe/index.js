// A command that does nothing, to measure against; one that tells what the gateway's
// process did since it was last asked: the longest its loop was held up, and the
// processes it began; and one that loads the plugin once more and tells how long it took.
import { createHook } from "node:async_hooks";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { pathToFileURL } from "node:url";

const delay = monitorEventLoopDelay({ resolution: 1 });
let processes = 0;

delay.enable();
createHook({
  init: (_id, type) => {
    if (type === "PROCESSWRAP") processes += 1;
  },
}).enable();

export default {
  id: "bench-probe",
  register(api) {
    api.registerCommand({ name: "probe_nothing", description: "Does nothing", handler: async () => ({ text: "nothing" }) });
    api.registerCommand({
      name: "probe_since",
      description: "What happened since",
      handler: async () => {
        const text = JSON.stringify({ delayMs: delay.max / 1e6, processes });
        delay.reset();
        processes = 0;
        return { text };
      },
    });
    api.registerCommand({
      name: "probe_start",
      description: "Loads a plugin",
      acceptsArgs: true,
      handler: async ({ args }) => {
        const services = [];
        const nothing = () => {};
        const startedAt = performance.now();
        const { default: plugin } = await import(`${pathToFileURL(args)}?${startedAt}`);
        plugin.register({
          ...api,
          lifecycle: {},
          registerCommand: nothing,
          registerTool: nothing,
          registerInteractiveHandler: nothing,
          registerService: (service) => services.push(service),
        });
        for (const service of services) await service.start();
        const text = String(performance.now() - startedAt);
        for (const service of services) await service.stop();
        return { text };
      },
    });
  },
};
