//! Takes off what a password protects: the schemes of PKCS#5 and PKCS#12, the strong of today and the weak that old files have.
//!
//! <https://www.rfc-editor.org/rfc/rfc8018>, <https://www.rfc-editor.org/rfc/rfc7292>

use super::der::{Der, INTEGER, OBJECT_ID, OCTET_STRING, unsigned};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use ring::digest::{self, Context};
use ring::pbkdf2;
use std::cell::Cell;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// `pbes2`, and what it is made of.
const PBES2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D];
const PBKDF2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C];
/// What `hmacWithSHA1` and its relatives begin with.
const HMAC: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02];
/// What AES in its lengths begins with.
const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
const TRIPLE_DES: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x03, 0x07];
/// What the schemes of PKCS#12 begin with.
const PKCS12: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01];

/// The most rounds that are gone through for one file. Programs of today use a hundredth.
const MOST_ROUNDS: u32 = 10_000_000;

/// Why something stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// The password does not open it.
    Password,
    /// The scheme is none of those that are known.
    Scheme,
    /// It is not written as it should be.
    Damaged,
}

/// A password in the two spellings in which it is used.
pub(super) struct Password {
    plain: Zeroizing<Vec<u8>>,
    /// Two bytes a letter, and a zero at the end.
    wide: Zeroizing<Vec<u8>>,
    /// How many rounds may still be gone through.
    left: Cell<u32>,
}

impl Password {
    pub(super) fn new(text: &str) -> Self {
        let wide = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
        Self { plain: Zeroizing::new(text.as_bytes().to_vec()), wide: Zeroizing::new(wide), left: Cell::new(MOST_ROUNDS) }
    }

    /// That there is none, which some programs take for another thing than an empty one.
    pub(super) fn none() -> Self {
        Self { plain: Zeroizing::default(), wide: Zeroizing::default(), left: Cell::new(MOST_ROUNDS) }
    }

    /// How often the hash is gone through, within reason: a file may have many parts, each with rounds of its own.
    pub(super) fn rounds(&self, number: Option<u32>) -> Result<NonZeroU32, Closed> {
        let rounds = number.and_then(NonZeroU32::new).ok_or(Closed::Damaged)?;
        self.left.set(self.left.get().checked_sub(rounds.get()).ok_or(Closed::Damaged)?);
        Ok(rounds)
    }

    /// A key made of the password, as PKCS#12 makes it: `purpose` 1 gives keys, 2 what ciphers begin with, 3 keys for the MAC.
    pub(super) fn derive(
        &self,
        algorithm: &'static digest::Algorithm,
        purpose: u8,
        salt: &[u8],
        rounds: u32,
        length: usize,
    ) -> Zeroizing<Vec<u8>> {
        let block = algorithm.block_len();
        let fill =
            |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect() };
        let mut input = Zeroizing::new([fill(salt), fill(&self.wide)].concat());
        let mut key = Zeroizing::new(Vec::with_capacity(length + block));
        loop {
            let mut context = Context::new(algorithm);
            context.update(&vec![purpose; block]);
            context.update(&input);
            let mut hash = context.finish();
            for _ in 1..rounds {
                hash = digest::digest(algorithm, hash.as_ref());
            }
            key.extend_from_slice(hash.as_ref());
            if key.len() >= length {
                key.truncate(length);
                return key;
            }
            let step: Vec<u8> = hash.as_ref().iter().copied().cycle().take(block).collect();
            for chunk in input.chunks_mut(block) {
                let mut carry = 1;
                for (digit, add) in chunk.iter_mut().zip(&step).rev() {
                    let sum = u16::from(*digit) + u16::from(*add) + carry;
                    [_, *digit] = sum.to_be_bytes();
                    carry = sum >> 8;
                }
            }
        }
    }
}

