//! What programs read: the JSON documents on stdout, as `docs/output.schema.json` has them. Members are only ever added.

use crate::view::screen;
use flightline_client::secret::redact;
use flightline_protocol::id::{AppId, SubmissionId};
use flightline_protocol::submission::{PackageEntry, StatusDetail, StatusReport, Submission};
use flightline_protocol::target::Target;
use flightline_publish::apply::Outcome;
use flightline_publish::event::Event;
use flightline_publish::observe::Observed;
use flightline_publish::plan::{PackageLine, Plan};
use flightline_publish::slot::{Origin, Slot};
use flightline_publish::ticket::Ticket;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::PathBuf;

/// Writes one document to stdout, on one line where lines are what is asked for.
pub(crate) fn print(value: &Value, lines: Lines) {
    let text = match lines {
        Lines::One => value.to_string(),
        Lines::Many => format!("{value:#}"),
    };
    // Whoever reads may have gone away, as `head` does; then nobody misses the rest.
    let _ = screen::aside(|| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush())
    });
}

/// Whether a document is spread over lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    One,
    Many,
}

/// The document with every signature in its texts taken out.
pub(crate) fn redacted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(values) => values.into_iter().map(redacted).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, redacted(value))).collect(),
        other => other,
    }
}

pub(crate) fn plan(plan: &Plan) -> Value {
    json!({
        "app": plan.target.app().map(AppId::as_str),
        "flight": flight(&plan.target),
        "addOn": add_on(&plan.target),
        "name": plan.name,
        "liveSubmission": plan.base.as_str(),
        "nothingToDo": plan.is_empty(),
        "packages": plan.packages.iter().map(package).collect::<Vec<_>>(),
        "changes": plan.fields.iter().map(|change| json!({
            "field": change.field, "from": change.from, "to": change.to,
        })).collect::<Vec<_>>(),
        "publishMode": plan.publish_mode.as_str(),
        "slot": slot(&plan.slot),
        "remarks": plan.remarks,
    })
}

