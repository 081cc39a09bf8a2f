//! Public keys that assertions are verified with, in the forms in which people have them.

use super::der::{self, BIT_STRING, Der, INTEGER, OBJECT_ID};
use crate::members;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value};

/// Object ids as DER has them: RSA keys, keys on elliptic curves, and the curve P-256.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

/// Bytes of the shortest RSA key that is verified with.
const SHORTEST_RSA: usize = 256;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// On P-256: `04`, x and y.
    P256(Vec<u8>),
}

impl PublicKey {
    /// Reads a JWK object, or the text of a PEM file.
    pub(super) fn read(given: &Value) -> Result<Self, &'static str> {
        match given {
            Value::Object(key) => Self::of_jwk(key),
            Value::String(pem) => Self::of_pem(pem),
            _ => Err("is neither a JWK object nor the text of a PEM file"),
        }
    }

    fn of_pem(pem: &str) -> Result<Self, &'static str> {
        let key = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).map_err(|_| "has no PUBLIC KEY in PEM")?;
        let mut info = Der::new(&key).sequence().ok_or("is no public key")?;
        Self::of_info(&mut info)
    }

    /// The key in the elements of a `SubjectPublicKeyInfo`.
    pub(super) fn of_info(info: &mut Der<'_>) -> Result<Self, &'static str> {
        const DAMAGED: &str = "is no public key";
        let mut algorithm = info.sequence().ok_or(DAMAGED)?;
        let id = algorithm.take(OBJECT_ID).ok_or(DAMAGED)?;
        // The first byte counts the bits that are left over in the last one: none.
        let bits = info.take(BIT_STRING).and_then(|bits| bits.strip_prefix(&[0])).ok_or(DAMAGED)?;
        if id == RSA {
            let mut numbers = Der::new(bits).sequence().ok_or(DAMAGED)?;
            let modulus = numbers.take(INTEGER).ok_or(DAMAGED)?;
            return Self::rsa(modulus, numbers.take(INTEGER).ok_or(DAMAGED)?);
        }
        if id == ELLIPTIC && algorithm.take(OBJECT_ID) == Some(P256) {
            return Self::p256(bits.to_vec());
        }
        Err("is neither an RSA key nor one on P-256")
    }

    fn of_jwk(key: &Map<String, Value>) -> Result<Self, &'static str> {
        let number = |name: &str, missing: &'static str| {
            let text = members::text(key, name).ok_or(missing)?;
            BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| "has a number that is not base64url")
        };
        match (members::text(key, "kty"), members::text(key, "crv")) {
            (Some("RSA"), _) => Self::rsa(&number("n", "is an RSA key without n")?, &number("e", "is an RSA key without e")?),
            (Some("EC"), Some("P-256")) => {
                let (x, y) = (number("x", "is a key without x")?, number("y", "is a key without y")?);
                Self::p256([&[4], x.as_slice(), &y].concat())
            }
            _ => Err("is neither an RSA key nor one on P-256"),
        }
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, &'static str> {
        let (modulus, exponent) = (der::unsigned(modulus).to_vec(), der::unsigned(exponent).to_vec());
        if modulus.len() < SHORTEST_RSA {
            return Err("is an RSA key of fewer than 2048 bits");
        }
        Ok(Self::Rsa { modulus, exponent })
    }

    fn p256(point: Vec<u8>) -> Result<Self, &'static str> {
        if point.len() == 65 && point.first() == Some(&4) { Ok(Self::P256(point)) } else { Err("is no point of P-256") }
    }

    /// Whether this is the key's signature under what `algorithm` names.
    pub(super) fn verifies(&self, algorithm: &str, signed: &[u8], signature: &[u8]) -> bool {
        match (self, algorithm) {
            (Self::Rsa { modulus, exponent }, "RS256" | "PS256") => {
                let method = if algorithm == "RS256" { &RSA_PKCS1_2048_8192_SHA256 } else { &RSA_PSS_2048_8192_SHA256 };
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(method, signed, signature).is_ok()
            }
            (Self::P256(point), "ES256") => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).is_ok()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        for (given, problem) in [
            (json!(5), "is neither a JWK object nor the text of a PEM file"),
            (json!("-----BEGIN"), "has no PUBLIC KEY in PEM"),
            (json!("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n"), "is no public key"),
            (json!({"kty": "oct", "k": "AA"}), "is neither an RSA key nor one on P-256"),
            (json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), "is no point of P-256"),
            (json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "is an RSA key of fewer than 2048 bits"),
            (json!({"kty": "RSA", "n": "!", "e": "AQAB"}), "has a number that is not base64url"),
        ] {
            assert_eq!(PublicKey::read(&given), Err(problem), "{given}");
        }
    }
}
