//! Secrets that are looked for, in every form that somebody could read them back from.

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The length of the pieces that are looked for: so much of a secret betrays it.
const PIECE: usize = 12;

/// A secret that is nobody else's, in no part of it.
pub fn canary(name: &str) -> String {
    let digest = Sha256::digest(format!("canary {name}"));
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

/// Looks for secrets.
pub struct Needles {
    forms: Vec<(String, Vec<u8>)>,
    search: AhoCorasick,
}

impl Needles {
    /// Needles for every credential in a store.
    pub fn of(store: &Value) -> Self {
        Self::new(secrets(store))
    }

    /// Needles for these secrets.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let forms: Vec<(String, Vec<u8>)> = secrets
            .into_iter()
            .flat_map(|secret| {
                let of = secret.clone();
                let name = move |(form, bytes)| (format!("{form} of {of}"), bytes);
                forms(secret.as_bytes()).into_iter().map(name)
            })
            .collect();
        let search = AhoCorasick::new(forms.iter().map(|(_, bytes)| bytes)).unwrap();
        Self { forms, search }
    }

    /// The same, and these as they are, where their parts could be somebody else's.
    pub fn and_whole(mut self, texts: impl IntoIterator<Item = String>) -> Self {
        let named = texts.into_iter().map(|text| (format!("whole of {text}"), text.into_bytes()));
        self.forms.extend(named);
        self.search = AhoCorasick::new(self.forms.iter().map(|(_, bytes)| bytes)).unwrap();
        self
    }

    /// The first that is there.
    pub fn find(&self, hay: &[u8]) -> Option<&str> {
        let found = self.search.find(hay)?;
        Some(&self.forms[found.pattern().as_usize()].0)
    }

    /// Whether this is there, which may be.
    pub fn has(hay: &[u8], text: &str) -> bool {
        AhoCorasick::new([text]).unwrap().is_match(hay)
    }

    /// Fails where one is there.
    pub fn assert_none(&self, place: &str, hay: &[u8]) {
        if let Some(found) = self.find(hay) {
            panic!("{place} holds the {found}");
        }
    }
}

/// The credentials of a store's document.
pub fn secrets(document: &Value) -> Vec<String> {
    let is_credential = |key: &str| ["access", "refresh", "key", "token"].contains(&key);
    // What stands in the place of a token is nobody's secret.
    let is_secret = |text: &str| text.len() >= 2 * PIECE && !text.starts_with("openclaw-");
    match document {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if is_credential(key) && is_secret(text) => vec![text.clone()],
                _ => secrets(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(secrets).collect(),
        _ => vec![],
    }
}

/// A secret as it is, in pieces, and in the encodings that it could be hidden in.
pub fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let each = |form: &dyn Fn(u8) -> String| -> Vec<u8> {
        let pieces = secret.iter().map(|byte| form(*byte));
        pieces.collect::<String>().into_bytes()
    };
    let mut forms = vec![
        ("hexadecimal form", each(&|byte| format!("{byte:02x}"))),
        ("hexadecimal form", each(&|byte| format!("{byte:02X}"))),
        ("percent-encoded form", each(&|byte| format!("%{byte:02x}"))),
        ("percent-encoded form", each(&|byte| format!("%{byte:02X}"))),
        ("JSON-escaped form", each(&|byte| format!("\\u{byte:04x}"))),
        ("JSON-escaped form", each(&|byte| format!("\\u{byte:04X}"))),
        ("wide form", secret.iter().flat_map(|byte| [*byte, 0]).collect()),
    ];
    let pieces = secret.chunks(PIECE).filter(|piece| piece.len() == PIECE);
    forms.extend(pieces.map(|piece| ("text", piece.to_vec())));
    for shift in 0..3 {
        let shifted = [&[0; 2][..shift], secret].concat();
        // Letters that also hold bits of what stands before or behind are left out.
        let (first, last) = ([0, 2, 3][shift], shifted.len() * 8 / 6);
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let letters = engine.encode(&shifted).into_bytes();
            forms.push(("base64 form", letters[first..last].to_vec()));
        }
    }
    forms
}
