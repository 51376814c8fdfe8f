/**
 * The fetch of the real gateway against a chatgpt.com on this machine. It runs in
 * a process of its own: proxy and certificates are read from its environment.
 */

import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import type { Answer, Endpoint } from "../src/surroundings.ts";
import { startChatgpt, type Chatgpt, type Reply } from "./chatgpt.ts";

export interface Asking {
  /** Usage, where it is not said. */
  endpoint?: Endpoint;
  headers: Record<string, string>;
  timeoutMs: number;
}

export type Outcome = { elapsedMs: number } & (
  { answer: Answer } | { failure: string; sent: boolean; text: string } | { strange: string }
);

interface Report {
  outcomes: Outcome[];
  /** The longest time that nothing else could run. */
  blockedMs: number;
  /** In bytes, of the whole process. */
  memory: number;
}

const CAP = 256 * 1024;
const HEADERS = {
  Authorization: "Bearer FAKE-token-0123456789",
  Accept: "application/json",
  "User-Agent": "codex-profiler/0.1.0",
};
const ONCE: Asking = { headers: HEADERS, timeoutMs: 20_000 };
const SOON: Asking = { headers: HEADERS, timeoutMs: 500 };

const installed = process.env["CODEX_PROFILER_OPENCLAW_CURRENT"];
const skip = installed ? false : "SKIPPED: CODEX_PROFILER_OPENCLAW_CURRENT does not name a bin folder of OpenClaw";
if (skip) console.error(skip);

