/**
 * Core modules taken apart into streams, one for each thing that their instructions
 * consist of: each by itself compresses a tenth better than all of them mixed.
 */

/** What stays in place: all but the functions. */
const FRAME = 0;
/** The instructions without what they are about. */
const INSTRUCTION = 1;
/** What they are about, by kind: variables, places in memory, constants and so on. `RARE` are those too rare for a stream. */
const [READ, WRITTEN, OFFSET, NUMBER, LONG_NUMBER, FUNCTION] = [2, 3, 4, 5, 6, 7];
const [LABEL, GLOBAL, TYPE, RARE] = [8, 9, 10, 11];
/** Constants that are added at once: distances, unlike all others. */
const ADDED = 12;

/** How many there are. */
export const STREAMS = 13;

/** A section of a module. */
const CODE = 10;

/** Instructions that begin a block, from the first to the last, and the one that ends it, or a function. */
const [BLOCK, IF, END] = [0x02, 0x04, 0x0b];
/** Instructions with more behind them than a number or two. */
const [BRANCH_TABLE, SELECT, CONSTANT, FLOAT, DOUBLE, MORE] = [0x0e, 0x1c, 0x41, 0x43, 0x44, 0xfc];
const ADD = 0x6a;

/** The streams of the numbers behind an instruction, by the instruction. */
const OPERANDS: number[][] = [];
for (const [first, last, ...streams] of [
  [0x00, 0x01],
  [BLOCK, IF, TYPE],
  [0x05, 0x05],
  [END, END],
  // Branches, returns and calls.
  [0x0c, 0x0d, LABEL],
  [0x0f, 0x0f],
  [0x10, 0x10, FUNCTION],
  [0x11, 0x11, RARE, RARE],
  [0x12, 0x12, FUNCTION],
  [0x13, 0x13, RARE, RARE],
  [0x1a, 0x1b],
  // Variables and tables.
  [0x20, 0x20, READ],
  [0x21, 0x22, WRITTEN],
  [0x23, 0x24, GLOBAL],
  [0x25, 0x26, RARE],
  // Loads and stores, each with its alignment; the memory's size and growth.
  [0x28, 0x3e, INSTRUCTION, OFFSET],
  [0x3f, 0x40, INSTRUCTION],
  // Constants, and what is computed.
  [0x42, 0x42, LONG_NUMBER],
  [0x45, 0xc4],
] as [number, number, ...number[]][]) {
  for (let each = first; each <= last; each++) OPERANDS[each] = streams;
}

/** How many numbers are behind `MORE` and its own: conversions, then what concerns whole memories and tables. */
const MORE_OPERANDS = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** One way or the other: from modules to streams, or back. */
interface Way {
  /** Moves a byte on, and tells which it was. */
  move(stream: number): number;
  /** The instruction behind the number that comes next. */
  ahead(): number | undefined;
  /** Begins a function, whose size is no part of a stream. */
  open(): void;
  /** Ends it. */
  close(): void;
}

/** Takes modules apart. */
export function apart(modules: readonly Uint8Array[]): Uint8Array[] {
  const streams = Array.from({ length: STREAMS }, (): number[] => []);
  for (const module of modules) {
    streams[FRAME]!.push(...leb(module.length));
    let at = 0;
    const move = (stream: number) => {
      const byte = module[at++]!;
      streams[stream]!.push(byte);
      return byte;
    };
    const ahead = () => {
      let behind = at;
      while (module[behind++]! > 127);
      return module[behind];
    };
    const open = () => {
      while (module[at++]! > 127);
    };
    follow({ move, ahead, open, close() {} }, () => at < module.length);
  }
  return streams.map((stream) => Uint8Array.from(stream));
}

/** Puts them together again. */
export function together(streams: readonly Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  const ats = streams.map(() => 0);
  const next = (stream: number) => streams[stream]![ats[stream]!++]!;
  const modules = [];
  while (ats[FRAME]! < streams[FRAME]!.length) {
    const module = new Uint8Array(number(next, FRAME));
    let [at, begun] = [0, 0];
    const move = (stream: number) => (module[at++] = next(stream));
    const ahead = () => streams[INSTRUCTION]![ats[INSTRUCTION]!];
    const open = () => void (begun = at);
    const close = () => {
      const size = leb(at - begun);
      module.copyWithin(begun + size.length, begun, at);
      module.set(size, begun);
      at += size.length;
    };
    follow({ move, ahead, open, close }, () => at < module.length);
    modules.push(module);
  }
  // What was missing or is left over is told here, once for all bytes.
  if (streams.some(({ length }, stream) => ats[stream] !== length)) throw new RangeError("not the streams of a module");
  return modules;
}

/** Goes through a module, section by section. */
function follow({ move, ahead, open, close }: Way, goesOn: () => boolean): void {
  const moved = (stream: number) => number(move, stream);
  const skip = (stream: number, bytes: number) => {
    for (let left = bytes; left > 0; left--) move(stream);
  };
  const operands = (instruction: number) => {
    const streams = OPERANDS[instruction];
    if (streams) for (const stream of streams) moved(stream);
    else if (instruction === CONSTANT) moved(ahead() === ADD ? ADDED : NUMBER);
    else if (instruction === BRANCH_TABLE) for (let left = moved(RARE); left >= 0; left--) moved(RARE);
    else if (instruction === SELECT) skip(RARE, moved(RARE));
    else if (instruction === FLOAT) skip(RARE, 4);
    else if (instruction === DOUBLE) skip(RARE, 8);
    else if (instruction === MORE) for (let left = MORE_OPERANDS[moved(INSTRUCTION)] ?? unknown(); left > 0; left--) moved(INSTRUCTION);
    else unknown();
  };
  const body = () => {
    // Variables: how many of which type.
    for (let left = moved(RARE); left > 0; left--) {
      moved(RARE);
      move(RARE);
    }
    for (let depth = 1; depth > 0; ) {
      const instruction = move(INSTRUCTION);
      if (BLOCK <= instruction && instruction <= IF) depth += 1;
      else if (instruction === END) depth -= 1;
      operands(instruction);
    }
  };
  skip(FRAME, 8);
  while (goesOn()) {
    const section = move(FRAME);
    const size = moved(FRAME);
    if (section !== CODE) {
      skip(FRAME, size);
      continue;
    }
    for (let left = moved(FRAME); left > 0; left--) {
      open();
      body();
      close();
    }
  }
}

/** A number as modules write it: seven bits a byte, the low ones first. */
function number(next: (stream: number) => number, stream: number): number {
  let byte = next(stream);
  let value = byte & 127;
  for (let scale = 128; byte > 127; scale *= 128) {
    byte = next(stream);
    value += (byte & 127) * scale;
  }
  return value;
}

function leb(value: number): number[] {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

function unknown(): never {
  throw new RangeError("an unknown instruction");
}
