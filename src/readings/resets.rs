//! Lists of banked resets as they are kept.

use serde::{Deserialize, Serialize};

use super::key::LARGEST;
use super::{Found, Reading};
use crate::time::{HOUR, Instant};
use crate::usage::{ResetList, ResetSource, UsageError};

/// Seconds before a list of banked resets is asked for again.
const LIST_SECONDS: i64 = 6 * HOUR;

/// Seconds before a list that could not be read is asked for again.
const UNREADABLE_SECONDS: i64 = HOUR / 4;

/// The outcome of asking for a list of banked resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownResets {
    pub(super) at: Instant,
    pub(super) counted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) available: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_expires_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) of_codex: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed_at: Option<Instant>,
}

/// The list of banked resets could not be read a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl Reading {
    /// The list of banked resets, where it was asked for lately and the usage answer still
    /// counts as many.
    pub fn reset_list(&self, counted: u64, now: Instant) -> Option<Result<ResetList, Unreadable>> {
        let resets = self.resets.filter(|resets| resets.counted == counted)?;
        let asked_at = resets.failed_at.unwrap_or(resets.at);
        let age = now.checked_sub(asked_at).filter(|age| *age >= 0)?;
        match resets.available.filter(|_| resets.failed_at.is_none()) {
            Some(available) => {
                let has_expired = resets.next_expires_at.is_some_and(|at| at <= now);
                let list = ResetList {
                    available,
                    next_expires_at: resets.next_expires_at,
                    of_codex: resets.of_codex,
                };
                (age < LIST_SECONDS && !has_expired).then_some(Ok(list))
            }
            None => (age < UNREADABLE_SECONDS).then_some(Err(Unreadable)),
        }
    }

    /// The list that was read last, however long ago, while its first expiry lies ahead and
    /// the usage answer still counts as many.
    pub fn last_reset_list(&self, counted: u64, now: Instant) -> Option<ResetList> {
        self.resets?.last_list(counted, now)
    }
}

impl KnownResets {
    /// Keeps the list that a check has just asked for. A failure leaves the list that was
    /// known `before`.
    pub(super) fn of(found: &Found<'_>, before: Option<Self>, now: Instant) -> Option<Self> {
        let banked = found.usage?.reset_credits?;
        if banked.counted.max(banked.available) > LARGEST {
            return None;
        }
        let (available, next_expires_at, of_codex) = match banked.list {
            ResetSource::Endpoint => {
                (Some(banked.available), banked.next_expires_at, banked.of_codex)
            }
            ResetSource::Failed(code) if code != UsageError::NotChecked.code() => {
                let known = before.filter(|old| old.last_list(banked.counted, now).is_some());
                if let Some(known) = known {
                    let failed_at = Some(now);
                    return Some(Self { failed_at, ..known });
                }
                (None, None, None)
            }
            ResetSource::Unread
            | ResetSource::UsageAnswer
            | ResetSource::Kept
            | ResetSource::Failed(_) => return None,
        };
        Some(Self {
            at: now,
            counted: banked.counted,
            available,
            next_expires_at,
            of_codex,
            failed_at: None,
        })
    }

    pub(super) fn last_list(&self, counted: u64, now: Instant) -> Option<ResetList> {
        let is_ahead = self.at <= now && self.next_expires_at.is_some_and(|at| at > now);
        let available = self.available.filter(|_| is_ahead && self.counted == counted)?;
        Some(ResetList {
            available,
            next_expires_at: self.next_expires_at,
            of_codex: self.of_codex,
        })
    }
}
