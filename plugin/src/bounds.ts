/** Checks everything that a core module could have grow, read out of its bytes: the engine tells nobody. */

/** The most entries that the tables of a module may have. */
const TABLE_ENTRIES = 100_000;

/**
 * Returns whether a core module bounds all that it could have grow, its memories to so many
 * bytes. Nothing else bounds them; and tables, or objects of its own, that outgrow the heap
 * of a thread end the whole process.
 */
export function boundsItsMemory(module: Uint8Array, mostBytes: number): boolean {
  let at = 8;
  let [pages, entries] = [mostBytes / 65_536, TABLE_ENTRIES];
  const byte = (): number => module[at++] ?? 0;
  const number = (): number => {
    let [value, shift, read] = [0, 0, 0];
    do {
      read = byte();
      value += (read & 127) * 2 ** shift;
      shift += 7;
    } while (read > 127);
    return value;
  };
  const maximum = (): number => {
    // Other flags have no place here: shared, with 64 bits, with pages of another size.
    if (number() !== 1) return Infinity;
    number();
    return number();
  };
  // A number or a reference, in one byte: none that names a type of the module's own.
  const isPlain = (): boolean => {
    const type = byte();
    return 0x6f <= type && type <= 0x7f;
  };
  const arePlain = (): boolean => {
    for (let left = number(); left > 0; left--) if (!isPlain()) return false;
    return true;
  };
  /** By the id of a section: whether one of its entries is bounded. */
  const entry: Record<number, () => boolean> = {
    // A function, neither a struct nor an array.
    1: () => byte() === 0x60 && arePlain() && arePlain(),
    4: () => isPlain() && (entries -= maximum()) >= 0,
    5: () => (pages -= maximum()) >= 0,
  };
  while (at < module.length) {
    const isBounded = entry[byte()];
    const end = number() + at;
    if (isBounded) for (let left = number(); left > 0; left--) if (!isBounded()) return false;
    at = end;
  }
  return true;
}
