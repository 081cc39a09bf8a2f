//! Signing in to Microsoft Entra ID: a token for the API, renewed before it runs out.

use crate::error::{Error, Outcome};
use crate::retry;
use crate::secret::{ClientSecret, Token, redact};
use crate::transport::Transport;
use bytes::Bytes;
use flightline_protocol::error::{ErrorCode, ServiceError};
use flightline_protocol::json;
use flightline_protocol::route::Effect;
use http::Request;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// What a token is asked for. A slash at the end would give a token that the service refuses (O-024).
const SCOPE: &str = "https://manage.devcenter.microsoft.com/.default";

/// What a form or a path needs escaped: all but the letters that never mean anything else.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How long before its end a token is renewed.
const AHEAD: Duration = Duration::from_secs(300);

/// The longest refusal that is read as one, in bytes. Entra's are far shorter.
const LONGEST_REFUSAL: usize = 256 << 10;

/// Who we are: an Entra application with a client secret.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services#prerequisites>
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The id of the Entra tenant.
    pub tenant_id: String,
    /// The id of the application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: ClientSecret,
}

/// Gives out tokens, and asks for a new one only when the last is about to end.
pub(crate) struct Tokens {
    transport: Arc<dyn Transport>,
    login_url: String,
    credentials: Credentials,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: Token,
    good_until: Instant,
}

impl Tokens {
    pub(crate) fn new(transport: Arc<dyn Transport>, login_url: String, credentials: Credentials) -> Self {
        Self { transport, login_url, credentials, held: Mutex::new(None) }
    }

    /// A token that is good for a while yet.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        let mut held = self.held.lock().await;
        match held.as_ref() {
            Some(held) if Instant::now() < held.good_until => Ok(held.token.clone()),
            _ => {
                let fresh = self.sign_in().await?;
                let token = fresh.token.clone();
                *held = Some(fresh);
                Ok(token)
            }
        }
    }

    /// Forgets a token that the service refused, unless it was renewed meanwhile.
    pub(crate) async fn forget(&self, refused: &Token) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.token == *refused) {
            *held = None;
        }
    }

    async fn sign_in(&self) -> Result<Held, Error> {
        let form = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let address = format!("{}/{}/oauth2/v2.0/token", self.login_url, form(&self.credentials.tenant_id));
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
            form(&self.credentials.client_id),
            form(self.credentials.client_secret.expose()),
            form(SCOPE),
        );
        let body = Bytes::from(body);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let request = Request::post(&address)
                .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(http::header::ACCEPT, "application/json")
                .body(body.clone())
                .map_err(|_| Error::Address { given: self.login_url.clone() })?;
            let what = "could not reach Microsoft Entra ID to sign in";
            let (error, failure, asked) = match self.transport.send(request).await {
                Ok(answer) if answer.status().is_success() => return read(answer.body()),
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    let failure = retry::Failure::Status(status);
                    let error = refusal(status, answer.body(), &self.credentials.client_secret);
                    (error, failure, retry::asked_wait(&answer, ""))
                }
                Err(source) => {
                    let failure = retry::Failure::of(&source);
                    let error = Error::Transport { what: what.to_owned(), effect: Outcome::NotDone, source };
                    (error, failure, None)
                }
            };
            match retry::wait(Effect::Read, failure, attempt, asked, retry::jitter()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }
}

/// Reads the answer that brings a token. Lifetimes are text in one version of the endpoint and numbers in the other (O-025).
fn read(body: &[u8]) -> Result<Held, Error> {
    let unusable = |message: &str| Error::SignIn { aadsts: None, message: message.to_owned() };
    let value = json::parse(body).map_err(|_| not_json(200, body))?;
    let members = value.as_object().ok_or_else(|| unusable("the answer has no token in it"))?;
    let token = json::field(members, "access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| unusable("the answer has no token in it"))?;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unusable("the token in the answer cannot be sent in a header"));
    }
    let life = match json::field(members, "expires_in") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64(),
        None => None,
    };
    let life = Duration::from_secs(life.unwrap_or(3600).min(24 * 3600));
    let good = life.saturating_sub(AHEAD).max(life / 2);
    Ok(Held { token: Token::new(token), good_until: Instant::now() + good })
}

/// Reads the answer that brings none. Its words are shown without the secret, should they quote it.
fn refusal(status: u16, body: &[u8], secret: &ClientSecret) -> Error {
    let members = match json::parse(body) {
        Ok(Value::Object(members)) if body.len() <= LONGEST_REFUSAL => members,
        _ => return not_json(status, body),
    };
    let codes = json::field(&members, "error_codes").and_then(Value::as_array);
    let first = codes.and_then(|codes| codes.first()).and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
    let text = |name| json::field(&members, name).and_then(Value::as_str);
    let description = text("error_description").or_else(|| text("error")).unwrap_or("no explanation");
    let in_text = description.strip_prefix("AADSTS").and_then(|rest| rest.split(':').next()?.parse().ok());
    // What follows are ids and a time on further lines, or in the same one.
    let words = description.lines().next().unwrap_or_default();
    let words = words.split(" Trace ID:").next().unwrap_or_default();
    let (aadsts, message) = (first.or(in_text), redact(&secret.hidden_in(words)));
    if status == 429 || status >= 500 {
        // Entra's own trouble says nothing about the credentials.
        let code = aadsts.map(|number| ErrorCode::Other(format!("AADSTS{number}")));
        let error = Box::new(ServiceError { status, code, message, target: None });
        let what = "could not sign in".to_owned();
        return Error::Refused { what, error, correlation_id: None, retry_after: None, effect: Outcome::NotDone };
    }
    Error::SignIn { aadsts, message }
}

fn not_json(status: u16, body: &[u8]) -> Error {
    Error::NotJson {
        what: "could not sign in".to_owned(),
        status,
        excerpt: redact(&flightline_protocol::error::excerpt(body)),
        correlation_id: None,
        effect: Outcome::NotDone,
    }
}
