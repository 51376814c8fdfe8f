//! The JSON documents, one type each. `checked_at`, `confirm_before` and what the store
//! tells (`token_expiry`, `last_used`, `last_failure`, `cooldown_until`) are RFC 3339 in
//! the user's zone; every other `…_at`, being an answer's or reckoned from one, is epoch
//! seconds. What was not reported is null.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::decimal::Decimal;
use crate::time::Instant;
use crate::usage::Amount;

/// A number in its own digits.
#[derive(Serialize)]
pub(super) struct Digits(Box<RawValue>);

impl Digits {
    /// Null where the text is no number.
    fn new(text: String) -> Self {
        Self(RawValue::from_string(text).unwrap_or_default())
    }
}

impl From<Decimal> for Digits {
    fn from(decimal: Decimal) -> Self {
        Self::new(decimal.to_text())
    }
}

impl From<&Amount> for Digits {
    fn from(amount: &Amount) -> Self {
        Self::new(amount.digits.clone())
    }
}

/// Writes pairs as an object that keeps their order.
fn object<K: Serialize, V: Serialize, S: Serializer>(
    pairs: &[(K, V)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// A check.
#[derive(Serialize)]
pub(super) struct Usage<'a> {
    pub(super) ok: bool,
    pub(super) source: &'a str,
    pub(super) remote_endpoint: &'a str,
    pub(super) checked_at: String,
    pub(super) zone: String,
    pub(super) progress_message: &'a str,
    pub(super) summary: Summary,
    pub(super) formatted_profiles: Vec<String>,
    pub(super) suggested_user_message: String,
    pub(super) profiles: Vec<CheckedProfile<'a>>,
    pub(super) findings: Vec<FindingNote>,
    /// The ids of those that are the same account and user.
    pub(super) duplicates: Vec<Vec<String>>,
    /// Null where there is no choice.
    pub(super) advice: Option<Next<'a>>,
    pub(super) outlook: Ahead<'a>,
}

#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) profiles_checked: usize,
    pub(super) remote_ok_count: usize,
    pub(super) remote_failed_count: usize,
    #[serde(serialize_with = "object")]
    pub(super) verdicts: Vec<(&'static str, usize)>,
    pub(super) profiles_left_out: usize,
}

#[derive(Serialize)]
pub(super) struct FindingNote {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// A profile as it is stored.
#[derive(Serialize)]
pub(super) struct StoredProfile<'a> {
    pub(super) profile: String,
    pub(super) label: &'a str,
    pub(super) handle: &'a str,
    pub(super) provider: &'a str,
    pub(super) r#type: &'a str,
    pub(super) token: &'a str,
    pub(super) token_expiry: Option<String>,
    pub(super) last_used: Option<String>,
    pub(super) last_failure: Option<String>,
    pub(super) cooldown_until: Option<String>,
    pub(super) cooldown_reason: Option<&'a str>,
    pub(super) error_count: u32,
    #[serde(serialize_with = "object")]
    pub(super) failure_counts: &'a [(String, u32)],
    pub(super) order_position: Option<usize>,
    /// Null where there is no order.
    pub(super) in_order: Option<bool>,
}

/// A profile as it is stored, and what the endpoint said of it.
#[derive(Serialize)]
pub(super) struct CheckedProfile<'a> {
    #[serde(flatten)]
    pub(super) stored: StoredProfile<'a>,
    pub(super) verdict: &'a str,
    pub(super) verdict_reason: &'a str,
    pub(super) server_verdict: Option<&'a str>,
    pub(super) usable_at: Option<Instant>,
    pub(super) notes: Vec<&'a str>,
    pub(super) changes: Vec<Changed>,
    pub(super) remote_usage_ok: bool,
    #[serde(flatten)]
    pub(super) remote: Remote<'a>,
    /// Only where somebody debugs.
    #[serde(flatten)]
    pub(super) tries: Option<Requests>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Remote<'a> {
    Read { remote_usage: Box<RemoteUsage<'a>> },
    Failed(RemoteFailure),
}

#[derive(Serialize)]
pub(super) struct RemoteFailure {
    pub(super) remote_error: &'static str,
    pub(super) remote_reason: Option<&'static str>,
    pub(super) remote_status: Option<u16>,
    pub(super) remote_hint: Option<String>,
    pub(super) retry_after_seconds: Option<i64>,
    pub(super) resets_at: Option<Instant>,
}

/// The number of requests, and the outcome of the last one.
#[derive(Serialize)]
pub(super) struct Requests {
    pub(super) attempt: u32,
    pub(super) elapsed_ms: u32,
    pub(super) status: Option<u16>,
}

#[derive(Serialize)]
pub(super) struct RemoteUsage<'a> {
    pub(super) plan: Option<&'a str>,
    pub(super) plan_label: Option<&'a str>,
    pub(super) allowed: Option<bool>,
    pub(super) limit_reached: Option<bool>,
    pub(super) credits: Option<Balance>,
    pub(super) spend: Option<Spend>,
    pub(super) reset_credits: Option<BankedResets>,
    pub(super) models: Vec<Model<'a>>,
    pub(super) windows: Vec<Window>,
    pub(super) additional: Vec<AdditionalPool<'a>>,
    pub(super) unknown_fields: usize,
}

