//! A check put together: the profiles, what came back for each, and the facts
//! that only show when they stand side by side.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::decimal::Decimal;
use crate::history::{History, Past};
use crate::pace::Daily;
use crate::profile::{Access, Identity, Profile, SignIns};
use crate::readings::{Certain, Difference, Found, Readings};
use crate::rotation::{self, Candidate, Earlier, Preferences, Ranked, Tier};
use crate::time::{Instant, Zone};
use crate::usage::{
    self, Judgement, Outcome, Reason, Rejection, UsageError, UsageSnapshot, UsageWindow, Verdict,
};

/// One check of one or more profiles.
#[derive(Debug)]
pub struct Report<'a> {
    /// The store they came from.
    pub sign_ins: &'a SignIns,
    /// The checked profiles, in the order they are shown.
    pub rows: Vec<Row<'a>>,
    /// The rows of one identity, two or more each.
    pub duplicates: Vec<Vec<usize>>,
    /// The number of profiles that this check had no room for.
    pub without_room: usize,
}

/// One checked profile.
#[derive(Debug)]
pub struct Row<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// Whether there is an order and it leaves the profile out.
    pub is_left_out: bool,
    /// The answer, or the failure.
    pub outcome: Outcome,
    /// The conclusion.
    pub judgement: Judgement,
    /// A key that is equal for the same account and user, where both are known from the
    /// credential or the answer.
    pub identity: Option<String>,
    /// The requests that were made.
    pub tries: Tries,
    /// The last conclusive finding, be it about another sign-in.
    pub last_certain: Option<Certain>,
    /// The last conclusive finding about the sign-in that is stored now.
    pub certain: Option<Certain>,
    /// The use of its long window on the last days.
    pub history: Option<Past>,
    /// Its average use of a day, where enough days were read.
    pub daily: Option<Daily>,
}

/// The requests for the usage of a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Requests"))]
pub struct Tries {
    /// The number of requests.
    pub attempt: u32,
    /// The time that the last one took, in milliseconds.
    pub elapsed_ms: u32,
    /// The status of the last answer. Null without an answer.
    pub status: Option<u16>,
    /// When that was received.
    #[serde(skip)]
    pub answered_at: Option<Instant>,
}

impl<'a> Report<'a> {
    /// Puts together what came back for `checked`, in that order.
    pub fn new(
        sign_ins: &'a SignIns,
        checked: Vec<(&'a Profile, Outcome, Tries)>,
        now: Instant,
    ) -> Self {
        let row = |(profile, outcome, tries): (&'a Profile, Outcome, Tries)| {
            let judgement = usage::judge(profile, &outcome, now);
            let is_mismatch = judgement.reason == Reason::IdentityMismatch;
            let answered = outcome.as_ref().ok().filter(|_| !is_mismatch);
            Row {
                profile,
                is_left_out: sign_ins.leaves_out(profile),
                judgement,
                identity: identity_key(&profile.identity, answered),
                outcome,
                tries,
                last_certain: None,
                certain: None,
                history: None,
                daily: None,
            }
        };
        let rows: Vec<Row<'a>> = checked.into_iter().map(row).collect();
        Self { duplicates: duplicates(&rows), sign_ins, rows, without_room: 0 }
    }

    /// Puts beside each row the reading of an earlier check.
    pub fn recall(&mut self, readings: &Readings, salt: &str) {
        for row in &mut self.rows {
            let past = readings.of(row.profile, salt);
            let current = past.and_then(|past| past.current(row.profile, salt));
            row.certain = current.and_then(|reading| reading.certain);
            row.last_certain = past.and_then(|past| past.certain.clone());
        }
    }

    /// Puts beside each row its use of the last days.
    pub fn recall_days(&mut self, mut history: History, salt: &str, zone: &Zone, now: Instant) {
        for row in &mut self.rows {
            row.history = history.remove(row.profile, salt);
            row.daily = row.history.as_ref().and_then(|past| past.daily(zone, now));
        }
    }

    /// The rows ranked for what comes next, as the user wants them treated.
    pub fn ranked(&self, preferences: &Preferences<'_>, now: Instant) -> Vec<Ranked> {
        let mut candidates = Vec::new();
        for row in &self.rows {
            let mut judgement = row.judgement;
            // An outage proves nothing against what an earlier check found.
            if row.outage().is_some() && row.was_signed_out() {
                judgement.verdict = Verdict::Broken;
            }
            candidates.push(Candidate {
                id: &row.profile.id,
                identity: row.identity.as_deref(),
                judgement,
                usage: row.answer(),
                read_at: row.tries.answered_at.unwrap_or(now),
                earlier: row.earlier(),
                cooldown_until: row.profile.cooldown_until,
                class: preferences.class(&row.profile.id),
                is_in_use: self.sign_ins.last_good.as_ref() == Some(&row.profile.id),
                is_left_out: row.is_left_out,
            });
        }
        rotation::rank(&candidates, now)
    }

    /// The number of profiles with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let has = |row: &&Row<'_>| row.judgement.verdict == verdict;
        self.rows.iter().filter(has).count()
    }

