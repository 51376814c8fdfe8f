//! A short name for something that is long, or not to be written down.

use sha2::{Digest, Sha256};

/// The first `bytes` bytes of the SHA-256 of `content`, in hex: two letters each.
pub(crate) fn short(content: &[u8], bytes: usize) -> String {
    let digest = Sha256::digest(content);
    let start = digest.iter().take(bytes);
    start.map(|byte| format!("{byte:02x}")).collect()
}
