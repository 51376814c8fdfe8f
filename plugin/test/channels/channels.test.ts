/**
 * The packed plugin in a real gateway with the real plugins of Slack and Discord, with
 * Telegram and web chat: what a person sees there of a check, a plan, a press and a
 * confirmed change. One transcript each is printed. Minutes, as `end-to-end.test.ts`.
 */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";

import { startChatgpt, type Chatgpt } from "../chatgpt.ts";
import { usageOf } from "../gateway/endpoint.ts";
import { addChannels, leaks, makeHome, OWNER, type Home } from "../gateway/home.ts";
import { installChannel, installed, installPlugin, migrate, order, startGateway, tarball, type Gateway } from "../gateway/openclaw.ts";
import { Telegram } from "../gateway/telegram.ts";
import { connect, type Client } from "../gateway/websocket.ts";
import * as at from "./discord.ts";
import { Discord } from "./discord.ts";
import { laterProxy, type Message } from "./double.ts";
import * as on from "./slack.ts";
import { Slack } from "./slack.ts";

const SKIP = installed ? false : "CODEX_PROFILER_OPENCLAW_CURRENT is not set";

suite("on every channel", { skip: SKIP, timeout: 1_800_000 }, () => {
  let home: Home;
  let chatgpt: Chatgpt;
  let slack: Slack;
  let discord: Discord;
  let telegram: Telegram;
  let gateway: Gateway;
  let web: Client;
  const webChat: string[] = [];

  before(async () => {
    [slack, discord, telegram] = await Promise.all([Slack.start(), Discord.start(), Telegram.start()]);
    const signIns = [{ label: "default" }, { label: "work", plan: "team" }, { label: "x*y*_z_" }];
    home = await makeHome({ signIns, telegram: { apiRoot: telegram.apiRoot } });
    chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
    chatgpt.answer((headers) => usageOf(home, headers));
    await migrate(home);
    await installChannel(home, "@openclaw/slack");
    await installChannel(home, "@openclaw/discord");
    await addChannels(home, { slack: slack.config, discord: discord.config }, ["slack:U4242", "discord:424242424242424242"]);
    await installPlugin(home, tarball());
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
    await Promise.all([chatgpt, slack, discord, telegram].map((each) => each?.close()));
    const transcripts = { Slack: slack?.transcript(), Discord: discord?.transcript(), Telegram: telegram?.transcript(), "Web chat": webChat.join("\n\n") };
    for (const [name, text] of Object.entries(transcripts)) console.log(`\n=== ${name}\n\n${text}\n`);
    if (process.env["CODEX_PROFILER_GATEWAY_LOG"]) console.log(log);
    await home?.remove();
  });

  /** A plan's confirmation by its button, on a platform where a press is possible. */
  function codeOf({ text }: { text: string }): string {
    return /confirm ([0-9A-Z]{8})/.exec(text)?.[1] ?? assert.fail(`no code in: ${text}`);
  }

  function assertNoSilence(messages: readonly Message[]): void {
    for (const { text } of messages) assert.doesNotMatch(text, /NO_REPLY|couldn't produce|no response/i);
  }

  test("Slack answers a slash command, in private and in a channel", async () => {
    for (const channel of [on.DIRECT, on.CHANNEL]) {
      const since = slack.messages.length;
      slack.slash("/codex_usage", "all", { channel });
      const answer = await slack.message(/default/, { since });
      assert.match(answer.text, /^✅ work /m);
      await slack.quiet();
      assert.equal(slack.messages.length, since + 1);
    }
    assertNoSilence(slack.messages);
  });

  test("Slack answers a message that is a command", async () => {
    const since = slack.messages.length;
    slack.write("/codex_usage work");
    await slack.message(/work/, { since });
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
    await slack.message(/✅ Done, verified/, { since, ms: 200_000 });
    await slack.quiet();
    assert.deepEqual(await order(home), ["openai:work", "openai:default"]);
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
    await discord.message(/✅ Done, verified/, { since, ms: 200_000 });
    await discord.quiet();
    assert.deepEqual(await order(home), ["openai:default", "openai:work"]);
    const used = discord.messages.find(({ id }) => id === plan.id)!;
    assert.deepEqual([used.text, used.buttons], [plan.text, []]);
    assertNoSilence(discord.messages);
  });

  test("Telegram shows commands as code, and a used button goes", async () => {
    telegram.write("/codex_auth order set work", { from: OWNER });
    const plan = await telegram.message(({ text }) => /Plan: /.test(text));
    const announced = telegram.messages.find(({ wire }) => wire.includes("<code>openclaw models auth ...</code>"));
    assert.ok(announced, "the announcement has no code");
    for (const { wire } of telegram.messages) assert.doesNotMatch(wire, /`/);
    telegram.press(plan, plan.buttons[0]![0]!.text, { from: OWNER });
    await telegram.message(({ text }) => /✅ Done, verified/.test(text), { ms: 200_000 });
    await telegram.quiet();
    assert.deepEqual(plan.buttons, []);
    assert.deepEqual(await order(home), ["openai:work"]);
  });

  test("web chat answers in one reply", async () => {
    const say = async (text: string) => {
      const { text: said } = await web.command(text);
      webChat.push(`you: ${text}`, said);
      return said;
    };
    assert.match(await say("/codex_usage all"), /✅ work/);
    const plan = await say("/codex_auth order clear");
    assert.match(await say(`/codex_auth confirm ${codeOf({ text: plan })}`), /✅ Done, verified/);
    assert.equal(await order(home), null);
    assert.doesNotMatch(webChat.join("\n"), /NO_REPLY/);
  });

  test("nobody was shown a token", () => {
    const everything = [slack.transcript(), discord.transcript(), telegram.transcript(), ...webChat, JSON.stringify([slack.calls, discord.calls])];
    assert.deepEqual(leaks(home, everything.join("\n")), []);
  });
});
