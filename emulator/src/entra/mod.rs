//! The token endpoints of Microsoft Entra ID, version 1 and version 2, for the one principal of the account.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

mod form;
pub(crate) mod token;

use crate::account::Role;
use axum::response::Response;
use form::Form;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};
use token::{Claims, LIFE, Signer};
use uuid::Uuid;

/// What tokens for the API are for.
pub(crate) const AUDIENCE: &str = "https://manage.devcenter.microsoft.com";

/// The table of this room.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS setting (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;";

/// Reads one of the values that the emulator keeps about itself.
pub(crate) fn setting(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<String>> {
    tx.query_row("SELECT value FROM setting WHERE name = ?", params![name], |row| row.get(0)).optional()
}

/// Keeps such a value.
pub(crate) fn set(tx: &Transaction<'_>, name: &str, value: &str) -> rusqlite::Result<()> {
    tx.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", params![name, value])?;
    Ok(())
}

/// Who may sign in.
#[derive(Clone)]
pub(crate) struct Principal {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) role: Role,
}

/// Which of the two endpoints a path is, and for which tenant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint<'a> {
    tenant: &'a str,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl<'a> Endpoint<'a> {
    /// The endpoint that a path means.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let is = |at: usize, word: &str| segments.get(at).is_some_and(|segment| segment.eq_ignore_ascii_case(word));
        let version = match segments.len() {
            3 if is(1, "oauth2") && is(2, "token") => Version::One,
            4 if is(1, "oauth2") && is(2, "v2.0") && is(3, "token") => Version::Two,
            _ => return None,
        };
        Some(Self { tenant: segments[0], version })
    }

    /// Answers a request for a token.
    pub(crate) fn answer(&self, method: &http::Method, body: &[u8], desk: &Desk<'_>) -> Response {
        let answer = match self.grant(method, body, desk) {
            Ok(body) => crate::reply::respond(StatusCode::OK, Some(&body)),
            Err(refusal) => crate::reply::respond(refusal.status, Some(&refusal.body(desk.now))),
        };
        uncached(answer)
    }

    fn grant(&self, method: &http::Method, body: &[u8], desk: &Desk<'_>) -> Result<Value, Refusal> {
        let principal = desk.principal;
        if method != http::Method::POST {
            let message = format!("The endpoint only accepts POST requests. Received a {method} request.");
            return Err(Refusal::request("invalid_request", 900_561, message));
        }
        if !self.tenant.eq_ignore_ascii_case(&principal.tenant) {
            let message = format!(
                "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct \
                 cloud. Check with your subscription administrator, this may happen if there are no active subscriptions \
                 for the tenant.",
                self.tenant
            );
            return Err(Refusal::request("invalid_request", 90_002, message));
        }
        let form = Form::read(body);
        let wanted = |name: &str| {
            form.field(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                let message = format!("The request body must contain the following parameter: '{name}'.");
                Refusal::request("invalid_request", 900_144, message)
            })
        };
        let grant = wanted("grant_type")?;
        if grant != "client_credentials" {
            let message = format!("The app requested an unsupported grant type '{grant}'.");
            return Err(Refusal::request("unsupported_grant_type", 70_003, message));
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
        proof(&form, principal)?;
        if audience.trim_end_matches('/') != AUDIENCE {
            let message = format!(
                "The resource principal named {audience} was not found in the tenant named {}. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user in the \
                 tenant. You might have sent your authentication request to the wrong tenant.",
                principal.tenant
            );
            return Err(Refusal::request("invalid_resource", 500_011, message));
        }
        self.token(audience, desk)
    }

    /// Version 1 writes its numbers as text, version 2 as numbers.
    fn token(&self, audience: String, desk: &Desk<'_>) -> Result<Value, Refusal> {
        let claims = Claims::new(audience, desk.principal, desk.now);
        let (not_before, expires) = (claims.nbf, claims.exp);
        let token = desk.signer.sign(&claims).map_err(|_| Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: "server_error",
            number: 90_033,
            message: "A transient error has occurred. Please try again.".to_owned(),
        })?;
        let life = LIFE - 1;
        Ok(match self.version {
            Version::One => json!({
                "token_type": "Bearer",
                "expires_in": life.to_string(),
                "ext_expires_in": life.to_string(),
                "expires_on": expires.to_string(),
                "not_before": not_before.to_string(),
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

/// What a token is made with.
pub(crate) struct Desk<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) signer: &'a Signer,
    pub(crate) now: Timestamp,
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

fn proof(form: &Form, principal: &Principal) -> Result<(), Refusal> {
    let refuse =
        |number, message: String| Err(Refusal { status: StatusCode::UNAUTHORIZED, error: "invalid_client", number, message });
    match form.field("client_secret").filter(|secret| !secret.is_empty()) {
        Some(secret) if secret == principal.secret => Ok(()),
        Some(_) => refuse(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not \
                 the client secret ID, for a secret added to app '{}'.",
                principal.client
            ),
        ),
        None if form.field("client_assertion").is_some() => refuse(
            700_027,
            "The certificate with identifier used to sign the client assertion is not registered on application.".to_owned(),
        ),
        None => refuse(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned(),
        ),
    }
}

/// A request for a token that was refused.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    error: &'static str,
    number: u32,
    message: String,
}

impl Refusal {
    fn request(error: &'static str, number: u32, message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, number, message }
    }

    fn body(&self, now: Timestamp) -> Value {
        let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
        let time = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description =
            format!("AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}", self.number, self.message);
        json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": time,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.number),
        })
    }
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_endpoints_are_found_whatever_the_case() {
        assert_eq!(Endpoint::parse("/t/oauth2/token"), Some(Endpoint { tenant: "t", version: Version::One }));
        assert_eq!(Endpoint::parse("/t/OAuth2/V2.0/token"), Some(Endpoint { tenant: "t", version: Version::Two }));
        for other in ["/", "/t/oauth2", "/t/oauth2/v3.0/token", "/oauth2/token", "/a/b/oauth2/token"] {
            assert_eq!(Endpoint::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_scope_names_its_resource_with_every_slash() {
        assert_eq!(audience_of("https://a.example/.default").unwrap(), "https://a.example");
        assert_eq!(audience_of("https://a.example//.default").unwrap(), "https://a.example/");
        assert!(audience_of("https://a.example/read").is_err());
    }
}
