/**
 * The tools of an agent, so that a sentence in chat works too. They look and plan;
 * what they are called with becomes the text of a command, and no code confirms in it.
 */

import type { Command } from "./contract.ts";

/** A tool's name, what the model reads of it, and the command's text for its parameters. */
export interface Tool {
  command: Command;
  name: string;
  label: string;
  description: string;
  parameters: object;
  /** Throws {@link WrongArgument} where a parameter is not one word. */
  text(parameters: Record<string, unknown>): string;
}

/** A sentence for the model. */
export class WrongArgument extends Error {}

const NAME = "A label (work), a full id (openai:work), or its number in a list. One word.";

export const TOOLS: readonly Tool[] = [
  {
    command: "usage",
    name: "codex_usage",
    label: "Codex usage",
    // A catalogue shows the first line, cut at 120 letters.
    description:
      "Shows what Codex quota is left, when it resets and which profile to use next. Pass the answer on word for word.\n\n" +
      "Read-only: the 5-hour and weekly windows of the gateway's ChatGPT/Codex sign-ins (profiles), and which of them are ready.",
    parameters: object({
      profile: {
        type: "string",
        description:
          `"all", "default", "best" (which to use next, and why), "rotation" (how to rotate several), or one profile. ${NAME}`,
      },
      depth: { type: "string", description: "For rotation only: short, or deep for set-up and trouble" },
      format: { type: "string", description: "line (one line per profile, default), block or json" },
    }),
    text({ profile, depth, format }) {
      const deep = profile === "rotation" && depth === "deep" ? ["deep"] : [];
      return [word(profile ?? "all"), ...deep, ...(format ? [`--format=${word(format)}`] : [])].join(" ");
    },
  },
  {
    command: "auth",
    name: "codex_auth",
    label: "Codex sign-ins",
    description:
      "Plans changes of Codex sign-ins and applies none. Pass the plan and its confirm line on to the user word for word.\n\n" +
      "Also shows the sign-ins' health and their order. Only the user applies a plan, by typing its last line or pressing its " +
      "button: do not ask for the code. Never pass a callback URL or a token.",
    parameters: object({
      action: {
        type: "string",
        description:
          "One of these. status: health of sign-ins. order: the order in which the gateway uses them. order set: profiles in the new " +
          "order. retire: out of the order, kept. restore: back into it. delete: permanently, only if the user said " +
          "that word. start: how to sign in.",
      },
      profiles: { type: "array", items: { type: "string" }, maxItems: 200, description: NAME },
      position: { type: "string", description: "Where restore puts it: first or last" },
    }),
    text({ action, profiles, position }) {
      const named = Array.isArray(profiles) ? profiles.map(word) : [];
      const ends = action === "delete" ? ["permanently"] : action === "restore" && position ? [word(position)] : [];
      const verbs = ["status", "order", "order set", "order clear", "retire", "restore", "delete", "start"];
      if (!verbs.includes(String(action))) throw new WrongArgument(`Nothing was done: action must be one of ${verbs.join(", ")}.`);
      return [action, ...named, ...ends].join(" ");
    },
  },
];

/** Without lists of what a parameter may be: of those the gateway answers a wrong one itself, with a schema. */
function object(properties: object): object {
  return { type: "object", additionalProperties: false, properties };
}

/** One word of a command, which no parameter makes into two. */
function word(value: unknown): string {
  const isWord = typeof value === "string" && /^[^\s\p{Cc}]{1,200}$/u.test(value) && !value.startsWith("-");
  if (!isWord) {
    throw new WrongArgument("Nothing was done: every parameter must be one word. Name a profile by its label, its id or its number in the list.");
  }
  return value;
}
