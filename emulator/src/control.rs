//! The control port: what a person would do in the portal, what the clock would do, and a look at everything.
//!
//! | request | does |
//! |---|---|
//! | `GET /state` | shows requests seen and counted, products and submissions, without anything secret |
//! | `POST /advance?submission=ID[&to=STATUS]` | moves a submission on by one state, or up to one |
//! | `POST /release?submission=ID` | lets go of what a fault holds, or publishes what rests in `Release`, as in the portal |
//! | `POST /fail?submission=ID&status=STATUS` | fails it; the body may be its `statusDetails`. A draft fails when it comes to that state |
//! | `POST /edit?submission=ID` | saves a draft in the portal, after which the API may not touch it; the body may be members of it |
//! | `POST /discard?submission=ID` | deletes a draft in the portal, wherever it was begun |
//! | `POST /rollout?submission=ID&status=STATUS` | ends a package rollout: `PackageRolloutComplete` or `PackageRolloutStopped` |
//! | `POST /clock?forward=SECONDS` | puts the Store's clock forward |
//! | `POST /addresses?plus=raw` | hands out upload addresses with a raw `+` in their signature; `escaped` ends it |
//! | `POST /limit?perMinute=N` | answers so many requests to the API in a minute, and 429 beyond; `off` lets all through |
//! | `GET /faults` | lists the faults, how many requests each was for (`met`) and how many it hit (`hits`), and the seed |
//! | `POST /fault?fault=WHEN=WHAT` | lets something go wrong ([`crate::fault::GRAMMAR`]), and tells its number |
//! | `DELETE /faults[?id=N]` | takes all faults back, or one, and tells how many |
//!
//! Answers are JSON; a refusal is `{"message": …}`.

use crate::account::Kind;
use crate::blobs::Plus;
use crate::date;
use crate::emulator::Emulator;
use crate::fault::{self, Fault, FaultError, GRAMMAR};
use crate::in_process;
use crate::lifecycle;
use crate::products::Product;
use crate::reply::respond;
use crate::submissions::rollout::End;
use crate::submissions::{self, Origin, Submission};
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use flightline_protocol::status::{Phase, SubmissionStatus};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use percent_encoding::percent_decode_str;
use rusqlite::Transaction;
use serde_json::{Map, Value, json};

/// Bytes that a body may have.
const LARGEST_BODY: usize = 1 << 20;

/// Seconds that the clock is put forward at most at once: a hundred years.
const FARTHEST: i64 = 100 * 366 * 24 * 3600;

impl Emulator {
    /// What a person would do in the portal, and what a test wants to know.
    pub fn control_router(&self) -> Router {
        Router::new().fallback(door).with_state(self.clone())
    }

    /// Answers one request to the control port, without any socket.
    pub async fn control(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        in_process::answer(self.control_router(), request).await
    }

    /// What `GET /state` of the control port shows: requests seen and counted (`requests`, `counts`), products and submissions,
    /// without anything secret. What is due by then has happened.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn state(&self) -> Result<Value, crate::Error> {
        let now = self.now();
        let (products, submissions) = self.transact(|tx| {
            lifecycle::settle(tx, self.pace(), now)?;
            let mut products = Vec::new();
            for kind in [Kind::App, Kind::AddOn, Kind::Flight] {
                products.extend(Product::all(tx, kind)?);
            }
            Ok::<_, crate::Error>((products, Submission::all(tx)?))
        })?;
        let products: Vec<Value> = products.iter().map(|product| Value::Object(product.resource.clone())).collect();
        Ok(json!({
            "now": date::text(now),
            "pace": self.pace().to_string(),
            "perMinute": self.limit().per_minute(),
            "tenantId": self.principal().tenant,
            "clientId": self.principal().client,
            "products": products,
            "submissions": submissions.iter().map(show).collect::<Vec<_>>(),
            "counts": self.log().counts(),
            "faultSeed": self.faults().seed(),
            "faults": self.faults().list(),
            "requests": self.log().entries(),
        }))
    }
}

async fn door(State(emulator): State<Emulator>, request: Request) -> Response {
    match answer(&emulator, request).await {
        Ok(body) => respond(StatusCode::OK, Some(&body)),
        Err(Refusal(status, message)) => respond(status, Some(&json!({ "message": message }))),
    }
}

/// A refusal, for people.
struct Refusal(StatusCode, String);

