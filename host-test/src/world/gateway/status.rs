//! The answer to `models status --json`: a recorded one, told of other stores. It
//! leaks what real ones leak, addresses and parts of keys.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::kept::{CredentialKind, Profile, Stores};
use super::{RecordedGateway, pretty};
use crate::store::Era;

/// The time before its expiry at which a sign-in is called expiring: a day.
const WARN_MS: i64 = 86_400_000;

impl RecordedGateway {
    /// A recorded status, told of these stores.
    pub(super) fn status(&self, agent: &str, stores: &Stores) -> String {
        let profiles = stores.profiles();
        let mut status = self.recorded_status(&profiles);
        status["agentId"] = json!(agent);
        let agent_dir = format!("/home/user/.openclaw/agents/{agent}/agent");
        status["agentDir"] = json!(agent_dir);
        let auth = &mut status["auth"];
        auth["storePath"] = json!(match self.era {
            Era::Json => format!("{agent_dir}/auth-profiles.json"),
            Era::Sqlite => stores.database(agent),
        });
        auth["unusableProfiles"] = self.unusable(&profiles, stores);
        if profiles.is_empty() {
            return pretty(&status);
        }
        let effective = auth["providers"][0]["effective"].clone();
        let mut by_provider: BTreeMap<&str, Vec<&Profile>> = BTreeMap::new();
        for profile in &profiles {
            by_provider.entry(&profile.provider).or_default().push(profile);
        }
        let overview = |(provider, of): (&&str, &Vec<&Profile>)| {
            let profiles = self.counted(of);
            json!({ "provider": provider, "effective": effective, "profiles": profiles })
        };
        let signed_in = |(provider, of): (&&str, &Vec<&Profile>)| {
            let signed_in =
                of.iter().filter(|profile| profile.kind != CredentialKind::ApiKey).count();
            (signed_in > 0).then(|| json!(format!("{provider} ({signed_in})")))
        };
        let health = |profile: &&Profile| profile.health(self.era, self.now * 1000);
        auth["providers"] = by_provider.iter().map(overview).collect();
        auth["providersWithOAuth"] = by_provider.iter().filter_map(signed_in).collect();
        auth["oauth"]["profiles"] = by_provider.values().flatten().map(health).collect();
        auth["oauth"]["providers"] = by_provider
            .iter()
            .map(|(provider, of)| self.provider_health(provider, of, stores))
            .collect();
        pretty(&status)
    }

    fn recorded_status(&self, profiles: &[Profile]) -> Value {
        let text = match (self.era, profiles.is_empty()) {
            (Era::Json, false) => include_str!("json-status.json"),
            (Era::Json, true) => include_str!("json-status-empty.json"),
            (Era::Sqlite, false) => include_str!("sqlite-status.json"),
            (Era::Sqlite, true) => include_str!("sqlite-status-empty.json"),
        };
        serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("a recorded status, part of this program: {error}"))
    }

    fn counted(&self, profiles: &[&Profile]) -> Value {
        let count = |kind| profiles.iter().filter(|profile| profile.kind == kind).count();
        let labels = profiles.iter().map(|profile| profile.secret_label(self.era));
        json!({
            "count": profiles.len(),
            "oauth": count(CredentialKind::Oauth),
            "token": count(CredentialKind::Token),
            "apiKey": count(CredentialKind::ApiKey),
            "labels": labels.collect::<Vec<_>>(),
        })
    }

    /// A provider's entry in `auth.oauth.providers`.
    fn provider_health(&self, provider: &str, profiles: &[&Profile], stores: &Stores) -> Value {
        let health = |profile: &&Profile| profile.health(self.era, self.now * 1000);
        let all: Vec<Value> = profiles.iter().map(health).collect();
        let mut entry = json!({ "provider": provider, "profiles": all });
        let judged = match self.era {
            Era::Json => all,
            Era::Sqlite => {
                let effective = self.effective(provider, profiles, stores);
                let effective: Vec<Value> = effective.iter().map(health).collect();
                entry["effectiveProfiles"] = json!(effective);
                effective
            }
        };
        let first = judged.iter().filter_map(|health| health["expiresAt"].as_i64()).min();
        if let Some(first) = first {
            entry["expiresAt"] = json!(first);
            entry["remainingMs"] = json!(first - self.now * 1000);
        }
        let has = |status: &str| judged.iter().any(|health| health["status"] == status);
        let worst = ["expired", "missing", "expiring", "ok", "static"];
        let status = worst.into_iter().find(|status| has(status));
        entry["status"] = json!(match (self.era, status) {
            (Era::Json, Some("missing")) => "expired",
            (_, status) => status.unwrap_or("missing"),
        });
        entry
    }

    /// The profiles of a provider as 2026.9.6 would try them: what cannot work is
    /// left out, what is in a cooldown comes last.
    fn effective<'a>(
        &self,
        provider: &str,
        profiles: &[&'a Profile],
        stores: &Stores,
    ) -> Vec<&'a Profile> {
        let now_ms = self.now * 1000;
        let usage = stores.section("usageStats");
        let order = stores.order(self.era, provider);
        let named = |id: &String| profiles.iter().find(|profile| profile.id == *id).copied();
        let ordered: Option<Vec<&Profile>> =
            order.map(|order| order.iter().filter_map(named).collect());
        // An order of which nothing is left is none.
        let ordered = ordered.filter(|ordered| !ordered.is_empty());
        let all = ordered.clone().unwrap_or_else(|| profiles.to_vec());
        let mut usable = all.clone();
        usable.retain(|profile| profile.refused(self.era, now_ms).is_none());
        if usable.is_empty() {
            return all;
        }
        usable.sort_by_key(|profile| {
            let usage = usage.get(&profile.id).unwrap_or(&Value::Null);
            let until = blocked_until(usage).filter(|until| *until > now_ms);
            let is_over = profile.expires().is_some_and(|expires| expires <= now_ms);
            let choice = (profile.kind, is_over, usage["lastUsed"].as_i64().unwrap_or(0));
            (until, ordered.is_none().then_some(choice))
        });
        usable
    }

    fn unusable(&self, profiles: &[Profile], stores: &Stores) -> Value {
        let now_ms = self.now * 1000;
        let usage = stores.section("usageStats");
        let blocked = |profile: &Profile| {
            let usage = usage.get(&profile.id)?;
            let until = blocked_until(usage).filter(|until| *until > now_ms)?;
            let is_disabled = usage["disabledUntil"].as_i64().is_some_and(|until| until > now_ms);
            let (kind, reason) = match (is_disabled, self.era) {
                (true, _) => ("disabled", "disabledReason"),
                (false, Era::Json) => ("cooldown", "disabledReason"),
                (false, Era::Sqlite) => ("cooldown", "cooldownReason"),
            };
            let mut blocked = json!({
                "profileId": profile.id,
                "provider": profile.provider,
                "kind": kind,
                "until": until,
                "remainingMs": until - now_ms,
            });
            if let Some(reason) = usage[reason].as_str() {
                blocked["reason"] = json!(reason);
            }
            Some((until, blocked))
        };
        let mut blocked: Vec<_> = profiles.iter().filter_map(blocked).collect();
        blocked.sort_by_key(|(until, _)| *until);
        blocked.into_iter().map(|(_, blocked)| blocked).collect()
    }
}

