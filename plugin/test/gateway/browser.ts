/** A browser on this machine that reaches the gateway and nothing else. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { env } from "node:process";

import { CHROMIUM } from "../../../host-test/page/test/chromium.ts";
import type { Home } from "./home.ts";

/** An installed playwright-core: that of the page's own tests, unless another is named. */
const PLAYWRIGHT = env["PLAYWRIGHT_CORE"] ?? join(import.meta.dirname, "../../../host-test/page/test/node_modules/playwright-core");

export { CHROMIUM };

export interface View {
  width: number;
  height: number;
  theme?: "light" | "dark";
}

/** Opens a browser of this size in a home. */
export async function openBrowser({ root }: Home, { width, height, theme = "light" }: View): Promise<Browser> {
  const { chromium } = createRequire(import.meta.url)(PLAYWRIGHT) as Playwright;
  return await chromium.launchPersistentContext(join(root, "browser"), {
    executablePath: CHROMIUM,
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
    viewport: { width, height },
    deviceScaleFactor: 1,
    colorScheme: theme,
    timezoneId: "Europe/Berlin",
  });
}

/** As much of playwright-core as this takes. */
interface Playwright {
  chromium: { launchPersistentContext(folder: string, options: object): Promise<Browser> };
}

export interface Browser {
  pages(): Page[];
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export interface Page extends Place {
  mouse: { move(x: number, y: number): Promise<void> };
  goto(url: string): Promise<unknown>;
  frameLocator(selector: string): Place;
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "request", listener: (request: { url(): string }) => void): void;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  emulateMedia(media: { colorScheme: "light" | "dark" }): Promise<void>;
  waitForTimeout(ms: number): Promise<void>;
  screenshot(options: { path: string; animations: "disabled" }): Promise<unknown>;
}

export interface Place {
  getByPlaceholder(text: RegExp): Locator;
  getByRole(role: string, options: { name: RegExp }): Locator;
  locator(selector: string): Locator;
}

export interface Locator {
  last(): Locator;
  fill(text: string): Promise<void>;
  click(): Promise<void>;
  waitFor(options: { timeout: number }): Promise<void>;
  innerText(): Promise<string>;
}