    /// The checked profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &'a Profile> {
        self.rows.iter().map(|row| row.profile)
    }

    /// The most that a usable profile has left in each of its windows.
    pub fn most_left(&self) -> Option<Decimal> {
        let usable = |row: &&Row<'_>| row.judgement.verdict == Verdict::Usable;
        let windows = |row: &Row<'_>| {
            let left = |window: &UsageWindow| window.remaining_percent().unwrap_or(Decimal::ZERO);
            row.windows().iter().map(left).min().unwrap_or(Decimal::HUNDRED)
        };
        self.rows.iter().filter(usable).map(windows).max()
    }

    /// Whether the endpoint said anything about any profile, be it a refusal.
    pub fn is_a_check(&self) -> bool {
        let answered = |row: &Row<'_>| {
            row.tries.status.is_some() || matches!(row.outcome, Ok(_) | Err(UsageError::BadContent))
        };
        self.rows.iter().any(answered)
    }

    /// The rows that failed alike, two or more, where nothing else came back: the network
    /// or the endpoint is at fault, and no profile. The first one says how they failed.
    pub fn outage(&self) -> Option<Vec<&Row<'a>>> {
        let is_late = |row: &Row<'_>| row.outage() == Some(&UsageError::NotChecked);
        let is_asked =
            |row: &&Row<'_>| !matches!(row.outcome, Err(UsageError::MissingAccessToken(_)));
        let asked = self.rows.iter().filter(is_asked);
        // Those whose turn never came failed as the others did.
        let (late, mut rows): (Vec<&Row<'a>>, Vec<_>) = asked.partition(|row| is_late(row));
        rows.extend(late);
        let [first, rest @ ..] = rows.as_slice() else {
            return None;
        };
        // The number of a server error says no more than its code.
        let failure = |row: &Row<'_>| match row.outage()? {
            error @ UsageError::ServerError(_) => Some((error.code(), None)),
            error => Some((error.code(), row.tries.status)),
        };
        let first = Some(failure(first)?);
        let is_alike = |row: &&Row<'a>| is_late(row) || failure(row) == first;
        (!rest.is_empty() && rest.iter().all(is_alike)).then_some(rows)
    }
}

