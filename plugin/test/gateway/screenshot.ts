/**
 * Makes `references/web-chat.png`: OpenClaw's own web chat in a browser, with the
 * answer to `/codex_usage all` for the six sign-ins of the harness's demo. Gateway,
 * chatgpt.com and browser are on this machine and reach nothing else.
 *
 *     CODEX_PROFILER_OPENCLAW_CURRENT=… PLAYWRIGHT_CORE=…/node_modules/playwright-core \
 *       node test/gateway/screenshot.ts [COMMAND] [FILE] [WIDTH]
 *
 * Once the plugin is built. The first variable as `.ci/openclaw.sh` prints it; the second
 * names an installed playwright-core, which is no dependency. Chromium is Debian's, or
 * what `CHROMIUM` names; it draws with the fonts of fonts-noto-color-emoji and
 * fonts-noto-cjk. `CODEX_PROFILER_PLUGIN_TGZ` names another package than the one in `out`.
 */

import { readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { argv, cwd, env } from "node:process";
import { DatabaseSync } from "node:sqlite";

import { startChatgpt, type Reply } from "../chatgpt.ts";
import { makeHome, profileOf, type Home } from "./home.ts";
import { installPlugin, migrate, output, startGateway, tarball, type Gateway } from "./openclaw.ts";

const HOUR = 3600;
const DAY = 86_400;

const PLUGIN = join(import.meta.dirname, "../..");

/** As `host-test/src/world/demo.rs` has them, in its order. */
const FLEET: Record<string, { plan: string; answer: (account: string) => Reply }> = {
  default: { plan: "plus", answer: usage("plus", [window(33, 5 * HOUR, 3 * HOUR + 2460), week(5, 6 * DAY + 81_000)]) },
  personal: { plan: "pro", answer: usage("pro", [week(68, 6 * DAY + 4500)]) },
  work: { plan: "team", answer: usage("team", [week(100, 12 * HOUR + 2760)], "412.50") },
  lab: { plan: "plus", answer: usage("plus", [window(12, 5 * HOUR, 4 * HOUR + 600), week(62, DAY + 13 * HOUR)]) },
  backup: { plan: "pro", answer: () => json(401, { error: { code: "token_revoked", message: "The token was revoked." } }) },
  spare: { plan: "plus", answer: challenge },
};

const [command = "/codex_usage all", file = join(PLUGIN, "../references/web-chat.png"), width = "1280"] = argv.slice(2);
/** 1280 is wide enough for the side bar, 390 is a phone. */
const VIEWPORT = { width: Number(width), height: Number(width) < 600 ? 844 : 720 };
const signIns = Object.entries(FLEET).map(([label, { plan }]) => ({ label, plan, expiresInDays: 10.02 }));
// The chat shows the model. What the gateway asks of it goes to the chatgpt.com on this machine.
const home = await makeHome({ signIns, model: "openai/gpt-5.5" });
const chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
let gateway: Gateway | undefined;
try {
  chatgpt.answer(({ authorization }) => {
    const id = profileOf(home, authorization);
    return FLEET[labelOf(id)]?.answer(home.profiles[id!]!.accountId) ?? { status: 404 };
  });
  await migrate(home);
  await output(home, "config", "set", "gateway.controlUi.communityInvite", "false");
  removeLeftovers(home);
  writeState(home);
  await installPlugin(home, tarball());
  gateway = await startGateway(home, chatgpt.env);
  console.log(await photograph(home, command, resolve(file)));
  console.log(`${relative(cwd(), file)}: ${Math.ceil(statSync(file).size / 1000)} kB`);
} finally {
  await gateway?.stop();
  await chatgpt.close();
  await home.remove();
}

/** Types a command into the web chat, takes a picture of what comes, and tells it. */
async function photograph({ root, port, token }: Home, text: string, path: string): Promise<string> {
  const { chromium } = createRequire(import.meta.url)(env["PLAYWRIGHT_CORE"] ?? "playwright-core") as Playwright;
  const browser = await chromium.launchPersistentContext(join(root, "browser"), {
    executablePath: env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
    viewport: VIEWPORT,
    deviceScaleFactor: 1,
    colorScheme: "light",
    timezoneId: "Europe/Berlin",
  });
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    // The chat takes the token out of the address, and a browser on this machine is paired unasked.
    await page.goto(`http://127.0.0.1:${port}/chat/main#token=${token}`);
    const input = page.getByPlaceholder(/^Message /);
    await input.fill(text);
    // Not the Enter key: while commands are suggested it picks one.
    await page.getByRole("button", { name: /^Send/ }).click();
    const answer = page.locator(".chat-group.assistant .chat-text").last();
    await answer.waitFor({ timeout: 60_000 });
    await page.mouse.move(VIEWPORT.width / 2, 10);
    await page.waitForTimeout(2000);
    await page.screenshot({ path, animations: "disabled" });
    return await answer.innerText();
  } finally {
    await browser.close();
  }
}

