//! What the Store saw of a rehearsal: for people on stderr, and for programs in a file.

use crate::report::Failure;
use crate::view::human;
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// Refused requests that are told one by one.
const MOST: usize = 10;

/// How a rehearsal went.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    exit_code: u8,
    submissions: Vec<Change>,
    /// All that the control port shows, in its own words.
    store: Value,
}

/// What became of a submission.
#[derive(Debug, Serialize)]
struct Change {
    id: String,
    kind: String,
    product: String,
    /// Where it stands, or stood before it was deleted.
    status: String,
    change: How,
}

/// How a submission is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum How {
    Created,
    Changed,
    Deleted,
}

impl Report {
    /// Makes sure that there will be a file to write to.
    pub(crate) fn open(path: &Path) -> Result<File, Failure> {
        File::create(path).map_err(|error| Failure::usage("report-file", format!("{}: {error}", path.display())))
    }

    /// Compares the Store before and after.
    pub(crate) fn new(exit_code: u8, before: &Value, after: Value) -> Self {
        let known = |list: &Value, id: &Value| submissions(list).find(|submission| submission["id"] == *id).cloned();
        let mut changes = Vec::new();
        for submission in submissions(&after) {
            match known(before, &submission["id"]) {
                None => changes.push(Change::of(submission, How::Created)),
                Some(was) if was["status"] != submission["status"] || was["document"] != submission["document"] => {
                    changes.push(Change::of(submission, How::Changed));
                }
                Some(_) => {}
            }
        }
        let gone = submissions(before).filter(|submission| known(&after, &submission["id"]).is_none());
        changes.extend(gone.map(|submission| Change::of(submission, How::Deleted)));
        Self { exit_code, submissions: changes, store: after }
    }

    /// Says it on stderr.
    pub(crate) fn tell(&self) {
        human::step("rehearsal", &format!("the command ended with {}; the Store saw", self.exit_code));
        let mut is_idle = true;
        for (service, name) in [("signIn", "sign-in"), ("api", "API"), ("blob", "blobs"), ("unknown", "elsewhere")] {
            let Some(classes) = self.store["counts"][service].as_object() else { continue };
            is_idle = false;
            let total: u64 = classes.values().filter_map(Value::as_u64).sum();
            let classes: Vec<String> = classes.iter().map(|(class, count)| format!("{count} {class}")).collect();
            let word = if total == 1 { "request" } else { "requests" };
            human::step(name, &format!("{total} {word}: {}", classes.join(", ")));
        }
        if is_idle {
            human::step("requests", "none");
        }
        let requests = self.store["requests"].as_array().into_iter().flatten();
        let refused: Vec<&Value> =
            requests.filter(|request| request["status"].as_u64().is_some_and(|code| code >= 400)).collect();
        let mut name = "refused";
        for request in refused.iter().take(MOST) {
            let [method, path] = ["method", "path"].map(|member| request[member].as_str().unwrap_or("?"));
            human::step(name, &format!("{} {method} {path}", request["status"]));
            name = "";
        }
        if refused.len() > MOST {
            human::continued(&format!("and {} more", refused.len() - MOST));
        }
        let mut name = "submissions";
        for Change { id, kind, product, status, change } in &self.submissions {
            let kind = if kind == "addOn" { "add-on" } else { kind };
            let status = if *change == How::Deleted { "deleted" } else { status };
            human::step(name, &format!("{id} of {kind} {product}: {status}"));
            name = "";
        }
    }

    /// Writes it to a file.
    pub(crate) fn write(&self, file: &mut File) -> Result<(), Failure> {
        let failed = |error: &dyn std::error::Error| Failure::trouble("report-file", error);
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(&error))?;
        writeln!(file, "{text}").map_err(|error| failed(&error))
    }
}

impl Change {
    fn of(submission: &Value, change: How) -> Self {
        let text = |name: &str| submission[name].as_str().unwrap_or("?").to_owned();
        Self { id: text("id"), kind: text("kind"), product: text("product"), status: text("status"), change }
    }
}

fn submissions(state: &Value) -> impl Iterator<Item = &Value> {
    state["submissions"].as_array().into_iter().flatten()
}
