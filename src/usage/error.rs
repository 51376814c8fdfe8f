//! Failures of reading a profile's usage.

use strum::IntoStaticStr;

use crate::profile::Access;
use crate::time::Instant;

/// Why a profile's usage could not be read.
#[derive(Debug, Clone, PartialEq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum UsageError {
    /// 401: the endpoint rejected this sign-in.
    #[strum(to_string = "auth_not_accepted_by_usage_endpoint")]
    AuthNotAccepted(Rejection),
    /// The workspace was deactivated.
    AccountDeactivated,
    /// 402 otherwise.
    BillingRequired,
    /// 403 with a reason in JSON.
    #[strum(to_string = "forbidden_by_usage_endpoint")]
    Forbidden,
    /// Stopped by the edge before the sign-in was judged.
    UpstreamChallenge,
    /// 404: the endpoint may have moved.
    EndpointMissing,
    /// 429, seconds to wait where given.
    RateLimited(Option<i64>),
    /// 429 that says the usage limit is reached, and until when.
    QuotaExhausted(Option<Instant>),
    /// 3xx, never followed.
    UnexpectedRedirect,
    /// 5xx, seconds to wait where given.
    ServerError(Option<i64>),
    /// Not a JSON object, cut, or over the cap: no partial numbers.
    BadContent,
    /// No answer in time.
    Timeout,
    /// Any other fault of the transport, or a status nobody expects.
    RequestFailed,
    /// A limit of the check (time, requests or bytes) was reached before this profile's turn.
    NotChecked,
    /// Nothing that could be sent.
    MissingAccessToken(Access),
}

/// Why a sign-in was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The gateway refreshes it on next use.
    Expired,
    /// It needs a new sign-in.
    Revoked,
    /// The endpoint did not say.
    Unknown,
}

impl UsageError {
    /// The word for it in JSON.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// The reason within the code, where there is one.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::AuthNotAccepted(Rejection::Expired)
            | Self::MissingAccessToken(Access::Expired) => Some("expired"),
            Self::AuthNotAccepted(Rejection::Revoked) => Some("revoked"),
            Self::AuthNotAccepted(Rejection::Unknown) => Some("unknown"),
            Self::MissingAccessToken(Access::Fenced) => Some("fenced"),
            Self::MissingAccessToken(Access::Missing) => Some("missing"),
            _ => None,
        }
    }

    /// Whether one more try may help. A rate limit is not worth one: it asks for
    /// patience.
    pub fn is_worth_a_retry(&self) -> bool {
        match self {
            Self::UpstreamChallenge | Self::Timeout | Self::RequestFailed => true,
            Self::ServerError(retry_after) => retry_after.unwrap_or(0) <= LONGEST_RETRY_DELAY,
            _ => false,
        }
    }

    /// When an exhausted quota resets.
    pub fn resets_at(&self) -> Option<Instant> {
        match self {
            Self::QuotaExhausted(resets_at) => *resets_at,
            _ => None,
        }
    }

    /// Seconds the server asked to wait.
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::RateLimited(seconds) | Self::ServerError(seconds) => *seconds,
            _ => None,
        }
    }
}

/// The longest `retry-after` that a check waits for, in seconds.
pub const LONGEST_RETRY_DELAY: i64 = 5;
