/**
 * With `node --import`, "openclaw/…" is that of the installation whose bin folder
 * `CODEX_PROFILER_OPENCLAW_CURRENT` names, as it is inside a gateway.
 */

import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const bin = process.env["CODEX_PROFILER_OPENCLAW_CURRENT"];
if (!bin) throw new Error("CODEX_PROFILER_OPENCLAW_CURRENT does not name a bin folder of OpenClaw");
const inside = pathToFileURL(join(bin, "..", "node_modules", "openclaw", "package.json")).href;

registerHooks({
  // A package may import itself by name.
  resolve: (specifier, context, next) =>
    next(specifier, specifier.startsWith("openclaw/") ? { ...context, parentURL: inside } : context),
});
