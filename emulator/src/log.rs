//! The requests seen, for people and tests to look at. Nothing secret is kept.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Requests that are remembered.
const MOST: usize = 1000;

/// The service that a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    SignIn,
    Api,
    Blob,
    Nothing,
}

impl Asked {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "signIn",
            Self::Api => "api",
            Self::Blob => "blob",
            Self::Nothing => "unknown",
        }
    }
}

/// The latest requests, and how many there were of each kind.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    entries: VecDeque<Value>,
    /// By service and the first digit of the status, 0 where there was none. Nothing is dropped from it.
    counts: BTreeMap<(Asked, u16), u64>,
}

/// What is remembered of a request.
pub(crate) struct Line<'a> {
    pub(crate) asked: Asked,
    pub(crate) method: &'a http::Method,
    pub(crate) host: &'a str,
    pub(crate) uri: &'a http::Uri,
    /// None where the connection was broken instead.
    pub(crate) status: Option<http::StatusCode>,
    /// The fault that it met.
    pub(crate) fault: Option<&'a str>,
}

impl Log {
    pub(crate) fn note(&self, at: Timestamp, line: &Line<'_>) {
        let (method, path, status) = (line.method, redacted(line.uri), line.status.map(|status| status.as_u16()));
        tracing::debug!(%method, %path, status, "answered");
        let mut entry = json!({
            "at": crate::date::text(at),
            "service": line.asked.as_str(),
            "method": method.as_str(),
            "host": line.host,
            "path": path,
            "status": status,
        });
        if let Some(fault) = line.fault {
            entry["fault"] = fault.into();
        }
        let mut seen = self.seen();
        *seen.counts.entry((line.asked, status.unwrap_or(0) / 100)).or_default() += 1;
        if seen.entries.len() >= MOST {
            seen.entries.pop_front();
        }
        seen.entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<Value> {
        self.seen().entries.iter().cloned().collect()
    }

    /// How many requests there were for each service, by class of the answer.
    pub(crate) fn counts(&self) -> Value {
        let mut services = Map::new();
        for ((asked, class), count) in &self.seen().counts {
            let class = if *class == 0 { "broken".to_owned() } else { format!("{class}xx") };
            services.entry(asked.as_str()).or_insert_with(|| json!({}))[class] = (*count).into();
        }
        Value::Object(services)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parameters of a query that may be shown with their values.
const SHOWN: [&str; 9] = ["skip", "top", "isminimalresponse", "percentage", "comp", "blockid", "blocklisttype", "se", "sp"];

/// Tells people of a fault as it strikes: whoever asked may have gone before there is an answer.
pub(crate) fn tell(fault: &str, method: &http::Method, uri: &http::Uri) {
    let mut pairs = uri.query().unwrap_or_default().split('&');
    let operation = pairs.find(|pair| pair.starts_with("comp=")).map(|comp| format!("?{comp}")).unwrap_or_default();
    tracing::warn!("a fault that was asked for: {fault} strikes {method} {}{operation}", uri.path());
}

/// Path and query; of the query only what is known to be harmless keeps its value.
fn redacted(uri: &http::Uri) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if !SHOWN.contains(&name.to_ascii_lowercase().as_str()) => format!("{name}=REDACTED"),
        _ => pair.to_owned(),
    });
    format!("{}?{}", uri.path(), shown.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_still_counted() {
        let log = Log::default();
        let (method, uri) = (http::Method::PUT, http::Uri::from_static("https://h/ingestion/b?comp=block"));
        for status in std::iter::repeat_n(http::StatusCode::CREATED, MOST + 5).chain([http::StatusCode::FORBIDDEN]) {
            let (status, fault) = (Some(status), None);
            log.note(Timestamp::UNIX_EPOCH, &Line { asked: Asked::Blob, method: &method, host: "h", uri: &uri, status, fault });
        }
        assert_eq!(log.entries().len(), MOST);
        assert_eq!(log.counts(), json!({ "blob": { "2xx": MOST + 5, "4xx": 1 } }));
    }

    #[test]
    fn no_signature_is_remembered() {
        let uri: http::Uri = "https://h/ingestion/b?comp=block&sig=a%2Bb&X=1&se=2031".parse().unwrap();
        assert_eq!(redacted(&uri), "/ingestion/b?comp=block&sig=REDACTED&X=REDACTED&se=2031");
    }
}
