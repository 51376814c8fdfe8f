/** The sign-ins that one call reads, and what of them may not cross the border of the guest. */

import { setImmediate as nextTurn } from "node:timers/promises";

import { Err, type authStore } from "./contract.ts";
import { SecretScan } from "./secrets.ts";
import { sliced, Slices } from "./steps.ts";
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
  #reading: Promise<SignIns> | undefined;
  #lent: SignIns | undefined;

  /** `secrets` are those that the call has heard itself. */
  constructor(around: Surroundings, agent: string, secrets: readonly string[]) {
    this.#around = around;
    this.#agent = agent;
    this.#secrets = [...secrets];
    this.#scan = new SecretScan(this.#secrets);
  }

  /** The sign-ins where the component has them. */
  get lent(): SignIns | undefined {
    return this.#lent;
  }

  /** Every secret that the call knows of by now. */
  get scan(): SecretScan {
    return this.#scan;
  }

  /** Has the sign-ins read anew the next time. */
  forget(): void {
    this.#reading = undefined;
    this.#lent = undefined;
  }

  /** Returns whether any of these holds a secret. */
  holdSecret(texts: Iterable<string | Uint8Array>): boolean {
    for (const text of texts) if (this.#scan.finds(text)) return true;
    return false;
  }

  /** Returns whether any of these may not be shown: it holds a secret, or the id of an account or a user. */
  async mustHide(texts: readonly (string | Uint8Array)[]): Promise<boolean> {
    const slices = new Slices();
    for (const text of texts) {
      for (const scan of [this.#scan, this.#unshown]) if (await sliced(scan.search(text), slices)) return true;
    }
    return false;
  }

  /** The sign-ins, read once and once more where they were forgotten, or could not be read. */
  #load(): Promise<SignIns> {
    this.#reading ??= this.#read().catch((error) => {
      this.#reading = undefined;
      throw error;
    });
    return this.#reading;
  }

  /** Reads the sign-ins, and from then on knows what may not cross. The gateway's loop turns between the steps. */
  async #read(): Promise<SignIns> {
    const view = await this.#around.readAuthStore(this.#agent);
    await nextTurn();
    const read = await sliced(signIns(view, this.#around.now()));
    // A secret from before a change is still one after it.
    for (const secret of read.secrets) this.#secrets.push(secret);
    this.#scan = await sliced(SecretScan.of(this.#secrets));
    for (const { accountId, userId } of read.profiles) {
      for (const id of [accountId, userId]) if (id !== undefined) this.#ids.push(id);
    }
    this.#unshown = await sliced(unshown(this.#ids, read));
    return read;
  }

  /** The sign-ins, `undefined` where there are none, or why they cannot be read. */
  async known(): Promise<SignIns | undefined | StoreFailure> {
    try {
      return await this.#load();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return error.failure === "missing" ? undefined : error;
    }
  }

  async hasSignIns(): Promise<boolean> {
    const known = await this.known();
    return known !== undefined && !(known instanceof StoreFailure);
  }

  /** The sign-ins as the component gets them. */
  async snapshot(): Promise<authStore.Snapshot | Err> {
    try {
      const read = await this.#load();
      await nextTurn();
      // As one text, which is searched much faster than many.
      const isLeak = await sliced(this.#scan.search([...shownTexts(read)].join("\n")));
      await nextTurn();
      if (isLeak) return new Err({ failure: "denied", source: read.source });
      this.#lent = read;
      return snapshot(read);
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return new Err({ failure: error.failure, source: error.source });
    }
  }
}
