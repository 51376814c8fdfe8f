/** What outlives a call: a small blob on disk; claims, and locks of those who change something, in memory. */

import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { memory } from "./contract.ts";
import { policy } from "./policy.ts";

const { limits } = policy;

/** The blob and its version, written whole or not at all. */
export class Memory {
  readonly #folder: string;
  #blob: Promise<memory.Blob> | undefined;
  #salt: Promise<string> | undefined;
  /** One save after the other. */
  #saving: Promise<unknown> = Promise.resolve();

  /** In `folder`, which is made with the first thing that is kept. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The blob; empty where there is none or it is not whole. */
  load(): Promise<memory.Blob> {
    this.#blob ??= this.#read("memory").then(parsed);
    return this.#blob;
  }

  /** Replaces the blob where nobody saved since `expected`. Returns its new version, or `conflict`. Throws what the disk throws. */
  save(bytes: Uint8Array, expected: bigint): Promise<bigint | "conflict"> {
    const saved = this.#saving.then(async () => {
      const { version } = await this.load();
      if (version !== expected) return "conflict" as const;
      const blob = { bytes, version: version + 1n };
      await this.#write("memory", Buffer.concat([Buffer.from(`${blob.version} ${bytes.length}\n`), bytes]));
      this.#blob = Promise.resolve(blob);
      return blob.version;
    });
    this.#saving = saved.catch(() => {});
    return saved;
  }

  /** A few random letters, made once. Where they cannot be kept they hold for this process. */
  salt(): Promise<string> {
    this.#salt ??= this.#keptOrNewSalt();
    return this.#salt;
  }

  async #keptOrNewSalt(): Promise<string> {
    const kept = (await this.#read("salt"))?.toString();
    if (kept && /^[0-9a-f]{32}$/.test(kept)) return kept;
    const salt = randomBytes(16).toString("hex");
    await this.#write("salt", salt).catch(() => {});
    return salt;
  }

  #read(name: string): Promise<Buffer | undefined> {
    return readFile(join(this.#folder, name)).catch(() => undefined);
  }

  async #write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, name);
    const fresh = `${path}.${randomBytes(4).toString("hex")}`;
    try {
      await writeFile(fresh, content, { mode: 0o600, flush: true });
      await rename(fresh, path);
    } finally {
      await rm(fresh, { force: true });
    }
  }
}

function parsed(file: Buffer | undefined): memory.Blob {
  const header = /^(\d{1,15}) (\d{1,6})\n/.exec(file?.subarray(0, 24).toString("latin1") ?? "");
  const bytes = file?.subarray(header?.[0].length ?? 0);
  if (!header || !bytes || bytes.length !== Number(header[2])) return { bytes: new Uint8Array(), version: 0n };
  return { bytes: new Uint8Array(bytes), version: BigInt(header[1]!) };
}

/** Who does what right now, and who just did. Of several who want a thing at once, one gets it. */
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
