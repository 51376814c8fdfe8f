//! Reads an answer of the usage endpoint. The endpoint is undocumented: every
//! field may be missing, null, new, or of another type, so each is taken for
//! what it turns out to be and none is trusted to be there. Nothing of a body is
//! kept but the values named here.

use serde_json_borrow::{ObjectAsVec, Value};

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
    failure(answer)?;
    let body = json(&answer.body).ok_or(UsageError::BadContent)?;
    let fields = body.as_object().ok_or(UsageError::BadContent)?;
    let as_of = answer.received_at;
    let id =
        |key: &'static str| body.get(key).as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    let unknown = fields.keys().filter(|key| !KNOWN_FIELDS.contains(key));
    Ok(UsageSnapshot {
        as_of,
        identity: Identity { account_id: id("account_id"), user_id: id("user_id") },
        plan: body.get("plan_type").as_str().and_then(plan),
        rate_limit: rate_limit(fields.get("rate_limit"), as_of),
        reached: type_word(body.get("rate_limit_reached_type")).map(ReachedType::of_name),
        credits: object(body.get("credits")).map(credits),
        spend: spend_control(&body, as_of),
        reset_credits: reset_credits(body.get("rate_limit_reset_credits"), as_of),
        models: body.get("model_usage").as_object().map(models).unwrap_or_default(),
        additional: pools(&body, as_of),
        unknown_fields: unknown.count(),
    })
}

fn credits(credits: &Value<'_>) -> Credits {
    let flag = |key: &'static str| truth(credits.get(key)).unwrap_or(false);
    Credits {
        has_credits: flag("has_credits"),
        unlimited: flag("unlimited"),
        overage_limit_reached: flag("overage_limit_reached"),
        balance: amount(credits.get("balance")),
    }
}

/// The most models and pools that are kept: more is not an answer for a person.
pub(super) const MOST_LISTED: usize = 32;

fn models(object: &ObjectAsVec<'_>) -> Vec<ModelAvailability> {
    let read = |(slug, about): (&str, &Value<'_>)| {
        Some(ModelAvailability {
            model: word(slug).filter(|_| about.is_object())?,
            available: truth(about.get("available")),
            available_at: instant(about.get("available_at")),
            credits_would_enable: truth(about.get("credits_would_enable")),
        })
    };
    let mut models: Vec<ModelAvailability> = object.iter().filter_map(read).collect();
    models.sort_by(|one, other| one.model.cmp(&other.model));
    models.truncate(MOST_LISTED);
    models
}
