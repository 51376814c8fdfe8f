/** The plugin's settings, as the gateway has checked them by openclaw.plugin.json, and what they come to. */

import type { commands, Instant } from "./contract.ts";
import type { Config } from "./gateway-api.ts";
import { zone } from "./zone.ts";

export interface Settings {
  language?: string;
  timezone?: string;
  burnFirst?: string[];
  preserve?: string[];
  alertsEveryMinutes?: number;
  alertsLowPercent?: number;
  quietHours?: string;
}

/** Returns the zone that is named first, of those that there are. */
export function zoneOf({ timezone }: Settings, config: Config, now: Instant): commands.Zone {
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const name of [timezone, config.agents?.defaults?.userTimezone, system]) {
    try {
      if (name) return zone(name, now);
    } catch {
      // No zone of this name.
    }
  }
  return zone("UTC", now);
}

/** Returns the language that is set, else that of a text, else that of the system. */
export function localeOf({ language }: Settings, text: string): commands.Locale {
  if (language === "en" || language === "zh") return language;
  if (/\p{Script=Han}/u.test(text)) return "zh";
  return Intl.DateTimeFormat().resolvedOptions().locale.startsWith("zh") ? "zh" : "en";
}

/** Minutes between two checks for alerts. */
export function everyMinutes({ alertsEveryMinutes = 10 }: Settings): number {
  return Math.min(60, Math.max(5, alertsEveryMinutes));
}

export function lowPercent({ alertsLowPercent = 10 }: Settings): number {
  return Math.min(50, Math.max(1, Math.floor(alertsLowPercent)));
}

/** Returns whether an instant is in the quiet hours, by the clock of a zone. */
export function isQuietAt({ quietHours }: Settings, now: Instant, { transitions }: commands.Zone): boolean {
  const hours = quietHours === undefined ? undefined : quietHoursOf(quietHours);
  if (!hours) return false;
  const offset = transitions.findLast(([at]) => Number(at) <= now)?.[1] ?? 0;
  const minute = Math.floor(((now + offset) % 86_400) / 60);
  const { from, until } = hours;
  return from < until ? from <= minute && minute < until : minute >= from || minute < until;
}

/** Hours of the day as minutes since midnight. The end may be on the next day. */
interface QuietHours {
  from: number;
  until: number;
}

/** Reads `22:00-08:00`. From an hour until the same is never. */
function quietHoursOf(text: string): QuietHours | undefined {
  const [, ...digits] = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const [fromHour, fromMinute, untilHour, untilMinute] = digits.map(Number);
  if (fromHour === undefined) return undefined;
  const hours = { from: fromHour * 60 + fromMinute!, until: untilHour! * 60 + untilMinute! };
  return hours.from === hours.until ? undefined : hours;
}
