//! The door: finds out which of the three services a request is for, and hands it on. To the API it lets nobody without a good token.

use crate::blobs::Expired;
use crate::check;
use crate::dispatch::dispatch;
use crate::emulator::Emulator;
use crate::entra::{Desk, Role, Service};
use crate::fault::{self, Break, Knock};
use crate::in_process::{self, Broken};
use crate::log::{self, Asked, Line};
use crate::reply::{Answer, Refusal, respond};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use flightline_protocol::route::{Call, Method, ROOT};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, RETRY_AFTER, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, Version};
use percent_encoding::percent_decode_str;
use serde_json::json;
use uuid::Uuid;

/// Bytes that a request to the API may have.
const LARGEST_BODY: usize = 32 << 20;

/// Bytes that a request for a token may have.
const LARGEST_FORM: usize = 64 << 10;

/// The account in the path of a blob, as local blob services have it.
const BLOB_ACCOUNT: &str = "/devstoreaccount1/";

/// On every answer of the API, refusals included.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/python-code-examples-for-the-windows-store-submission-api>
const CORRELATION: HeaderName = HeaderName::from_static("ms-correlationid");

/// Marks requests that came over plain HTTP.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

impl Emulator {
    /// Everything that clients of the Store talk to: token endpoints, API and blob service. All of it goes through one door.
    pub fn router(&self) -> Router {
        Router::new().fallback(door).with_state(self.clone())
    }

    /// Answers one request of a client, without any socket. Where a fault breaks the connection, the answer is an empty one with
    /// status 500; [`Emulator::exchange`] tells the two apart.
    pub async fn answer(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        in_process::answer(self.router(), request).await
    }

    /// Carries one request of a client, without any socket, to an answer or to where a fault breaks the connection. Faults that take
    /// time take tokio's.
    ///
    /// # Errors
    /// When a fault leaves the request without a whole answer.
    pub async fn exchange(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Broken> {
        in_process::exchange(self.router(), request).await
    }
}

async fn door(State(emulator): State<Emulator>, request: Request) -> Response {
    let (method, uri, host) = (request.method().clone(), request.uri().clone(), host(&request).to_owned());
    let line = uri.path_and_query().map_or(uri.path(), |line| line.as_str());
    let knock = Knock::new(&method, line, whom(&request));
    let struck = emulator.faults().meet(&knock);
    let fault = struck.as_ref().map(|struck| struck.words.clone());
    if let Some(fault) = &fault {
        log::tell(fault, &method, &uri);
    }
    let response = match struck {
        None => route(&emulator, knock.service, request).await,
        Some(struck) => {
            let serve = |request| route(&emulator, knock.service, request);
            fault::play(&emulator, &knock, struck, request, serve).await
        }
    };
    let status = response.extensions().get::<Break>().is_none().then(|| response.status());
    let line = Line { asked: knock.service, method: &method, host: &host, uri: &uri, status, fault: fault.as_deref() };
    emulator.log().note(emulator.now(), &line);
    with_length(response)
}

/// Whom a request is for.
fn whom(request: &Request) -> Asked {
    let path = request.uri().path();
    if is_blob_host(request) || path.starts_with(BLOB_ACCOUNT) {
        Asked::Blob
    } else if Service::parse(path).is_some() {
        Asked::SignIn
    } else if path.get(..ROOT.len()).is_some_and(|head| head.eq_ignore_ascii_case(ROOT)) {
        Asked::Api
    } else {
        Asked::Nothing
    }
}

async fn route(emulator: &Emulator, asked: Asked, request: Request) -> Response {
    match asked {
        Asked::Blob => blob(emulator, request).await,
        Asked::SignIn => sign_in(emulator, request).await,
        Asked::Api => api(emulator, request).await,
        Asked::Nothing => respond(StatusCode::NOT_FOUND, Some(&json!({ "message": "The emulator has no such address." }))),
    }
}

async fn blob(emulator: &Emulator, mut request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if signature(request.uri()).is_some_and(|signature| emulator.faults().has_expired(&signature)) {
        request.extensions_mut().insert(Expired);
    }
    // The account is part of the path where it is not part of the host.
    let own = path.strip_prefix(BLOB_ACCOUNT.trim_end_matches('/')).filter(|_| !is_blob_host(&request));
    emulator.blobs().answer(own.unwrap_or(&path), request).await
}

async fn sign_in(emulator: &Emulator, request: Request) -> Response {
    let base = base(&request);
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_FORM).await else {
        return respond(StatusCode::PAYLOAD_TOO_LARGE, None);
    };
    let desk = Desk { principal: emulator.principal(), signer: emulator.signer(), now: emulator.now(), base: &base };
    match Service::parse(head.uri.path()) {
        Some(service) => service.answer(&head, &body, &desk),
        None => respond(StatusCode::NOT_FOUND, None),
    }
}

