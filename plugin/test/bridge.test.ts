/** The bridge, from its two threads. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { tell } from "../src/bridge.ts";

const GUEST = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.bridge).then(({ ask }) => parentPort.postMessage(ask(parentPort, workerData.answered, { name: "", args: [] })));
`;

test("a guest that is woken without an answer sleeps on", async () => {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const guest = new Worker(GUEST, { eval: true, workerData: { bridge: import.meta.resolve("../src/bridge.ts"), answered } });
  try {
    await once(guest, "message");
    while (Atomics.notify(answered, 0) === 0) await wait(1);
    await wait(100);
    const heard = once(guest, "message");
    tell(guest, answered, { ok: "an answer" });
    assert.deepEqual(await heard, [{ ok: "an answer" }]);
  } finally {
    await guest.terminate();
  }
});
