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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
        let age = now.saturating_sub(resets.failed_at.unwrap_or(resets.at));
        let list = resets.list().filter(|_| resets.failed_at.is_none());
        let lately = if list.is_some() { LIST_SECONDS } else { UNREADABLE_SECONDS };
        let has_expired = list.and_then(|list| list.next_expires_at).is_some_and(|at| at <= now);
        let holds = (0..lately).contains(&age) && !has_expired;
        holds.then_some(list.ok_or(Unreadable))
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
        let ResetList { available, next_expires_at, of_codex } = banked.list;
        if banked.counted.max(available) > LARGEST {
            return None;
        }
        let asked = Self { at: now, counted: banked.counted, ..Self::default() };
        match banked.source {
            Some(ResetSource::Endpoint) => {
                Some(Self { available: Some(available), next_expires_at, of_codex, ..asked })
            }
            Some(ResetSource::Failed(code)) if code != UsageError::NotChecked.code() => {
                let known = before.filter(|old| old.last_list(banked.counted, now).is_some());
                Some(known.map_or(asked, |known| Self { failed_at: Some(now), ..known }))
            }
            _ => None,
        }
    }

    pub(super) fn last_list(&self, counted: u64, now: Instant) -> Option<ResetList> {
        let is_ahead = self.at <= now && self.next_expires_at.is_some_and(|at| at > now);
        self.list().filter(|_| is_ahead && self.counted == counted)
    }

    fn list(&self) -> Option<ResetList> {
        let Self { next_expires_at, of_codex, .. } = *self;
        Some(ResetList { available: self.available?, next_expires_at, of_codex })
    }
}
