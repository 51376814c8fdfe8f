//! Failures of reading the stored sign-ins.

/// A failure to read the sign-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// The failure.
    pub failure: StoreFailure,
    /// Where the host looked, as a person would name it.
    pub source: String,
}

/// Failures of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFailure {
    /// There is none.
    Missing,
    /// It holds no ChatGPT/Codex sign-in.
    Empty,
    /// It may not be read, or is not a file.
    Unreadable,
    /// It was read and is not a store.
    Malformed,
    /// It waits for the gateway's migration.
    Unmigrated,
    /// Another program holds it locked.
    Locked,
    /// It is larger than the host reads.
    TooLarge,
    /// The agent's name cannot name a folder.
    BadAgent,
    /// It held something that the policy does not let in.
    Denied,
}

impl StoreFailure {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "store_missing",
            Self::Empty => "store_empty",
            Self::Unreadable => "store_unreadable",
            Self::Malformed => "store_malformed",
            Self::Unmigrated => "store_unmigrated",
            Self::Locked => "store_locked",
            Self::TooLarge => "store_too_large",
            Self::BadAgent => "bad_agent",
            Self::Denied => "store_denied",
        }
    }
}
