//! Ids of profiles: how the gateway spells them, and how they are shown.

use crate::text::{clean, clean_and_masked};

/// A profile's id as the gateway spells it, `provider:label`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(String);

/// The form in which ids are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// As stored: for the owner's own terminal.
    Full,
    /// Shortened, with e-mail addresses masked.
    Masked,
}

impl ProfileId {
    /// Takes an id as stored.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as stored: for the gateway, and for the owner's own terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the provider: `work` of `openai:work`.
    pub fn label(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, label)| label)
    }

    /// The id as it may be shown.
    pub fn shown(&self, ids: Ids) -> String {
        match ids {
            Ids::Full => clean(&self.0, 128),
            Ids::Masked => clean_and_masked(&self.0, 64),
        }
    }

    /// The label as it may be shown; the id where ids are shown in full, or where the
    /// label leaves nothing to read.
    pub fn shown_label(&self, ids: Ids) -> String {
        match (ids, clean_and_masked(self.label(), 48)) {
            (Ids::Masked, label) if !label.is_empty() => label,
            _ => self.shown(ids),
        }
    }

    /// Whether the id can be an argument of a gateway command: in the limits that the
    /// host checks again.
    pub fn is_writable(&self) -> bool {
        let is_odd = |c: char| c.is_whitespace() || c.is_control();
        self.0.len() <= 200 && !self.0.starts_with('-') && !self.0.chars().any(is_odd)
    }

    /// Whether the id can stand in a shell command as it is, and may be shown.
    pub fn is_plain(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-');
        self.0.len() <= 64 && !self.0.starts_with('-') && self.0.chars().all(plain)
    }
}
