/** A Discord on this machine: its REST interface, its gateway, and who types and presses in it. */

import { Double, type Button, type Message, type Socket } from "./double.ts";

export const OWNER = "424242424242424242";
/** Allowed in the channel, and not in private. */
export const GUEST = "434343434343434343";
export const DIRECT = "555555555555555555";
export const GUILD = "333333333333333333";
export const CHANNEL = "223456789012345678";
const BOT = { id: "111111111111111111", username: "bot", discriminator: "0", bot: true, global_name: "bot" };

interface Command {
  name: string;
  id: string;
  options?: { name: string; type: number }[];
}

/** Shown to one person alone. */
const EPHEMERAL = 64;

type Body = Record<string, unknown>;

export class Discord extends Double {
  #lastId = 900_000_000_000_000_000n;
  #sequence = 0;
  #socket: Socket | undefined;
  #commands: Command[] = [];
  /** Those who wait for an answer, by the token of what they did. */
  readonly #asked = new Map<string, { where: string; message?: Message | undefined; first?: string }>();

  static async start(): Promise<Discord> {
    const discord = new Discord();
    await discord.listen();
    discord.takeSockets((socket) => discord.#connect(socket));
    return discord;
  }

  get env(): Record<string, string> {
    return { DISCORD_API_URL: `http://127.0.0.1:${this.port}` };
  }

  get config(): object {
    return {
      enabled: true,
      // On a slow machine it starts the channel anew, and what it starts is refused work.
      healthMonitor: { enabled: false },
      token: [24, 6, 27].map((length) => "A".repeat(length)).join("."),
      dmPolicy: "allowlist",
      allowFrom: [OWNER],
      groupPolicy: "open",
      guilds: { [GUILD]: { requireMention: false, channels: { [CHANNEL]: { enabled: true } } } },
      commands: { native: true },
    };
  }

  get isConnected(): boolean {
    return this.#socket !== undefined && this.#commands.some(({ name }) => name === "codex_usage");
  }

  /** Somebody types a slash command. */
  slash(name: string, text: string, { from = OWNER, channel = DIRECT } = {}): void {
    this.note(`${from} in ${channel}: /${name} ${text}`);
    const command = this.#commands.find((each) => each.name === name)!;
    const [option] = command.options ?? [];
    const options = option && text !== "" ? [{ name: option.name, type: 3, value: text }] : [];
    const token = this.#interact(2, { data: { id: command.id, name, type: 1, options } }, from, channel);
    this.#asked.set(token, { where: channel });
  }

  /** The owner writes a private message. */
  write(text: string): void {
    this.note(`${OWNER} in ${DIRECT} writes: ${text}`);
    const about = { mentions: [], mention_roles: [], mention_everyone: false, attachments: [], embeds: [], components: [], pinned: false, tts: false };
    const at = { timestamp: new Date().toISOString(), edited_timestamp: null };
    this.#send("MESSAGE_CREATE", { id: this.#id(), channel_id: DIRECT, author: userOf(OWNER), content: text, type: 0, flags: 0, ...about, ...at });
  }

  press(message: Message, label: string, { from = OWNER } = {}): void {
    const button = message.buttons.find((each) => each.label === label)!;
    this.note(`${from} presses [${label}]`);
    const channel = message.where.replace(/^only .* in /, "");
    const wire = JSON.parse(message.wire) as Body;
    const about = { id: message.id, channel_id: channel, author: BOT, timestamp: new Date().toISOString(), type: 0 };
    const pressed = { ...about, content: wire["content"] ?? "", components: wire["components"] ?? [], flags: wire["flags"] ?? 0 };
    const token = this.#interact(3, { data: { component_type: 2, custom_id: button.value }, message: pressed }, from, channel);
    this.#asked.set(token, { where: channel, message });
  }

  override answer(method: string, path: string, body: Body): unknown {
    const at = path.replace(/^\/api(\/v10)?/, "");
    if (/^\/channels\/(?!\d+(\/|$))/.test(at)) return { status: 400, message: "Invalid Form Body", code: 50035 };
    if (at.startsWith("/gateway")) return { url: `ws://127.0.0.1:${this.port}`, shards: 1, session_start_limit: LIMIT };
    if (at === "/users/@me") return BOT;
    if (/applications\/@me$/.test(at)) return { id: BOT.id, name: "bot", flags: 0, bot: BOT };
    if (at === "/users/@me/channels") return directChannel();
    if (/\/commands$/.test(at)) return this.#take(method, body);
    const [, token] = /^\/interactions\/\d+\/([^/]+)\/callback$/.exec(at) ?? [];
    if (token !== undefined) return this.#called(token, body);
    const [, hook, named] = /^\/webhooks\/\d+\/([^/]+)(?:\/messages\/([^/]+))?$/.exec(at) ?? [];
    if (hook !== undefined) return this.#hooked(hook, named, method, body);
    const [, channel, , message] = /^\/channels\/(\d+)(\/messages(?:\/(\d+))?)$/.exec(at) ?? [];
    if (channel !== undefined) return this.#say(channel, message, body);
    if (/^\/channels\/\d+$/.test(at)) return at.endsWith(CHANNEL) ? { id: CHANNEL, type: 0, guild_id: GUILD, name: "general" } : directChannel();
    if (at.endsWith("/typing")) return { status: 204 };
    if (at.startsWith("/guilds/")) return { id: GUILD, name: "Guild", roles: [], channels: [] };
    return {};
  }

  #connect(socket: Socket): void {
    this.#socket = socket;
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 30_000 } }));
    socket.on("message", (text) => {
      const { op } = JSON.parse(String(text)) as { op: number };
      if (op === 1) socket.send(JSON.stringify({ op: 11 }));
      if (op !== 2) return;
      const application = { id: BOT.id, flags: 0 };
      this.#send("READY", { v: 10, user: BOT, guilds: [], session_id: "s", resume_gateway_url: `ws://127.0.0.1:${this.port}`, application, shard: [0, 1] });
    });
  }

  #send(t: string, d: unknown): void {
    this.#socket?.send(JSON.stringify({ op: 0, s: ++this.#sequence, t, d }));
  }

  #id(): string {
    return String(++this.#lastId);
  }

  #interact(type: number, about: object, from: string, channel: string): string {
    const token = `token${this.#id()}`;
    const user = userOf(from);
    const inGuild = channel === CHANNEL;
    this.#send("INTERACTION_CREATE", {
      id: this.#id(),
      application_id: BOT.id,
      type,
      token,
      version: 1,
      channel_id: channel,
      channel: inGuild ? { id: CHANNEL, type: 0, name: "general", guild_id: GUILD } : directChannel(),
      ...(inGuild ? { guild_id: GUILD, member: { user, roles: [], permissions: "8", joined_at: "2026-01-01T00:00:00Z" } } : { user }),
      locale: "en-US",
      entitlements: [],
      authorizing_integration_owners: {},
      app_permissions: "8",
      ...about,
    });
    return token;
  }

  #take(method: string, body: unknown): unknown {
    if (method === "GET") return this.#commands;
    const given = (Array.isArray(body) ? body : [body]) as Command[];
    const taken = given.map((each) => ({ ...each, id: this.#id(), application_id: BOT.id, version: "1" }));
    this.#commands = Array.isArray(body) ? taken : [...this.#commands, ...taken];
    return Array.isArray(body) ? taken : taken[0];
  }

  /** The first answer to something that somebody did. */
  #called(token: string, { type, data }: Body): unknown {
    const asked = this.#asked.get(token)!;
    const id = asked.message?.id ?? this.#id();
    if (type === 4) this.#render(token, (asked.first = this.#id()), data as Body);
    if (type === 7 && asked.message) this.#render(token, asked.message.id, data as Body, asked.message);
    if (type === 5) asked.first = id;
    return { interaction: { id: "1", type: 2 }, resource: { type, message: { id, channel_id: asked.where } } };
  }

  /** A later answer, which follows the first or changes it. */
  #hooked(token: string, named: string | undefined, method: string, body: Body): unknown {
    const asked = this.#asked.get(token)!;
    const known = named === "@original" ? (asked.message?.id ?? asked.first) : named;
    if (method === "GET") return { id: known ?? this.#id(), channel_id: asked.where };
    if (method === "DELETE") return { status: 204 };
    const id = known ?? this.#id();
    this.#render(token, id, body, this.messages.find((each) => each.id === id));
    return { id, channel_id: asked.where, content: body["content"] ?? "" };
  }

  #render(token: string, id: string, body: Body, old?: Message): void {
    const { where } = this.#asked.get(token)!;
    const isAlone = (Number(body["flags"] ?? 0) & EPHEMERAL) !== 0;
    this.#shown(isAlone ? `only the one who asked in ${where}` : (old?.where ?? where), id, body, old);
  }

  #say(channel: string, message: string | undefined, body: Body): unknown {
    const id = message ?? this.#id();
    this.#shown(channel, id, body, this.messages.find((each) => each.id === id));
    return { id, channel_id: channel, content: body["content"] ?? "", author: BOT, timestamp: new Date().toISOString() };
  }

  /** Shows a message. The parts that an edit does not mention stay as they were. */
  #shown(where: string, id: string, body: Body, old?: Message): void {
    const all = { ...((old && JSON.parse(old.wire)) as Body | undefined), ...body };
    const parts = flat((all["components"] ?? []) as Component[]);
    const text = [all["content"], ...parts.map(({ content }) => content)].filter(Boolean).join("\n");
    const buttons = parts.filter(({ type }) => type === 2).map(buttonOf);
    this.show({ id, where, text, buttons, wire: JSON.stringify(all) });
  }
}

const LIMIT = { total: 1000, remaining: 999, reset_after: 1, max_concurrency: 1 };

interface Component {
  type: number;
  content?: string;
  label?: string;
  custom_id?: string;
  style?: number;
  components?: Component[];
}

function flat(components: Component[]): Component[] {
  return components.flatMap((each) => [each, ...flat(each.components ?? [])]);
}

const STYLES = ["", "primary", "secondary", "success", "danger"];

function buttonOf({ label = "", custom_id: value = "", style = 0 }: Component): Button {
  return { label, value, style: STYLES[style] };
}

function userOf(id: string): object {
  return { id, username: "tester", discriminator: "0", global_name: "Tester" };
}

function directChannel(): object {
  return { id: DIRECT, type: 1, recipients: [userOf(OWNER)] };
}