/// Opens what a password protects: `scheme` is its algorithm with parameters.
pub(super) fn open(mut scheme: Der<'_>, closed: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, Closed> {
    let id = scheme.take(OBJECT_ID).ok_or(Closed::Damaged)?;
    let mut parameters = scheme.sequence().ok_or(Closed::Damaged)?;
    if id == PBES2 {
        return strong(&mut parameters, closed, password);
    }
    let Some((PKCS12, [which])) = id.split_at_checked(PKCS12.len()) else { return Err(Closed::Scheme) };
    let salt = parameters.take(OCTET_STRING).ok_or(Closed::Damaged)?;
    let rounds = password.rounds(parameters.number())?;
    let algorithm = &digest::SHA1_FOR_LEGACY_USE_ONLY;
    let key = |length| password.derive(algorithm, 1, salt, rounds.get(), length);
    let begin = password.derive(algorithm, 2, salt, rounds.get(), 8);
    match which {
        3 => cbc::<des::TdesEde3>(&key(24), &begin, closed),
        4 => cbc::<des::TdesEde2>(&key(16), &begin, closed),
        5 => cbc::<rc2::Rc2>(&key(16), &begin, closed),
        6 => cbc::<rc2::Rc2>(&key(5), &begin, closed),
        _ => Err(Closed::Scheme),
    }
}

fn strong(parameters: &mut Der<'_>, closed: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, Closed> {
    let mut derivation = parameters.sequence().ok_or(Closed::Damaged)?;
    let mut cipher = parameters.sequence().ok_or(Closed::Damaged)?;
    if derivation.take(OBJECT_ID) != Some(PBKDF2) {
        return Err(Closed::Scheme);
    }
    let mut derivation = derivation.sequence().ok_or(Closed::Damaged)?;
    let salt = derivation.take(OCTET_STRING).ok_or(Closed::Damaged)?;
    let rounds = password.rounds(derivation.number())?;
    let _length = derivation.take(INTEGER);
    let hash = match derivation.sequence().and_then(|mut hash| hash.take(OBJECT_ID)) {
        None => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(id) => match id.split_at_checked(HMAC.len()) {
            Some((HMAC, [7])) => pbkdf2::PBKDF2_HMAC_SHA1,
            Some((HMAC, [9])) => pbkdf2::PBKDF2_HMAC_SHA256,
            Some((HMAC, [10])) => pbkdf2::PBKDF2_HMAC_SHA384,
            Some((HMAC, [11])) => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return Err(Closed::Scheme),
        },
    };
    let id = cipher.take(OBJECT_ID).ok_or(Closed::Damaged)?;
    let begin = cipher.take(OCTET_STRING).ok_or(Closed::Damaged)?;
    let key = |length: usize| {
        let mut key = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(hash, rounds, salt, &password.plain, &mut key);
        key
    };
    match id.split_at_checked(AES.len()) {
        Some((AES, [2])) => cbc::<aes::Aes128>(&key(16), begin, closed),
        Some((AES, [22])) => cbc::<aes::Aes192>(&key(24), begin, closed),
        Some((AES, [42])) => cbc::<aes::Aes256>(&key(32), begin, closed),
        _ if id == TRIPLE_DES => cbc::<des::TdesEde3>(&key(24), begin, closed),
        _ => Err(Closed::Scheme),
    }
}

/// What does not come out even was closed with another password.
fn cbc<C>(key: &[u8], begin: &[u8], closed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Closed>
where
    C: cbc::cipher::BlockCipherDecrypt + cbc::cipher::KeyInit,
    Decryptor<C>: KeyIvInit + BlockModeDecrypt,
{
    let cipher = Decryptor::<C>::new_from_slices(key, begin).map_err(|_| Closed::Damaged)?;
    let mut open = Zeroizing::new(closed.to_vec());
    let length = cipher.decrypt_padded::<Pkcs7>(&mut open).map_err(|_| Closed::Password)?.len();
    open.truncate(length);
    Ok(open)
}

/// Whether two numbers are the same whatever zeros stand in front.
pub(super) fn same_number(one: &[u8], other: &[u8]) -> bool {
    unsigned(one) == unsigned(other)
}
