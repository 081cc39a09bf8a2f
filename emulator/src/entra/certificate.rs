//! Certificates that are registered on the application: whom a signed assertion may name as its signer.

use super::der::{Der, GENERALIZED_TIME, INTEGER, UTC_TIME};
use super::key::PublicKey;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt::Write;

/// The tag of the version, which comes before everything else in a certificate and may be left out.
const VERSION: u8 = 0xA0;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    sha1: Vec<u8>,
    sha256: Vec<u8>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) key: PublicKey,
}

impl Certificate {
    /// Reads the first certificate in the text of a PEM file. What else there is, such as a private key, is passed over.
    pub(super) fn read(pem: &str) -> Result<Self, &'static str> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| "has no CERTIFICATE in PEM")?;
        Self::of_der(&der)
    }

    fn of_der(der: &[u8]) -> Result<Self, &'static str> {
        const DAMAGED: &str = "is a damaged certificate";
        let mut fields = Der::new(der).sequence().and_then(|mut outer| outer.sequence()).ok_or(DAMAGED)?;
        let _version = fields.take(VERSION);
        let _serial = fields.take(INTEGER).ok_or(DAMAGED)?;
        let _algorithm = fields.sequence().ok_or(DAMAGED)?;
        let _issuer = fields.sequence().ok_or(DAMAGED)?;
        let mut validity = fields.sequence().ok_or(DAMAGED)?;
        let _subject = fields.sequence().ok_or(DAMAGED)?;
        let mut info = fields.sequence().ok_or(DAMAGED)?;
        Ok(Self {
            sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref().to_vec(),
            sha256: digest(&SHA256, der).as_ref().to_vec(),
            from: time(&mut validity).ok_or(DAMAGED)?,
            until: time(&mut validity).ok_or(DAMAGED)?,
            key: PublicKey::of_info(&mut info)?,
        })
    }

    /// Whether the certificate has this thumbprint: SHA-1 or SHA-256, in base64url as `x5t` and `x5t#S256` have it, or SHA-1 in
    /// hexadecimal as some clients write it to `kid`.
    pub(super) fn is(&self, thumbprint: &str) -> bool {
        let hex = self.sha1.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _written = write!(hex, "{byte:02x}");
            hex
        });
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(thumbprint.trim_end_matches('=')).unwrap_or_default();
        thumbprint.eq_ignore_ascii_case(&hex) || bytes == self.sha1 || bytes == self.sha256
    }
}

/// The next element as a time. Years of two digits are those from 1950 to 2049.
fn time(fields: &mut Der<'_>) -> Option<Timestamp> {
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
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn made(from: i32, until: i32) -> rcgen::Certificate {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_before = date_time_ymd(from, 2, 3);
        params.not_after = date_time_ymd(until, 4, 5);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_certificate_is_known_by_either_thumbprint() {
        let made = made(2024, 2061);
        let read = Certificate::read(&made.pem()).unwrap();
        for algorithm in [&SHA1_FOR_LEGACY_USE_ONLY, &SHA256] {
            let print = BASE64_URL_SAFE_NO_PAD.encode(digest(algorithm, made.der()).as_ref());
            assert!(read.is(&print) && read.is(&format!("{print}=")) && !read.is(&print[1..]));
        }
        let hex: String =
            digest(&SHA1_FOR_LEGACY_USE_ONLY, made.der()).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        assert!(read.is(&hex) && !read.is(""));
    }

    #[test]
    fn years_before_and_after_2050_are_read() {
        for (from, until) in [(1999, 2049), (2024, 2061)] {
            let read = Certificate::read(&made(from, until).pem()).unwrap();
            assert_eq!(
                (read.from.to_string(), read.until.to_string()),
                (format!("{from}-02-03T00:00:00Z"), format!("{until}-04-05T00:00:00Z"))
            );
        }
    }

    #[test]
    fn what_is_cut_off_is_damaged() {
        let made = made(2024, 2061);
        for length in 0..made.der().len() {
            assert!(Certificate::of_der(&made.der()[..length]).is_err(), "{length}");
        }
        assert_eq!(Certificate::read("nothing"), Err("has no CERTIFICATE in PEM"));
    }
}
