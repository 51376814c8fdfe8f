//! The state of a recorded gateway: profiles and orders over two documents, the
//! agent's own winning entry by entry.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::store::Era;

/// The documents that a recorded world's gateway keeps: what a JSON store holds
/// (`version`, `profiles`, `order`, `lastGood`, `usageStats`), in either era.
#[derive(Debug, Clone)]
pub(in crate::world) struct Stores {
    /// The agent's own. Its list `agents`, which no real store has, names the
    /// agents there are; without it there is `main`.
    pub own: Value,
    /// The store that all agents share.
    pub shared: Option<Value>,
}

/// A stored credential.
pub(super) struct Profile {
    pub(super) id: String,
    pub(super) provider: String,
    pub(super) kind: CredentialKind,
    pub(super) entry: Value,
}

/// The kinds of credentials, in the order in which the gateway prefers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CredentialKind {
    Oauth,
    Token,
    ApiKey,
}

impl Stores {
    /// Returns whether there is such an agent.
    pub(super) fn know(&self, agent: &str) -> bool {
        match self.own["agents"].as_array() {
            Some(agents) => agents.iter().any(|known| known == agent),
            None => agent == "main",
        }
    }

    /// A section of both stores, the own one winning entry by entry.
    pub(super) fn section(&self, name: &str) -> Map<String, Value> {
        let layers = self.shared.iter().chain([&self.own]);
        layers.filter_map(|store| store[name].as_object().cloned()).flatten().collect()
    }

    /// Returns an agent's credentials. As the gateway does, this takes no notice
    /// of entries that are none.
    pub(super) fn profiles(&self) -> Vec<Profile> {
        let entries = self.section("profiles").into_iter();
        entries.filter_map(|(id, entry)| Profile::read(id, entry)).collect()
    }

    /// The order that a provider has for the agent.
    pub(super) fn order(&self, era: Era, provider: &str) -> Option<Vec<String>> {
        if let Some(own) = order_in(&self.own, provider) {
            return Some(own);
        }
        let shared = order_in(self.shared.as_ref()?, provider)?;
        let own = match era {
            Era::Json => Vec::new(),
            // What the agent alone has comes before what it inherits.
            Era::Sqlite => self.own_ids(provider),
        };
        Some(distinct(own.iter().chain(&shared).map(String::as_str)))
    }

    fn own_ids(&self, provider: &str) -> Vec<String> {
        let entries = self.own["profiles"].as_object().cloned();
        let entries = entries.unwrap_or_default().into_iter();
        entries
            .filter_map(|(id, entry)| Profile::read(id, entry))
            .filter(|profile| profile.provider == provider)
            .map(|profile| profile.id)
            .collect()
    }

    /// Replaces the own order of a provider.
    pub(super) fn set_order(&mut self, provider: &str, ids: &[String]) {
        self.clear_order(provider);
        set(&mut self.own, "order", provider, json!(ids));
    }

    /// Clears the own order of a provider; an inherited one stays.
    pub(super) fn clear_order(&mut self, provider: &str) {
        if let Some(orders) = section_mut(&mut self.own, "order") {
            orders.retain(|key, _| folded(key) != provider);
        }
        drop_empty_order(&mut self.own);
    }

    /// Removes a profile from both stores, and all that names it.
    pub(super) fn forget(&mut self, id: &str) {
        for store in self.shared.iter_mut().chain([&mut self.own]) {
            for name in ["profiles", "usageStats"] {
                section_mut(store, name).map(|section| section.remove(id));
            }
            if let Some(good) = section_mut(store, "lastGood") {
                good.retain(|_, last| last != id);
            }
            if let Some(orders) = section_mut(store, "order") {
                for order in orders.values_mut().filter_map(Value::as_array_mut) {
                    order.retain(|named| named != id);
                }
                orders.retain(|_, order| order != &json!([]));
            }
            drop_empty_order(store);
        }
    }

    /// The store that a sign-in of this id is written to: the one it is in.
    pub(super) fn holder(&mut self, id: &str) -> &mut Value {
        let has = |store: &Value| store["profiles"].get(id).is_some();
        match &mut self.shared {
            Some(shared) if has(shared) && !has(&self.own) => shared,
            _ => &mut self.own,
        }
    }

    /// The database that a SQLite gateway names: the agent's own, once something
    /// was written to it.
    pub(super) fn database(&self, agent: &str) -> String {
        match self.own.get("version") {
            Some(_) => format!("/home/user/.openclaw/agents/{agent}/agent/openclaw-agent.sqlite"),
            None => "/home/user/.openclaw/state/openclaw.sqlite".to_owned(),
        }
    }
}

impl CredentialKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Oauth => "oauth",
            Self::Token => "token",
            Self::ApiKey => "api_key",
        }
    }
}

impl Profile {
    fn read(id: String, entry: Value) -> Option<Self> {
        let kind = match entry["type"].as_str().or(entry["mode"].as_str())? {
            "oauth" => CredentialKind::Oauth,
            "token" => CredentialKind::Token,
            "api_key" | "apiKey" => CredentialKind::ApiKey,
            _ => return None,
        };
        let prefix = id.split(':').next().unwrap_or_default();
        let provider = folded(entry["provider"].as_str().unwrap_or(prefix));
        Some(Self { id, provider, kind, entry })
    }

    /// A field that is not blank.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.entry[name].as_str().map(str::trim);
        text.filter(|text| !text.is_empty())
    }
}

/// Writes into a section of a store. One that is written to for the first time
/// becomes a whole store document.
pub(super) fn set(store: &mut Value, section: &str, key: &str, value: Value) {
    let Some(document) = object(store) else {
        return;
    };
    document.entry("version").or_insert(json!(1));
    document.entry("profiles").or_insert(json!({}));
    if let Some(section) = object(document.entry(section).or_insert(Value::Null)) {
        section.insert(key.to_owned(), value);
    }
}

fn section_mut<'a>(store: &'a mut Value, name: &str) -> Option<&'a mut Map<String, Value>> {
    store.get_mut(name)?.as_object_mut()
}

fn drop_empty_order(store: &mut Value) {
    if let Some(document) = store.as_object_mut() {
        document.retain(|name, section| name != "order" || section != &json!({}));
    }
}

fn order_in(store: &Value, provider: &str) -> Option<Vec<String>> {
    let mut orders = store["order"].as_object()?.iter();
    let (_, ids) = orders.find(|(key, _)| folded(key) == provider)?;
    let ids = distinct(ids.as_array()?.iter().filter_map(Value::as_str));
    (!ids.is_empty()).then_some(ids)
}

/// Trimmed, each once, none empty.
pub(super) fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    ids.map(str::trim).filter(|id| !id.is_empty() && seen.insert(*id)).map(str::to_owned).collect()
}

/// Providers are compared so.
pub(super) fn folded(provider: &str) -> String {
    provider.trim().to_lowercase()
}

/// The object that a value is, or becomes.
pub(super) fn object(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut()
}
