//! The token endpoint of Microsoft Entra ID.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use super::ask::ask;
use super::tokens::Grant;
use super::{Application, RESOURCE};
use crate::clock;
use crate::error::{Error, Outcome};
use crate::secret::{ClientSecret, Token, redact};
use crate::transport::Transport;
use bytes::Bytes;
use flightline_protocol::error::{ErrorCode, ServiceError};
use flightline_protocol::json;
use http::{Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::time::Duration;

/// What a form or a path needs escaped: all but the letters that never mean anything else.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest refusal that is read as one, in bytes. Entra's are far shorter.
pub(super) const LONGEST_REFUSAL: usize = 256 << 10;

/// What shows that an application is the one.
pub(super) enum Proof<'a> {
    Secret(&'a ClientSecret),
    Assertion(&'a Token),
}

impl Proof<'_> {
    fn fields(&self) -> String {
        match self {
            Self::Secret(secret) => format!("client_secret={}", escaped(secret.expose())),
            Self::Assertion(assertion) => format!(
                "client_assertion_type={}&client_assertion={}",
                escaped("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                escaped(assertion.expose())
            ),
        }
    }

    fn hidden_in(&self, text: &str) -> String {
        match self {
            Self::Secret(secret) => secret.hidden_in(text),
            Self::Assertion(assertion) => assertion.hidden_in(text),
        }
    }
}

/// A value as a form and a path can hold it.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Where a tenant's tokens are asked for. An assertion has to name the same address as whom it is for.
pub(super) fn endpoint(login_url: &str, application: &Application) -> String {
    format!("{login_url}/{}/oauth2/v2.0/token", escaped(&application.tenant_id))
}

/// Asks for a token.
pub(super) async fn token(
    transport: &dyn Transport,
    login_url: &str,
    application: &Application,
    proof: &Proof<'_>,
) -> Result<Grant, Error> {
    let address = endpoint(login_url, application);
    let body = Bytes::from(format!(
        "grant_type=client_credentials&client_id={}&{}&scope={}",
        escaped(&application.client_id),
        proof.fields(),
        escaped(&format!("{RESOURCE}/.default")),
    ));
    let request = || {
        Request::post(&address)
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(http::header::ACCEPT, "application/json")
            .body(body.clone())
            .map_err(|_| Error::Address { given: login_url.to_owned() })
    };
    let unreachable = "could not reach Microsoft Entra ID to sign in";
    let answer = ask(transport, unreachable, request, |answer| refusal(answer, proof)).await?;
    read(&answer, |text| proof.hidden_in(text))
}

/// Reads the answer that brings a token. Lifetimes are text in one version of the endpoint and numbers in the other (O-025); a
/// machine's endpoint may give the end alone.
pub(super) fn read(answer: &Response<Bytes>, hide: impl Fn(&str) -> String) -> Result<Grant, Error> {
    let body = answer.body();
    let unusable = |message: &str| Error::SignIn { aadsts: None, message: message.to_owned(), correlation_id: None };
    let value = json::parse(body).map_err(|_| not_json(answer.status().as_u16(), body, hide))?;
    let members = value.as_object().ok_or_else(|| unusable("the answer has no token in it"))?;
    let token = json::field(members, "access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.map(Token::new).ok_or_else(|| unusable("the answer has no token in it"))?;
    if !token.is_sendable() {
        return Err(unusable("the token in the answer cannot be sent in a header"));
    }
    let left = || Some(number(members, "expires_on")?.saturating_sub(u64::try_from(clock::now()).ok()?));
    let life = number(members, "expires_in").or_else(left).unwrap_or(3600);
    Ok(Grant::renewable(token, Duration::from_secs(life)))
}

/// A number that may be written as text.
fn number(members: &Map<String, Value>, name: &str) -> Option<u64> {
    match json::field(members, name)? {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    }
}

/// Reads the answer that brings none. Its words are shown without the secret, should they quote it.
fn refusal(answer: &Response<Bytes>, proof: &Proof<'_>) -> Error {
    let (status, body) = (answer.status().as_u16(), answer.body());
    let members = match json::parse(body) {
        Ok(Value::Object(members)) if body.len() <= LONGEST_REFUSAL => members,
        _ => return not_json(status, body, |text| proof.hidden_in(text)),
    };
    let codes = json::field(&members, "error_codes").and_then(Value::as_array);
    let first = codes.and_then(|codes| codes.first()).and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
    let text = |name| json::field(&members, name).and_then(Value::as_str);
    let description = text("error_description").or_else(|| text("error")).unwrap_or("no explanation");
    let in_text = description.strip_prefix("AADSTS").and_then(|rest| rest.split(':').next()?.parse().ok());
    // What follows are ids and a time on further lines, or in the same one.
    let words = description.lines().next().unwrap_or_default();
    let words = words.split(" Trace ID:").next().unwrap_or_default();
    let (aadsts, message) = (first.or(in_text), redact(&proof.hidden_in(words)));
    let is_id = |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let correlation_id = text("correlation_id").filter(is_id).map(str::to_owned);
    if status == 429 || status >= 500 {
        // Entra's own trouble says nothing about the credentials.
        let code = aadsts.map(|number| ErrorCode::Other(format!("AADSTS{number}")));
        // Its words begin with the number, which is the code of what is told.
        let own = aadsts.map(|number| format!("AADSTS{number}: "));
        let message = own.and_then(|own| message.strip_prefix(&own).map(str::to_owned)).unwrap_or(message);
        let error = Box::new(ServiceError { status, code, message, target: None });
        let what = "could not sign in".to_owned();
        return Error::Refused { what, error, correlation_id, retry_after: None, effect: Outcome::NotDone };
    }
    Error::SignIn { aadsts, message, correlation_id }
}

/// Something answered that speaks no JSON. It may say again what it was sent, so that is hidden before
/// anything is cut off.
fn not_json(status: u16, body: &[u8], hide: impl Fn(&str) -> String) -> Error {
    let text = hide(&String::from_utf8_lossy(&body[..body.len().min(LONGEST_REFUSAL)]));
    Error::NotJson {
        what: "could not sign in".to_owned(),
        status,
        excerpt: redact(&flightline_protocol::error::excerpt(text.as_bytes())),
        correlation_id: None,
        effect: Outcome::NotDone,
    }
}