impl Refusal {
    fn request(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    fn state(message: impl Into<String>) -> Self {
        Self(StatusCode::CONFLICT, message.into())
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<crate::Error> for Refusal {
    fn from(error: crate::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

async fn answer(emulator: &Emulator, request: Request) -> Result<Value, Refusal> {
    let (head, body) = request.into_parts();
    let query = Query(head.uri.query().unwrap_or_default().to_owned());
    match (&head.method, head.uri.path().trim_end_matches('/')) {
        (&Method::GET, "" | "/state") => Ok(emulator.state()?),
        (&Method::POST, "/advance") => advance(emulator, &query),
        (&Method::POST, "/release") => with_submission(emulator, &query, release),
        (&Method::POST, "/fail") => {
            let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| Refusal::request("the body is too large"))?;
            let said = said(&body)?;
            let status = query.status("status")?.ok_or_else(|| Refusal::request("status is missing"))?;
            with_submission(emulator, &query, |_, emulator, submission| fail(emulator, submission, status, said))
        }
        (&Method::POST, "/edit") => {
            let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| Refusal::request("the body is too large"))?;
            let members = object(&body, "the body is no object with members of the draft")?;
            with_submission(emulator, &query, |_, _, submission| edit(submission, members))
        }
        (&Method::POST, "/discard") => discard(emulator, &query),
        (&Method::POST, "/rollout") => {
            let status = query.value("status").ok_or_else(|| Refusal::request("status is missing"))?;
            with_submission(emulator, &query, |_, _, submission| rollout(submission, &status))
        }
        (&Method::POST, "/clock") => {
            let seconds = query.value("forward").and_then(|text| text.parse::<i64>().ok());
            let seconds = seconds.filter(|seconds| (0..=FARTHEST).contains(seconds));
            let seconds =
                seconds.ok_or_else(|| Refusal::request("forward is a number of seconds, and the clock goes forward only"))?;
            emulator.put_forward(SignedDuration::from_secs(seconds))?;
            Ok(json!({ "now": date::text(emulator.now()) }))
        }
        (&Method::POST, "/addresses") => {
            let plus = match query.value("plus").as_deref() {
                Some("raw") => Plus::Raw,
                Some("escaped") => Plus::Escaped,
                _ => return Err(Refusal::request("plus is raw or escaped")),
            };
            emulator.blobs().spell(plus);
            Ok(json!({ "plus": query.value("plus") }))
        }
        (&Method::POST, "/fault") => {
            let fault = query.value("fault").ok_or_else(|| Refusal::request("fault is missing"))?;
            let fault: Fault = fault.parse().map_err(|error: FaultError| Refusal::request(error.to_string()))?;
            let text = fault.to_string();
            Ok(json!({ "id": emulator.faults().add(fault), "fault": text }))
        }
        (&Method::GET, "/faults") => {
            let faults = emulator.faults();
            Ok(json!({ "seed": faults.seed(), "faults": faults.list(), "grammar": GRAMMAR }))
        }
        (&Method::DELETE, "/faults") => {
            let number = query.value("id").map(|text| text.parse::<u64>());
            let number = number.transpose().map_err(|_| Refusal::request("id is the number of a fault"))?;
            match (emulator.faults().clear(number), number) {
                (0, Some(number)) => Err(Refusal(StatusCode::NOT_FOUND, format!("there is no fault {number}"))),
                (cleared, _) => Ok(json!({ "cleared": cleared })),
            }
        }
        (&Method::POST, "/limit") => {
            let per_minute = match query.value("perMinute").as_deref() {
                Some("off") => None,
                Some(text) => Some(text.parse().map_err(|_| Refusal::request("perMinute is a number of requests, or off"))?),
                None => return Err(Refusal::request("perMinute is missing")),
            };
            emulator.limit().set(per_minute);
            Ok(json!({ "perMinute": per_minute }))
        }
        (method, path) => Err(Refusal(StatusCode::NOT_FOUND, format!("the control port knows no {method} {path}"))),
    }
}

/// The parameters of a request.
struct Query(String);

impl Query {
    fn value(&self, name: &str) -> Option<String> {
        let pair = self.0.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        pair.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    fn status(&self, name: &str) -> Result<Option<SubmissionStatus>, Refusal> {
        match self.value(name).map(|word| word.parse()) {
            None => Ok(None),
            Some(Ok(SubmissionStatus::Unknown(word))) => Err(Refusal::request(format!("{word:?} is no status"))),
            Some(Ok(status)) => Ok(Some(status)),
        }
    }
}

fn show(submission: &Submission) -> Value {
    json!({
        "id": submission.id,
        "kind": match submission.kind {
            Kind::App => "app",
            Kind::AddOn => "addOn",
            Kind::Flight => "flight",
        },
        "product": submission.product,
        "origin": submission.origin.as_str(),
        "friendlyName": format!("Submission {}", submission.number),
        "status": submission.status.as_str(),
        "since": date::text(submission.since),
        "statusDetails": submission.details,
        "isStuck": fault::stay(submission).is_some(),
        "blob": format!("{}/{}", submissions::CONTAINER, submission.blob),
        "document": submission.document,
    })
}

/// Does `work` on the submission that the query names, after everything due has happened, and shows how it is then.
fn with_submission(
    emulator: &Emulator,
    query: &Query,
    work: impl FnOnce(&Transaction<'_>, &Emulator, &mut Submission) -> Result<(), Refusal>,
) -> Result<Value, Refusal> {
    let id = query.value("submission").ok_or_else(|| Refusal::request("submission is missing"))?;
    emulator.transact(|tx| {
        lifecycle::settle(tx, emulator.pace(), emulator.now())?;
        let found = Submission::find(tx, &id)?;
        let mut submission = found.ok_or_else(|| Refusal(StatusCode::NOT_FOUND, format!("there is no submission {id}")))?;
        work(tx, emulator, &mut submission)?;
        submission.save(tx)?;
        Ok(show(&submission))
    })
}

fn advance(emulator: &Emulator, query: &Query) -> Result<Value, Refusal> {
    let to = query.status("to")?;
    with_submission(emulator, query, |tx, emulator, submission| {
        let from = submission.status.clone();
        loop {
            if !lifecycle::step(tx, submission, emulator.now())? {
                let to = to.as_ref().map_or_else(|| "anywhere".to_owned(), |to| format!("to {to}"));
                return Err(Refusal::state(format!("the submission cannot move from {from} {to}")));
            }
            if to.as_ref().is_none_or(|to| submission.status == *to) {
                return Ok(());
            }
        }
    })
}

fn release(tx: &Transaction<'_>, emulator: &Emulator, submission: &mut Submission) -> Result<(), Refusal> {
    if fault::release(submission) {
        return Ok(());
    }
    if submission.status != SubmissionStatus::Release {
        return Err(Refusal::state(format!("the submission is in {}, not in Release", submission.status)));
    }
    lifecycle::step(tx, submission, emulator.now())?;
    Ok(())
}

fn said(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    object(body, "the body is no statusDetails object: {\"errors\": [], \"certificationReports\": []}")
}

/// The object in a body, an empty one where there is none.
fn object(body: &[u8], problem: &str) -> Result<Map<String, Value>, Refusal> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Refusal::request(problem)),
    }
}

/// From then on the draft is the portal's.
fn edit(submission: &mut Submission, members: Map<String, Value>) -> Result<(), Refusal> {
    if submission.status != SubmissionStatus::PendingCommit {
        return Err(Refusal::state(format!("a submission in {} is no draft", submission.status)));
    }
    submission.origin = Origin::Portal;
    submission.document.extend(members);
    submission.revision = submission.revision.saturating_add(1);
    Ok(())
}

fn discard(emulator: &Emulator, query: &Query) -> Result<Value, Refusal> {
    let id = query.value("submission").ok_or_else(|| Refusal::request("submission is missing"))?;
    emulator.transact(|tx| {
        lifecycle::settle(tx, emulator.pace(), emulator.now())?;
        let found = Submission::find(tx, &id)?;
        let submission = found.ok_or_else(|| Refusal(StatusCode::NOT_FOUND, format!("there is no submission {id}")))?;
        if !submission.status.is_deletable() {
            return Err(Refusal::state(format!("a submission in {} cannot be deleted", submission.status)));
        }
        submission.remove(tx)?;
        Ok(show(&submission))
    })
}

/// A draft is told its fate; what is on its way fails at once.
fn fail(
    emulator: &Emulator,
    submission: &mut Submission,
    status: SubmissionStatus,
    said: Map<String, Value>,
) -> Result<(), Refusal> {
    if !matches!(status.phase(), Phase::Failed | Phase::Canceled) {
        return Err(Refusal::request(format!("{status} is no failure")));
    }
    if lifecycle::is_moving(&submission.status) {
        lifecycle::fail(submission, status, Some(&said), emulator.now());
        return Ok(());
    }
    if submission.status == SubmissionStatus::PendingCommit && status.phase() == Phase::Failed {
        let mut fate = Map::new();
        fate.insert("status".to_owned(), Value::from(status.as_str()));
        fate.insert("statusDetails".to_owned(), Value::Object(said));
        submission.fate = Some(fate);
        return Ok(());
    }
    Err(Refusal::state(format!("a submission in {} cannot come to {status}", submission.status)))
}

fn rollout(submission: &mut Submission, status: &str) -> Result<(), Refusal> {
    let end = End::of_word(status);
    let end = end.ok_or_else(|| Refusal::request("status is PackageRolloutComplete or PackageRolloutStopped"))?;
    submission.end_rollout(end).map_err(|_| Refusal::state("the submission has no rollout in progress"))
}
