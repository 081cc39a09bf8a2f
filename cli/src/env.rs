//! The environment: read here, once, and nowhere else.

#![allow(clippy::disallowed_methods, reason = "this is the room in which the environment is read")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::PathBuf;

/// The variables that credentials are made of.
const SIGN_IN: [&str; 28] = [
    "FLIGHTLINE_AUTH",
    "FLIGHTLINE_TENANT_ID",
    "FLIGHTLINE_CLIENT_ID",
    "FLIGHTLINE_CLIENT_SECRET",
    "FLIGHTLINE_ACCESS_TOKEN",
    "FLIGHTLINE_CERTIFICATE_FILE",
    "FLIGHTLINE_CERTIFICATE_PASSWORD",
    "FLIGHTLINE_FEDERATED_TOKEN_FILE",
    "FLIGHTLINE_FEDERATED_TOKEN",
    "FLIGHTLINE_SERVICE_CONNECTION_ID",
    "FLIGHTLINE_IMDS_URL",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURESUBSCRIPTION_TENANT_ID",
    "AZURESUBSCRIPTION_CLIENT_ID",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    "GITLAB_OIDC_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_OIDCREQUESTURI",
    "SYSTEM_ACCESSTOKEN",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
];

/// Those of them that are set.
#[derive(Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets one, as a test has it.
    #[cfg(test)]
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        assert!(SIGN_IN.contains(&name), "{name} is not read");
        self.0.insert(name.to_owned(), value.to_owned());
    }
}

/// What the environment says.
#[derive(Default)]
pub(crate) struct Env {
    pub(crate) variables: Variables,
    /// The Azure CLI, where it is on the PATH.
    pub(crate) az: Option<PathBuf>,
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
            variables: Variables(SIGN_IN.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect()),
            az: on_path(if cfg!(windows) { "az.cmd" } else { "az" }),
            api_url: text("FLIGHTLINE_API_URL"),
            login_url: text("FLIGHTLINE_LOGIN_URL"),
            ca_file: path("FLIGHTLINE_CA_FILE"),
            ssl_cert_file: path("SSL_CERT_FILE"),
        }
    }
}

/// What else decides how a run goes, for whoever has to find out why it went wrong.
const AROUND: [&str; 24] = [
    "FLIGHTLINE_API_URL",
    "FLIGHTLINE_LOGIN_URL",
    "FLIGHTLINE_CA_FILE",
    "FLIGHTLINE_APP",
    "FLIGHTLINE_FLIGHT",
    "FLIGHTLINE_ADD_ON",
    "FLIGHTLINE_OUTPUT",
    "FLIGHTLINE_PROFILE",
    "FLIGHTLINE_CONFIG",
    "FLIGHTLINE_STATE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "CI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "TF_BUILD",
];

/// The variables that matter to us, and no others.
pub(crate) struct Surroundings {
    /// Those that are set, with their values.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Whether the Azure CLI is on the PATH.
    pub(crate) az: bool,
    /// The home folder.
    pub(crate) home: Option<String>,
}

impl Surroundings {
    /// Reads them as they are, even where they are set to nothing.
    pub(crate) fn read() -> Self {
        let text = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let names = SIGN_IN.into_iter().chain(AROUND);
        Self {
            variables: names.filter_map(|name| Some((name, text(name)?))).collect(),
            az: on_path(if cfg!(windows) { "az.cmd" } else { "az" }).is_some(),
            home: text(if cfg!(windows) { "USERPROFILE" } else { "HOME" }),
        }
    }

    /// The names of all of them, set or not.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        SIGN_IN.into_iter().chain(AROUND)
    }
}

/// The variables that a rehearsal adds to, or leaves where they lead.
#[derive(Default)]
pub(crate) struct Around {
    pub(crate) no_proxy: Option<String>,
    pub(crate) ssl_cert_file: Option<PathBuf>,
    pub(crate) java_home: Option<PathBuf>,
    pub(crate) java_tool_options: Option<String>,
}

impl Around {
    /// Reads them. One that is set to nothing counts as not set.
    pub(crate) fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Self {
            no_proxy: text("NO_PROXY").or_else(|| text("no_proxy")),
            ssl_cert_file: text("SSL_CERT_FILE").map(PathBuf::from),
            java_home: text("JAVA_HOME").map(PathBuf::from),
            java_tool_options: text("JAVA_TOOL_OPTIONS"),
        }
    }
}

/// Where a program is. Folders that depend on where somebody stands are not looked into.
fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).map(|folder| folder.join(name));
    files.find(|file| file.is_file())
}

/// Whether a variable is set, and to nothing.
pub(crate) fn is_empty(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| value.to_string_lossy().trim().is_empty())
}
