//! The use of the last days: a sparkline and the average of each profile, and the document
//! of it.

use super::documents::{Body, ProfileHistory, UsedOfDay, Utc};
use super::words::profiles;
use super::{Message, ReplyContext, Table};
use crate::decimal::Decimal;
use crate::history::{DAYS, Day, Forecast, Past};
use crate::profile::Profile;
use crate::time::{DAY, Instant, iso_date};

/// The most profiles that are listed.
const MOST: usize = 40;

/// The heights of a sparkline, from nothing used on.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A day without a reading in it.
const NO_READING: char = '·';

/// The use of these profiles' long windows on the last days.
pub fn history<'a>(context: &ReplyContext, pasts: &[(&'a Profile, Option<&Past>)]) -> Message {
    let known: Vec<(&'a Profile, &Past)> = pasts
        .iter()
        .filter_map(|(profile, past)| Some((*profile, (*past)?)))
        .filter(|(_, past)| !past.days(&context.zone, context.now).is_empty())
        .collect();
    let (text, table) = match known.as_slice() {
        [] => (nothing_yet(context), None),
        [(profile, past)] if pasts.len() == 1 => (of_one(context, profile, past), None),
        _ => (of_several(context, &known, pasts.len()), Some(table(context, &known))),
    };
    let of = |(one, past): &(&'a Profile, &Past)| of_profile(context, &one.name, past);
    let message = context.message(text, |text| {
        context.json(Body::History {
            ok: true,
            history: known.iter().filter_map(of).collect(),
            suggested_user_message: text,
        })
    });
    Message { table: table.filter(|_| context.screen.is_none()), ..message }
}

/// The history of a profile, where there are days of it.
pub(super) fn of_profile<'a>(
    context: &ReplyContext,
    profile: &'a str,
    past: &Past,
) -> Option<ProfileHistory<'a>> {
    let days = past.days(&context.zone, context.now);
    let used = |day: &Day| UsedOfDay { date: iso_date(day.day), used_percent: day.used() };
    (!days.is_empty()).then(|| ProfileHistory {
        profile,
        days: days.iter().map(used).collect(),
        resets: past.resets(context.now).into_iter().map(Utc).collect(),
    })
}

fn nothing_yet(context: &ReplyContext) -> String {
    let all = context.command("usage", "all");
    say!(
        context,
        "No history yet. Every check adds to it; it needs two checks a few hours apart. Check now: {all}",
        "还没有历史记录。每次检查都会记录用量，相隔几小时检查两次之后才能看到。现在检查：{all}"
    )
}

fn of_one(context: &ReplyContext, profile: &Profile, past: &Past) -> String {
    let (name, label) = (&profile.name, context.length(past.seconds));
    let mut lines = vec![
        say!(
            context,
            "{name} · daily use of its {label}, last {DAYS} days",
            "{name} · 最近 {DAYS} 天每天用掉的{label}"
        ),
        sparkline(context, past),
        average(context, past, &label),
    ];
    let today = context.zone.civil(context.now).day();
    let days = past.days(&context.zone, context.now);
    let used = days.iter().find(|day| day.day == today).map(|day| rounded(day.used()));
    lines.extend(used.map(|used| say!(context, "Today so far: {used}%", "今天到目前：{used}%")));
    let resets = past.resets(context.now);
    if !resets.is_empty() {
        let date = |at: &Instant| context.short_day(&context.zone.civil(*at));
        let resets: Vec<String> = resets.iter().map(date).collect();
        let list = context.list(&resets);
        lines.push(say!(context, "Resets: {list}", "重置：{list}"));
    }
    lines.join("\n")
}

