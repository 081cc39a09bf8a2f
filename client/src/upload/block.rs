//! One block: its bytes, its checksum, and its name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use twox_hash::XxHash3_128;

/// Bytes of a name.
const NAME: usize = 32;

/// What a block is called: XXH3-128, CRC-64 and length of its content, in base64. The same bytes have the same name wherever they lie
/// and whoever sends them. Against chance that is far more than enough; it is no defence against somebody who wants two blocks to
/// have one name, but whoever could use that has the files and the signed address already.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name(String);

impl Name {
    /// As it stands in a block list.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in a query.
    pub(super) fn in_query(&self) -> String {
        self.0.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
    }

    /// Whether a name may be one that we gave: blocks of one blob have names of one length.
    /// <https://learn.microsoft.com/rest/api/storageservices/put-block#uri-parameters>
    pub(super) fn is_ours(name: &str) -> bool {
        BASE64.decode(name).is_ok_and(|name| name.len() == NAME)
    }
}

/// A block that is ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) body: Bytes,
    pub(super) mark: Mark,
}

/// What stands for a block's bytes.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) name: Name,
    crc64: u64,
}

impl Mark {
    /// The checksum that Azure checks: CRC-64/NVME, its eight bytes from the lowest, in base64.
    pub(super) fn crc64(&self) -> String {
        BASE64.encode(self.crc64.to_le_bytes())
    }
}

/// Makes the mark of bytes that come by in order.
pub(super) struct Marker {
    hash: XxHash3_128,
    crc64: Digest,
    length: u64,
}

impl Marker {
    pub(super) fn new() -> Self {
        Self { hash: XxHash3_128::new(), crc64: Digest::new(CrcAlgorithm::Crc64Nvme), length: 0 }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hash.write(bytes);
        self.crc64.update(bytes);
        self.length += bytes.len() as u64;
    }

    pub(super) fn finish(self) -> Mark {
        let crc64 = self.crc64.finalize();
        let mut name = [0; NAME];
        name[..16].copy_from_slice(&self.hash.finish_128().to_le_bytes());
        name[16..24].copy_from_slice(&crc64.to_le_bytes());
        name[24..].copy_from_slice(&self.length.to_le_bytes());
        Mark { name: Name(BASE64.encode(name)), crc64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(parts: &[&[u8]]) -> Mark {
        let mut marker = Marker::new();
        parts.iter().for_each(|part| marker.update(part));
        marker.finish()
    }

    #[test]
    fn the_same_bytes_have_the_same_mark_however_they_come_by() {
        let (one, two) = (mark(&[b"abcdef"]), mark(&[b"ab", b"", b"cdef"]));
        assert_eq!((&one.name, one.crc64()), (&two.name, two.crc64()));
        assert!(Name::is_ours(one.name.as_str()) && one.name.as_str().len() == 44);
        for other in [&[b"abcdeg".as_slice()][..], &[b"abcde"], &[]] {
            assert_ne!(mark(other).name, one.name);
        }
    }

    #[test]
    fn the_checksum_is_the_one_that_azure_makes() {
        // The check value of CRC-64/NVME.
        assert_eq!(mark(&[b"123456789"]).crc64(), BASE64.encode(0xAE8B_1486_0A79_9888_u64.to_le_bytes()));
    }

    #[test]
    fn a_name_in_a_query_has_nothing_that_means_something_there() {
        let names = (0..200_u32).map(|at| mark(&[&at.to_le_bytes()]).name.in_query());
        assert!(names.into_iter().all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%')));
    }
}
