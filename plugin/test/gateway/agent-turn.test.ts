/**
 * The packed plugin in a real gateway, whose agent has a model that a test plays: a
 * sentence in chat, a tool, an answer. Minutes, as `commands.test.ts`.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { startChatgpt, type Chatgpt } from "../chatgpt.ts";
import { lastCode } from "../codes.ts";
import { profilesAsked, usageOf } from "./endpoint.ts";
import { GROUP, GUEST, leaks, makeHome, OWNER, readOrder, writeStore, type Home } from "./home.ts";
import { Model, type Call } from "./model.ts";
import { installed, installPlugin, json, startGateway, tarball, type Gateway } from "./openclaw.ts";
import { Telegram, type Message, type Said } from "./telegram.ts";
import { connect, type Client } from "./websocket.ts";

const CODE = /^Confirm by \d\d:\d\d: `?\/codex_auth confirm [0-9A-Z]{8}`?$/m;
const REFUSAL = /^Nothing was changed: only the gateway's owner can change sign-ins and their order\./;

if (!installed) console.error("NOT TESTED with an agent: CODEX_PROFILER_OPENCLAW_CURRENT is not set, see .ci/openclaw.sh");

suite("an agent's turn", { skip: installed ? false : "CODEX_PROFILER_OPENCLAW_CURRENT is not set", timeout: 1_200_000 }, () => {
  let home: Home;
  let chatgpt: Chatgpt;
  let telegram: Telegram;
  let gateway: Gateway;
  let model: Model;
  let web: Client;
  let admin: Client;
  /** The model's reply to each thing that somebody says. */
  const script = new Map<string, readonly Call[]>([
    ["how much is left?", [{ name: "codex_usage", arguments: { profile: "all" } }]],
    ["retire backup please", [{ name: "codex_auth", arguments: { action: "retire", profiles: ["backup"] } }]],
    ["retire work please", [{ name: "codex_auth", arguments: { action: "retire", profiles: ["work"] } }]],
    ["bring backup back", [{ name: "codex_auth", arguments: { action: "restore", profiles: ["backup"], position: "first" } }]],
  ]);

  before(async () => {
    model = await Model.start((said) => [...script].find(([sentence]) => said.includes(sentence))?.[1] ?? "I do not know.");
    telegram = await Telegram.start();
    const signIns = ["default", "work", "backup"].map((label) => ({ label }));
    home = await makeHome({ signIns, telegram: { apiRoot: telegram.apiRoot }, ...model.options });
    chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
    chatgpt.answer((headers) => usageOf(home, headers));
    await installPlugin(home, tarball());
    writeStore(home);
    gateway = await startGateway(home, chatgpt.env);
    [web, admin] = await Promise.all([connect(home), connect(home, { scopes: ["operator.admin"] })]);
  });

  after(async () => {
    await Promise.all([web?.close(), admin?.close()]);
    await gateway?.stop();
    await Promise.all([model?.close(), chatgpt?.close(), telegram?.close()]);
    console.log(`\n${telegram?.transcript()}\n`);
    await home?.remove();
  });

  test("web chat: a question becomes a check, and what the tool says the answer", async () => {
    const { text, state, events } = await web.command("how much is left?");
    assert.equal(state, "final");
    assert.equal(events.filter((event) => event.state === "final").length, 1);
    assert.match(text, /^Codex usage · /);
    for (const label of ["default", "work", "backup"]) assert.match(text, new RegExp(`^✅ ${label} · 5h 67% until `, "m"));
    assert.deepEqual(profilesAsked(home, chatgpt.requests), ["openai:backup", "openai:default", "openai:work"]);

    const [question, result, ...more] = model.prompts;
    assert.match(question!.text, /how much is left\?/);
    assert.match(question!.instructions, /codex_usage.+5-hour and weekly windows/s);
    assert.match(question!.instructions, /codex_auth.+Plans changes/s);
    assert.deepEqual({ role: result!.role, text: result!.text }, { role: "tool", text });
    assert.deepEqual(more, []);
  });

  test("who owns nothing is refused, and gets no code", async () => {
    const guest = await write("retire backup please", { from: GUEST, until: REFUSAL });
    const chat = await web.command("retire backup please");
    assert.match(chat.text, REFUSAL);
    for (const { text } of [guest, chat]) assert.doesNotMatch(text, /confirm/);
  });

  test("Telegram: a sentence becomes a plan, which nothing confirms but the user", async () => {
    const { text } = await write("retire backup please", { from: OWNER, until: CODE });
    assert.match(text, /^Plan: retire backup \(no longer used, sign-in kept\) · agent main$/m);
    const code = lastCode(text);

    const prompts = model.prompts.length;
    script.set("do it yourself", [
      { name: "codex_auth", arguments: { action: `confirm ${code}` } },
      { name: "codex_auth", arguments: { action: "order set", profiles: [`confirm ${code}`] } },
      { name: "codex_auth", arguments: { action: "order set", profiles: ["confirm", code] } },
      { name: "codex_auth", arguments: { action: "status", profiles: [`auth:confirm:${code}`] } },
      { name: "codex_usage", arguments: { profile: `auth:confirm:${code}` } },
    ]);
    await write("do it yourself", { from: OWNER, until: /No profile with that name/ });
    // The result of the call before may have come to the model after its plan to the chat.
    const answers = model.prompts.slice(prompts).findLast(({ role }) => role === "tool");
    assert.match(answers!.text, /action must be one of status, order, /);
    assert.doesNotMatch(answers!.text, /✅/);
    assert.equal(readOrder(home), null);

    const done = await write(`/codex_auth confirm ${code}`, { from: OWNER, until: /✅|not valid/ });
    assert.match(done.text, /^✅ Done, verified: backup is retired/);
    assert.deepEqual(readOrder(home), ["openai:default", "openai:work"]);
  });

  test("web chat: an administrator gets a plan, too", async () => {
    const { text } = await admin.command("bring backup back");
    assert.match(text, CODE);
    assert.deepEqual(readOrder(home), ["openai:default", "openai:work"]);
  });

  test("a chat is told which profile it uses", async () => {
    const session = "agent:main:signed-in";
    const says = async (text: string) => (await admin.command(text, { session })).text;
    await admin.request("sessions.patch", { key: session, model: model.signedIn });
    assert.doesNotMatch(await says("/codex_auth status"), /^This chat /m);
    // The gateway chooses a profile for a turn, also for one that fails.
    await says("hello");
    assert.match(await says("/codex_auth status"), /^This chat uses default until \/new\.$/m);
    assert.match(await says("/codex_auth order set work default"), /^This chat stays on default until \/new\.$/m);
    await says("/new");
    assert.doesNotMatch(await says("/codex_auth status backup"), /^This chat /m);

    await says(`/model ${model.signedIn}@openai:work`);
    assert.match(await says("/codex_auth status"), /^This chat is pinned to work, even after \/new\.$/m);
    await says("/new");
    assert.match(await says("/codex_auth status work"), /^This chat is pinned to work, even after \/new\.$/m);
  });

  test("a job with a script sends a check only where a verdict changed, and asks no model", async () => {
    const { program, command } = scriptedJob(OWNER);
    await writeFile(join(home.root, "usage.js"), program);
    const [prompts, since] = [model.prompts.length, telegram.messages.length];
    const { id } = await json<{ id: string }>(home, ...command);
    const runJob = async () => {
      const asked = chatgpt.requests.length;
      const { run } = await json<{ run: { deliveryStatus: string } }>(home, "cron", "run", id, "--wait");
      assert.deepEqual(profilesAsked(home, chatgpt.requests.slice(asked)), ["openai:backup", "openai:default", "openai:work"]);
      return run.deliveryStatus;
    };

    assert.equal(await runJob(), "delivered");
    // The same is not answered again for 20 seconds.
    await wait(20_000);
    assert.equal(await runJob(), "not-delivered");

    const [sent, ...more] = telegram.messages.slice(since);
    assert.equal(sent!.chat, OWNER);
    assert.match(sent!.text, /^Codex usage · /);
    for (const label of ["default", "work", "backup"]) assert.match(sent!.text, new RegExp(`^✅ ${label} · 5h 67% until `, "m"));
    assert.deepEqual(more, []);
    assert.equal(model.prompts.length, prompts);
    assert.deepEqual(await json(home, "cron", "rm", id), { ok: true, removed: true });
  });

  test("Code Mode: a model's program is handed what the tool says", async () => {
    const session = "agent:main:coder";
    await admin.request("sessions.patch", { key: session, model: model.coder });
    script.set("write a program", [{ name: "exec", arguments: { code: 'return await codex_usage({ profile: "work" });' } }]);
    const prompts = model.prompts.length;
    const { text } = await web.command("write a program", { session });
    const { status, value } = JSON.parse(text) as { status: string; value: { text: string } };
    assert.equal(status, "completed");
    assert.match(value.text, /^Codex usage · .+\n\n✅ work · 5h 67% until /);
    assert.ok(!model.prompts[prompts]!.tools.includes("codex_usage"));
  });

  test("in a group too the code is theirs who asked", async () => {
    const { text } = await write("retire work please", { from: OWNER, chat: GROUP, until: CODE });
    // Theirs, but of a plan that no longer fits: that is told at once, where a change takes half a minute.
    writeStore(home, [{ label: "new" }]);
    const said = await write(`/codex_auth confirm ${lastCode(text)}`, { from: OWNER, chat: GROUP, until: /Nothing was changed|✅/ });
    assert.match(said.text, /^Nothing was changed: the sign-ins changed/);
    assert.deepEqual(readOrder(home), ["openai:default", "openai:work"]);
  });

  test("the model was told no token", () => {
    assert.deepEqual(leaks(home, JSON.stringify(model.prompts)), []);
    assert.deepEqual(leaks(home, telegram.transcript()), []);
  });

  /** Somebody writes in Telegram: the answer that is waited for. */
  async function write(text: string, { until, ...said }: Said & { until: RegExp }): Promise<Message> {
    const since = telegram.messages.length;
    telegram.write(text, said);
    const found = await telegram.message((message) => until.test(message.text), { since });
    // Anything that the gateway showed meanwhile goes.
    await telegram.quiet(300);
    return found;
  }
});

/** The script that the page on schedules gives, and the arguments of `openclaw` with which it has it run. */
function scriptedJob(chat: number): { program: string; command: string[] } {
  const page = readFileSync(join(import.meta.dirname, "../../../references/scheduled-checks.md"), "utf8");
  const [, program, command] = page.match(/^```js\n(.*?)^```$.*?^```bash\nopenclaw (cron add .*?)^```$/ms) ?? [];
  assert.ok(program && command, "the page has no script, or no job that runs it");
  const words = command.replaceAll("\\\n", "").replace("<chat-id>", String(chat)).match(/"[^"]*"|\S+/g) ?? [];
  return { program, command: words.map((word) => word.replaceAll('"', "")) };
}
