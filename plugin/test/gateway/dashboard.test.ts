/**
 * The tab "Codex" in the Control UI of a real gateway, in a headless Chromium. With
 * `DASHBOARD_PICTURES` it is photographed into that folder, for the README. Minutes.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { env } from "node:process";
import { after, before, suite, test } from "node:test";

import { startChatgpt, type Chatgpt } from "../chatgpt.ts";
import { CHROMIUM, openBrowser, type Browser, type Page, type Place } from "./browser.ts";
import { profilesAsked } from "./endpoint.ts";
import { FLEET_SIGN_INS, startFleet } from "./fleet.ts";
import { leaks, makeHome, type Home } from "./home.ts";
import { installed, type Gateway } from "./openclaw.ts";

const SKIP = !installed ? "CODEX_PROFILER_OPENCLAW_CURRENT is not set" : CHROMIUM ? false : "there is no Chromium";
const PICTURES = env["DASHBOARD_PICTURES"];

suite("the dashboard", { skip: SKIP, timeout: 900_000 }, () => {
  let home: Home;
  let chatgpt: Chatgpt;
  let gateway: Gateway;
  let browser: Browser;
  let page: Page;
  let tab: Place;
  const faults: string[] = [];
  const asked: string[] = [];
  const address = (path: string) => `http://127.0.0.1:${home.port}/plugins/codex-profiler/${path}`;

  before(async () => {
    home = await makeHome({ signIns: FLEET_SIGN_INS });
    chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
    gateway = await startFleet(home, chatgpt);
    browser = await openBrowser(home, { width: 1280, height: 900 });
    page = browser.pages()[0] ?? (await browser.newPage());
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(`uncaught: ${error}`));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`http://127.0.0.1:${home.port}/codex#token=${home.token}`);
    tab = page.frameLocator("iframe");
  });

  after(async () => {
    await browser?.close();
    await gateway?.stop();
    await chatgpt?.close();
    await home?.remove();
  });

  test("the tab shows what a check finds", async () => {
    await tab.locator(".rows").waitFor({ timeout: 120_000 });
    assert.match(await tab.locator(".answer").innerText(), /Use .*personal.* next/);
    const commands = await tab.locator("main").innerText();
    assert.match(commands, /^\/codex_auth order set personal default/m);
    assert.match(commands, /^\/codex_auth start backup/m);
    assert.doesNotMatch(commands, /codex-profiler auth/);
    assert.equal(checks(), 1);
  });

  test("who looks again, or presses at once, causes no further check", async () => {
    const before = await document();
    const [again, pressed] = await Promise.all([document(), document("&check=1")]);
    assert.deepEqual([again, pressed], [before, before]);
    await tab.getByRole("button", { name: /Check now/ }).click();
    await tab.locator("#check[aria-disabled=false]").waitFor({ timeout: 60_000 });
    assert.equal(checks(), 1);
  });

  test("its button checks anew half a minute later, once for all who ask", async () => {
    await page.waitForTimeout(31_000);
    const documents = await Promise.all([document("&check=1"), document("&check=1"), document()]);
    assert.equal(new Set(documents).size, 1);
    assert.equal(checks(), 2);
  });

  test("nobody else is let in", async () => {
    assert.equal((await fetch(address("dashboard"))).status, 401);
    for (const path of ["document.json", "document.json?key=0", `document.json?key=${key().replace(/^./, "x")}`]) {
      const answer = await fetch(address(path));
      assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin"), await answer.text()], [403, null, ""]);
    }
    assert.equal((await fetch(address(`document.json?key=${key()}`), { method: "POST" })).status, 405);
  });

  test("it asks for nothing elsewhere, and is told no secret", async () => {
    assert.deepEqual(asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(`http://127.0.0.1:${home.port}/`)), []);
    assert.deepEqual(faults.filter((fault) => /Content Security Policy|CORS|^uncaught/.test(fault)), []);
    assert.deepEqual(leaks(home, await document()), []);
  });

  for (const width of PICTURES ? [390, 1280] : []) {
    for (const theme of ["light", "dark"] as const) {
      test(`it is photographed at ${width} px, ${theme}`, async () => {
        await page.setViewportSize({ width, height: width < 600 ? 844 : 960 });
        await page.emulateMedia({ colorScheme: theme });
        await page.waitForTimeout(2000);
        await page.screenshot({ path: join(PICTURES!, `dashboard-${width}-${theme}.png`), animations: "disabled" });
      });
    }
  }

  function key(): string {
    return /document\.json\?key=([0-9a-f]{64})/.exec(asked.join("\n"))![1]!;
  }

  async function document(more = ""): Promise<string> {
    return await (await fetch(address(`document.json?key=${key()}${more}`))).text();
  }

  /** Number of requests to chatgpt.com for one profile. A profile that gets no answer may be asked for again at once. */
  function checks(): number {
    return profilesAsked(home, chatgpt.requests).filter((id) => id === "openai:default").length;
  }
});
