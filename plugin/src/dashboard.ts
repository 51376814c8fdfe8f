/** The tab "Codex" in the gateway's Control UI: one page, and the newest document for it. */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";

import { withDocument } from "../../host-test/page/one-file.mts";
import type { PluginApi } from "./gateway-api.ts";
import { FILES } from "./skill.ts";

const PAGE = "/plugins/codex-profiler/dashboard";
const DOCUMENT = "/plugins/codex-profiler/document.json";

/** Age of a document at which the page causes a check, and at which its button does. */
const CHECK_MS = 300_000;
const CHECK_NOW_MS = 30_000;

const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "cross-origin",
};

/** Kept over a reload of the plugin, so that a page that is open goes on. */
const KEY = Symbol.for("codex-profiler.dashboard-key");

function key(): string {
  return ((globalThis as { [KEY]?: string })[KEY] ??= randomBytes(32).toString("hex"));
}

export class Dashboard {
  readonly #check: () => Promise<string | undefined>;
  /** The newest document, as JSON. */
  #document: string | undefined;
  #checkedAt = -Infinity;
  #checking: Promise<void> | undefined;

  /** `check` returns a new document, and nothing where there is none. */
  constructor(check: () => Promise<string | undefined>) {
    this.#check = check;
  }

  register(api: PluginApi): void {
    api.registerHttpRoute?.({ path: PAGE, auth: "gateway", handler: (request, response) => this.#page(request, response) });
    // In its frame the page has no cookie. It has the key, which nobody else is given.
    api.registerHttpRoute?.({ path: DOCUMENT, auth: "plugin", handler: (request, response) => this.#json(request, response) });
    api.session?.controls?.registerControlUiDescriptor?.({
      surface: "tab",
      id: "codex",
      slug: "codex",
      label: "Codex",
      description: "Codex usage of every profile, which one to use next, the week ahead and the last 28 days",
      icon: "barChart",
      group: "control",
      path: PAGE,
      requiredScopes: ["operator.read"],
    });
  }

  async #page(request: IncomingMessage, response: ServerResponse): Promise<true> {
    if (!isRead(request)) return refuse(response, 405);
    const page = withDocument(await readFile(new URL("page.html", FILES.modules), "utf8"), this.#document ?? "", `document.json?key=${key()}`);
    const [, policy = "default-src 'none'"] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
    const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": `${policy}; frame-ancestors 'self'` };
    response.writeHead(200, { ...HEADERS, ...headers }).end(page);
    return true;
  }

  async #json(request: IncomingMessage, response: ServerResponse): Promise<true> {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (!isKey(searchParams.get("key") ?? "")) return refuse(response, 403);
    // The frame's origin is no host's.
    response.setHeader("access-control-allow-origin", "*");
    if (!isRead(request)) return refuse(response, 405);
    await this.#refresh(searchParams.get("check") === "1" ? CHECK_NOW_MS : CHECK_MS);
    if (this.#document === undefined) return refuse(response, 503);
    response.writeHead(200, { ...HEADERS, "content-type": "application/json" }).end(this.#document);
    return true;
  }

  /** Checks where the last one is so old; several who ask at once wait for the same. A check that failed is one, too. */
  async #refresh(milliseconds: number): Promise<void> {
    if (!this.#checking && performance.now() - this.#checkedAt < milliseconds) return;
    this.#checking ??= this.#check()
      .then((json) => void (this.#document = json !== undefined && (!this.#document || !isRefusal(json)) ? json : this.#document))
      .finally(() => {
        this.#checkedAt = performance.now();
        this.#checking = undefined;
      });
    await this.#checking;
  }
}

/** Whether it says why nothing was checked. What was found before says more. */
function isRefusal(json: string): boolean {
  return (JSON.parse(json) as { kind?: unknown }).kind === "refusal";
}

function isKey(given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(key()));
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function refuse(response: ServerResponse, status: number): true {
  response.writeHead(status, HEADERS).end();
  return true;
}
