//! The CRC-32 of a file, made of the CRC-32s of its parts in whatever order they become known.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crc32fast::Hasher;

/// What is known of a file's CRC-32.
#[derive(Debug)]
pub(super) struct Sum {
    length: u64,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    whole: Option<u32>,
    /// Length and CRC-32 by offset.
    parts: BTreeMap<u64, (u64, u32)>,
    /// Bytes in the parts.
    bytes: u64,
}

impl Sum {
    /// Of a file of so many bytes.
    pub(super) fn new(length: u64) -> Self {
        let whole = (length == 0).then_some(0);
        Self { length, known: Mutex::new(Known { whole, ..Known::default() }) }
    }

    /// The file's CRC-32, if enough is known.
    pub(super) fn whole(&self) -> Option<u32> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).whole
    }

    /// Adds what was found out about a part. `false` if the same part was another before.
    pub(super) fn add(&self, offset: u64, length: u64, sum: u32) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut *known;
        match known.parts.get(&offset) {
            Some((before, old)) if *before == length => return *old == sum,
            // Cut in another way than before: that tells nothing new.
            Some(_) => return true,
            None => {}
        }
        known.parts.insert(offset, (length, sum));
        known.bytes += length;
        // Parts that overlap have more bytes than the file, or leave a gap.
        if known.whole.is_some() || known.bytes != self.length {
            return true;
        }
        let mut all = Hasher::new();
        let mut end = 0;
        for (offset, (length, sum)) in &known.parts {
            if *offset != end {
                return true;
            }
            all.combine(&Hasher::new_with_initial_len(*sum, *length));
            end += length;
        }
        known.whole = Some(all.finalize());
        true
    }

    /// Takes the CRC-32 of the whole file. `false` if it was another before.
    pub(super) fn settle(&self, sum: u32) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known.whole.get_or_insert(sum) == sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_any_order_make_the_sum_of_the_whole() {
        let text = b"the quick brown fox jumps over the lazy dog";
        let cuts = [0, 7, 7 + 20, text.len()];
        let parts: Vec<(u64, &[u8])> = cuts.windows(2).map(|cut| (cut[0] as u64, &text[cut[0]..cut[1]])).collect();
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            let sum = Sum::new(text.len() as u64);
            for at in order {
                assert_eq!(sum.whole(), None);
                let (offset, part) = parts[at];
                assert!(sum.add(offset, part.len() as u64, crc32fast::hash(part)));
            }
            assert_eq!(sum.whole(), Some(crc32fast::hash(text)));
        }
    }

    #[test]
    fn a_part_that_is_another_the_second_time_is_noticed() {
        let sum = Sum::new(10);
        assert!(sum.add(0, 4, 1) && sum.add(0, 4, 1));
        assert!(!sum.add(0, 4, 2));
        assert!(sum.settle(5) && !sum.settle(6));
    }

    #[test]
    fn parts_that_overlap_or_leave_a_gap_make_no_sum() {
        let sum = Sum::new(10);
        assert!(sum.add(0, 4, 1) && sum.add(2, 4, 1) && sum.add(8, 2, 1));
        assert_eq!(sum.whole(), None);
        assert_eq!(Sum::new(0).whole(), Some(0));
    }
}
