//! The token endpoints, version 1 and version 2.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use super::form::Form;
use super::proof;
use super::refusal::Refusal;
use super::token::{Claims, LIFE};
use super::{AUDIENCE, Desk};
use serde_json::{Value, json};

/// Which of the two endpoints a path is, and for which tenant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint<'a> {
    tenant: &'a str,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl<'a> Endpoint<'a> {
    /// The endpoint that the segments of a path mean.
    pub(super) fn parse(segments: &[&'a str]) -> Option<Self> {
        let is = |at: usize, word: &str| segments.get(at).is_some_and(|segment| segment.eq_ignore_ascii_case(word));
        let version = match segments.len() {
            3 if is(1, "oauth2") && is(2, "token") => Version::One,
            4 if is(1, "oauth2") && is(2, "v2.0") && is(3, "token") => Version::Two,
            _ => return None,
        };
        Some(Self { tenant: segments[0], version })
    }

    /// Answers a request for a token.
    pub(super) fn grant(&self, method: &http::Method, body: &[u8], desk: &Desk<'_>) -> Result<Value, Refusal> {
        let principal = desk.principal;
        if method != http::Method::POST {
            let message = format!("The endpoint only accepts POST requests. Received a {method} request.");
            return Err(Refusal::request("invalid_request", 900_561, message));
        }
        if !self.tenant.eq_ignore_ascii_case(&principal.tenant) {
            return Err(Refusal::tenant(self.tenant));
        }
        let form = Form::read(body);
        let wanted = |name: &str| form.field(name).filter(|value| !value.is_empty()).ok_or_else(|| Refusal::missing(name));
        match wanted("grant_type")? {
            "client_credentials" => {}
            // People sign in with names and passwords, and this tenant has no people.
            "password" => {
                wanted("username")?;
                let message = format!(
                    "The user account {{EUII Hidden}} does not exist in the {} directory. To sign into this application, the \
                     account must be added to the directory.",
                    principal.tenant
                );
                return Err(Refusal::request("invalid_grant", 50_034, message));
            }
            other => {
                let message = format!("The app requested an unsupported grant type '{other}'.");
                return Err(Refusal::request("unsupported_grant_type", 70_003, message));
            }
        }
        let client = wanted("client_id")?;
        let audience = match self.version {
            Version::One => wanted("resource")?.to_owned(),
            Version::Two => audience_of(wanted("scope")?)?,
        };
        if !client.eq_ignore_ascii_case(&principal.client) {
            let message = format!(
                "Application with identifier '{client}' was not found in the directory '{}'. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user in the \
                 tenant. You may have sent your authentication request to the wrong tenant.",
                principal.tenant
            );
            return Err(Refusal::request("unauthorized_client", 700_016, message));
        }
        proof::prove(&form, desk)?;
        if audience.trim_end_matches('/') != AUDIENCE {
            return Err(Refusal::resource(&audience, &principal.tenant));
        }
        self.token(audience, desk)
    }

    /// Version 1 writes its numbers as text, version 2 as numbers.
    fn token(&self, audience: String, desk: &Desk<'_>) -> Result<Value, Refusal> {
        let claims = Claims::new(audience, desk.principal, desk.now);
        let token = desk.signer.sign(&claims).map_err(|_| Refusal::internal())?;
        let life = LIFE - 1;
        Ok(match self.version {
            Version::One => json!({
                "token_type": "Bearer",
                "expires_in": life.to_string(),
                "ext_expires_in": life.to_string(),
                "expires_on": claims.exp.to_string(),
                "not_before": claims.nbf.to_string(),
                "resource": claims.aud,
                "access_token": token,
            }),
            Version::Two => json!({
                "token_type": "Bearer",
                "expires_in": life,
                "ext_expires_in": life,
                "access_token": token,
            }),
        })
    }
}

/// The resource of a version 2 scope. What is before `/.default` is the resource, a slash at its end included.
fn audience_of(scope: &str) -> Result<String, Refusal> {
    match scope.split_whitespace().collect::<Vec<_>>().as_slice() {
        [one] if one.ends_with("/.default") => Ok(one.trim_end_matches(".default").strip_suffix('/').unwrap_or(one).to_owned()),
        _ => {
            let message = format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
                 /.default suffixed to the resource identifier (application ID URI)."
            );
            Err(Refusal::request("invalid_scope", 1_002_012, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_endpoints_are_found_whatever_the_case() {
        assert_eq!(Endpoint::parse(&["t", "oauth2", "token"]), Some(Endpoint { tenant: "t", version: Version::One }));
        assert_eq!(Endpoint::parse(&["t", "OAuth2", "V2.0", "token"]), Some(Endpoint { tenant: "t", version: Version::Two }));
        for other in [&[""][..], &["t", "oauth2"], &["t", "oauth2", "v3.0", "token"], &["a", "b", "oauth2", "token"]] {
            assert_eq!(Endpoint::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_scope_names_its_resource_with_every_slash() {
        assert_eq!(audience_of("https://a.example/.default").unwrap(), "https://a.example");
        assert_eq!(audience_of("https://a.example//.default").unwrap(), "https://a.example/");
        assert!(audience_of("https://a.example/read").is_err());
    }
}
