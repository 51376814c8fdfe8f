/**
 * The guest of `host-test/hostile`, which tries what it may not, on this host: what it
 * is told, what left the host, and what it cost the gateway.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { env } from "node:process";
import { after, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { bundleGuest, transpile } from "../build.ts";
import { boundsItsMemory } from "../src/bounds.ts";
import { Refused } from "../src/call.ts";
import { Component, Ended, type Files, type Host } from "../src/component.ts";
import type { chat, Command, commands } from "../src/contract.ts";
import { compiled, modulesIn } from "../src/modules.ts";
import { policy } from "../src/policy.ts";
import type { Asker } from "../src/queue.ts";
import { FILES, Skill } from "../src/skill.ts";
import { StoreFailure, type Run, type StoreView, type Surroundings } from "../src/surroundings.ts";
import { requestAt } from "./request.ts";

const ROOT = join(import.meta.dirname, "../..");
const NOW = 1_800_000_000;

const folder = await mkdtemp(join(tmpdir(), "codex-profiler-hostile-"));
after(() => rm(folder, { recursive: true }));
const files = await build();

/** Every secret that this host holds, told from everything else by its name. */
const CANARY = /canary/i;
const secret = (name: string) => `canary-${name}-0123456789-0123456789-0123456789`;
const TOKEN = secret("access-work");

const PROFILES = {
  "openai:home": signIn("home", 2_000_000_000),
  "openai:old": signIn("old", 1_700_000_000),
  "openai:work": signIn("work", 2_000_000_000),
  "anthropic:work": { type: "api_key", provider: "anthropic", key: secret("key") },
};

function signIn(name: string, expires: number): object {
  const [access, refresh] = [secret(`access-${name}`), secret(`refresh-${name}`)];
  return { type: "oauth", provider: "openai", access, refresh, expires: expires * 1000 };
}

/** A gateway that counts what leaves this host. */
class Gateway implements Surroundings {
  at = NOW;
  profiles: object = PROFILES;
  /** Why they cannot be read. */
  failure: StoreFailure | undefined;
  readonly left = { asked: 0, run: [] as string[][], sent: [] as chat.Message[] };
  readonly askedAt: number[] = [];
  answers = "{}";
  prints: Run = { exitCode: 0, stdout: "{}", stderr: "" };

  now = () => this.at;
  readAuthStore = (): StoreView => {
    if (this.failure) throw this.failure;
    return { era: "sqlite", source: "~/store", merged: { profiles: this.profiles }, ownOrders: [], inherited: {}, leftovers: [] };
  };
  fetch = async () => {
    this.askedAt.push(performance.now());
    this.left.asked += 1;
    return { status: 200, headers: {}, body: Buffer.from(this.answers) };
  };
  run = async (argv: readonly string[]) => {
    this.left.run.push([...argv]);
    return this.prints;
  };
  send = async (message: chat.Message) => void this.left.sent.push(message);
}

interface Asked {
  command?: Command;
  tag?: "command" | "button" | "tool";
  user?: string;
  isOwner?: boolean;
  dryRun?: boolean;
}

/** A gateway with the hostile guest in it, while `use` uses it. Nothing that is a secret was seen of it in the end. */
async function withGuest(use: (guest: Guest) => Promise<void>): Promise<void> {
  const guest = new Guest(await mkdtemp(join(folder, "state-")));
  try {
    await use(guest);
    const kept = readdirSync(guest.stateDir).map((name) => readFileSync(join(guest.stateDir, name), "latin1"));
    assert.doesNotMatch(JSON.stringify([guest.told, guest.gateway.left, kept]), CANARY);
  } finally {
    await guest.skill.close();
  }
}

class Guest {
  readonly gateway = new Gateway();
  readonly skill: Skill;
  readonly stateDir: string;
  /** All that it said. */
  readonly told: string[] = [];

  constructor(stateDir: string) {
    this.stateDir = stateDir;
    this.skill = new Skill({ around: this.gateway, stateDir, files });
  }

  /** The guest's report on an order it got. */
  async does(text: string, asked: Asked = {}): Promise<string> {
    const parts = await this.replies(text, asked);
    return parts.map((part) => part.text).join("\n\n");
  }

  async replies(text: string, asked: Asked = {}): Promise<commands.Part[]> {
    const { command = "usage" } = asked;
    const turn = { command, request: requestOf(text, asked), send: this.gateway.send };
    const { delivery } = await this.skill.turn(turn);
    const parts = delivery.tag === "parts" ? delivery.val : [];
    this.told.push(...parts.flatMap((part) => [part.text, ...part.buttons.flatMap(({ label, value }) => [label, value])]));
    return parts;
  }
}

