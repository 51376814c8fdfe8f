/** The part of the gateway's plugin API that is used, with what it says of it that matters here. */

import type { IncomingMessage, ServerResponse } from "node:http";

import type { TableBlock } from "./tables.ts";

/** The gateway's configuration. Everything in it may be missing. */
export interface Config {
  agents?: { defaults?: { userTimezone?: string }; list?: { id?: string; default?: boolean }[] };
  commands?: { ownerAllowFrom?: (string | number)[] };
  channels?: Record<string, { capabilities?: unknown; accounts?: Record<string, { capabilities?: unknown }> } | undefined>;
}

export interface PluginApi {
  pluginConfig?: Record<string, unknown>;
  /** The folder the plugin is installed in, which goes when it is uninstalled. */
  rootDir?: string;
  logger: { warn(message: string): void };
  runtime: {
    config: { current(): Config };
    agent: {
      resolveAgentDir(config: Config, agent: string): string;
      session?: { getSessionEntry?(of: { agentId: string; sessionKey: string }): SessionEntry | undefined };
    };
    state: { resolveStateDir(): string };
    system: { runCommandWithTimeout(argv: string[], options: object): Promise<SpawnResult> };
    channel: { outbound: { loadAdapter(channel: string): Promise<Adapter | undefined> } };
  };
  lifecycle?: {
    onDispose?(dispose: () => Promise<void>): unknown;
    registerRuntimeLifecycle?(lifecycle: { id: string; cleanup(context: { reason: string }): void }): unknown;
  };
  /** Missing in a gateway without a Control UI. */
  session?: { controls?: { registerControlUiDescriptor?(descriptor: object): void } };
  on?(hook: "model_call_ended", handler: (call: ModelCall, context: { agentId?: string }) => void): void;
  registerHttpRoute?(route: HttpRoute): void;
  registerCommand(command: object): void;
  registerTool(tool: (context: ToolContext) => object | null, options: { name: string }): void;
  registerInteractiveHandler(handler: object): void;
  registerService(service: { id: string; start(): Promise<void>; stop(): Promise<void> }): void;
}

/** An address of the gateway. `gateway`: for who may use the gateway; `plugin`: the handler itself decides. */
export interface HttpRoute {
  path: string;
  auth: "gateway" | "plugin";
  handler(request: IncomingMessage, response: ServerResponse): Promise<true>;
}

/** A model call that the gateway made. It does not say why one failed. */
export interface ModelCall {
  provider: string;
  outcome: "completed" | "error";
}

/** The part of a chat session that is read: the profile it uses, if it has one already. */
export interface SessionEntry {
  authProfileOverride?: string;
  /** `user-link`: the account that somebody links to all their new sessions. */
  authProfileOverrideSource?: "auto" | "user" | "user-link";
  /** Stored with a profile that the gateway chose itself, even by versions that stored no source. */
  authProfileOverrideCompactionCount?: number;
}

export interface SpawnResult {
  stdout: string;
  stderr: string;
  code: number | null;
  termination: "exit" | "timeout" | "no-output-timeout" | "signal";
}

/** A channel's own message path. Its sends throw where the platform refused, or did not answer. */
export interface Adapter {
  sendText?(context: Destination & { text: string }): Promise<unknown>;
  sendPayload?(context: Destination & { text: string; payload: Payload }): Promise<unknown>;
  /** Turns buttons into the channel's own. Telegram does that by itself. */
  renderPresentation?(rendering: object): Promise<Payload | null> | Payload | null;
}

export interface Destination {
  cfg: Config;
  to: string;
  accountId?: string | undefined;
  threadId?: string | number | undefined;
  /** The mark-up of the text, if it is not Markdown. */
  formatting?: { parseMode: "HTML" } | undefined;
}

/** A message. */
export interface Payload {
  text?: string;
  /** The answer has been given already. */
  suppressReply?: boolean;
  presentation?: { blocks: Block[] };
  /** Set if the text stands in for blocks that cannot be shown, and is not shown beside them. */
  presentationTextMode?: "fallback";
}

/** A text is in the platform's own mark-up. */
export type Block = { type: "buttons"; buttons: Button[] } | { type: "text"; text: string } | TableBlock;

export interface Button {
  label: string;
  action: { type: "callback"; value: string };
  style?: "primary";
  /** Discord keeps it after the first press. */
  reusable?: boolean;
}

/** The sender of a typed command, and the place it came from. */
export interface CommandContext {
  channel: string;
  senderId?: string;
  /** Set only for commands that require a scope. */
  senderIsOwner?: boolean;
  /** Throws if the sender is no longer the owner. */
  assertOwnerCurrent?(): void;
  args?: string;
  config: Config;
  agentId?: string;
  sessionKey?: string;
  from?: string;
  to?: string;
  accountId?: string;
  messageThreadId?: string | number;
}

/** For whom an agent's tool runs. */
export interface ToolContext {
  agentId?: string;
  messageChannel?: string;
  agentAccountId?: string;
  requesterSenderId?: string;
  senderIsOwner?: boolean;
  sessionKey?: string;
  /** The conversation in which the agent was asked. */
  deliveryContext?: { to?: string; threadId?: string | number };
}

/** A pressed button, and who pressed it. Its value is `callback` on Telegram, `interaction` elsewhere. */
export interface PressContext {
  channel: string;
  accountId?: string;
  conversationId: string;
  threadId?: string | number;
  senderId?: string;
  /** Telegram. */
  isGroup?: boolean;
  /** Discord, of a server's channel. */
  guildId?: string;
  auth: { isAuthorizedSender: boolean };
  callback?: { payload: string; chatId: string };
  interaction?: { payload: string };
  respond: Respond;
}

/** The ways to answer a press. All but `reply` are one channel's own; each throws where the platform refused. */
export interface Respond {
  /** Seen by whoever pressed alone, except on Telegram. */
  reply(message: { text: string }): Promise<unknown>;
  /** Telegram: takes the buttons from the message that was pressed. */
  clearButtons?(): Promise<unknown>;
  /** Slack: changes the message's blocks. Discord: its components, of which 10 is a text. */
  editMessage?(message: { blocks: [] } | { components: { type: 10; content: string }[] }): Promise<unknown>;
}
