//! The way of a committed submission through the Store, by the clock.
//!
//! Nothing runs in the background: whoever looks at a product first lets everything happen that was due by then, each at its own
//! time. So a test that turns the clock sees what a person would have seen, and a kill loses nothing.

use crate::account::Kind;
use crate::date;
use crate::error::Error;
use crate::fault::{self, Stay};
use crate::members;
use crate::products::Product;
use crate::submissions::Submission;
use flightline_protocol::status::SubmissionStatus;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// How fast submissions move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// At once: a commit is through before anybody can look.
    #[default]
    Instant,
    /// About a second in each state.
    Fast,
    /// As long as the Store takes: minutes to commit, hours to certify.
    Real,
    /// Only when the control port says so.
    Manual,
}

impl FromStr for Pace {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        match word {
            "instant" => Ok(Self::Instant),
            "fast" => Ok(Self::Fast),
            "real" => Ok(Self::Real),
            "manual" => Ok(Self::Manual),
            other => Err(Error::Pace(other.to_owned())),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instant => "instant",
            Self::Fast => "fast",
            Self::Real => "real",
            Self::Manual => "manual",
        })
    }
}

impl Pace {
    /// How long a submission stays in a state, or `None` if it never leaves it by itself.
    fn stay(self, status: &SubmissionStatus) -> Option<SignedDuration> {
        let minutes = match status {
            SubmissionStatus::CommitStarted => 4,
            SubmissionStatus::PreProcessing => 20,
            SubmissionStatus::Certification => 120,
            SubmissionStatus::Release => 5,
            SubmissionStatus::PendingPublication => 1,
            SubmissionStatus::Publishing => 30,
            _ => return None,
        };
        match self {
            Self::Instant => Some(SignedDuration::ZERO),
            Self::Fast => Some(SignedDuration::from_secs(1)),
            Self::Real => Some(SignedDuration::from_mins(minutes)),
            Self::Manual => None,
        }
    }
}

/// Lets everything happen that is due by `now`.
pub(crate) fn settle(tx: &Transaction<'_>, pace: Pace, now: Timestamp) -> rusqlite::Result<()> {
    for mut submission in Submission::moving(tx)? {
        while let Some(due) = due(&submission, pace).filter(|due| *due <= now) {
            step(tx, &mut submission, due)?;
        }
    }
    Ok(())
}

/// When the submission leaves its state by itself.
fn due(submission: &Submission, pace: Pace) -> Option<Timestamp> {
    let due = submission.since.checked_add(pace.stay(&submission.status)?).ok()?;
    let due = match fault::stay(submission) {
        None => due,
        Some(Stay::Always) => return None,
        Some(Stay::For(time)) => due.max(submission.since.checked_add(time).ok()?),
    };
    if submission.status != SubmissionStatus::Release {
        return Some(due);
    }
    // Passed, and resting unless it is to be published at once (O-111).
    match members::text(&submission.document, "targetPublishMode") {
        Some("Manual") => None,
        Some("SpecificDate") => {
            let date = members::text(&submission.document, "targetPublishDate").and_then(date::read)?;
            Some(due.max(date))
        }
        _ => Some(due),
    }
}

/// Moves the submission on by one state, at the given time. `false` if it has nowhere to go.
pub(crate) fn step(tx: &Transaction<'_>, submission: &mut Submission, at: Timestamp) -> rusqlite::Result<bool> {
    let Some((next, failure)) = ahead(&submission.status) else { return Ok(false) };
    fault::release(submission);
    if let Some(fate) = submission.fate.take_if(|fate| members::text(fate, "status") == Some(failure.as_str())) {
        let said = members::find(&fate, "statusDetails").and_then(Value::as_object);
        fail(submission, failure, said, at);
    } else if submission.status == SubmissionStatus::CommitStarted {
        take_in(submission, at);
    } else {
        submission.status = next;
        submission.since = at;
    }
    if submission.status == SubmissionStatus::Published {
        publish(tx, submission, at)?;
    }
    submission.save(tx)?;
    Ok(true)
}

/// The state after this one, and the failure that can come instead.
fn ahead(status: &SubmissionStatus) -> Option<(SubmissionStatus, SubmissionStatus)> {
    use SubmissionStatus::{
        Certification, CertificationFailed, CommitFailed, CommitStarted, PendingPublication, PreProcessing, PreProcessingFailed,
        PublishFailed, Published, Publishing, Release, ReleaseFailed,
    };
    match status {
        CommitStarted => Some((PreProcessing, CommitFailed)),
        PreProcessing => Some((Certification, PreProcessingFailed)),
        Certification => Some((Release, CertificationFailed)),
        Release => Some((PendingPublication, ReleaseFailed)),
        PendingPublication => Some((Publishing, PublishFailed)),
        Publishing => Some((Published, PublishFailed)),
        _ => None,
    }
}

/// Whether the state is one that a committed submission passes through.
pub(crate) fn is_moving(status: &SubmissionStatus) -> bool {
    ahead(status).is_some()
}

/// Ends a submission with a failure, and adds what is said about it to its details.
pub(crate) fn fail(submission: &mut Submission, status: SubmissionStatus, said: Option<&Map<String, Value>>, at: Timestamp) {
    submission.status = status;
    submission.since = at;
    submission.outcome = None;
    for name in ["errors", "warnings", "certificationReports"] {
        let more = said.and_then(|said| members::find(said, name)).and_then(Value::as_array).into_iter().flatten();
        add(&mut submission.details, name, more.cloned());
    }
}

fn add(details: &mut Map<String, Value>, name: &str, more: impl Iterator<Item = Value>) {
    if let Some(list) = details.get_mut(name).and_then(Value::as_array_mut) {
        list.extend(more);
    }
}

/// Leaves `CommitStarted`: what the files held becomes visible, or why they were not taken.
fn take_in(submission: &mut Submission, at: Timestamp) {
    let outcome = submission.outcome.take().unwrap_or_default();
    let list = |name: &str| members::find(&outcome, name).and_then(Value::as_array).cloned().unwrap_or_default();
    let errors = list("errors");
    add(&mut submission.details, "warnings", list("warnings").into_iter());
    submission.since = at;
    if errors.is_empty() {
        if let Some(Value::Object(document)) = members::find(&outcome, "document") {
            submission.document = document.clone();
        }
        submission.status = SubmissionStatus::PreProcessing;
    } else {
        add(&mut submission.details, "errors", errors.into_iter());
        submission.status = SubmissionStatus::CommitFailed;
    }
}

/// What publication changes: the rollout starts if one was asked for, and an app has its first date.
fn publish(tx: &Transaction<'_>, submission: &mut Submission, at: Timestamp) -> rusqlite::Result<()> {
    let Some(mut product) = Product::find(tx, submission.kind, &submission.product)? else { return Ok(()) };
    submission.begin_rollout(Submission::published(tx, &product)?.map(|before| before.id));
    let is_first = members::text(&product.resource, "firstPublishedDate") == Some(date::NONE);
    if product.kind == Kind::App && is_first {
        product.resource.insert("firstPublishedDate".to_owned(), Value::from(date::text(at)));
        product.save_resource(tx)?;
    }
    Ok(())
}
