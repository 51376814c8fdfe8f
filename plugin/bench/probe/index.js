// A command that does nothing, to measure against, and one that tells what the gateway's
// process did since it was last asked: the longest its loop was held up, and the
// processes it began.
import { createHook } from "node:async_hooks";
import { monitorEventLoopDelay } from "node:perf_hooks";

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
  },
};
