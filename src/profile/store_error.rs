//! Failures of reading the stored sign-ins.

pub use crate::contract::auth_store::{Error as StoreError, Failure as StoreFailure};

impl StoreFailure {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "store_missing",
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
