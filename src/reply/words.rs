//! Shared vocabulary: numbers, verdicts, lists, windows and times, in English and in Chinese.

use std::borrow::Borrow;
use std::fmt;

use super::{Locale, ReplyContext};
use crate::decimal::Decimal;
use crate::rotation::Tier;
use crate::time::{Civil, Instant, days_hours_minutes};
use crate::usage::{Role, UsageWindow, WindowState, is_about};

/// A sentence in English and in Chinese with something to fill in: only the one of the
/// reply's language is put together. [`ReplyContext::say`] says one that is complete. Every
/// file below uses it, so it is in scope without an import.
macro_rules! say {
    ($context:expr, $en:literal, $zh:literal) => {
        $context.filled(format_args!($en), format_args!($zh))
    };
}

impl ReplyContext {
    /// The first few, and how many more there are.
    pub(super) fn some_of(&self, said: Vec<String>) -> String {
        self.joined(&self.at_most(MOST_NAMED, said))
    }

    /// The first of these lines, and how many more there are.
    pub(super) fn at_most(&self, most: usize, mut lines: Vec<String>) -> Vec<String> {
        let more = lines.len().saturating_sub(most);
        lines.truncate(most);
        lines.extend((more > 0).then(|| say!(self, "… and {more} more", "……另有 {more} 个")));
        lines
    }

    /// Facts side by side. Behind a full-width bracket no space is needed.
    pub(super) fn joined(&self, facts: &[String]) -> String {
        let line = facts.join(" · ");
        match self.locale {
            Locale::En => line,
            Locale::Zh => line.replace("） · ", "）· "),
        }
    }

    /// A sentence in English and in Chinese.
    pub(super) fn say(&self, en: &str, zh: &str) -> String {
        match self.locale {
            Locale::En => en.to_owned(),
            Locale::Zh => zh.to_owned(),
        }
    }

    /// `Plan: Pro`: a fact behind its name.
    pub(super) fn named(&self, en: &str, zh: &str, fact: &str) -> String {
        say!(self, "{en}: {fact}", "{zh}：{fact}")
    }

    // Every sentence calls this: one copy is enough.
    #[inline(never)]
    pub(super) fn filled(&self, en: fmt::Arguments<'_>, zh: fmt::Arguments<'_>) -> String {
        fmt::format(match self.locale {
            Locale::En => en,
            Locale::Zh => zh,
        })
    }

    pub(super) fn list(&self, names: &[impl Borrow<str>]) -> String {
        names.join(match self.locale {
            Locale::En => ", ",
            Locale::Zh => "、",
        })
    }

    /// `67`, `0.4`, `<0.1`: never zero while something is left, never all of it
    /// while something is gone.
    pub(super) fn percent(&self, percent: Decimal) -> String {
        let hundredths = percent.hundredths();
        match (hundredths + 5) / 10 {
            0 if hundredths > 0 => "<0.1".to_owned(),
            1000 if hundredths < 10_000 => "99.9".to_owned(),
            tenths if tenths % 10 == 0 => (tenths / 10).to_string(),
            tenths => format!("{}.{}", tenths / 10, tenths % 10),
        }
    }

    /// `412`, and below one `0.5`.
    pub(super) fn whole(&self, amount: Decimal) -> String {
        match amount.trunc() {
            0 => amount.to_text(),
            whole => whole.to_string(),
        }
    }

    pub(super) fn tier_word(&self, tier: Tier) -> String {
        match tier {
            Tier::Ready => self.say("ready", "可用"),
            Tier::Low => self.say("nearly used up", "即将用完"),
            Tier::Unknown => self.say("unknown", "不明"),
            Tier::Overage => self.say("costs credits", "会扣 credits"),
            Tier::Wait => self.say("waiting", "等待中"),
            Tier::Broken => self.say("broken", "已失效"),
        }
    }

    /// `2 of 6 ready`
    pub(super) fn ready_of(&self, ready: usize, all: usize) -> String {
        say!(self, "{ready} of {all} ready", "{all} 个中 {ready} 个可用")
    }

    /// The first names, and how many more there are.
    pub(super) fn shortened(&self, names: &[impl Borrow<str>]) -> String {
        let most = names.len().min(MOST_NAMES);
        let list = self.list(&names[..most]);
        match names.len() - most {
            0 => list,
            more => say!(self, "{list} and {more} more", "{list}，另有 {more} 个"),
        }
    }

