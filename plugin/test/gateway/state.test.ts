/** An upgrade keeps what earlier checks found, and an uninstall leaves nothing: with the real commands of a gateway. Minutes. */

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";

import { startChatgpt, type Chatgpt } from "../chatgpt.ts";
import { usageOf } from "./endpoint.ts";
import { makeHome, writeStore, type Home } from "./home.ts";
import { installed, installPlugin, output, startGateway, tarball, uninstallPlugin, type Gateway } from "./openclaw.ts";
import { connect } from "./websocket.ts";

const SKIP = installed ? false : "CODEX_PROFILER_OPENCLAW_CURRENT is not set";

suite("what is kept", { skip: SKIP, timeout: 900_000 }, () => {
  let home: Home;
  let chatgpt: Chatgpt;
  let gateway: Gateway | undefined;
  const kept = () => globSync("{codex-profiler,npm/projects/*/node_modules/codex-profiler/state}", { cwd: home.stateDir });

  before(async () => {
    home = await makeHome({ signIns: [{ label: "default" }, { label: "work" }] });
    chatgpt = await startChatgpt({ dir: join(home.root, "certificates") });
    await installPlugin(home, tarball());
    writeStore(home);
  });

  after(async () => {
    await gateway?.stop();
    await chatgpt?.close();
    await home?.remove();
  });

  async function say(text: string): Promise<string> {
    gateway ??= await startGateway(home, chatgpt.env);
    const web = await connect(home);
    try {
      await web.command("/commands");
      return (await web.command(text)).text;
    } finally {
      await web.close();
    }
  }

  test("a check is kept in the gateway's state folder", async () => {
    chatgpt.answer((headers) => usageOf(home, headers));
    assert.match(await say("/codex_usage all"), /✅ work/);
    assert.deepEqual(kept(), ["codex-profiler"]);
  });

  test("what 0.1.0 kept in its package's folder is taken over by the next version", async () => {
    await gateway!.stop();
    gateway = undefined;
    const [old] = globSync("npm/projects/*/node_modules/codex-profiler", { cwd: home.stateDir });
    renameSync(join(home.stateDir, "codex-profiler"), join(home.stateDir, old!, "state"));
    await installPlugin(home, tarball());
    chatgpt.answer(() => ({ status: 503 }));
    assert.match(await say("/codex_usage best"), /ago/);
    assert.deepEqual(kept(), ["codex-profiler"]);
  });

  test("an upgrade of a running gateway leaves it alone", async () => {
    await installPlugin(home, tarball());
    assert.match(await say("/codex_usage all"), /ago/);
    assert.deepEqual(kept(), ["codex-profiler"]);
  });

  test("an uninstall removes it, and a new install has to be enabled", async () => {
    await uninstallPlugin(home);
    for (let waited = 0; kept().length > 0 && waited < 20; waited += 1) await new Promise((done) => setTimeout(done, 500));
    assert.deepEqual(kept(), []);
    await installPlugin(home, tarball());
    const { plugins } = JSON.parse(readFileSync(join(home.stateDir, "openclaw.json"), "utf8")) as { plugins: { entries: Record<string, { enabled: boolean }> } };
    assert.equal(plugins.entries["codex-profiler"]!.enabled, false);
    await output(home, "plugins", "enable", "codex-profiler");
    assert.match(await say("/codex_usage"), /check which profile/i);
    assert.ok(!existsSync(join(home.stateDir, "codex-profiler", "memory")));
  });
});
