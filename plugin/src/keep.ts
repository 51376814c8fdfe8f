/** Data that outlives a call: small blobs on disk; claims, and locks of those who change something, in memory. */

import { randomBytes } from "node:crypto";

import type { memory } from "./contract.ts";
import { Folder, NotOurs } from "./folder.ts";
import { policy } from "./policy.ts";

const { limits } = policy;

/** The blob of a key under which nothing is kept. */
export const NOTHING: memory.Blob = { bytes: new Uint8Array(), version: 0n };

/** The longest line before the blob. */
const HEADER_BYTES = 24;

/** The file that the blob of each key is kept in. The first is as 0.1.0 called it. */
const FILES: Record<memory.Key, string> = { readings: "memory", alerts: "alerts", history: "history" };

/** The blobs and their versions, written whole or not at all. */
export class Memory {
  readonly #folder: Folder;
  readonly #warn: (why: string) => void;
  #hasWarned = false;
  #salt: Promise<string> | undefined;
  /** Blobs on their way to the disk. */
  readonly #pending = new Map<memory.Key, memory.Blob>();
  /** One after the other: whoever compares versions, and whoever writes. */
  #checking: Promise<unknown> = Promise.resolve();
  #saving: Promise<unknown> = Promise.resolve();

  /** In `folder`, which is made with the first thing that is kept. `warn` is told why nothing is, once. */
  constructor(folder: string, warn: (why: string) => void = () => {}) {
    this.#folder = new Folder(folder);
    this.#warn = warn;
  }

  /** The blob; empty where there is none, where it is not whole, and where it cannot be read. */
  load(key: memory.Key): Promise<memory.Blob> {
    return this.#load(key).catch(() => NOTHING);
  }

  /** Replaces the blob where nobody saved since `expected`. Returns its new version, or `conflict`. Throws what the disk throws. */
  save(key: memory.Key, bytes: Uint8Array, expected: bigint): Promise<bigint | "conflict"> {
    const saved = this.#saving.then(async () => {
      const { version } = await this.#load(key);
      if (version !== expected) return "conflict" as const;
      const blob = { bytes, version: version + 1n };
      await this.#write(key, blob);
      return blob.version;
    });
    this.#saving = saved.catch(() => {});
    return saved;
  }

  /** The same for what may be lost: the disk follows. Where it refuses, that is said and the blob is as it was. */
  saveSoon(key: memory.Key, bytes: Uint8Array, expected: bigint): Promise<bigint | "conflict"> {
    const checked = this.#checking.then(async () => {
      const { version } = await this.#load(key);
      if (version !== expected) return "conflict" as const;
      const blob = { bytes, version: version + 1n };
      this.#pending.set(key, blob);
      const refused = (error: Error) => this.#warnOnce(`nothing is kept: ${error instanceof NotOurs ? error.message : "the disk refused"}`);
      const written = () => void (this.#pending.get(key) === blob && this.#pending.delete(key));
      this.#saving = this.#saving.then(() => this.#write(key, blob)).catch(refused).finally(written);
      return blob.version;
    });
    this.#checking = checked.catch(() => {});
    return checked;
  }

  /** Resolves once the disk has what was saved. */
  async written(): Promise<void> {
    await this.#saving;
  }

  /** A few random letters, made once. Where they cannot be kept they hold for this process. */
  salt(): Promise<string> {
    this.#salt ??= this.#keptOrNewSalt();
    return this.#salt;
  }

  async #write(key: memory.Key, { bytes, version }: memory.Blob): Promise<void> {
    await this.#folder.write(FILES[key], Buffer.concat([Buffer.from(`${version} ${bytes.length}\n`), bytes]));
  }

  #warnOnce(why: string): void {
    if (!this.#hasWarned) this.#warn(why);
    this.#hasWarned = true;
  }

  /** Read anew each time: another gateway may keep in the same folder. */
  async #load(key: memory.Key): Promise<memory.Blob> {
    const most = policy.memory[key].bytes;
    const pending = this.#pending.get(key);
    return pending ?? parsed(await this.#read(FILES[key], most + HEADER_BYTES), most);
  }

  async #keptOrNewSalt(): Promise<string> {
    // Anyone who can read it could tell whom a hash stands for.
    const kept = await this.#read("salt", 32, 0o044).catch(() => undefined);
    if (kept && /^[0-9a-f]{32}$/.test(kept.toString())) return kept.toString();
    const salt = randomBytes(16).toString("hex");
    await this.#folder.write("salt", salt).catch(() => {});
    return salt;
  }

  async #read(name: string, mostBytes: number, unread?: number): Promise<Buffer | undefined> {
    try {
      return await this.#folder.read(name, mostBytes, unread);
    } catch (error) {
      if (error instanceof NotOurs) this.#warnOnce(`nothing is kept: ${error.message}`);
      throw error;
    }
  }
}

function parsed(file: Buffer | undefined, most: number): memory.Blob {
  const header = /^(\d{1,15}) (\d{1,6})\n/.exec(file?.subarray(0, HEADER_BYTES).toString("latin1") ?? "");
  const bytes = file?.subarray(header?.[0].length ?? 0);
  if (!header || !bytes || bytes.length !== Number(header[2]) || bytes.length > most) return NOTHING;
  return { bytes: new Uint8Array(bytes), version: BigInt(header[1]!) };
}

/** Records who does what right now, and who just did. If several want a thing at once, one gets it. */
export class Claims {
  /** By key: held, or until when it counts as recent, in milliseconds of `now`. */
  readonly #taken = new Map<string, "held" | number>();
  readonly #now: () => number;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  take(key: string): memory.Claim {
    const taken = this.#taken.get(key);
    if (taken === "held") return "running";
    if (taken !== undefined && this.#now() < taken) return "recent";
    this.#taken.set(key, "held");
    return "claimed";
  }

  /** Gives a key back; it counts as recent for so long, and no longer than the policy says. */
  release(key: string, seconds: number): void {
    const now = this.#now();
    // Put behind the others.
    this.#taken.delete(key);
    this.#taken.set(key, now + Math.min(seconds, limits.claim_seconds) * 1000);
    for (const [each, until] of this.#taken) if (until !== "held" && until <= now) this.#taken.delete(each);
    const recent = [...this.#taken.keys()].filter((each) => this.#taken.get(each) !== "held");
    for (const each of recent.slice(0, -limits.recent_claims)) this.#taken.delete(each);
  }
}
