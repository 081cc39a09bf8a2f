//! The environment: read here, once, and nowhere else.

#![allow(clippy::disallowed_methods, reason = "this is the room in which the environment is read")]

use std::ffi::OsStr;
use std::path::PathBuf;

/// What the environment says.
#[derive(Default)]
pub(crate) struct Env {
    pub(crate) tenant_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) azure_tenant_id: Option<String>,
    pub(crate) azure_client_id: Option<String>,
    pub(crate) azure_client_secret: Option<String>,
    pub(crate) api_url: Option<String>,
    pub(crate) login_url: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) ssl_cert_file: Option<PathBuf>,
}

impl Env {
    /// Reads it. A variable that is set to nothing counts as not set: that is how CI systems pass on a secret that they do not have.
    pub(crate) fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let path = |name: &str| text(name).map(PathBuf::from);
        Self {
            tenant_id: text("FLIGHTLINE_TENANT_ID"),
            client_id: text("FLIGHTLINE_CLIENT_ID"),
            client_secret: text("FLIGHTLINE_CLIENT_SECRET"),
            azure_tenant_id: text("AZURE_TENANT_ID"),
            azure_client_id: text("AZURE_CLIENT_ID"),
            azure_client_secret: text("AZURE_CLIENT_SECRET"),
            api_url: text("FLIGHTLINE_API_URL"),
            login_url: text("FLIGHTLINE_LOGIN_URL"),
            ca_file: path("FLIGHTLINE_CA_FILE"),
            ssl_cert_file: path("SSL_CERT_FILE"),
        }
    }
}

/// Whether a variable is set, and to nothing.
pub(crate) fn is_empty(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| value.to_string_lossy().trim().is_empty())
}
