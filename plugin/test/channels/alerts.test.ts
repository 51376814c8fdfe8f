/**
 * Alerts of the packed plugin in a real gateway, on Telegram and Discord: one arrives
 * unasked, its button plans, and a restart sends none twice. Minutes.
 */

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";

import { startChatgpt, type Chatgpt, type Reply } from "../chatgpt.ts";
import { profilesAsked } from "../gateway/endpoint.ts";
import { addChannels, leaks, makeHome, OWNER, profileOf, writeStore, type Home } from "../gateway/home.ts";
import { installChannel, installed, installPlugin, startGateway, tarball, type Gateway } from "../gateway/openclaw.ts";
import { PATIENCE_MS } from "../gateway/patience.ts";
import { Telegram } from "../gateway/telegram.ts";
import { connect } from "../gateway/websocket.ts";
import { CHANNEL, DIRECT, Discord } from "./discord.ts";

const SKIP = installed ? false : "CODEX_PROFILER_OPENCLAW_CURRENT is not set";

suite("alerts", { skip: SKIP, timeout: 3_600_000 }, () => {
  let home: Home;
  let chatgpt: Chatgpt;
  let discord: Discord;
  let telegram: Telegram;
  let gateway: Gateway;
  let log = "";
  /** Used up where it is not ready. */
  let isWorkReady = false;

  before(async () => {
    [discord, telegram] = await Promise.all([Discord.start(), Telegram.start()]);
    home = await makeHome({ signIns: [{ label: "default" }, { label: "work", plan: "team" }], model: "openai/gpt-5.5", telegram: { apiRoot: telegram.apiRoot } });
    chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
    chatgpt.answer(({ authorization }, path) => (path === "/backend-api/wham/usage" ? answer(profileOf(home, authorization)) : limited()));
    await installChannel(home, "@openclaw/discord");
    await addChannels(home, { discord: discord.config }, ["discord:424242424242424242"]);
    await installPlugin(home, tarball());
    writeStore(home);
    await start();
  });

  after(async () => {
    await stop();
    await Promise.all([chatgpt, discord, telegram].map((each) => each?.close()));
    for (const [name, each] of Object.entries({ telegram, discord })) console.log(`\n=== ${name}\n\n${each?.transcript()}\n`);
    if (process.env["CODEX_PROFILER_GATEWAY_LOG"]) console.log(log);
    await home?.remove();
  });

  test("the owner turns them on, and a first check finds where things stand", async () => {
    const checks = checksMade();
    telegram.write("/codex_auth alerts on", { from: OWNER });
    await telegram.message(({ text }) => /alerts/i.test(text));
    discord.slash("codex_auth", "alerts on");
    await discord.message(/alerts/i);
    discord.slash("codex_auth", "alerts on", { channel: CHANNEL });
    await discord.message(/alerts/i, { since: 1 });
    await until(() => checksMade() > checks);
    const file = join(home.stateDir, "codex-profiler/subscriptions");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const { subscriptions } = JSON.parse(readFileSync(file, "utf8")) as { subscriptions: { channel: string }[] };
    assert.deepEqual(subscriptions.map(({ channel }) => channel), ["telegram", "discord", "discord"]);
  });

  test("web chat cannot be written to unasked, and says so", async () => {
    const web = await connect(home, { scopes: ["operator.admin"] });
    const { text } = await web.command("/codex_auth alerts on");
    await web.close();
    assert.match(text, /Telegram/);
  });

  test("a profile that works again is told of unasked, once on each", async () => {
    const [onTelegram, onDiscord] = [telegram.messages.length, discord.messages.length];
    isWorkReady = true;
    // Loaded anew, the plugin checks soon.
    const admin = await connect(home, { scopes: ["operator.admin"] });
    await admin.configure({ timezone: "UTC" });
    await admin.close();
    await until(() => telegram.messages.length > onTelegram && discord.messages.length >= onDiscord + 2);
    assert.match(telegram.messages[onTelegram]!.text, /🔔 work is ready again/);
    await telegram.quiet();
    assert.equal(telegram.messages.length, onTelegram + 1);
    const told = discord.messages.slice(onDiscord);
    assert.deepEqual(told.map(({ where }) => where), [DIRECT, CHANNEL]);
    for (const { text } of told) assert.match(text, /work is ready again/);
  });

  test("its button plans, with a button that confirms", async () => {
    const since = telegram.messages.length;
    const alert = telegram.messages.findLast(({ text }) => /🔔/.test(text))!;
    telegram.press(alert, alert.buttons.flat().find(({ text }) => /^Plan: default first$/.test(text))!.text, { from: OWNER });
    const plan = await telegram.message(({ text }) => /Plan: /.test(text), { since });
    assert.match(plan.text, /default/);
    assert.match(plan.buttons.flat()[0]!.callback_data ?? "", /:codexprof:auth:confirm:[0-9A-Z]{8}$/);
    await telegram.quiet();
  });

  test("a restart sends no alert twice", async () => {
    const alerts = () => [...telegram.messages, ...discord.messages].filter(({ text }) => /🔔 (?!Alerts)/.test(text)).length;
    const [told, checks] = [alerts(), checksMade()];
    await stop();
    await start();
    await until(() => checksMade() > checks);
    await telegram.quiet(5000);
    assert.equal(alerts(), told, shown());
  });

  test("a model call that ends in a rate limit causes a check at once", async () => {
    // Not within a minute of the one before.
    await new Promise((done) => setTimeout(done, 61_000));
    const checks = checksMade();
    const web = await connect(home, { scopes: ["operator.admin"] });
    await web.command("hello").catch(() => {});
    await web.close();
    await until(() => checksMade() > checks);
  });

  test("the button of an alert stops them", async () => {
    const since = discord.messages.length;
    const alert = discord.messages.findLast(({ where }) => where === DIRECT)!;
    discord.press(alert, alert.buttons.find(({ label }) => /stop/i.test(label))!.label);
    await discord.message(/./, { since });
    const { subscriptions } = JSON.parse(readFileSync(join(home.stateDir, "codex-profiler/subscriptions"), "utf8")) as { subscriptions: object[] };
    assert.equal(subscriptions.length, 2);
  });

  test("nobody was shown a token", () => {
    const everything = [telegram.transcript(), discord.transcript(), log, gateway.log(), JSON.stringify([telegram.calls, discord.calls])];
    assert.deepEqual(leaks(home, everything.join("\n")), []);
  });

  async function start(): Promise<void> {
    // Discord's socket goes past the proxy.
    gateway = await startGateway(home, { ...chatgpt.env, ...discord.env, NO_PROXY: "127.0.0.1" });
    for (let waited = 0; !discord.isConnected && waited < 120; waited += 1) await new Promise((done) => setTimeout(done, 1000));
  }

  async function stop(): Promise<void> {
    log += gateway?.log() ?? "";
    await gateway?.stop();
  }

  async function until(isSo: () => boolean): Promise<void> {
    for (let waited = 0; !isSo(); waited += 500) {
      // After a check that failed the next one comes ten minutes later.
      assert.ok(waited < 3 * PATIENCE_MS, shown());
      await new Promise((done) => setTimeout(done, 500));
    }
  }

  function shown(): string {
    return [telegram.transcript(), discord.transcript(), gateway.log()].join("\n\n");
  }

  function checksMade(): number {
    return profilesAsked(home, chatgpt.requests).filter((id) => id === "openai:work").length;
  }

  /** The model's answer to everybody. */
  function limited(): Reply {
    const error = { type: "usage_limit_reached", message: "The usage limit has been reached", resets_in_seconds: 600 };
    return { status: 429, headers: { "content-type": "application/json" }, body: JSON.stringify({ error }) };
  }

  function answer(id: string | undefined): Reply {
    if (id === undefined) return { status: 401 };
    const isBlocked = id === "openai:work" && !isWorkReady;
    const window = (used_percent: number, limit_window_seconds: number, reset_after_seconds: number) => ({ used_percent, limit_window_seconds, reset_after_seconds });
    const body = {
      account_id: home.profiles[id]!.accountId,
      plan_type: id === "openai:work" ? "team" : "plus",
      rate_limit: {
        allowed: !isBlocked,
        limit_reached: isBlocked,
        primary_window: window(isBlocked ? 100 : 3, 18_000, 9000),
        secondary_window: window(20, 604_800, 500_000),
      },
    };
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  }
});
