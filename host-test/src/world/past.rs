//! The made-up use of four weeks, in the form that the component keeps its history in.

use serde_json::{Value, json};

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// Days that a history has.
const DAYS: i64 = 28;

/// The use of each day of a week, from Thursday on, in hundredths of a percent.
const USUAL: [i64; 7] = [1900, 1400, 400, 200, 1300, 1700, 1500];

/// The week of a profile as it is now.
#[derive(Clone, Copy)]
pub(super) struct Week {
    /// Percent.
    pub(super) used: i64,
    /// Seconds.
    pub(super) resets_in: i64,
}

/// The history at `now` of profiles whose weeks these are, by the component's key of each.
pub(super) fn history(weeks: &[(&str, Week)], now: i64) -> Vec<u8> {
    let pasts = (0..).zip(weeks).map(|(place, (key, week))| past(key, *week, place, now));
    let profiles: Vec<Value> = pasts.collect();
    json!({ "version": 1, "profiles": profiles }).to_string().into_bytes()
}

/// The past of one profile. One that comes later is used less, and on other days.
fn past(key: &str, week: Week, place: i64, now: i64) -> Value {
    let resets_at = now + week.resets_in;
    let (began, today) = (resets_at - WEEK, now / DAY);
    // What is used of this week was used alike on each of its days.
    // A day more on either side: somewhere it is yesterday or tomorrow already.
    let this_week = began / DAY..=today + 1;
    let so_far = week.used * 100 / (today - began / DAY + 1);
    let days = (today - DAYS..=today + 1).map(|day| {
        let usual = USUAL[usize::try_from((day + 3 * place) % 7).unwrap_or_default()];
        let usual = usual * (10 - 2 * place) / 10;
        let used = if this_week.contains(&day) { so_far } else { usual };
        json!({ "day": day, "used": used })
    });
    let resets = [3, 2, 1, 0].map(|weeks| began - weeks * WEEK);
    json!({
        "key": key,
        "seconds": WEEK,
        "last": { "at": now - 3600, "used": week.used * 100, "resets_at": resets_at },
        "days": days.collect::<Vec<_>>(),
        "resets": resets,
    })
}
