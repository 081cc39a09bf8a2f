//! Makes a draft out of what was published last.

use super::{Numbered, Origin, Submission, details, rollout};
use crate::account::Kind;
use crate::check;
use crate::products::Product;
use crate::reply::Refusal;
use flightline_protocol::status::SubmissionStatus;
use jiff::Timestamp;
use rusqlite::{ErrorCode, Transaction, params};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Creates the draft. `body` is `null` where the request has none, as it should.
pub(crate) fn create(tx: &Transaction<'_>, product: &Product, body: &Value, now: Timestamp) -> Result<Submission, Refusal> {
    if body.as_object().is_some_and(Map::is_empty) {
        // Looked at before anything else: it can never become a submission.
        check::draft(product.kind, &Map::new(), "", body)?;
    }
    if Submission::pending(tx, product)?.is_some() {
        return Err(conflict(product.kind));
    }
    let clone = origin(tx, product)?;
    let id = Numbered::Submission.next(tx)?;
    let document = check::draft(product.kind, &clone, &id, body)?;
    let last: i64 = tx.query_row(
        "SELECT coalesce(max(number), 0) FROM submission WHERE kind = ? AND product = ?",
        params![product.kind, product.id],
        |row| row.get(0),
    )?;
    let submission = Submission {
        id,
        kind: product.kind,
        product: product.id.clone(),
        origin: Origin::Api,
        status: SubmissionStatus::PendingCommit,
        since: now,
        number: last.saturating_add(1),
        document,
        details: details(product.kind),
        outcome: None,
        fate: None,
        blob: Uuid::new_v4().to_string(),
        revision: 0,
    };
    match submission.insert(tx) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Err(conflict(product.kind)),
        inserted => Ok(inserted.map(|()| submission)?),
    }
}

/// What there is to copy: what was published last. Add-ons and flights begin with an empty document, and an app's first submission is
/// made by a person.
fn origin(tx: &Transaction<'_>, product: &Product) -> Result<Map<String, Value>, Refusal> {
    let Some(published) = Submission::published(tx, product)? else {
        return match product.kind {
            Kind::AddOn => Ok(check::blank_add_on()),
            // Its first one was made with it; this is for a flight whose first one was deleted (O-132).
            Kind::Flight => Ok(check::blank_flight()),
            Kind::App => {
                let message = "The application has no published submission: its first submission is made in the dashboard.";
                Err(Refusal::state(message, Some("submission")))
            }
        };
    };
    if rollout::is_open(&published.document) {
        let message = "The package rollout of the published submission is not over: finalize or halt it first.";
        return Err(Refusal::state(message, Some("submission")));
    }
    let mut clone = published.document;
    rollout::reset(&mut clone);
    Ok(clone)
}

/// Says that the product's slot is taken, for an add-on in other words than for the rest.
fn conflict(kind: Kind) -> Refusal {
    match kind {
        Kind::App | Kind::Flight => {
            Refusal::state("Create submission failed, status code Conflict, reason phrase Conflict", Some("submission"))
        }
        Kind::AddOn => Refusal::state("In app product already has an in-progress submission", None),
    }
}
