//! Gradual rollout: the share of customers that gets the packages of a published submission.
//!
//! It is asked for in an update, begins with publication, and ends once: complete or stopped.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#manage-gradual-package-rollout>

use super::Submission;
use crate::check::delivery;
use crate::members;
use crate::products::Product;
use crate::reply::Refusal;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use percent_encoding::percent_decode_str;
use rusqlite::Transaction;
use serde_json::{Map, Value};

/// Where the members of a rollout are.
const OPTIONS: &str = "packageDeliveryOptions";
const ROLLOUT: &str = "packageRollout";

/// How a rollout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Everybody gets the packages.
    Complete,
    /// Nobody else gets them. The next draft is a clone of this submission all the same (O-131).
    Stopped,
}

impl End {
    /// The status, and the share that it shows.
    fn words(self) -> (&'static str, f64) {
        match self {
            Self::Complete => ("PackageRolloutComplete", 100.0),
            Self::Stopped => ("PackageRolloutStopped", 0.0),
        }
    }

    /// What the status in the service's spelling means.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Complete, Self::Stopped].into_iter().find(|end| end.words().0 == word)
    }
}

/// `GET …/packagerollout`.
pub(crate) fn show(submission: &Submission) -> Value {
    rollout(&submission.document).map_or_else(delivery::no_rollout, |rollout| Value::Object(rollout.clone()))
}

/// `POST …/updatepackagerolloutpercentage`. All customers is not the end: that takes to finalize it (O-130).
pub(crate) fn set(tx: &Transaction<'_>, product: &Product, id: &SubmissionId, percentage: &str) -> Result<Value, Refusal> {
    let mut submission = Submission::of(tx, product, id)?;
    let given = percent_decode_str(percentage).decode_utf8_lossy();
    let share = given.trim().parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share));
    let Some(share) = share else {
        let message = "The percentage is missing, or no number from 0 to 100.";
        return Err(Refusal::parameter(message, Some("percentage")));
    };
    in_progress(&mut submission)?.insert("packageRolloutPercentage".to_owned(), Value::from(share));
    submission.save(tx)?;
    Ok(show(&submission))
}

/// `POST …/haltpackagerollout` and `POST …/finalizepackagerollout`.
pub(crate) fn finish(tx: &Transaction<'_>, product: &Product, id: &SubmissionId, end: End) -> Result<Value, Refusal> {
    let mut submission = Submission::of(tx, product, id)?;
    submission.end_rollout(end)?;
    submission.save(tx)?;
    Ok(show(&submission))
}

impl Submission {
    /// Ends the rollout; what customers outside it get stays named.
    pub(crate) fn end_rollout(&mut self, end: End) -> Result<(), Refusal> {
        let (status, share) = end.words();
        let rollout = in_progress(self)?;
        rollout.insert("packageRolloutPercentage".to_owned(), Value::from(share));
        rollout.insert("packageRolloutStatus".to_owned(), Value::from(status));
        Ok(())
    }

    /// Begins the rollout with publication, if one was asked for. Customers outside it get `before`.
    pub(crate) fn begin_rollout(&mut self, before: Option<String>) {
        let rollout = rollout_mut(&mut self.document);
        if let Some(rollout) = rollout.filter(|rollout| is_asked_for(rollout)) {
            rollout.insert("packageRolloutStatus".to_owned(), Value::from("PackageRolloutInProgress"));
            rollout.insert("fallbackSubmissionId".to_owned(), Value::from(before.unwrap_or_else(|| "0".to_owned())));
        }
    }
}

/// The rollout, if it can be acted on.
fn in_progress(submission: &mut Submission) -> Result<&mut Map<String, Value>, Refusal> {
    let is_published = submission.status == SubmissionStatus::Published;
    rollout_mut(&mut submission.document)
        .filter(|rollout| is_published && members::text(rollout, "packageRolloutStatus") == Some("PackageRolloutInProgress"))
        .ok_or_else(|| {
            Refusal::state("The submission is not published, or its package rollout is not in progress", Some("submission"))
        })
}

/// Whether a rollout was asked for and is neither complete nor stopped.
pub(super) fn is_open(document: &Map<String, Value>) -> bool {
    rollout(document).is_some_and(|rollout| {
        let status = members::text(rollout, "packageRolloutStatus").unwrap_or_default();
        is_asked_for(rollout) && matches!(status, "PackageRolloutNotStarted" | "PackageRolloutInProgress")
    })
}

/// A clone starts without a rollout (O-109).
pub(super) fn reset(document: &mut Map<String, Value>) {
    if let Some(options) = options_mut(document)
        && members::take(options, ROLLOUT).is_some()
    {
        options.shift_insert(0, ROLLOUT.to_owned(), delivery::no_rollout());
    }
}

fn is_asked_for(rollout: &Map<String, Value>) -> bool {
    members::find(rollout, "isPackageRollout") == Some(&Value::Bool(true))
}

fn rollout(document: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let options = members::find(document, OPTIONS)?.as_object()?;
    members::find(options, ROLLOUT)?.as_object()
}

fn rollout_mut(document: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    members::find_mut(options_mut(document)?, ROLLOUT)?.as_object_mut()
}

fn options_mut(document: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    members::find_mut(document, OPTIONS)?.as_object_mut()
}
