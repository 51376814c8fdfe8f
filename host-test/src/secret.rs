//! Secrets that the host holds, and the check that none of them goes anywhere.

use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// A credential. It has no `Display`, and its `Debug` says only that it is there.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a credential as stored.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The credential itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How many trailing bytes of a secret are looked for. Long enough to be nobody
/// else's, short enough that a thousand sign-ins make a small automaton.
const TAIL: usize = 40;

/// Finds any of a set of secrets in bytes that cross the border of the guest.
#[derive(Default)]
pub struct SecretScan {
    patterns: Option<AhoCorasick>,
}

impl SecretScan {
    /// Prepares to look for `secrets`, whole or in their telling parts: of a JSON
    /// Web Token also its payload and its signature alone.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut patterns: Vec<&[u8]> = Vec::new();
        for secret in secrets {
            let text = secret.expose();
            let parts = std::iter::once(text).chain(text.split('.').skip(1));
            patterns.extend(parts.filter(|part| part.len() >= 12).map(tail));
        }
        patterns.sort_unstable();
        patterns.dedup();
        if patterns.is_empty() {
            return Self::default();
        }
        // Built for every call and used for a few kilobytes: quick to build is best.
        let patterns = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(patterns);
        Self {
            patterns: patterns.ok(),
        }
    }

    /// Whether `bytes` hold one of the secrets.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        self.patterns
            .as_ref()
            .is_some_and(|patterns| patterns.is_match(bytes))
    }
}

fn tail(text: &str) -> &[u8] {
    let bytes = text.as_bytes();
    &bytes[bytes.len().saturating_sub(TAIL)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Table {
        secrets: Vec<String>,
        found: Vec<String>,
        passed: Vec<String>,
    }

    #[test]
    fn a_secret_is_found_whole_and_in_its_parts() {
        let table: Table =
            serde_json::from_str(include_str!("../tables/secrets.json")).expect("a table");
        let secrets: Vec<Secret> = table.secrets.into_iter().map(Secret::new).collect();
        let scan = SecretScan::new(&secrets);
        for text in table.found {
            assert!(scan.finds(text.as_bytes()), "{text}");
        }
        for text in table.passed {
            assert!(!scan.finds(text.as_bytes()), "{text}");
        }
        assert!(!SecretScan::default().finds(b"anything"));
    }

    #[test]
    fn debug_output_hides_the_secret() {
        assert_eq!(format!("{:?}", Secret::new("rt_FAKE")), "Secret(…)");
    }
}
