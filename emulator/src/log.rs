//! The requests seen, for people and tests to look at. Nothing secret is kept.

use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Requests that are remembered.
const MOST: usize = 1000;

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<VecDeque<Value>>);

impl Log {
    pub(crate) fn note(&self, at: Timestamp, method: &http::Method, uri: &http::Uri, status: http::StatusCode) {
        let entry = json!({
            "at": crate::date::text(at),
            "method": method.as_str(),
            "host": uri.host(),
            "path": redacted(uri),
            "status": status.as_u16(),
        });
        tracing::debug!(%method, path = %redacted(uri), status = status.as_u16(), "answered");
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Parameters of a query that may be shown with their values.
const SHOWN: [&str; 9] = ["skip", "top", "isminimalresponse", "percentage", "comp", "blockid", "blocklisttype", "se", "sp"];

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
    fn no_signature_is_remembered() {
        let uri: http::Uri = "https://h/ingestion/b?comp=block&sig=a%2Bb&X=1&se=2031".parse().unwrap();
        assert_eq!(redacted(&uri), "/ingestion/b?comp=block&sig=REDACTED&X=REDACTED&se=2031");
    }
}