describe("guardedFetch in the real gateway", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "codex-profiler-"));
  const askers: Asker[] = [];
  let chatgpt: Chatgpt;
  let asker: Asker;

  before(async () => {
    chatgpt = await startChatgpt({ dir: join(folder, "chatgpt") });
    asker = start(chatgpt.env);
  });
  after(async () => {
    for (const { child } of askers) child.kill();
    await chatgpt.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A process with nothing in its environment but this. */
  function start(env: Record<string, string>, ...execArgv: string[]): Asker {
    const asker = new Asker(
      { ...env, CODEX_PROFILER_OPENCLAW_CURRENT: installed!, HOME: folder, TMPDIR: folder },
      execArgv,
    );
    askers.push(asker);
    return asker;
  }

  /** Asks once for `reply`, which the endpoint is asked for once at most. */
  async function askFor(reply: Reply, asking = ONCE): Promise<Outcome> {
    chatgpt.answer(() => reply);
    chatgpt.requests.length = 0;
    const { outcomes } = await asker.ask([asking]);
    assert.equal(chatgpt.requests.length, 1);
    assert.deepEqual(chatgpt.refused, []);
    return outcomes[0]!;
  }

  it("asks each endpoint at its own address", async () => {
    const paths = [];
    for (const endpoint of ["usage", "reset-credits"] as const) {
      await askFor({ status: 200, body: "{}" }, { ...ONCE, endpoint });
      paths.push(chatgpt.requests[0]!.path);
    }
    assert.deepEqual(paths, ["/backend-api/wham/usage", "/backend-api/wham/rate-limit-reset-credits"]);
  });

  it("sends exactly these headers, and no cookie that an answer set", async () => {
    for (let round = 0; round < 2; round++) {
      const asking = { ...ONCE, headers: { ...HEADERS, "ChatGPT-Account-Id": "acct-FAKE-1" } };
      const { status, body } = whole(
        await askFor({ status: 200, headers: { "set-cookie": "a=b" }, body: '{"a":1}' }, asking),
      );
      assert.deepEqual([status, text(body)], [200, '{"a":1}']);
      const [{ path, headers }] = chatgpt.requests as [Chatgpt["requests"][0]];
      assert.equal(path, "/backend-api/wham/usage");
      assert.deepEqual(
        { ...headers },
        {
          host: "chatgpt.com",
          connection: "keep-alive",
          authorization: "Bearer FAKE-token-0123456789",
          accept: "application/json",
          "user-agent": "codex-profiler/0.1.0",
          "chatgpt-account-id": "acct-FAKE-1",
          "accept-encoding": "identity",
          // The gateway's client adds these two.
          "accept-language": "*",
          "sec-fetch-mode": "cors",
        },
      );
    }
  });

  it("takes every status for an answer", async () => {
    for (const status of [204, 400, 401, 403, 404, 429, 500, 503]) {
      const content = status === 204 ? "" : "x";
      const headers = { "Retry-After": "7", "CF-Mitigated": "challenge", "content-type": "text/html" };
      const answer = whole(await askFor({ status, headers, body: content }));
      assert.deepEqual([answer.status, text(answer.body)], [status, content]);
      const { "retry-after": retryAfter, "cf-mitigated": mitigated, "content-type": type, location } = answer.headers;
      assert.deepEqual([retryAfter, mitigated, type, location], ["7", "challenge", "text/html", undefined]);
    }
  });

  it("follows no redirect", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of [
        "https://example.com/",
        "https://chatgpt.com/backend-api/wham/usage",
        "/elsewhere",
        "http://chatgpt.com/",
      ]) {
        const answer = whole(await askFor({ status, headers: { location }, body: "moved" }));
        assert.deepEqual([answer.status, answer.headers, answer.body?.length], [status, {}, 0]);
      }
    }
  });

  it("reads 256 KiB and no more", async () => {
    for (const status of [200, 500]) {
      for (const [length, expected] of [
        [CAP, CAP],
        [CAP + 1, undefined],
        [20 * CAP, undefined],
      ] as const) {
        for (const headers of [{ "content-length": String(length) }, {}]) {
          const answer = whole(await askFor({ status, headers, body: "a".repeat(length) }));
          assert.deepEqual([answer.status, answer.body?.length], [status, expected]);
        }
      }
    }
  });

  it("refuses half a body, and reads no more than was declared", async () => {
    const half = { status: 200, headers: { "content-length": "100" }, body: "half", cut: "end" } as const;
    assert.deepEqual(fault(await askFor(half)), ["unreachable", true]);
    assert.deepEqual(fault(await askFor({ status: 200, body: "half of chunks", cut: "end" })), ["unreachable", true]);
    const more = whole(await askFor({ status: 200, headers: { "content-length": "4" }, body: "more than that" }));
    assert.equal(text(more.body), "more");
  });

  it("waits no longer than it may", async () => {
    for (const reply of [
      { status: 200, delayMs: 3000 },
      { status: 200, body: "a".repeat(100), drip: 50 },
      { status: 200, headers: { "content-length": "100" }, body: "a".repeat(100), drip: 50 },
      { status: 500, body: "a".repeat(100), drip: 50 },
    ]) {
      const outcome = await askFor(reply, SOON);
      assert.deepEqual(fault(outcome), ["timed-out", true]);
      assert.ok(outcome.elapsedMs >= 490 && outcome.elapsedMs < 2500, String(outcome.elapsedMs));
    }
    const { outcomes } = await asker.ask([{ ...ONCE, timeoutMs: 0 }]);
    assert.deepEqual(outcomes.map(fault), [["timed-out", false]]);
  });

  it("unpacks a bomb no further than the cap", async () => {
    const bomb = gzipSync(Buffer.alloc(200e6));
    assert.ok(bomb.length < CAP);
    const memory = (await asker.ask([])).memory;
    chatgpt.answer(() => ({ status: 200, headers: { "content-encoding": "gzip" }, body: bomb }));
    const report = await asker.ask([ONCE]);
    assert.equal(whole(report.outcomes[0]!).body, undefined);
    assert.ok(report.memory - memory < 50e6, `${report.memory - memory} bytes`);
    const small = { status: 200, headers: { "content-encoding": "gzip" }, body: gzipSync("packed") };
    assert.equal(text(whole(await askFor(small)).body), "packed");
    const junk = { status: 200, headers: { "content-encoding": "gzip" }, body: "not packed" };
    assert.deepEqual(fault(await askFor(junk)), ["unreachable", true]);
  });

  it("takes a connection that breaks for no answer, and does not repeat", async () => {
    assert.deepEqual(fault(await askFor({ status: 200, cut: "answer" })), ["unreachable", true]);
    assert.deepEqual(fault(await askFor({ status: 200, headers: { x: "a".repeat(40_000) } })), ["unreachable", true]);
  });

  it("does not stop the gateway while eight answers come", async () => {
    chatgpt.requests.length = 0;
    chatgpt.answer(() => ({ status: 200, body: "a".repeat(CAP), delayMs: 500 }));
    const { outcomes, blockedMs } = await asker.ask(Array<Asking>(8).fill(ONCE));
    assert.deepEqual(
      outcomes.map((outcome) => whole(outcome).body?.length),
      Array(8).fill(CAP),
    );
    const at = chatgpt.requests.map((request) => request.at);
    assert.ok(Math.max(...at) - Math.min(...at) < 450, "they go out at once");
    assert.ok(blockedMs < 250, `${blockedMs} ms`);
  });

  it("sends nothing to a server that only says it is chatgpt.com", async () => {
    const stranger = await startChatgpt({ dir: join(folder, "stranger") });
    const { outcomes } = await start({ ...stranger.env, NODE_EXTRA_CA_CERTS: chatgpt.env.NODE_EXTRA_CA_CERTS }).ask([
      ONCE,
    ]);
    assert.deepEqual(outcomes.map(fault), [["unreachable", false]]);
    assert.deepEqual(stranger.requests, []);
    await stranger.close();
  });

  it("sends nothing where the proxy refuses, is gone or is no URL", async () => {
    const heads: string[] = [];
    const refusing = createServer((socket) => {
      socket.once("data", (head) => {
        heads.push(String(head));
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      });
    }).listen(0, "127.0.0.1");
    await once(refusing, "listening");
    const HTTPS_PROXY = `http://user:hunter2@127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const refused = await start({ HTTPS_PROXY }).ask([ONCE]);
    refusing.close();
    const gone = await start({ HTTPS_PROXY }).ask([ONCE]);
    const broken = await start({ HTTPS_PROXY: "http://user:hunter2@:x" }).ask([ONCE]);
    for (const { outcomes } of [refused, gone, broken]) assert.deepEqual(outcomes.map(fault), [["unreachable", false]]);
    assert.equal(heads.length, 1);
    assert.match(heads[0]!, /^CONNECT chatgpt\.com:443 HTTP\/1\.1\r\n/);
    assert.doesNotMatch(heads[0]!, /FAKE/);
  });

  it("connects to no address of this machine where the name leads there", async () => {
    const ask = async (lookup: string, env = {}) => {
      const preload =
        `data:text/javascript,import dns from "node:dns/promises"; import { syncBuiltinESMExports } from "node:module";` +
        `dns.lookup = async () => { ${lookup} }; syncBuiltinESMExports();`;
      return (await start(env, "--import", preload).ask([ONCE])).outcomes.map(fault);
    };
    const local = 'return [{ address: "127.0.0.1", family: 4 }]';
    assert.deepEqual(await ask(local), [["denied", false]]);
    assert.deepEqual(await ask('return [{ address: "10.0.0.1", family: 4 }]'), [["denied", false]]);
    const nowhere = 'throw Object.assign(new Error(), { code: "ENOTFOUND", syscall: "getaddrinfo" })';
    assert.deepEqual(await ask(nowhere), [["unreachable", false]]);
    // Past the proxy, as the environment says.
    chatgpt.requests.length = 0;
    assert.deepEqual(await ask(local, { ...chatgpt.env, NO_PROXY: "chatgpt.com" }), [["denied", false]]);
    assert.deepEqual(chatgpt.requests, []);
  });
});

/** A process that asks, see `asker.ts`. */
class Asker {
  readonly child: ChildProcess;
  readonly #ended = new AbortController();

  constructor(env: Record<string, string>, execArgv: string[]) {
    const hook = join(import.meta.dirname, "openclaw-resolve.ts");
    this.child = fork(join(import.meta.dirname, "asker.ts"), {
      env,
      execArgv: ["--import", hook, ...execArgv],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.once("exit", () => this.#ended.abort());
  }

  async ask(askings: Asking[]): Promise<Report> {
    this.child.send(askings);
    return (await once(this.child, "message", { signal: this.#ended.signal }))[0];
  }
}

function whole(outcome: Outcome): Answer {
  assert.ok("answer" in outcome, JSON.stringify(outcome));
  return outcome.answer;
}

/** The failure and whether it was sent. Nothing else may be in it. */
function fault(outcome: Outcome): [string, boolean] {
  assert.ok("failure" in outcome, JSON.stringify(outcome));
  assert.equal(outcome.text, `${outcome.failure} undefined`);
  return [outcome.failure, outcome.sent];
}

function text(body: Uint8Array | undefined): string | undefined {
  return body && Buffer.from(body).toString();
}