    /// `5h`, `week`, `3h`, `2d`: for a row.
    pub(super) fn label(&self, window: &UsageWindow) -> String {
        let short = |seconds| self.short_length(seconds);
        window.length_seconds.map_or_else(|| self.long_label(window), short)
    }

    /// [`label`](Self::label) of a window that only its length tells.
    pub(super) fn short_length(&self, seconds: i64) -> String {
        match Role::of_length(seconds) {
            Role::Session => self.say("5h", "5 小时"),
            Role::Weekly | Role::Monthly => self.length(seconds),
            Role::Other => self.count_of_units(seconds),
        }
    }

    /// `5 hours`, `week`: for a sentence or the head of a column.
    pub(super) fn long_label(&self, window: &UsageWindow) -> String {
        let long = |seconds| self.length(seconds);
        window.length_seconds.map_or_else(|| self.say("window", "额度"), long)
    }

    /// [`long_label`](Self::long_label) of a window that only its length tells.
    pub(super) fn length(&self, seconds: i64) -> String {
        match Role::of_length(seconds) {
            Role::Session => self.say("5 hours", "5 小时额度"),
            Role::Weekly => self.say("week", "周额度"),
            Role::Monthly => self.say("month", "月额度"),
            Role::Other => {
                let length = self.count_of_units(seconds);
                say!(self, "{length}", "{length}额度")
            }
        }
    }

    fn count_of_units(&self, seconds: i64) -> String {
        let (count, unit, unit_zh) = length_units(seconds);
        say!(self, "{count}{unit}", "{count} {unit_zh}")
    }

    /// The words that `say` finds for a reset that lies ahead and can be believed, else
    /// the reason why there is none.
    pub(super) fn reset_or(&self, window: &UsageWindow, say: impl Fn(Instant) -> String) -> String {
        let (en, zh) = match (window.state, window.resets_at) {
            (_, None) => ("reset not reported", "重置时间未报告"),
            (WindowState::Running | WindowState::Assumed, Some(at)) => return say(at),
            (WindowState::NotStarted, _) => ("starts on first use", "首次使用后开始计时"),
            (WindowState::Due, _) => ("reset is due, check again", "已到重置时间，请再查一次"),
            (WindowState::Inconsistent, _) => {
                ("the reported reset time makes no sense", "报告的重置时间不合理")
            }
        };
        self.say(en, zh)
    }

    /// `3h 41m`
    pub(super) fn span(&self, seconds: i64) -> String {
        match days_hours_minutes(seconds) {
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

/// The most items that one line lists.
const MOST_NAMED: usize = 5;

/// The most names that a sentence lists.
const MOST_NAMES: usize = 12;

/// A sentence with a capital letter at its beginning; a command stays as it is typed.
pub(super) fn capitalised(text: &str) -> String {
    if text.starts_with("codex-profiler ") {
        return text.to_owned();
    }
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

/// One profile, two profiles.
pub(super) fn profiles(count: usize) -> &'static str {
    if count == 1 { "profile" } else { "profiles" }
}

/// The sign of a tier.
pub(super) fn tier_sign(tier: Tier) -> &'static str {
    match tier {
        Tier::Ready => "✅",
        Tier::Low => "🟡",
        Tier::Unknown => "❓",
        Tier::Overage => "💳",
        Tier::Wait => "⏳",
        Tier::Broken => "❌",
    }
}

/// `3h`, `24h`, `2d`, `90m`
pub(super) fn length_label(seconds: i64) -> String {
    let (count, unit, _) = length_units(seconds);
    format!("{count}{unit}")
}

fn length_units(seconds: i64) -> (i64, &'static str, &'static str) {
    // A length that was reported a minute short is the round one.
    let hours = (seconds + 1800) / 3600 * 3600;
    let seconds = if hours > 0 && is_about(seconds, hours) { hours } else { seconds };
    match seconds {
        s if s % 86_400 == 0 && s >= 172_800 => (s / 86_400, "d", "天"),
        s if s % 3600 == 0 => (s / 3600, "h", "小时"),
        s if s >= 172_800 => ((s + 43_200) / 86_400, "d", "天"),
        s if s >= 60 => ((s + 30) / 60, "m", "分钟"),
        s => (s, "s", "秒"),
    }
}
