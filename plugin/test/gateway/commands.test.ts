/**
 * The packed plugin in a real gateway, with the people of a Telegram, a web chat, and
 * a chatgpt.com on this machine. Minutes, and nothing else runs in it: `node --test
 * test/gateway/commands.test.ts` with `CODEX_PROFILER_OPENCLAW_CURRENT` as `.ci/openclaw.sh` prints it.
 */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";

import { startChatgpt, type Chatgpt } from "../chatgpt.ts";
import { profilesAsked as askedBy, usageOf } from "./endpoint.ts";
import { GROUP, GUEST, leaks, makeHome, OWNER, readOrder, readStore, tracesOfPlugin, writeStore, type Home } from "./home.ts";
import { installed, installPlugin, startGateway, tarball, uninstallPlugin, type Gateway } from "./openclaw.ts";
import { Telegram, type Message, type Said } from "./telegram.ts";
import { connect, type Client } from "./websocket.ts";

const PROGRESS = "Running Codex usage checks now…";

if (!installed) console.error("NOT TESTED in a gateway: CODEX_PROFILER_OPENCLAW_CURRENT is not set, see .ci/openclaw.sh");

suite("in a gateway", { skip: installed ? false : "CODEX_PROFILER_OPENCLAW_CURRENT is not set", timeout: 1_800_000 }, () => {
  let home: Home;
  let chatgpt: Chatgpt;
  let telegram: Telegram;
  let gateway: Gateway;
  let web: Client;
  let admin: Client;
  /** Everything that anybody was shown. */
  const shown: string[] = [];

  before(async () => {
    telegram = await Telegram.start();
    const signIns = [{ label: "default" }, { label: "work", plan: "team" }, { label: "backup", plan: "pro" }];
    home = await makeHome({ signIns, telegram: { apiRoot: telegram.apiRoot } });
    chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
    chatgpt.answer((headers) => usageOf(home, headers));
    await installPlugin(home, tarball());
    writeStore(home);
    // As a migration leaves one behind.
    const agentDir = join(home.stateDir, "agents/main/agent");
    mkdirSync(agentDir, { recursive: true });
    writeFileSync(join(agentDir, "auth-profiles.json.migrated-2026-11-30"), "{}");
    gateway = await startGateway(home, chatgpt.env);
    [web, admin] = await Promise.all([connect(home), connect(home, { scopes: ["operator.admin"] })]);
    // The gateway's first command loads what it needs for any.
    await web.command("/commands");
  });

  after(async () => {
    await Promise.all([web?.close(), admin?.close()]);
    await gateway?.stop();
    await chatgpt?.close();
    await telegram?.close();
    console.log(`\n${telegram?.transcript()}\n`);
    await home?.remove();
  });

  test("web chat answers a check with one text", async () => {
    const asked = chatgpt.requests.length;
    const { text, state, events } = await say(web, "/codex_usage all");
    assert.equal(state, "final");
    assert.match(text, /^Codex usage · /);
    for (const label of ["default", "work", "backup"]) assert.match(text, new RegExp(`^\\| ✅ ${label} \\|`, "m"));
    assert.equal(events.filter((event) => event.state === "final").length, 1);
    assert.doesNotMatch(text, /NO_REPLY|Running Codex/);
    assert.deepEqual(profilesAsked(asked), ["openai:backup", "openai:default", "openai:work"]);
  });

  test("Telegram has a selector with buttons", async () => {
    const [selector, ...more] = await write("/codex_usage", { from: OWNER });
    assert.deepEqual(more, []);
    assert.match(selector!.text, /^Codex usage: check which profile\?$/);
    const buttons = selector!.buttons.flat();
    assert.deepEqual(buttons.slice(0, 4).map((button) => button.text), ["default", "all 3", "best", "rotation"]);
    for (const { callback_data } of buttons) assert.match(callback_data ?? "", /^tgcb1:\w{5}:codexprof:usage:\w+$/);
    for (const { callback_data } of buttons) assert.ok(Buffer.byteLength(callback_data ?? "") <= 64);
  });

  test("a button runs its check: first the progress, then the result, and nothing else", async () => {
    const asked = chatgpt.requests.length;
    const [progress, result, ...more] = await press(selector(), "all 3");
    assert.equal(progress!.text, PROGRESS);
    assert.match(result!.text, /^Codex usage · /);
    assert.deepEqual(more, []);
    assert.deepEqual(profilesAsked(asked), ["openai:backup", "openai:default", "openai:work"]);
  });

  test("a button that is pressed twice asks once", async () => {
    const asked = chatgpt.requests.length;
    const said = await press(selector(), "backup", { times: 2 });
    assert.deepEqual(profilesAsked(asked), ["openai:backup"]);
    assert.equal(said.filter((message) => message.text === PROGRESS).length, 1);
    assert.equal(said.filter((message) => message.text.startsWith("Codex usage · ")).length, 1);
  });

  test("who owns nothing may look at the usage", async () => {
    const [progress, result, ...more] = await write("/codex_usage work", { from: GUEST });
    assert.equal(progress!.text, PROGRESS);
    assert.match(result!.text, /^✅ work · 5h 67% until .+$/m);
    assert.deepEqual(more, []);
  });

  test("in a topic of a group the answers stay in it", async () => {
    const calls = telegram.calls.length;
    const said = await write("/codex_usage@mock_bot default", { from: OWNER, chat: GROUP, thread: 7 });
    assert.deepEqual(said.map((message) => message.chat), [GROUP, GROUP]);
    const threads = telegram.calls.slice(calls).filter((call) => call.method === "sendMessage");
    assert.deepEqual(threads.map((call) => call.params["message_thread_id"]), [7, 7]);
  });

  test("the owner alone is told of a file with tokens that lies around", async () => {
    const status = async (said: Said) => (await write("/codex_auth status", said)).map(({ text }) => text).join("\n");
    assert.match(await status({ from: OWNER }), /auth-profiles\.json\.migrated-/);
    assert.doesNotMatch(await status({ from: OWNER, chat: GROUP }), /auth-profiles\.json/);
  });

  test("who owns nothing changes nothing", async () => {
    const [refusal, ...more] = await write("/codex_auth order set work default", { from: GUEST });
    assert.match(refusal!.text, /operator\.admin/);
    assert.deepEqual(more, []);
    assert.match((await say(web, "/codex_auth order set work default")).text, /operator\.admin/);
    assert.equal(readOrder(home), null);
  });

  test("a change is planned, and confirmed by whoever asked", async () => {
    const [announced, plan, ...more] = await write("/codex_auth order set work default", { from: OWNER });
    assert.match(announced!.text, /^I will apply this via openclaw models auth \.\.\. and then verify with models status \+ auth order get\.$/m);
    assert.match(plan!.text, /^Plan: set the order to work, default · agent main$/m);
    assert.match(announced!.wire, /<code>openclaw models auth \.\.\.<\/code>/);
    assert.match(plan!.wire, /<code>\/codex_auth confirm [0-9A-Z]{8}<\/code>/);
    assert.deepEqual(more, []);
    const code = codeOf(plan!);
    assert.deepEqual(plan!.buttons.flat().map((button) => button.callback_data?.slice("tgcb1:.....:".length)), [`codexprof:auth:confirm:${code}`]);

    const [refusal] = await write(`/codex_auth confirm ${code}`, { from: GUEST });
    assert.match(refusal!.text, /operator\.admin/);
    const elsewhere = await say(admin, `/codex_auth confirm ${code}`);
    assert.match(elsewhere.text, /That code is not valid/);
    assert.equal(readOrder(home), null);

    // The button goes with the first press.
    const { callback_data: apply } = plan!.buttons[0]![0]!;
    const said = await press(plan!, apply!, { times: 2, until: /^✅/ });
    assert.deepEqual(plan!.buttons, []);
    assert.match(said[0]!.text, /Checking, applying, verifying/);
    const applied = said.filter((message) => message.text.startsWith("✅ Done, verified: the order is set."));
    assert.equal(applied.length, 1);
    // The second press waits for the first, and finds that it did it.
    for (const { text } of said.slice(1)) assert.match(text, /^(✅ Done|That code is not valid|Just answered|Your previous Codex command)/);
    assert.deepEqual(readOrder(home), ["openai:work", "openai:default"]);
    const [late] = await press(plan!, apply!);
    assert.match(late!.text, /not valid|[Jj]ust answered/);
  });

  test("a button of somebody else's plan does nothing in a group", async () => {
    const [, plan] = await write("/codex_auth order set default work", { from: OWNER, chat: GROUP });
    const [refusal, ...more] = await press(plan!, plan!.buttons[0]![0]!.text, { from: GUEST });
    assert.match(refusal!.text, /owner/);
    assert.deepEqual(more, []);
    assert.deepEqual(readOrder(home), ["openai:work", "openai:default"]);
  });

  test("web chat of an administrator confirms by typing", async () => {
    const plan = await say(admin, "/codex_auth order clear");
    assert.match(plan.text, /Plan: /);
    const { text } = await say(admin, `/codex_auth confirm ${codeOf(plan)}`);
    assert.match(text, /✅ Done/);
    assert.equal(readOrder(home), null);
  });

  test("a tool looks and plans, and confirms nothing", async () => {
    const { output } = (await admin.request("tools.invoke", { name: "codex_usage", args: { profile: "best" } })) as Tool;
    const [{ text }] = output.content;
    shown.push(text);
    assert.match(text, /default|work|backup/);
    const planned = (await admin.request("tools.invoke", { name: "codex_auth", args: { action: "retire", profiles: ["backup"] } })) as Tool;
    const plan = planned.output.content[0];
    shown.push(plan.text);
    assert.match(plan.text, /^Plan: retire backup /m);
    const confirmed = (await admin.request("tools.invoke", { name: "codex_auth", args: { action: `confirm ${codeOf(plan)}` } })) as Tool;
    assert.match(confirmed.output.content[0].text, /^Nothing was done: action must be one of /);
    assert.equal(readOrder(home), null);
  });

  test("an expired and a fenced sign-in are neither asked with nor refreshed", async () => {
    writeStore(home, [{ label: "stale", expiresInDays: -1 }, { label: "fenced", fenced: true }]);
    const asked = chatgpt.requests.length;
    const { text } = await say(web, "/codex_usage all --format=block");
    assert.match(text, /stale/);
    assert.match(text, /fenced/);
    assert.deepEqual(profilesAsked(asked), ["openai:backup", "openai:default", "openai:work"]);
    assert.deepEqual(readStore(home), home.profiles);
  });

  test("a name is shown as it is, whatever it would mean in Markdown", async () => {
    writeStore(home, [{ label: "x*y*z_a_b" }]);
    const [selector] = await write("/codex_usage", { from: GUEST });
    assert.ok(selector!.buttons.flat().some(({ text }) => text.includes("x*y*z_a_b")));
    const [, result] = await write("/codex_usage all", { from: GUEST });
    assert.match(result!.text, /^. x\*y\*z_a_b · /mu);
    for (const { wire } of telegram.messages) assert.doesNotMatch(wire.replace(/<\/?code>/g, ""), /<[a-z/]/);
  });

  test("fifty commands at once of one person are all answered, and the gateway goes on", async () => {
    const sessions = Array.from({ length: 50 }, (_, at) => `agent:main:crowd-${at}`);
    const all = await Promise.all(sessions.map((session) => web.command("/codex_usage all --format=text", { session })));
    const checked = all.filter(({ text }) => /^(Running Codex usage checks|Codex usage)/.test(text));
    // One runs, two wait.
    const told = all.filter(({ text }) => /^(Already running|Just answered|Your previous Codex command)/.test(text));
    assert.ok(checked.length >= 1, JSON.stringify(all[0]));
    assert.equal(checked.length + told.length, 50);
    assert.match((await say(web, "/codex_usage work")).text, /^Codex usage · /);
  });

  test("a check that a reload of the plugin meets ends in a sentence", async () => {
    chatgpt.answer((headers) => ({ ...usageOf(home, headers), delayMs: 20_000 }));
    const check = say(web, "/codex_usage backup");
    const since = telegram.messages.length;
    telegram.write("/codex_usage backup", { from: OWNER });
    await telegram.quiet(2_000);
    await set({ timezone: "Asia/Kolkata" });
    assert.match((await check).text, /^(The gateway is reloading this plugin|Codex usage · )/);
    await telegram.waitFor(() => telegram.messages.slice(since).length >= 2);
    chatgpt.answer((headers) => usageOf(home, headers));
    assert.match((await say(web, "/codex_usage all --format=json")).text, /"zone": "Asia\/Kolkata"/);
  });

  test("another setting reloads the plugin, and it goes on", async () => {
    await set({ language: "zh" });
    assert.match((await say(web, "/codex_usage default")).text, /^Codex 用量/);
  });

  test("nobody was shown or told a token", async () => {
    const everything = [...shown, telegram.transcript(), gateway.log(), readFileSync(join(home.root, "gateway.log"), "utf8")];
    assert.deepEqual(leaks(home, everything.join("\n")), []);
    assert.deepEqual(leaks(home, JSON.stringify(telegram.calls)), []);
    console.log(`gateway: ready after ${(gateway.startedMs / 1000).toFixed(1)} s, ${(await gateway.memoryMb()).toFixed(0)} MB`);
  });

  test("uninstalled, it leaves nothing of its own behind", async () => {
    await uninstallPlugin(home);
    await telegram.quiet();
    await gateway.stop();
    const left = await tracesOfPlugin(home);
    // The gateway's own: its configuration and the backups of that, its database, what was said in its chats.
    const gateways = /^(openclaw\.json(\.[\w.-]+)?|state\/[\w-]+\.sqlite(-wal)?|agents\/main\/agent\/[\w-]+\.sqlite(-wal)?|logs\/.*)$/;
    assert.deepEqual(left.filter((path) => !gateways.test(path)), []);
  });

  /** Somebody writes in Telegram: all that came of it. */
  async function write(text: string, said: Said): Promise<Message[]> {
    const since = telegram.messages.length;
    telegram.write(text, said);
    return await answers(since);
  }

  async function press(message: Message, button: string, { from = OWNER, times = 1, until = /(?:)/ } = {}): Promise<Message[]> {
    const since = telegram.messages.length;
    for (let each = 0; each < times; each++) telegram.press(message, button, { from });
    return await answers(since, until);
  }

  /** Progress alone is not an answer. */
  async function answers(since: number, until = /(?:)/): Promise<Message[]> {
    const isProgress = ({ text }: Message) => text === PROGRESS || /at most \d( minutes)?\)…$/.test(text);
    await telegram.message((message) => !isProgress(message) && until.test(message.text), { since });
    await telegram.quiet();
    return telegram.messages.slice(since);
  }

  async function set(settings: object): Promise<void> {
    await admin.configure(settings);
    await telegram.quiet(6_000);
  }

  async function say(client: Client, text: string) {
    const answered = await client.command(text);
    shown.push(answered.text);
    return answered;
  }

  function selector(): Message {
    return telegram.messages.find((message) => message.text.startsWith("Codex usage: check which profile?"))!;
  }

  /** Those whose tokens asked for the usage since. */
  function profilesAsked(since: number): (string | undefined)[] {
    return askedBy(home, chatgpt.requests.slice(since));
  }
});

interface Tool {
  ok: boolean;
  output: { content: [{ text: string }] };
}

function codeOf({ text }: { text: string }): string {
  const [, code] = /\/codex_auth confirm ([0-9A-Z]{8})/.exec(text) ?? assert.fail(`no code in: ${text}`);
  return code!;
}
