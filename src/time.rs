//! Instants, time zones and durations as the user reads them. No clock is read
//! here: `now` and the zone are arguments.

use ::time::format_description::well_known::{Rfc2822, Rfc3339};
use ::time::{Date, OffsetDateTime, Time, UtcOffset};

pub use crate::contract::commands::Zone;

/// Seconds since the Unix epoch, UTC.
pub type Instant = i64;

/// The last second of the year 9999: what lies beyond is not a time anybody meant.
pub const LATEST: Instant = 253_402_300_799;

/// An hour, in seconds.
pub const HOUR: i64 = 3600;

/// A day, in seconds.
pub const DAY: i64 = 24 * HOUR;

const EPOCH: Date = OffsetDateTime::UNIX_EPOCH.date();

impl Zone {
    /// Returns the offset at `instant`. Before the first transition the first offset
    /// holds; without any, UTC.
    pub fn offset_at(&self, instant: Instant) -> UtcOffset {
        let later = self.transitions.partition_point(|(from, _)| *from <= instant);
        let index = later.saturating_sub(1);
        let seconds = self.transitions.get(index).map_or(0, |(_, offset)| *offset);
        UtcOffset::from_whole_seconds(seconds).unwrap_or(UtcOffset::UTC)
    }

    /// Returns `instant` on the wall clock of this zone, within 1970 to 9999.
    pub fn civil(&self, instant: Instant) -> Civil {
        let offset = self.offset_at(instant);
        let seconds = i64::from(offset.whole_seconds());
        let instant = instant.clamp((-seconds).max(0), LATEST - seconds.max(0));
        let utc = OffsetDateTime::from_unix_timestamp(instant);
        Civil(utc.unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(offset))
    }

    /// Returns the offset at `instant` as `UTC+01:00`.
    pub fn offset_name(&self, instant: Instant) -> String {
        let (hours, minutes, _) = self.offset_at(instant).as_hms();
        let sign = if hours < 0 || minutes < 0 { '-' } else { '+' };
        format!("UTC{sign}{:02}:{:02}", hours.unsigned_abs(), minutes.unsigned_abs())
    }
}

/// Returns the date so many days after 1 January 1970 as `2026-11-28`.
pub fn iso_date(day: i64) -> String {
    let days = ::time::Duration::days(day.clamp(0, LATEST / DAY));
    EPOCH.saturating_add(days).to_string()
}

/// A date and time on a wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil(OffsetDateTime);

impl Civil {
    /// Returns the day of the week, 0 for Sunday.
    pub fn weekday(&self) -> usize {
        usize::from(self.0.weekday().number_days_from_sunday())
    }

    /// Returns `22/11/2026, 19:40`.
    pub fn full(&self) -> String {
        let (year, month, day) = self.date();
        format!("{day:02}/{month:02}/{year:04}, {}", self.time())
    }

    /// Returns year, month (1 to 12) and day of the month.
    pub fn date(&self) -> (i32, usize, u8) {
        let date = self.0.date();
        (date.year(), usize::from(u8::from(date.month())), date.day())
    }

    /// Returns how many days the date is after 1 January 1970.
    pub fn day(&self) -> i64 {
        i64::from(self.0.to_julian_day() - EPOCH.to_julian_day())
    }

    /// Returns the seconds to the end of the day, as if no clock were moved before.
    pub fn seconds_to_midnight(&self) -> i64 {
        DAY - self.0.time().duration_since(Time::MIDNIGHT).whole_seconds()
    }

    /// Returns how many midnights lie between `other` and this: 1 for tomorrow.
    pub fn days_since(&self, other: &Self) -> i64 {
        (self.0.date() - other.0.date()).whole_days()
    }

