//! What the API answers: JSON with the service's headers, or a refusal in one of the shapes that the service uses (O-007).

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use flightline_protocol::error::ErrorCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use http_body::{Frame, SizeHint};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a call answers.
pub(crate) type Answer = Result<Reply, Refusal>;

/// A status and a document.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply {
    status: StatusCode,
    body: Option<Value>,
}

impl Reply {
    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, body: Some(body) }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }

    pub(crate) fn into_response(self) -> Response {
        respond(self.status, self.body.as_ref())
    }
}

/// A call that was refused. Whatever it had begun is taken back.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Option<Value>,
    retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal in the service's own shape.
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>, target: Option<&str>) -> Self {
        let mut body = json!({
            "code": code.as_str(),
            "data": [],
            "details": [],
            "message": message.into(),
            "source": "Ingestion Api",
        });
        if let Some(target) = target {
            body["target"] = Value::from(target);
        }
        Self { status, body: Some(body), retry_after: None }
    }

    /// 400: a field is missing or has a value that is not taken.
    pub(crate) fn parameter(message: impl Into<String>, target: Option<&str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidParameterValue, message, target)
    }

    /// 409: the state of the product or the submission does not allow it.
    pub(crate) fn state(message: impl Into<String>, target: Option<&str>) -> Self {
        Self::new(StatusCode::CONFLICT, ErrorCode::InvalidState, message, target)
    }

    /// 404: there is no such thing.
    pub(crate) fn missing(message: impl Into<String>, target: Option<&str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::ResourceNotFound, message, target)
    }

    /// 401, in the shorter shape that carries the correlation id in its text.
    pub(crate) fn unauthorized(correlation: &str) -> Self {
        let message = format!("Identity cannot be authorized. CorrelationId: {correlation}");
        let body = json!({ "code": ErrorCode::Unauthorized.as_str(), "message": message });
        Self { status: StatusCode::UNAUTHORIZED, body: Some(body), retry_after: None }
    }

    /// A refusal without a word, as for a principal without a role.
    pub(crate) fn wordless(status: StatusCode) -> Self {
        Self { status, body: None, retry_after: None }
    }

    /// 429, in the gateway's shape: its limit is reached for so many seconds (O-022).
    pub(crate) fn too_many(seconds: u64) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
        Self { status, body: Some(json!({ "statusCode": status.as_u16(), "message": message })), retry_after: Some(seconds) }
    }

    /// 500: the emulator itself failed. What happened goes to the log, not to the caller.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "the emulator failed");
        let message = "An internal server error occurred while processing the operation.";
        let mut refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::InternalServerError, message, None);
        if let Some(body) = &mut refusal.body {
            body["innererror"] = json!({ "code": "UnknownInternalFailure", "data": [], "details": [] });
        }
        refusal
    }

    /// The seconds after which another try makes sense.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    pub(crate) fn into_response(self) -> Response {
        respond(self.status, self.body.as_ref())
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        self.body.as_ref().and_then(|body| body["message"].as_str()).unwrap_or_default()
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<crate::Error> for Refusal {
    fn from(error: crate::Error) -> Self {
        Self::internal(&error)
    }
}

/// An answer with its length known, JSON if it has a body.
pub(crate) fn respond(status: StatusCode, body: Option<&Value>) -> Response {
    let text = body.map(Value::to_string).unwrap_or_default();
    let length = HeaderValue::from(text.len());
    let content = if status == StatusCode::NO_CONTENT { Body::new(Nothing { is_over: false }) } else { Body::from(text) };
    let mut response = Response::new(content);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_LENGTH, length);
    if body.is_some() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    response
}

/// A body of no bytes that is not over before it has been looked at. From a 204 whose body is over, hyper takes the length away; the
/// service sends it, and some clients wait for the end of a connection that does not end without it (O-133).
struct Nothing {
    is_over: bool,
}

impl HttpBody for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.is_over = true;
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}
