/** Serves the page as a gateway would. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..");
const TYPES: Record<string, string> = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" };

/** Policy that the gateway's route sends with every file. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

export interface Site {
  address: string;
  /** The answer to `document.json`. */
  answer: { status: number; body: string };
  /** Lets a sandboxed frame, which has an origin of its own and no cookies, read `document.json`. */
  key: string;
  /** Every path that was asked for. */
  asked: string[];
  /** More answers by path. */
  pages: Map<string, string>;
  close(): void;
}

export async function serve(): Promise<Site> {
  const site: Site = { address: "", key: randomUUID(), answer: { status: 200, body: "" }, asked: [], pages: new Map(), close: () => server.close() };
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    site.asked.push(url.pathname + url.search);
    const page = site.pages.get(url.pathname);
    if (page !== undefined) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    } else if (url.pathname.endsWith("/document.json")) {
      const isKnown = url.searchParams.get("key") === site.key;
      const frame = isKnown ? { "access-control-allow-origin": "*" } : {};
      response.writeHead(site.answer.status, { "content-type": "application/json", ...frame }).end(site.answer.body);
    } else {
      send(url.pathname === "/" ? "index.html" : url.pathname.slice(1), response);
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  site.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return site;
}

function send(name: string, response: import("node:http").ServerResponse): void {
  if (!/^[a-z]+\.(html|css|js)$/.test(name)) {
    response.writeHead(404).end();
    return;
  }
  const headers = { "content-type": TYPES[name.split(".")[1] ?? ""] ?? "text/plain", "content-security-policy": POLICY };
  response.writeHead(200, headers).end(readFileSync(join(FOLDER, name)));
}
