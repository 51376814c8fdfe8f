/** A short name for something that is long, or not to be written down. */

import { hash } from "node:crypto";

/** The first `bytes` bytes of the SHA-256 of `content`, in hex: two letters each. */
export function short(content: string, bytes: number): string {
  return hash("sha256", content).slice(0, 2 * bytes);
}

/** Eight hex digits that name a profile where its id is no plain word. */
export function handle(id: string): string {
  return short(id, 4);
}
