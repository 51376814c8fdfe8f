//! The stored sign-ins: what the component may know of them, and what may not leave.

use std::time::Instant;

use super::Host;
use crate::contract::{auth_store, commands};
use crate::digest;
use crate::secret::{Secret, SecretScan};
use crate::store::{self, SignIns, StoreError};

impl auth_store::Host for Host {
    fn read(&mut self) -> wasmtime::Result<Result<auth_store::Snapshot, auth_store::Error>> {
        self.count()?;
        Ok(self.snapshot())
    }
}

impl Host {
    /// Reads the sign-ins once per call, and from then on knows what may not cross.
    pub(super) fn load(&mut self) -> Result<(), StoreError> {
        if self.sign_ins.is_none() {
            let away_since = Instant::now();
            let read = self.world.store.read(self.now());
            if let Ok(sign_ins) = &read {
                self.learn(sign_ins);
            }
            self.sign_ins = Some(read);
            self.away += away_since.elapsed();
        }
        match &self.sign_ins {
            Some(Err(error)) => Err(error.clone()),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// The sign-ins, where this call has read them.
    pub(super) fn known(&self) -> Option<&SignIns> {
        self.sign_ins.as_ref()?.as_ref().ok()
    }

    /// From now on these secrets do not cross. What was one before a change is one
    /// after it.
    pub(super) fn learn(&mut self, sign_ins: &SignIns) {
        self.secrets.extend(sign_ins.secrets.iter().cloned());
        self.scan = SecretScan::new(&self.secrets);
        let profiles = sign_ins.profiles.iter();
        let ids = profiles.flat_map(|profile| [&profile.account_id, &profile.user_id]);
        self.ids.extend(ids.flatten().map(Secret::new));
        self.unshown = unshown(&self.ids, sign_ins);
    }

    /// The request as the guest hears it: a session's profile only where it is one of the
    /// snapshot that this call lends.
    pub(crate) fn vetted(&mut self, request: &commands::Request) -> commands::Request {
        let mut request = request.clone();
        request.session_profile = request.session_profile.filter(|session| {
            self.snapshot().is_ok_and(|lent| {
                let profiles = lent.profiles.iter().map(|profile| &profile.id);
                let mut ids = profiles.chain(lent.keys.iter().map(|key| &key.id));
                ids.any(|id| *id == session.profile)
            })
        });
        request
    }

    fn snapshot(&mut self) -> Result<auth_store::Snapshot, auth_store::Error> {
        self.load().map_err(|error| store_error(&error))?;
        match self.known() {
            Some(sign_ins) if !self.leaks(shown_texts(sign_ins)) => Ok(snapshot(sign_ins)),
            denied => Err(auth_store::Error {
                failure: auth_store::Failure::Denied,
                source: denied.map_or_else(String::new, |sign_ins| sign_ins.source.clone()),
            }),
        }
    }
}

/// Finds these ids of accounts and users, except those that name a profile: its name is
/// shown.
fn unshown(ids: &[Secret], sign_ins: &SignIns) -> SecretScan {
    let all = SecretScan::new(ids);
    let is_found = |scan: &SecretScan, name: &&str| scan.finds(name.as_bytes());
    let named: Vec<&str> = names(sign_ins).filter(|name| is_found(&all, name)).collect();
    // Seldom any: a gateway that knows no e-mail address names a profile after its user.
    if named.is_empty() {
        return all;
    }
    let is_unnamed = |id: &&Secret| {
        let scan = SecretScan::new([*id]);
        !named.iter().any(|name| is_found(&scan, name))
    };
    SecretScan::new(ids.iter().filter(is_unnamed))
}

/// Returns the names of profiles and keys, wherever they are stored.
fn names(sign_ins: &SignIns) -> impl Iterator<Item = &str> {
    let profiles = sign_ins.profiles.iter().map(|profile| &profile.id);
    let keys = sign_ins.keys.iter().map(|key| &key.id);
    let orders = sign_ins.order.iter().chain(&sign_ins.inherited_order);
    let all = profiles.chain(keys).chain(orders.flatten());
    all.map(String::as_str)
}

/// Every text of a snapshot that somebody else wrote.
fn shown_texts(sign_ins: &SignIns) -> impl Iterator<Item = &str> {
    let about = sign_ins.profiles.iter().flat_map(|profile| {
        let optional = [&profile.account_id, &profile.user_id, &profile.cooldown_reason];
        let reasons = profile.failure_counts.iter().map(|(reason, _)| reason.as_str());
        let optional = optional.into_iter().filter_map(|text| text.as_deref());
        optional.chain(reasons)
    });
    names(sign_ins).chain(about).chain(sign_ins.last_good.as_deref())
}

fn store_error(error: &StoreError) -> auth_store::Error {
    auth_store::Error {
        failure: match error.failure {
            store::Failure::Missing => auth_store::Failure::Missing,
            store::Failure::Unreadable => auth_store::Failure::Unreadable,
            store::Failure::Malformed => auth_store::Failure::Malformed,
            store::Failure::Unmigrated => auth_store::Failure::Unmigrated,
            store::Failure::Locked => auth_store::Failure::Locked,
            store::Failure::TooLarge => auth_store::Failure::TooLarge,
            store::Failure::BadAgent => auth_store::Failure::BadAgent,
        },
        source: error.source.clone(),
    }
}

fn snapshot(sign_ins: &SignIns) -> auth_store::Snapshot {
    auth_store::Snapshot {
        era: match sign_ins.era {
            store::Era::Json => auth_store::Era::Json,
            store::Era::Sqlite => auth_store::Era::Sqlite,
        },
        source: sign_ins.source.clone(),
        provider: sign_ins.provider.clone(),
        profiles: sign_ins.profiles.iter().map(redacted).collect(),
        keys: sign_ins.keys.iter().map(key).collect(),
        order: sign_ins.order.clone(),
        inherited_order: sign_ins.inherited_order.clone(),
        last_good: sign_ins.last_good.clone(),
        findings: sign_ins
            .findings
            .iter()
            .map(|finding| match finding {
                store::Finding::BothStores => auth_store::Finding::BothStores,
                store::Finding::LegacyAuthJson => auth_store::Finding::LegacyAuthJson,
                store::Finding::MigratedPlainTokens => auth_store::Finding::MigratedPlainTokens,
                store::Finding::StaleCooldown => auth_store::Finding::StaleCooldown,
                store::Finding::OrderNamesMissing => auth_store::Finding::OrderNamesMissing,
                store::Finding::MixedProviders => auth_store::Finding::MixedProviders,
                store::Finding::SkippedEntries => auth_store::Finding::SkippedEntries,
            })
            .collect(),
    }
}

fn key(key: &store::Key) -> auth_store::Key {
    auth_store::Key {
        id: key.id.clone(),
        handle: digest::short(key.id.as_bytes(), 4),
        kind: match key.kind {
            store::KeyKind::ApiKey => auth_store::KeyKind::ApiKey,
            store::KeyKind::Token => auth_store::KeyKind::Token,
        },
    }
}

fn redacted(profile: &store::Profile) -> auth_store::Profile {
    auth_store::Profile {
        id: profile.id.clone(),
        handle: profile.handle.clone(),
        provider: profile.provider.clone(),
        access: match profile.access {
            store::Access::Ready(_) => auth_store::Access::Ready,
            store::Access::Expired => auth_store::Access::Expired,
            store::Access::Fenced => auth_store::Access::Fenced,
            store::Access::Missing => auth_store::Access::Missing,
        },
        expires_at: profile.expires_at,
        has_refresh: profile.has_refresh,
        account_id: profile.account_id.clone(),
        user_id: profile.user_id.clone(),
        last_used_at: profile.last_used_at,
        last_failure_at: profile.last_failure_at,
        cooldown_until: profile.cooldown_until,
        cooldown_reason: profile.cooldown_reason.clone(),
        error_count: profile.error_count,
        failure_counts: profile.failure_counts.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use crate::contract::{auth_store, commands};
    use crate::host::fixtures::{host, request_of};

    #[test]
    fn a_snapshot_holds_no_token() {
        let snapshot = auth_store::Host::read(&mut host()).unwrap().unwrap();
        assert!(!format!("{snapshot:?}").contains("canary"));
        assert_eq!(snapshot.profiles.len(), 2);
        assert_eq!(snapshot.keys.len(), 1);
    }

    #[test]
    fn the_profile_of_a_session_is_told_where_it_is_lent() {
        let told = |profile: &str| {
            let request = commands::Request {
                session_profile: Some(commands::SessionProfile {
                    profile: profile.into(),
                    pin: commands::Pin::Auto,
                }),
                ..request_of("status")
            };
            host().vetted(&request).session_profile
        };
        let told = |profile: &str| told(profile).map(|session| session.profile);
        assert_eq!(told("openai:work").as_deref(), Some("openai:work"));
        for profile in ["openai:gone", "anthropic:work", "work", "", "openai:work\n"] {
            assert_eq!(told(profile), None, "{profile:?}");
        }
    }
}
