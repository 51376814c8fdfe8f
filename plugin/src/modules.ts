/** The component's core modules, as they lie in a folder. For the guest's thread only. */

import { readdirSync, readFileSync } from "node:fs";

import { boundsItsMemory } from "./bounds.ts";

/** Compiles the core modules. Throws where one does not bound its memory to so many bytes. */
export function compiled(folder: URL, memoryBytes: number): WebAssembly.Module[] {
  const modules = modulesIn(folder);
  if (!modules.every((module) => boundsItsMemory(module, memoryBytes))) throw new Error("the component does not bound its memory");
  return modules.map((module) => new WebAssembly.Module(module));
}

/** Reads the core modules in the order of their numbers. */
export function modulesIn(folder: URL): Uint8Array<ArrayBuffer>[] {
  const names = readdirSync(folder).filter((name) => /^skill\.core\d?\.wasm$/.test(name)).sort();
  if (names.length === 0) throw new Error("the component's modules are missing");
  return names.map((name) => new Uint8Array(readFileSync(new URL(name, folder))));
}
