//! What the caller sees in place of an answer: refusals in the words of the service that was asked, and pages in nobody's.

use super::trouble::Wait;
use crate::log::Asked;
use crate::reply::respond;
use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How every refusal can be told from a real one.
const MESSAGE: &str = "A fault that was asked for.";

/// Where redirections lead: nowhere (RFC 2606).
const ELSEWHERE: &str = "https://elsewhere.invalid/";

/// A refusal of this service, as far as it has words for the status.
pub(super) fn refusal(status: StatusCode, wait: Wait, service: Asked, now: Timestamp) -> Response {
    let message = match (wait.seconds(status), status) {
        (Some(seconds), StatusCode::TOO_MANY_REQUESTS) => format!("Rate limit is exceeded. Try again in {seconds} seconds."),
        (Some(seconds), _) => format!("{MESSAGE} Try again in {seconds} seconds."),
        (None, _) => MESSAGE.to_owned(),
    };
    let mut response = match (service, status) {
        (_, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT) => page(status),
        (Asked::Blob, _) => blob(status, &message),
        (Asked::SignIn, _) => respond(status, Some(&entra(status, &message))),
        // To a principal without a role the service says nothing.
        (Asked::Api, StatusCode::FORBIDDEN) => respond(status, None),
        (Asked::Api | Asked::Nothing, _) => respond(status, Some(&api(status, &message))),
    };
    let headers = response.headers_mut();
    if status.is_redirection() {
        headers.insert(LOCATION, HeaderValue::from_static(ELSEWHERE));
    }
    if let Some(value) = wait.header(status, now) {
        headers.insert(RETRY_AFTER, value);
    }
    response
}

impl Wait {
    fn seconds(self, status: StatusCode) -> Option<u64> {
        match self {
            Self::Usual => (status == StatusCode::TOO_MANY_REQUESTS).then_some(1),
            Self::Seconds(seconds) | Self::Date(seconds) | Self::Words(seconds) => Some(seconds),
        }
    }

    fn header(self, status: StatusCode, now: Timestamp) -> Option<HeaderValue> {
        match self {
            Self::Usual | Self::Seconds(_) => self.seconds(status).map(HeaderValue::from),
            Self::Date(seconds) => {
                let wait = SignedDuration::from_secs(i64::try_from(seconds).ok()?);
                let date = now.checked_add(wait).ok()?.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                HeaderValue::from_str(&date).ok()
            }
            Self::Words(_) => None,
        }
    }
}

/// The gateway's shape at 429 (O-022), the service's otherwise.
fn api(status: StatusCode, message: &str) -> Value {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return json!({ "statusCode": 429, "message": message });
    }
    let code = match status {
        StatusCode::UNAUTHORIZED => "Unauthorized",
        StatusCode::NOT_FOUND => "ResourceNotFound",
        StatusCode::CONFLICT => "InvalidState",
        StatusCode::SERVICE_UNAVAILABLE => "InvalidOperation",
        _ if status.is_server_error() => "InternalServerError",
        _ => "InvalidParameterValue",
    };
    json!({ "code": code, "data": [], "details": [], "message": message, "source": "Ingestion Api" })
}

/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
fn entra(status: StatusCode, message: &str) -> Value {
    let (error, number, words) = match status {
        StatusCode::UNAUTHORIZED => ("invalid_client", 7_000_215, "Invalid client secret provided."),
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            ("temporarily_unavailable", 90_033, "A transient error has occurred. Please try again.")
        }
        _ => ("invalid_request", 90_014, "The required field is missing."),
    };
    json!({ "error": error, "error_description": format!("AADSTS{number}: {words} {message}"), "error_codes": [number] })
}

/// <https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes>
fn blob(status: StatusCode, message: &str) -> Response {
    let code = match status {
        StatusCode::FORBIDDEN => "AuthenticationFailed",
        StatusCode::NOT_FOUND => "ResourceNotFound",
        StatusCode::CONFLICT => "AccountBeingCreated",
        StatusCode::PRECONDITION_FAILED => "ConditionNotMet",
        StatusCode::PAYLOAD_TOO_LARGE => "RequestBodyTooLarge",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "ServerBusy",
        _ if status.is_server_error() => "InternalError",
        _ => "InvalidInput",
    };
    // The byte order mark is Azure's (O-202).
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = of_kind(status, "application/xml", body);
    response.headers_mut().insert("x-ms-error-code", HeaderValue::from_static(code));
    response
}

/// A page as a proxy or a gateway gives it.
pub(super) fn page(status: StatusCode) -> Response {
    let body = format!("<html><head><title>{MESSAGE}</title></head><body></body></html>");
    of_kind(status, "text/html", body)
}

/// Half a document that says of itself that it is whole.
pub(super) fn broken_json() -> Response {
    of_kind(StatusCode::OK, "application/json; charset=utf-8", "{\"id\": \"11529215057".to_owned())
}

fn of_kind(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
