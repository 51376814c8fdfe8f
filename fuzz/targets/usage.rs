//! Any answer of the usage endpoint.

#![no_main]

use codex_profiler::decimal::Decimal;
use codex_profiler::pace::pace;
use codex_profiler::time::LATEST;
use codex_profiler::usage::{Amount, Quota, RateLimit, UsageSnapshot, read_response};
use fuzz::{CANARY, answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut answer = answer(input);
    let outcome = read_response(&answer);
    match &outcome {
        Ok(usage) => check(usage),
        Err(error) => {
            assert!(error.retry_after().is_none_or(|s| (0..=3600).contains(&s)));
            assert!(error.resets_at().is_none_or(|at| (0..=LATEST).contains(&at)));
        }
    }
    // What no reader knows is counted, and nothing of it kept.
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if let (Ok(mut usage), Some(rest)) = (outcome, text.trim_start().strip_prefix('{')) {
        let comma = match rest.trim_start().starts_with('}') {
            true => "",
            false => ",",
        };
        let canaries = format!(r#"{{"email":"{CANARY}@example.invalid","{CANARY}":["{CANARY}"]"#);
        usage.unknown_fields += usize::from(!text.contains(CANARY));
        answer.body = format!("{canaries}{comma}{rest}").into_bytes();
        let read = read_response(&answer);
        assert!(text.contains(CANARY) || read == Ok(usage), "{read:?}");
    }
});

fn check(usage: &UsageSnapshot) {
    if let RateLimit::Reported(quota) = &usage.rate_limit {
        check_quota(quota, usage.as_of);
    }
    for pool in &usage.additional {
        check_quota(&pool.quota, usage.as_of);
        check_word(&pool.name);
    }
    usage.models.iter().for_each(|model| check_word(&model.model));
    assert!(usage.models.len() <= 32 && usage.additional.len() <= 32);
    if let Some(plan) = &usage.plan {
        check_word(&plan.name);
        assert!(!plan.label.is_empty() && plan.label.is_ascii() && plan.label.len() <= 80);
    }
    if let Some(limit) = usage.spend.as_ref().and_then(|spend| spend.limit.as_ref()) {
        assert!(limit.remaining_percent.is_none_or(is_percent));
        assert!(limit.resets_at.is_none_or(|at| (0..=LATEST).contains(&at)));
        limit.limit.iter().chain(&limit.remaining).for_each(check_amount);
    }
    let credits = usage.credits.iter();
    credits.filter_map(|credits| credits.balance.as_ref()).for_each(check_amount);
}

fn check_quota(quota: &Quota, as_of: i64) {
    assert!(quota.windows.len() <= 32);
    let length = |at: usize| quota.windows[at].length_seconds.unwrap_or(i64::MAX);
    assert!((1..quota.windows.len()).all(|at| length(at - 1) <= length(at)), "not sorted");
    for window in &quota.windows {
        assert!(window.used_percent.is_none_or(is_percent), "{window:?}");
        assert!(window.remaining_percent().is_none_or(is_percent), "{window:?}");
        assert!(window.resets_at.is_none_or(|at| (0..=LATEST).contains(&at)), "{window:?}");
        assert!(window.length_seconds.is_none_or(|length| length > 0), "{window:?}");
        if let Some(pace) = pace(window, as_of) {
            assert!(is_percent(pace.even_left) && is_percent(pace.left_at_reset), "{pace:?}");
            let ends = pace.runs_out_at.zip(window.resets_at);
            assert!(ends.is_none_or(|(end, reset)| (as_of..reset).contains(&end)), "{pace:?}");
        }
    }
}

fn is_percent(percent: Decimal) -> bool {
    (Decimal::ZERO..=Decimal::HUNDRED).contains(&percent)
}

fn check_word(word: &str) {
    assert!(!word.is_empty() && word.chars().count() <= 64, "{word:?}");
    assert!(!word.chars().any(char::is_control), "{word:?}");
}

/// Its digits go into documents as they are.
fn check_amount(amount: &Amount) {
    let number = serde_json::from_str::<serde_json::Number>(&amount.digits);
    assert!(number.is_ok(), "{amount:?}");
    assert!(amount.digits.len() <= 64, "{amount:?}");
}
