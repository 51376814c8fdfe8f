//! An agent's store on top of the shared one, and what the two come to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::layer::Layer;
use super::profile::{self, OPENAI, OPENAI_CODEX};
use super::sign_ins::{Era, Finding, Profile, SignIns};
use crate::secret::Secret;

/// An agent's own layer and the one below it, as they are stored.
pub(super) struct Stored {
    era: Era,
    /// The store that is named when a person asks where these come from: the
    /// agent's own if it holds entries.
    pub(super) path: PathBuf,
    own: Layer,
    shared: Option<Layer>,
}

impl Stored {
    /// `None` if there is neither layer.
    pub(super) fn new(
        era: Era,
        own: Option<(Layer, PathBuf)>,
        shared: Option<(Layer, PathBuf)>,
    ) -> Option<Self> {
        let named =
            [&own, &shared].into_iter().flatten().find(|(layer, _)| !layer.entries.is_empty());
        let path = named.or(own.as_ref()).or(shared.as_ref())?.1.clone();
        Some(Self {
            era,
            path,
            own: own.map(|(layer, _)| layer).unwrap_or_default(),
            shared: shared.map(|(layer, _)| layer),
        })
    }

    /// Returns whether any credential of any provider is stored.
    pub(super) fn has_entries(&self) -> bool {
        let shared = self.shared.iter().any(|layer| !layer.entries.is_empty());
        shared || !self.own.entries.is_empty()
    }

    /// Takes over what `other` holds that must not leak, and nothing else.
    pub(super) fn add_secrets_of(&mut self, other: Self) {
        let shared = other.shared.into_iter().flat_map(|layer| layer.secrets);
        self.own.secrets.extend(other.own.secrets);
        self.own.secrets.extend(shared);
    }

    /// Merges the layers and turns them into what is handed out.
    pub(super) fn sign_ins(
        mut self,
        source: String,
        mut findings: BTreeSet<Finding>,
        now: i64,
    ) -> SignIns {
        let own_order = std::mem::take(&mut self.own.order);
        let own_entries: Vec<(String, String)> = self.own.providers().collect();
        let shared_order = self.shared.as_ref().map(|layer| layer.order.clone());
        let all = match self.shared {
            Some(shared) => self.own.over(shared),
            None => self.own,
        };

        let profiles: Vec<Profile> = all
            .entries
            .iter()
            .filter_map(|(id, entry)| {
                profile::read(id, entry, all.usage.get(id), now, &mut findings)
            })
            .collect();
        let provider = provider(self.era, &profiles);
        let keys = all
            .entries
            .iter()
            .filter_map(|(id, entry)| profile::key(id, entry, provider))
            .collect();
        let order = of_provider(&own_order, provider).cloned();
        let inherited_order = shared_order
            .as_ref()
            .and_then(|order| of_provider(order, provider))
            .map(|order| match self.era {
                Era::Json => order.clone(),
                Era::Sqlite => behind_own(order, &own_entries, provider),
            });
        let last_good = of_provider(&all.last_good, provider)
            .filter(|id| all.entries.contains_key(*id))
            .cloned();

        let orders = [order.as_deref(), inherited_order.as_deref()];
        findings.extend(oddities(&all, &profiles, orders));
        SignIns {
            era: self.era,
            source,
            provider: provider.to_owned(),
            profiles,
            keys,
            order,
            inherited_order,
            last_good,
            findings: findings.into_iter().collect(),
            secrets: all.secrets.into_iter().map(Secret::new).collect(),
        }
    }
}

/// Mixed state that the entries and the orders show.
fn oddities(
    all: &Layer,
    profiles: &[Profile],
    orders: [Option<&[String]>; 2],
) -> impl Iterator<Item = Finding> {
    let is_mixed = profiles.iter().any(|profile| profile.provider != profiles[0].provider);
    let mut ordered = orders.into_iter().flatten().flatten();
    let names_missing = ordered.any(|id| !all.entries.contains_key(id));
    let found = [
        (all.skipped, Finding::SkippedEntries),
        (is_mixed, Finding::MixedProviders),
        (names_missing, Finding::OrderNamesMissing),
    ];
    let found = found.into_iter().filter(|(is_so, _)| *is_so);
    found.map(|(_, finding)| finding)
}

/// Under which provider the gateway keeps the order of these profiles.
fn provider(era: Era, profiles: &[Profile]) -> &'static str {
    let mut old = profiles.iter().map(|profile| profile.provider == OPENAI_CODEX);
    let codex = match era {
        Era::Json => profiles.is_empty() || old.any(|old| old),
        Era::Sqlite => !profiles.is_empty() && old.all(|old| old),
    };
    if codex { OPENAI_CODEX } else { OPENAI }
}

/// The value of the provider, or of its other name where only that has one.
fn of_provider<'a, T>(map: &'a BTreeMap<String, T>, provider: &str) -> Option<&'a T> {
    let other = match provider {
        OPENAI => OPENAI_CODEX,
        _ => OPENAI,
    };
    map.get(provider).or_else(|| map.get(other))
}

/// A shared order as an agent without its own has it from 2026.6 on: its own
/// profiles come first.
fn behind_own(shared: &[String], own: &[(String, String)], provider: &str) -> Vec<String> {
    let own = own.iter().filter(|(_, of)| of == provider).map(|(id, _)| id);
    let mut seen = BTreeSet::new();
    own.chain(shared).filter(|id| seen.insert(id.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn sign_ins(era: Era, store: &str) -> SignIns {
        let own = (Layer::parse(store).unwrap(), PathBuf::from("store"));
        let stored = Stored::new(era, Some(own), None).unwrap();
        stored.sign_ins("~/store".to_owned(), BTreeSet::new(), 1_790_000_000)
    }

    #[test]
    fn the_provider_follows_the_era_and_the_profiles() {
        const NONE: &str = r#"{"profiles":{}}"#;
        const OLD: &str = r#"{"profiles":{"openai-codex:a":{"type":"oauth"}}}"#;
        const NEW: &str = r#"{"profiles":{"openai:a":{"type":"oauth"}}}"#;
        const BOTH: &str =
            r#"{"profiles":{"openai-codex:a":{"type":"oauth"},"openai:a":{"type":"oauth"}}}"#;
        for (store, json, sqlite) in [
            (NONE, OPENAI_CODEX, OPENAI),
            (OLD, OPENAI_CODEX, OPENAI_CODEX),
            (NEW, OPENAI, OPENAI),
            (BOTH, OPENAI_CODEX, OPENAI),
        ] {
            assert_eq!(sign_ins(Era::Json, store).provider, json, "{store}");
            assert_eq!(sign_ins(Era::Sqlite, store).provider, sqlite, "{store}");
        }
    }

    #[test]
    fn an_order_under_the_other_name_counts_only_where_it_is_alone() {
        let order = |orders: &str| {
            let store = r#"{"profiles":{"openai:a":{"type":"oauth"}},"order":"#;
            sign_ins(Era::Sqlite, &format!("{store}{orders}}}")).order
        };
        assert_eq!(order(r#"{"openai-codex":["x"]}"#).unwrap(), ["x"]);
        assert_eq!(order(r#"{"openai-codex":["x"],"openai":["y"]}"#).unwrap(), ["y"]);
        assert_eq!(order(r#"{"anthropic":["x"]}"#), None);
    }

    #[test]
    fn a_last_good_profile_that_is_gone_is_not_named() {
        let store =
            r#"{"profiles":{"openai:a":{"type":"oauth"}},"lastGood":{"openai":"openai:b"}}"#;
        assert_eq!(sign_ins(Era::Sqlite, store).last_good, None);
    }
}
