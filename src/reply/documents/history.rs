//! The use of the last days.

use serde::Serialize;

use super::Utc;
use crate::decimal::Decimal;

/// The use of the last days: `usage history`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Histories<'a> {
    /// Always true.
    pub(crate) ok: bool,
    /// The profiles with readings on at least one day.
    pub(crate) history: Vec<ProfileHistory<'a>>,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}

/// The use of a profile's longest window on the last days.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProfileHistory<'a> {
    /// Its name.
    pub(crate) profile: &'a str,
    /// The days with readings among the last 28, the oldest first.
    pub(crate) days: Vec<UsedOfDay>,
    /// The resets of the window on these days, the oldest first.
    pub(crate) resets: Vec<Utc>,
}

/// The use of one day.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UsedOfDay {
    /// The date in the user's zone, as `2026-11-28`.
    pub(crate) date: String,
    /// Percent of the window.
    pub(crate) used_percent: Decimal,
}
