/**
 * Builds the plugin: takes the component that the Rust harness runs, has jco turn it
 * into a core module and its glue, bundles the adapter, and packs both with the
 * skill's own pages.
 *
 *     node build.ts            everything, into dist/ and out/
 *     node build.ts component  only the component and its types, into build/
 */

import { execFileSync, type StdioOptions } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { constants, brotliCompressSync, gunzipSync } from "node:zlib";

import { gzipAsync } from "@gfx/zopfli";
import { build as bundle, type Plugin } from "esbuild";

import { apart, together } from "./src/streams.ts";
import { VERSION } from "./src/version.ts";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "..");
const GLUE = join(HERE, "build/component");
const DIST = join(HERE, "dist");
const OUT = join(HERE, "out");

/** What the tarball may weigh: it is what every installation downloads. */
const LIMIT = 150_000;

/** What the engines of the gateway's Node know. */
const FEATURES = ["--all-features", "--disable-gc", "--disable-custom-descriptors"];

/** How a core module gets small once it is compressed: alike is better than short. */
const SMALLER = [
  // The first kB is the far end of the stack: nothing reaches it by an address that wraps around.
  "--low-memory-unused",
  // From the ground up, what control flow there is takes less than as it came.
  ...["--flatten", "--rereloop", "-Oz"],
  ...["-Oz", "--converge"],
  // Each saves some of a module, and costs more of a compressed one.
  ...["--skip-pass=local-cse", "--one-caller-inline-max-function-size=0", "--always-inline-max-function-size=0"],
];

if (import.meta.main) {
  transpile(takeComponent(), GLUE);
  if (process.argv[2] !== "component") {
    await assemble();
    await pack();
  }
}

/** The component as the harness has it. */
function takeComponent(): string {
  mkdirSync(join(HERE, "build"), { recursive: true });
  const file = join(HERE, "build/component.wasm");
  cargo("run", "--quiet", "--locked", "--", "component", file);
  return file;
}

/** Turns a component into glue (`skill.js`), types, and its core modules in one file (`component.br`). */
export function transpile(component: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  run("jco", "transpile", component, "--out-dir", to, "--name", "skill", "--instantiation", "sync",
    "--no-nodejs-compat", "--no-wasi-shim", "--minify", "--quiet");
  const glue = readFileSync(join(to, "skill.js"), "utf8");
  if (glue.includes("wasi")) throw new Error("the component asks for something of WASI");
  const core = join(to, "skill.core.wasm");
  run("wasm-opt", ...FEATURES, ...SMALLER, core, "-o", core);
  const modules = readdirSync(to).filter((name) => /^skill\.core\d*\.wasm$/.test(name)).sort();
  writeFileSync(join(to, "component.br"), packed(modules.map((name) => readFileSync(join(to, name)))));
}

/** Core modules as the plugin reads them: their streams, compressed, each behind its length. */
export function packed(modules: Buffer[]): Buffer {
  const streams = apart(modules);
  const same = together(streams);
  if (!modules.every((module, at) => module.equals(same[at]!))) throw new Error("a module changes on its way");
  const parts = streams.flatMap((stream) => {
    const compressed = smallest(stream);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(compressed.length);
    return [length, compressed];
  });
  return Buffer.concat(parts);
}

/** Each stream by the setting that suits it: none suits all, and for some the second best quality is the best. */
function smallest(stream: Uint8Array): Buffer {
  const { BROTLI_MODE_GENERIC, BROTLI_MODE_FONT, BROTLI_MAX_QUALITY, BROTLI_DEFAULT_WINDOW } = constants;
  const tried = [BROTLI_MODE_GENERIC, BROTLI_MODE_FONT].flatMap((mode) =>
    [BROTLI_MAX_QUALITY, BROTLI_MAX_QUALITY - 1].flatMap((quality) =>
      [10, 14, 16, BROTLI_DEFAULT_WINDOW].flatMap((window) =>
        [0, 1].map((isContextFree) => {
          const params = {
            [constants.BROTLI_PARAM_MODE]: mode,
            [constants.BROTLI_PARAM_QUALITY]: quality,
            [constants.BROTLI_PARAM_LGWIN]: window,
            [constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: isContextFree,
            [constants.BROTLI_PARAM_SIZE_HINT]: stream.length,
          };
          return brotliCompressSync(stream, { params });
        }),
      ),
    ),
  );
  return tried.reduce((least, each) => (each.length < least.length ? each : least));
}

async function assemble(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  await bundled({ index: join(HERE, "src/index.ts") }, DIST);
  await bundleGuest(GLUE, DIST);
}

/** The guest's thread with the glue of a component, and the component beside it. */
export async function bundleGuest(glue: string, to: string): Promise<void> {
  await bundled({ guest: join(HERE, "src/guest.ts") }, to, {
    name: "glue",
    setup: (build) => build.onResolve({ filter: /\/skill\.js$/ }, () => ({ path: join(glue, "skill.js") })),
  });
  cpSync(join(glue, "component.br"), join(to, "component.br"));
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
    plugins: plugin ? [plugin] : [],
  });
}

/** One tarball for every system, from a folder that holds nothing else. */
async function pack(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  const folder = join(OUT, "package");
  const skill = join(folder, "skills/codex-profiler");
  mkdirSync(skill, { recursive: true });
  cpSync(DIST, join(folder, "dist"), { recursive: true });
  const plugin = { ...JSON.parse(readFileSync(join(HERE, "openclaw.plugin.json"), "utf8")), version: VERSION };
  writeFileSync(join(folder, "openclaw.plugin.json"), `${JSON.stringify(plugin, null, 2)}\n`);
  cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  const references = readdirSync(join(ROOT, "references")).filter((name) => name.endsWith(".md"));
  for (const page of ["SKILL.md", "RISK.md", ...references.map((name) => `references/${name}`)]) {
    cpSync(join(ROOT, page), join(skill, page), { recursive: true });
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  const packed = run("npm", "pack", folder, "--pack-destination", OUT, "--json", "--loglevel=error");
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf("[")));
  rmSync(folder, { recursive: true });
  const tarball = join(OUT, filename);
  // The same archive, compressed with more patience than npm has.
  writeFileSync(tarball, await gzipAsync(gunzipSync(readFileSync(tarball)), { numiterations: 60 }));
  const size = statSync(tarball).size;
  const sum = createHash("sha256").update(readFileSync(tarball)).digest("hex");
  console.log(`${tarball}\n${size} bytes, sha256 ${sum}`);
  if (size > LIMIT) throw new Error(`the tarball has more than ${LIMIT} bytes`);
}

/** What npm and the gateway read of the package. */
function manifest(): object {
  return {
    name: "codex-profiler",
    version: VERSION,
    description: "Codex usage and sign-in care for OpenClaw: a WebAssembly component that holds no token",
    license: "MIT",
    type: "module",
    keywords: ["openclaw", "openclaw-plugin", "codex", "usage"],
    engines: { node: ">=24.16.0" },
    openclaw: {
      extensions: ["./dist/index.js"],
      compat: { pluginApi: ">=2026.9.1" },
      install: { minHostVersion: ">=2026.9.1" },
      build: { openclawVersion: "2026.9.6" },
    },
  };
}

function cargo(...args: string[]): void {
  execFileSync("cargo", args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
}

function run(program: string, ...args: string[]): string {
  const path = [join(HERE, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  const stdio: StdioOptions = ["ignore", "pipe", "inherit"];
  return execFileSync(program, args, { cwd: HERE, env: { ...process.env, PATH: path }, encoding: "utf8", stdio });
}
