/**
 * codex-profiler inside an OpenClaw gateway: the adapter between the gateway's plugin
 * API and the component. It is part of the gateway's process and trusted as that is;
 * the component is not, and runs behind `component.ts`.
 *
 *     a command, a press, a tool
 *        │ index.ts, plugin.ts, conversation.ts, tools.ts: who asks, where, and the way back
 *        │ channels.ts, markup.ts, tables.ts: what each channel takes, and a text as it shows it
 *        │ dashboard.ts: the tab in the Control UI; alerts.ts, subscriptions.ts: messages by itself
 *        ▼
 *     skill.ts ── call.ts: one call, the five imports, every grant checked
 *        │          │ known.ts, gateway-commands.ts, https.ts, keep.ts: what is lent
 *        │          │ policy.ts (the Rust host's policy file), secrets.ts, changes.ts: what is not
 *        │          └ store.ts, entry.ts, output.ts ── openclaw.ts, state.ts: the gateway around it
 *        ▼
 *     component.ts ══ bridge.ts ══ guest.ts: the component, in a thread without anything
 */

import { BUTTON_CHANNELS } from "./channels.ts";
import type { Command } from "./contract.ts";
import { NAMESPACE } from "./conversation.ts";
import { Dashboard } from "./dashboard.ts";
import type { CommandContext, PluginApi, PressContext, ToolContext } from "./gateway-api.ts";
import { Plugin } from "./plugin.ts";
import { removeAfter } from "./state.ts";
import { TOOLS } from "./tools.ts";

const DESCRIPTIONS: Record<Command, string> = {
  usage: "Codex usage: what is left, when it resets, which profile next",
  auth: "Codex sign-ins and their order: view them, or plan a change",
};

/** In the menus of Discord. Telegram knows languages by two letters, which Discord refuses a command for. */
const CHINESE: Record<Command, string> = {
  usage: "Codex 用量：剩余额度、重置时间、接下来用哪个 profile",
  auth: "Codex 登录凭据与顺序：查看；更改前先出计划",
};

/** The plugin's entry. `register` has no effect but registrations: it runs in gateways that only look, too. */
export default {
  id: "codex-profiler",
  name: "Codex profiler",
  description: "Codex usage and safe sign-in changes, decided by a WebAssembly component that never holds a token",
  register(api: PluginApi): void {
    const plugin = new Plugin(api);
    for (const command of ["usage", "auth"] as const) {
      api.registerCommand({
        name: `codex_${command}`,
        description: DESCRIPTIONS[command],
        descriptionLocalizations: { "zh-CN": CHINESE[command] },
        acceptsArgs: true,
        ...(command === "auth" && { requiredScopes: ["operator.admin"] }),
        handler: (context: CommandContext) => plugin.typed(command, context),
      });
    }
    for (const tool of TOOLS) {
      const { name, label, description, parameters } = tool;
      const made = (context: ToolContext) => ({
        name,
        label,
        description,
        parameters,
        execute: async (_id: string, given: Record<string, unknown>) => {
          const text = await plugin.called(tool, given, context);
          // A script that calls the tool is handed the details alone.
          return { content: [{ type: "text", text }], details: { text } };
        },
      });
      api.registerTool(made, { name });
    }
    for (const channel of BUTTON_CHANNELS) {
      api.registerInteractiveHandler({ channel, namespace: NAMESPACE, handler: (context: PressContext) => plugin.pressed(context) });
    }
    new Dashboard(() => plugin.document()).register(api);
    api.on?.("model_call_ended", (call, { agentId }) => plugin.modelCallEnded(call, agentId));
    api.registerService({ id: "codex-profiler", start: () => plugin.start(), stop: () => plugin.stop() });
    api.lifecycle?.onDispose?.(() => plugin.stop());
    // The gateway also calls this for a deleted chat session, with another reason.
    const cleanup = ({ reason }: { reason: string }) => void (reason === "disable" && removeAfter(api).catch(() => {}));
    api.lifecycle?.registerRuntimeLifecycle?.({ id: "codex-profiler", cleanup });
  },
};
