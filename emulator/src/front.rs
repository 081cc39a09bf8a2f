//! The door: finds out which of the three services a request is for, and hands it on.

use crate::account::Role;
use crate::check;
use crate::emulator::Emulator;
use crate::entra::{Desk, Endpoint};
use crate::in_process;
use crate::ingest::{self, Source, Upload};
use crate::lifecycle;
use crate::products::{self, Product};
use crate::reply::{Answer, Refusal, Reply, respond};
use crate::submissions::{self, CONTAINER, Extent, Submission, Uploads};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::route::{Call, Method, ROOT};
use flightline_protocol::target::Target;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Version};
use serde_json::{Value, json};
use std::sync::Arc;
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

impl Emulator {
    /// Everything that clients of the Store talk to: token endpoints, API and blob service. All of it goes through one door.
    pub fn router(&self) -> Router {
        Router::new().fallback(door).with_state(self.clone())
    }

    /// Answers one request of a client, without any socket.
    pub async fn answer(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        in_process::answer(self.router(), request).await
    }
}

async fn door(State(emulator): State<Emulator>, request: Request) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = route(&emulator, request).await;
    emulator.log().note(emulator.now(), &method, &uri, response.status());
    with_length(response)
}

async fn route(emulator: &Emulator, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if is_blob_host(&request) {
        return emulator.blobs().answer(&path, request).await;
    }
    if let Some(blob) = path.strip_prefix(BLOB_ACCOUNT.trim_end_matches('/')).filter(|rest| rest.starts_with('/')) {
        return emulator.blobs().answer(blob, request).await;
    }
    if let Some(endpoint) = Endpoint::parse(&path) {
        let (head, body) = request.into_parts();
        let Ok(body) = to_bytes(body, LARGEST_FORM).await else {
            return respond(StatusCode::PAYLOAD_TOO_LARGE, None);
        };
        let desk = Desk { principal: emulator.principal(), signer: emulator.signer(), now: emulator.now() };
        return endpoint.answer(&head.method, &body, &desk);
    }
    if path.get(..ROOT.len()).is_some_and(|head| head.eq_ignore_ascii_case(ROOT)) {
        return api(emulator, request).await;
    }
    respond(StatusCode::NOT_FOUND, Some(&json!({ "message": "The emulator has no such address." })))
}

fn is_blob_host(request: &Request) -> bool {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = request.uri().host().or(header).unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    name.to_ascii_lowercase().ends_with(".blob.core.windows.net")
}

