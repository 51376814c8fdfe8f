/** A headless Chromium, and a page that reports all that goes wrong in it. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import axe from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";

import { CHROMIUM } from "./chromium.ts";
import { NOW } from "./documents.ts";

const SCREENSHOTS = process.env["SCREENSHOTS"] ?? join(import.meta.dirname, "screenshots");

export async function launch(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error("Chromium is needed: apt-get install chromium, or name it in CHROMIUM.");
  return chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

export interface View {
  width: number;
  theme?: "light" | "dark";
  language?: "en" | "zh";
  now?: number;
}

/** A page at a fixed moment. `faults` collects errors, refused loads and requests to anywhere but `home`. */
export async function open(browser: Browser, home: string, view: View): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: 900 },
    colorScheme: view.theme ?? "light",
    locale: view.language === "zh" ? "zh-CN" : "en-GB",
    timezoneId: "America/New_York",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.clock.install({ time: view.now ?? NOW + 60_000 });
  const faults: string[] = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(home) && !request.url().startsWith("data:")) faults.push(`asked ${request.url()}`);
  });
  return { page, faults };
}

/** Serious and critical findings of axe. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Evaluated by the browser's debugger, so that the page's policy can stay as it is.
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ["violations"] }));
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html).join(" ")}`);
}

export function isScrolledSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

