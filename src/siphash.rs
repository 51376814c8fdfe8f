//! SipHash-1-3 without a key: what the standard library's `DefaultHasher` makes of
//! bytes. `core` does not lend it.

/// The hash of these bytes.
pub fn siphash(bytes: &[u8]) -> u64 {
    // "somepseudorandomlygeneratedbytes"
    let mut state = [
        0x736f_6d65_7073_6575,
        0x646f_7261_6e64_6f6d,
        0x6c79_6765_6e65_7261,
        0x7465_6462_7974_6573,
    ];
    for word in bytes.chunks_exact(8) {
        take(&mut state, word, 0);
    }
    let rest = bytes.chunks_exact(8).remainder();
    take(&mut state, rest, bytes.len() as u64);
    state[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

/// Takes in up to eight bytes, the last of them with the length above them.
fn take(state: &mut [u64; 4], bytes: &[u8], length: u64) {
    let mut word = length << 56;
    for (index, byte) in bytes.iter().enumerate() {
        word |= u64::from(*byte) << (8 * index);
    }
    state[3] ^= word;
    round(state);
    state[0] ^= word;
}

fn round([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *b = b.rotate_left(13) ^ *a;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*d);
    *d = d.rotate_left(16) ^ *c;
    *a = a.wrapping_add(*d);
    *d = d.rotate_left(21) ^ *a;
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher};

    use super::siphash;

    #[test]
    fn it_is_the_hash_of_the_standard_library() {
        let bytes: [u8; 100] = core::array::from_fn(|index| (index * 37) as u8);
        for length in 0..=bytes.len() {
            let mut hasher = DefaultHasher::new();
            hasher.write(&bytes[..length]);
            assert_eq!(siphash(&bytes[..length]), hasher.finish(), "{length}");
        }
    }
}
