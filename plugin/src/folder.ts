/**
 * The folder for data on disk. Anyone who can write in it could make the gateway read any
 * file or block, so such a folder is not used. Inside it, only files of our own are read.
 */

import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { geteuid } from "node:process";
import { DatabaseSync } from "node:sqlite";

/** The user that runs the gateway. Windows has neither owners of this kind nor such permissions. */
const US = geteuid?.();

/** The longest that the disk may take: it can be one of a network that is gone. */
const PATIENCE_MS = 5000;

/** Without following a link, and without waiting for the writer of a pipe. Windows knows neither. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** SQLite's code for a database that somebody else has locked. */
const SQLITE_BUSY = 5;

/** Why a folder is not used, as a sentence for the gateway's log. */
export class NotOurs extends Error {}

/** A file as it was read. */
interface Seen {
  at: Stats;
  content: Buffer;
}

export class Folder {
  readonly #path: string;
  /** By name: a file that is still the same is not read again. */
  readonly #seen = new Map<string, Seen>();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads a file of at most `mostBytes`. `undefined` if there is none, and also if it is longer,
   * is a link or a pipe, belongs to somebody else, or can be written by others. `unread` are
   * further permission bits, such as reading by others, that rule a file out.
   */
  read(name: string, mostBytes: number, unread = 0): Promise<Buffer | undefined> {
    return inTime(() => this.#read(name, mostBytes, unread));
  }

  /** Returns whether anything has this name. */
  async has(name: string): Promise<boolean> {
    return (await lstat(join(this.#path, name)).catch(noneThere)) !== undefined;
  }

  /** Writes a file whole or not at all, for nobody else to read. The folder is made with the first one. */
  write(name: string, content: string | Uint8Array): Promise<void> {
    return inTime((signal) => this.#write(name, content, signal));
  }

  /** Puts a file aside under a name of its own, so that nothing overwrites it. Returns where there was one. */
  async putAside(name: string): Promise<boolean> {
    if (!(await this.#ours())) return false;
    const path = join(this.#path, name);
    return await rename(path, `${path}.damaged`).then(() => true, (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    });
  }

  /**
   * Locks a name against every process. Returns the way to unlock it, and nothing where
   * somebody has it. A process that ends has none any more.
   */
  async lock(name: string): Promise<(() => void) | undefined> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await this.#ours();
    // The system's own locks, which no crash leaves behind, are in reach by way of a database.
    const database = new DatabaseSync(join(this.#path, name), { timeout: 0 });
    try {
      database.exec("BEGIN EXCLUSIVE");
      return () => database.close();
    } catch (error) {
      database.close();
      // The last byte: the rest of the code says why.
      if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return undefined;
      throw error;
    }
  }

  async #read(name: string, mostBytes: number, unread: number): Promise<Buffer | undefined> {
    const path = join(this.#path, name);
    const [there, now] = await Promise.all([this.#ours(), lstat(path).catch(noneThere)]);
    if (!there || !now) return undefined;
    const seen = this.#seen.get(name);
    if (seen && isUnchanged(seen.at, now)) return seen.content;
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(noneThere);
    if (!file) return undefined;
    try {
      const [opened] = await Promise.all([file.stat(), this.#assertSame(there)]);
      if (!opened.isFile() || opened.nlink > 1 || opened.size > mostBytes || !isOurs(opened) || (opened.mode & unread) !== 0) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(opened.size), 0, opened.size, 0);
      const content = buffer.subarray(0, bytesRead);
      this.#seen.set(name, { at: opened, content });
      return content;
    } finally {
      await file.close();
    }
  }

  async #write(name: string, content: string | Uint8Array, signal: AbortSignal): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    const there = await this.#ours();
    const path = join(this.#path, name);
    const fresh = `${path}.new`;
    try {
      // Nothing is there unless somebody was ended here.
      await rm(fresh, { force: true });
      await writeFile(fresh, content, { mode: 0o600, flush: true, flag: "wx" });
      await this.#assertSame(there);
      // The caller was told that this failed, so it must not succeed later.
      signal.throwIfAborted();
      await rename(fresh, path);
    } finally {
      await rm(fresh, { force: true });
    }
  }

  /** The folder, `undefined` where there is none. Throws {@link NotOurs} where it is not to be used. */
  async #ours(): Promise<Stats | undefined> {
    const above = dirname(this.#path);
    // Both at the same time: a check reads several files, and each waits for this twice.
    const [found, outer] = await Promise.all([lstat(this.#path).catch(noneThere), stat(above).catch(noneThere)]);
    if (!found || !outer) return undefined;
    if (!found.isDirectory()) throw new NotOurs(`${this.#path} is not a folder`);
    if (!isOurs(found)) throw new NotOurs(`${this.#path} belongs to another user or is writable by others: run \`chmod go-w\` on it`);
    if (!isSafe(outer)) throw new NotOurs(`${above} belongs to another user or is writable by everybody: run \`chmod o-w\` on it`);
    return found;
  }

  /** Throws {@link NotOurs} where another folder was put in place of the one that was checked. */
  async #assertSame(checked: Stats | undefined): Promise<void> {
    const found = await this.#ours();
    if (!found || found.dev !== checked?.dev || found.ino !== checked.ino) throw new NotOurs(`${this.#path} was replaced while it was being checked`);
  }
}

/** Returns whether it belongs to whoever runs the gateway, and nobody else may write to it. */
function isOurs({ uid, mode }: { uid: number; mode: number }): boolean {
  return US === undefined || (uid === US && (mode & 0o022) === 0);
}

/** Returns whether it is the same file and nobody wrote to it, or changed who may: that sets `ctime`. */
function isUnchanged(before: Stats, now: Stats): boolean {
  return (["dev", "ino", "size", "mtimeMs", "ctimeMs"] as const).every((each) => before[each] === now[each]);
}

/**
 * Returns whether nobody but us, root, or the folder's group can replace what is in it. In a
 * sticky folder, users can only move what is their own.
 */
function isSafe({ uid, mode }: Stats): boolean {
  if (US === undefined) return true;
  return [US, 0].includes(uid) && ((mode & 0o002) === 0 || (mode & 0o1000) !== 0);
}

/** For a path at which there is nothing that could be opened as a file of our own. */
function noneThere(error: NodeJS.ErrnoException): undefined {
  // A link is ELOOP, of FreeBSD EMLINK; a socket is ENXIO.
  if (["ENOENT", "ELOOP", "EMLINK", "ENXIO"].includes(error.code ?? "")) return undefined;
  throw error;
}

/** The disk's answer, or an error once it took too long. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const given = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    given.abort();
    reject(new Error("the disk takes too long"));
  }, PATIENCE_MS).unref();
  try {
    return await Promise.race([work(given.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
