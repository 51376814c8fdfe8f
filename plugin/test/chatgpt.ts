/** A chatgpt.com on this machine, behind a proxy that leads nowhere else. */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createProxy, type IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import { connect, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface Reply {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: string | Uint8Array;
  /** Before anything is sent. */
  delayMs?: number;
  /** The pause after each byte of the body. */
  drip?: number;
  /** Break the connection in place of the answer, or where the body ends. */
  cut?: "answer" | "end";
}

export interface Asked {
  headers: IncomingHttpHeaders;
  path: string;
  /** By `performance.now()` of this process. */
  at: number;
}

export type Handler = (headers: IncomingHttpHeaders, path: string) => Reply | Promise<Reply>;

export interface Chatgpt {
  /** Environment variables that make a process take this for chatgpt.com. */
  env: { HTTPS_PROXY: string; NODE_EXTRA_CA_CERTS: string };
  requests: Asked[];
  /** Destinations that the proxy was asked for and did not lead to. */
  refused: string[];
  /** Until it is called, everything is answered 404. */
  answer(handler: Handler): void;
  close(): Promise<void>;
}

/** `dir` gets the certificates; a folder of its own for each. */
export async function startChatgpt({ dir }: { dir: string }): Promise<Chatgpt> {
  const certificates = makeCertificates(dir);
  const requests: Asked[] = [];
  const refused: string[] = [];
  let handler: Handler = () => ({ status: 404 });

  const server = createServer(certificates, async (request, response) => {
    requests.push({ headers: request.headers, path: request.url ?? "", at: performance.now() });
    const { status, headers = {}, body = "", delayMs, drip, cut } = await handler(request.headers, request.url ?? "");
    if (delayMs) await wait(delayMs);
    if (cut === "answer") return void request.socket.destroy();
    response.writeHead(status, headers);
    response.flushHeaders();
    for (const byte of drip ? Buffer.from(body) : []) {
      if (response.destroyed) return;
      response.write(Buffer.of(byte));
      await wait(drip);
    }
    if (!drip && body.length > 0) await new Promise((sent) => response.write(body, sent));
    if (cut === "end") request.socket.destroy();
    else response.end();
  });

  const proxy = createProxy((request, response) => {
    refused.push(request.url ?? "");
    response.writeHead(403).end();
  });
  proxy.on("connect", (request, socket, head) => {
    socket.on("error", () => {});
    if (request.url !== "chatgpt.com:443") {
      refused.push(request.url ?? "");
      return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    }
    const onward = connect((server.address() as AddressInfo).port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });

  const sockets = new Set<{ destroy(): void }>();
  for (const each of [server, proxy]) each.on("connection", (socket) => sockets.add(socket));
  await listen(server);
  const port = await listen(proxy);
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: certificates.authority },
    requests,
    refused,
    answer: (next) => void (handler = next),
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, proxy].map((each) => new Promise((done) => each.close(done))));
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** An authority of its own and a certificate for chatgpt.com that it signed, for a day. */
function makeCertificates(dir: string): { authority: string; cert: Buffer; key: Buffer } {
  mkdirSync(dir, { recursive: true });
  const file = (name: string) => join(dir, name);
  // Not on the command line: the LibreSSL of a Mac knows fewer options.
  writeFileSync(
    file("openssl.cnf"),
    "[req]\ndistinguished_name = name\n[name]\n" +
      "[authority]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\n" +
      "[leaf]\nsubjectAltName = DNS:chatgpt.com\n",
  );
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
  const request = ["req", "-config", "openssl.cnf", "-newkey", "rsa:2048", "-nodes"];
  openssl(
    ...request,
    "-x509",
    "-days",
    "1",
    "-extensions",
    "authority",
    "-subj",
    "/CN=a test authority",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  openssl(...request, "-subj", "/CN=chatgpt.com", "-keyout", "leaf.key", "-out", "leaf.csr");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "1", "-days", "1"];
  openssl(
    "x509",
    "-req",
    "-in",
    "leaf.csr",
    ...signed,
    "-extfile",
    "openssl.cnf",
    "-extensions",
    "leaf",
    "-out",
    "leaf.pem",
  );
  return { authority: file("ca.pem"), cert: readFileSync(file("leaf.pem")), key: readFileSync(file("leaf.key")) };
}
