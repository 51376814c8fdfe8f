//! The JSON documents, one type each. `docs/usage.schema.json` is made of these types and
//! their comments. A field is always there, and a value that was not reported is null. Only
//! `history` and `average_of_days` are left out while there is nothing to report.

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
    Usage(Box<Usage<'a>>),
    /// Advice by itself: `usage best`, `usage rotation`.
    Advice(Advised<'a>),
    /// The question which profile is meant, help, and the settings of alerts.
    Choices(Choices<'a>),
    /// The use of the last days: `usage history`.
    History(Histories<'a>),
    /// A request that was not carried out.
    Refusal(Refused<'a>),
    /// The stored sign-ins: `auth status`.
    SignIns(StoredSignIns<'a>),
    /// The order of profiles: `auth order`.
    Order(Order<'a>),
    /// A change that waits for its confirmation.
    Plan(Proposed<'a>),
    /// A change that was confirmed and run.
    Change(AppliedChange<'a>),
    /// A change that would change nothing.
    NoChange(NoChange<'a>),
    /// The steps of signing in: `auth start`.
    LoginSteps(LoginSteps<'a>),
    /// The outcome of a login.
    Login(LoggedIn<'a>),
    /// The parts of a pasted callback address, none of their text: `auth finish`.
    Callback(Pasted<'a>),
}

/// The question which profile is meant, help, and the settings of alerts.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Choices<'a> {
    /// Always true.
    pub(super) ok: bool,
    /// The store that was read. Null where none was.
    pub(super) source: Option<&'a str>,
    /// The names of the profiles that can be asked for.
    pub(super) available_profiles: Vec<&'a str>,
    /// The reply that a person reads.
    pub(super) suggested_user_message: &'a str,
}

/// A request that was not carried out.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Refused<'a> {
    /// Always false.
    pub(super) ok: bool,
    /// The store that was read or looked for.
    pub(super) source: Option<&'a str>,
    /// The reason.
    pub(super) error: Failure<'a>,
    /// The names that could have been asked for. Empty where the name was not the problem.
    pub(super) available_profiles: &'a [String],
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

/// The steps of signing in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct LoginSteps<'a> {
    /// Always true.
    pub(super) ok: bool,
    /// The provider, as this gateway spells it.
    pub(super) provider: &'a str,
    /// The gateway's version, where its command told it.
    pub(super) gateway_version: Option<&'a str>,
    /// The gateway's command, a word each.
    pub(super) gateway_command: Vec<String>,
    /// The reply that a person reads.
    pub(super) suggested_user_message: &'a str,
}

/// The outcome of a login.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct LoggedIn<'a> {
    /// Whether somebody is signed in who was not before.
    pub(super) ok: bool,
    /// The names of new profiles.
    pub(super) new: Vec<String>,
    /// The names of profiles that hold another sign-in now.
    pub(super) overwritten: Vec<String>,
    /// Whether the gateway's own commands could be asked afterwards.
    pub(super) read_back: bool,
    /// The reply that a person reads.
    pub(super) suggested_user_message: &'a str,
}

/// The parts of a pasted callback address, none of their text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Pasted<'a> {
    /// Whether the login that waits for it can use it.
    pub(super) ok: bool,
    /// Whether it holds a code.
    pub(super) has_code: bool,
    /// Whether it holds a state.
    pub(super) has_state: bool,
    /// Whether it holds an error.
    pub(super) has_error: bool,
    /// Whether it begins with the address that a login waits for.
    pub(super) is_expected_address: bool,
    /// The reply that a person reads.
    pub(super) suggested_user_message: &'a str,
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
