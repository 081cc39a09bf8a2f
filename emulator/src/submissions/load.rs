//! Takes an account file's products and submissions into the database.

use super::{Numbered, Origin, Submission, details};
use crate::account::Entry;
use crate::date;
use crate::members;
use crate::products::{self, Product};
use flightline_protocol::status::SubmissionStatus;
use jiff::Timestamp;
use rusqlite::Transaction;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Inserts the products with what is live and what is pending.
pub(crate) fn load(tx: &Transaction<'_>, entries: &[Entry], now: Timestamp) -> rusqlite::Result<()> {
    for entry in entries {
        for document in entry.published.iter().chain(&entry.pending) {
            pass_ids(tx, document)?;
        }
    }
    for (position, entry) in entries.iter().enumerate() {
        let product = Product {
            kind: entry.kind,
            id: entry.id.clone(),
            application: entry.application.clone(),
            unsupported: entry.unsupported,
            resource: products::tidy(entry.kind, entry.resource.clone()),
        };
        product.insert(tx, position)?;
        let published = entry.published.as_ref().map(|document| (document, SubmissionStatus::Published, Origin::Api));
        let origin = if entry.portal { Origin::Portal } else { Origin::Api };
        let pending = entry.pending.as_ref().map(|document| (document, SubmissionStatus::PendingCommit, origin));
        let mut number = 0;
        for (document, status, origin) in published.into_iter().chain(pending) {
            let mut submission = submission(tx, &product, document, status, now)?;
            submission.origin = origin;
            submission.number = submission.number.max(number + 1);
            number = submission.number;
            submission.insert(tx)?;
        }
    }
    Ok(())
}

fn submission(
    tx: &Transaction<'_>,
    product: &Product,
    given: &Map<String, Value>,
    status: SubmissionStatus,
    now: Timestamp,
) -> rusqlite::Result<Submission> {
    let mut document = given.clone();
    let named = members::take(&mut document, "id");
    let id = match named.as_ref().and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => Numbered::Submission.next(tx)?,
    };
    let friendly = members::take(&mut document, "friendlyName");
    let friendly = friendly.as_ref().and_then(Value::as_str).and_then(|name| name.strip_prefix("Submission "));
    for name in ["status", "statusDetails", "fileUploadUrl", "flightId"] {
        members::take(&mut document, name);
    }
    document.retain(|_, value| !value.is_null());
    publish_date(&mut document);
    if let Some(list) = product.kind.packages().filter(|_| status == SubmissionStatus::Published) {
        for package in members::entries_mut(&mut document, list).filter(|package| members::text(package, "id").is_none()) {
            package.insert("id".to_owned(), Value::from(Numbered::Package.next(tx)?));
        }
    }
    Ok(Submission {
        id,
        kind: product.kind,
        product: product.id.clone(),
        origin: Origin::Api,
        status,
        since: now,
        number: friendly.and_then(|number| number.parse::<u32>().ok()).map_or(1, i64::from),
        document,
        details: details(product.kind),
        outcome: None,
        fate: None,
        blob: Uuid::new_v4().to_string(),
        revision: 0,
    })
}

/// The publish date is always a date, whatever the file says: the manual's own documents have it empty (O-014).
fn publish_date(document: &mut Map<String, Value>) {
    let date = members::text(document, "targetPublishDate").and_then(date::read).map(date::text);
    let date = Value::from(date.unwrap_or_else(|| date::NONE.to_owned()));
    match members::find_mut(document, "targetPublishDate") {
        Some(there) => *there = date,
        None => {
            document.insert("targetPublishDate".to_owned(), date);
        }
    }
}

/// Keeps the ids in a document from being given out a second time.
fn pass_ids(tx: &Transaction<'_>, document: &Map<String, Value>) -> rusqlite::Result<()> {
    use Numbered::{Image, Package, Submission, Thumbnail, Trailer, Video};
    let mut left: Vec<&Value> = document.values().collect();
    let mut ids: Vec<&str> = members::text(document, "id").into_iter().collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(object) => {
                ids.extend(members::text(object, "id"));
                ids.extend(members::text(object, "videoFileId"));
                left.extend(object.values());
            }
            Value::Array(entries) => left.extend(entries),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for id in ids {
        for sequence in [Submission, Package, Image, Trailer, Video, Thumbnail] {
            sequence.pass(tx, id)?;
        }
    }
    Ok(())
}
