//! Advice on all profiles, and the outlook over them.

use super::*;

/// The profile to use next, the reason, and the order that would follow.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Next<'a> {
    /// The name of the profile to use next. Null where none is ready.
    pub(crate) next: Option<&'a str>,
    /// The reason, as in `ranking[].why`.
    pub(crate) decided_by: Option<Why>,
    /// All checked profiles, the best first.
    pub(crate) ranking: Vec<RankedProfile<'a>>,
    /// The command that would set this order, a word each. Null where nothing would change.
    pub(crate) order_command: Option<Vec<String>>,
}

/// A profile's place in the ranking.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RankedProfile<'a> {
    /// The name that people read.
    pub(crate) label: &'a str,
    /// `ready`, `low` (nearly used up), `unknown`, `overage` (costs credits), `wait` or
    /// `broken`.
    pub(crate) tier: Tier,
    /// Why it stands before the next one: `tier`, `long_window_reset`, `in_use` …
    pub(crate) why: Why,
    /// The conclusion, as in `profiles[].verdict`.
    pub(crate) verdict: Verdict,
    /// When it can be used again at no cost, where that is known.
    pub(crate) usable_at: Option<Utc>,
    /// The tier by an earlier check, where this one says nothing.
    pub(crate) earlier_tier: Option<Tier>,
    /// When that was.
    pub(crate) earlier_at: Option<Utc>,
    /// Why its usage could not be read.
    pub(crate) error: Option<ProfileError>,
}

/// An outlook over all profiles.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ahead<'a> {
    /// The number of profiles that are ready.
    pub(crate) usable: usize,
    /// The number of profiles that nothing certain is known of.
    pub(crate) unknown: usize,
    /// The profile that is ready again first.
    pub(crate) next_recovery: Option<Recovery<'a>>,
    /// When everything is used up at this pace.
    pub(crate) all_blocked_at: Option<Utc>,
    /// Quota that would expire unused within a day.
    pub(crate) expiring_unused: Vec<ExpiringUnused<'a>>,
    /// Banked resets of all profiles.
    pub(crate) banked_resets: Vec<ProfileResets<'a>>,
}

/// A profile that is ready again later.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Recovery<'a> {
    /// The name that people read.
    pub(crate) label: &'a str,
    /// When it can be used again.
    pub(crate) usable_at: Utc,
}

/// The rest of a window that resets within a day.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ExpiringUnused<'a> {
    /// The name that people read.
    pub(crate) label: &'a str,
    /// The window, by its length in seconds.
    pub(crate) limit_window_seconds: i64,
    /// The rest in percent.
    pub(crate) remaining_percent: Decimal,
    /// Whether that is the rest at the present pace, and not the rest of now.
    pub(crate) at_present_pace: bool,
    /// When the window resets.
    pub(crate) resets_at: Utc,
}

/// The banked resets of a profile.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProfileResets<'a> {
    /// The name that people read.
    pub(crate) label: &'a str,
    #[serde(flatten)]
    pub(crate) banked: BankedResets,
}
