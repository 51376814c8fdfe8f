//! The time of a call: the system's, or one that stands still.

use std::time::SystemTime;

/// The time of a call.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// Always this, in epoch seconds.
    Fixed(i64),
    /// The system's.
    System,
}

impl Clock {
    /// Now, in epoch seconds.
    pub fn now(self) -> i64 {
        let system = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        match self {
            Self::Fixed(now) => now,
            Self::System => system().map_or(0, |since| since.as_secs().cast_signed()),
        }
    }
}
