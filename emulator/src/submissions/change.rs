//! Changes a draft, commits it, takes it back.

use super::{Numbered, Origin, Submission};
use crate::account::Kind;
use crate::check;
use crate::ingest::Outcome;
use crate::members;
use crate::products::Product;
use crate::reply::Refusal;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde_json::{Map, Value};

/// Replaces the document of a draft.
pub(crate) fn update(tx: &Transaction<'_>, product: &Product, id: &SubmissionId, body: &Value) -> Result<Submission, Refusal> {
    let mut submission = draft(tx, product, id, "updated")?;
    submission.document = check::update(product.kind, &submission.document, &submission.id, body)?;
    submission.revision = submission.revision.saturating_add(1);
    submission.save(tx)?;
    Ok(submission)
}

/// Takes a draft or a failed submission back, which frees the product's slot.
///
/// What is being ingested, certified or published can only be stopped in the portal (O-110).
pub(crate) fn delete(tx: &Transaction<'_>, product: &Product, id: &SubmissionId) -> Result<(), Refusal> {
    let submission = Submission::of(tx, product, id)?;
    if submission.origin == Origin::Portal {
        return Err(check::origin_portal());
    }
    if !submission.status.is_deletable() {
        return Err(wrong_state(&submission, "deleted"));
    }
    Ok(submission.remove(tx)?)
}

/// Deletes all submissions of a product that is itself deleted.
pub(crate) fn forget(tx: &Transaction<'_>, product: &Product) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM submission WHERE kind = ? AND product = ?", params![product.kind, product.id])?;
    Ok(())
}

/// What the reading of a draft's files needs to know. It happens before the commit is written down, outside its transaction.
pub(crate) struct Ingested {
    pub(crate) submission: Submission,
    pub(crate) product: Product,
    pub(crate) published: Option<Submission>,
    /// The resource of the app that its packages have to be of.
    pub(crate) identity: Map<String, Value>,
}

/// The draft that is to be committed.
pub(crate) fn to_ingest(tx: &Transaction<'_>, product: &Product, id: &SubmissionId) -> Result<Ingested, Refusal> {
    let submission = draft(tx, product, id, "committed")?;
    let published = Submission::published(tx, product)?;
    Ok(Ingested { submission, product: product.clone(), published, identity: product.identity(tx)? })
}

/// Commits the draft with what came out of its files. Refuses if it has changed since they were read.
pub(crate) fn commit(
    tx: &Transaction<'_>,
    ingested: &Ingested,
    mut outcome: Outcome,
    now: Timestamp,
) -> Result<Submission, Refusal> {
    let id = ingested.submission.id.parse().map_err(|_| Refusal::missing("Submission not found", Some("submissionId")))?;
    let mut submission = draft(tx, &ingested.product, &id, "committed")?;
    if submission.revision != ingested.submission.revision {
        return Err(Refusal::state("The submission was changed while it was being committed", Some("submission")));
    }
    number(tx, submission.kind, &mut outcome.document)?;
    submission.outcome = Some(outcome.into_members());
    submission.status = SubmissionStatus::CommitStarted;
    submission.since = now;
    submission.save(tx)?;
    Ok(submission)
}

/// Gives ids to what has none yet: they are assigned when the files have been taken in.
fn number(tx: &Transaction<'_>, kind: Kind, document: &mut Map<String, Value>) -> rusqlite::Result<()> {
    if let Some(list) = kind.packages() {
        for package in members::entries_mut(document, list) {
            identify(tx, package, "id", Numbered::Package, 2)?;
        }
    }
    let listings = document.get_mut("listings").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    for base in listings.filter_map(|listing| listing.get_mut("baseListing").and_then(Value::as_object_mut)) {
        for image in members::entries_mut(base, "images") {
            identify(tx, image, "id", Numbered::Image, 2)?;
        }
    }
    for trailer in members::entries_mut(document, "trailers") {
        identify(tx, trailer, "id", Numbered::Trailer, 0)?;
        identify(tx, trailer, "videoFileId", Numbered::Video, 2)?;
        let assets = trailer.get_mut("trailerAssets").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
        for asset in assets.filter_map(Value::as_object_mut) {
            for image in members::entries_mut(asset, "imageList") {
                identify(tx, image, "id", Numbered::Thumbnail, 1)?;
            }
        }
    }
    Ok(())
}

fn identify(
    tx: &Transaction<'_>,
    entry: &mut Map<String, Value>,
    name: &str,
    sequence: Numbered,
    at: usize,
) -> rusqlite::Result<()> {
    if members::text(entry, name).is_none() {
        let at = at.min(entry.len());
        entry.shift_insert(at, name.to_owned(), Value::from(sequence.next(tx)?));
    }
    Ok(())
}

/// The submission, if it can be changed: begun through the API, and not committed yet.
fn draft(tx: &Transaction<'_>, product: &Product, id: &SubmissionId, done: &str) -> Result<Submission, Refusal> {
    let submission = Submission::of(tx, product, id)?;
    if submission.origin == Origin::Portal {
        return Err(check::origin_portal());
    }
    if submission.status != SubmissionStatus::PendingCommit {
        return Err(wrong_state(&submission, done));
    }
    Ok(submission)
}

fn wrong_state(submission: &Submission, done: &str) -> Refusal {
    let message = format!("Submission {} cannot be {done} in its state {}", submission.id, submission.status);
    Refusal::state(message, Some("submission"))
}
