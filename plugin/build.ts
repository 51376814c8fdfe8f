/**
 * Builds the plugin: builds the component, has jco turn it into core modules and their
 * glue, bundles the adapter, and packs both with the skill's own pages.
 *
 *     node build.ts            everything, into dist/ and out/
 *     node build.ts component  only the component and its types, into build/
 */

import { execFileSync, type StdioOptions } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { build as bundle, transformSync, type Plugin } from "esbuild";
import { minifySync } from "oxc-minify";

import { oneFile } from "../host-test/page/one-file.mts";
import { VERSION } from "./src/version.ts";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "..");
const GLUE = join(HERE, "build/component");
const DIST = join(HERE, "dist");
const OUT = join(HERE, "out");

/** The repository that the package names, as https://host/owner/name. A release sets it; a build of a clone names none. */
const REPOSITORY = process.env["PACKAGE_REPOSITORY"];

/** The versions of OpenClaw that the plugin runs in. */
const OPENCLAW = ">=2026.9.1";

/** The pages at the top of the package. */
const PAGES = ["README.md", "CHANGELOG.md", "LICENSE"];

/** The oldest Node that builds the plugin: OpenClaw's own. */
const OLDEST_NODE = [24, 16] as const;

if (import.meta.main) {
  requireTools();
  const component = buildComponent();
  step("turning it into JavaScript and core modules");
  transpile(component, GLUE);
  if (process.argv[2] !== "component") {
    step("bundling the adapter");
    await assemble();
    step("packing");
    pack();
  }
}

/** Says in one sentence what is missing, before anything is built. */
function requireTools(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    fail(`Node.js ${OLDEST_NODE.join(".")} or later is needed; this is ${process.versions.node}.`);
  }
  if (answers("cargo")) return;
  if (answers("rustup")) fail("The Rust toolchain of rust-toolchain.toml is not installed: run `rustup toolchain install`, then try again.");
  fail("Rust's cargo is needed to build the component. Install it from https://rustup.rs, then try again.");
}

