/** Tests the page in a real browser: layout, accessibility, requests and failures. */

import assert from "node:assert/strict";
import { writeFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";

import type { Browser } from "playwright-core";

import { axeFindings, isScrolledSideways, launch, open, screenshot } from "./browser.ts";
import { demo, hostile, HOSTILE, many, NOW } from "./documents.ts";
import { oneFile, withDocument } from "../one-file.mts";
import { serve, type Site } from "./site.ts";

const DOCUMENTS = { demo, hostile, many };

let browser: Browser;
let site: Site;

before(async () => void (browser = await launch()));
after(() => browser.close());
beforeEach(async () => {
  site = await serve();
  site.answer.body = JSON.stringify(demo());
});
afterEach(() => site.close());

const THEMES = ["light", "dark"] as const;
const LANGUAGES = ["en", "zh"] as const;
const VIEWS = [390, 1280].flatMap((width) => THEMES.flatMap((theme) => LANGUAGES.map((language) => ({ width, theme, language }))));

for (const [name, made] of Object.entries(DOCUMENTS)) {
  // axe takes ten seconds for two hundred profiles: two views that differ in everything are enough.
  for (const view of name === "many" ? VIEWS.slice(3, 5) : VIEWS) {
    const { width, theme, language } = view;
    test(`${name} at ${width} px, ${theme}, ${language}`, async () => {
      site.answer.body = JSON.stringify(made());
      const { page, faults } = await open(browser, site.address, view);
      await page.goto(`${site.address}?lang=${language}`);
      await page.locator("main h2").first().waitFor();
      await screenshot(page, `${name}-${width}-${theme}-${language}`);
      assert.deepEqual(await axeFindings(page), []);
      assert.equal(await isScrolledSideways(page), false);
      assert.deepEqual(faults, []);
      await page.context().close();
    });
  }
}

for (const width of [360, 700, 1600]) {
  for (const name of ["demo", "hostile"] as const) {
    test(`${name} fits ${width} px`, async () => {
      site.answer.body = JSON.stringify(DOCUMENTS[name]());
      const { page } = await open(browser, site.address, { width });
      await page.goto(site.address);
      await page.locator("main h2").first().waitFor();
      await screenshot(page, `${name}-${width}`);
      assert.equal(await isScrolledSideways(page), false);
      await page.context().close();
    });
  }
}

test("the answer comes first, then every profile in the ranking's order", async () => {
  const { page } = await open(browser, site.address, { width: 1280 });
  await page.goto(site.address);
  assert.equal(await page.locator("#answer").innerText(), "▶ Use \u2068personal\u2069 next");
  assert.match(await page.locator(".answer").innerText(), /Of the 2 ready, its week resets first \(Sat 18:44\)\./);
  const names = await page.locator(".rows bdi").filter({ hasText: /^(personal|default|spare|work|lab|backup)$/ }).allInnerTexts();
  assert.deepEqual(names, ["personal", "default", "spare", "work", "lab", "backup"]);
  const row = (name: string) => page.locator(".row", { has: page.locator("h3 bdi", { hasText: name }) }).locator(".reason").first();
  assert.equal(await row("work").innerText(), "costs credits until Mon 06:15 · 412 left");
  assert.match(await row("lab").innerText(), /^paused by the gateway until 17:59; OpenAI would allow it · in 2[89]m$/);
  assert.match(await row("backup").innerText(), /signed out \(401\)\s+\/codex_auth start backup/);
  assert.match(await page.locator(".facts").innerText(), /2 of 6 ready · \u2068lab\u2069 is back 17:59/);
  await page.context().close();
});

test("where nobody is ready, it says who is back first and who may work", async () => {
  const document = demo();
  const advice = document["advice"] as { next: unknown; order_command: unknown; ranking: { label: string; tier: string }[] };
  advice.next = advice.order_command = null;
  for (const ranked of advice.ranking) if (ranked.tier === "ready") ranked.tier = "wait";
  site.answer.body = JSON.stringify(document);
  const { page } = await open(browser, site.address, { width: 390 });
  await page.goto(site.address);
  const said = (await page.locator(".answer").innerText()).replace(/[\u2068\u2069]/g, "");
  assert.match(said, /Nothing is ready now\s+lab is back 17:59\.\s+Could not be checked, but may work: spare\.\s+0 of 6 ready/);
  assert.equal(await page.locator(".order").count(), 0);
  await page.context().close();
});

test("the week ahead is told in words, too", async () => {
  const { page } = await open(browser, site.address, { width: 1280 });
  await page.goto(site.address);
  const tracks = await page.locator(".tracks li").evaluateAll((items) => items.map((item) => item.querySelector(".visually-hidden")?.textContent));
  assert.deepEqual(tracks, [
    ": ready now; at this pace week empty about Mon 04:00 until Sat 18:44; week resets Sat 18:44",
    ": ready now; at this pace 5 hours empty about 20:10 until 21:10; 5 hours resets 21:10; week resets Sun 6 Dec 15:59",
    ": costs credits until Mon 06:15; week resets Mon 06:15",
    ": waiting until 17:59; 5 hours resets 21:39; week resets Tue 06:29",
  ]);
  await page.context().close();
});

test("the keyboard reaches every button, and sees where it is", async () => {
  const { page } = await open(browser, site.address, { width: 1280 });
  await page.goto(site.address);
  await page.locator(".rows").waitFor();
  const reached = [];
  for (let presses = 0; presses < 3; presses++) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement?.id));
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle), "none");
  }
  assert.deepEqual(reached, ["check", "copy /codex_auth order set personal default spare work lab", "copy /codex_auth start backup"]);
  await page.context().close();
});

