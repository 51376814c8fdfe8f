//! Secrets that the host holds, and the check that none of them goes anywhere.

use std::borrow::Cow;
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use invisible::is_blank;

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

/// The number of trailing bytes to search for: enough to be unique to the secret, and few enough
/// that the automaton stays small with a thousand sign-ins.
const TAIL: usize = 40;

/// The fewest bytes that tell a secret.
const LEAST: usize = 12;

/// Finds any of a set of secrets in bytes that cross the border of the guest.
#[derive(Default)]
pub struct SecretScan {
    patterns: Option<Result<AhoCorasick, BuildError>>,
}

impl SecretScan {
    /// Prepares to look for `secrets`, whole or in their telling parts: of a JSON
    /// Web Token also its payload and its signature alone.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut patterns: Vec<&[u8]> = Vec::new();
        for secret in secrets {
            let text = secret.expose();
            let parts = std::iter::once(text).chain(text.split('.').skip(1));
            patterns.extend(parts.filter(|part| part.len() >= LEAST).map(tail));
        }
        patterns.sort_unstable();
        patterns.dedup();
        if patterns.is_empty() {
            return Self::default();
        }
        // Built for every call and used for a few kilobytes: quick to build is best.
        let patterns =
            AhoCorasick::builder().kind(Some(AhoCorasickKind::NoncontiguousNFA)).build(patterns);
        Self { patterns: Some(patterns) }
    }

    /// Returns whether `bytes` hold one of the secrets: as it is, with blanks in it, or in
    /// one of the encodings that programs write text in: the escapes of JSON and of a
    /// URL, UTF-16, base64, hexadecimal.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        let patterns = match &self.patterns {
            None => return false,
            // Nobody knows what is in there.
            Some(Err(_)) => return true,
            Some(Ok(patterns)) => patterns,
        };
        if bytes.len() < LEAST {
            return false;
        }
        let plain = plain(bytes);
        patterns.is_match(bytes)
            || patterns.is_match(&plain)
            || decoded(&plain).any(|bytes| patterns.is_match(&bytes))
    }
}

/// `bytes` with `\u0041`, `%41` and `\/` as the letters that they stand for, and without
/// blanks.
fn plain(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'%');
    if bytes.iter().all(is_plain) {
        return Cow::Borrowed(bytes);
    }
    // A blank can break up an escape, and an escape can stand for a blank.
    Cow::Owned(stripped(&unescaped(&stripped(bytes))))
}

fn stripped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for piece in chunk.valid().split(is_blank) {
            plain.extend_from_slice(piece.as_bytes());
        }
        plain.extend_from_slice(chunk.invalid());
    }
    plain
}

fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        let run = rest.iter().position(|byte| matches!(byte, b'\\' | b'%'));
        let (run, behind) = rest.split_at(run.unwrap_or(rest.len()));
        plain.extend_from_slice(run);
        let [first, behind @ ..] = behind else {
            return plain;
        };
        rest = behind;
        match rest {
            [b'u', a, b, c, d, behind @ ..] if *first == b'\\' => {
                if let (Some(upper), Some(lower)) = (hex(*a, *b), hex(*c, *d)) {
                    // Half of a wide character is nothing: secrets are of ASCII.
                    let c = char::from_u32(u32::from_be_bytes([0, 0, upper, lower]));
                    let mut utf8 = [0; 4];
                    plain.extend_from_slice(c.map_or("", |c| c.encode_utf8(&mut utf8)).as_bytes());
                    rest = behind;
                }
            }
            [b'n' | b'r' | b't' | b'b' | b'f', behind @ ..] if *first == b'\\' => rest = behind,
            [a, b, behind @ ..] if *first == b'%' => match hex(*a, *b) {
                Some(byte) => {
                    plain.push(byte);
                    rest = behind;
                }
                None => plain.push(*first),
            },
            _ if *first == b'%' => plain.push(*first),
            _ => {}
        }
    }
}

/// Decodes the runs of letters in `plain` as base64 and as hexadecimal, whatever
/// stands before an encoded secret.
fn decoded(plain: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let mut base64 = runs(plain, is_letter, LEAST * 4 / 3);
    for byte in &mut base64 {
        *byte = match *byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
    }
    let base64 = (0..4).filter_map(move |from| {
        let letters = base64.get(from..)?;
        // One letter alone is no byte.
        let whole = letters.len() - usize::from(letters.len() % 4 == 1);
        BASE64.decode(&letters[..whole]).ok()
    });
    let digits = runs(plain, u8::is_ascii_hexdigit, LEAST * 2);
    let hexadecimal = (0..2).map(move |from| {
        let pairs = digits.get(from..).unwrap_or_default().chunks_exact(2);
        pairs.filter_map(|pair| hex(pair[0], pair[1])).collect()
    });
    base64.chain(hexadecimal)
}

/// All runs of so many wanted bytes or more, without what stands between them.
fn runs(bytes: &[u8], is_wanted: impl Fn(&u8) -> bool, least: usize) -> Vec<u8> {
    let runs = bytes.split(|byte| !is_wanted(byte));
    let long: Vec<&[u8]> = runs.filter(|run| run.len() >= least).collect();
    long.concat()
}

/// Takes what was cut out of a longer text.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn hex(upper: u8, lower: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(upper)? * 16 + digit(lower)?).ok()
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
