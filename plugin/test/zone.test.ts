import assert from "node:assert/strict";
import { test } from "node:test";

import { UnknownZone, zone } from "../src/zone.ts";

const DAY = 86_400;

/** 2024-01-01T03:25:45Z: what was then is settled, whatever a zone does next. */
const NOW = 1_704_079_545;

/** As Python's zoneinfo and jiff tell them, between NOW and 400 days before and after it. */
const TOLD: [name: string, before: number, changes: [at: number, offset: number][]][] = [
  ["UTC", 0, []],
  ["Asia/Kolkata", 19_800, []],
  [
    "Europe/Berlin",
    3600,
    [
      [1_679_792_400, 7200],
      [1_698_541_200, 3600],
      [1_711_846_800, 7200],
      [1_729_990_800, 3600],
    ],
  ],
  [
    "America/St_Johns",
    -12_600,
    [
      [1_678_599_000, -9000],
      [1_699_158_600, -12_600],
      [1_710_048_600, -9000],
      [1_730_608_200, -12_600],
    ],
  ],
  [
    "Australia/Lord_Howe",
    39_600,
    [
      [1_680_361_200, 37_800],
      [1_696_087_800, 39_600],
      [1_712_415_600, 37_800],
      [1_728_142_200, 39_600],
    ],
  ],
  [
    "Africa/Casablanca",
    3600,
    [
      [1_679_191_200, 0],
      [1_682_215_200, 3600],
      [1_710_036_000, 0],
      [1_713_060_000, 3600],
    ],
  ],
];

for (const [name, before, changes] of TOLD) {
  test(`${name} changes its clock when it did`, () => {
    const told = { name, transitions: [[NOW - 400 * DAY, before], ...changes] };
    assert.deepEqual(plain(zone(name, NOW)), told);
  });
}

test("what was kept of a zone serves another time as if it were asked anew", () => {
  const offsets = (now: number) => plain(zone("Europe/Berlin", now)).transitions;
  const change = 1_711_846_800;
  const first = offsets(change + 400 * DAY - 1);
  assert.deepEqual(first.slice(0, 2), [
    [change - 1, 3600],
    [change, 7200],
  ]);
  assert.deepEqual(offsets(change + 400 * DAY)[0], [change, 7200]);
  assert.deepEqual(offsets(change - 400 * DAY).at(-1), [change, 7200]);
  assert.deepEqual(offsets(change - 400 * DAY - 1).at(-1), [1_698_541_200, 3600]);
  assert.deepEqual(offsets(change + 400 * DAY - 1), first);
});

test("a zone is called what it was called", () => {
  const called = (name: string) => zone(name, NOW).name;
  assert.equal(called("Asia/Kolkata"), "Asia/Kolkata");
  assert.equal(called("europe/berlin"), "Europe/Berlin");
  for (const name of ["UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu"]) assert.equal(called(name), "UTC");
});

test("another name is no zone", () => {
  for (const name of ["", "Europe/Nowhere", "+01:00", "Berlin", "../UTC"]) {
    assert.throws(() => zone(name, NOW), UnknownZone, name);
  }
});

function plain({ name, transitions }: ReturnType<typeof zone>) {
  return { name, transitions: transitions.map(([at, offset]) => [Number(at), offset]) };
}
