//! The usage of a profile, as the endpoint reported it.

use super::*;

/// The usage of a profile, as the endpoint reported it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RemoteUsage<'a> {
    /// The plan as the endpoint spells it: `plus`.
    pub(crate) plan: Option<&'a str>,
    /// The plan as people call it: `Plus`.
    pub(crate) plan_label: Option<&'a str>,
    /// Whether the server permits included use.
    pub(crate) allowed: Option<bool>,
    /// Whether the server says that a limit is reached.
    pub(crate) limit_reached: Option<bool>,
    /// The credits that are left, as in `credits.balance`.
    pub(crate) credits_balance: Option<&'a Amount>,
    /// Credits, where the plan has them.
    pub(crate) credits: Option<&'a Credits>,
    /// A limit on spending, where one is set.
    pub(crate) spend: Option<Spend<'a>>,
    /// Banked resets, where they were reported.
    pub(crate) reset_credits: Option<BankedResets>,
    /// Models whose availability was reported.
    pub(crate) models: Vec<Model<'a>>,
    /// The windows of the ordinary quota, the shortest first.
    pub(crate) windows: Vec<Window>,
    /// Pools beside the ordinary quota.
    pub(crate) additional: Vec<AdditionalPool<'a>>,
    /// The number of fields in the answer that this version does not know.
    pub(crate) unknown_fields: usize,
}

/// A limit on spending.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Spend<'a> {
    /// Whether it is reached.
    pub(crate) reached: bool,
    /// The limit's kind: `individual`, `group_default`, `workspace_default`, `role_budget`,
    /// `group_shared`, `workspace_shared` or `other`.
    pub(crate) kind: Option<SpendKind>,
    /// The limit.
    pub(crate) limit: Option<&'a Amount>,
    /// The rest of it.
    pub(crate) remaining: Option<&'a Amount>,
    /// The rest of it in percent.
    pub(crate) remaining_percent: Option<Decimal>,
    /// When it resets.
    pub(crate) resets_at: Option<Utc>,
    /// The time until then, in seconds.
    pub(crate) resets_in_seconds: Option<i64>,
}

/// Banked resets. This program never uses one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BankedResets {
    /// The number of them.
    pub(crate) available: u64,
    /// The number that can be used now.
    pub(crate) applicable: Option<u64>,
    /// When the first of them expires.
    pub(crate) next_expires_at: Option<Utc>,
    /// Where that was read: `usage_answer`, `endpoint`, `kept` (an earlier check), or the code
    /// of the failure to read it.
    pub(crate) list: Option<ResetSource>,
}

/// A model whose use is limited or costs credits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Model<'a> {
    /// The model.
    pub(crate) model: &'a str,
    /// Whether it can be used now.
    pub(crate) available: Option<bool>,
    /// When it can be used.
    pub(crate) available_at: Option<Utc>,
    /// The time until then, in seconds.
    pub(crate) available_in_seconds: Option<i64>,
    /// Whether credits would make it available.
    pub(crate) credits_would_enable: Option<bool>,
}

/// A window of a quota.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Window {
    /// `session` (five hours), `weekly`, `monthly` or `other`.
    pub(crate) role: &'static str,
    /// `5h`, `week`, `month`, or its length.
    pub(crate) label: Option<String>,
    /// The used share in percent.
    pub(crate) used_percent: Option<Decimal>,
    /// The rest in percent.
    pub(crate) remaining_percent: Option<Decimal>,
    /// When it resets.
    pub(crate) resets_at: Option<Utc>,
    /// The time until then, in seconds, counted from the answer.
    pub(crate) resets_in_seconds: Option<i64>,
    /// Its length in seconds. Null where the endpoint did not report it.
    pub(crate) limit_window_seconds: Option<i64>,
    /// `running`, `not_started`, `due` (the reset has passed), `inconsistent` (the reset makes
    /// no sense) or `assumed` (of unknown length).
    pub(crate) state: WindowState,
    /// The pace at which it is used. Null where it is too early to tell.
    pub(crate) pace: Option<WindowPace>,
}

/// The pace at which a window is used.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WindowPace {
    /// `ahead` of even use, `on` it, or `behind`.
    pub(crate) speed: Speed,
    /// The rest that even use would have left by now, in percent.
    pub(crate) even_remaining_percent: Decimal,
    /// When it is empty at this pace. Null where it resets before.
    pub(crate) runs_out_at: Option<Utc>,
    /// The rest at the reset at this pace, in percent.
    pub(crate) remaining_at_reset_percent: Decimal,
    /// The days whose average it is. Absent where the window's own use tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) average_of_days: Option<usize>,
}

/// A pool beside the ordinary quota.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AdditionalPool<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// The model that it serves.
    pub(crate) model: Option<&'a str>,
    /// Whether it cannot be used now.
    pub(crate) blocked: bool,
    /// Whether the server permits its use.
    pub(crate) allowed: Option<bool>,
    /// Whether the server says that its limit is reached.
    pub(crate) limit_reached: Option<bool>,
    /// Its windows. They have no pace.
    pub(crate) windows: Vec<Window>,
}