function requestOf(text: string, { command = "usage", tag = "command", user = "owner", isOwner = command === "auth", dryRun = false }: Asked) {
  const settings = { burnFirst: [], preserve: [], fullIds: false, dryRun, demo: false, alertsLowPercent: 10 };
  const channel = { buttons: 20, length: 32_000, private: true };
  return requestAt(NOW, { origin: { tag, val: text }, user, isOwner, channel, settings });
}

const NOTHING = { asked: 0, run: [], sent: [] };

test("the guest may ask the five interfaces and nothing else", async () => {
  const five = ["auth-store", "chat", "gateway", "https", "memory"].map((name) => `codex-profiler:skill/${name}@1.0.0`);
  for (const built of [files, FILES]) {
    const modules = compiled(built.modules, policy.limits.guest_memory_bytes);
    const asked = modules.flatMap((module) => WebAssembly.Module.imports(module).map((each) => each.module));
    // Imports between the modules of one component have no name.
    assert.deepEqual([...new Set(asked)].filter((name) => name !== "").sort(), five);
  }
});

describe("a guest is refused", () => {
  const denied = "Err(Error { failure: Failure::Denied, sent: false, elapsed-ms: 0 })";
  const lines: [does: string, told: string, asked?: Asked][] = [
    ["ask openai:nobody", denied],
    ["ask ", denied],
    ["ask --help", denied],
    ["ask openai:work\0", denied],
    ["ask openai:work\n", denied],
    ["ask openai:work\nAuthorization: Bearer x", denied],
    ["ask OPENAI:WORK", denied],
    ["ask anthropic:work", denied],
    ["ask __proto__", denied],
    [`ask ${"x".repeat(1_000_000)}`, denied],
    ["ask openai:old", "Err(Error { failure: Failure::NoCredential, sent: false, elapsed-ms: 0 })"],
    ["ask-unread openai:work", denied],
    ["ask-list openai:nobody", denied],
    ["ask-list openai:work\n", denied],
    ["ask-list openai:old", "Err(Error { failure: Failure::NoCredential, sent: false, elapsed-ms: 0 })"],
    ["read-order anthropic", 'Err("denied")'],
    ["read-order --help", 'Err("denied")'],
    ["read-order ", 'Err("denied")'],
    ["read-order openai\0", 'Err("denied")'],
    ["many-queries 5", Array(5).fill('Err("denied")').join("\n")],
    ["propose-set openai openai:nobody", 'Err("denied")', { command: "auth" }],
    ["propose-set openai --yes", 'Err("denied")', { command: "auth" }],
    ["propose-set openai ", 'Err("denied")', { command: "auth" }],
    ["propose-set openai openai:work openai:work", 'Err("denied")', { command: "auth" }],
    ["propose-set anthropic openai:work", 'Err("denied")', { command: "auth" }],
    ["propose-set --agent openai:work", 'Err("denied")', { command: "auth" }],
    ["propose-line openai openai:work openai:home", 'Err("denied")', { command: "auth" }],
    ["propose-line openai openai:work\n", 'Err("denied")', { command: "auth" }],
    ["propose-line openai openai:work\0", 'Err("denied")', { command: "auth" }],
    ["propose-noted 2049 openai openai:work", 'Err("denied")', { command: "auth" }],
    ["propose-clear anthropic", 'Err("denied")', { command: "auth" }],
    ["propose-logout openai:nobody", 'Err("denied")', { command: "auth" }],
    ["propose-logout anthropic:work", 'Err("denied")', { command: "auth" }],
    ["propose-logout --help", 'Err("denied")', { command: "auth" }],
    ["propose-login", 'Err("needs-terminal")', { command: "auth" }],
    ["propose-set openai openai:work", 'Err("denied")', { command: "auth", isOwner: false }],
    ["propose-set openai openai:work", 'Err("denied")', { command: "auth", dryRun: true }],
    ["change-in-usage", Array(4).fill('Err("denied")').join("\n")],
    ["change-in-usage", Array(4).fill('Err("denied")').join("\n"), { isOwner: true }],
    ["apply XXXXXXXX", 'Err("not-confirmed")', { command: "auth" }],
    ["recall XXXXXXXX", 'Err("not-confirmed")', { command: "auth" }],
    ["apply-own openai openai:work", 'Err("not-confirmed")\nErr("not-confirmed")', { command: "auth" }],
    ["confirm XXXXXXXX", Array(3).fill('Err("not-confirmed")').join("\n"), { command: "auth" }],
    ["chat-long", 'Err("refused")'],
    [`save ${policy.memory.readings.bytes + 1}`, 'Err("too-large")'],
  ];
  for (const [does, told, asked] of lines) {
    test(`${JSON.stringify(does.slice(0, 60))} ${JSON.stringify(asked ?? {})}`, () =>
      withGuest(async (guest) => {
        assert.equal(await guest.does(does, asked), told);
        assert.deepEqual(guest.gateway.left, NOTHING);
      }));
  }
});