#[derive(Serialize)]
pub(super) struct Balance {
    pub(super) has_credits: bool,
    pub(super) unlimited: bool,
    pub(super) overage_limit_reached: bool,
    pub(super) balance: Option<Digits>,
}

#[derive(Serialize)]
pub(super) struct Spend {
    pub(super) reached: bool,
    pub(super) kind: Option<&'static str>,
    pub(super) limit: Option<Digits>,
    pub(super) remaining: Option<Digits>,
    pub(super) remaining_percent: Option<Digits>,
    pub(super) resets_at: Option<Instant>,
    pub(super) resets_in_seconds: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct BankedResets {
    pub(super) available: u64,
    pub(super) applicable: Option<u64>,
    pub(super) next_expires_at: Option<Instant>,
    /// The source of the list, in a word.
    pub(super) list: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Model<'a> {
    pub(super) model: &'a str,
    pub(super) available: Option<bool>,
    pub(super) available_at: Option<Instant>,
    pub(super) available_in_seconds: Option<i64>,
    pub(super) credits_would_enable: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct Window {
    pub(super) role: &'static str,
    pub(super) label: Option<String>,
    pub(super) used_percent: Option<Digits>,
    pub(super) remaining_percent: Option<Digits>,
    pub(super) resets_at: Option<Instant>,
    pub(super) resets_in_seconds: Option<i64>,
    /// Null where its length was assumed.
    pub(super) limit_window_seconds: Option<i64>,
    pub(super) state: &'static str,
    pub(super) pace: Option<WindowPace>,
}

#[derive(Serialize)]
pub(super) struct WindowPace {
    pub(super) speed: &'static str,
    pub(super) even_left_percent: Digits,
    pub(super) runs_out_at: Option<Instant>,
    pub(super) left_at_reset_percent: Digits,
}

#[derive(Serialize)]
pub(super) struct AdditionalPool<'a> {
    pub(super) name: &'a str,
    pub(super) model: Option<&'a str>,
    pub(super) blocked: bool,
    pub(super) allowed: Option<bool>,
    pub(super) limit_reached: Option<bool>,
    pub(super) windows: Vec<Window>,
}

/// A thing that is otherwise than at the check before.
#[derive(Serialize)]
pub(super) struct Changed {
    pub(super) change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit_window_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moved_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Digits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<Digits>,
}

/// An outlook over all profiles.
#[derive(Serialize)]
pub(super) struct Ahead<'a> {
    pub(super) usable: usize,
    pub(super) unknown: usize,
    pub(super) next_recovery: Option<Recovery<'a>>,
    pub(super) all_blocked_at: Option<Instant>,
    pub(super) expiring_unused: Vec<ExpiringUnused<'a>>,
    pub(super) banked_resets: Vec<ProfileResets<'a>>,
}

