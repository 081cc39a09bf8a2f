//! Faults on demand: what the service and the way to it are known to do now and then, at the request that is named.
//!
//! A fault is written `WHEN=WHAT`, with `@N` for the first request that it meets and `xN` for how many (`x*` for all from then on):
//! `create=504-after`, `commit=503x2`, `upload=cut@2`.

use crate::reply::respond;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flightline_protocol::route::{Call, Method};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// The kinds of requests that a fault can be for.
const OCCASIONS: [&str; 11] =
    ["any", "token", "upload", "list", "product", "create", "get", "update", "delete", "commit", "status"];

/// What goes wrong, at which requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    occasion: &'static str,
    trouble: Trouble,
    after: Effect,
    /// The first request that it meets, from 1.
    first: u32,
    /// How many it meets; all from the first on if `None`.
    times: Option<u32>,
}

/// What the caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// A refusal with this status.
    Status(u16),
    /// A page in HTML with status 200, as a proxy gives it.
    Page,
    /// A connection that breaks in the middle of the answer.
    Cut,
}

/// Whether the service does its work all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Lost,
    Done,
}

/// A fault that is not written as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no fault: it is written WHEN=WHAT[@N][xN] with WHEN one of {}, and WHAT a status from 400 to 599, `page` or \
         `cut`, with `-after` where the work is done all the same", OCCASIONS.join(", "))]
pub struct FaultError {
    given: String,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        parse(text).ok_or_else(|| FaultError { given: text.chars().take(80).collect() })
    }
}

fn parse(text: &str) -> Option<Fault> {
    let (when, what) = text.trim().split_once('=')?;
    let occasion = OCCASIONS.into_iter().find(|occasion| occasion.eq_ignore_ascii_case(when.trim()))?;
    let (what, times) = match what.split_once('x') {
        None => (what, Some(1)),
        Some((what, "*")) => (what, None),
        Some((what, times)) => (what, Some(times.parse().ok().filter(|times| *times > 0)?)),
    };
    let (what, first) = match what.split_once('@') {
        None => (what, 1),
        Some((what, first)) => (what, first.parse().ok().filter(|first| *first > 0)?),
    };
    let (what, after) = match what.strip_suffix("-after") {
        Some(what) => (what, Effect::Done),
        None => (what, Effect::Lost),
    };
    let trouble = match what {
        "page" => Trouble::Page,
        "cut" => Trouble::Cut,
        status => Trouble::Status(status.parse().ok().filter(|status| (400..=599).contains(status))?),
    };
    Some(Fault { occasion, trouble, after, first, times })
}

/// As it is written, in full.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.occasion)?;
        match self.trouble {
            Trouble::Status(status) => write!(f, "{status}")?,
            Trouble::Page => f.write_str("page")?,
            Trouble::Cut => f.write_str("cut")?,
        }
        f.write_str(if self.after == Effect::Done { "-after" } else { "" })?;
        write!(f, "@{}x{}", self.first, self.times.map_or("*".to_owned(), |times| times.to_string()))
    }
}

/// The faults that wait for their request.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Vec<(Fault, u32)>>);

/// A fault that has met its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Struck {
    trouble: Trouble,
    /// Whether the request is to be answered first, and the answer thrown away.
    pub(crate) is_done: bool,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults.into_iter().map(|fault| (fault, 0)).collect()))
    }

    /// Waits for one more.
    pub(crate) fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((fault, 0));
    }

    /// The fault that this request meets. Every fault for its kind counts it.
    pub(crate) fn meet(&self, method: &http::Method, line: &str, is_upload: bool) -> Option<Struck> {
        let occasion = occasion(method, line, is_upload);
        let mut struck = None;
        for (fault, met) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            if fault.occasion != "any" && fault.occasion != occasion {
                continue;
            }
            *met = met.saturating_add(1);
            let since = *met >= fault.first;
            if since && fault.times.is_none_or(|times| *met - fault.first < times) {
                struck = struck.or(Some(Struck { trouble: fault.trouble, is_done: fault.after == Effect::Done }));
            }
        }
        struck
    }
}

