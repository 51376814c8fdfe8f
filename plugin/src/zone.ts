/**
 * A time zone as the plain numbers that the component reads: `host-test/src/zone.rs`
 * over `Intl`, which knows offsets and not when they change.
 */

import type { commands, Instant } from "./contract.ts";

const DAY = 86_400;

/** Time before and after now for which the offsets are listed. */
const REACH = 400 * DAY;

/** Step between two looks at the offset. No zone goes there and back within a week. */
const STEP = 7 * DAY;

/** From when on which offset holds, in seconds east of UTC. */
type Change = [at: Instant, offset: number];

/** The zone of this name for some time around `now`. Throws where there is none. */
export function zone(name: string, now: Instant): commands.Zone {
  const known = knownZone(name);
  const from = now - REACH;
  const until = now + REACH;
  const changes = changesAround(known, from, until);
  // The first one is from no later than that.
  const before = changes.findLast(([at]) => at <= from)!;
  const later = changes.filter(([at]) => from < at && at <= until);
  const told: Change[] = [[from, before[1]], ...later];
  return { name: known.shown, transitions: told.map(([at, offset]) => [BigInt(at), offset]) };
}

interface Known {
  /** As a person reads it. */
  shown: string;
  format: Intl.DateTimeFormat;
  /** The changes found last, from the first instant on; kept for as long as they serve. */
  changes: Change[];
}

const zones = new Map<string, Known>();

function knownZone(name: string): Known {
  const known = zones.get(name) ?? newZone(name);
  zones.set(name, known);
  return known;
}

function newZone(name: string): Known {
  // `Intl` takes offsets for zones as well.
  if (!/^[A-Za-z]/.test(name)) throw new UnknownZone();
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch {
    throw new UnknownZone();
  }
  return { shown: shownName(name, format.resolvedOptions().timeZone), format, changes: [] };
}

/** Names no zone, or not as the tz database does. */
export class UnknownZone extends Error {
  constructor() {
    super("unknown time zone; use a name such as Europe/Berlin or UTC");
  }
}

/** The name as it was given, but for its capitals: `Intl` would say Calcutta for Kolkata. */
function shownName(name: string, resolved: string): string {
  if (/^(etc\/utc|etc\/uct|uct|zulu)$/i.test(name)) return "UTC";
  return name.toLowerCase() === resolved.toLowerCase() ? resolved : name;
}

/** The offset at some instant up to `from`, and every change after it until `until`. */
function changesAround(known: Known, from: Instant, until: Instant): Change[] {
  const first = Math.floor(from / STEP) * STEP;
  // Steps are the same ones whatever the time is, so that a week's calls share them.
  if (known.changes[0]?.[0] === first) return known.changes;
  const offset = (at: Instant) => offsetAt(known.format, at);
  const changes: Change[] = [[first, offset(first)]];
  for (let at = first; at < until; at += STEP) changes.push(...changesWithin(offset, at, at + STEP));
  known.changes = changes;
  return changes;
}

function changesWithin(offset: (at: Instant) => number, from: Instant, until: Instant): Change[] {
  const last = offset(until);
  const changes: Change[] = [];
  for (let [at, held] = [from, offset(from)]; held !== last; ) {
    at = firstOther(offset, held, at, until);
    held = offset(at);
    changes.push([at, held]);
  }
  return changes;
}

/** The first instant of another offset than `held`, which holds at `low` and no more at `high`. */
function firstOther(offset: (at: Instant) => number, held: number, low: Instant, high: Instant): Instant {
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === held) low = middle;
    else high = middle;
  }
  return high;
}

/** Reads the offset out of `11/23/2026, GMT+05:30`. */
function offsetAt(format: Intl.DateTimeFormat, at: Instant): number {
  const text = format.format(at * 1000);
  const [, sign, hours, minutes, seconds] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
  const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return sign === "-" ? -size : size;
}
