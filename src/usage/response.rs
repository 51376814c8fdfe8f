//! Reads an answer of the usage endpoint. The endpoint is undocumented: every
//! field may be missing, null, new, or of another type, so each is taken for
//! what it turns out to be and none is trusted to be there. Nothing of a body is
//! kept but the values named here.

use serde_json::{Map, Value};

use super::error_body::failure;
use super::plan::plan;
use super::pools::pools;
use super::reset_credits::reset_credits;
use super::spend::spend_control;
use super::value::{amount, instant, json, object, truth, type_word, word};
use super::windows::rate_limit;
use super::{Credits, ModelAvailability, Outcome, ReachedType, UsageError, UsageSnapshot};
pub use crate::contract::https::Response as HttpResponse;
use crate::profile::Identity;

const KNOWN_FIELDS: [&str; 16] = [
    "user_id",
    "account_id",
    "email",
    "plan_type",
    "rate_limit",
    "code_review_rate_limit",
    "additional_rate_limits",
    "model_usage",
    "credits",
    "spend_control",
    "individual_limit",
    "rate_limit_reached_type",
    "rate_limit_reset_credits",
    // Banners: known, and of no use to anybody who asks for numbers.
    "rate_limit_upsell",
    "promo",
    "referral_beacon",
];

/// Turns an answer into a snapshot, or into the failure it stands for.
pub fn read_response(answer: &HttpResponse) -> Outcome {
    if let Some(failure) = failure(answer) {
        return Err(failure);
    }
    let Some(Value::Object(body)) = json(&answer.body) else {
        return Err(UsageError::BadContent);
    };
    let as_of = answer.received_at;
    let text = |key: &str| body.get(key)?.as_str().filter(|text| !text.is_empty());
    let id = |key: &str| text(key).map(str::to_owned);
    let reached = body.get("rate_limit_reached_type").and_then(type_word);
    let banked = object(&body, "rate_limit_reset_credits");
    let unknown = body.keys().filter(|key| !KNOWN_FIELDS.contains(&key.as_str()));
    Ok(UsageSnapshot {
        as_of,
        identity: Identity { account_id: id("account_id"), user_id: id("user_id") },
        plan: text("plan_type").and_then(plan),
        rate_limit: rate_limit(body.get("rate_limit"), as_of),
        reached: reached.map(ReachedType::of_name),
        credits: object(&body, "credits").map(credits),
        spend: spend_control(&body, as_of),
        reset_credits: banked.and_then(|banked| reset_credits(banked, as_of)),
        models: object(&body, "model_usage").map(models).unwrap_or_default(),
        additional: pools(&body, as_of),
        unknown_fields: unknown.count(),
    })
}

fn credits(object: &Map<String, Value>) -> Credits {
    let flag = |key| object.get(key).and_then(truth).unwrap_or(false);
    Credits {
        has_credits: flag("has_credits"),
        unlimited: flag("unlimited"),
        overage_limit_reached: flag("overage_limit_reached"),
        balance: object.get("balance").and_then(amount),
    }
}

/// The most models and pools that are kept: more is not an answer for a person.
pub(super) const MOST_LISTED: usize = 32;

fn models(object: &Map<String, Value>) -> Vec<ModelAvailability> {
    let read = |(slug, value): (&String, &Value)| {
        let about = value.as_object()?;
        Some(ModelAvailability {
            model: word(slug)?,
            available: about.get("available").and_then(truth),
            available_at: about.get("available_at").and_then(instant),
            credits_would_enable: about.get("credits_would_enable").and_then(truth),
        })
    };
    object.iter().filter_map(read).take(MOST_LISTED).collect()
}
