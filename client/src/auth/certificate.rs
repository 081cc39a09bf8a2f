//! A certificate with its private key, from a PEM or a PFX file.

use super::Fault;
use super::assertion;
use super::cipher::{Closed, Password, same_number};
use super::der::{BIT_STRING, Der, GENERALIZED_TIME, INTEGER, OBJECT_ID, OCTET_STRING, UTC_TIME};
use super::pem;
use super::pfx::{self, Pfx};
use crate::error::Error;
use crate::secret::{Password as Secret, Token};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PSS_SHA256};
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// The longest file that is read, in bytes.
const LONGEST_FILE: u64 = 1 << 20;

/// Object ids as DER has them: RSA keys, keys on elliptic curves, and the curve P-256.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

/// A certificate with its private key, neither of which is printed.
pub struct Certificate {
    key: Key,
    sha1: Vec<u8>,
    sha256: Vec<u8>,
    starts_at: i64,
    ends_at: i64,
}

/// A private key.
enum Key {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

impl Certificate {
    /// Reads a PEM file with a certificate and its key, in any order and with others around, or a PFX file.
    ///
    /// # Errors
    /// When the file cannot be read, holds no certificate with its key, or does not open with this password.
    pub fn open(file: &Path, password: Option<&Secret>) -> Result<Self, Error> {
        let failed = |why: &str, fault| {
            let what = format!("the certificate in {} cannot be used: {why}", file.display());
            Error::Credential { what, fault, source: None }
        };
        let unreadable = |source: std::io::Error| Error::Credential {
            what: format!("could not read the certificate in {}", file.display()),
            fault: Fault::Unreadable,
            source: Some(source.into()),
        };
        if std::fs::metadata(file).map_err(unreadable)?.len() > LONGEST_FILE {
            return Err(failed("the file is far too long", Fault::Certificate));
        }
        let content = Zeroizing::new(std::fs::read(file).map_err(unreadable)?);
        Self::read(&content, password).map_err(|(why, fault)| failed(why, fault))
    }

    /// Reads the content of such a file.
    fn read(content: &[u8], password: Option<&Secret>) -> Result<Self, (&'static str, Fault)> {
        let password = password.map(Secret::expose);
        // A PFX file is a sequence from its first byte, which no text begins with.
        let (certificates, keys) = match std::str::from_utf8(content) {
            Ok(text) if text.contains("-----BEGIN ") => of_pem(text, password)?,
            _ => {
                let Pfx { certificates, keys } = Pfx::open(content, password).map_err(|closed| why(closed, password))?;
                (certificates, keys)
            }
        };
        if certificates.is_empty() {
            return Err(("it holds no certificate", Fault::Certificate));
        }
        if keys.is_empty() {
            return Err(("it holds no private key", Fault::Certificate));
        }
        let mut last = ("the private key is not that of the certificate", Fault::Certificate);
        for der in &certificates {
            let fields = Fields::read(der).ok_or(("the certificate is damaged", Fault::Certificate))?;
            for key in &keys {
                match Key::read(key, &fields) {
                    Ok(Some(key)) => return Ok(Self::new(key, der, &fields)),
                    Ok(None) => {}
                    Err(why) => last = (why, Fault::Certificate),
                }
            }
        }
        Err(last)
    }

    fn new(key: Key, der: &[u8], fields: &Fields<'_>) -> Self {
        Self {
            key,
            sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref().to_vec(),
            sha256: digest(&SHA256, der).as_ref().to_vec(),
            starts_at: fields.starts_at,
            ends_at: fields.ends_at,
        }
    }