impl Row<'_> {
    /// Whether the answer is about somebody else, so that its numbers are not
    /// this profile's.
    pub fn is_mismatch(&self) -> bool {
        self.judgement.reason == Reason::IdentityMismatch
    }

    /// The answer, where there is one and it is about this profile.
    pub fn answer(&self) -> Option<&UsageSnapshot> {
        self.outcome.as_ref().ok().filter(|_| !self.is_mismatch())
    }

    /// The windows of that answer.
    pub fn windows(&self) -> &[UsageWindow] {
        self.answer().map_or(&[], UsageSnapshot::windows)
    }

    /// Whether nothing but signing in again helps, by this check or, where it said nothing
    /// about the profile, by an earlier one.
    pub fn needs_sign_in(&self) -> bool {
        match &self.outcome {
            Err(_) if self.outage().is_some() => self.was_signed_out(),
            Err(UsageError::AuthNotAccepted(Rejection::Revoked))
            | Err(UsageError::MissingAccessToken(Access::Fenced | Access::Missing)) => true,
            Err(UsageError::AuthNotAccepted(Rejection::Expired))
            | Err(UsageError::MissingAccessToken(Access::Expired)) => !self.profile.has_refresh,
            Ok(_) | Err(_) => false,
        }
    }

    fn was_signed_out(&self) -> bool {
        self.certain.as_ref().is_some_and(|certain| certain.is_signed_out)
    }

    /// The verdict of the server alone: only a cooldown of the gateway overrules it.
    pub fn server_verdict(&self) -> Verdict {
        self.judgement.server_verdict()
    }

    /// When an answer was received that does not speak for now.
    pub fn stale_since(&self, now: Instant) -> Option<Instant> {
        let as_of = self.answer()?.as_of;
        (!usage::is_fresh(as_of, now)).then_some(as_of)
    }

    /// Whether it can be used now at no cost.
    pub fn is_usable(&self, now: Instant) -> bool {
        self.judgement.verdict == Verdict::Usable && self.stale_since(now).is_none()
    }

    /// The failure, where it says nothing about the profile that was asked for.
    pub fn outage(&self) -> Option<&UsageError> {
        let error = self.outcome.as_ref().err()?;
        match error {
            UsageError::UpstreamChallenge
            | UsageError::EndpointMissing
            | UsageError::RateLimited(_)
            | UsageError::UnexpectedRedirect
            | UsageError::ServerError(_)
            | UsageError::BadContent
            | UsageError::Timeout
            | UsageError::RequestFailed
            | UsageError::NotChecked => Some(error),
            UsageError::AuthNotAccepted(_)
            | UsageError::AccountDeactivated
            | UsageError::BillingRequired
            | UsageError::Forbidden
            | UsageError::QuotaExhausted(_)
            | UsageError::MissingAccessToken(_) => None,
        }
    }

    /// Returns an earlier check's finding, if this one says nothing against the sign-in.
    fn earlier(&self) -> Option<Earlier> {
        let says_nothing = match &self.outcome {
            Ok(_) => !self.is_mismatch(),
            Err(UsageError::MissingAccessToken(_)) => !self.needs_sign_in(),
            Err(_) => self.outage().is_some(),
        };
        let certain = self.certain.as_ref().filter(|_| says_nothing)?;
        let (tier, at) = (certain.tier(), certain.at);
        (tier != Tier::Unknown).then_some(Earlier { tier, at })
    }

    /// The findings that are worth keeping.
    pub fn found(&self) -> Found<'_> {
        Found {
            profile: self.profile,
            verdict: self.judgement.verdict,
            is_signed_out: self.needs_sign_in(),
            usage: self.answer(),
        }
    }

    /// The changes since the last conclusive check.
    pub fn changes(&self, now: Instant) -> Vec<Difference> {
        self.last_certain.as_ref().map_or(vec![], |past| past.changes(&self.found(), now))
    }
}

/// The key of an identity, as far as the credential and the answer name it.
fn identity_key(stored: &Identity, answered: Option<&UsageSnapshot>) -> Option<String> {
    let part = |of: fn(&Identity) -> &Option<String>| {
        of(stored).as_deref().or_else(|| of(&answered?.identity).as_deref())
    };
    Some([part(|identity| &identity.account_id)?, part(|identity| &identity.user_id)?].join("\n"))
}

fn duplicates(rows: &[Row<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let Some(identity) = row.identity.as_deref() {
            let group = *known.entry(identity).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(rows) => rows.push(index),
                None => groups.push(vec![index]),
            }
        }
    }
    groups.retain(|rows| rows.len() > 1);
    groups
}
