//! What the API answers: JSON with the service's headers, or a refusal in one of the shapes that the service uses (O-007).

use axum::body::Body;
use axum::response::Response;
use flightline_protocol::error::ErrorCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

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
        Self { status, body: Some(body) }
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
        Self { status: StatusCode::UNAUTHORIZED, body: Some(body) }
    }

    /// A refusal without a word, as for a principal without a role.
    pub(crate) fn wordless(status: StatusCode) -> Self {
        Self { status, body: None }
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
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    if status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    if body.is_some() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    response
}