/// `On average 11% a day; at that pace the week lasts until Sat 09:00.`
fn average(context: &ReplyContext, past: &Past, label: &str) -> String {
    let Some(daily) = past.daily(&context.zone, context.now) else {
        return context.say(
            "Too few days for an average: it needs three full days.",
            "天数还太少，算不出平均值：至少需要三整天。",
        );
    };
    let used = rounded(daily.used);
    match past.forecast(&daily, context.now) {
        Some(Forecast::EmptyAt(at)) => {
            let clock = context.clock_within(at);
            say!(
                context,
                "On average {used}% a day; at that pace the {label} lasts until {clock}.",
                "平均每天 {used}%，照此速度{label}可用到{clock}。"
            )
        }
        Some(Forecast::Left(left, resets_at)) => {
            let (left, clock) = (rounded(left), context.clock_within(resets_at));
            say!(
                context,
                "On average {used}% a day; at that pace {left}% is left at the reset {clock}.",
                "平均每天 {used}%，照此速度到{clock} 重置时还剩 {left}%。"
            )
        }
        None => say!(context, "On average {used}% a day.", "平均每天 {used}%。"),
    }
}

fn title(context: &ReplyContext) -> String {
    say!(
        context,
        "Daily use, last {DAYS} days (today on the right)",
        "最近 {DAYS} 天每天的用量（最右边是今天）"
    )
}

/// The lines of the profiles as a table: they are the second paragraph.
fn table(context: &ReplyContext, known: &[(&Profile, &Past)]) -> Table {
    let row = |(profile, past): &(&Profile, &Past)| {
        let average = context.joined(&short_average(context, past));
        vec![profile.name.clone(), sparkline(context, past), average]
    };
    Table {
        caption: title(context),
        headers: vec![
            "profile".to_owned(),
            say!(context, "last {DAYS} days", "最近 {DAYS} 天"),
            context.say("average", "平均"),
        ],
        rows: known.iter().take(MOST).map(row).collect(),
        paragraph: 1,
    }
}

fn of_several(context: &ReplyContext, known: &[(&Profile, &Past)], all: usize) -> String {
    let line = |(profile, past): &(&Profile, &Past)| {
        let line = format!("{} {}", sparkline(context, past), profile.name);
        context.joined(&[vec![line], short_average(context, past)].concat())
    };
    let mut lines = vec![title(context), String::new()];
    lines.extend(context.at_most(MOST, known.iter().map(line).collect()));
    let without = all - known.len();
    if without > 0 {
        let plural = profiles(without);
        lines.push(say!(
            context,
            "\nNo history yet: {without} {plural}",
            "\n还没有历史记录：{without} 个"
        ));
    }
    lines.join("\n")
}

/// `11% a day`, `lasts until Sat 09:00`
fn short_average(context: &ReplyContext, past: &Past) -> Vec<String> {
    let Some(daily) = past.daily(&context.zone, context.now) else {
        return vec![context.say("too few days", "天数太少")];
    };
    let used = rounded(daily.used);
    let mut said = vec![say!(context, "{used}% a day", "每天 {used}%")];
    said.extend(past.forecast(&daily, context.now).map(|forecast| match forecast {
        Forecast::EmptyAt(at) => {
            let clock = context.clock_within(at);
            say!(context, "lasts until {clock}", "可用到{clock}")
        }
        Forecast::Left(left, resets_at) => {
            let (left, clock) = (rounded(left), context.clock(resets_at));
            say!(context, "{left}% left at the reset {clock}", "{clock} 重置时还剩 {left}%")
        }
    }));
    said
}

/// A character for each of the last days, today at the end: as high as the day's share of
/// the busiest one, or of even use where no day had more.
fn sparkline(context: &ReplyContext, past: &Past) -> String {
    let days = past.days(&context.zone, context.now);
    let today = context.zone.civil(context.now).day();
    let hundredths = |day: &Day| day.used().hundredths();
    let busiest = days.iter().map(hundredths).max().unwrap_or_default();
    let most = busiest.max(10_000 * DAY / past.seconds).max(1);
    let height = |number: i64| {
        let day = days.iter().find(|day| day.day == number)?;
        let steps = hundredths(day) * 7 + most - 1;
        let step = usize::try_from(steps / most).unwrap_or_default();
        HEIGHTS.get(step.min(7)).copied()
    };
    (today - DAYS + 1..=today).map(|day| height(day).unwrap_or(NO_READING)).collect()
}

/// A percentage without its fraction; below one `<1`.
pub(super) fn rounded(percent: Decimal) -> String {
    match percent.hundredths() {
        0 => "0".to_owned(),
        1..100 => "<1".to_owned(),
        hundredths => ((hundredths + 50) / 100).to_string(),
    }
}
