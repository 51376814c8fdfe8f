/** The way of an answer on each channel, with adapters that fail: the registered plugin in a gateway that a test plays. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import type { Adapter, Config, Payload, PressContext } from "../src/gateway-api.ts";
import "./openclaw-resolve.ts";

const { default: plugin } = await import("../src/index.ts");

const root = mkdtempSync(join(tmpdir(), "codex-profiler-delivery-"));
mkdirSync(join(root, "agents/main/agent"), { recursive: true });
process.env["OPENCLAW_STATE_DIR"] = root;

interface Registered {
  command(name: string, context: object): Promise<Payload>;
  press(channel: string, context: object): { handled: boolean };
  stop(): Promise<void>;
}

const config: Config = { commands: { ownerAllowFrom: ["slack:U1", "discord:1", "telegram:1"] } };
const gateways: Registered[] = [];
after(async () => {
  for (const gateway of gateways) await gateway.stop();
  rmSync(root, { recursive: true });
});

/** The plugin as a gateway with this adapter for every channel has it. */
function register(adapter: Adapter, loadAdapter: () => Promise<Adapter> = async () => adapter): Registered {
  const commands = new Map<string, (context: object) => Promise<Payload>>();
  const handlers = new Map<string, (context: object) => { handled: boolean }>();
  let stop = async () => {};
  const runtime = {
    config: { current: () => config },
    agent: { resolveAgentDir: (_: Config, agent: string) => join(root, "agents", agent, "agent") },
    state: { resolveStateDir: () => root },
    system: { runCommandWithTimeout: () => Promise.reject(new Error("nothing is run")) },
    channel: { outbound: { loadAdapter } },
  };
  plugin.register({
    runtime,
    logger: { warn() {} },
    registerCommand: ({ name, handler }: { name: string; handler: (context: object) => Promise<Payload> }) => commands.set(name, handler),
    registerTool() {},
    registerInteractiveHandler: ({ channel, handler }: { channel: string; handler: (context: object) => { handled: boolean } }) => handlers.set(channel, handler),
    registerService: (service: { stop(): Promise<void> }) => (stop = () => service.stop()),
  } as never);
  const gateway = {
    command: (name: string, context: object) => commands.get(name)!({ config, args: "help", ...context }),
    press: (channel: string, context: object) => handlers.get(channel)!({ channel, ...context }),
    stop: () => stop(),
  };
  gateways.push(gateway);
  return gateway;
}

const TYPED = {
  telegram: { channel: "telegram", senderId: "1", to: "telegram:1", sessionKey: "agent:main:main" },
  slack: { channel: "slack", senderId: "U1", to: "slash:U1", from: "slack:U1", sessionKey: "agent:main:slack:slash:u1" },
  discord: { channel: "discord", senderId: "1", to: "slash:1", from: "discord:channel:2", sessionKey: "agent:main:discord:channel:2" },
  webchat: { channel: "webchat", sessionKey: "agent:main:main" },
  signal: { channel: "signal", senderId: "+1", to: "+1", sessionKey: "agent:main:main" },
};

/** An adapter that keeps what it is given, and fails as it is told. */
function adapterOf(fail?: () => unknown): { sent: string[]; adapter: Adapter } {
  const sent: string[] = [];
  const adapter = {
    async sendText({ text }: { text: string }) {
      const error = fail?.();
      if (error !== undefined) throw error;
      sent.push(text);
    },
  };
  return { sent, adapter };
}

