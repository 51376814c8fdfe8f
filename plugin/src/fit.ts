/** What of a message is shown, and what a channel takes: the same for one that is sent and for a part of a reply. */

import { CONFIRMS } from "./changes.ts";
import type { chat, commands } from "./contract.ts";
import { inert } from "./inert.ts";
import { isButton } from "./policy.ts";
import { printable } from "./printable.ts";

/** In UTF-16 units, its buttons among them. */
const LONGEST = 1 << 17;

/** Whether a message has more than any channel takes: cleaning it would keep the gateway waiting. */
export function isLong(message: chat.Message): boolean {
  return texts(message).reduce((sum, text) => sum + text.length, 0) > LONGEST;
}

/** How long a text is at most once it is {@link inert}: there is a tenth for what that adds. */
export function room(length: number): number {
  return Math.floor(length * 1.1);
}

/** Whether the channel takes this as one message, also as it is delivered. */
export function isTaken({ text, buttons }: chat.Message, channel: commands.Channel): boolean {
  const labels = buttons.map(({ label }) => label);
  const isShort = (each: string) => each.length <= channel.length && inert(each).length <= room(channel.length);
  return buttons.length <= channel.buttons && [text, ...labels].every(isShort);
}

/**
 * The message without what is not seen. Of its buttons those are left whose value comes
 * back as it went; one that confirms says what `labelOf` its code does, and no code of
 * another call has a label.
 */
export function fit(message: chat.Message, labelOf: (code: string) => string | undefined): chat.Message {
  const buttons = message.buttons.filter(({ value }) => isButton(value));
  const labelled = buttons.map(({ label, value }) => {
    return { label: value.startsWith(CONFIRMS) ? labelOf(value.slice(CONFIRMS.length)) : printable(label), value };
  });
  return { text: printable(message.text), buttons: labelled.filter((button): button is chat.Button => button.label !== undefined) };
}

export function texts({ text, buttons }: chat.Message): string[] {
  return [text, ...buttons.flatMap(({ label, value }) => [label, value])];
}

/** All that messages say as one text: in order, and what stands in the same place of each. */
export function joined(messages: readonly chat.Message[]): string[] {
  const buttons = messages.flatMap((message) => message.buttons);
  const columns = [
    messages.flatMap(texts),
    messages.map(({ text }) => text),
    buttons.map(({ label }) => label),
    buttons.map(({ value }) => value),
  ];
  return [...new Set(columns.map((column) => column.join("")))];
}
