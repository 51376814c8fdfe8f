//! Keys of readings: hashes that are the same in every build, since they are kept.

use siphasher::sip::SipHasher13;

use crate::profile::{Access, Identity, Profile};

/// Hex digits of a key.
pub(super) const KEY_LENGTH: usize = 16;

/// Sixteen hex digits that only this installation can tie to a profile, and to whom it
/// signs in: another account under the same label has no past.
pub fn key(profile: &Profile, salt: &str) -> String {
    let Identity { account_id, user_id } = &profile.identity;
    let [account, user] = [account_id, user_id].map(|id| id.as_deref().unwrap_or_default());
    hashed(&[salt, profile.id.as_str(), account, user])
}

/// Sixteen hex digits in the place of these parts.
pub fn hashed(parts: &[&str]) -> String {
    format!("{:016x}", siphash(parts))
}

/// A number that is another once somebody has signed in again, or the gateway has
/// refreshed or replaced the credential. A token that expires is still the same.
pub(super) fn sign_in(profile: &Profile, salt: &str) -> u64 {
    let token = match profile.access {
        Access::Ready | Access::Expired => "stored",
        Access::Fenced => "fenced",
        Access::Missing => "missing",
    };
    let expiry = profile.expires_at.map(|at| at.to_string());
    let refresh = if profile.has_refresh { "refresh" } else { "" };
    number(&[salt, token, &expiry.unwrap_or_default(), refresh])
}

/// The largest whole number that every reader of JSON takes as it is.
pub(super) const LARGEST: u64 = (1 << 53) - 1;

/// A hash that every reader of JSON takes for a whole number.
pub(super) fn number(parts: &[&str]) -> u64 {
    siphash(parts) >> 11
}

/// SipHash-1-3 without a key: the same in every build, since its results are kept.
fn siphash(parts: &[&str]) -> u64 {
    SipHasher13::new().hash(parts.join("\n").as_bytes())
}
