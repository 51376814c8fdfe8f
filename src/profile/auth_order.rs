//! The order in which the gateway tries the profiles of one agent.

use std::collections::BTreeMap;

use super::ProfileId;

/// The order of one agent: its own, and the one it falls back to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthOrder {
    /// The agent's own.
    pub own: Option<Vec<ProfileId>>,
    /// The one in effect where the agent has none; without it the gateway picks by itself.
    pub inherited: Option<Vec<ProfileId>>,
}

impl AuthOrder {
    /// The order that the gateway goes by, or none where it picks by itself.
    pub fn in_effect(&self) -> Option<&[ProfileId]> {
        let set = |order: &&[ProfileId]| !order.is_empty();
        let own = self.own.as_deref().filter(set);
        own.or(self.inherited.as_deref().filter(set))
    }

    /// The place of each profile in the order in effect, from 1.
    pub fn places(&self) -> BTreeMap<&ProfileId, usize> {
        let order = self.in_effect().unwrap_or_default();
        // Of a profile that is named twice, the first place counts.
        let places = order.iter().enumerate().rev();
        places.map(|(index, id)| (id, index + 1)).collect()
    }

    /// The order after `id` is deleted.
    pub fn without(&self, id: &ProfileId) -> Self {
        let rest = |order: &Option<Vec<ProfileId>>| {
            let others = order.as_deref()?.iter().filter(|other| *other != id);
            let rest: Vec<ProfileId> = others.cloned().collect();
            (!rest.is_empty()).then_some(rest)
        };
        Self { own: rest(&self.own), inherited: rest(&self.inherited) }
    }
}
