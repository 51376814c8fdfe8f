/** Modules that are taken apart and put together again. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { apart, STREAMS, together } from "../src/streams.ts";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of one function: two variables, then these instructions and the end. */
function moduleOf(...instructions: number[]): Uint8Array {
  const body = [1, 2, 0x7f, ...instructions, 0x0b];
  assert.ok(body.length < 126);
  return Uint8Array.of(...HEADER, 1, 4, 1, 0x60, 0, 0, 10, body.length + 2, 1, body.length, ...body, 0, 3, 1, 0x61, 0x0b);
}

function assertSame(...modules: Uint8Array[]): void {
  const streams = apart(modules);
  assert.equal(streams.length, STREAMS);
  assert.deepEqual(together(streams), modules);
}

describe("a module is the same again", () => {
  const instructions: [string, ...number[]][] = [
    ["blocks in blocks, and branches", 0x02, 0x40, 0x03, 0x7f, 0x0c, 1, 0x0d, 0, 0x04, 0x40, 0x05, 0x0b, 0x0b, 0x0b],
    ["a table of branches", 0x0e, 3, 0, 1, 2, 3, 0x0f],
    ["calls", 0x10, 0x80, 1, 0x11, 1, 0, 0x12, 5, 0x13, 1, 0],
    ["a choice with a type", 0x1b, 0x1c, 1, 0x7f],
    ["variables and tables", 0x20, 0, 0x21, 0x80, 1, 0x22, 2, 0x23, 0, 0x24, 0, 0x25, 0, 0x26, 0],
    ["memory", 0x28, 2, 0x80, 0x80, 4, 0x3e, 0, 1, 0x3f, 0, 0x40, 0],
    ["constants that look like an end", 0x41, 0x0b, 0x42, 0x8b, 0x0b, 0x43, 0x0b, 0x0b, 0x0b, 0x0b],
    ["a long one", 0x44, 1, 2, 3, 4, 5, 6, 7, 0x0b],
    ["whole memories and tables", 0xfc, 0, 0xfc, 8, 1, 0, 0xfc, 9, 0, 0xfc, 10, 0, 0, 0xfc, 11, 0, 0xfc, 17, 0],
    ["what is computed", 0x45, 0x6a, 0xc4],
    ["constants, added and not", 0x41, 0x80, 1, 0x6a, 0x41, 5, 0x6b, 0x41, 7],
  ];
  for (const [what, ...bytes] of instructions) test(what, () => assertSame(moduleOf(...bytes)));

  test("with others", () => assertSame(moduleOf(0x01), Uint8Array.of(...HEADER), moduleOf(0x20, 1, 0x1a)));

  test("with a function of many bytes", () => {
    const long = Array.from({ length: 300 }, () => 0x01);
    assertSame(Uint8Array.of(...HEADER, 10, 0xb1, 2, 1, 0xae, 2, 0, ...long, 0x0b));
  });
});

test("an unknown instruction is not guessed at", () => {
  for (const instruction of [0x06, 0xc5, 0xfd]) assert.throws(() => apart([moduleOf(instruction)]), RangeError);
  assert.throws(() => apart([moduleOf(0xfc, 18)]), RangeError);
});

test("nothing is made of streams that end too soon", () => {
  const streams = apart([moduleOf(0x20, 0)]);
  for (const cut of streams.keys()) {
    if (streams[cut]!.length === 0) continue;
    const rest = streams.map((stream, at) => (at === cut ? stream.subarray(0, -1) : stream));
    assert.throws(() => together(rest), RangeError);
  }
});
