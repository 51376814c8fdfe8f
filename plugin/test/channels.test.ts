/** Tests how the real adapters of Slack and Discord send text that somebody else chose: a profile's label can be anything. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { messagePath } from "../src/conversation.ts";
import type { Adapter, Config, PluginApi } from "../src/gateway-api.ts";
import "./openclaw-resolve.ts";

/** The bodies that both platforms were asked to show. */
let bodies: string[] = [];

const platforms = createServer(async (request, response) => {
  const chunks = await request.toArray();
  const body = Buffer.concat(chunks).toString();
  const isSlack = request.url!.startsWith("/slack/");
  if (request.method === "POST") bodies.push(isSlack ? JSON.stringify(Object.fromEntries(new URLSearchParams(body))) : body);
  const answer = isSlack ? { ok: true, ts: "1.2", channel: "C0123456789" } : { id: "1", channel_id: "2", type: 0 };
  response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
});
platforms.listen(0, "127.0.0.1");
await once(platforms, "listening");

const home = mkdtempSync(join(tmpdir(), "codex-profiler-channels-"));
const { port } = platforms.address() as AddressInfo;
Object.assign(process.env, {
  SLACK_API_URL: `http://127.0.0.1:${port}/slack/`,
  DISCORD_API_URL: `http://127.0.0.1:${port}/discord`,
  OPENCLAW_STATE_DIR: home,
});
after(() => {
  platforms.close();
  platforms.closeAllConnections();
  rmSync(home, { recursive: true });
});

const discordToken = [24, 6, 27].map((length) => "A".repeat(length)).join(".");
const channels = { slack: { enabled: true, botToken: "xoxb-none" }, discord: { enabled: true, token: discordToken } };
const config = { channels } as object as Config;
const CHANNELS = { slack: "channel:C0123456789", discord: "channel:223456789012345678" };
type Channel = keyof typeof CHANNELS;

async function adapterOf(channel: Channel): Promise<Adapter> {
  const plugin = (await import(`@openclaw/${channel}/dist/channel-plugin-api.js`)) as Record<string, { outbound: Adapter }>;
  return plugin[`${channel}Plugin`]!.outbound;
}

/** The texts that a platform is asked to show for this text, alone and with a button of the same label. */
async function shown(channel: Channel, text: string, send = throughPlugin): Promise<string[]> {
  bodies = [];
  await send(channel, text);
  assert.ok(bodies.length >= 2);
  return bodies.flatMap(textsIn);
}

async function throughPlugin(channel: Channel, text: string): Promise<void> {
  const runtime = { config: { current: () => config }, channel: { outbound: { loadAdapter: adapterOf } } };
  const place = { channel, to: CHANNELS[channel], senderId: undefined, user: "", place: "", agent: "main", session: undefined, isPrivate: false, accountId: undefined, threadId: undefined };
  const send = await messagePath(place, { runtime } as unknown as PluginApi);
  await send!({ text, buttons: [] });
  await send!({ text, buttons: [{ label: text.slice(0, 70), value: "usage:1" }] });
}

/** As the adapters are where nothing is done about it. */
async function past(channel: Channel, text: string): Promise<void> {
  const adapter = await adapterOf(channel);
  for (let times = 0; times < 2; times += 1) await adapter.sendText!({ cfg: config, to: CHANNELS[channel], text });
}

/** All texts of a request, but for the tokens that the platform itself is told things by. */
function textsIn(body: string): string[] {
  const texts: string[] = [];
  JSON.parse(body, (name, value: unknown) => {
    if (name === "blocks" && typeof value === "string") texts.push(...textsIn(value));
    else if (["text", "content", "label"].includes(name) && typeof value === "string") texts.push(value);
    return value;
  });
  return texts;
}

/** Text that a platform makes more of than text. */
const LIVE: Record<Channel, RegExp> = {
  slack: /<[@!#a-z/]/i,
  discord: /<[@#/]|<(a|t|id)?:|@(everyone|here)|\]\(|\]:/,
};

const TEXTS = [
  "<!channel>",
  "<!here|x>",
  "<@U12345678>",
  "<@123456789012345678>",
  "<#C0123456789>",
  "<mailto:a@b.example|text>",
  "<http:host|text>",
  "[x](//host)",
  "[x](http:host)",
  "[x][1]\n\n[1]: //host",
  "@everyone",
  "@here",
  "</command:123456789012345678>",
  "&lt;!channel&gt;",
  "&#60;!channel&#62;",
  "<\\!channel>",
  "\\<!channel>",
  "`<!channel>`",
  "<<!channel>>",
];

for (const channel of ["slack", "discord"] as const) {
  test(`${channel}: what is a mention or a link there is text`, async () => {
    const wasLive = [];
    for (const text of TEXTS) {
      if ((await shown(channel, text, past)).some((each) => LIVE[channel].test(each))) wasLive.push(text);
      const now = await shown(channel, text);
      for (const each of now) assert.doesNotMatch(each, LIVE[channel], text);
    }
    // Else this would not show what it is about.
    assert.ok(wasLive.length >= 8, wasLive.join(" "));
  });

  test(`${channel}: and so it is in every mixture`, async () => {
    const pieces = ["<", ">", "!channel", "@U1", "@everyone", "@", "here", "#C1", "|", "[x]", "(//host)", "(", ")", ":", "//", "mailto:a", "http:", "\\", "&lt;", "&#64;", "!", "*", "_", "`", "~", "\n", " ", "a"];
    let seed = 1;
    const next = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let times = 0; times < 150; times += 1) {
      const text = `x${Array.from({ length: 3 + next(12) }, () => pieces[next(pieces.length)]).join("")}x`;
      for (const each of await shown(channel, text)) assert.doesNotMatch(each, LIVE[channel], JSON.stringify(text));
    }
  });
}
