//! Pools beside the ordinary quota, most of them for one model each.

use serde_json_borrow::Value;

use super::response::MOST_LISTED;
use super::value::{object, word};
use super::windows::quota;
use super::{Quota, UsageWindow, WindowState};
use crate::decimal::Decimal;
use crate::time::Instant;

/// A separate pool, as for code reviews: it does not limit the profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// The model that it serves, where it says so.
    pub model: Option<String>,
    /// Its permission and windows.
    pub quota: Quota,
}

impl Pool {
    /// Whether the server refuses its use.
    pub fn is_blocked(&self) -> bool {
        self.quota.is_refused()
    }

    /// Whether it can be used and something of it is left.
    pub fn is_open(&self) -> bool {
        let windows = &self.quota.windows;
        !self.is_blocked() && !windows.iter().any(UsageWindow::is_exhausted)
    }

    /// Whether it carries on with a model where the ordinary quota has ended.
    pub fn is_reserve(&self) -> bool {
        self.model.is_some() || self.name.to_ascii_lowercase().contains("reserve")
    }

    /// Whether it has windows, none of which was used or has started.
    pub fn is_untouched(&self) -> bool {
        let windows = &self.quota.windows;
        !windows.is_empty() && windows.iter().all(is_untouched)
    }

    /// When a blocked pool can be used again: the latest reset of what is exhausted.
    pub fn recovery_at(&self) -> Option<Instant> {
        let exhausted = self.quota.windows.iter().filter(|window| window.is_exhausted());
        let resets: Option<Vec<Instant>> = exhausted.map(UsageWindow::recovery_at).collect();
        resets?.into_iter().max()
    }
}

fn is_untouched(window: &UsageWindow) -> bool {
    // Only a reset inside a known length tells that its clock runs.
    let runs = window.state == WindowState::Running
        && window.resets_at.is_some()
        && window.length_seconds.is_some();
    window.used_percent == Some(Decimal::ZERO) && !runs
}

/// Reads every pool of an answer.
pub(super) fn pools(body: &Value<'_>, as_of: Instant) -> Vec<Pool> {
    let review = object(body.get("code_review_rate_limit")).map(|review| Pool {
        name: "code_review".to_owned(),
        model: None,
        quota: quota(review, as_of),
    });
    let listed = body.get("additional_rate_limits").as_array().into_iter().flatten();
    let listed = listed.filter_map(|about| pool(object(about)?, as_of));
    review.into_iter().chain(listed).take(MOST_LISTED).collect()
}

fn pool(about: &Value<'_>, as_of: Instant) -> Option<Pool> {
    // The limit's own name is for people, the feature's for machines.
    let names = [about.get("limit_name"), about.get("metered_feature")];
    let names = || names.into_iter().filter_map(Value::as_str);
    let model = about.get("normal_model_slug").as_str().and_then(word);
    let quota = quota(about.get("rate_limit"), as_of);
    // A pool that nobody can name may still be blocked.
    let nameless = || (quota != Quota::default()).then(|| "another pool".to_owned());
    let name = names().find_map(word).or_else(|| model.clone());
    let name = name.or_else(|| names().find_map(cleaned)).or_else(nameless)?;
    Some(Pool { name, model, quota })
}

/// An unusual name with dashes in place of its signs. None where it may hold an address
/// or a secret.
fn cleaned(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let parts = name.split(|c| !is_plain(c)).filter(|part| !part.is_empty());
    let words: Option<Vec<String>> = parts.map(word).collect();
    let words = words.filter(|_| !name.contains('@'))?;
    let cleaned: String = words.join("-").chars().take(40).collect();
    let is_named = cleaned.contains(|c: char| c.is_ascii_alphanumeric());
    is_named.then_some(cleaned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::usage::tests::{NOW, read};

    fn one(pool: Value) -> Pool {
        read(&json!({ "additional_rate_limits": [pool] })).additional.remove(0)
    }

    fn with(window: Value) -> Pool {
        one(
            json!({ "limit_name": "spark", "rate_limit": { "allowed": true, "primary_window": window } }),
        )
    }

    #[test]
    fn a_pool_may_be_blocked_without_a_window() {
        for limits in [
            json!({ "allowed": false, "primary_window": null }),
            json!({ "allowed": "false" }),
            json!({ "limit_reached": true }),
        ] {
            let pool = one(json!({ "metered_feature": "spark", "rate_limit": limits }));
            assert!(pool.is_blocked() && !pool.is_open(), "{limits}");
        }
        for limits in [json!(null), json!({}), json!({ "allowed": true })] {
            let pool = one(json!({ "limit_name": "spark", "rate_limit": limits }));
            assert!(!pool.is_blocked() && !pool.is_untouched(), "{limits}");
        }
    }

    #[test]
    fn a_pool_that_has_not_started_is_untouched() {
        let week = 604_800;
        for window in [
            json!({ "used_percent": 0, "limit_window_seconds": week, "reset_after_seconds": week }),
            json!({ "used_percent": 0, "limit_window_seconds": week }),
            json!({ "used_percent": "0", "reset_after_seconds": week }),
            json!({ "used_percent": 0, "limit_window_seconds": week, "reset_at": NOW - 5 }),
        ] {
            assert!(with(window.clone()).is_untouched(), "{window}");
        }
        for window in [
            json!({ "used_percent": 1, "limit_window_seconds": week, "reset_after_seconds": week }),
            json!({ "used_percent": 0.4, "limit_window_seconds": week }),
            json!({ "used_percent": 0, "limit_window_seconds": week, "reset_after_seconds": 60 }),
            json!({ "limit_window_seconds": week, "reset_after_seconds": week }),
        ] {
            assert!(!with(window.clone()).is_untouched(), "{window}");
        }
    }

    #[test]
    fn a_pool_is_named_by_what_can_be_shown() {
        let spark = "gpt-5.3-codex-spark";
        for (limit_name, feature, model, expected) in [
            (json!("gpt-reserve"), json!("base"), json!("luna"), "gpt-reserve"),
            (json!("Someone's own"), json!("base"), json!("luna"), "base"),
            (json!(null), json!(7), json!(spark), spark),
            (json!("Someone's own"), json!(null), json!(null), "Someone-s-own"),
            (json!("备用"), json!("Spark (fast)"), json!(null), "Spark-fast"),
            (json!("备用"), json!(null), json!(null), "another pool"),
            (json!("me@example.test"), json!("key sk-FAKE"), json!(null), "another pool"),
        ] {
            let pool = one(json!({
                "limit_name": limit_name, "metered_feature": feature, "normal_model_slug": model,
                "rate_limit": { "allowed": false },
            }));
            assert_eq!((pool.name.as_str(), pool.model.as_deref()), (expected, model.as_str()));
        }
        let reserve = one(json!({ "limit_name": "GPT-Reserve" }));
        assert!(reserve.is_reserve());
        let nameless = read(&json!({ "additional_rate_limits": [{ "rate_limit": {} }, 5] }));
        assert_eq!(nameless.additional, []);
    }
}
