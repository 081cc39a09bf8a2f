//! How the API shows a submission.

use super::{Origin, Submission};
use crate::account::Kind;
use crate::blobs::Blobs;
use crate::check;
use crate::members;
use crate::reply::Refusal;
use flightline_protocol::error::DetailCode;
use flightline_protocol::status::SubmissionStatus;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

/// The container that uploads go to.
pub(crate) const CONTAINER: &str = "ingestion";

/// How long an upload address is good for.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions>
const LIFE: SignedDuration = SignedDuration::from_hours(24);

/// The words that stand on practically every app submission (O-004).
const SALES: &str = "The sales resource is no longer supported. To view or edit the sales data for this submission, use the \
                     Dev Center dashboard.";

/// How much of a submission an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    /// Without listings, packages and the like: what `isMinimalResponse=true` asks for.
    Minimal,
}

/// What the minimal answer shows. Which members exactly the service keeps is not settled (O-108).
const MINIMAL: [&str; 11] = [
    "id",
    "flightId",
    "applicationCategory",
    "pricing",
    "visibility",
    "targetPublishMode",
    "targetPublishDate",
    "status",
    "statusDetails",
    "fileUploadUrl",
    "friendlyName",
];

/// Hands out upload addresses.
pub(crate) struct Uploads<'a> {
    pub(crate) blobs: &'a Blobs,
    pub(crate) base: &'a str,
}

impl Uploads<'_> {
    fn url(&self, blob: &str) -> Result<String, Refusal> {
        self.blobs.upload_url(self.base, CONTAINER, blob, LIFE).map_err(|error| Refusal::internal(&error))
    }
}

/// The document as `GET` answers it. A draft made through the API has a fresh upload address; nothing else has one.
pub(crate) fn show(submission: &Submission, uploads: &Uploads<'_>, extent: Extent) -> Result<Value, Refusal> {
    let is_draft = submission.status == SubmissionStatus::PendingCommit && submission.origin == Origin::Api;
    let mut left = submission.document.clone();
    left.insert("id".to_owned(), Value::from(submission.id.as_str()));
    left.insert("status".to_owned(), Value::from(submission.status.as_str()));
    left.insert("statusDetails".to_owned(), Value::Object(submission.details.clone()));
    match submission.kind {
        Kind::App | Kind::AddOn => {
            left.insert("friendlyName".to_owned(), Value::from(format!("Submission {}", submission.number)));
        }
        Kind::Flight => {
            left.insert("flightId".to_owned(), Value::from(submission.product.as_str()));
        }
    }
    if is_draft {
        left.insert("fileUploadUrl".to_owned(), Value::from(uploads.url(&submission.blob)?));
    }
    let mut shown = Map::new();
    for member in check::members_of(submission.kind) {
        if let Some(value) = members::take(&mut left, member.name) {
            shown.insert(member.name.to_owned(), value);
        }
    }
    shown.extend(left);
    if extent == Extent::Minimal {
        shown.retain(|name, _| MINIMAL.contains(&name.as_str()));
    }
    Ok(Value::Object(shown))
}

/// The answer of `GET …/status`.
pub(crate) fn status(submission: &Submission) -> Value {
    json!({ "status": submission.status.as_str(), "statusDetails": submission.details })
}

/// The details that a new submission has.
pub(crate) fn details(kind: Kind) -> Map<String, Value> {
    let warnings = match kind {
        Kind::App => json!([{ "code": DetailCode::SalesUnsupportedWarning.as_str(), "details": SALES }]),
        Kind::AddOn | Kind::Flight => json!([]),
    };
    let mut details = Map::new();
    details.insert("errors".to_owned(), json!([]));
    details.insert("warnings".to_owned(), warnings);
    details.insert("certificationReports".to_owned(), json!([]));
    details
}
