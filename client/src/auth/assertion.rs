//! The signed statement with which an application shows that it has its certificate.
//!
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use crate::secret::Token;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

/// How long it is good, in seconds.
const LIFE: i64 = 600;

/// By how much the other clock may be behind, in seconds.
const SKEW: i64 = 60;

/// Who signs, and how.
pub(super) struct Header {
    pub(super) alg: &'static str,
    /// The thumbprints of the certificate, in base64url.
    pub(super) sha256: String,
    pub(super) sha1: String,
}

/// Makes one, good from now on for some minutes. `None` where it cannot be signed.
pub(super) fn make(
    header: &Header,
    client_id: &str,
    audience: &str,
    now: i64,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<Token> {
    let header = json!({ "alg": header.alg, "typ": "JWT", "x5t#S256": header.sha256, "x5t": header.sha1 });
    let claims = json!({
        "aud": audience,
        "iss": client_id,
        "sub": client_id,
        "jti": uuid::Uuid::new_v4().to_string(),
        "iat": now,
        "nbf": now - SKEW,
        "exp": now + LIFE,
    });
    let encode = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = sign(signed.as_bytes())?;
    Some(Token::new(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))))
}
