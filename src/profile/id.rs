//! Ids of profiles: how the gateway spells them, and how they are shown.

use super::{clean, clean_and_masked};

/// A profile's id as the gateway spells it, `provider:label`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(String);

impl ProfileId {
    /// Takes an id as stored.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as stored: for the gateway, and for the owner's own terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the provider: `work` of `openai:work`.
    pub fn label(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, label)| label)
    }

    /// The id as it may be shown: `full` for the owner's own terminal, `shared`
    /// where the label alone would be ambiguous.
    pub fn shown(&self, full: bool, shared: bool) -> String {
        if full {
            return clean(&self.0, 128);
        }
        match clean_and_masked(self.label(), 48) {
            // A label that leaves nothing to read names nobody.
            label if !shared && !label.is_empty() => label,
            _ => clean_and_masked(&self.0, 64),
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