for (const channel of ["slack", "discord", "webchat", "signal"] as const) {
  test(`${channel}: the answer is the command's reply`, async () => {
    const { sent, adapter } = adapterOf();
    const { text, suppressReply } = await register(adapter).command("codex_usage", TYPED[channel]);
    assert.match(text!, /`\/codex_auth/);
    assert.doesNotMatch(text!, /NO_REPLY/);
    assert.equal(suppressReply, undefined);
    assert.deepEqual(sent, []);
  });
}

test("telegram: the answer goes by messages, and the reply is silenced", async () => {
  const { sent, adapter } = adapterOf();
  const payload = await register(adapter).command("codex_usage", TYPED.telegram);
  assert.deepEqual(payload, { text: "NO_REPLY", suppressReply: true });
  assert.match(sent.join("\n"), /<code>\/codex_auth/);
  assert.doesNotMatch(sent.join("\n"), /`/);
});

test("telegram: what was refused for certain is the reply, and what may have arrived is not said twice", async () => {
  const refused = adapterOf(() => Object.assign(new Error("Bad Request"), { error_code: 400 }));
  assert.match((await register(refused.adapter).command("codex_usage", TYPED.telegram)).text!, /codex_auth/);
  const unclear = adapterOf(() => new Error("socket hang up"));
  assert.equal((await register(unclear.adapter).command("codex_usage", TYPED.telegram)).text, "NO_REPLY");
});

interface Pressed {
  replies: string[];
  cleared: string[];
  context: PressContext;
}

function press(payload: string, context: Partial<PressContext>): Pressed {
  const replies: string[] = [];
  const cleared: string[] = [];
  const note = (name: string) => async () => void cleared.push(name);
  const respond = {
    reply: async ({ text }: { text: string }) => void replies.push(text),
    clearButtons: note("clearButtons"),
    editMessage: async (message: object) => void cleared.push(JSON.stringify(message)),
  };
  return { replies, cleared, context: { auth: { isAuthorizedSender: true }, interaction: { payload }, respond, ...context } as PressContext };
}

async function until(found: () => boolean): Promise<void> {
  for (let waited = 0; !found() && waited < 600; waited += 1) await new Promise((done) => setTimeout(done, 50));
  assert.ok(found());
}

const IN_CHANNEL: Record<string, Partial<PressContext>> = {
  discord: { senderId: "1", conversationId: "channel:2", guildId: "3" },
  slack: { senderId: "U1", conversationId: "C2" },
};

const USED = {
  discord: '{"components":[{"type":10,"content":"This button was used."}]}',
  slack: '{"blocks":[]}',
};

for (const [channel, used] of Object.entries(USED)) {
  test(`${channel}: a press where others read along is answered to whoever pressed, and a used button goes`, async () => {
    const { sent, adapter } = adapterOf();
    // The button of a message that is older than any plan.
    const { replies, cleared, context } = press("auth:confirm:0A1B2C3D", IN_CHANNEL[channel]!);
    register(adapter).press(channel, context);
    await until(() => replies.length > 0);
    assert.deepEqual(cleared, [used]);
    assert.doesNotMatch(replies.join(), /NO_REPLY/);
    assert.deepEqual(sent, []);
  });

  test(`${channel}: who is not the owner uses up no button`, async () => {
    const { replies, cleared, context } = press("auth:confirm:0A1B2C3D", { ...IN_CHANNEL[channel], senderId: "9" });
    register(adapterOf().adapter).press(channel, context);
    await until(() => replies.length > 0);
    assert.match(replies[0]!, /owner/);
    assert.deepEqual(cleared, []);
  });
}

test("a press in a private conversation is answered by a message", async () => {
  const { sent, adapter } = adapterOf();
  const { replies, context } = press("usage:all", { senderId: "U1", conversationId: "D2" });
  register(adapter).press("slack", context);
  await until(() => sent.length > 0);
  assert.deepEqual(replies, []);
});

test("an adapter that cannot be loaded, or has no way to send, leaves the reply", async () => {
  const { adapter } = adapterOf();
  const gateways = [register(adapter, () => Promise.reject(new Error("no such channel"))), register({})];
  for (const gateway of gateways) assert.match((await gateway.command("codex_usage", TYPED.telegram)).text!, /codex_auth/);
});

test("an adapter that throws at once is one that may have sent", async () => {
  const adapter: Adapter = {
    sendText() {
      throw new TypeError("not a function");
    },
  };
  assert.deepEqual(await register(adapter).command("codex_usage", TYPED.telegram), { text: "NO_REPLY", suppressReply: true });
});

test("an adapter that answers late is waited for", async () => {
  const late = Promise.withResolvers<void>();
  const { sent, adapter } = adapterOf();
  const isAsked = Promise.withResolvers<void>();
  const slow: Adapter = {
    async sendText(message) {
      isAsked.resolve();
      await late.promise;
      await adapter.sendText!(message);
    },
  };
  const answer = register(slow).command("codex_usage", TYPED.telegram);
  await isAsked.promise;
  assert.equal(await Promise.race([answer, new Promise((done) => setTimeout(done, 200, "nothing yet"))]), "nothing yet");
  late.resolve();
  assert.equal((await answer).text, "NO_REPLY");
  assert.equal(sent.length, 1);
});

test("an adapter that says yes and delivers nothing is not asked again", async () => {
  let asked = 0;
  const silent: Adapter = { sendText: async () => void (asked += 1) };
  assert.equal((await register(silent).command("codex_usage", TYPED.telegram)).text, "NO_REPLY");
  assert.equal(asked, 1);
});

test("a press that arrives twice is carried out once, and a message a week old is answered", async () => {
  const { adapter } = adapterOf();
  const gateway = register(adapter);
  const twice = press("usage:all", IN_CHANNEL["slack"]!);
  for (let times = 0; times < 2; times += 1) gateway.press("slack", twice.context);
  await until(() => twice.replies.length >= 2);
  // Plans and handles of then are nobody's now.
  for (const value of ["auth:order:8:29e98a57a0ebe3f7021e87b3e9f5ef93", "auth:confirm:0A1B2C3D", "usage:profile:29e98a57", "usage:one:29e98a57"]) {
    const { replies, context } = press(value, IN_CHANNEL["slack"]!);
    gateway.press("slack", context);
    await until(() => replies.length > 0);
    assert.doesNotMatch(replies.join("\n"), /inside codex-profiler itself|could not carry/, value);
  }
});

test("a press that the channel does not allow is nobody's", async () => {
  const { sent, adapter } = adapterOf();
  const { replies, cleared, context } = press("auth:confirm:0A1B2C3D", { ...IN_CHANNEL["slack"], auth: { isAuthorizedSender: false } });
  assert.deepEqual(register(adapter).press("slack", context), { handled: true });
  await new Promise((done) => setTimeout(done, 300));
  assert.deepEqual([replies, cleared, sent], [[], [], []]);
});

for (const channel of ["telegram", "slack"] as const) {
  test(`${channel}: a gateway that reloads during a command says so once`, async () => {
    const { sent, adapter } = adapterOf();
    const gateway = register(adapter);
    const asked = gateway.command("codex_auth", { ...TYPED[channel], args: "order", senderIsOwner: true, assertOwnerCurrent() {} });
    await gateway.stop();
    const { text } = await asked;
    const said = [...sent, text!].filter((each) => /is reloading/.test(each));
    assert.equal(said.length, 1, [...sent, text].join("\n---\n"));
  });
}