test("a label is text wherever it stands, and cannot add to a command", async () => {
  site.answer.body = JSON.stringify(hostile());
  const { page } = await open(browser, site.address, { width: 1280 });
  await page.goto(site.address);
  const labels = await page.locator(".rows h3 .named bdi").allInnerTexts();
  const shown = HOSTILE.map((label) => label.replace("\u202E", "\uFFFD"));
  assert.deepEqual(shown.filter((label) => !labels.includes(label)), []);
  assert.equal(await page.locator("#page :is(script, img, b, iframe, [onerror], [style])").count(), 0);
  assert.equal(await page.evaluate(() => "hacked" in globalThis), false);
  for (const command of await page.locator(".row code").allInnerTexts()) assert.match(command, /^\/codex_auth (start|restore|status) [\w.-]+$/);
  await page.context().close();
});

test("a new reading is drawn each minute, and the reader's place is kept", async () => {
  const { page, faults } = await open(browser, site.address, { width: 1280 });
  await page.goto(site.address);
  await page.locator(".order .copy").focus();
  const focused = () => page.evaluate(() => document.activeElement?.id);
  const before = await focused();
  const later = demo();
  site.answer.body = JSON.stringify({ ...later, checked_at: "2026-11-29T17:31:00+01:00" });
  await page.clock.runFor(61_000);
  await page.getByText("Read Sun 29 Nov, 17:31").waitFor();
  assert.equal(await focused(), before);
  assert.equal(await page.getByText("in 3h 38m").count(), 1);
  assert.equal(await page.locator("#announcement").innerText(), "");
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("a button checks now, and says so", async () => {
  const { page } = await open(browser, site.address, { width: 1280 });
  await page.goto(site.address);
  await page.getByRole("button", { name: "Check now" }).click();
  await page.clock.runFor(200);
  await page.getByRole("button", { name: "Check now" }).waitFor();
  assert.deepEqual(site.asked.filter((path) => path.startsWith("/document")), ["/document.json", "/document.json?check=1"]);
  await page.clock.runFor(200);
  assert.equal(await page.locator("#announcement").innerText(), "Checked.");
  await page.context().close();
});

test("a reading that says the same leaves the page alone", async () => {
  const { page } = await open(browser, site.address, { width: 1280 });
  await page.goto(site.address);
  const row = await page.locator(".row").first().elementHandle();
  await page.clock.runFor(61_000);
  await page.getByText("2m ago").waitFor();
  assert.equal(site.asked.filter((path) => path.startsWith("/document")).length, 2);
  assert.equal(await row?.evaluate((shown) => shown.isConnected), true);
  await page.context().close();
});

test("a failed request keeps the numbers, marks them stale and says what happened once", async () => {
  const { page } = await open(browser, site.address, { width: 390 });
  await page.goto(site.address);
  await page.locator(".rows").waitFor();
  site.answer.status = 503;
  await page.clock.runFor(61_000);
  await page.locator(".failure").waitFor();
  assert.match(await page.locator(".failure").innerText(), /had a problem at 17:31 \(HTTP 503\).*These numbers are from 17:29\./);
  assert.equal(await page.locator(".stale").innerText(), "stale");
  assert.equal(await page.locator(".row").count(), 6);
  await page.clock.runFor(200);
  assert.match(await page.locator("#announcement").innerText(), /HTTP 503/);
  await screenshot(page, "stale-390");
  site.answer = { status: 200, body: "<html>" };
  await page.clock.runFor(60_000);
  await page.getByText("could not be read").first().waitFor();
  site.answer.body = JSON.stringify(demo());
  await page.clock.runFor(60_000);
  await page.locator(".failure").waitFor({ state: "detached" });
  await page.context().close();
});

test("without any answer there is a sentence, and no empty page", async () => {
  site.answer = { status: 401, body: "" };
  const { page } = await open(browser, site.address, { width: 390, theme: "dark" });
  await page.goto(site.address);
  await page.locator(".failure").waitFor();
  assert.match(await page.locator("#page").innerText(), /refused this page[\s\S]*Reload it[\s\S]*No reading yet/);
  site.answer = { status: 200, body: JSON.stringify({ ok: false, error: { code: "store_missing", message: "No OpenClaw sign-ins found." } }) };
  await page.clock.runFor(61_000);
  await page.getByText("No OpenClaw sign-ins found.").waitFor();
  await page.context().close();
});

test("a command is copied", async () => {
  const { page } = await open(browser, site.address, { width: 1280 });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(site.address);
  await page.locator(".order .copy").click();
  await page.locator(".order .copy", { hasText: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "/codex_auth order set personal default spare work lab");
  await page.context().close();
});

test("it works in the sandboxed frame of the Control UI, and follows its theme", async () => {
  site.pages.set("/keyed", withDocument(oneFile(), JSON.stringify(demo()), `document.json?key=${site.key}`));
  site.pages.set("/frame", `<!doctype html><link rel="icon" href="data:,"><iframe src="/keyed" sandbox="allow-scripts" width="1200" height="800"></iframe>`);
  const { page, faults } = await open(browser, site.address, { width: 1280, now: NOW + 120_000 });
  await page.goto(`${site.address}frame`);
  const frame = page.frameLocator("iframe");
  await frame.locator(".rows").waitFor();
  await page.evaluate(() => frames[0]?.postMessage({ type: "openclaw:widget-theme", mode: "dark" }, "*"));
  await frame.locator("html[data-theme=dark]").waitFor();
  await frame.locator(".order .copy").click();
  await frame.locator(".order .copy", { hasText: "Copied" }).waitFor();
  await frame.getByRole("button", { name: "Check now" }).click();
  await page.clock.runFor(300);
  await frame.getByText("Checked.").waitFor({ state: "attached" });
  // The document in the page is two minutes old.
  const address = `/document.json?key=${site.key}`;
  assert.deepEqual(site.asked, ["/frame", "/keyed", address, `${address}&check=1`]);
  assert.deepEqual(faults.filter((fault) => !fault.includes("Clipboard API has been blocked")), []);
  await page.context().close();
});

test("one file asks for nothing and offers no check", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "page-")), "usage.html");
  const document = hostile();
  writeFileSync(file, withDocument(oneFile(), JSON.stringify(document)));
  const { page, faults } = await open(browser, pathToFileURL(file).href, { width: 1280 });
  await page.goto(pathToFileURL(file).href);
  await page.locator(".rows").waitFor();
  await page.clock.runFor(180_000);
  assert.equal(await page.getByRole("button", { name: "Check now" }).count(), 0);
  assert.match(await page.locator("header").innerText(), /A snapshot/);
  assert.match((await page.locator(".row code").allInnerTexts()).join("\n"), /^codex-profiler auth start/m);
  assert.equal(await page.evaluate(() => "hacked" in globalThis), false);
  assert.deepEqual(faults, []);
  await screenshot(page, "one-file");
  await page.context().close();
});

test("the program's own document is shown whole", { skip: process.env["DOCUMENT"] === undefined }, async () => {
  const body = readFileSync(process.env["DOCUMENT"] ?? "", "utf8");
  site.answer.body = body;
  const document = JSON.parse(body);
  const { page, faults } = await open(browser, site.address, { width: 1280, now: Date.parse(document.checked_at) });
  await page.goto(site.address);
  const labels = document.profiles.map((profile: { label: string }) => profile.label);
  assert.deepEqual((await page.locator(".rows h3 .named bdi").allInnerTexts()).toSorted(), labels.toSorted());
  assert.equal(await page.locator(".stale").count(), 0);
  assert.doesNotMatch(await page.locator(".rows").innerText(), /not reported|undefined|null|NaN/);
  assert.deepEqual(faults, []);
  await screenshot(page, "program");
  await page.context().close();
});