/// The signature of an upload address, whatever its spelling.
pub(crate) fn signature(uri: &Uri) -> Option<String> {
    let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == "sig")?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// The token that a request presents.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim())
}

/// The host, and its port where there is one, that the request came to.
fn host(request: &Request) -> &str {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(http::uri::Authority::as_str).or(header).unwrap_or("login.microsoftonline.com")
}

fn is_blob_host(request: &Request) -> bool {
    let name = host(request).split(':').next().unwrap_or_default();
    name.to_ascii_lowercase().ends_with(".blob.core.windows.net")
}

/// Scheme and host that the request came to.
fn base(request: &Request) -> String {
    let is_plain = request.extensions().get::<Plain>().is_some();
    format!("{}://{}", if is_plain { "http" } else { "https" }, host(request))
}

/// Every answer says its length where that is known.
pub(crate) fn with_length(mut response: Response) -> Response {
    use axum::body::HttpBody;
    let is_modified = response.status() != StatusCode::NOT_MODIFIED;
    if let Some(length) = response.body().size_hint().exact().filter(|_| is_modified) {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(length));
    }
    response
}

/// One request to the API.
async fn api(emulator: &Emulator, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let correlation = correlation(&head);
    let answer = match admit(emulator, &head, &correlation) {
        Ok(()) => handle(emulator, &head, body).await,
        Err(refusal) => Err(refusal),
    };
    let mut response = match answer {
        Ok(reply) => reply.into_response(),
        Err(refusal) => {
            let wait = refusal.retry_after();
            let mut response = refusal.into_response();
            response.headers_mut().extend(wait.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
            response
        }
    };
    if let Ok(value) = HeaderValue::from_str(&correlation) {
        response.headers_mut().insert(CORRELATION, value);
    }
    response
}

/// The id that the caller gave the request, or a new one.
fn correlation(head: &Parts) -> String {
    let given = head.headers.get(CORRELATION).and_then(|value| value.to_str().ok()).and_then(|text| Uuid::try_parse(text).ok());
    given.unwrap_or_else(Uuid::new_v4).to_string()
}

/// Looks at the token, then at how often its tenant has asked, and then at what its owner may do.
fn admit(emulator: &Emulator, head: &Parts, correlation: &str) -> Result<(), Refusal> {
    let principal = emulator.principal();
    let is_good =
        |token: &str| emulator.signer().accepts(token, principal, emulator.now()) && !emulator.faults().has_expired(token);
    if !bearer(&head.headers).is_some_and(is_good) {
        return Err(Refusal::unauthorized(correlation));
    }
    emulator.limit().admit(emulator.now()).map_err(Refusal::too_many)?;
    match principal.role {
        Role::Manager => Ok(()),
        Role::Nobody => Err(Refusal::wordless(StatusCode::FORBIDDEN)),
    }
}

async fn handle(emulator: &Emulator, head: &Parts, body: Body) -> Answer {
    let unknown = || Refusal::missing("The service has no such method", None);
    let method = match head.method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::DELETE => Method::Delete,
        _ => return Err(unknown()),
    };
    let line = head.uri.path_and_query().map_or(head.uri.path(), |line| line.as_str());
    let call = Call::parse(method, line);
    if method == Method::Post && says_no_length(head) {
        return Err(Refusal::wordless(StatusCode::LENGTH_REQUIRED));
    }
    if method != Method::Get {
        let announced = head.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
        check::media_type(announced)?;
    }
    let call = call.ok_or_else(unknown)?;
    let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| Refusal::wordless(StatusCode::PAYLOAD_TOO_LARGE))?;
    dispatch(emulator, call, head, &body)
}

/// Over HTTP/1 a request without a body and without a word about it; later versions cannot show it.
fn says_no_length(head: &Parts) -> bool {
    head.version < Version::HTTP_2 && !head.headers.contains_key(CONTENT_LENGTH) && !head.headers.contains_key(TRANSFER_ENCODING)
}
