//! What every answer carries, whatever it says.

use super::date;
use axum::response::Response;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue, SERVER};
use jiff::Timestamp;
use uuid::Uuid;

/// The version that answers show where the request names none.
const VERSION: &str = "2024-05-04";

/// The facts about one request that all answers to it repeat.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    id: Uuid,
    now: Timestamp,
    version: String,
    client_id: Option<HeaderValue>,
}

impl Stamp {
    /// `signed` is the version that the signature names; the request's own comes before it.
    pub(super) fn new(headers: &HeaderMap, signed: Option<&str>, now: Timestamp) -> Self {
        let named = headers.get("x-ms-version").and_then(|version| version.to_str().ok()).or(signed);
        let version = named.filter(|version| is_version(version)).unwrap_or(VERSION).to_owned();
        Self { id: Uuid::new_v4(), now, version, client_id: headers.get("x-ms-client-request-id").cloned() }
    }

    /// The version of the service that answers: a date, to be compared as text.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn request_id(&self) -> Uuid {
        self.id
    }

    pub(super) fn time(&self) -> String {
        date::seven_digits(self.now)
    }

    /// Puts the standing headers on `response`, whose body has `length` bytes (or would have, for `HEAD`).
    pub(super) fn put_on(&self, response: &mut Response, length: u64) {
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, length.into());
        headers.insert(SERVER, HeaderValue::from_static("Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"));
        put(headers, DATE, &date::http(self.now));
        put(headers, HeaderName::from_static("x-ms-request-id"), &self.id.to_string());
        put(headers, HeaderName::from_static("x-ms-version"), &self.version);
        if let Some(id) = &self.client_id {
            headers.insert("x-ms-client-request-id", id.clone());
        }
    }
}

/// Whether `text` has the form of a service version, `2024-05-04`.
pub(super) fn is_version(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

/// Sets a header whose value came from outside; one that no header can hold is left out.
pub(super) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
