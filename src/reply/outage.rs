//! A check in which every profile that was asked failed alike: one sentence in place of
//! a line for each.

use super::advice::{Advice, pick};
use super::profile_line::profile_line;
use super::{ReplyContext, failure};
use crate::report::Row;
use crate::rotation::{self, Ranked};
use crate::usage::UsageError;

/// The failure, the profiles that were not asked, and the one to use by an earlier
/// check. None where each profile has something of its own to say.
pub(super) fn outage(context: &ReplyContext, advice: &Advice<'_>) -> Option<Vec<String>> {
    let failed = advice.report.outage()?;
    let mut lines = vec![nobody_checked(context, &failed, advice.report.rows.len())];
    let is_other = |one: &&Ranked| !failed.iter().any(|row| std::ptr::eq(*row, advice.row(one)));
    let others = advice.as_reported().into_iter().filter(is_other);
    lines.extend(others.map(|one| profile_line(context, advice, one)));
    if rotation::pick(&advice.ranked).is_some() {
        lines.push(String::new());
        lines.extend(pick::lead(context, advice));
    }
    Some(lines)
}

/// `All 6 checks failed: too many requests (429); try again in 2m.`
pub(super) fn nobody_checked(context: &ReplyContext, failed: &[&Row<'_>], all: usize) -> String {
    // The longest wait is the wait for all.
    let wait = |row: &&&Row<'_>| row.outcome.as_ref().err().and_then(UsageError::retry_after);
    let said = failed.iter().rev().max_by_key(wait).and_then(|row| {
        let error = row.outcome.as_ref().err()?;
        let mut statuses = failed.iter().filter_map(|row| row.tries.status);
        let status = statuses.next();
        let status = status.filter(|first| statuses.all(|other| other == *first));
        let failure = failure::describe(context, error, status);
        let hint = failure::hint(context, error, row);
        Some(say!(context, "{failure}; {hint}", "{failure}；{hint}"))
    });
    let (said, count) = (said.unwrap_or_default(), failed.len());
    if count == all {
        return say!(
            context,
            "All {all} checks failed: {said}.",
            "{all} 个 profile 都没查成：{said}。"
        );
    }
    say!(
        context,
        "{count} of {all} profiles could not be checked: {said}.",
        "{all} 个 profile 中有 {count} 个没查成：{said}。"
    )
}
