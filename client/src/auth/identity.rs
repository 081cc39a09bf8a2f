//! What a token says about its bearer. Nothing of it is verified, and nothing is decided by it: it is for people to look at.
//!
//! <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>

use crate::secret::Token;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::time::Duration;

/// Who a token says that we are. Where a token cannot be looked into, only its life is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The id of the Entra tenant.
    pub tenant_id: Option<String>,
    /// The id of the application.
    pub client_id: Option<String>,
    /// What the token is for.
    pub audience: Option<String>,
    /// The roles that Entra gives the application. That of Manager is Partner Center's and is not among them.
    pub roles: Vec<String>,
    /// What kind of caller it is.
    pub bearer: Bearer,
    /// When the token ends, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// How long it is good, by what came with it.
    pub expires_in: Duration,
}

/// What kind of caller has a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// An application, as the Store wants it.
    Application,
    /// A person.
    Person,
    /// The token does not say.
    Unknown,
}

impl Identity {
    pub(super) fn of(token: &Token, expires_in: Duration) -> Self {
        let claims = claims(token.expose());
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let roles = claims.get("roles").and_then(Value::as_array).into_iter().flatten();
        Self {
            tenant_id: text("tid"),
            client_id: text("appid").or_else(|| text("azp")),
            audience: text("aud"),
            roles: roles.filter_map(Value::as_str).map(str::to_owned).collect(),
            bearer: match claims.get("idtyp").and_then(Value::as_str) {
                _ if claims.contains_key("scp") => Bearer::Person,
                Some("user") => Bearer::Person,
                _ if claims.contains_key("appid") || claims.contains_key("azp") => Bearer::Application,
                _ => Bearer::Unknown,
            },
            expires_at: claims.get("exp").and_then(Value::as_i64),
            expires_in,
        }
    }
}

/// The claims in the middle of a token; none where it has another form.
fn claims(token: &str) -> Map<String, Value> {
    let claims = token.split('.').nth(1).unwrap_or_default().trim_end_matches('=');
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
    match flightline_protocol::json::parse(&decoded) {
        Ok(Value::Object(claims)) => claims,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(claims: &Value) -> Identity {
        let token = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
        Identity::of(&Token::new(token), Duration::ZERO)
    }

    #[test]
    fn both_versions_of_tokens_are_read() {
        let first = identity(&json!({"tid": "t", "appid": "c", "aud": "a", "exp": 5, "roles": ["R", 1, "S"]}));
        assert_eq!(first.client_id.as_deref(), Some("c"));
        assert_eq!(
            (first.expires_at, first.roles, first.bearer),
            (Some(5), vec!["R".to_owned(), "S".to_owned()], Bearer::Application)
        );
        let second = identity(&json!({"azp": "c", "idtyp": "app"}));
        assert_eq!((second.client_id.as_deref(), second.bearer), (Some("c"), Bearer::Application));
        assert_eq!(identity(&json!({"appid": "c", "scp": "user_impersonation"})).bearer, Bearer::Person);
        assert_eq!(identity(&json!({"appid": "c", "idtyp": "user"})).bearer, Bearer::Person);
    }

    #[test]
    fn what_is_no_token_says_nothing() {
        for token in ["", "a", "a.b.c", "..", "e30.W10.x", "e30.bnVsbA.x", "x.eyJleHAiOiJzb29uIn0.y", "ü.ä.ö"] {
            let identity = Identity::of(&Token::new(token), Duration::ZERO);
            assert_eq!((identity.expires_at, identity.bearer), (None, Bearer::Unknown), "{token}");
        }
    }
}
