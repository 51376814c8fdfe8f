/** Tests alerts that a platform refuses or does not answer: by the real adapters of Telegram and Discord. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

import { post, type Fate } from "../src/conversation.ts";
import type { Adapter, Config, PluginApi } from "../src/gateway-api.ts";
import { installed } from "./gateway/openclaw.ts";
import "./openclaw-resolve.ts";

/** The answer of both platforms. */
let answer: { status: number; body: object } = { status: 200, body: {} };

const platforms = createServer((request, response) => {
  request.resume();
  response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
});
platforms.listen(0, "127.0.0.1");
await once(platforms, "listening");
const { port } = platforms.address() as AddressInfo;

const home = mkdtempSync(join(tmpdir(), "codex-profiler-unasked-"));
Object.assign(process.env, { DISCORD_API_URL: `http://127.0.0.1:${port}/discord`, OPENCLAW_STATE_DIR: home });
after(() => {
  platforms.close();
  platforms.closeAllConnections();
  rmSync(home, { recursive: true });
});

const discord = { enabled: true, token: [24, 6, 27].map((length) => "A".repeat(length)).join(".") };
const telegram = { enabled: true, botToken: `123456:${"A".repeat(35)}`, network: { dangerouslyAllowPrivateNetwork: true } };

async function adapterOf(channel: string): Promise<Adapter> {
  const bundled = pathToFileURL(join(installed!, "../node_modules/openclaw/dist/extensions/telegram/channel-plugin-api.js")).href;
  const plugin = (await import(channel === "telegram" ? bundled : "@openclaw/discord/dist/channel-plugin-api.js")) as Record<string, { outbound: Adapter }>;
  return plugin[`${channel}Plugin`]!.outbound;
}

async function fate(channel: "telegram" | "discord", root = `http://127.0.0.1:${port}`): Promise<Fate> {
  const config = { channels: { discord, telegram: { ...telegram, apiRoot: root } } } as object as Config;
  const runtime = { config: { current: () => config }, channel: { outbound: { loadAdapter: adapterOf } } };
  const to = channel === "telegram" ? "4242" : "channel:223456789012345678";
  const message = { text: "lab is ready again", buttons: [{ label: "All profiles", value: "usage:all" }] };
  return await post(message, { channel, to, accountId: undefined, threadId: undefined }, { runtime } as unknown as PluginApi);
}

function says(channel: "telegram" | "discord", status: number, more: object = {}): void {
  const body = channel === "telegram" ? { ok: false, error_code: status, description: "no", ...more } : { message: "no", code: 0, ...more };
  answer = { status, body };
}

for (const channel of ["telegram", "discord"] as const) {
  test(`${channel}: a conversation that takes no message refuses it`, async () => {
    for (const [status, more] of [
      [400, { description: "Bad Request: chat not found", message: "Invalid Form Body", code: 50035 }],
      [403, { description: "Forbidden: bot was blocked by the user", message: "Cannot send messages to this user", code: 50007 }],
      [404, { description: "Not Found", message: "Unknown Channel", code: 10003 }],
    ] as const) {
      says(channel, status, more);
      assert.equal(await fate(channel), "refused", String(status));
    }
  });

  test(`${channel}: what broke down there may have gone out`, async () => {
    says(channel, 500);
    assert.equal(await fate(channel), "unclear");
  });
}

test("telegram: where nobody answers it did not go out", { timeout: 120_000 }, async () => {
  const nobody = createServer().listen(0, "127.0.0.1");
  await once(nobody, "listening");
  const { port } = nobody.address() as AddressInfo;
  await new Promise((closed) => nobody.close(closed));
  assert.equal(await fate("telegram", `http://127.0.0.1:${port}`), "failed");
});
