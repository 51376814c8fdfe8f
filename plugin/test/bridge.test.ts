/** The bridge, from its two threads. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { MessageChannel, Worker } from "node:worker_threads";

import { tell } from "../src/bridge.ts";

const GUEST = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.bridge).then(({ ask }) => parentPort.postMessage(ask(workerData, { name: "", args: [] })));
`;

test("a guest that is woken without an answer sleeps on", async () => {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { bridge: import.meta.resolve("../src/bridge.ts"), port: port2, answered };
  const guest = new Worker(GUEST, { eval: true, workerData, transferList: [port2] });
  try {
    const heard = once(guest, "message");
    await new Promise((done) => port1.once("message", done));
    while (Atomics.notify(answered, 0) === 0) await wait(1);
    await wait(100);
    tell(port1, answered, { ok: "an answer" });
    assert.deepEqual(await heard, [{ ok: "an answer" }]);
  } finally {
    await guest.terminate();
    port1.close();
  }
});
