//! Advice: a report whose profiles are ranked, and the order that would follow.

use super::best::Part;
use super::profile_line::{LONGEST_NAME, short_name};
use crate::outlook::Outlook;
use crate::profile::ProfileId;
use crate::report::{Report, Row};
use crate::rotation::{self, Preferences, Ranked, Tier};
use crate::time::Instant;

pub(super) mod pick;

/// A report, and its profiles ranked.
pub struct Advice<'a> {
    /// The check.
    pub report: &'a Report<'a>,
    /// The outlook of all profiles together.
    pub outlook: Outlook,
    /// Every profile, the best first.
    pub ranked: Vec<Ranked>,
    /// Names in the settings that mean no profile, or several.
    pub(super) unknown_names: Vec<&'a str>,
}

impl<'a> Advice<'a> {
    /// Ranks the profiles of this report.
    pub fn new(report: &'a Report<'a>, preferences: &Preferences<'a>, now: Instant) -> Self {
        let ranked = report.ranked(preferences, now);
        Self {
            unknown_names: preferences.unknown.clone(),
            outlook: Outlook::new(report, &ranked, now),
            report,
            ranked,
        }
    }

    /// The row of a ranked profile.
    pub fn row(&self, ranked: &Ranked) -> &'a Row<'a> {
        &self.report.rows[ranked.index]
    }

    /// The row whose reading speaks for this one's quota: its own or another label's.
    pub(super) fn quota_source(&self, ranked: &Ranked) -> &'a Row<'a> {
        &self.report.rows[ranked.quota_source]
    }

    /// The best label of this one's quota, which stands for it.
    pub(super) fn best_label<'s>(&'s self, one: &'s Ranked) -> &'s Ranked {
        let is_label = |other: &&Ranked| other.quota_source == one.quota_source;
        self.ranked.iter().find(is_label).unwrap_or(one)
    }

    /// The profiles in the order of the report.
    pub(super) fn as_reported(&self) -> Vec<&Ranked> {
        let mut ranked: Vec<&Ranked> = self.ranked.iter().collect();
        ranked.sort_unstable_by_key(|one| one.index);
        ranked
    }

    /// The rows of this tier, the best first.
    pub(super) fn of_tier(&self, tier: Tier) -> impl Iterator<Item = &'a Row<'a>> {
        let ranked = self.ranked.iter().filter(move |one| one.tier == tier);
        ranked.map(|one| self.row(one))
    }

    /// The profiles of a part, by the part that each is in. The pick is in none.
    pub(super) fn others_of(
        &self,
        part: Part,
        part_of: fn(&Self, &Ranked) -> Part,
    ) -> Vec<&Ranked> {
        let pick = rotation::pick(&self.ranked).map(|pick| pick.index);
        let is_of = |one: &&Ranked| Some(one.index) != pick && part_of(self, one) == part;
        self.ranked.iter().filter(is_of).collect()
    }

    /// The name of a row's profile.
    pub(super) fn name(&self, row: usize) -> &'a str {
        &self.report.rows[row].profile.name
    }

    /// The same where there is little room.
    pub(super) fn short_name(&self, row: usize) -> String {
        let profile = self.report.rows[row].profile;
        short_name(self.report.profiles(), profile, LONGEST_NAME)
    }

    /// The number of profiles that are ready.
    pub(super) fn ready(&self) -> usize {
        self.ranked.iter().filter(|one| one.tier <= Tier::Low).count()
    }

    /// The name of the profile that the gateway uses now.
    pub(super) fn in_use(&self) -> Option<&'a str> {
        let sign_ins = self.report.sign_ins;
        Some(&sign_ins.by_id(sign_ins.last_good.as_ref()?)?.name)
    }

    /// The order that would follow the advice: all that are in it now but the broken
    /// ones. None where it is the order already, there is nobody to put first, or an id in
    /// it cannot be typed.
    pub fn order(&self) -> Option<Vec<ProfileId>> {
        let order = self.better_order()?;
        let is_writable = order.iter().all(|id| id.is_writable());
        is_writable.then(|| order.into_iter().cloned().collect())
    }

    /// The id that keeps the order from being typed, where one does.
    pub(super) fn unwritable(&self) -> Option<&ProfileId> {
        self.better_order()?.into_iter().find(|id| !id.is_writable())
    }

    fn better_order(&self) -> Option<Vec<&ProfileId>> {
        let sign_ins = self.report.sign_ins;
        // A profile that was left out stays out: advice brings none back.
        let is_in = |one: &&Ranked| {
            let row = self.row(one);
            !row.is_left_out && row.profile.provider == sign_ins.provider
        };
        rotation::pick(&self.ranked).filter(is_in)?;
        let ranked = self.ranked.iter().filter(|one| one.tier != Tier::Broken && is_in(one));
        let mut order: Vec<&ProfileId> = ranked.map(|one| &self.row(one).profile.id).collect();
        let now = sign_ins.order.in_effect();
        if now.is_none() && order.len() < 2 {
            // It would only lock out whoever signs in later.
            return None;
        }
        // Keys are not ranked, and stay where nothing better is left: a list without
        // them would take them out of use. Without an order the gateway may pick any.
        let all = || sign_ins.keys.iter().map(|key| &key.id).collect();
        let named: Vec<&ProfileId> = now.map_or_else(all, |now| now.iter().collect());
        for id in &named {
            // The gateway takes no name twice, whatever stands in the order.
            if sign_ins.key(id).is_some() && !order.contains(id) {
                order.push(id);
            }
        }
        let is_so = now.is_some() && named == order;
        (!is_so).then_some(order)
    }
}
