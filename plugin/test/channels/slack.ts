/** A Slack on this machine: its Web API, and what it sends to the gateway through a socket. */

import { Double, type Button, type Message, type Socket } from "./double.ts";

export const OWNER = "U4242";
/** Allowed in the channel, and not in private. */
export const GUEST = "U4343";
export const DIRECT = "D4242";
export const CHANNEL = "C0123456789";

type Body = Record<string, unknown>;

export class Slack extends Double {
  #stamp = 1_700_000_000;
  #asked = 0;
  #socket: Socket | undefined;

  static async start(): Promise<Slack> {
    const slack = new Slack();
    await slack.listen();
    slack.takeSockets((socket) => slack.#connect(socket));
    return slack;
  }

  get env(): Record<string, string> {
    return { SLACK_API_URL: `http://127.0.0.1:${this.port}/api/` };
  }

  get config(): object {
    return {
      enabled: true,
      mode: "socket",
      botToken: "xoxb-0-0",
      appToken: "xapp-1-A1-0-0",
      // On a slow machine it starts the channel anew, and what it starts is refused work.
      healthMonitor: { enabled: false },
      dmPolicy: "allowlist",
      allowFrom: [OWNER],
      groupPolicy: "open",
      channels: { [CHANNEL]: { enabled: true, requireMention: false, users: [OWNER, GUEST] } },
      commands: { native: true },
    };
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Somebody types a slash command. */
  slash(command: string, text: string, { from = OWNER, channel = DIRECT } = {}): void {
    this.note(`${from} in ${channel}: ${command} ${text}`);
    const name = channel === DIRECT ? "directmessage" : "general";
    const form = {
      command,
      text,
      user_id: from,
      user_name: "tester",
      team_id: "T1",
      channel_id: channel,
      channel_name: name,
      api_app_id: "A1",
      trigger_id: `${Date.now()}.${++this.#asked}`,
      response_url: this.#responseUrl(),
    };
    this.#send("slash_commands", form);
  }

  /** Somebody writes a message. */
  write(text: string, { from = OWNER, channel = DIRECT } = {}): void {
    this.note(`${from} in ${channel} writes: ${text}`);
    const event = {
      type: "message",
      channel,
      channel_type: channel === DIRECT ? "im" : "channel",
      user: from,
      text,
      ts: (Date.now() / 1000).toFixed(6),
    };
    const body = {
      type: "event_callback",
      team_id: "T1",
      api_app_id: "A1",
      event_id: `Ev${Date.now()}${++this.#asked}`,
      event_time: 1,
      event,
      authorizations: [{ team_id: "T1", user_id: "UBOT", is_bot: true }],
    };
    this.#send("events_api", body);
  }

  press(message: Message, label: string, { from = OWNER } = {}): void {
    const button = message.buttons.find((each) => each.label === label);
    this.note(`${from} presses [${label}]`);
    const action = JSON.parse(button!.value) as Body;
    const isSeenAlone = message.where.startsWith("only");
    const channel = message.where.replace(/^only .* in /, "");
    const wire = JSON.parse(message.wire) as Body;
    const body = {
      type: "block_actions",
      team: { id: "T1" },
      api_app_id: "A1",
      user: { id: from, team_id: "T1", username: "tester" },
      channel: { id: channel, name: channel === DIRECT ? "directmessage" : "general" },
      container: { type: "message", message_ts: message.id, channel_id: channel, is_ephemeral: isSeenAlone },
      ...(!isSeenAlone && { message: { ts: message.id, text: wire["text"], blocks: blocksOf(wire) } }),
      trigger_id: `${Date.now()}.${++this.#asked}`,
      response_url: this.#responseUrl(),
      actions: [{ ...action, action_ts: String(Date.now()) }],
    };
    this.#send("interactive", body);
  }

  override answer(_method: string, path: string, body: Body): unknown {
    if (path.startsWith("/respond/")) {
      this.#take(`only the one who asked in ${DIRECT}`, `r${++this.#stamp}`, body);
      return { ok: true };
    }
    const user = { id: body["user"] ?? OWNER, team_id: "T1", name: "tester", real_name: "Tester", profile: { display_name: "Tester" }, is_bot: false };
    const channel = String(body["channel"] ?? "");
    switch (path.replace("/api/", "")) {
      case "auth.test":
        return { ok: true, url: "https://x.slack.com/", team: "x", user: "bot", team_id: "T1", user_id: "UBOT", bot_id: "BBOT" };
      case "apps.connections.open":
        return { ok: true, url: `ws://127.0.0.1:${this.port}/socket` };
      case "users.info":
        return { ok: true, user };
      case "users.list":
        return { ok: true, members: [user] };
      case "conversations.info":
        return { ok: true, channel: { id: channel, is_im: channel.startsWith("D"), is_channel: channel.startsWith("C"), is_member: true, name: "general" } };
      case "conversations.open":
        return { ok: true, channel: { id: DIRECT } };
      case "conversations.list":
        return { ok: true, channels: [] };
      case "chat.postEphemeral":
      case "chat.postMessage": {
        // A message to a person stands in their private conversation.
        const place = channel === OWNER ? DIRECT : channel;
        if (!/^[CDGU][A-Z0-9]+$/.test(channel)) return { ok: false, error: "channel_not_found" };
        const ts = `${++this.#stamp}.000100`;
        this.#take(path.endsWith("Ephemeral") ? `only ${String(body["user"])} in ${place}` : place, ts, body);
        return { ok: true, ts, message_ts: ts, channel: place, message: { text: body["text"] } };
      }
      case "chat.update": {
        const known = this.messages.find(({ id, where }) => id === body["ts"] && where === channel);
        if (!known) return { ok: false, error: "message_not_found" };
        this.#take(channel, known.id, body);
        return { ok: true, ts: known.id, channel };
      }
      default:
        return { ok: true };
    }
  }

  #take(where: string, id: string, body: Body): void {
    const blocks = blocksOf(body);
    const texts = blocks.flatMap(textsOf);
    const text = texts.length > 0 ? texts.join("\n") : String(body["text"] ?? "");
    this.show({ id, where, text, buttons: blocks.flatMap(buttonsOf), wire: JSON.stringify(body) });
  }

  #responseUrl(): string {
    return `http://127.0.0.1:${this.port}/respond/${++this.#asked}`;
  }

