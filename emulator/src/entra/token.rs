//! Signed tokens. Real ones, so that nothing forged, altered or expired gets past the API.

use super::{AUDIENCE, Principal, set, setting};
use crate::error::Error;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// How long a token is good for, in seconds.
pub(crate) const LIFE: i64 = 3600;

/// How long before its issue a token counts, in seconds, as Entra has it.
const EARLY: i64 = 300;

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) aud: String,
    iss: String,
    iat: i64,
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
    appid: String,
    tid: String,
    roles: Vec<String>,
}

impl Claims {
    pub(crate) fn new(audience: String, principal: &Principal, now: Timestamp) -> Self {
        let now = now.as_second();
        Self {
            aud: audience,
            iss: format!("https://sts.windows.net/{}/", principal.tenant),
            iat: now,
            nbf: now - EARLY,
            exp: now + LIFE,
            appid: principal.client.clone(),
            tid: principal.tenant.clone(),
            roles: Vec::new(),
        }
    }
}

/// Signs tokens and knows its own signature again.
pub(crate) struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
    /// The last token that was found to be ours: most requests come with the same one.
    known: Mutex<Option<(String, Claims)>>,
}

impl Signer {
    /// The key that is kept in the database; made on first use. So tokens outlive a restart.
    pub(crate) fn open(tx: &Transaction<'_>) -> Result<Self, Error> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = match setting(tx, "tokenKey")? {
            Some(text) => BASE64_STANDARD.decode(text).map_err(|_| Error::Key)?,
            None => {
                let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| Error::Key)?;
                set(tx, "tokenKey", &BASE64_STANDARD.encode(pkcs8.as_ref()))?;
                pkcs8.as_ref().to_vec()
            }
        };
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &random).map_err(|_| Error::Key)?;
        Ok(Self { key, random, known: Mutex::default() })
    }

    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, Error> {
        let claims = serde_json::to_vec(claims).map_err(|_| Error::Key)?;
        let mut token = BASE64_URL_SAFE_NO_PAD.encode(HEADER);
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.key.sign(&self.random, token.as_bytes()).map_err(|_| Error::Key)?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Whether this is a token of ours, for the API, for this principal, and good at this time.
    pub(crate) fn accepts(&self, token: &str, principal: &Principal, now: Timestamp) -> bool {
        self.verified(token).is_some_and(|claims| {
            let now = now.as_second();
            claims.aud == AUDIENCE
                && (claims.nbf..claims.exp).contains(&now)
                && claims.appid == principal.client
                && claims.tid == principal.tenant
        })
    }

    /// The key as whoever wants to verify tokens looks it up.
    pub(crate) fn jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        // A point is `04`, x and y.
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        let encode = |number: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(number);
        json!({ "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "x": encode(x), "y": encode(y) })
    }

    fn verified(&self, token: &str) -> Option<Claims> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, claims)) = known.as_ref().filter(|(known, _)| known == token) {
            return Some(claims.clone());
        }
        let claims = self.verify(token)?;
        *known = Some((token.to_owned(), claims.clone()));
        Some(claims)
    }

    fn verify(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        if decode(header)? != HEADER {
            return None;
        }
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key());
        public.verify(signed.as_bytes(), &decode(signature)?).ok()?;
        serde_json::from_slice(&decode(claims)?).ok()
    }
}

const HEADER: &[u8] = br#"{"typ":"JWT","alg":"ES256"}"#;