    /// The SHA-1 thumbprint in hexadecimal, as Entra's pages show it.
    pub fn thumbprint(&self) -> String {
        self.sha1.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// When it ends, in seconds since 1970.
    pub fn ends_at(&self) -> i64 {
        self.ends_at
    }

    /// What shows the token endpoint at `audience` that this is the application's certificate.
    pub(super) fn assertion(&self, client_id: &str, audience: &str, now: i64) -> Result<Token, Error> {
        let failed = |what: String| Error::Credential { what, fault: Fault::Expired, source: None };
        let date = |second: i64| jiff::Timestamp::from_second(second).map_or_else(|_| "?".to_owned(), |time| time.to_string());
        if now > self.ends_at {
            return Err(failed(format!("the certificate {} has expired on {}", self.thumbprint(), date(self.ends_at))));
        }
        if now < self.starts_at {
            return Err(failed(format!("the certificate {} is good from {} on", self.thumbprint(), date(self.starts_at))));
        }
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let header = assertion::Header {
            alg: match self.key {
                Key::Rsa(_) => "PS256",
                Key::P256(_) => "ES256",
            },
            sha256: encode(&self.sha256),
            sha1: encode(&self.sha1),
        };
        assertion::make(&header, client_id, audience, now, |signed| self.key.sign(signed)).ok_or_else(|| Error::Credential {
            what: "could not sign with the certificate's key".to_owned(),
            fault: Fault::Certificate,
            source: None,
        })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.thumbprint())
    }
}

impl Key {
    /// The key, if it is that of the certificate. Keys come in the form of PKCS#8 or in that of their own kind.
    fn read(der: &[u8], fields: &Fields<'_>) -> Result<Option<Self>, &'static str> {
        const DAMAGED: &str = "the private key is damaged";
        let mut outer = Der::new(der).sequence().ok_or(DAMAGED)?;
        let mut inner = outer;
        let _version = inner.number().ok_or(DAMAGED)?;
        if let Some(mut algorithm) = inner.sequence() {
            let id = algorithm.take(OBJECT_ID);
            let key = inner.take(OCTET_STRING).ok_or(DAMAGED)?;
            return match id {
                Some(RSA) => Self::rsa(key, fields),
                Some(ELLIPTIC) => Self::elliptic(key, fields),
                _ => Err("its key is neither an RSA key nor one on P-256"),
            };
        }
        let _version = outer.number();
        // An RSA key goes on with its modulus, one on a curve with the secret number.
        if outer.take(INTEGER).is_some() { Self::rsa(der, fields) } else { Self::elliptic(der, fields) }
    }

    fn rsa(der: &[u8], fields: &Fields<'_>) -> Result<Option<Self>, &'static str> {
        let key = RsaKeyPair::from_der(der).map_err(|_| "its RSA key is damaged, or not of 2048 to 4096 bits")?;
        let public: ring::rsa::PublicKeyComponents<Vec<u8>> = key.public().into();
        Ok((fields.algorithm == RSA)
            .then(|| Der::new(fields.public).sequence())
            .flatten()
            .and_then(|mut numbers| numbers.take(INTEGER))
            .is_some_and(|modulus| same_number(modulus, &public.n))
            .then_some(Self::Rsa(Box::new(key))))
    }

    fn elliptic(der: &[u8], fields: &Fields<'_>) -> Result<Option<Self>, &'static str> {
        if fields.algorithm != ELLIPTIC {
            return Ok(None);
        }
        if fields.curve != Some(P256) {
            return Err("its key is neither an RSA key nor one on P-256");
        }
        let mut key = Der::new(der).sequence().ok_or("the private key is damaged")?;
        let _version = key.number();
        let secret = key.take(OCTET_STRING).ok_or("the private key is damaged")?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret,
            fields.public,
            &SystemRandom::new(),
        );
        // What does not fit is the key of somebody else.
        Ok(pair.ok().map(|pair| Self::P256(Box::new(pair))))
    }

    fn sign(&self, signed: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PSS_SHA256, &random, signed, &mut signature).ok()?;
                Some(signature)
            }
            Self::P256(key) => key.sign(&random, signed).ok().map(|signature| signature.as_ref().to_vec()),
        }
    }
}

/// What is read of a certificate.
struct Fields<'a> {
    starts_at: i64,
    ends_at: i64,
    algorithm: &'a [u8],
    curve: Option<&'a [u8]>,
    /// The bits of its public key.
    public: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        /// The tag of the version, which may be left out.
        const VERSION: u8 = 0xA0;
        let mut fields = Der::new(der).sequence()?.sequence()?;
        let _version = fields.take(VERSION);
        let _serial = fields.take(INTEGER)?;
        let _algorithm = fields.sequence()?;
        let _issuer = fields.sequence()?;
        let mut validity = fields.sequence()?;
        let _subject = fields.sequence()?;
        let mut info = fields.sequence()?;
        let mut algorithm = info.sequence()?;
        Some(Self {
            starts_at: time(&mut validity)?,
            ends_at: time(&mut validity)?,
            algorithm: algorithm.take(OBJECT_ID)?,
            curve: algorithm.take(OBJECT_ID),
            // The first byte counts the bits that are left over in the last one: none.
            public: info.take(BIT_STRING)?.strip_prefix(&[0])?,
        })
    }
}

/// The next element as a time. Years of two digits are those from 1950 to 2049.
fn time(fields: &mut Der<'_>) -> Option<i64> {
    let (tag, content) = fields.next()?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let number = |at: usize, length: usize| text.get(at..at + length)?.parse::<i16>().ok();
    let (year, at) = match tag {
        UTC_TIME => (number(0, 2).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?, 2),
        GENERALIZED_TIME => (number(0, 4)?, 4),
        _ => return None,
    };
    let part = |which: usize| i8::try_from(number(at + 2 * which, 2)?).ok();
    let date = DateTime::new(year, part(0)?, part(1)?, part(2)?, part(3)?, part(4)?, 0).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

type Parts = (Vec<Vec<u8>>, Vec<Zeroizing<Vec<u8>>>);

/// The certificates and keys of a PEM file.
fn of_pem(text: &str, password: Option<&str>) -> Result<Parts, (&'static str, Fault)> {
    let sections = pem::sections(text).ok_or(("it is damaged PEM", Fault::Certificate))?;
    let (mut certificates, mut keys) = (Vec::new(), Vec::new());
    for section in sections {
        if section.is_locked {
            return Err(("its key is encrypted in a form that is no longer used", Fault::Certificate));
        }
        match section.label.as_str() {
            "CERTIFICATE" => certificates.push(section.der.to_vec()),
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => keys.push(section.der),
            "ENCRYPTED PRIVATE KEY" => {
                let given = Password::new(password.unwrap_or_default());
                keys.push(pfx::unlocked(&section.der, &given).map_err(|closed| why(closed, password))?);
            }
            _ => {}
        }
    }
    Ok((certificates, keys))
}

/// In words.
fn why(closed: Closed, password: Option<&str>) -> (&'static str, Fault) {
    match closed {
        Closed::Password if password.is_none() => ("it wants a password, and none is given", Fault::Password),
        Closed::Password => ("the password does not open it", Fault::Password),
        Closed::Scheme => ("it is encrypted in a way that is not known here", Fault::Certificate),
        Closed::Damaged => ("it is neither PEM nor a PFX file that can be read", Fault::Certificate),
    }
}
