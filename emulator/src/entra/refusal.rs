//! How Entra says no: an OAuth error, and a number of its own that people search for.
//!
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// A request that was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    error: &'static str,
    number: u32,
    message: String,
}

impl Refusal {
    /// 400: the request itself is wrong.
    pub(super) fn request(error: &'static str, number: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, number, message: message.into() }
    }

    /// 401: the client did not show who it is.
    pub(super) fn client(number: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", number, message: message.into() }
    }

    /// 500: the emulator itself failed.
    pub(super) fn internal() -> Self {
        let message = "A transient error has occurred. Please try again.".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, error: "server_error", number: 90_033, message }
    }

    /// A field of the form is missing.
    pub(super) fn missing(name: &str) -> Self {
        let message = format!("The request body must contain the following parameter: '{name}'.");
        Self::request("invalid_request", 900_144, message)
    }

    /// There is no such tenant.
    pub(super) fn tenant(tenant: &str) -> Self {
        let message = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct \
             cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the \
             tenant."
        );
        Self::request("invalid_request", 90_002, message)
    }

    /// The tenant knows no such resource.
    pub(super) fn resource(resource: &str, tenant: &str) -> Self {
        let message = format!(
            "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the \
             tenant. You might have sent your authentication request to the wrong tenant."
        );
        Self::request("invalid_resource", 500_011, message)
    }

    pub(super) fn body(&self, now: Timestamp) -> Value {
        let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
        let time = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description =
            format!("AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}", self.number, self.message);
        json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": time,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.number),
        })
    }
}
