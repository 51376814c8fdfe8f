//! Times and spans of time in words.

use super::ReplyContext;
use super::words::say;
use crate::time::{Instant, Span};

impl ReplyContext {
    /// `3h 41m`
    pub(super) fn span(&self, span: Span) -> String {
        let Span {
            days,
            hours,
            minutes,
        } = span;
        match (days, hours, minutes) {
            (0, 0, 0) => say!(self, "<1m", "<1 分钟"),
            (0, 0, m) => say!(self, "{m}m", "{m} 分钟"),
            (0, h, 0) => say!(self, "{h}h", "{h} 小时"),
            (0, h, m) => say!(self, "{h}h {m}m", "{h} 小时 {m} 分钟"),
            (d, 0, _) => say!(self, "{d}d", "{d} 天"),
            (d, h, _) => say!(self, "{d}d {h}h", "{d} 天 {h} 小时"),
        }
    }

    /// `23:21`, with the offset where it is not the one of now.
    pub(super) fn clock(&self, at: Instant) -> String {
        let clock = self.zone.civil(at).short(&self.zone.civil(self.now));
        clock + &self.other_offset(at)
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

    pub(super) fn left_until(&self, at: Instant) -> String {
        self.span(Span::of_seconds(at - self.now))
    }

    /// `23:21, in 3h 41m`
    fn point(&self, at: Instant) -> String {
        let (clock, left) = (self.clock(at), self.left_until(at));
        say!(self, "{clock}, in {left}", "{clock}（{left}后）")
    }

    pub(super) fn resets(&self, at: Instant) -> String {
        let point = self.point(at);
        say!(self, "resets {point}", "重置 {point}")
    }

    /// `Sun 22/11/2026, 19:40 (Europe/Berlin, UTC+01:00)`
    pub(super) fn date(&self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const DAYS_ZH: [&str; 7] = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];
        let civil = self.zone.civil(self.now);
        let offset = self.zone.offset_name(self.now);
        let zone = match self.zone.name.as_str() {
            "" => offset,
            "UTC" => "UTC".to_owned(),
            name => format!("{name}, {offset}"),
        };
        let full = civil.full();
        let (day, day_zh) = (DAYS[civil.weekday()], DAYS_ZH[civil.weekday()]);
        say!(self, "{day} {full} ({zone})", "{day_zh} {full}（{zone}）")
    }
}
