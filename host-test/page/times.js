// @ts-check
/** Wall-clock time in the document's zone. Instants are milliseconds. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Age up to which a reading counts as current. */
const FRESH = 15 * MINUTE;

/**
 * A point of wall-clock time. `wall` is the same reading of the clock as if the zone were UTC,
 * `day` counts civil days.
 *
 * @typedef {object} Civil
 * @property {number} wall
 * @property {number} day
 * @property {number} weekday Sunday is 0
 * @property {number} month January is 0
 * @property {number} date
 * @property {string} time `17:59`
 */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** Uses the browser's own zone for one that it does not know. @param {string} zone */
function formatIn(zone) {
  const kept = formats.get(zone);
  if (kept) return kept;
  /** @type {Intl.DateTimeFormatOptions} */
  const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
  let format;
  try {
    format = new Intl.DateTimeFormat("en-US", { ...fields, hourCycle: "h23", timeZone: zone || undefined });
  } catch {
    format = new Intl.DateTimeFormat("en-US", { ...fields, hourCycle: "h23" });
  }
  formats.set(zone, format);
  return format;
}

/** @param {number} at @param {string} zone @returns {Civil} */
function civil(at, zone) {
  const parts = new Map(formatIn(zone).formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const part = (/** @type {Intl.DateTimeFormatPartTypes} */ type) => parts.get(type) ?? 0;
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return { wall, ...civilDate(wall), time: new Date(wall).toISOString().slice(11, 16) };
}

/** The civil date of a clock that shows UTC. @param {number} wall */
function civilDate(wall) {
  const date = new Date(wall);
  return { day: Math.floor(wall / DAY), weekday: date.getUTCDay(), month: date.getUTCMonth(), date: date.getUTCDate() };
}

/** The midnights after `from` and before `until`. @param {number} from @param {number} until @param {string} zone */
function midnights(from, until, zone) {
  const found = [];
  const offset = (/** @type {number} */ at) => civil(at, zone).wall - Math.floor(at / 1000) * 1000;
  let wall = (civil(from, zone).day + 1) * DAY;
  for (; found.length < 40; wall += DAY) {
    const near = wall - offset(from);
    const at = wall - offset(near);
    if (at >= until) break;
    found.push(at);
  }
  return found;
}
