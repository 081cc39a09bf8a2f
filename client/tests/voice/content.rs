//! What is uploaded in tests: bytes that are nowhere but in memory.

use bytes::Bytes;
use flightline_client::upload::{Content, Filled};
use std::error::Error;
use std::sync::OnceLock;

pub(crate) const MIB: usize = 1 << 20;

/// The usual block, and what travels in one request at the most.
pub(crate) const BLOCK: usize = 6 * MIB;
pub(crate) const WHOLE: usize = 8 * MIB;

/// Bytes in memory.
pub(crate) struct Held(pub(crate) Bytes);

impl Content for Held {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn fill(&self, offset: u64, buffer: &mut [u8], seen: &mut dyn FnMut(&[u8])) -> Result<Filled, Box<dyn Error + Send + Sync>> {
        self.0.fill(offset, buffer, seen)
    }
}

/// So many bytes without any pattern, the same in every run; forty mebibytes at most.
pub(crate) fn noise(length: usize) -> Bytes {
    static NOISE: OnceLock<Bytes> = OnceLock::new();
    let all = NOISE.get_or_init(|| {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut bytes = Vec::with_capacity(40 * MIB);
        while bytes.len() < 40 * MIB {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_le_bytes());
        }
        Bytes::from(bytes)
    });
    all.slice(..length)
}
