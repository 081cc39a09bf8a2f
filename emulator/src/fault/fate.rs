//! What becomes of a submission whose commit meets a fault: it sticks, it loses a package, it fails.

use super::trouble::Trouble;
use super::when::fits;
use crate::account::Kind;
use crate::date;
use crate::ingest::Outcome;
use crate::members;
use crate::submissions::Submission;
use flightline_protocol::error::DetailCode;
use flightline_protocol::status::SubmissionStatus;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// Lies in a request to commit: what the submission is in for.
#[derive(Debug, Clone)]
pub(crate) struct Fate(Trouble);

/// How a submission's fate says that it sticks, and for how many milliseconds if not for good.
const STATE: &str = "stuckIn";
const TIME: &str = "stuckFor";

impl Fate {
    pub(super) fn of(trouble: Trouble) -> Self {
        Self(trouble)
    }

    /// Takes a package out of what the Store has read, as pre-processing does without a word (O-112).
    pub(crate) fn thin(&self, kind: Kind, draft: &Map<String, Value>, outcome: &mut Outcome) {
        let Trouble::Drop(wanted) = &self.0 else { return };
        let nothing = || tracing::warn!("there is no such new package that could be lost");
        let Some(list) = kind.packages() else { return nothing() };
        let new: Vec<&str> = members::entries(draft, list)
            .filter(|package| members::text(package, "fileStatus") == Some("PendingUpload"))
            .filter_map(|package| members::text(package, "fileName"))
            .filter(|name| wanted.as_ref().is_none_or(|wanted| fits(wanted, name)))
            .collect();
        let Some(packages) = members::find_mut(&mut outcome.document, list).and_then(Value::as_array_mut) else {
            return nothing();
        };
        let is_new = |package: &Value| package["fileName"].as_str().is_some_and(|name| new.contains(&name));
        match packages.iter().position(is_new) {
            Some(at) => drop(packages.remove(at)),
            None => nothing(),
        }
    }

    /// Writes down what the submission is in for.
    pub(crate) fn seal(&self, submission: &mut Submission, now: Timestamp) {
        let fate = match &self.0 {
            Trouble::Stick(state, time) => {
                let time = time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
                json!({ STATE: state.as_str(), TIME: time })
            }
            Trouble::Fail(state, code) => {
                json!({ "status": state.as_str(), "statusDetails": details(submission, state, code.as_deref(), now) })
            }
            _ => return,
        };
        if let Value::Object(fate) = fate {
            submission.fate.get_or_insert_default().extend(fate);
        }
    }
}

/// Why it fails: a report after certification, an error everywhere else.
fn details(submission: &Submission, state: &SubmissionStatus, code: Option<&str>, now: Timestamp) -> Value {
    let is_report = *state == SubmissionStatus::CertificationFailed;
    let usual = match state {
        SubmissionStatus::PreProcessingFailed => DetailCode::PackageValidationFailed,
        _ => DetailCode::ServiceError,
    };
    let code = code.or_else(|| (!is_report).then(|| usual.as_str()));
    let errors: Vec<Value> =
        code.map(|code| json!({ "code": code, "details": "A fault that was asked for." })).into_iter().collect();
    let url = format!("https://reports.example/{}", submission.id);
    let report = || json!({ "date": date::text(now), "reportUrl": url });
    let reports: Vec<Value> = is_report.then(report).into_iter().collect();
    json!({ "errors": errors, "certificationReports": reports })
}

/// How long a submission stays where it is because it sticks there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stay {
    Always,
    For(SignedDuration),
}

/// How long this one does, if it does.
pub(crate) fn stay(submission: &Submission) -> Option<Stay> {
    let fate = submission.fate.as_ref()?;
    if members::text(fate, STATE) != Some(submission.status.as_str()) {
        return None;
    }
    let time = members::find(fate, TIME).and_then(Value::as_i64).map(SignedDuration::from_millis);
    Some(time.map_or(Stay::Always, Stay::For))
}

/// Lets go of a submission. `false` if nothing held it.
pub(crate) fn release(submission: &mut Submission) -> bool {
    if stay(submission).is_none() {
        return false;
    }
    if let Some(fate) = &mut submission.fate {
        fate.retain(|name, _| name != STATE && name != TIME);
    }
    submission.fate.take_if(|fate| fate.is_empty());
    true
}