/** As much of playwright-core as this takes. */
interface Playwright {
  chromium: { launchPersistentContext(folder: string, options: object): Promise<Browser> };
}

interface Browser {
  pages(): Page[];
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Page {
  mouse: { move(x: number, y: number): Promise<void> };
  goto(url: string): Promise<unknown>;
  getByPlaceholder(text: RegExp): Locator;
  getByRole(role: string, options: { name: RegExp }): Locator;
  locator(selector: string): Locator;
  waitForTimeout(ms: number): Promise<void>;
  screenshot(options: { path: string; animations: "disabled" }): Promise<unknown>;
}

interface Locator {
  last(): Locator;
  fill(text: string): Promise<void>;
  click(): Promise<void>;
  waitFor(options: { timeout: number }): Promise<void>;
  innerText(): Promise<string>;
}

/** What the plugin advises to remove: the old store, tokens and all. */
function removeLeftovers({ stateDir }: Home): void {
  const folder = join(stateDir, "agents/main/agent");
  for (const name of readdirSync(folder)) if (name.startsWith("auth-profiles.json")) rmSync(join(folder, name));
}

/** The order, and what the gateway itself remembers of the sign-ins. */
function writeState({ stateDir, profiles }: Home): void {
  const now = Date.now();
  const state = {
    version: 1,
    order: { openai: Object.keys(profiles) },
    lastGood: { openai: "openai:default" },
    usageStats: {
      "openai:default": { lastUsed: now - 240_000 },
      "openai:lab": {
        lastUsed: now - 2 * HOUR * 1000,
        errorCount: 2,
        cooldownUntil: now + 30 * 60_000,
        cooldownReason: "rate_limit",
        failureCounts: { rate_limit: 2 },
        lastFailureAt: now - 600_000,
      },
    },
  };
  const database = new DatabaseSync(join(stateDir, "state", "openclaw.sqlite"), { timeout: 10_000 });
  try {
    database
      .prepare("insert or replace into config_machine_state (state_key, value_json, updated_at_ms) values ('authProfiles.state', ?, ?)")
      .run(JSON.stringify(state), now);
  } finally {
    database.close();
  }
}

function window(used: number, length: number, resetsIn: number): object {
  return { used_percent: used, limit_window_seconds: length, reset_after_seconds: resetsIn };
}

function week(used: number, resetsIn: number): object {
  return window(used, 7 * DAY, resetsIn);
}

/** Blocked where there is something left to buy. */
function usage(plan: string, windows: readonly object[], credits?: string): (account: string) => Reply {
  const blocked = credits !== undefined;
  return (account) =>
    json(200, {
      account_id: account,
      plan_type: plan,
      rate_limit: {
        allowed: !blocked,
        limit_reached: blocked,
        primary_window: windows[0],
        secondary_window: windows[1] ?? null,
      },
      credits: { has_credits: blocked, unlimited: false, balance: credits ?? "0" },
      spend_control: { reached: false },
    });
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function challenge(): Reply {
  return {
    status: 403,
    headers: { "content-type": "text/html", "cf-mitigated": "challenge" },
    body: "<!DOCTYPE html><title>Just a moment...</title>",
  };
}

function labelOf(id = ""): string {
  return id.slice(id.indexOf(":") + 1);
}
