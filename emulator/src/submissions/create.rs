//! Makes a draft out of what was published last.

use super::{Numbered, Origin, Submission, details};
use crate::check;
use crate::members;
use crate::products::Product;
use crate::reply::Refusal;
use flightline_protocol::status::SubmissionStatus;
use jiff::Timestamp;
use rusqlite::{ErrorCode, Transaction, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Creates the draft. `body` is `null` where the request has none, as it should.
pub(crate) fn create(tx: &Transaction<'_>, product: &Product, body: &Value, now: Timestamp) -> Result<Submission, Refusal> {
    if body.as_object().is_some_and(Map::is_empty) {
        // Looked at before anything else: it can never become a submission.
        check::draft(&Map::new(), "", body)?;
    }
    if Submission::pending(tx, product)?.is_some() {
        return Err(conflict());
    }
    let Some(published) = Submission::published(tx, product)? else {
        let message = "The application has no published submission: its first submission is made in the dashboard.";
        return Err(Refusal::state(message, Some("submission")));
    };
    if is_rolling_out(&published.document) {
        let message = "The package rollout of the published submission is not over: finalize or halt it first.";
        return Err(Refusal::state(message, Some("submission")));
    }
    let id = Numbered::Submission.next(tx)?;
    let mut clone = published.document;
    reset_rollout(&mut clone);
    let document = check::draft(&clone, &id, body)?;
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
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Err(conflict()),
        inserted => Ok(inserted.map(|()| submission)?),
    }
}

fn conflict() -> Refusal {
    Refusal::state("Create submission failed, status code Conflict, reason phrase Conflict", Some("submission"))
}

fn rollout(document: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let options = members::find(document, "packageDeliveryOptions").and_then(Value::as_object)?;
    members::find(options, "packageRollout").and_then(Value::as_object)
}

/// Whether a rollout was asked for and is neither complete nor stopped.
fn is_rolling_out(document: &Map<String, Value>) -> bool {
    rollout(document).is_some_and(|rollout| {
        let is_asked_for = members::find(rollout, "isPackageRollout") == Some(&Value::Bool(true));
        let status = members::text(rollout, "packageRolloutStatus").unwrap_or_default();
        is_asked_for && matches!(status, "PackageRolloutNotStarted" | "PackageRolloutInProgress")
    })
}

/// A clone starts without a rollout (O-109).
fn reset_rollout(document: &mut Map<String, Value>) {
    if rollout(document).is_none() {
        return;
    }
    let fresh = json!({
        "isPackageRollout": false,
        "packageRolloutPercentage": 0.0,
        "packageRolloutStatus": "PackageRolloutNotStarted",
        "fallbackSubmissionId": "0",
    });
    for (name, value) in document.iter_mut() {
        if name.eq_ignore_ascii_case("packageDeliveryOptions")
            && let Some(options) = value.as_object_mut()
        {
            members::take(options, "packageRollout");
            options.shift_insert(0, "packageRollout".to_owned(), fresh.clone());
        }
    }
}
