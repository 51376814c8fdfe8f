//! Instants, time zones and durations as the user reads them. No clock is read
//! here: `now` and the zone are arguments.

/// Seconds since the Unix epoch, UTC.
pub type Instant = i64;

/// The last second of the year 9999: what lies beyond is not a time anybody meant.
pub const LATEST: Instant = 253_402_300_799;

/// An hour, in seconds.
pub const HOUR: i64 = 3600;

/// A day, in seconds.
pub const DAY: i64 = 24 * HOUR;

/// A time zone as plain numbers, as the host lends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The zone's name, `Europe/Berlin`.
    pub name: String,
    /// From when on which offset holds, in seconds east of UTC, oldest first.
    pub transitions: Vec<(Instant, i32)>,
}

impl Zone {
    /// Seconds east of UTC at `instant`. Before the first transition the first
    /// offset holds; without any, UTC.
    pub fn offset_at(&self, instant: Instant) -> i32 {
        let later = self
            .transitions
            .partition_point(|(from, _)| *from <= instant);
        let index = later.saturating_sub(1);
        let offset = self.transitions.get(index).map_or(0, |(_, offset)| *offset);
        offset.clamp(-93_599, 93_599)
    }

    /// `instant` on the wall clock of this zone, within the years that four digits tell.
    pub fn civil(&self, instant: Instant) -> Civil {
        let local = instant.clamp(0, LATEST) + i64::from(self.offset_at(instant));
        Civil::from_seconds(local.clamp(0, LATEST))
    }

    /// `UTC+01:00`, the offset that holds at `instant`.
    pub fn offset_name(&self, instant: Instant) -> String {
        format!("UTC{}", offset_text(self.offset_at(instant)))
    }

    /// RFC 3339 with the offset: `2026-11-22T23:21:00+01:00`.
    pub fn rfc3339(&self, instant: Instant) -> String {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = self.civil(instant);
        let offset = offset_text(self.offset_at(instant));
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}")
    }
}

fn offset_text(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A date and time on a wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// The year, four digits.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 is Sunday.
    pub weekday: usize,
}

impl Civil {
    fn from_seconds(seconds: i64) -> Self {
        let days = seconds.div_euclid(DAY);
        let rest = seconds.rem_euclid(DAY) as u32;
        let (year, month, day) = date_of(days);
        Self {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 4).rem_euclid(7) as usize,
        }
    }

    /// Whether both are on the same day.
    pub fn same_day(&self, other: &Civil) -> bool {
        (self.year, self.month, self.day) == (other.year, other.month, other.day)
    }

    /// `22/11/2026, 19:40`
    pub fn full(&self) -> String {
        format!("{}/{:04}, {}", self.day_and_month(), self.year, self.time())
    }

    /// As short as it can be said on the day of `today`: `23:21`, `29/11 18:10`
    /// or, in another year, `03/01/2027 18:10`.
    pub fn short(&self, today: &Civil) -> String {
        if self.same_day(today) {
            self.time()
        } else if self.year == today.year {
            format!("{} {}", self.day_and_month(), self.time())
        } else {
            format!("{}/{:04} {}", self.day_and_month(), self.year, self.time())
        }
    }

    /// `22/11`
    pub fn day_and_month(&self) -> String {
        format!("{:02}/{:02}", self.day, self.month)
    }

    /// `23:21`
    pub fn time(&self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }
}