/// What kind of request it is.
fn occasion(method: &http::Method, line: &str, is_upload: bool) -> &'static str {
    if is_upload {
        return "upload";
    }
    if line.to_ascii_lowercase().contains("/oauth2/") {
        return "token";
    }
    let method = match *method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::DELETE => Method::Delete,
        _ => return "any",
    };
    match Call::parse(method, line) {
        None => "any",
        Some(Call::Applications(_) | Call::AddOns(_) | Call::ApplicationAddOns(..) | Call::ApplicationFlights(..)) => "list",
        Some(Call::Application(_) | Call::AddOn(_) | Call::Flight(..) | Call::Rollout(..)) => "product",
        Some(Call::CreateSubmission(_) | Call::CreateAddOn | Call::CreateFlight(_)) => "create",
        Some(Call::Submission(..)) => "get",
        Some(Call::UpdateSubmission(..) | Call::SetRollout(..) | Call::HaltRollout(..) | Call::FinalizeRollout(..)) => "update",
        Some(Call::DeleteSubmission(..) | Call::DeleteAddOn(_) | Call::DeleteFlight(..)) => "delete",
        Some(Call::CommitSubmission(..)) => "commit",
        Some(Call::SubmissionStatus(..)) => "status",
    }
}

impl Struck {
    /// What the caller gets.
    pub(crate) fn response(self) -> Response {
        match self.trouble {
            Trouble::Page => page(StatusCode::OK),
            Trouble::Cut => cut(),
            Trouble::Status(status) => refusal(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)),
        }
    }
}

/// The gateway's own words at 429, its pages at 502 and 504, the service's at all others.
fn refusal(status: StatusCode) -> Response {
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            let message = "Rate limit is exceeded. Try again in 1 seconds.";
            let mut response = respond(status, Some(&json!({ "statusCode": 429, "message": message })));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(1));
            response
        }
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => page(status),
        _ => {
            let code = match status {
                StatusCode::UNAUTHORIZED => "Unauthorized",
                StatusCode::CONFLICT => "InvalidState",
                StatusCode::SERVICE_UNAVAILABLE => "InvalidOperation",
                _ if status.is_server_error() => "InternalServerError",
                _ => "InvalidParameterValue",
            };
            let message = "A fault that was asked for.";
            let body = json!({ "code": code, "data": [], "details": [], "message": message, "source": "Ingestion Api" });
            respond(status, Some(&body))
        }
    }
}

fn page(status: StatusCode) -> Response {
    let mut response =
        Response::new(Body::from("<html><head><title>A fault that was asked for</title></head><body></body></html>"));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// An answer that promises more than it holds: the connection ends where the rest should come.
fn cut() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset)) });
    let mut response = Response::new(Body::from_stream(broken));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(64));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_as_it_is_written() {
        for (text, full) in [
            ("create=504-after", "create=504-after@1x1"),
            ("commit=503x2", "commit=503@1x2"),
            ("upload=cut@2x*", "upload=cut@2x*"),
            ("any=page", "any=page@1x1"),
        ] {
            assert_eq!(text.parse::<Fault>().map(|fault| fault.to_string()), Ok(full.to_owned()));
            assert_eq!(full.parse::<Fault>(), text.parse());
        }
        for bad in
            ["", "create", "create=", "create=200", "nothing=503", "create=503x0", "create=503@0", "create=503x", "create=-after"]
        {
            assert!(bad.parse::<Fault>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn it_meets_the_requests_that_it_is_for() {
        let faults = Faults::new(["commit=503@2x2".parse().unwrap()].into());
        let path = "/v1.0/my/applications/9NHRBRL1GHTS/submissions/11/commit";
        let meets = |method: http::Method, path: &str| faults.meet(&method, path, false).is_some();
        assert!(!meets(http::Method::GET, "/v1.0/my/applications"));
        let met: Vec<bool> = (0..5).map(|_| meets(http::Method::POST, path)).collect();
        assert_eq!(met, [false, true, true, false, false]);
    }
}
