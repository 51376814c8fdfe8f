//! Checks on sign-ins, whatever store they were read from.

use host::policy::is_agent;
use host::secret::SecretScan;
use host::store::{Access, Place, Profile, SignIns, StoreError, read};
use serde_json::Value;
use std::path::Path;

use crate::{CANARY, NOW};

/// The last second of the year 9999.
const LATEST: i64 = codex_profiler::time::LATEST;

/// A store in this folder.
pub fn place(folder: &Path, auth_path: Option<&Path>, agent: &str) -> Place {
    Place {
        home: folder.to_owned(),
        state_dir: Some(folder.to_owned()),
        auth_path: auth_path.map(Path::to_owned),
        agent: agent.to_owned(),
    }
}

/// Reads a store and looks at what came of it.
pub fn check_read(place: &Place) -> Option<SignIns> {
    assert!(is_agent(&place.agent));
    check(read(place, NOW))
}

/// Looks at what was read.
pub fn check(read: Result<SignIns, StoreError>) -> Option<SignIns> {
    let sign_ins = match read {
        Ok(sign_ins) => sign_ins,
        Err(error) => {
            assert!(!error.to_string().contains(CANARY), "{error}");
            return None;
        }
    };
    for two in sign_ins.profiles.windows(2) {
        assert!(two[0].id < two[1].id, "not sorted, or twice");
    }
    for two in sign_ins.keys.windows(2) {
        assert!(two[0].id < two[1].id, "not sorted, or twice");
    }
    let keys = sign_ins.keys.iter().map(|key| &key.id);
    for id in sign_ins.profiles.iter().map(|profile| &profile.id).chain(keys) {
        check_id(id);
    }
    sign_ins.profiles.iter().for_each(check_profile);
    for order in [&sign_ins.order, &sign_ins.inherited_order].into_iter().flatten() {
        for (index, id) in order.iter().enumerate() {
            check_id(id);
            assert!(!order[..index].contains(id), "twice in the order: {id:?}");
        }
    }
    assert!(["openai", "openai-codex"].contains(&sign_ins.provider.as_str()));
    // What may be sent is known as a secret, so that it is found where it leaks.
    let scan = SecretScan::new(&sign_ins.secrets);
    for profile in &sign_ins.profiles {
        if let Access::Ready(secret) = &profile.access {
            assert!(sign_ins.secrets.contains(secret), "an unknown secret");
            let token = secret.expose();
            assert!(token.len() < 12 || scan.finds(token.as_bytes()), "{token}");
        }
    }
    assert_eq!(sign_ins.digest().len(), 64);
    Some(sign_ins)
}

fn check_id(id: &str) {
    assert!((1..=256).contains(&id.len()), "{id:?}");
    assert!(!id.chars().any(char::is_control), "{id:?}");
}

fn check_profile(profile: &Profile) {
    assert!(["openai", "openai-codex"].contains(&profile.provider.as_str()));
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    assert!(profile.handle.len() == 8 && profile.handle.bytes().all(hex));
    if let Access::Ready(secret) = &profile.access {
        let token = secret.expose();
        assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(profile.expires_at.is_none_or(|at| at > NOW), "expired and ready");
    }
    let instants = [profile.expires_at, profile.last_used_at, profile.last_failure_at];
    for at in instants.into_iter().flatten() {
        assert!((1..=LATEST).contains(&at), "{at}");
    }
    assert!(profile.cooldown_until.is_none_or(|at| (NOW + 1..=LATEST).contains(&at)));
    let reasons = profile.failure_counts.iter().map(|(reason, _)| reason);
    for reason in reasons.chain(&profile.cooldown_reason) {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        assert!((1..=40).contains(&reason.len()) && reason.bytes().all(plain), "{reason:?}");
    }
    for whom in [&profile.account_id, &profile.user_id].into_iter().flatten() {
        assert!((1..=128).contains(&whom.len()), "{whom:?}");
        assert!(whom.bytes().all(|byte| byte.is_ascii_graphic()), "{whom:?}");
    }
}

/// The same document with a canary behind every secret, each another. Nothing where it
/// is none, or where the canary is in it already.
pub fn with_canaries(document: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(document).ok()?;
    if document.contains('\\') || document.contains(CANARY) {
        return None;
    }
    let entries = value.get_mut("profiles")?.as_object_mut()?;
    let mut count = 0;
    for (_, entry) in entries {
        let Some(entry) = entry.as_object_mut() else {
            continue;
        };
        for name in ["access", "refresh", "token", "key", "idToken", "clientSecret"] {
            if let Some(Value::String(secret)) = entry.get_mut(name) {
                *secret = format!("{secret}{CANARY}-{count}");
                count += 1;
            }
        }
    }
    (count > 0).then(|| value.to_string())
}

/// That no canary is anywhere but in what is held as a secret.
pub fn check_canaries(sign_ins: &SignIns) {
    // A secret is told by no more than that it is there.
    let told = format!("{sign_ins:?}");
    assert!(!told.contains(CANARY), "a canary: {told}");
    let known = |secret: &&host::secret::Secret| secret.expose().contains(CANARY);
    assert!(sign_ins.secrets.iter().any(|secret| known(&secret)), "no canary is known");
}
