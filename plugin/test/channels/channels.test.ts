/**
 * The packed plugin in a real gateway with the real plugins of Slack and Discord, with
 * Telegram and web chat: what a person sees there of a check, on the first two of a plan,
 * a press and a confirmed change, too. One transcript each is printed. Minutes, as
 * `../gateway/commands.test.ts`, which plans and confirms on the other two.
 */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";

import { startChatgpt, type Chatgpt } from "../chatgpt.ts";
import { usageOf } from "../gateway/endpoint.ts";
import { addChannels, leaks, makeHome, OWNER, readOrder, writeStore, type Home } from "../gateway/home.ts";
import { Model } from "../gateway/model.ts";
import { installChannel, installed, installPlugin, startGateway, tarball, type Gateway } from "../gateway/openclaw.ts";
import { Telegram } from "../gateway/telegram.ts";
import { connect, type Client } from "../gateway/websocket.ts";
import * as at from "./discord.ts";
import { Discord } from "./discord.ts";
import { laterProxy, type Message } from "./double.ts";
import * as on from "./slack.ts";
import { Slack } from "./slack.ts";

const SKIP = installed ? false : "CODEX_PROFILER_OPENCLAW_CURRENT is not set";

/** Labels that somebody else chose. */
const HOSTILE = ["l".repeat(200), "🚀🔥💥", "\u05d7\u05e9\u05d1\u05d5\u05df", "[x](http://evil.example)**b**", "<!channel>@everyone|`x`"];

