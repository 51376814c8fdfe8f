//! The JSON documents: one variant of [`Body`] each. `docs/usage.schema.json` is made of these
//! types and their comments. A field is always there, and a value that was not reported is
//! null. Only `history` and `average_of_days` are left out while there is nothing to report.

mod advice;
mod change;
mod remote_usage;
mod usage;

use serde::{Serialize, Serializer};

use crate::decimal::Decimal;
use crate::pace::Speed;
use crate::profile::Finding;
use crate::report::Tries;
use crate::rotation::{Tier, Why};
use crate::time::{self, Instant};
use crate::usage::{Amount, Credits, Reason, ResetSource, SpendKind, Verdict, WindowState};

pub(super) use advice::*;
pub(super) use change::*;
pub(super) use remote_usage::*;
pub(super) use usage::*;

/// The version of these documents. It rises when a field is removed or changes its meaning. A
/// new field does not raise it.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// A JSON document of codex-profiler. Its `kind` says which fields it has.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "codex-profiler"))]
pub(super) struct Document<'a> {
    /// The version of this schema. It rises when a field is removed or changes its meaning.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA_VERSION)))]
    pub(super) schema_version: u32,
    /// True in the demo, whose profiles are made up.
    pub(super) demo: bool,
    #[serde(flatten)]
    pub(super) body: Body<'a>,
}

