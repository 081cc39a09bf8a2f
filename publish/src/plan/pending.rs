//! Whether the pending submission is what the plan would make of it.

use super::{PackageLine, Plan, Verb};
use crate::slot::{Busy, Origin, Slot};
use crate::wish::Wish;
use flightline_client::api::Fetched;
use flightline_protocol::json;
use flightline_protocol::schedule::NO_DATE;
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
        _ => Slot::Busy(Busy { id, status, origin }),
    }
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

/// Whether a value says no more than its absence.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => ["", "None", "NotSet", NO_DATE].contains(&text.as_str()),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(members) => members.values().all(is_blank),
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

/// The document without what the Store itself changes when it clones or stores one.
fn essence(submission: &Submission) -> Value {
    const OWN: [&str; 5] = ["id", "status", "statusDetails", "fileUploadUrl", "friendlyName"];
    let mut document = submission.document().clone();
    document.retain(|name, _| !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)));
    if let Some(Value::Object(options)) = json::field_mut(&mut document, "packageDeliveryOptions") {
        options.retain(|name, _| !name.eq_ignore_ascii_case("packageRollout"));
    }
    if let Some(Value::Object(pricing)) = json::field_mut(&mut document, "pricing") {
        pricing.retain(|name, _| !name.eq_ignore_ascii_case("isAdvancedPricingModel"));
    }
    Value::Object(document)
}
