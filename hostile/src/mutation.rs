//! Changes inputs a little, as a damaged disk or somebody with bad intent would. The same seed makes the same inputs on every machine.

use fastrand::Rng;
use std::iter::repeat_n;

/// The longest input that is made of a shorter one, in bytes: it bounds what one round can cost.
const LONGEST: usize = 64 << 10;

/// Words that mean something to one reader or another.
const WORDS: [&[u8]; 28] = [
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&b;",
    b"<![CDATA[",
    b"<!--",
    b" xmlns:a='b'",
    b"</",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"{\"",
    b"[[[[",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\\ud800",
    b"\n",
    b"\r\n\r\n",
    b"%2B",
    b"+",
    b"sig=",
    b"../",
    b"\x30\x84\xff\xff\xff\xff",
    b"-----BEGIN ",
];

/// Makes inputs out of a corpus.
#[derive(Debug)]
pub struct Mutation<'a> {
    corpus: &'a [Vec<u8>],
    random: Rng,
}

impl<'a> Mutation<'a> {
    /// Inputs out of these, which `seed` chooses.
    pub fn new(corpus: &'a [Vec<u8>], seed: u64) -> Self {
        Self { corpus, random: Rng::with_seed(seed) }
    }

    /// One more input.
    pub fn make(&mut self) -> Vec<u8> {
        let mut bytes = self.random.choice(self.corpus).cloned().unwrap_or_default();
        for _ in 0..self.random.usize(1..=4) {
            self.change(&mut bytes);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let random = &mut self.random;
        let at = random.usize(0..=bytes.len());
        let most = 1 << random.u32(0..12);
        let end = at + random.usize(0..=(bytes.len() - at).min(most));
        match random.u8(0..9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                let most = 1 << random.u32(0..8);
                let times = random.usize(1..=most).min(1 + LONGEST / part.len().max(1));
                bytes.splice(at..at, repeat_n(part, times).flatten());
            }
            3 => {
                let word: &[u8] = random.choice(WORDS).unwrap_or_default();
                let end = if random.bool() { at } else { (at + word.len()).min(bytes.len()) };
                bytes.splice(at..end, word.iter().copied());
            }
            4 => {
                // The beginning of one and the end of another.
                let other = random.choice(self.corpus).map_or(&[][..], Vec::as_slice);
                let from = random.usize(0..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            5 => {
                let number = number(random).to_le_bytes();
                let length = (1 << random.u32(0..4)).min(bytes.len() - at);
                let mut number = number[..length].to_vec();
                if random.bool() {
                    number.reverse();
                }
                bytes.splice(at..at + length, number);
            }
            6 => {
                let digits = bytes.iter().skip(at).position(u8::is_ascii_digit).map(|skipped| at + skipped);
                if let Some(start) = digits {
                    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    bytes.splice(start..start + length, number(random).to_string().into_bytes());
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if random.bool() { random.u8(..) } else { *byte ^ (1 << random.u32(0..8)) };
                }
            }
        }
    }
}

/// A number next to where counting goes wrong.
fn number(random: &mut Rng) -> u64 {
    let power = 1_u64 << random.u32(0..64);
    match random.u8(0..4) {
        0 => power,
        1 => power - 1,
        2 => u64::MAX - power,
        _ => u64::from(random.u8(..)),
    }
}