test("what is granted leaves the host once", () =>
  withGuest(async (guest) => {
    assert.equal(await guest.does("ask openai:work"), 'Ok((200, None, "{}"))');
    assert.equal(await guest.does("ask-list openai:work"), 'Ok((200, None, "{}"))');
    assert.match(await guest.does("read-order openai"), /^Ok\(Output/);
    assert.equal(await guest.does("chat 1"), "Ok(())");
    assert.equal(await guest.does(`save ${policy.memory.readings.bytes}`), "Ok(1)");
    const run = [["models", "auth", "order", "get", "--provider", "openai", "--agent", "main", "--json"]];
    assert.deepEqual(guest.gateway.left, { asked: 2, run, sent: [{ text: "hello", buttons: [] }] });
  }));

describe("a change is made as its user confirmed it", () => {
  const ORDER = "openai openai:work openai:home";
  const ARGV = ["models", "auth", "order", "set", "--provider", "openai", "--agent", "main", "openai:work", "openai:home"];
  const auth = { command: "auth" } as const;
  const no = 'Err("not-confirmed")';

  async function propose(guest: Guest, change = `propose-set ${ORDER}`): Promise<string> {
    const told = await guest.does(change, auth);
    return /code: "([0-9A-Z]{8})"/.exec(told)?.[1] ?? assert.fail(told);
  }

  test("once", () =>
    withGuest(async (guest) => {
      const code = await propose(guest);
      const told = (await guest.does(`confirm ${code}`, auth)).split("\n");
      assert.match(told[0]!, /^Ok\(Pending/);
      assert.match(told[1]!, /^Ok\(Output/);
      assert.equal(told[2], no);
      assert.equal(await guest.does(`confirm ${code}`, auth), [no, no, no].join("\n"));
      assert.deepEqual(guest.gateway.left, { ...NOTHING, run: [ARGV] });
    }));

  test("by a button", () =>
    withGuest(async (guest) => {
      const code = await propose(guest);
      await guest.does(`auth:confirm:${code}`, { ...auth, tag: "button" });
      assert.deepEqual(guest.gateway.left, { ...NOTHING, run: [ARGV] });
    }));

  test("and not by another, not by a tool, not by the guest, not too late", () =>
    withGuest(async (guest) => {
      const code = await propose(guest);
      const refused = [no, no, no].join("\n");
      assert.equal(await guest.does(`confirm ${code}`, { ...auth, user: "other" }), refused);
      assert.equal(await guest.does(`confirm ${code}`, { ...auth, tag: "tool" }), refused);
      assert.equal(await guest.does(`confirm ${code}`, { ...auth, isOwner: false }), refused);
      assert.equal(await guest.does(`confirm ${code}`), refused);
      assert.equal(await guest.does(`apply ${code}`, auth), no);
      guest.gateway.at += policy.gateway.code_seconds;
      assert.equal(await guest.does(`confirm ${code}`, auth), refused);
      assert.deepEqual(guest.gateway.left, NOTHING);
    }));

  test("and not another one", () =>
    withGuest(async (guest) => {
      const code = await propose(guest);
      const told = await guest.does(`confirm ${code} switch openai openai:home`, auth);
      assert.equal(told.split("\n")[1], no);
      assert.deepEqual(guest.gateway.left, NOTHING);
    }));

  test("and not on other sign-ins", () =>
    withGuest(async (guest) => {
      const code = await propose(guest);
      guest.gateway.profiles = { ...PROFILES, "openai:work": { ...PROFILES["openai:work"], accountId: "another" } };
      assert.equal((await guest.does(`confirm ${code}`, auth)).split("\n")[1], 'Err("moved")');
      assert.deepEqual(guest.gateway.left, NOTHING);
    }));

  test("and a deletion by its name", () =>
    withGuest(async (guest) => {
      const code = await propose(guest, "propose-logout openai:work");
      assert.match(await guest.does(`confirm ${code}`, auth), /^Err\("not-confirmed"\)/);
      assert.match(await guest.does(`confirm ${code} home`, auth), /^Err\("not-confirmed"\)/);
      assert.deepEqual(guest.gateway.left, NOTHING);
    }));
});

test("what a guest forges is not shown", () =>
  withGuest(async (guest) => {
    const text = "]0;owned[2Jbalanceevil31m";
    assert.deepEqual(await guest.replies("forged"), [{ text, buttons: [{ label: text, value: "usage:all" }] }]);
    assert.deepEqual(await guest.replies("wide-button"), [{ text: 'Err("refused")', buttons: [] }]);
    assert.deepEqual(guest.gateway.left, NOTHING);
  }));

test("no secret crosses, whoever says it", () =>
  withGuest(async (guest) => {
    await assert.rejects(guest.does(`say ${TOKEN}`), new Refused("the reply held a secret and was withheld"));
    // In the middle of what is taken out.
    await assert.rejects(guest.does(`say ${TOKEN.replace("work", "w\u200bork")}`), Refused);
    assert.equal(await guest.does(`chat-text ${TOKEN}`), 'Err("refused")');
    assert.equal(await guest.does(`save-text ${TOKEN}`), 'Err("denied")');
    assert.deepEqual(guest.gateway.left, NOTHING);
    guest.gateway.answers = JSON.stringify({ email: TOKEN });
    assert.match(await guest.does("ask openai:home"), /SecretEchoed/);
    guest.gateway.prints = { exitCode: 0, stdout: JSON.stringify({ agentId: TOKEN }), stderr: "" };
    assert.equal(await guest.does("read-order openai"), 'Err("denied")');
    guest.gateway.prints = { exitCode: 1, stdout: "", stderr: TOKEN };
    assert.equal(await guest.does("read-status"), 'Err("denied")');
    assert.doesNotMatch(await guest.does("sign-ins"), CANARY);
  }));

describe("what a guest kept in a code of its own", () => {
  const account = secret("account");
  const profiles = { ...PROFILES, "openai:work": { ...PROFILES["openai:work"], accountId: account } };

  test("is searched where it comes out, whoever asks", () =>
    withGuest(async (guest) => {
      guest.gateway.profiles = profiles;
      assert.equal(await guest.does("stash-ids"), "Ok(1)");
      for (const user of ["owner", "other"]) {
        for (const way of ["reply", "button"]) await assert.rejects(guest.does(`unstash ${way}`, { user }), Refused);
        assert.equal(await guest.does("unstash chat", { user }), 'Err("refused")');
        assert.equal(await guest.does("unstash save", { user }), 'Err("denied")');
      }
      assert.deepEqual(guest.gateway.left, NOTHING);
    }));

  test("stays there while nobody can tell what it is", () =>
    withGuest(async (guest) => {
      guest.gateway.profiles = profiles;
      await guest.does("stash-ids");
      for (const failure of ["missing", "locked", "malformed"] as const) {
        guest.gateway.failure = new StoreFailure(failure, "~/store");
        assert.equal(await guest.does("unstash reply"), "");
        assert.equal(await guest.does("stash something"), 'Err("denied")');
        assert.equal(await guest.does("say still here"), "still here");
      }
      guest.gateway.failure = undefined;
      await assert.rejects(guest.does("unstash reply"), Refused);
    }));

  test("is no callback", () =>
    withGuest(async (guest) => {
      const callback = `http://localhost:1455/auth/callback?code=${secret("code")}&state=${secret("state")}`;
      for (const text of [`finish ${callback}`, callback]) {
        assert.equal(await guest.does(text, { command: "auth" }), 'Err("denied")');
      }
      assert.equal(await guest.does("unstash reply"), "");
    }));
});

test("no secret crosses with what is not seen between its letters", () =>
  withGuest(async (guest) => {
    for (const unseen of ["20", "85", "a0", "ad", "1680", "2009", "200b", "202f", "2060", "3000", "3164", "fe0f", "feff", "e0041"]) {
      await assert.rejects(guest.does(`woven ${unseen} ${TOKEN}`), Refused, unseen);
    }
    assert.deepEqual(guest.gateway.left, NOTHING);
    assert.deepEqual(readdirSync(guest.stateDir), []);
  }));

describe("a reply is held to its channel", () => {
  test("in its parts", () =>
    withGuest(async (guest) => {
      const most = policy.limits.parts_a_reply;
      assert.equal((await guest.replies(`many-parts ${most}`)).length, most);
      await assert.rejects(guest.replies(`many-parts ${most + 1}`), Refused);
    }));

  test("in its length", () =>
    withGuest(async (guest) => {
      await guest.replies("big-reply 32000");
      await assert.rejects(guest.replies("big-reply 32001"), Refused);
    }));

  test("in its table", () =>
    withGuest(async (guest) => {
      await guest.replies("many-cells 10000");
      await assert.rejects(guest.replies("many-cells 11000"), Refused);
    }));

  test("in its buttons", () =>
    withGuest(async (guest) => {
      const [part] = await guest.replies("many-buttons 20");
      assert.equal(part!.text, "Ok(())");
      assert.equal(part!.buttons.length, 20);
      for (const more of [21, 1000]) await assert.rejects(guest.replies(`many-buttons ${more}`), Refused);
      assert.equal(guest.gateway.left.sent.length, 1);
    }));

  test("and in what they are worth", () =>
    withGuest(async (guest) => {
      const [part] = await guest.replies("sly-button openai openai:work openai:home", { command: "auth" });
      const buttons = [part!, ...guest.gateway.left.sent].flatMap((each) => each.buttons);
      // The glue drops a byte order mark at the beginning of a text.
      for (const { label, value } of buttons) assert.match(`${label} ${value}`, /^Apply: order set auth:confirm:[0-9A-Z]{8}$/);
      assert.ok(buttons.length <= 2);
    }));
});

describe("a guest's budget is spent", () => {
  test("on calls of the host", () =>
    withGuest(async (guest) => {
      const most = policy.limits.host_calls;
      assert.equal((await guest.does(`calls ${most}`)).split("\n").length, most);
      await assert.rejects(guest.does(`calls ${most + 1}`), new Refused("the budget of host calls is used up"));
      await assert.rejects(guest.does("loop-of-calls"), Refused);
      await assert.rejects(guest.does(`take ${most + 1}`), Refused);
      // Everything it held then is free.
      assert.equal(new Set((await guest.does("take 100")).split("\n")).size, 1);
      assert.deepEqual(guest.gateway.left, NOTHING);
    }));

  test("on messages", () =>
    withGuest(async (guest) => {
      const most = policy.limits.messages_a_call;
      const told = (await guest.does(`chat ${most + 3}`)).split("\n");
      assert.deepEqual(told, [...Array(most).fill("Ok(())"), ...Array(3).fill('Err("refused")')]);
      assert.equal(guest.gateway.left.sent.length, most);
    }));

  test("on requests", () =>
    withGuest(async (guest) => {
      const most = policy.limits.requests_a_call;
      const ids = Array.from({ length: most / 3 + 1 }, (_, each) => `openai:${each}`);
      guest.gateway.profiles = Object.fromEntries(ids.map((id) => [id, signIn(id, 2_000_000_000)]));
      const [first, last] = (await guest.does("everyone 3")).split("\n");
      assert.match(first!, /^Ok/);
      assert.match(last!, /BudgetSpent, sent: false/);
      assert.equal(guest.gateway.left.asked, most);
    }));

  test("on requests for one profile", () =>
    withGuest(async (guest) => {
      const most = policy.limits.requests_a_profile;
      for (const does of ["many-requests 100 openai:work", "batches 100 openai:work"]) {
        const before = guest.gateway.left.asked;
        assert.match(await guest.does(does), /^Ok[^]*BudgetSpent, sent: false[^]*$/);
        assert.equal(guest.gateway.left.asked - before, most);
      }
    }));

  test("and on what the times of its requests could tell", () =>
    withGuest(async (guest) => {
      const startedAt = performance.now();
      await guest.does("delays openai:work 37 150 163");
      const [first, ...others] = guest.gateway.askedAt.map((at) => at - startedAt);
      assert.ok(first! >= 99 && others.every((at) => at >= 199), String(guest.gateway.askedAt));
    }));
});

describe("the gateway goes on beside a guest", () => {
  const lines: [does: string, becomes: string | RegExp | Ended["why"] | typeof Refused][] = [
    ["trap", "trapped"],
    ["allocate", "trapped"],
    ["recurse", "trapped"],
    ["big-reply 32000", /^x{32000}$/],
    ["big-reply 16000000", Refused],
    ["big-reply 30000000", "trapped"],
    ["aliased-texts 1000 15000", Refused],
    ["aliased-texts 150 100000", Refused],
    ["aliased-texts 1000 1500000", "trapped"],
    ["aliased-texts 300000 1", "trapped"],
    ["aliased-lists 170", Refused],
    ["aliased-lists 1000", "trapped"],
    ["aliased-lists 3000", "trapped"],
    ["aliased-requests 1000 1500000", "trapped"],
    ["aliased-requests 20 100000", /Denied/],
    ["many-requests 300000 openai:nobody", "trapped"],
    ["keep 60 200000", /^Claim::Claimed/],
  ];
  for (const [does, becomes] of lines) {
    test(does, () =>
      withGuest(async (guest) => {
        const cost = await costOf(async () => {
          const told = await guest.replies(does).catch((error: unknown) => error);
          if (!Array.isArray(told)) return void assert.ok(isEnd(told, becomes), String(told));
          const [{ text }] = told as [commands.Part];
          if (typeof becomes === "string") assert.equal(text, becomes);
          else assert.match(text, becomes as RegExp);
        });
        assertCheap(cost);
        assert.equal(await guest.does("say still here"), "still here");
        assert.deepEqual(guest.gateway.left, NOTHING);
      }));
  }

  function isEnd(told: unknown, becomes: unknown): boolean {
    return becomes === Refused ? told instanceof Refused : told instanceof Ended && told.why === becomes;
  }

  test("reenter", () =>
    withGuest(async (guest) => {
      // Room is asked for only where there is something to hand in.
      assert.equal(await guest.does("stash something"), "Ok(1)");
      // Wasmtime ends this call; here it comes through like any other.
      assert.equal(await guest.does("reenter"), "1\ntrue");
      assert.equal(await guest.does("say still here"), "still here");
      assert.deepEqual(guest.gateway.left, NOTHING);
    }));

  test("again and again", () =>
    withGuest(async (guest) => {
      const cost = await costOf(async () => {
        for (let times = 0; times < 10; times += 1) {
          await assert.rejects(guest.does("allocate"), Ended);
          await guest.replies("big-reply 32000");
          await guest.does("keep 60 200000", { user: `user ${times}` });
        }
      });
      assertCheap(cost);
    }));
});

describe("the threads", () => {
  /** Answers after a moment, and counts how many wait for it. */
  class Patient {
    waiting = 0;
    most = 0;
    /** The promise that every answer waits for. */
    held = Promise.resolve();

    answer: Host = async () => {
      this.waiting += 1;
      this.most = Math.max(this.most, this.waiting);
      await this.held;
      await wait(20);
      this.waiting -= 1;
      return { ok: { bytes: new Uint8Array(), version: 0n } };
    };
  }

  const job = (text: string) => ({ command: "usage", request: requestOf(text, {}) }) as const;
  /** Each time another person. */
  const somebody = () => ({ user: `user ${(people += 1)}`, isOwner: false });
  let people = 0;
  const textOf = ({ delivery }: commands.Reply) => (delivery.tag === "parts" ? delivery.val[0]?.text : undefined);
  const why = (call: Promise<commands.Reply>) =>
    call.then(
      () => "answered",
      (error: unknown) => (error instanceof Ended ? error.why : error),
    );

  test("are ended at their deadline, whatever they do", async () => {
    const component = new Component(files);
    const { answer } = new Patient();
    const cost = await costOf(async () => {
      for (const does of ["loop", "linger", "loop-of-calls"]) {
        const startedAt = performance.now();
        assert.equal(await why(component.call(somebody(), () => ({ job: job(does), host: answer, deadlineMs: 300 }))), "overdue", does);
        const took = performance.now() - startedAt;
        assert.ok(took >= 299 && took < 5000, `${does}: ${took} ms`);
        assert.equal(textOf(await component.call(somebody(), () => ({ job: job("calls 1"), host: answer, deadlineMs: 10_000 }))), "0");
      }
    });
    assertCheap(cost);
    await component.close();
  });

  test("are four at once, one of them the owner's, and sixty calls wait", async () => {
    const component = new Component(files);
    const patient = new Patient();
    const { promise, resolve } = Promise.withResolvers<void>();
    patient.held = promise;
    const asks = (asker: Asker) => why(component.call(asker, () => ({ job: job("calls 1"), host: patient.answer, deadlineMs: 60_000 })));
    const calls = Array.from({ length: 70 }, () => asks(somebody()));
    const ofOwner = asks({ user: "owner", isOwner: true });
    while (patient.waiting < 4) await wait(5);
    resolve();
    assert.deepEqual(await Promise.all(calls), [...Array(63).fill("answered"), ...Array(7).fill("busy")]);
    assert.equal(await ofOwner, "answered");
    assert.equal(patient.most, 4);
    await component.close();
  });

  test("are one at once for a person, and two calls wait", async () => {
    const component = new Component(files);
    const patient = new Patient();
    const slow = (user: string) => why(component.call({ user, isOwner: false }, () => ({ job: job("loop"), host: patient.answer, deadlineMs: 500 })));
    const theirs = Array.from({ length: 64 }, () => slow("ann"));
    const startedAt = performance.now();
    assert.equal(await why(component.call(somebody(), () => ({ job: job("calls 1"), host: patient.answer, deadlineMs: 60_000 }))), "answered");
    const both = await Promise.all(["bob", "cid", "dan"].map(slow));
    assert.deepEqual(both, Array(3).fill("overdue"));
    assert.deepEqual((await Promise.all(theirs)).sort(), [...Array(3).fill("overdue"), ...Array(61).fill("running")]);
    // One behind the other.
    assert.ok(performance.now() - startedAt >= 1490);
    await component.close();
  });

  test("have the same places where the plugin is loaded twice", async () => {
    const stateDir = await mkdtemp(join(folder, "state-"));
    const skills = [1, 2].map(() => new Skill({ around: new Gateway(), stateDir, files }));
    const [one, other] = skills as [Skill, Skill];
    const turn = (skill: Skill, does: string) => why(skill.turn({ command: "usage", request: requestOf(does, {}) }));
    const loop = turn(one, "loop");
    await wait(300);
    const waiting = [turn(other, "calls 1"), turn(one, "calls 1")];
    assert.equal(await turn(other, "calls 1"), "running");
    await one.close();
    assert.deepEqual(await Promise.all([loop, ...waiting]), ["closed", "answered", "closed"]);
    await other.close();
  });

  test("keep a place for the owner", async () => {
    const component = new Component(files);
    const { answer } = new Patient();
    const loops = Array.from({ length: 64 }, () => why(component.call(somebody(), () => ({ job: job("loop"), host: answer, deadlineMs: 60_000 }))));
    const owner = { user: "owner", isOwner: true };
    assert.equal(await why(component.call(owner, () => ({ job: job("calls 1"), host: answer, deadlineMs: 60_000 }))), "answered");
    await component.close();
    await Promise.all(loops);
  });

  test("that loop, all of them, leave their places", async () => {
    const component = new Component(files);
    const { answer } = new Patient();
    const loops = Array.from({ length: 8 }, () => why(component.call(somebody(), () => ({ job: job("loop"), host: answer, deadlineMs: 300 }))));
    const last = why(component.call(somebody(), () => ({ job: job("calls 1"), host: answer, deadlineMs: 10_000 })));
    const cost = await costOf(async () => {
      assert.deepEqual(new Set(await Promise.all(loops)), new Set(["overdue"]));
      assert.equal(await last, "answered");
    });
    assertCheap(cost);
    await component.close();
  });

  test("end with the plugin, and so do those that wait", async () => {
    const component = new Component(files);
    const { answer } = new Patient();
    const calls = Array.from({ length: 10 }, () => why(component.call(somebody(), () => ({ job: job("loop"), host: answer, deadlineMs: 60_000 }))));
    await wait(300);
    await component.close();
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["closed"]));
    assert.equal(await why(component.call(somebody(), () => ({ job: job("calls 1"), host: answer, deadlineMs: 60_000 }))), "closed");
  });

  test("have no environment and no arguments", async () => {
    const guest = join(folder, "probe.mjs");
    await writeFile(guest, PROBE);
    const component = new Component({ ...files, guest: pathToFileURL(guest) });
    const said = textOf(await component.call(somebody(), () => ({ job: job(""), host: new Patient().answer, deadlineMs: 10_000 })));
    assert.deepEqual(JSON.parse(said ?? ""), {
      env: [],
      argv: [],
      execArgv: [],
      lent: ["modules", "memoryBytes", "outputBytes", "answered"],
    });
    await component.close();
  });

  /** Says what a thread has. */
  const PROBE = `
    import { parentPort, workerData } from "node:worker_threads";
    parentPort.on("message", () => {
      const [env, argv, lent] = [Object.keys(process.env), process.argv.slice(2), Object.keys(workerData)];
      const text = JSON.stringify({ env, argv, execArgv: process.execArgv, lent });
      const reply = { delivery: { tag: "parts", val: [{ text, buttons: [] }] }, status: "ok" };
      parentPort.postMessage({ reply, heldBytes: 0 });
    });`;
});

describe("a module is loaded", () => {
  const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const loads = (...section: number[]) => boundsItsMemory(Uint8Array.of(...HEADER, ...section), policy.limits.guest_memory_bytes);

  test("where its memory has a maximum that is ours", () => {
    assert.ok(loads());
    assert.ok(loads(5, 4, 1, 1, 1, 2));
    assert.ok(loads(5, 6, 1, 1, 1, 0x80, 0x84, 0x00), "512 pages");
    assert.ok(!loads(5, 3, 1, 0, 1), "no maximum");
    assert.ok(!loads(5, 5, 1, 1, 1, 0x81, 0x04), "513 pages");
    assert.ok(!loads(5, 8, 2, 1, 1, 0xac, 0x02, 1, 1, 0xac, 0x02), "twice 300 pages");
    assert.ok(!loads(5, 4, 1, 3, 1, 2), "shared");
    assert.ok(!loads(5, 4, 1, 5, 1, 2), "of 64 bits");
    assert.ok(!loads(0, 1, 0, 5, 3, 1, 0, 1), "behind another section");
  });

  test("where its tables have one", () => {
    assert.ok(loads(4, 5, 1, 0x70, 1, 1, 2));
    assert.ok(!loads(4, 4, 1, 0x70, 0, 1), "no maximum");
    assert.ok(!loads(4, 7, 1, 0x70, 1, 1, 0xc0, 0x84, 0x3d), "a million");
  });

  test("where it makes no objects", () => {
    assert.ok(loads(1, 5, 1, 0x60, 1, 0x7f, 0));
    assert.ok(!loads(1, 3, 1, 0x5f, 0), "a struct");
    assert.ok(!loads(1, 4, 1, 0x5e, 0x7e, 1), "an array");
  });

  test("and else is not", async () => {
    assert.ok(modulesIn(files.modules).every((module) => boundsItsMemory(module, policy.limits.guest_memory_bytes)));
    const altered = join(folder, "unbounded");
    cpSync(files.modules, altered, { recursive: true });
    const core = join(altered, "skill.core.wasm");
    await writeFile(core, unbounded(await readFile(core)));
    const bounded = new Component(files);
    await bounded.warm();
    await bounded.close();
    const loaded = new Component({ ...files, modules: pathToFileURL(`${altered}/`) });
    const job = { command: "usage", request: requestOf("calls 0", {}) } as const;
    const call = () => loaded.call({ user: "somebody", isOwner: false }, () => ({ job, host: async () => ({ ok: 0 }), deadlineMs: 10_000 }));
    for (const load of [() => loaded.warm(), () => loaded.warm(), call]) await assert.rejects(load, { why: "trapped" });
    await loaded.close();
  });

  /** As it is without `--max-memory`. */
  function unbounded(core: Buffer): Buffer {
    // The section's id and size, one memory with a maximum: its least, and 512 pages.
    const found = /\x05.\x01\x01(.)\x80\x04/s.exec(core.toString("latin1")) ?? assert.fail("no such memory");
    const least = found[1]!.charCodeAt(0);
    const after = core.subarray(found.index + found[0].length);
    return Buffer.concat([core.subarray(0, found.index), Buffer.of(5, 3, 1, 0, least), after]);
  }
});

/** The cost of something to the process. */
interface Cost {
  /** The most that the loop computed without turning. Other programs of this machine do not count. */
  computedMs: number;
  /** The longest that the loop stood still. They do. */
  stoodMs: number;
  /** The most memory, in bytes. */
  grew: number;
}

async function costOf(action: () => Promise<void>): Promise<Cost> {
  const rss = process.memoryUsage.rss();
  const cost = { computedMs: 0, stoodMs: 0, grew: 0 };
  let computed = computedMs();
  const look = () => {
    const now = computedMs();
    cost.computedMs = Math.max(cost.computedMs, now - computed);
    cost.grew = Math.max(cost.grew, process.memoryUsage.rss() - rss);
    computed = now;
  };
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const timer = setInterval(look, 2);
  try {
    await action();
    // A standstill at the very end is seen with the next turn.
    await wait(20);
  } finally {
    clearInterval(timer);
    delay.disable();
  }
  return { ...cost, stoodMs: delay.max / 1e6 };
}

/** Time that this thread computed since it began. */
function computedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function assertCheap(cost: Cost): void {
  const isCheap = cost.computedMs < 100 && cost.stoodMs < 1000 && cost.grew < 300e6;
  assert.ok(isCheap, JSON.stringify(cost));
}

/** Builds the guest as the component is built. */
async function build(): Promise<Files> {
  const target = join(env["CARGO_TARGET_DIR"] ?? join(ROOT, "target"), "hostile");
  const args = ["build", "--quiet", "--package", "hostile", "--lib", "--locked", "--profile", "skill"];
  const flags = `-Clink-arg=--max-memory=${policy.limits.guest_memory_bytes}`;
  execFileSync("cargo", [...args, "--target", "wasm32-wasip2", "--target-dir", target], {
    cwd: ROOT,
    env: { ...env, CARGO_ENCODED_RUSTFLAGS: flags },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [glue, built] = [join(folder, "glue"), join(folder, "built")];
  transpile(join(target, "wasm32-wasip2/skill/hostile.wasm"), glue);
  await bundleGuest(glue, built);
  return { guest: pathToFileURL(join(built, "guest.js")), modules: pathToFileURL(`${built}/`) };
}