#[derive(Serialize)]
pub(super) struct Recovery<'a> {
    pub(super) label: &'a str,
    pub(super) recovers_at: Instant,
}

#[derive(Serialize)]
pub(super) struct ExpiringUnused<'a> {
    pub(super) label: &'a str,
    pub(super) limit_window_seconds: i64,
    pub(super) left_percent: Digits,
    pub(super) at_present_pace: bool,
    pub(super) expires_at: Instant,
}

#[derive(Serialize)]
pub(super) struct ProfileResets<'a> {
    pub(super) label: &'a str,
    #[serde(flatten)]
    pub(super) banked: BankedResets,
}

/// The profile to use next, its reason, and the order that would follow.
#[derive(Serialize)]
pub(super) struct Next<'a> {
    pub(super) next: Option<&'a str>,
    pub(super) decided_by: Option<&'a str>,
    pub(super) ranking: Vec<RankedProfile<'a>>,
    pub(super) order_command: Option<String>,
}

#[derive(Serialize)]
pub(super) struct RankedProfile<'a> {
    pub(super) label: &'a str,
    pub(super) tier: &'a str,
    pub(super) why: &'a str,
    pub(super) verdict: &'a str,
    pub(super) recovers_at: Option<Instant>,
    pub(super) earlier_tier: Option<&'a str>,
    pub(super) earlier_at: Option<Instant>,
    pub(super) remote_error: Option<&'a str>,
    pub(super) retry_after_seconds: Option<i64>,
}

/// Advice by itself.
#[derive(Serialize)]
pub(super) struct Advised<'a> {
    pub(super) ok: bool,
    #[serde(flatten)]
    pub(super) next: Next<'a>,
    pub(super) banked_resets: Vec<ProfileResets<'a>>,
    pub(super) suggested_user_message: &'a str,
}

/// A request that could not be carried out.
#[derive(Serialize)]
pub(super) struct Refused<'a> {
    pub(super) ok: bool,
    pub(super) source: Option<&'a str>,
    pub(super) error: Failure<'a>,
    /// The names of those that exist.
    pub(super) profiles: &'a [String],
}

#[derive(Serialize)]
pub(super) struct Failure<'a> {
    pub(super) code: &'a str,
    pub(super) message: &'a str,
}

/// The question which profile is meant, and help.
#[derive(Serialize)]
pub(super) struct Choices<'a> {
    pub(super) ok: bool,
    pub(super) source: &'a str,
    pub(super) profiles: Vec<&'a str>,
    pub(super) suggested_user_message: &'a str,
}

/// The health of sign-ins.
#[derive(Serialize)]
pub(super) struct Health<'a> {
    pub(super) ok: bool,
    pub(super) source: &'a str,
    pub(super) provider: &'a str,
    pub(super) gateway_version: Option<&'a str>,
    pub(super) checked_at: String,
    pub(super) order: Option<Vec<String>>,
    pub(super) order_is_inherited: bool,
    pub(super) session_profile: Option<SessionProfile>,
    pub(super) profiles: Vec<HealthOfProfile<'a>>,
    pub(super) findings: Vec<FindingNote>,
    pub(super) suggested_user_message: &'a str,
}

/// The profile that the chat session uses.
#[derive(Serialize)]
pub(super) struct SessionProfile {
    pub(super) label: String,
    pub(super) pin: &'static str,
}

#[derive(Serialize)]
pub(super) struct HealthOfProfile<'a> {
    #[serde(flatten)]
    pub(super) stored: StoredProfile<'a>,
    pub(super) last_check: Option<LastCheck>,
}

/// An earlier check of the sign-in that is stored now. Its times are RFC 3339.
#[derive(Serialize)]
pub(super) struct LastCheck {
    pub(super) at: String,
    pub(super) verdict: &'static str,
    pub(super) conclusive_at: Option<String>,
    pub(super) conclusive_verdict: Option<&'static str>,
    pub(super) signed_out: bool,
}

