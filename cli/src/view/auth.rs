//! How signing in looks: the credential in use, and what a doctor found. No token is ever part of it.

use crate::args::Output;
use crate::profile::Connection;
use crate::report::Failure;
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_client::auth::{Bearer, Identity};
use flightline_client::secret::redact;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// One step that was tried.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) state: State,
    pub(crate) message: String,
    pub(crate) remedy: Option<String>,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Good,
    Warning,
    Failed,
    Skipped,
}

impl Check {
    pub(crate) fn good(name: &'static str, message: String) -> Self {
        Self { name, state: State::Good, message, remedy: None }
    }

    pub(crate) fn failed(name: &'static str, failure: &Failure) -> Self {
        Self { name, state: State::Failed, message: failure.words(), remedy: failure.remedy() }
    }
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// Which credential is used, and what its token says.
pub(crate) fn status(connection: &Connection, identity: Option<&Identity>, view: View) {
    let document = document(connection, identity);
    match view.output {
        Output::Table => {
            let mut rows = Map::new();
            flatten(&document, "", &mut rows);
            human::members(&rows);
        }
        Output::Json => json::print(&document, Lines::Many),
        Output::Ndjson => json::print(&document, Lines::One),
    }
}

/// What a doctor found.
pub(crate) fn checks(checks: &[Check], view: View) {
    let entry = |check: &Check| {
        let (message, remedy) = (redact(&check.message), check.remedy.as_deref().map(redact));
        json!({ "check": check.name, "state": check.state.name(), "message": message, "remedy": remedy })
    };
    match view.output {
        Output::Table => human::checks(checks),
        Output::Json => json::print(&json!({ "checks": checks.iter().map(entry).collect::<Vec<_>>() }), Lines::Many),
        Output::Ndjson => checks.iter().for_each(|check| json::print(&entry(check), Lines::One)),
    }
}

fn document(connection: &Connection, identity: Option<&Identity>) -> Value {
    let Connection { chosen, api_url, login_url, .. } = connection;
    let date = |second: i64| Timestamp::from_second(second).map(|time| time.to_string()).ok();
    let certificate = chosen.certificate.as_ref();
    json!({
        "method": chosen.method.name(),
        "because": redact(&chosen.because),
        "tenantId": chosen.tenant_id,
        "clientId": chosen.client_id,
        "certificate": certificate.map(|(thumbprint, ends)| json!({ "thumbprint": thumbprint, "expires": date(*ends) })),
        "login": address(login_url),
        "api": address(api_url),
        "token": identity.map(|identity| json!({
            "tenantId": identity.tenant_id,
            "clientId": identity.client_id,
            "bearer": match identity.bearer {
                Bearer::Application => "application",
                Bearer::Person => "person",
                Bearer::Unknown => "unknown",
            },
            "audience": identity.audience,
            "roles": identity.roles,
            "expires": identity.expires_at.and_then(date),
            "expiresIn": identity.expires_in.as_secs(),
        })),
    })
}

/// An address without what somebody may have written in front of its host.
fn address(given: &str) -> String {
    redact(given.rsplit_once('@').map_or(given, |(_, host)| host))
}

/// One row for each value that there is.
fn flatten(value: &Value, name: &str, rows: &mut Map<String, Value>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                flatten(value, &name, rows);
            }
        }
        Value::Array(values) => {
            let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            rows.insert(name.to_owned(), if words.is_empty() { "-".into() } else { words.join(", ").into() });
        }
        other => {
            rows.insert(name.to_owned(), other.clone());
        }
    }
}