    /// Returns `23:21`.
    pub fn time(&self) -> String {
        format!("{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

/// Returns `instant` as RFC 3339 in UTC, within 1970 to 9999: `2026-11-22T18:40:00Z`.
pub fn rfc3339(instant: Instant) -> String {
    let utc = OffsetDateTime::from_unix_timestamp(instant.clamp(0, LATEST));
    let text = utc.ok().and_then(|utc| utc.format(&Rfc3339).ok());
    text.unwrap_or_default()
}

/// Reads an RFC 3339 instant, `2026-09-23T00:00:00.123456Z`. A space for the `T` and a
/// missing offset, which then is UTC, have been seen.
pub fn parse_rfc3339(text: &str) -> Option<Instant> {
    let text = text.trim().replacen(' ', "T", 1);
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let instant = parse(&text).or_else(|| parse(&format!("{text}Z")))?;
    Some(instant.unix_timestamp()).filter(|at| (0..=LATEST).contains(at))
}

/// Reads the date of an HTTP header, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn parse_imf_date(text: &str) -> Option<Instant> {
    let instant = OffsetDateTime::parse(text.trim(), &Rfc2822).ok()?;
    Some(instant.unix_timestamp()).filter(|at| (0..=LATEST).contains(at))
}

/// Returns a duration in whole days, hours and minutes: none of what is negative.
pub fn days_hours_minutes(seconds: i64) -> (i64, i64, i64) {
    let seconds = seconds.max(0);
    (seconds / DAY, seconds % DAY / HOUR, seconds % HOUR / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        Zone {
            name: "Europe/Berlin".into(),
            transitions: vec![(0, 3600), (1_774_746_000, 7200), (1_792_890_000, 3600)],
        }
    }

    #[test]
    fn a_day_is_told_on_the_zones_own_clock() {
        let civil = berlin().civil(1_795_372_800);
        assert_eq!(civil.full(), "22/11/2026, 19:40");
        assert_eq!(civil.weekday(), 0);
        assert_eq!(rfc3339(1_795_372_800), "2026-11-22T18:40:00Z");
    }

    #[test]
    fn a_change_of_daylight_saving_moves_the_clock_and_not_the_instant() {
        let zone = berlin();
        assert_eq!(zone.civil(1_792_889_999).full(), "25/10/2026, 02:59");
        assert_eq!(zone.civil(1_792_890_000).full(), "25/10/2026, 02:00");
        assert_eq!(zone.offset_name(1_792_889_999), "UTC+02:00");
        assert_eq!(zone.offset_name(1_792_890_000), "UTC+01:00");
    }

    #[test]
    fn offsets_west_of_utc_and_of_half_hours_are_told() {
        let zone = |offset| Zone { name: "x".into(), transitions: vec![(0, offset)] };
        assert_eq!(zone(-12_600).offset_name(0), "UTC-03:30");
        assert_eq!(zone(20_700).offset_name(0), "UTC+05:45");
    }

    #[test]
    fn header_dates_and_iso_instants_are_read() {
        assert_eq!(parse_imf_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(parse_imf_date("Sunday, 06-Nov-94 08:49:37 GMT"), None);
        assert_eq!(parse_rfc3339("2026-09-23T00:00:00.123456Z"), Some(1_790_121_600));
        assert_eq!(parse_rfc3339("2026-09-23T02:00:00+02:00"), Some(1_790_121_600));
        for bad in ["", "2026", "2026-13-01T00:00:00Z", "2026-09-23T0é:00:00Z"] {
            assert_eq!(parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn absurd_instants_are_told_without_a_panic() {
        for instant in [i64::MIN, -1, 0, LATEST, i64::MAX] {
            assert!(parse_rfc3339(&rfc3339(instant)).is_some());
            assert!(!berlin().civil(instant).full().is_empty());
        }
        let west = Zone { name: "x".into(), transitions: vec![(0, -12_600)] };
        assert_eq!(west.civil(0).0.year(), 1970);
        assert_eq!(berlin().civil(LATEST).0.year(), 9999);
        assert_eq!(days_hours_minutes(i64::MIN), (0, 0, 0));
    }
}
