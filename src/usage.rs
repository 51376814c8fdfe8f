//! One profile's usage at one instant, and the verdict on the profile.

use std::sync::LazyLock;

use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize, Serializer};

use crate::decimal::{Decimal, in_digits};
use crate::profile::Identity;
use crate::time::Instant;

mod error;
mod error_body;
mod plan;
mod pools;
mod reset_credits;
mod response;
mod spend;
mod value;
mod verdict;
mod windows;

pub use error::{LONGEST_RETRY_DELAY, Rejection, UsageError};
pub use plan::PlanName;
pub use pools::Pool;
pub use reset_credits::{ResetCredits, ResetList, ResetSource, read_reset_list};
pub use response::{HttpResponse, read_response};
pub use spend::{SpendControl, SpendKind, SpendLimit};
pub use verdict::{Judgement, Reason, Verdict, judge};
pub use windows::{
    LONGEST_WINDOW, Role, UsageWindow, WindowState, is_about, is_same_reset, scarcest,
};

/// Seconds for which a reading speaks for now.
const FRESH_SECONDS: u64 = 15 * 60;

/// Whether a reading of `at` speaks for `now`. Answers come a little after the `now` of
/// their check, so it may be as far ahead as it may be old. Further, a clock jumped.
pub fn is_fresh(at: Instant, now: Instant) -> bool {
    now.abs_diff(at) <= FRESH_SECONDS
}

/// One profile's usage at one instant, as the endpoint reported it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UsageSnapshot {
    /// When the answer was received.
    pub as_of: Instant,
    /// The identity that the answer is about.
    pub identity: Identity,
    /// The plan.
    pub plan: Option<PlanName>,
    /// Included quota: the permission and the windows.
    pub rate_limit: RateLimit,
    /// Why included use has ended, in the server's word.
    pub reached: Option<ReachedType>,
    /// Paid credits.
    pub credits: Option<Credits>,
    /// A cap on spending.
    pub spend: Option<SpendControl>,
    /// Banked resets.
    pub reset_credits: Option<ResetCredits>,
    /// Models whose availability was reported.
    pub models: Vec<ModelAvailability>,
    /// Pools beside the ordinary quota; they do not limit the profile.
    pub additional: Vec<Pool>,
    /// The number of reported fields that this reader does not know.
    pub unknown_fields: usize,
}

/// An empty answer: the knowledge about a profile that an answer is
/// not about.
pub static NOTHING: LazyLock<UsageSnapshot> = LazyLock::new(UsageSnapshot::default);

/// The ordinary included quota.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum RateLimit {
    /// The answer did not say.
    #[default]
    Absent,
    /// There is none: a plan that runs on credits.
    None,
    /// As reported.
    Reported(Quota),
}

/// A permission and the windows that meter it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quota {
    /// The authority on whether included use is permitted.
    pub allowed: Option<bool>,
    /// The server's own flag.
    pub limit_reached: Option<bool>,
    /// Shortest first; of unknown length last.
    pub windows: Vec<UsageWindow>,
}

/// Credits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Balance"))]
pub struct Credits {
    /// Whether there are any.
    pub has_credits: bool,
    /// Whether they never run out.
    pub unlimited: bool,
    /// Whether no more of them may be spent.
    pub overage_limit_reached: bool,
    /// The credits that are left. They have no currency.
    pub balance: Option<Amount>,
}

/// A number of credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// To compare and to show.
    pub value: Decimal,
    /// As reported where it came as text; a JSON number is cut to hundredths.
    pub digits: String,
    /// Whether it is nothing at all, and not only less than a hundredth.
    pub is_zero: bool,
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        in_digits(self.digits.clone(), serializer)
    }
}

/// Whether a model can be used: a fact, not a meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAvailability {
    /// The model's slug, cleaned.
    pub model: String,
    /// Whether it can be used now.
    pub available: Option<bool>,
    /// When it can be.
    pub available_at: Option<Instant>,
    /// Whether credits would make it available.
    pub credits_would_enable: Option<bool>,
}

/// Why included use has ended, in the server's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReachedType {
    /// The limit of the profile's own plan.
    RateLimitReached,
    /// The workspace has no credits left, and its owner asks.
    WorkspaceOwnerCreditsDepleted,
    /// The workspace has no credits left, and a member asks.
    WorkspaceMemberCreditsDepleted,
    /// The workspace's limit, and its owner asks.
    WorkspaceOwnerUsageLimitReached,
    /// The workspace's limit, and a member asks.
    WorkspaceMemberUsageLimitReached,
    /// Another `workspace_…`.
    WorkspaceLimitReached,
    /// A word that this reader does not know.
    OtherLimitReached,
}

impl ReachedType {
    /// The type with this name, as the server spells it.
    fn of_name(name: &str) -> Self {
        let is_workspace = name.starts_with("workspace_");
        let unknown =
            if is_workspace { Self::WorkspaceLimitReached } else { Self::OtherLimitReached };
        Self::deserialize(StrDeserializer::<Error>::new(name)).unwrap_or(unknown)
    }

    /// Whether the workspace itself stopped the use, whatever `allowed` says.
    pub fn is_workspace(self) -> bool {
        !matches!(self, Self::RateLimitReached | Self::OtherLimitReached)
    }
}

impl UsageSnapshot {
    /// The ordinary quota, where it was reported.
    pub fn quota(&self) -> Option<&Quota> {
        match &self.rate_limit {
            RateLimit::Reported(quota) => Some(quota),
            RateLimit::Absent | RateLimit::None => None,
        }
    }

    /// The windows of the ordinary quota.
    pub fn windows(&self) -> &[UsageWindow] {
        self.quota().map_or(&[], |quota| &quota.windows)
    }

    /// Whether the server said outright that included use is refused.
    pub fn is_refused(&self) -> bool {
        self.quota().is_some_and(Quota::is_refused)
    }

    /// The cap on spending, where it is reached.
    pub(crate) fn reached_spend(&self) -> Option<&SpendControl> {
        self.spend.as_ref().filter(|spend| spend.reached)
    }

    fn has_open_spend_limit(&self) -> bool {
        self.spend.as_ref().is_some_and(|spend| spend.limit.is_some() && !spend.reached)
    }

    /// Whether paid credits would carry on where included use ends.
    pub fn has_usable_credits(&self) -> bool {
        self.credits.as_ref().is_some_and(|credits| {
            let has_balance = match &credits.balance {
                Some(balance) => balance.value >= Decimal::ZERO && !balance.is_zero,
                None => self.has_open_spend_limit(),
            };
            let is_open = credits.has_credits && !credits.overage_limit_reached;
            credits.unlimited || (is_open && has_balance)
        })
    }
}

impl Quota {
    fn is_refused(&self) -> bool {
        let is_used_up = || {
            self.limit_reached == Some(true) || self.windows.iter().any(UsageWindow::is_exhausted)
        };
        self.allowed.map_or_else(is_used_up, |allowed| !allowed)
    }
}

/// The result of checking one profile.
pub type Outcome = Result<UsageSnapshot, UsageError>;

#[cfg(test)]
pub(crate) mod tests;