/// The documents by their kind.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Body<'a> {
    /// A check of one or more profiles: `usage`, `usage all`, `usage work`.
    Usage {
        /// Whether the endpoint answered for at least one profile, be it with a refusal.
        ok: bool,
        /// The store that was read.
        source: &'a str,
        /// The address that was asked.
        remote_endpoint: &'a str,
        /// When the check was made.
        checked_at: Utc,
        /// The user's time zone, which the messages are written in.
        zone: String,
        /// The message that a chat shows before the check.
        progress_message: &'a str,
        /// The check in numbers.
        summary: Summary,
        /// The line of each profile, as a person reads it, in the order of `profiles`.
        formatted_profiles: Vec<String>,
        /// The reply that a person reads.
        suggested_user_message: String,
        /// `usage_endpoint_rejected_available_oauth_tokens_401` where a token was rejected.
        remote_auth_note: Option<&'a str>,
        /// The ids whose token was rejected with status 401.
        remote_auth_affected_profiles: Vec<String>,
        /// The checked profiles, in the order they were asked.
        profiles: Vec<CheckedProfile<'a>>,
        /// Oddities of the store.
        findings: Vec<FindingNote>,
        /// The ids that are the same account and user, and so share one quota.
        duplicates: Vec<Vec<String>>,
        /// The profile to use next. Null where one profile was checked.
        advice: Option<Next<'a>>,
        /// The outlook over all profiles.
        outlook: Ahead<'a>,
        /// The use of the last days, by profile. Absent before there are readings of any.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        history: Vec<ProfileHistory<'a>>,
    },
    /// Advice by itself: `usage best`, `usage rotation`.
    Advice {
        /// Whether the endpoint answered for at least one profile, be it with a refusal.
        ok: bool,
        #[serde(flatten)]
        next: Next<'a>,
        /// Banked resets of all profiles.
        banked_resets: Vec<ProfileResets<'a>>,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// The question which profile is meant, help, and the settings of alerts.
    Choices {
        /// Always true.
        ok: bool,
        /// The store that was read. Null where none was.
        source: Option<&'a str>,
        /// The names of the profiles that can be asked for.
        available_profiles: Vec<&'a str>,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// The use of the last days: `usage history`.
    History {
        /// Always true.
        ok: bool,
        /// The profiles with readings on at least one day.
        history: Vec<ProfileHistory<'a>>,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// A request that was not carried out.
    Refusal {
        /// Always false.
        ok: bool,
        /// The store that was read or looked for.
        source: Option<&'a str>,
        /// The reason.
        error: Failure<'a>,
        /// The names that could have been asked for. Empty where the name was not the problem.
        available_profiles: &'a [String],
    },
    /// The stored sign-ins: `auth status`.
    SignIns {
        /// Always true.
        ok: bool,
        /// The store that was read.
        source: &'a str,
        /// The provider that the order is for.
        provider: &'a str,
        /// The gateway's version, where its command told it.
        gateway_version: Option<&'a str>,
        /// The instant of this document.
        checked_at: Utc,
        /// The names in the order in effect. Null where there is no order.
        order: Option<Vec<String>>,
        /// True where that order is not the agent's own.
        order_is_inherited: bool,
        /// The profile of the chat session that asked, where that is known.
        session_profile: Option<SessionProfile>,
        /// The profiles, in the order they are stored.
        profiles: Vec<SignIn<'a>>,
        /// Oddities of the store.
        findings: Vec<FindingNote>,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// The order of profiles: `auth order`.
    Order {
        /// Always true.
        ok: bool,
        /// The store that was read.
        source: &'a str,
        /// The provider that the order is for.
        provider: &'a str,
        /// The agent.
        agent: &'a str,
        /// The names in the agent's own order. Null where it has none.
        own_order: Option<Vec<String>>,
        /// The names in the shared order. Null where there is none.
        inherited_order: Option<Vec<String>>,
        /// The names in the order that the gateway goes by. Null where it chooses.
        order_in_effect: Option<Vec<String>>,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// A change that waits for its confirmation.
    Plan {
        #[serde(flatten)]
        plan: Planned<'a>,
        /// The name that the gateway uses first then. Null where it chooses.
        next: Option<String>,
        /// The verdict of the last check of that one. Null where `next` is.
        next_verdict: Option<Verdict>,
        /// Until when it can be confirmed. Null where a code does not confirm it.
        confirm_before: Option<Utc>,
    },
    /// A change that was confirmed and run.
    Change {
        #[serde(flatten)]
        plan: Planned<'a>,
        /// The names in the order that had to be found. Null where none had to be.
        expected: Option<Vec<String>>,
        /// The names in the order that was found. Null where none was, or it could not be read.
        found: Option<Vec<String>>,
        /// The failure of the gateway's command, or of reading back.
        error: Option<Failure<'a>>,
    },
    /// A change that would change nothing.
    NoChange {
        /// Always true.
        ok: bool,
        /// Always `already_so`.
        state: &'a str,
        /// `order_set`, `order_clear`, `retire`, `restore`, `restore_first`, `restore_last` or
        /// `delete`.
        change: &'a str,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// The steps of signing in: `auth start`.
    LoginSteps {
        /// Always true.
        ok: bool,
        /// The provider, as this gateway spells it.
        provider: &'a str,
        /// The gateway's version, where its command told it.
        gateway_version: Option<&'a str>,
        /// The gateway's command, a word each.
        gateway_command: Vec<String>,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// The outcome of a login.
    Login {
        /// Whether somebody is signed in who was not before.
        ok: bool,
        /// The names of new profiles.
        new: Vec<String>,
        /// The names of profiles that hold another sign-in now.
        overwritten: Vec<String>,
        /// Whether the gateway's own commands could be asked afterwards.
        read_back: bool,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
    /// The parts of a pasted callback address, none of their text: `auth finish`.
    Callback {
        /// Whether the login that waits for it can use it.
        ok: bool,
        /// Whether it holds a code.
        has_code: bool,
        /// Whether it holds a state.
        has_state: bool,
        /// Whether it holds an error.
        has_error: bool,
        /// Whether it begins with the address that a login waits for.
        is_expected_address: bool,
        /// The reply that a person reads.
        suggested_user_message: &'a str,
    },
}

/// A failure: a stable word, and the sentence that a person reads.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Failure<'a> {
    /// A stable word.
    pub(super) code: &'a str,
    /// The sentence that a person reads.
    pub(super) message: String,
}

/// An instant in RFC 3339, in UTC: `2026-11-22T18:40:00Z`.
#[derive(Clone, Copy)]
pub(super) struct Utc(pub(super) Instant);

impl Serialize for Utc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time::rfc3339(self.0))
    }
}

/// Writes pairs as an object that keeps their order.
fn object<S: Serializer>(pairs: &[(String, u32)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator};

    use super::*;

    /// A number in its own digits.
    #[derive(JsonSchema)]
    #[schemars(transparent)]
    struct Digits(#[expect(dead_code, reason = "only its schema is used")] f64);

    /// An instant in RFC 3339, in UTC: `2026-11-22T18:40:00Z`.
    #[derive(JsonSchema)]
    #[schemars(rename = "Utc", transparent)]
    struct DateTime(
        #[schemars(extend("format" = "date-time"))]
        #[expect(dead_code, reason = "only its schema is used")]
        String,
    );

    macro_rules! has_the_schema_of {
        ($other:ty: $($type:ty),*) => {$(
            impl JsonSchema for $type {
                fn inline_schema() -> bool {
                    <$other>::inline_schema()
                }

                fn schema_name() -> Cow<'static, str> {
                    <$other>::schema_name()
                }

                fn schema_id() -> Cow<'static, str> {
                    <$other>::schema_id()
                }

                fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                    <$other>::json_schema(generator)
                }
            }
        )*};
    }

    has_the_schema_of!(Digits: Decimal, Amount);
    has_the_schema_of!(DateTime: Utc);

    // A later version may have other words.
    has_the_schema_of!(String: Finding, Reason, ResetSource, SpendKind, Speed, State);
    has_the_schema_of!(String: Tier, Why, WindowState);

    #[test]
    fn a_number_keeps_its_own_digits() {
        let amount = |digits: &str| Amount {
            value: Decimal::ZERO,
            digits: digits.to_owned(),
            is_zero: false,
        };
        let written = |amount| serde_json::to_string(&amount).expect("JSON");
        assert_eq!(serde_json::to_string(&Decimal::HUNDRED).expect("JSON"), "100");
        assert_eq!(written(amount("12.50")), "12.50");
        assert_eq!(written(amount("1, 2")), "null");
    }

    #[test]
    fn the_published_schema_is_made_of_these_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/usage.schema.json");
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Document>();
        let mut text = serde_json::to_string_pretty(&schema).expect("JSON");
        text.push('\n');
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, &text).expect("a file that can be written");
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            published == text,
            "docs/usage.schema.json is stale: BLESS=1 cargo test --lib schema"
        );
    }
}