/// Every answer says its length where that is known.
fn with_length(mut response: Response) -> Response {
    use axum::body::HttpBody;
    let bodiless = response.status() == StatusCode::NO_CONTENT || response.status() == StatusCode::NOT_MODIFIED;
    if let Some(length) = response.body().size_hint().exact().filter(|_| !bodiless) {
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
        Err(refusal) => refusal.into_response(),
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

/// Looks at the token, and then at what its owner may do.
fn admit(emulator: &Emulator, head: &Parts, correlation: &str) -> Result<(), Refusal> {
    let principal = emulator.principal();
    let header = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    if !token.is_some_and(|token| emulator.signer().accepts(token, principal, emulator.now())) {
        return Err(Refusal::unauthorized(correlation));
    }
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

fn dispatch(emulator: &Emulator, call: Call, head: &Parts, body: &[u8]) -> Answer {
    let now = emulator.now();
    let read = |show: &dyn Fn(&rusqlite::Transaction<'_>) -> Answer| {
        emulator.transact(|tx| {
            lifecycle::settle(tx, emulator.pace(), now)?;
            show(tx)
        })
    };
    match call {
        Call::Applications(page) => read(&|tx| products::applications(tx, page)),
        Call::Application(app) => read(&|tx| products::show(tx, &Target::App(app.clone()))),
        Call::ApplicationAddOns(app, page) => read(&|tx| products::add_ons_of(tx, &Target::App(app.clone()), page)),
        Call::ApplicationFlights(app, page) => read(&|tx| products::flights_of(tx, &Target::App(app.clone()), page)),
        Call::AddOns(page) => read(&|tx| products::add_ons(tx, page)),
        Call::AddOn(add_on) => read(&|tx| products::show(tx, &Target::AddOn(add_on.clone()))),
        Call::Flight(app, flight) => read(&|tx| products::show(tx, &Target::Flight(app.clone(), flight.clone()))),
        Call::CreateSubmission(target) => {
            let body = document(body, Absence::IsNull)?;
            let submission = with_product(emulator, &target, |tx, product| submissions::create(tx, product, &body, now))?;
            shown(emulator, StatusCode::CREATED, &submission, extent(head))
        }
        Call::Submission(target, id) => {
            let submission = with_product(emulator, &target, |tx, product| Submission::of(tx, product, &id))?;
            shown(emulator, StatusCode::OK, &submission, Extent::Whole)
        }
        Call::SubmissionStatus(target, id) => {
            let submission = with_product(emulator, &target, |tx, product| Submission::of(tx, product, &id))?;
            Ok(Reply::ok(submissions::status(&submission)))
        }
        Call::UpdateSubmission(target, id) => {
            let body = document(body, Absence::IsFault)?;
            let submission = with_product(emulator, &target, |tx, product| submissions::update(tx, product, &id, &body))?;
            shown(emulator, StatusCode::OK, &submission, Extent::Whole)
        }
        Call::DeleteSubmission(target, id) => {
            with_product(emulator, &target, |tx, product| submissions::delete(tx, product, &id))?;
            Ok(Reply::no_content())
        }
        Call::CommitSubmission(target, id) => commit(emulator, &target, &id),
        Call::CreateAddOn
        | Call::DeleteAddOn(_)
        | Call::CreateFlight(_)
        | Call::DeleteFlight(..)
        | Call::Rollout(..)
        | Call::SetRollout(..)
        | Call::HaltRollout(..)
        | Call::FinalizeRollout(..) => Err(Refusal::missing("This emulator does not imitate this method", None)),
    }
}

/// What a request without a body means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absence {
    IsNull,
    IsFault,
}

fn document(body: &[u8], absence: Absence) -> Result<Value, Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.trim_ascii().is_empty() && absence == Absence::IsNull {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body)
        .map_err(|error| Refusal::parameter(format!("The request body is not JSON: {error}"), Some("applicationSubmission")))
}

/// Does `work` on the product that a call is about, after everything due has happened.
fn with_product<T>(
    emulator: &Emulator,
    target: &Target,
    work: impl FnOnce(&rusqlite::Transaction<'_>, &Product) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if !matches!(target, Target::App(_)) {
        let message = "This emulator does not imitate the submissions of add-ons and flights";
        return Err(Refusal::missing(message, Some("submission")));
    }
    emulator.transact(|tx| {
        lifecycle::settle(tx, emulator.pace(), emulator.now())?;
        let product = Product::of(tx, target)?;
        work(tx, &product)
    })
}

/// Commits in three steps, so that the database is not held while an archive is read: look, read, write down.
fn commit(emulator: &Emulator, target: &Target, id: &SubmissionId) -> Answer {
    let draft = with_product(emulator, target, |tx, product| submissions::to_ingest(tx, product, id))?;
    let content = emulator.blobs().content(CONTAINER, &draft.submission.blob).map_err(|error| Refusal::internal(&error))?;
    let upload: Option<Upload> = content.map(|content| {
        let length = content.len();
        (Arc::new(content) as Source, length)
    });
    let published = draft.published.as_ref().map(|published| &published.document);
    let outcome = ingest::ingest(&draft.product.resource, &draft.submission.document, published, upload);
    with_product(emulator, target, |tx, _| submissions::commit(tx, &draft, outcome, emulator.now()))?;
    Ok(Reply::json(StatusCode::ACCEPTED, json!({ "status": "CommitStarted" })))
}

fn shown(emulator: &Emulator, status: StatusCode, submission: &Submission, extent: Extent) -> Answer {
    let uploads = Uploads { blobs: emulator.blobs(), base: &emulator.blob_url() };
    Ok(Reply::json(status, submissions::show(submission, &uploads, extent)?))
}

/// What `isMinimalResponse=true` asks for.
fn extent(head: &Parts) -> Extent {
    let mut pairs = head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let is_minimal =
        pairs.any(|(name, value)| name.eq_ignore_ascii_case("isMinimalResponse") && value.eq_ignore_ascii_case("true"));
    if is_minimal { Extent::Minimal } else { Extent::Whole }
}
