/** The sign-ins that one call reads, and what of them may not cross the border of the guest. */

import { Err, type authStore } from "./contract.ts";
import { SecretScan } from "./secrets.ts";
import { shownTexts, signIns, snapshot, unshown, type SignIns } from "./store.ts";
import { StoreFailure, type Surroundings } from "./surroundings.ts";

/** The sign-ins of a call's agent, read once and once more after a change. */
export class Known {
  readonly #around: Surroundings;
  readonly #agent: string;
  readonly #secrets: string[];
  #scan: SecretScan;
  /** Account and user ids: the guest may know them, and nobody is shown them, nor are they kept. */
  #unshown = new SecretScan([]);
  /** All of these ids that the call has read, also those that a change deleted since. */
  readonly #ids: string[] = [];
  #signIns: SignIns | undefined;

  /** `secrets` are those that the call has heard itself. */
  constructor(around: Surroundings, agent: string, secrets: readonly string[]) {
    this.#around = around;
    this.#agent = agent;
    this.#secrets = [...secrets];
    this.#scan = new SecretScan(this.#secrets);
  }

  /** The sign-ins where the call has read them, without reading them. */
  get read(): SignIns | undefined {
    return this.#signIns;
  }

  /** Every secret that the call knows of by now. */
  get scan(): SecretScan {
    return this.#scan;
  }

  /** Has the sign-ins read anew the next time. */
  forget(): void {
    this.#signIns = undefined;
  }

  /** Whether any of these holds a secret. */
  leaks(texts: Iterable<string | Uint8Array>): boolean {
    for (const text of texts) if (this.#scan.finds(text)) return true;
    return false;
  }

  /** Whether any of these may not be shown: for a secret in it, or the id of an account or a user. */
  tells(texts: readonly (string | Uint8Array)[]): boolean {
    return this.leaks(texts) || texts.some((text) => this.#unshown.finds(text));
  }

  /** Reads the sign-ins once per call, and from then on knows what may not cross. */
  #load(): SignIns {
    if (!this.#signIns) {
      this.#signIns = signIns(this.#around.readAuthStore(this.#agent), this.#around.now());
      // What was a secret before a change is one after it.
      this.#secrets.push(...this.#signIns.secrets);
      this.#scan = new SecretScan(this.#secrets);
      for (const { accountId, userId } of this.#signIns.profiles) {
        for (const id of [accountId, userId]) if (id !== undefined) this.#ids.push(id);
      }
      this.#unshown = unshown(this.#ids, this.#signIns);
    }
    return this.#signIns;
  }

  /** The sign-ins, `undefined` where there are none, or why they cannot be read. */
  known(): SignIns | undefined | StoreFailure {
    try {
      return this.#load();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return error.failure === "missing" ? undefined : error;
    }
  }

  get hasSignIns(): boolean {
    const known = this.known();
    return known !== undefined && !(known instanceof StoreFailure);
  }

  /** What the component gets of the sign-ins. */
  snapshot(): authStore.Snapshot | Err {
    try {
      const read = this.#load();
      if (!this.leaks(shownTexts(read))) return snapshot(read);
      return new Err({ failure: "denied", source: read.source });
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return new Err({ failure: error.failure, source: error.source });
    }
  }
}
