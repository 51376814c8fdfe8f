/** The gateway's own command line: which program it is, and where it looks for others. */

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";

/** The program that this very gateway is of: `openclaw` on the path may be another one, or none. */
export function openclaw(started = process.argv[1]): string[] {
  const program = started && real(started);
  if (!program) return ["openclaw"];
  let folder = dirname(program);
  // The launcher lies in the package's own folder; a service starts what lies below it.
  for (let up = 0; up < 3; up += 1, folder = dirname(folder)) {
    const launcher = join(folder, "openclaw.mjs");
    if (isOpenclaws(folder) && existsSync(launcher)) return [process.execPath, launcher];
  }
  return ["openclaw"];
}

/** A path without what depends on the folder that a command runs in; nothing where none of it is left. */
export function absolute(path = ""): string | undefined {
  return path.split(delimiter).filter(isAbsolute).join(delimiter) || undefined;
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Returns whether a folder is that of the package: any other could hold a file of this name. */
function isOpenclaws(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))?.name === "openclaw";
  } catch {
    return false;
  }
}