  #connect(socket: Socket): void {
    this.#socket = socket;
    socket.on("message", (text) => {
      const { payload } = JSON.parse(String(text)) as { payload?: Body };
      // A slash command can be answered with its receipt.
      if (payload && (payload["text"] ?? payload["blocks"])) this.answer("POST", "/respond/0", payload);
    });
    socket.send(JSON.stringify({ type: "hello", num_connections: 1, connection_info: { app_id: "A1" } }));
  }

  #send(type: string, payload: object): void {
    const envelope = { envelope_id: `e${++this.#asked}`, type, payload, accepts_response_payload: true };
    this.#socket!.send(JSON.stringify(envelope));
  }
}

interface Block {
  type: string;
  text?: { text?: string };
  rows?: { text?: string; elements?: unknown }[][];
  elements?: { type: string; text?: { text?: string }; action_id?: string; value?: string; style?: string }[];
}

function blocksOf({ blocks }: Body): Block[] {
  return (typeof blocks === "string" ? JSON.parse(blocks) : (blocks ?? [])) as Block[];
}

/** The texts of a block, and for a table its cells: a line each row. */
function textsOf({ type, text, rows = [] }: Block): string[] {
  if (type === "table" || type === "data_table") return [JSON.stringify(rows)];
  return text?.text === undefined ? [] : [text.text];
}

function buttonsOf(block: Block): Button[] {
  const buttons = (block.elements ?? []).filter(({ type }) => type === "button");
  return buttons.map(({ text, style, ...rest }) => ({
    label: text?.text ?? "",
    style,
    value: JSON.stringify({ ...rest, text, block_id: (block as { block_id?: string }).block_id ?? "b" }),
  }));
}
