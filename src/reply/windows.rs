//! Usage windows in words: labels and resets.

use super::ReplyContext;
use crate::time::Instant;
use crate::usage::{Role, UsageWindow, WindowState};

impl ReplyContext {
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
}

/// `3h`, `24h`, `2d`, `90m`
pub(super) fn length_label(seconds: i64) -> String {
    let (count, unit, _) = length_units(seconds);
    format!("{count}{unit}")
}

fn length_units(seconds: i64) -> (i64, &'static str, &'static str) {
    match seconds {
        s if s % 86_400 == 0 && s >= 172_800 => (s / 86_400, "d", "天"),
        s if s % 3600 == 0 => (s / 3600, "h", "小时"),
        s if s >= 172_800 => ((s + 43_200) / 86_400, "d", "天"),
        s if s >= 60 => ((s + 30) / 60, "m", "分钟"),
        s => (s, "s", "秒"),
    }
}
