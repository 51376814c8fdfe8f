/**
 * The one table of channels: how an answer gets there and what it may look like. A row
 * says what was seen with the channel's real plugin; every other channel is `OTHER`.
 */

/** The mark-up of a text on its way to a person. */
export type Markup =
  /** Telegram's HTML, in which every letter but three stands for itself. */
  | "html"
  /** Markdown, which the gateway's renderer turns into what the platform reads. */
  | "markdown"
  /** Slack's own, where a text goes past the renderer. */
  | "mrkdwn"
  /** Code in backticks and nothing else: for a channel or an agent that may not read Markdown. */
  | "plain"
  /** No marks at all. */
  | "none";

export interface ChannelTraits {
  /**
   * The way of the answer to a typed command. `messages`: by the channel's own message
   * path, progress first, and the gateway's reply is silenced. `reply`: as that reply, at once
   * and whole, so that no separate progress message is possible.
   */
  readonly answers: "messages" | "reply";
  /** True if a message that nobody asked for gets there by the message path. */
  readonly unasked: boolean;
  /**
   * Removes a button that can be pressed once. Discord's messages with buttons are made of
   * components, their text among them, and are made anew. `nothing` where presses reach no plugin.
   */
  readonly used: "clearButtons" | "newComponents" | "noBlocks" | "nothing";
  /** The most buttons of a message. */
  readonly buttons: number;
  /** The longest message, in UTF-16 units. A tenth more is still taken, for what makes a text inert. */
  readonly length: number;
  /** Form of a table in a reply, and the largest one. Absent if only its text is shown. */
  readonly table?: TableTraits;
  /** For the message path, for the command's reply, and for the answer to a press, which only whoever pressed sees. */
  readonly markup: { readonly messages: Markup; readonly replies: Markup; readonly presses: Markup };
}

export interface TableTraits {
  /** In the text, or as a block that the platform draws. */
  readonly as: "markdown" | "block";
  readonly rows: number;
  readonly columns: number;
  /** The most characters of all cells together. */
  readonly characters: number;
}

/** Silences the gateway's reply if the answer went by the message path. Shown as it stands anywhere else. */
export const SILENCE = { text: "NO_REPLY", suppressReply: true } as const;

export const WEB_CHAT = "webchat";

/** The gateway itself cuts what is too long where nothing is known of a channel. */
const OTHER: ChannelTraits = {
  answers: "reply",
  unasked: false,
  used: "nothing",
  buttons: 0,
  length: 32_000,
  markup: { messages: "plain", replies: "plain", presses: "none" },
};

const CHANNELS: Readonly<Record<string, ChannelTraits>> = {
  telegram: {
    answers: "messages",
    unasked: true,
    used: "clearButtons",
    buttons: 24,
    length: 3600,
    markup: { messages: "html", replies: "markdown", presses: "none" },
  },
  discord: {
    answers: "reply",
    unasked: true,
    used: "newComponents",
    buttons: 20,
    length: 1800,
    markup: { messages: "markdown", replies: "markdown", presses: "markdown" },
  },
  slack: {
    answers: "reply",
    unasked: false,
    used: "noBlocks",
    buttons: 20,
    length: 7200,
    // The real plugin makes text of a larger one, and splits the message.
    table: { as: "block", rows: 100, columns: 20, characters: 9000 },
    markup: { messages: "markdown", replies: "markdown", presses: "mrkdwn" },
  },
  [WEB_CHAT]: { ...OTHER, table: { as: "markdown", rows: 1000, columns: 20, characters: OTHER.length }, markup: { ...OTHER.markup, replies: "markdown" } },
};

/** The channels whose presses reach a plugin. */
export const BUTTON_CHANNELS = Object.keys(CHANNELS).filter((name) => CHANNELS[name]!.used !== "nothing");

export function traitsOf(channel: string): ChannelTraits {
  return Object.hasOwn(CHANNELS, channel) ? CHANNELS[channel]! : OTHER;
}

/** Returns whether a message can be sent to `to`: a slash command's own target is the interaction, and no channel. */
export function isTarget(to: string | undefined): to is string {
  return to !== undefined && !to.startsWith("slash:");
}
