/**
 * Makes `references/web-chat.png`: OpenClaw's own web chat in a browser, with the
 * answer to `/codex_usage all` for the six sign-ins of the harness's demo. Gateway,
 * chatgpt.com and browser are on this machine and reach nothing else.
 *
 *     CODEX_PROFILER_OPENCLAW_CURRENT=… node test/gateway/screenshot.ts [COMMAND] [FILE] [WIDTH]
 *
 * Once the plugin is built. The variable as `.ci/openclaw.sh` prints it. Chromium is
 * Debian's, or what `CHROMIUM` names; it draws with the fonts of fonts-noto-color-emoji and
 * fonts-noto-cjk. `CODEX_PROFILER_PLUGIN_TGZ` names another package than the one in `out`.
 */

import { statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { argv, cwd } from "node:process";

import { startChatgpt } from "../chatgpt.ts";
import { openBrowser } from "./browser.ts";
import { FLEET_SIGN_INS, startFleet } from "./fleet.ts";
import { makeHome, type Home } from "./home.ts";
import type { Gateway } from "./openclaw.ts";

const PLUGIN = join(import.meta.dirname, "../..");

const [command = "/codex_usage all", file = join(PLUGIN, "../references/web-chat.png"), width = "1280"] = argv.slice(2);
/** 1280 is wide enough for the side bar, 390 is a phone. */
const VIEWPORT = { width: Number(width), height: Number(width) < 600 ? 844 : 720 };
// The chat shows the model. What the gateway asks of it goes to the chatgpt.com on this machine.
const home = await makeHome({ signIns: FLEET_SIGN_INS, model: "openai/gpt-5.5" });
const chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
let gateway: Gateway | undefined;
try {
  gateway = await startFleet(home, chatgpt);
  console.log(await photograph(home, command, resolve(file)));
  console.log(`${relative(cwd(), file)}: ${Math.ceil(statSync(file).size / 1000)} kB`);
} finally {
  await gateway?.stop();
  await chatgpt.close();
  await home.remove();
}

/** Types a command into the web chat, takes a picture of what comes, and tells it. */
async function photograph(home: Home, text: string, path: string): Promise<string> {
  const { port, token } = home;
  const browser = await openBrowser(home, VIEWPORT);
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
