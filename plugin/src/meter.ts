/**
 * Counts what the glue takes out of the guest's memory. Texts and lists may lie over
 * each other there, and be a thousand times its size outside; of long texts the limits
 * of a thread see nothing. The Rust host has its engine count. For the guest's thread only.
 */

/** Bytes that a number counts for when it is read: about the weight of the objects made of it. */
const NUMBER = 128;

let most = 0;
let taken = 0;

/** From here on so many bytes may be taken out at once. */
export function allow(bytes: number): void {
  most = bytes;
  taken = 0;
}

/** Bytes taken out so far. */
export function takenOut(): number {
  return taken;
}

/** Has all that this thread reads of a memory and decodes counted. */
export function meter(): void {
  const { decode } = TextDecoder.prototype;
  TextDecoder.prototype.decode = function (input, options) {
    take(input?.byteLength ?? 0);
    return decode.call(this, input, options);
  };
  const views = DataView.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of Object.getOwnPropertyNames(views).filter((each) => each.startsWith("get"))) {
    const read = views[name]!;
    views[name] = function (...args) {
      take(NUMBER);
      return read.apply(this, args);
    };
  }
}

function take(bytes: number): void {
  taken += bytes;
  if (taken > most) throw new RangeError("the guest hands out too much");
}