// Days of the proleptic Gregorian calendar in eras of 400 years, as Howard
// Hinnant describes it: years begin in March, so that the leap day comes last.
fn date_of(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * march + 2) / 5 + 1) as u32;
    let month = if march < 10 { march + 3 } else { march - 9 } as u32;
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn days_of(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let march = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let of_year = (153 * march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn instant_of(date: (u32, u32, u32), time: (u32, u32, u32)) -> Option<Instant> {
    let (year, month, day) = date;
    let (hour, minute, second) = time;
    let sane = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    sane.then(|| {
        days_of(i64::from(year), month, day) * DAY
            + i64::from(hour * 3600 + minute * 60 + second.min(59))
    })
}

/// Reads an RFC 3339 instant, `2026-09-23T00:00:00.123456Z` or with an offset.
pub fn parse_rfc3339(text: &str) -> Option<Instant> {
    let (date, time) = text.trim().split_once(['T', 't', ' '])?;
    let (time, zone) = time.split_at_checked(8)?;
    let zone = zone.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let instant = instant_of(three_numbers(date, '-')?, three_numbers(time, ':')?)?;
    Some(instant - parse_offset(zone)?)
}

fn three_numbers(text: &str, between: char) -> Option<(u32, u32, u32)> {
    let mut parts = text.splitn(3, between);
    let mut number = || parts.next()?.parse().ok();
    Some((number()?, number()?, number()?))
}

fn parse_offset(text: &str) -> Option<i64> {
    let mut text = text.chars();
    let sign = match text.next() {
        None | Some('Z' | 'z') => return Some(0),
        Some('+') => 1,
        Some('-') => -1,
        Some(_) => return None,
    };
    let (hours, minutes) = text.as_str().split_once(':')?;
    let part = |text: &str| u8::try_from(text.parse::<u32>().ok()?).ok();
    Some(sign * (i64::from(part(hours)?) * 3600 + i64::from(part(minutes)?) * 60))
}

/// Reads the date of an HTTP header, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn parse_imf_date(text: &str) -> Option<Instant> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, rest) = text.trim().split_once(',')?;
    let mut words = rest.strip_prefix(' ')?.split(' ');
    let day = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u32 + 1;
    let year = words.next()?.parse().ok()?;
    let time = three_numbers(words.next()?, ':')?;
    (words.next() == Some("GMT")).then_some(())?;
    instant_of((year, month, day), time)
}

/// A span of time cut into the units people say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Whole days.
    pub days: i64,
    /// Whole hours beside the days.
    pub hours: i64,
    /// Whole minutes beside the hours.
    pub minutes: i64,
}

impl Span {
    /// Cuts `seconds`; negative spans are zero.
    pub fn of_seconds(seconds: i64) -> Self {
        let seconds = seconds.max(0);
        Self {
            days: seconds / DAY,
            hours: seconds % DAY / 3600,
            minutes: seconds % 3600 / 60,
        }
    }
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
        assert_eq!(civil.weekday, 0);
        assert_eq!(berlin().rfc3339(1_795_372_800), "2026-11-22T19:40:00+01:00");
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
        let zone = |offset| Zone {
            name: "x".into(),
            transitions: vec![(0, offset)],
        };
        assert_eq!(zone(-12_600).offset_name(0), "UTC-03:30");
        assert_eq!(zone(20_700).offset_name(0), "UTC+05:45");
    }

    #[test]
    fn header_dates_and_iso_instants_are_read() {
        assert_eq!(
            parse_imf_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777)
        );
        assert_eq!(parse_imf_date("Sunday, 06-Nov-94 08:49:37 GMT"), None);
        assert_eq!(
            parse_rfc3339("2026-09-23T00:00:00.123456Z"),
            Some(1_790_121_600)
        );
        assert_eq!(
            parse_rfc3339("2026-09-23T02:00:00+02:00"),
            Some(1_790_121_600)
        );
        for bad in ["", "2026", "2026-13-01T00:00:00Z", "2026-09-23T0é:00:00Z"] {
            assert_eq!(parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_day_of_two_centuries_survives_the_round_trip() {
        for days in 0..73_000 {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
    }

    #[test]
    fn absurd_instants_are_told_without_a_panic() {
        for instant in [i64::MIN, -1, 0, LATEST, i64::MAX] {
            assert!(!berlin().rfc3339(instant).is_empty());
        }
        let west = Zone {
            name: "x".into(),
            transitions: vec![(0, -12_600)],
        };
        assert_eq!(west.civil(0).year, 1970);
        assert_eq!(berlin().civil(LATEST).year, 9999);
        assert_eq!(Span::of_seconds(i64::MIN).days, 0);
    }
}