/// The order.
#[derive(Serialize)]
pub(super) struct Order<'a> {
    pub(super) ok: bool,
    pub(super) source: &'a str,
    pub(super) provider: &'a str,
    pub(super) agent: &'a str,
    pub(super) own_order: Option<Vec<String>>,
    pub(super) inherited_order: Option<Vec<String>>,
    pub(super) order_in_effect: Option<Vec<String>>,
    pub(super) suggested_user_message: &'a str,
}

/// The part that a plan and its outcome have in common.
#[derive(Serialize)]
pub(super) struct Planned<'a> {
    pub(super) ok: bool,
    pub(super) state: &'a str,
    pub(super) change: &'a str,
    pub(super) provider: &'a str,
    pub(super) agent: &'a str,
    pub(super) before: Option<Vec<String>>,
    pub(super) before_is_own: bool,
    pub(super) after: Option<Vec<String>>,
    pub(super) after_is_own: bool,
    pub(super) left_out: Vec<String>,
    pub(super) gained: Vec<String>,
    pub(super) not_stored: Vec<String>,
    pub(super) gateway_command: String,
    pub(super) undo: Option<String>,
    pub(super) suggested_user_message: &'a str,
}

/// A plan.
#[derive(Serialize)]
pub(super) struct Proposed<'a> {
    #[serde(flatten)]
    pub(super) plan: Planned<'a>,
    pub(super) next: Option<String>,
    pub(super) next_verdict: Option<&'a str>,
    pub(super) confirm_before: Option<String>,
}

/// The outcome of a plan.
#[derive(Serialize)]
pub(super) struct AppliedChange<'a> {
    #[serde(flatten)]
    pub(super) plan: Planned<'a>,
    pub(super) expected: Option<Vec<String>>,
    pub(super) found: Option<Vec<String>>,
    pub(super) trouble: Option<&'a str>,
}

/// A change that would change nothing.
#[derive(Serialize)]
pub(super) struct AlreadySo<'a> {
    pub(super) ok: bool,
    pub(super) state: &'a str,
    pub(super) change: &'a str,
    pub(super) suggested_user_message: &'a str,
}

/// The steps of signing in.
#[derive(Serialize)]
pub(super) struct LoginSteps<'a> {
    pub(super) ok: bool,
    pub(super) provider: &'a str,
    pub(super) gateway_version: Option<&'a str>,
    pub(super) gateway_command: &'a str,
    pub(super) suggested_user_message: &'a str,
}

/// The outcome of a login.
#[derive(Serialize)]
pub(super) struct LoggedIn<'a> {
    pub(super) ok: bool,
    pub(super) new: Vec<String>,
    pub(super) overwritten: Vec<String>,
    pub(super) read_back: bool,
    pub(super) suggested_user_message: &'a str,
}

/// The parts of a pasted callback, none of their text.
#[derive(Serialize)]
pub(super) struct Pasted<'a> {
    pub(super) ok: bool,
    pub(super) has_code: bool,
    pub(super) has_state: bool,
    pub(super) has_error: bool,
    pub(super) is_expected_address: bool,
    pub(super) suggested_user_message: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_own_digits_and_a_list_of_pairs_its_order() {
        let written = |digits: Digits| serde_json::to_string(&digits).expect("JSON");
        assert_eq!(written(Decimal::HUNDRED.into()), "100");
        assert_eq!(written(Digits::new("12.50".to_owned())), "12.50");
        assert_eq!(written(Digits::new("1, 2".to_owned())), "null");
        let summary = Summary {
            profiles_checked: 0,
            remote_ok_count: 0,
            remote_failed_count: 0,
            verdicts: vec![("wait", 2), ("broken", 1)],
            profiles_left_out: 0,
        };
        let written = serde_json::to_string(&summary).expect("JSON");
        assert!(
            written.contains(r#""verdicts":{"wait":2,"broken":1}"#),
            "{written}"
        );
    }
}
