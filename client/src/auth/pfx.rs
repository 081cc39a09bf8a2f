//! Reads PFX files (PKCS#12): certificates and a key, closed with a password.
//!
//! <https://www.rfc-editor.org/rfc/rfc7292>

use super::cipher::{self, Closed, Password};
use super::der::{Der, OBJECT_ID, OCTET_STRING, WRAPPED};
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use ring::hmac;
use zeroize::Zeroizing;

const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
const ENCRYPTED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x06];
/// What the kinds of bags begin with.
const BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01];
const X509: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x16, 0x01];
const SHA1_ID: &[u8] = &[0x2B, 0x0E, 0x03, 0x02, 0x1A];
/// What the hashes of the second generation begin with.
const SHA2_ID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// What a PFX file holds, in DER.
#[derive(Default)]
pub(super) struct Pfx {
    pub(super) certificates: Vec<Vec<u8>>,
    /// In the form of PKCS#8.
    pub(super) keys: Vec<Zeroizing<Vec<u8>>>,
}

impl Pfx {
    /// Opens a file. Without a password both spellings of that are tried.
    pub(super) fn open(file: &[u8], password: Option<&str>) -> Result<Self, Closed> {
        match password {
            Some(password) => Self::open_with(file, &Password::new(password)),
            None => Self::open_with(file, &Password::new("")).or_else(|_| Self::open_with(file, &Password::none())),
        }
    }

    fn open_with(file: &[u8], password: &Password) -> Result<Self, Closed> {
        let mut outer = Der::new(file).sequence().ok_or(Closed::Damaged)?;
        let _version = outer.number().ok_or(Closed::Damaged)?;
        let mut content = outer.sequence().ok_or(Closed::Damaged)?;
        if content.take(OBJECT_ID) != Some(DATA) {
            return Err(Closed::Scheme);
        }
        let safe = content.inside(WRAPPED).and_then(|mut wrapped| wrapped.take(OCTET_STRING)).ok_or(Closed::Damaged)?;
        if let Some(mac) = outer.sequence() {
            verify(mac, safe, password)?;
        }
        let mut contents = Der::new(safe).sequence().ok_or(Closed::Damaged)?;
        let mut pfx = Self::default();
        while !contents.is_empty() {
            let mut content = contents.sequence().ok_or(Closed::Damaged)?;
            let id = content.take(OBJECT_ID).ok_or(Closed::Damaged)?;
            let mut wrapped = content.inside(WRAPPED).ok_or(Closed::Damaged)?;
            if id == DATA {
                pfx.bags(wrapped.take(OCTET_STRING).ok_or(Closed::Damaged)?, password)?;
            } else if id == ENCRYPTED_DATA {
                let open = encrypted(&mut wrapped, password)?;
                pfx.bags(&open, password)?;
            } else {
                return Err(Closed::Scheme);
            }
        }
        Ok(pfx)
    }

    fn bags(&mut self, contents: &[u8], password: &Password) -> Result<(), Closed> {
        let mut bags = Der::new(contents).sequence().ok_or(Closed::Damaged)?;
        while !bags.is_empty() {
            let mut bag = bags.sequence().ok_or(Closed::Damaged)?;
            let id = bag.take(OBJECT_ID).ok_or(Closed::Damaged)?;
            let value = bag.take(WRAPPED).ok_or(Closed::Damaged)?;
            match id.split_at_checked(BAG.len()) {
                Some((BAG, [1])) => self.keys.push(Zeroizing::new(value.to_vec())),
                Some((BAG, [2])) => self.keys.push(unlocked(value, password)?),
                Some((BAG, [3])) => {
                    let mut entry = Der::new(value).sequence().ok_or(Closed::Damaged)?;
                    if entry.take(OBJECT_ID) == Some(X509) {
                        let der = entry.inside(WRAPPED).and_then(|mut wrapped| wrapped.take(OCTET_STRING));
                        self.certificates.push(der.ok_or(Closed::Damaged)?.to_vec());
                    }
                }
                // Revocation lists and secrets are no business of ours.
                _ => {}
            }
        }
        Ok(())
    }
}

/// A key in the form of PKCS#8 that a password protects.
pub(super) fn unlocked(der: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, Closed> {
    let mut info = Der::new(der).sequence().ok_or(Closed::Damaged)?;
    let scheme = info.sequence().ok_or(Closed::Damaged)?;
    cipher::open(scheme, info.take(OCTET_STRING).ok_or(Closed::Damaged)?, password)
}

fn encrypted(wrapped: &mut Der<'_>, password: &Password) -> Result<Zeroizing<Vec<u8>>, Closed> {
    /// The content, which stands in the place of the first choice.
    const CONTENT: u8 = 0x80;
    let mut data = wrapped.sequence().ok_or(Closed::Damaged)?;
    let _version = data.number().ok_or(Closed::Damaged)?;
    let mut info = data.sequence().ok_or(Closed::Damaged)?;
    let _kind = info.take(OBJECT_ID).ok_or(Closed::Damaged)?;
    let scheme = info.sequence().ok_or(Closed::Damaged)?;
    cipher::open(scheme, info.take(CONTENT).ok_or(Closed::Damaged)?, password)
}

/// Whether the file is as whoever knew the password left it. A file with another kind of seal is opened all the same: a wrong
/// password shows there, too.
fn verify(mut mac: Der<'_>, safe: &[u8], password: &Password) -> Result<(), Closed> {
    let mut info = mac.sequence().ok_or(Closed::Damaged)?;
    let id = info.sequence().and_then(|mut algorithm| algorithm.take(OBJECT_ID)).ok_or(Closed::Damaged)?;
    let (hash, seal): (&'static digest::Algorithm, _) = match id.split_at_checked(SHA2_ID.len()) {
        _ if id == SHA1_ID => (&SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        Some((SHA2_ID, [1])) => (&SHA256, hmac::HMAC_SHA256),
        Some((SHA2_ID, [2])) => (&SHA384, hmac::HMAC_SHA384),
        Some((SHA2_ID, [3])) => (&SHA512, hmac::HMAC_SHA512),
        _ => return Ok(()),
    };
    let expected = info.take(OCTET_STRING).ok_or(Closed::Damaged)?;
    let salt = mac.take(OCTET_STRING).ok_or(Closed::Damaged)?;
    let rounds = if mac.is_empty() { 1 } else { password.rounds(mac.number())?.get() };
    let key = password.derive(hash, 3, salt, rounds, hash.output_len());
    hmac::verify(&hmac::Key::new(seal, &key), safe, expected).map_err(|_| Closed::Password)
}