/// The packages of a submission, as the Store says them; null where it has not read one yet.
fn packages(submission: &Submission) -> Value {
    let package = |entry: &PackageEntry<'_>| {
        json!({
            "fileName": entry.file_name(),
            "fileStatus": entry.file_status(),
            "version": entry.version().map(|version| version.to_string()),
            "architecture": entry.architecture().map(|architecture| architecture.to_string()),
            "deviceFamilies": entry.device_families().iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    };
    submission.packages().iter().map(package).collect()
}

/// The id of the flight, where the product is one.
fn flight(target: &Target) -> Option<&str> {
    match target {
        Target::Flight(_, flight) => Some(flight.as_str()),
        Target::App(_) | Target::AddOn(_) => None,
    }
}

/// The id of the add-on, where the product is one.
fn add_on(target: &Target) -> Option<&str> {
    match target {
        Target::AddOn(add_on) => Some(add_on.as_str()),
        Target::App(_) | Target::Flight(..) => None,
    }
}

fn package(line: &PackageLine) -> Value {
    json!({
        "verb": line.verb.as_str(),
        "id": line.id,
        "fileName": line.file_name,
        "version": line.version.map(|version| version.to_string()),
        "architectures": line.architectures.iter().map(|architecture| architecture.as_str()).collect::<Vec<_>>(),
        "deviceFamilies": line.device_families.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "size": (!line.files.is_empty()).then_some(line.size),
        "reason": line.reason,
    })
}

fn slot(slot: &Slot) -> Value {
    let state = match slot {
        Slot::Free => "free",
        Slot::UntouchedClone(_) => "untouched-clone",
        Slot::SameDraft(_) => "same-draft",
        Slot::OnItsWay(..) => "on-its-way",
        Slot::Busy(_) => "busy",
    };
    let mut value = json!({ "state": state, "submission": slot.submission().map(SubmissionId::as_str) });
    if let Slot::Busy(busy) = slot {
        let origin = match busy.origin {
            Origin::Portal => "portal",
            Origin::Api => "api",
            Origin::Unknown => "unknown",
        };
        value["status"] = busy.status.as_str().into();
        value["origin"] = origin.into();
    }
    value
}

pub(crate) fn outcome(outcome: &Outcome, ticket: Option<&(PathBuf, Ticket)>) -> Value {
    let (id, status) = match outcome {
        Outcome::NothingToDo(id) | Outcome::Draft(id) | Outcome::Resting(id) | Outcome::Delivered(id) => (id, None),
        Outcome::Reached(id, status) => (id, Some(status.as_str())),
        Outcome::Skipped(busy) => (&busy.id, Some(busy.status.as_str())),
    };
    let mut value = json!({ "outcome": outcome.code(), "submission": id.as_str() });
    if let Some(status) = status {
        value["status"] = status.into();
    }
    if let Some((file, ticket)) = ticket {
        value["ticket"] = file.display().to_string().into();
        value["resume"] = ticket.command.clone().into();
    }
    value
}

pub(crate) fn status(observed: &Observed) -> Value {
    let submission = |submission: &flightline_protocol::submission::Submission| {
        let report = StatusReport { status: submission.status(), details: submission.status_details() };
        let mut value = status_report(submission.id(), &report);
        value["packages"] = packages(submission);
        value["publishMode"] = submission.publish_mode().as_str().into();
        value
    };
    json!({
        "app": observed.target().app().map(AppId::as_str),
        "flight": flight(&observed.target()),
        "name": observed.name(),
        "live": observed.live.as_ref().map(submission),
        "pending": observed.pending.as_ref().map(|pending| submission(&pending.submission)),
    })
}

pub(crate) fn status_report(id: &SubmissionId, report: &StatusReport) -> Value {
    let details = |details: &[StatusDetail]| -> Vec<Value> {
        details.iter().map(|detail| json!({ "code": detail.code.as_str(), "details": redact(&detail.details) })).collect()
    };
    json!({
        "submission": id.as_str(),
        "status": report.status.as_str(),
        "errors": details(&report.details.errors),
        "warnings": details(&report.details.warnings),
        "certificationReports": report.details.certification_reports.iter().map(|url| redact(url)).collect::<Vec<_>>(),
    })
}

/// A document as a line among those of events.
pub(crate) fn event_of(name: &str, document: Value) -> Value {
    let mut line = serde_json::Map::new();
    line.insert("event".to_owned(), name.into());
    line.extend(document.as_object().cloned().unwrap_or_default());
    Value::Object(line)
}

/// One event as a line; `None` for those that say nothing to a program.
pub(crate) fn event(event: &Event<'_>) -> Option<Value> {
    Some(match event {
        Event::SignedIn => json!({ "event": "signed-in" }),
        Event::Planned(the_plan) => json!({ "event": "planned", "plan": plan(the_plan) }),
        Event::WaitingForSlot(id, status) => {
            json!({ "event": "waiting-for-slot", "submission": id.as_str(), "status": status.as_str() })
        }
        Event::LettingLie(id, time) => {
            json!({ "event": "letting-lie", "submission": id.as_str(), "seconds": time.as_secs() })
        }
        Event::RolloutEnded(id, end) => {
            json!({ "event": "rollout-ended", "submission": id.as_str(), "action": end.as_str() })
        }
        Event::Deleted(id) => json!({ "event": "deleted", "submission": id.as_str() }),
        Event::Created(id) => json!({ "event": "created", "submission": id.as_str() }),
        Event::Adopted(id) => json!({ "event": "adopted", "submission": id.as_str() }),
        Event::Updated(id) => json!({ "event": "updated", "submission": id.as_str() }),
        Event::Uploaded(bytes, time) => {
            json!({ "event": "uploaded", "bytes": bytes, "seconds": time.as_secs_f64() })
        }
        Event::CommitUnclear(id, time) => {
            json!({ "event": "commit-unclear", "submission": id.as_str(), "seconds": time.as_secs() })
        }
        Event::Committed(id) => json!({ "event": "committed", "submission": id.as_str() }),
        Event::Status(report, _) => json!({ "event": "status", "status": report.status.as_str() }),
        Event::Delivered(submission) => json!({ "event": "delivered", "packages": packages(submission) }),
        _ => return None,
    })
}