impl Profile {
    /// In epoch milliseconds.
    fn expires(&self) -> Option<i64> {
        self.entry["expires"].as_i64().filter(|expires| *expires > 0)
    }

    fn is_fenced(&self) -> bool {
        let access = self.text("access").unwrap_or_default();
        access.starts_with("openclaw-oauth-refresh-fence:")
    }

    /// The reason for which the gateway would not even try it.
    fn refused(&self, era: Era, now_ms: i64) -> Option<&'static str> {
        let is_there = match self.kind {
            // Up to 2026.5 only the expiry is looked at.
            CredentialKind::Oauth if era == Era::Json => true,
            CredentialKind::Oauth => self.text("access").or(self.text("refresh")).is_some(),
            CredentialKind::Token => self.text("token").is_some(),
            CredentialKind::ApiKey => era == Era::Json || self.text("key").is_some(),
        };
        let is_over = match self.kind {
            CredentialKind::Oauth => era == Era::Sqlite && self.is_fenced(),
            CredentialKind::Token => self.expires().is_some_and(|expires| expires <= now_ms),
            CredentialKind::ApiKey => false,
        };
        match (is_there, is_over) {
            (false, _) => Some("missing_credential"),
            (true, true) => Some("expired"),
            (true, false) => None,
        }
    }

    /// Its entry in `auth.oauth.profiles`.
    fn health(&self, era: Era, now_ms: i64) -> Value {
        let mut health = json!({
            "profileId": self.id,
            "provider": self.provider,
            "type": self.kind.name(),
            "source": "store",
            "label": self.label(era),
        });
        let expires = self.expires();
        let status = match (self.refused(era, now_ms), self.kind, expires) {
            (Some(reason), _, _) => {
                health["reasonCode"] = json!(reason);
                if reason == "expired" { reason } else { "missing" }
            }
            (None, CredentialKind::ApiKey, _) | (None, CredentialKind::Token, None) => "static",
            (None, CredentialKind::Oauth, None) => "missing",
            (None, _, Some(expires)) => {
                health["expiresAt"] = json!(expires);
                health["remainingMs"] = json!(expires - now_ms);
                // It used to count on a refresh that succeeds.
                let refreshed = era == Era::Json && self.text("refresh").is_some();
                match expires - now_ms {
                    _ if refreshed => "ok",
                    ..=0 => "expired",
                    1..=WARN_MS => "expiring",
                    _ => "ok",
                }
            }
        };
        health["status"] = json!(status);
        health
    }

    fn label(&self, era: Era) -> String {
        match self.person(era) {
            Some(person) => format!("{} ({person})", self.id),
            None => self.id.clone(),
        }
    }

    /// Its label in `auth.providers`: with an e-mail address or part of a key.
    fn secret_label(&self, era: Era) -> String {
        let id = &self.id;
        match (self.kind, self.person(era)) {
            (CredentialKind::Oauth, Some(person)) => format!("{id}=OAuth ({person})"),
            (CredentialKind::Oauth, None) => format!("{id}=OAuth"),
            (CredentialKind::Token, _) => format!("{id}=token:{}", masked(self.text("token"))),
            (CredentialKind::ApiKey, _) => format!("{id}={}", masked(self.text("key"))),
        }
    }

    fn person(&self, era: Era) -> Option<&str> {
        match era {
            Era::Json => self.text("email"),
            Era::Sqlite => self.text("displayName").or(self.text("email")),
        }
    }
}

/// The gateway's way to hide a key, which shows a good part of it.
fn masked(secret: Option<&str>) -> String {
    let Some(secret) = secret else {
        return "missing".to_owned();
    };
    let letters: Vec<char> = secret.chars().collect();
    let shown = match letters.len() {
        ..=6 => 1,
        7..=16 => 2,
        _ => 8,
    };
    let start: String = letters.iter().take(shown).collect();
    let end: String = letters[letters.len() - shown..].iter().collect();
    format!("{start}...{end}")
}

/// In epoch milliseconds, like all that is stored.
fn blocked_until(usage: &Value) -> Option<i64> {
    let names = ["blockedUntil", "cooldownUntil", "disabledUntil"];
    names.iter().filter_map(|name| usage[name].as_i64()).max()
}
