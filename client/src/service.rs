//! Sends the calls of the API: with a token, within the rate budget, again where that is safe.

use crate::auth::{Credential, Fault, Identity, Tokens};
use crate::budget::{Budget, Claim};
use crate::error::{Error, Outcome};
use crate::pulse::{CORRELATION_ID, Pulse, correlation_id};
use crate::retry::{self, Failure};
use crate::secret::redact;
use crate::transport::{Transport, TransportError};
use bytes::Bytes;
use flightline_protocol::error::{ErrorCode, ServiceError, excerpt};
use flightline_protocol::json;
use flightline_protocol::route::{Effect, Method, ROOT, Route};
use http::{Request, Response, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The longest refusal that is read as one, in bytes. The service's are far shorter.
const LONGEST_REFUSAL: usize = 256 << 10;

/// Where the services are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    api: String,
    login: String,
}

impl Addresses {
    /// Microsoft's own.
    pub const API: &'static str = "https://manage.devcenter.microsoft.com";
    /// Microsoft's own.
    pub const LOGIN: &'static str = "https://login.microsoftonline.com";

    /// Takes the base addresses of the API and of the token endpoint, without a path of their own.
    ///
    /// # Errors
    /// When one of them is no `https://` or `http://` address.
    pub fn new(api: &str, login: &str) -> Result<Self, Error> {
        let base = |given: &str| {
            let trimmed = given.trim().trim_end_matches('/');
            // Whoever writes a name and a password into an address does not want to read them in a log.
            let shown = given.rsplit_once('@').map_or_else(|| given.to_owned(), |(_, host)| format!("…@{host}"));
            let uri: Option<http::Uri> = trimmed.parse().ok();
            match uri {
                Some(uri)
                    if matches!(uri.scheme_str(), Some("https" | "http"))
                        && uri.query().is_none()
                        && !trimmed.contains(['#', '@']) =>
                {
                    Ok(trimmed.to_owned())
                }
                _ => Err(Error::Address { given: redact(&shown) }),
            }
        };
        Ok(Self { api: base(api)?, login: base(login)? })
    }
}

impl Default for Addresses {
    fn default() -> Self {
        Self { api: Self::API.to_owned(), login: Self::LOGIN.to_owned() }
    }
}

/// The API as one signed-in caller sees it.
pub(crate) struct Service {
    pub(crate) transport: Arc<dyn Transport>,
    tokens: Tokens,
    budget: Budget,
    addresses: Addresses,
    pub(crate) pulse: Pulse,
}

/// An answer of the API that does not refuse.
pub(crate) struct Answer {
    pub(crate) what: String,
    pub(crate) body: Bytes,
    effect: Outcome,
    status: u16,
    correlation_id: Option<String>,
}

impl Service {
    pub(crate) fn new(transport: Arc<dyn Transport>, addresses: Addresses, credential: Credential, budget: Budget) -> Self {
        let tokens = Tokens::new(Arc::clone(&transport), addresses.login.clone(), credential);
        Self { transport, tokens, budget, addresses, pulse: Pulse::default() }
    }

    /// Signs in, if that has not happened yet.
    pub(crate) async fn sign_in(&self) -> Result<(), Error> {
        self.tokens.token().await.map(drop)
    }

    /// What the service called the latest exchange that it answered.
    pub(crate) fn correlation_id(&self) -> Option<String> {
        self.pulse.exchanges().pop().map(|exchange| exchange.correlation_id)
    }

    /// What the token says about us.
    pub(crate) async fn identity(&self) -> Result<Identity, Error> {
        self.tokens.identity().await
    }

