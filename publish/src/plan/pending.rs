//! Whether the pending submission is what the plan would make of it.

use super::essence::{digest, essence, is_blank};
use super::{PackageLine, Plan, Verb};
use crate::slot::{Busy, Origin, Slot};
use crate::wish::Wish;
use flightline_client::api::Fetched;
use flightline_protocol::json;
use flightline_protocol::status::Phase;
use flightline_protocol::submission::Submission;
use serde_json::Value;

/// What is in the slot, seen against the plan.
pub(super) fn slot(plan: &Plan, wish: &Wish, live: &Submission, pending: Option<&Fetched>) -> Slot {
    let Some(Fetched { submission, upload_url }) = pending else { return Slot::Free };
    let id = submission.id().clone();
    let status = submission.status();
    let origin = match (status.phase(), upload_url) {
        (Phase::Draft, None) => Origin::Portal,
        (_, Some(_)) => Origin::Api,
        (_, None) => Origin::Unknown,
    };
    match status.phase() {
        Phase::Draft if origin == Origin::Api && essence(submission) == essence(live) => Slot::UntouchedClone(id),
        Phase::Draft if origin == Origin::Api && is_same_draft(plan, submission, live) => Slot::SameDraft(id),
        Phase::Moving(_) | Phase::Resting | Phase::Live if is_wished(plan, wish, submission) => Slot::OnItsWay(id, status),
        phase => {
            let document = (phase == Phase::Draft).then(|| digest(submission));
            Slot::Busy(Busy { id, origin, details: submission.status_details(), document, status })
        }
    }
}

/// Whether a draft that nobody has edited yet says what was live when it was made; or, where nothing was, nothing.
pub(crate) fn is_clone(draft: &Submission, base: &Submission) -> bool {
    says(&essence(draft), &essence(base))
}

/// Whether editing a fresh clone would give this very draft.
fn is_same_draft(plan: &Plan, draft: &Submission, live: &Submission) -> bool {
    let mut expected = live.clone();
    let rollout = |submission: &Submission| {
        let options = json::field(submission.document(), "packageDeliveryOptions")?.as_object()?;
        let rollout = json::field(options, "packageRollout")?.as_object()?;
        let percentage = json::field(rollout, "packageRolloutPercentage").and_then(Value::as_f64).unwrap_or_default();
        Some((json::field(rollout, "isPackageRollout")?.as_bool()?, percentage.to_bits()))
    };
    plan.edit(&mut expected, live).is_ok() && says(&essence(draft), &essence(&expected)) && rollout(&expected) == rollout(draft)
}

/// Whether a stored value says what was sent: the Store fills in what a document leaves out, always with something that says nothing.
fn says(stored: &Value, sent: &Value) -> bool {
    match (stored, sent) {
        (Value::Object(stored), Value::Object(sent)) => {
            let kept = |(name, value): (&String, &Value)| match json::field(stored, name) {
                Some(stored) => says(stored, value),
                None => is_blank(value),
            };
            sent.iter().all(kept) && stored.iter().all(|(name, value)| json::field(sent, name).is_some() || is_blank(value))
        }
        (Value::Array(stored), Value::Array(sent)) => {
            stored.len() == sent.len() && stored.iter().zip(sent).all(|(stored, sent)| says(stored, sent))
        }
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64().is_some() && one.as_f64() == other.as_f64(),
        _ => stored == sent,
    }
}

/// Whether a committed submission holds the packages that are wished, none that should go, and the fields as planned.
fn is_wished(plan: &Plan, wish: &Wish, submission: &Submission) -> bool {
    let entries = submission.packages();
    let here = |line: &PackageLine| {
        entries.iter().any(|entry| {
            let known = entry.version().is_some_and(|version| Some(version) == line.version)
                && entry
                    .architecture()
                    .is_some_and(|architecture| line.architectures.contains(&architecture) || line.architectures.len() > 1);
            known || entry.file_status() == "PendingUpload" && entry.file_name() == line.file_name
        })
    };
    let gone = |line: &PackageLine| {
        let mut same = entries.iter().filter(|entry| entry.id().is_some() && entry.id() == line.id.as_deref());
        same.all(|entry| entry.file_status() == "PendingDelete")
    };
    (!wish.packages.is_empty() || wish.members.is_some())
        && plan.packages.iter().all(|line| match line.verb {
            Verb::Come => here(line),
            Verb::Go => gone(line),
            Verb::Stay => true,
        })
        && plan.fields.iter().all(|change| change.is_said_in(submission))
}
