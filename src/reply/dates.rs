//! Times and spans of time in words.

use super::{Locale, ReplyContext};
use crate::time::{Civil, Instant, Span};

impl ReplyContext {
    /// `3h 41m`
    pub(super) fn span(&self, seconds: i64) -> String {
        let Span { days, hours, minutes } = Span::of_seconds(seconds);
        match (days, hours, minutes) {
            (0, 0, 0) => self.say("<1m", "<1 分钟"),
            (0, 0, m) => say!(self, "{m}m", "{m} 分钟"),
            (0, h, 0) => say!(self, "{h}h", "{h} 小时"),
            (0, h, m) => say!(self, "{h}h {m}m", "{h} 小时 {m} 分钟"),
            (d, 0, _) => say!(self, "{d}d", "{d} 天"),
            (d, h, _) => say!(self, "{d}d {h}h", "{d} 天 {h} 小时"),
        }
    }

    /// `23:21` today, `Sat 18:44` up to six days ahead, `Sun 6 Dec` beyond; with the offset
    /// where it is not the one of now.
    pub(super) fn clock(&self, at: Instant) -> String {
        let civil = self.zone.civil(at);
        let is_near = (0..=6).contains(&self.days_ahead(&civil));
        if is_near { self.clock_and_time(at) } else { self.day(&civil) }
    }

    /// [`clock`](Self::clock), with the time of day on a far day, too: `Sun 6 Dec 15:59`.
    pub(super) fn clock_and_time(&self, at: Instant) -> String {
        let civil = self.zone.civil(at);
        let time = civil.time() + &self.other_offset(at);
        match self.days_ahead(&civil) {
            0 => time,
            1..=6 => format!("{} {time}", self.weekday(&civil)),
            _ => format!("{} {time}", self.day(&civil)),
        }
    }

    /// [`clock`](Self::clock) inside a sentence: behind Chinese text a number takes a space
    /// before it, a weekday none.
    pub(super) fn clock_within(&self, at: Instant) -> String {
        let clock = self.clock(at);
        let is_number = clock.starts_with(|c: char| c.is_ascii_digit());
        if is_number { say!(self, "{clock}", " {clock}") } else { clock }
    }

    fn days_ahead(&self, civil: &Civil) -> i64 {
        civil.days_since(&self.zone.civil(self.now))
    }

    /// `Sun 6 Dec`, and the year where it is not the one of now.
    fn day(&self, civil: &Civil) -> String {
        let (year, ..) = civil.date();
        let (weekday, date) = (self.weekday(civil), self.short_day(civil));
        if year == self.zone.civil(self.now).date().0 {
            return say!(self, "{weekday} {date}", "{date}");
        }
        say!(self, "{weekday} {date} {year}", "{year}年{date}")
    }

    /// `6 Dec`
    pub(super) fn short_day(&self, civil: &Civil) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (_, number, date) = civil.date();
        let month = MONTHS[number - 1];
        say!(self, "{date} {month}", "{number}月{date}日")
    }

    fn weekday(&self, civil: &Civil) -> &'static str {
        let days = match self.locale {
            Locale::En => ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
            Locale::Zh => ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
        };
        days[civil.weekday()]
    }

    /// `22/11/2026, 23:21`, with the offset where it is not the one of now.
    pub(super) fn full(&self, at: Instant) -> String {
        self.zone.civil(at).full() + &self.other_offset(at)
    }

    fn other_offset(&self, at: Instant) -> String {
        if self.zone.offset_at(at) == self.zone.offset_at(self.now) {
            return String::new();
        }
        format!(" ({})", self.zone.offset_name(at))
    }

    pub(super) fn ago(&self, at: Instant) -> String {
        self.span(self.now - at)
    }

    pub(super) fn left_until(&self, at: Instant) -> String {
        self.span(at - self.now)
    }

    /// `resets 23:21, in 3h 41m`
    pub(super) fn resets(&self, at: Instant) -> String {
        let (clock, left) = (self.clock_and_time(at), self.left_until(at));
        say!(self, "resets {clock}, in {left}", "{clock} 重置（还有 {left}）")
    }

    /// `back Sat 18:44`
    pub(super) fn back(&self, at: Instant) -> String {
        let clock = self.clock(at);
        say!(self, "back {clock}", "{clock} 恢复")
    }

    /// `Sun 22 Nov, 19:40`: in a terminal with the zone.
    pub(super) fn date(&self) -> String {
        let civil = self.zone.civil(self.now);
        let (day, weekday, time) = (self.day(&civil), self.weekday(&civil), civil.time());
        let date = say!(self, "{day}, {time}", "{day} {weekday} {time}");
        let zone = match self.zone.name.as_str() {
            _ if self.screen.is_none() => return date,
            "" => self.zone.offset_name(self.now),
            name => name.to_owned(),
        };
        say!(self, "{date} ({zone})", "{date}（{zone}）")
    }
}