    /// Sends a call, and again as often as its effect and the failure allow: five times at the most, and no wait between two of them is
    /// longer than five minutes and what the rate budget takes.
    pub(crate) async fn send(&self, route: &Route, body: Option<&Value>) -> Result<Answer, Error> {
        let what = format!("{} {}", route.method.as_str(), route.path);
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let claim = Claim::of(route);
        let (mut renewed, mut in_doubt) = (false, false);
        let mut attempt = 0;
        loop {
            attempt += 1;
            // Before the line, since signing in takes its time and the budget's minute begins when the line is left; and behind it,
            // since a wait in line may outlast a token.
            self.tokens.token().await?;
            self.budget.take(claim, &self.pulse).await;
            let token = self.tokens.token().await?;
            let id = uuid::Uuid::new_v4().to_string();
            let request = Request::builder()
                .method(route.method.as_str())
                .uri(format!("{}{ROOT}{}", self.addresses.api, route.path))
                .header(http::header::AUTHORIZATION, format!("Bearer {}", token.expose()))
                .header(http::header::ACCEPT, "application/json")
                // Without a body as well: any other type is refused, and no length at all with it (O-026).
                .header(http::header::CONTENT_TYPE, "application/json")
                .header(CORRELATION_ID, &id);
            let request = if body.is_empty() && route.method != Method::Get {
                request.header(http::header::CONTENT_LENGTH, "0")
            } else {
                request
            };
            let request = request.body(body.clone()).map_err(|_| Error::Address { given: self.addresses.api.clone() })?;
            let writing = if route.effect == Effect::Read { None } else { Some(self.pulse.writes().await) };
            let answer = self.transport.send(request).await;
            self.pulse.note(&what, answer.as_ref().ok(), &id);
            drop(writing);
            let (failure, error, asked) = match answer {
                Ok(answer) if answer.status().is_success() => {
                    return Ok(Answer::new(what, answer, route.effect));
                }
                Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED && !renewed && self.tokens.renews() => {
                    renewed = true;
                    attempt -= 1;
                    tracing::info!(what, "the token was refused; asking for a new one");
                    self.tokens.forget(&token).await;
                    continue;
                }
                Ok(answer) => {
                    let (failure, error, asked) = refused(&what, &answer, route.effect);
                    let is_last = answer.status() == StatusCode::UNAUTHORIZED && !self.tokens.renews();
                    (failure, if is_last { token_refused(error) } else { error }, asked)
                }
                Err(source) => lost(&what, source, route.effect),
            };
            // What one attempt may have done, a later refusal does not undo.
            in_doubt |= failure.outcome(route.effect) == Outcome::Unknown;
            let wait = retry::wait(route.effect, failure, attempt, asked, retry::jitter());
            if failure == Failure::Status(429) {
                // There is room for nobody, and where we go on we wait in line with all others.
                self.budget.refused(claim, wait.or(asked).unwrap_or_default()).await;
            }
            match wait {
                Some(wait) => {
                    tracing::info!(what, attempt, ?failure, wait_ms = wait.as_millis(), "trying again");
                    if failure != Failure::Status(429) {
                        self.pulse.retry_in(wait).await;
                    }
                }
                None if in_doubt => return Err(error.in_doubt()),
                None => return Err(error),
            }
        }
    }

    /// Reads the next page's route out of a link of the service, which is relative to the root in either spelling (O-012).
    pub(crate) fn linked(&self, link: &str) -> Route {
        let link = link.strip_prefix(self.addresses.api.as_str()).unwrap_or(link);
        let link = link.strip_prefix(ROOT).unwrap_or(link);
        Route { method: Method::Get, path: link.trim_start_matches('/').to_owned(), effect: Effect::Read }
    }
}

impl Answer {
    fn new(what: String, answer: Response<Bytes>, effect: Effect) -> Self {
        let effect = if effect == Effect::Read { Outcome::NotDone } else { Outcome::Done };
        let (status, correlation_id) = (answer.status().as_u16(), correlation_id(&answer));
        Self { what, body: answer.into_body(), effect, status, correlation_id }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Error> {
        json::parse(&self.body).map_err(|_| Error::NotJson {
            what: self.what.clone(),
            status: self.status,
            excerpt: redact(&excerpt(&self.body)),
            correlation_id: self.correlation_id.clone(),
            // An answer that is not the service's proves nothing about the service.
            effect: if self.effect == Outcome::Done { Outcome::Unknown } else { self.effect },
        })
    }

    /// The body as JSON, read by one of the protocol's readers.
    pub(crate) fn read<T>(
        &self,
        reader: impl FnOnce(Value) -> Result<T, flightline_protocol::application::DocumentError>,
    ) -> Result<T, Error> {
        reader(self.json()?).map_err(|source| Error::Document { what: self.what.clone(), source, effect: self.effect })
    }
}

fn refused(what: &str, answer: &Response<Bytes>, effect: Effect) -> (Failure, Error, Option<Duration>) {
    let status = answer.status().as_u16();
    let failure = Failure::Status(status);
    let body = answer.body();
    let is_json = body.len() <= LONGEST_REFUSAL && json::parse(body).is_ok();
    let looks_foreign = !is_json && !body.iter().all(u8::is_ascii_whitespace);
    let correlation_id = correlation_id(answer);
    let effect = failure.outcome(effect);
    // The gateway in front of the service writes pages of its own.
    if looks_foreign && !matches!(status, 429 | 502 | 504) {
        let excerpt = redact(&excerpt(body));
        let error = Error::NotJson { what: what.to_owned(), status, excerpt, correlation_id, effect };
        return (failure, error, retry::asked_wait(answer, ""));
    }
    let mut error = ServiceError::read(status, if is_json { body } else { &body[..body.len().min(LONGEST_REFUSAL)] });
    error.message = redact(&error.message);
    error.target = error.target.map(|target| redact(&target));
    if let Some(ErrorCode::Other(code)) = &mut error.code {
        *code = redact(code);
    }
    let asked = retry::asked_wait(answer, &error.message);
    let error = Error::Refused { what: what.to_owned(), error: Box::new(error), correlation_id, retry_after: asked, effect };
    (failure, error, asked)
}

/// A refusal of a token that no other can follow.
fn token_refused(error: Error) -> Error {
    let what = "the Store does not take the access token that was given".to_owned();
    Error::Credential { what, fault: Fault::TokenRefused, source: Some(error.into()) }
}

fn lost(what: &str, source: TransportError, effect: Effect) -> (Failure, Error, Option<Duration>) {
    let failure = Failure::of(&source);
    let error = Error::Transport { what: what.to_owned(), effect: failure.outcome(effect), source };
    (failure, error, None)
}
