/**
 * The folder of what is kept on disk. Somebody else who can write in it could have the
 * gateway read or wait for anything, so that one is not used; nor is what lies in it and
 * is no file of our own.
 */

import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { geteuid } from "node:process";
import { setTimeout as wait } from "node:timers/promises";

/** How long the disk may take: it can be one of a network that is gone. */
const PATIENCE_MS = 5000;

/** Without following a link, and without waiting for the writer of a pipe. Windows knows neither. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Why a folder is not used, as a sentence for the gateway's log. */
export class NotOurs extends Error {}

export class Folder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What a file of at most so many bytes holds, `undefined` where there is none: no longer
   * one, no link and no pipe, nothing of somebody else's or that others may write.
   * `unread` are permissions of others, such as reading, with which it counts as none, too.
   */
  read(name: string, mostBytes: number, unread = 0): Promise<Buffer | undefined> {
    return inTime(this.#read(name, mostBytes, unread));
  }

  /** Writes a file whole or not at all, for nobody else to read. The folder is made with the first one. */
  write(name: string, content: string | Uint8Array): Promise<void> {
    return inTime(this.#write(name, content));
  }

  async #read(name: string, mostBytes: number, unread: number): Promise<Buffer | undefined> {
    if (!(await this.#isThere())) return undefined;
    const file = await open(join(this.#path, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(noneThere);
    if (!file) return undefined;
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > mostBytes || !isOurs(stat) || (stat.mode & unread) !== 0) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  async #write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await this.#isThere();
    const path = join(this.#path, name);
    const fresh = `${path}.new`;
    try {
      // Nothing is there unless somebody was ended here.
      await rm(fresh, { force: true });
      await writeFile(fresh, content, { mode: 0o600, flush: true, flag: "wx" });
      await rename(fresh, path);
    } finally {
      await rm(fresh, { force: true });
    }
  }

  /** Throws {@link NotOurs} where it is there and is not to be used. */
  async #isThere(): Promise<boolean> {
    const stat = await lstat(this.#path).catch(noneThere);
    if (!stat) return false;
    if (!stat.isDirectory()) throw new NotOurs(`${this.#path} is no folder`);
    if (!isOurs(stat)) throw new NotOurs(`${this.#path} belongs to somebody else, or others may write in it: chmod go-w`);
    return true;
  }
}

/** Whether it belongs to whoever runs the gateway, and nobody else may write to it. */
function isOurs({ uid, mode }: { uid: number; mode: number }): boolean {
  // Windows has neither owners of this kind nor such permissions.
  return geteuid === undefined || (uid === geteuid() && (mode & 0o022) === 0);
}

/** For a path at which there is nothing that could be opened as a file of our own. */
function noneThere(error: NodeJS.ErrnoException): undefined {
  // A link is ELOOP, of FreeBSD EMLINK; a socket is ENXIO.
  if (["ENOENT", "ELOOP", "EMLINK", "ENXIO"].includes(error.code ?? "")) return undefined;
  throw error;
}

/** What the disk answers, or an error once it took too long. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = wait(PATIENCE_MS, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error("the disk takes too long");
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}
