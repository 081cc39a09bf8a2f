//! The calls of the API, each with what does it.

use crate::emulator::Emulator;
use crate::fault::Fate;
use crate::ingest::{self, Source, Upload};
use crate::lifecycle;
use crate::products::{self, Product};
use crate::reply::{Answer, Refusal, Reply};
use crate::submissions::rollout::{self, End};
use crate::submissions::{self, CONTAINER, Extent, Submission, Uploads};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::route::Call;
use flightline_protocol::target::Target;
use http::StatusCode;
use http::request::Parts;
use rusqlite::Transaction;
use serde_json::{Value, json};
use std::sync::Arc;

/// Does what a call asks for.
pub(crate) fn dispatch(emulator: &Emulator, call: Call, head: &Parts, body: &[u8]) -> Answer {
    let now = emulator.now();
    match call {
        Call::Applications(page) => settled(emulator, |tx| products::applications(tx, page)),
        Call::Application(app) => settled(emulator, |tx| products::show(tx, &Target::App(app))),
        Call::ApplicationAddOns(app, page) => settled(emulator, |tx| products::add_ons_of(tx, &Target::App(app), page)),
        Call::ApplicationFlights(app, page) => settled(emulator, |tx| products::flights_of(tx, &Target::App(app), page)),
        Call::AddOns(page) => settled(emulator, |tx| products::add_ons(tx, page)),
        Call::AddOn(add_on) => settled(emulator, |tx| products::show(tx, &Target::AddOn(add_on))),
        Call::CreateAddOn => {
            let body = document(body, Absence::IsFault)?;
            settled(emulator, |tx| Ok(Reply::json(StatusCode::CREATED, products::create_add_on(tx, &body)?)))
        }
        Call::DeleteAddOn(add_on) => settled(emulator, |tx| products::delete_add_on(tx, add_on).map(|()| Reply::no_content())),
        Call::Flight(app, flight) => settled(emulator, |tx| products::show(tx, &Target::Flight(app, flight))),
        Call::CreateFlight(app) => {
            let body = document(body, Absence::IsFault)?;
            settled(emulator, |tx| Ok(Reply::json(StatusCode::CREATED, products::create_flight(tx, app, &body, now)?)))
        }
        Call::DeleteFlight(app, flight) => {
            settled(emulator, |tx| products::delete_flight(tx, app, flight).map(|()| Reply::no_content()))
        }
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
        Call::CommitSubmission(target, id) => {
            nothing(&document(body, Absence::IsNull)?)?;
            commit(emulator, &target, &id, head.extensions.get())
        }
        Call::Rollout(target, id) => {
            let submission = with_product(emulator, &target, |tx, product| Submission::of(tx, product, &id))?;
            Ok(Reply::ok(rollout::show(&submission)))
        }
        Call::SetRollout(target, id, percentage) => {
            with_product(emulator, &target, |tx, product| rollout::set(tx, product, &id, &percentage)).map(Reply::ok)
        }
        Call::HaltRollout(target, id) => {
            with_product(emulator, &target, |tx, product| rollout::finish(tx, product, &id, End::Stopped)).map(Reply::ok)
        }
        Call::FinalizeRollout(target, id) => {
            with_product(emulator, &target, |tx, product| rollout::finish(tx, product, &id, End::Complete)).map(Reply::ok)
        }
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

/// Clients that have nothing to say to a commit send nothing, or `null` (O-135); what an object says is passed over.
fn nothing(body: &Value) -> Result<(), Refusal> {
    match body {
        Value::Null | Value::Object(_) => Ok(()),
        _ => Err(Refusal::parameter("The request body is no JSON object.", Some("submission"))),
    }
}

/// Does `work` after everything due has happened.
fn settled<T>(emulator: &Emulator, work: impl FnOnce(&Transaction<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
    emulator.transact(|tx| {
        lifecycle::settle(tx, emulator.pace(), emulator.now())?;
        work(tx)
    })
}

/// Does `work` on the product that a call is about, after everything due has happened.
fn with_product<T>(
    emulator: &Emulator,
    target: &Target,
    work: impl FnOnce(&Transaction<'_>, &Product) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    settled(emulator, |tx| work(tx, &Product::of(tx, target)?))
}

/// Commits in three steps, so that the database is not held while an archive is read: look, read, write down.
fn commit(emulator: &Emulator, target: &Target, id: &SubmissionId, fate: Option<&Fate>) -> Answer {
    let draft = with_product(emulator, target, |tx, product| submissions::to_ingest(tx, product, id))?;
    let content = emulator.blobs().content(CONTAINER, &draft.submission.blob).map_err(|error| Refusal::internal(&error))?;
    let upload: Option<Upload> = content.map(|content| {
        let length = content.len();
        (Arc::new(content) as Source, length)
    });
    let published = draft.published.as_ref().map(|published| &published.document);
    let (kind, document) = (draft.product.kind, &draft.submission.document);
    let mut outcome = ingest::ingest(kind, &draft.identity, document, published, upload);
    if let Some(fate) = fate {
        fate.thin(kind, document, &mut outcome);
    }
    with_product(emulator, target, |tx, _| {
        let mut submission = submissions::commit(tx, &draft, outcome, emulator.now())?;
        if let Some(fate) = fate {
            fate.seal(&mut submission, emulator.now());
            submission.save(tx)?;
        }
        Ok(())
    })?;
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
