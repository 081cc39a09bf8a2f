//! Signed assertions: how they are read, and whether they are what somebody claims.
//!
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use super::key::PublicKey;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;

/// A JSON web token, read and not yet believed.
pub(super) struct Assertion<'a> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    signed: &'a [u8],
    signature: Vec<u8>,
}

/// Who signed it, and how.
#[derive(Deserialize)]
pub(super) struct Header {
    alg: String,
    x5t: Option<String>,
    #[serde(rename = "x5t#S256")]
    x5t_sha256: Option<String>,
    kid: Option<String>,
}

impl Header {
    /// What the header says about the signer's certificate, the surest first.
    pub(super) fn thumbprint(&self) -> Option<&str> {
        self.x5t_sha256.as_deref().or(self.x5t.as_deref()).or(self.kid.as_deref())
    }
}

/// What it says.
#[derive(Deserialize)]
pub(super) struct Claims {
    #[serde(default)]
    pub(super) iss: String,
    #[serde(default)]
    pub(super) sub: String,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Whom it is for.
    pub(super) fn audiences(&self) -> &[String] {
        match &self.aud {
            Some(Audience::One(one)) => std::slice::from_ref(one),
            Some(Audience::Many(many)) => many,
            None => &[],
        }
    }

    /// Whether it is good at this time. One without an end never is.
    #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are far below where doubles lose whole numbers")]
    pub(super) fn is_timely(&self, now: Timestamp) -> bool {
        let (latest, earliest) = ((now.as_second() - SKEW) as f64, (now.as_second() + SKEW) as f64);
        self.exp.is_some_and(|end| end > latest) && self.nbf.is_none_or(|start| start < earliest)
    }
}

impl<'a> Assertion<'a> {
    /// Reads a token. `None` if it is none.
    pub(super) fn read(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        Some(Self {
            header: serde_json::from_slice(&decode(header)?).ok()?,
            claims: serde_json::from_slice(&decode(claims)?).ok()?,
            signed: signed.as_bytes(),
            signature: decode(signature)?,
        })
    }

    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(&self.header.alg, self.signed, &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", encode(header), encode(claims), encode("signature"))
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let header = r#"{"alg":"RS256"}"#;
        for bad in ["".to_owned(), "a.b".to_owned(), "..".to_owned(), token("[]", "{}"), token(header, "5"), token("{}", "{}")] {
            assert!(Assertion::read(&bad).is_none(), "{bad}");
        }
        assert!(Assertion::read(&token(header, r#"{"aud":[],"exp":"soon"}"#)).is_none());
        assert!(Assertion::read(&token(header, "{}")).is_some());
    }

    #[test]
    fn an_assertion_has_its_time_give_or_take_five_minutes() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (claims, timely) in [
            ("{}", false),
            (r#"{"exp":1000001}"#, true),
            (r#"{"exp":999701.5}"#, true),
            (r#"{"exp":999700}"#, false),
            (r#"{"exp":1000600,"nbf":1000299}"#, true),
            (r#"{"exp":1000600,"nbf":1000300}"#, false),
        ] {
            let text = token(r#"{"alg":"RS256"}"#, claims);
            assert_eq!(Assertion::read(&text).unwrap().claims.is_timely(now), timely, "{claims}");
        }
    }
}
