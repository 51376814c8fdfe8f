//! Usage windows in words: labels and resets.

use super::words::say;
use super::{Locale, ReplyContext};
use crate::time::Instant;
use crate::usage::{Role, UsageWindow, WindowState};

impl ReplyContext {
    /// `5h`, `week`, `3h`, `2d`: for a row.
    pub(super) fn label(&self, window: &UsageWindow) -> String {
        self.short_label(window.role, window.length_seconds)
    }

    /// [`label`](Self::label) of a window that only its length tells.
    pub(super) fn short_length(&self, seconds: i64) -> String {
        self.short_label(Role::of_length(seconds), Some(seconds))
    }

    fn short_label(&self, role: Role, length_seconds: Option<i64>) -> String {
        match (role, length_seconds) {
            (Role::Session, _) => self.say("5h", "5 小时"),
            (Role::Weekly, _) => self.say("week", "周额度"),
            (Role::Monthly, _) => self.say("month", "月额度"),
            (Role::Other, None) => self.say("window", "额度"),
            (Role::Other, Some(seconds)) => match self.locale {
                Locale::En => length_label(seconds),
                Locale::Zh => length_label_zh(seconds),
            },
        }
    }

    /// `5 hours`, `week`: for a sentence or the head of a column.
    pub(super) fn long_label(&self, window: &UsageWindow) -> String {
        self.role_label(window.role, window.length_seconds)
    }

    /// [`long_label`](Self::long_label) of a window that only its length tells.
    pub(super) fn length(&self, seconds: i64) -> String {
        self.role_label(Role::of_length(seconds), Some(seconds))
    }

    fn role_label(&self, role: Role, length_seconds: Option<i64>) -> String {
        match (role, length_seconds) {
            (Role::Session, _) => self.say("5 hours", "5 小时额度"),
            (Role::Weekly, _) => self.say("week", "周额度"),
            (Role::Monthly, _) => self.say("month", "月额度"),
            (Role::Other, None) => self.say("window", "额度"),
            (Role::Other, Some(seconds)) => {
                let zh = length_label_zh(seconds);
                let en = length_label(seconds);
                say!(self, "{en}", "{zh}额度")
            }
        }
    }

    /// The words that `say` finds for a reset that lies ahead and can be believed, else
    /// the reason why there is none.
    pub(super) fn reset_or(&self, window: &UsageWindow, say: impl Fn(Instant) -> String) -> String {
        match (window.state, window.resets_at) {
            (_, None) => self.say("reset not reported", "重置时间未报告"),
            (WindowState::NotStarted, _) => self.say("starts on first use", "首次使用后开始计时"),
            (WindowState::Due, _) => {
                self.say("reset is due, check again", "已到重置时间，请再查一次")
            }
            (WindowState::Inconsistent, _) => {
                self.say("the reported reset time makes no sense", "报告的重置时间不合理")
            }
            (WindowState::Running | WindowState::Assumed, Some(at)) => say(at),
        }
    }
}

/// `3h`, `24h`, `2d`, `90m`
pub(super) fn length_label(seconds: i64) -> String {
    let (count, unit) = length_units(seconds);
    format!("{count}{unit}")
}

fn length_label_zh(seconds: i64) -> String {
    let (count, unit) = length_units(seconds);
    let unit = match unit {
        "d" => "天",
        "h" => "小时",
        "m" => "分钟",
        _ => "秒",
    };
    format!("{count} {unit}")
}

fn length_units(seconds: i64) -> (i64, &'static str) {
    match seconds {
        s if s % 86_400 == 0 && s >= 172_800 => (s / 86_400, "d"),
        s if s % 3600 == 0 => (s / 3600, "h"),
        s if s >= 172_800 => ((s + 43_200) / 86_400, "d"),
        s if s >= 60 => ((s + 30) / 60, "m"),
        s => (s, "s"),
    }
}