suite("on every channel", { skip: SKIP, timeout: 1_800_000 }, () => {
  let home: Home;
  let chatgpt: Chatgpt;
  let slack: Slack;
  let discord: Discord;
  let telegram: Telegram;
  let gateway: Gateway;
  let model: Model;
  let web: Client;
  const webChat: string[] = [];

  before(async () => {
    [slack, discord, telegram] = await Promise.all([Slack.start(), Discord.start(), Telegram.start()]);
    const signIns = [{ label: "default" }, { label: "work", plan: "team" }, { label: "x*y*_z_" }];
    const call = { name: "codex_auth", arguments: { action: "order set", profiles: ["work", "default"] } };
    model = await Model.start((said) => (/work first please/.test(said) ? [call] : "I do not know."));
    home = await makeHome({ signIns, telegram: { apiRoot: telegram.apiRoot }, ...model.options });
    chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
    chatgpt.answer((headers) => usageOf(home, headers));
    await installChannel(home, "@openclaw/slack");
    await installChannel(home, "@openclaw/discord");
    await addChannels(home, { slack: slack.config, discord: discord.config }, ["slack:U4242", "discord:424242424242424242"]);
    await installPlugin(home, tarball());
    writeStore(home);
    const proxy = join(home.root, "proxy");
    gateway = await startGateway(home, { ...chatgpt.env, ...slack.env, ...discord.env, ...laterProxy(proxy) });
    web = await connect(home, { scopes: ["operator.admin"] });
    await web.command("/commands");
    const areHere = () => discord.isConnected && slack.isConnected;
    for (let waited = 0; !areHere() && waited < 120; waited += 1) await new Promise((done) => setTimeout(done, 1000));
    writeFileSync(proxy, chatgpt.env.HTTPS_PROXY);
    await new Promise((done) => setTimeout(done, 1000));
  });

  after(async () => {
    const log = gateway?.log() ?? "";
    await web?.close();
    await gateway?.stop();
    await Promise.all([chatgpt, slack, discord, telegram, model].map((each) => each?.close()));
    const transcripts = { Slack: slack?.transcript(), Discord: discord?.transcript(), Telegram: telegram?.transcript(), "Web chat": webChat.join("\n\n") };
    for (const [name, text] of Object.entries(transcripts)) console.log(`\n=== ${name}\n\n${text}\n`);
    if (process.env["CODEX_PROFILER_GATEWAY_LOG"]) console.log(log);
    await home?.remove();
  });

  function assertNoSilence(messages: readonly Message[]): void {
    for (const { text } of messages) assert.doesNotMatch(text, /NO_REPLY|couldn't produce|no response/i);
  }

  test("Slack answers a slash command, in private and in a channel", async () => {
    for (const channel of [on.DIRECT, on.CHANNEL]) {
      const since = slack.messages.length;
      slack.slash("/codex_usage", "all", { channel });
      const answer = await slack.message(/default/, { since });
      assert.match(answer.text, /"✅ work"/);
      await slack.quiet();
      assert.equal(slack.messages.length, since + 1);
    }
    assertNoSilence(slack.messages);
  });

  test("Slack answers a message that is a command", async () => {
    const since = slack.messages.length;
    slack.write("/codex_usage work");
    await slack.message(/\bwork\b/, { since });
    await slack.quiet();
    assertNoSilence(slack.messages);
  });

  test("Slack plans and applies by presses", async () => {
    const since = slack.messages.length;
    slack.slash("/codex_usage", "");
    const selector = await slack.message(/check which profile/i, { since });
    slack.press(selector, "default");
    await slack.message(/✅ default/, { since });
    slack.slash("/codex_auth", "order set work default");
    const plan = await slack.message(/confirm/i, { since });
    assert.match(plan.text, /`openclaw models auth \.\.\.`/);
    assert.equal(plan.buttons[0]?.style, "primary");
    slack.press(plan, plan.buttons[0]!.label);
    await slack.message(/✅ Done, verified/, { since });
    await slack.quiet();
    assert.deepEqual(readOrder(home), ["openai:work", "openai:default"]);
    assertNoSilence(slack.messages);
  });

  test("Discord answers a slash command, in private and in a channel", async () => {
    for (const channel of [at.DIRECT, at.CHANNEL]) {
      const since = discord.messages.length;
      discord.slash("codex_usage", "all", { channel });
      const answer = await discord.message(/default/, { since });
      assert.match(answer.text, /✅ work /m);
      await discord.quiet();
    }
    assertNoSilence(discord.messages);
  });

  test("Discord plans and applies by presses", async () => {
    const since = discord.messages.length;
    discord.slash("codex_usage", "");
    const selector = await discord.message(/check which profile/i, { since });
    // A moment after it is shown its buttons are known.
    await discord.quiet();
    discord.press(selector, "default");
    await discord.message(/✅ default/, { since });
    discord.slash("codex_auth", "order set default work");
    const plan = await discord.message(/confirm/i, { since });
    await discord.quiet();
    discord.press(plan, plan.buttons[0]!.label);
    await discord.message(/✅ Done, verified/, { since });
    await discord.quiet();
    assert.deepEqual(readOrder(home), ["openai:default", "openai:work"]);
    const used = discord.messages.find(({ id }) => id === plan.id)!;
    assert.deepEqual([used.text, used.buttons], [plan.text, []]);
    assertNoSilence(discord.messages);
  });

  for (const [name, chat] of [["Slack", () => slack], ["Discord", () => discord]] as const) {
    test(`${name} shows a plan that an agent made with its button`, async () => {
      const since = chat().messages.length;
      chat().write("work first please");
      await chat().message(/Plan: /, { since });
      await chat().quiet();
      const plan = chat().messages.slice(since).find(({ buttons }) => buttons.length > 0) ?? assert.fail(chat().transcript());
      // It no longer fits, which is told at once, where a change takes half a minute.
      writeStore(home, [{ label: `new-on-${name}` }]);
      chat().press(plan, plan.buttons[0]!.label);
      await chat().message(/Nothing was changed: the sign-ins changed/, { since });
    });
  }

  test("web chat answers in one reply", async () => {
    const say = async (text: string) => {
      const { text: said } = await web.command(text);
      webChat.push(`you: ${text}`, said);
      return said;
    };
    assert.match(await say("/codex_usage work"), /✅ work/);
    assert.doesNotMatch(webChat.join("\n"), /NO_REPLY/);
  });

  test("who is allowed in a channel and not in private is shown nothing in private", async () => {
    const since = [slack.messages.length, discord.messages.length];
    slack.slash("/codex_usage", "work", { from: on.GUEST, channel: on.CHANNEL });
    discord.slash("codex_usage", "work", { from: at.GUEST, channel: at.CHANNEL });
    slack.slash("/codex_usage", "all", { from: on.GUEST });
    discord.slash("codex_usage", "all", { from: at.GUEST });
    await Promise.all([slack.quiet(4000), discord.quiet(4000)]);
    const said = [...slack.messages.slice(since[0]), ...discord.messages.slice(since[1])];
    const inPrivate = said.filter(({ where }) => [on.DIRECT, at.DIRECT].some((direct) => where.includes(direct)));
    for (const { text } of inPrivate) assert.doesNotMatch(text, /\d%/);
    assertNoSilence(said);
  });

  test("56 profiles with hostile labels are shown on every channel", async () => {
    const more = Array.from({ length: 56 - Object.keys(home.profiles).length - HOSTILE.length }, (_, each) => ({ label: `p${each}` }));
    writeStore(home, [...more, ...HOSTILE.map((label) => ({ label }))]);
    const [bySlack, byDiscord] = [slack.messages.length, discord.messages.length];
    const byTelegram = telegram.messages.length;
    slack.slash("/codex_usage", "all");
    discord.slash("codex_usage", "all");
    telegram.write("/codex_usage all", { from: OWNER });
    const { text } = await web.command("/codex_usage all");
    webChat.push("you: /codex_usage all", text);
    await slack.message(/56 of 56 ready/, { since: bySlack });
    await discord.message(/56 of 56 ready/, { since: byDiscord });
    await telegram.message((each) => /56 of 56 ready/.test(each.text));
    await Promise.all([slack.quiet(), discord.quiet(), telegram.quiet()]);
    const shown = {
      slack: slack.messages.slice(bySlack).map((each) => each.text),
      discord: discord.messages.slice(byDiscord).map((each) => each.text),
      telegram: telegram.messages.slice(byTelegram).map((each) => each.text),
      web: [text],
    };
    for (const [channel, texts] of Object.entries(shown)) {
      const all = texts.join("\n");
      for (const label of ["p0", "p45", "🚀🔥💥", "\u05d7\u05e9\u05d1\u05d5\u05df", "lll…lll"]) assert.ok(all.includes(label), `${channel}: no ${label} in ${all}`);
      assert.doesNotMatch(all, /\]\(http|<!channel>|@everyone/, channel);
    }
    for (const each of discord.messages.slice(byDiscord)) assert.ok(each.text.length <= 4000);
    // Slack draws a table, with its buttons below.
    const table = slack.messages.slice(bySlack).find(({ wire }) => /"type\W+(data_)?table/.test(wire)) ?? assert.fail("Slack was sent no table");
    assert.ok(table.buttons.some(({ label }) => label === "Why"));
    assert.match(text, /^\| profile \| 5 hours \| week \| note \|$/m);
  });

  test("a proxy that is down is one sentence", async () => {
    chatgpt.answer(() => ({ status: 200, cut: "answer" }));
    const { text } = await web.command("/codex_usage best");
    webChat.push("you: /codex_usage best", text);
    assert.match(text, /^All 56 checks failed: [^\n]+\.$/m);
    assert.ok(text.split("\n").length < 12, text);
  });

  test("nobody was shown a token", () => {
    const everything = [slack.transcript(), discord.transcript(), telegram.transcript(), ...webChat, JSON.stringify([slack.calls, discord.calls])];
    assert.deepEqual(leaks(home, everything.join("\n")), []);
  });
});