/** Returns whether a program is there and runs in this clone, whose toolchain rustup may lack. */
function answers(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { cwd: ROOT, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

/** Builds the component, the same bytes as the harness runs. */
function buildComponent(): string {
  mkdirSync(join(HERE, "build"), { recursive: true });
  const file = join(HERE, "build/component.wasm");
  step("building the component (the first time takes a minute or two)");
  try {
    const args = ["run", "--quiet", "--locked", "--package", "component-build", "--", file];
    execFileSync("cargo", args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  } catch {
    fail("The component was not built: cargo says why above.");
  }
  return file;
}

/** Turns a component into glue (`skill.js`), its types, and its core modules (`skill.core.wasm`, …). */
export function transpile(component: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  run("jco", "transpile", component, "--out-dir", to, "--name", "skill", "--instantiation", "sync",
    "--no-nodejs-compat", "--no-wasi-shim", "--quiet");
  const glue = readFileSync(join(to, "skill.js"), "utf8");
  if (glue.includes("wasi:")) throw new Error("the component asks for something of WASI");
}

async function assemble(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  await bundled({ index: join(HERE, "src/index.ts") }, DIST);
  await bundleGuest(GLUE, DIST);
  // Each script keeps the names that the others know.
  const short = (text: string, kind: "script" | "style") =>
    transformSync(text, { loader: kind === "script" ? "js" : "css", minify: true, charset: "utf8", legalComments: "none" }).code.trimEnd();
  writeFileSync(join(DIST, "page.html"), oneFile(short));
}

/** Bundles the guest's thread with the glue of a component, and puts the core modules beside it. */
export async function bundleGuest(glue: string, to: string): Promise<void> {
  await bundled({ guest: join(HERE, "src/guest.ts") }, to, {
    name: "glue",
    setup: (build) => {
      build.onResolve({ filter: /\/skill\.js$/ }, () => ({ path: join(glue, "skill.js") }));
      build.onLoad({ filter: /\/skill\.js$/ }, ({ path }) => ({ contents: lean(readFileSync(path, "utf8")) }));
    },
  });
  const guest = join(to, "guest.js");
  const script = readFileSync(guest, "utf8");
  if (script.includes("_debugLog")) throw new Error("jco's log is still used in its glue");
  // esbuild keeps functions inside of a function that nobody calls: the glue has many.
  writeFileSync(guest, minifySync("guest.js", script, { module: true }).code);
  for (const module of readdirSync(glue).filter((name) => name.endsWith(".wasm"))) cpSync(join(glue, module), join(to, module));
}

/**
 * Takes out of the glue what no call runs: every function's log for jco's own developers, which
 * costs time even while it is off, and the second copy of each import for hosts that answer later.
 */
function lean(glue: string): string {
  const log = /^ *const _debugLog = \(\.\.\.args\) => \{\n.*?\n *\};\n/ms;
  if (!log.test(glue) || /\.manuallyAsync\s*=[^=]/.test(glue)) throw new Error("jco's glue is another one: look at it anew");
  return glue.replace(log, "").replace(/_trampoline\d+\.manuallyAsync/g, "false");
}

async function bundled(entryPoints: Record<string, string>, outdir: string, plugin?: Plugin): Promise<void> {
  await bundle({
    entryPoints,
    outdir,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: ["openclaw/*"],
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    // Without a definition and without an effect: calls of it go.
    pure: ["_debugLog"],
    plugins: plugin ? [plugin] : [],
  });
}

/** One tarball for every system, from a folder that holds nothing else. */
function pack(): void {
  rmSync(OUT, { recursive: true, force: true });
  const folder = join(OUT, "package");
  const skill = join(folder, "skills/codex-profiler");
  mkdirSync(skill, { recursive: true });
  cpSync(DIST, join(folder, "dist"), { recursive: true });
  const plugin = { ...JSON.parse(readFileSync(join(HERE, "openclaw.plugin.json"), "utf8")), version: VERSION };
  writeFileSync(join(folder, "openclaw.plugin.json"), `${JSON.stringify(plugin, null, 2)}\n`);
  for (const page of PAGES) cpSync(join(ROOT, page), join(folder, page));
  for (const picture of ["icon.png", "activity.svg"]) cpSync(join(HERE, "assets", picture), join(folder, "assets", picture));
  const references = readdirSync(join(ROOT, "references")).filter((name) => name.endsWith(".md"));
  for (const page of ["RISK.md", ...references.map((name) => `references/${name}`)]) {
    cpSync(join(ROOT, page), join(skill, page), { recursive: true });
  }
  writeFileSync(join(skill, "SKILL.md"), skillForOpenClaw());
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  const packed = run("npm", "pack", folder, "--pack-destination", OUT, "--json", "--loglevel=error");
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf("[")));
  rmSync(folder, { recursive: true });
  const tarball = join(OUT, filename);
  const size = statSync(tarball).size;
  const sum = createHash("sha256").update(readFileSync(tarball)).digest("hex");
  console.log(`${tarball}\n${size} bytes, sha256 ${sum}`);
}

/** The skill with the two fields that OpenClaw reads at the top level and the Agent Skills format refuses there. */
function skillForOpenClaw(): string {
  const fields = ["user-invocable: false", ...(REPOSITORY ? [`homepage: ${REPOSITORY}`] : [])];
  return readFileSync(join(ROOT, "SKILL.md"), "utf8").replace("\nlicense:", `\n${fields.join("\n")}\nlicense:`);
}

/** The package.json that is shipped, for npm and the gateway. */
function manifest(): object {
  return {
    name: "codex-profiler",
    version: VERSION,
    description: "Codex usage, limits and resets of every profile in OpenClaw, and safe changes to their order",
    license: "MIT",
    ...(REPOSITORY && {
      homepage: `${REPOSITORY}#readme`,
      repository: { type: "git", url: `git+${REPOSITORY}.git` },
      bugs: { url: `${REPOSITORY}/issues` },
    }),
    type: "module",
    keywords: ["openclaw", "openclaw-plugin", "openclaw-skill", "codex", "chatgpt", "usage", "quota", "rate-limit", "webassembly"],
    files: ["assets", "dist", "skills", "openclaw.plugin.json", ...PAGES],
    engines: { node: ">=24.16.0" },
    peerDependencies: { openclaw: OPENCLAW },
    peerDependenciesMeta: { openclaw: { optional: true } },
    openclaw: {
      extensions: ["./dist/index.js"],
      compat: { pluginApi: OPENCLAW },
      install: {
        npmSpec: "codex-profiler",
        clawhubSpec: "clawhub:codex-profiler",
        defaultChoice: "npm",
        minHostVersion: OPENCLAW,
      },
      build: { openclawVersion: "2026.9.6" },
      release: { publishToClawHub: true, publishToNpm: true },
    },
  };
}

function step(what: string): void {
  console.error(`${what}…`);
}

function run(program: string, ...args: string[]): string {
  const path = [join(HERE, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  const stdio: StdioOptions = ["ignore", "pipe", "inherit"];
  return execFileSync(program, args, { cwd: HERE, env: { ...process.env, PATH: path }, encoding: "utf8", stdio });
}
