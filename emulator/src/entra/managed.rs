//! Managed identity: the endpoints that machines in Azure ask for tokens without any secret. The principal is the machine's identity.
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>,
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>

use super::refusal::Refusal;
use super::token::{Claims, LIFE};
use super::{AUDIENCE, Desk};
use http::StatusCode;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// Which of the endpoints it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Managed {
    /// That of a virtual machine.
    Machine,
    /// That of App Service, whose address and header its programs find in their environment.
    Service,
}

impl Managed {
    /// The endpoint that the segments of a path mean.
    pub(super) fn parse(segments: &[&str]) -> Option<Self> {
        let is = |words: &[&str]| {
            segments.len() == words.len() && segments.iter().zip(words).all(|(segment, word)| segment.eq_ignore_ascii_case(word))
        };
        if is(&["metadata", "identity", "oauth2", "token"]) {
            Some(Self::Machine)
        } else {
            is(&["msi", "token"]).then_some(Self::Service)
        }
    }

    /// Answers a request for a token.
    pub(super) fn answer(self, head: &Parts, desk: &Desk<'_>) -> (StatusCode, Value) {
        match self.token(head, desk) {
            Ok(token) => (StatusCode::OK, token),
            Err(refused) => refused,
        }
    }

    fn token(self, head: &Parts, desk: &Desk<'_>) -> Result<Value, (StatusCode, Value)> {
        let principal = desk.principal;
        self.admit(head, desk)?;
        let wanted = |name: &'static str| {
            let missing = || self.refuse(StatusCode::BAD_REQUEST, &format!("Required query variable '{name}' is missing"));
            parameter(head, name).filter(|value| !value.is_empty()).ok_or_else(missing)
        };
        wanted("api-version")?;
        let resource = wanted("resource")?;
        // A machine may have several identities, and this one has the principal alone.
        if parameter(head, "client_id").is_some_and(|client| !client.eq_ignore_ascii_case(&principal.client)) {
            return Err(self.refuse(StatusCode::BAD_REQUEST, "Identity not found"));
        }
        if resource.trim_end_matches('/') != AUDIENCE {
            let refusal = Refusal::resource(&resource, &principal.tenant);
            return Err((refusal.status, refusal.body(desk.now)));
        }
        let claims = Claims::new(resource, principal, desk.now);
        let internal = |_| (StatusCode::INTERNAL_SERVER_ERROR, Refusal::internal().body(desk.now));
        let token = desk.signer.sign(&claims).map_err(internal)?;
        let mut answer = json!({
            "access_token": token,
            "client_id": principal.client,
            "expires_on": claims.exp.to_string(),
            "resource": claims.aud,
            "token_type": "Bearer",
        });
        if self == Self::Machine {
            answer["expires_in"] = Value::from((LIFE - 1).to_string());
            answer["ext_expires_in"] = Value::from((LIFE - 1).to_string());
            answer["not_before"] = Value::from(claims.nbf.to_string());
        }
        Ok(answer)
    }

    /// Nobody gets a token who was tricked into asking: a header is wanted that no link and no redirect can bring.
    fn admit(self, head: &Parts, desk: &Desk<'_>) -> Result<(), (StatusCode, Value)> {
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        if head.method != http::Method::GET {
            return Err(self.refuse(StatusCode::METHOD_NOT_ALLOWED, "Only GET is allowed"));
        }
        match self {
            Self::Machine if header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) => Ok(()),
            Self::Machine => Err(self.refuse(StatusCode::BAD_REQUEST, "Required metadata header not specified")),
            Self::Service => {
                let principal = desk.principal;
                let expected = principal.credentials.identity_header.as_ref().unwrap_or(&principal.secret);
                if header("x-identity-header") == Some(expected) {
                    Ok(())
                } else {
                    Err(self.refuse(StatusCode::UNAUTHORIZED, "The header X-IDENTITY-HEADER is missing or wrong"))
                }
            }
        }
    }

    fn refuse(self, status: StatusCode, message: &str) -> (StatusCode, Value) {
        let body = match self {
            Self::Machine => json!({ "error": "invalid_request", "error_description": message }),
            Self::Service => json!({ "statusCode": status.as_u16(), "message": message }),
        };
        (status, body)
    }
}

fn parameter(head: &Parts, name: &str) -> Option<String> {
    let mut pairs = head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}
