//! The words below a watch.

use std::time::Duration;

use jiff::{SignedDuration, Zoned};

use super::{Strain, WatchPlan};
use crate::cli::args::Until;
use crate::contract::commands::{Locale, StrainKind};

/// A time of day that is so far away, with its day where that is another.
pub(super) fn shown_time(locale: Locale, now: &Zoned, left: Duration) -> String {
    let then = SignedDuration::try_from(left).ok();
    let then = then.and_then(|left| now.checked_add(left).ok());
    let then = then.unwrap_or_else(|| now.clone());
    let days = (then.date() - now.date()).get_days();
    let weekday = usize::try_from(then.weekday().to_monday_zero_offset()).unwrap_or(0);
    match (locale, days) {
        (_, 0) => then.strftime("%H:%M:%S").to_string(),
        (Locale::En, 1..=6) => then.strftime("%a %H:%M:%S").to_string(),
        (Locale::En, _) => then.strftime("%a %-d %b").to_string(),
        (Locale::Zh, 1..=6) => {
            let day = ["一", "二", "三", "四", "五", "六", "日"][weekday];
            format!("周{day} {}", then.strftime("%H:%M:%S"))
        }
        (Locale::Zh, _) => then.strftime("%-m月%-d日").to_string(),
    }
}

pub(super) fn says_next(locale: Locale, time: &str, strain: Option<Strain>) -> String {
    use StrainKind::{RateLimited, ServerError};
    let kind = strain.map(|strain| strain.kind);
    match (locale, kind) {
        (Locale::En, None) => format!("next check {time}"),
        (Locale::En, Some(RateLimited)) => format!("next check {time}, put off: rate limited"),
        (Locale::En, Some(ServerError)) => format!("next check {time}, put off: server error"),
        (Locale::Zh, None) => format!("下次检查 {time}"),
        (Locale::Zh, Some(RateLimited)) => format!("下次检查 {time}（请求过于频繁，已推迟）"),
        (Locale::Zh, Some(ServerError)) => format!("下次检查 {time}（服务器错误，已推迟）"),
    }
}

pub(super) fn says_now(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "checking now…",
        Locale::Zh => "正在检查……",
    }
}

/// Says what ends the watch.
pub(super) fn says_rest(locale: Locale, plan: &WatchPlan, ends_at: Option<String>) -> String {
    let until = plan.until.map(|until| match (locale, until) {
        (Locale::En, Until::Blocked) => "until all are blocked".to_owned(),
        (Locale::En, Until::Usable) => "until one is ready".to_owned(),
        (Locale::Zh, Until::Blocked) => "直到全部受限".to_owned(),
        (Locale::Zh, Until::Usable) => "直到有可用的".to_owned(),
    });
    let ends_at = ends_at.map(|time| match (locale, plan.until) {
        (Locale::En, Some(_)) => format!("gives up {time}"),
        (Locale::En, None) => format!("ends {time}"),
        (Locale::Zh, Some(_)) => format!("{time} 放弃"),
        (Locale::Zh, None) => format!("{time} 结束"),
    });
    let ctrl_c = match locale {
        Locale::En => "Ctrl-C ends",
        Locale::Zh => "Ctrl-C 结束",
    };
    let parts = until.into_iter().chain(ends_at);
    let parts: Vec<String> = parts.chain([ctrl_c.to_owned()]).collect();
    parts.join(" · ")
}

pub(super) fn says_gave_up(locale: Locale, until: Until, patience: Duration) -> String {
    let patience = SignedDuration::try_from(patience).unwrap_or(SignedDuration::MAX);
    match (locale, until) {
        (Locale::En, Until::Blocked) => {
            format!("gave up after {patience:#}: not all are known to be blocked")
        }
        (Locale::En, Until::Usable) => format!("gave up after {patience:#}: none is ready"),
        (Locale::Zh, Until::Blocked) => format!("{patience:#} 后放弃：未确认全部受限"),
        (Locale::Zh, Until::Usable) => format!("{patience:#} 后放弃：没有可用的 profile"),
    }
}
