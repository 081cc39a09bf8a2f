//! The environment that the command finds: ours, and the caller's where we have no word in it.

use super::stage::Reach;
use crate::args::INSIDE;
use crate::env::Around;
use flightline_emulator::serve::Ready;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use tokio::process::Command;

/// Variables that lead requests to a proxy. Programs read them in both cases.
const PROXIES: [&str; 4] = ["http_proxy", "https_proxy", "all_proxy", "ftp_proxy"];

/// Variables by which our own commands would find other credentials than those of the account.
const OTHERS: [&str; 11] = [
    "FLIGHTLINE_AUTH",
    "FLIGHTLINE_ACCESS_TOKEN",
    "FLIGHTLINE_CERTIFICATE_FILE",
    "FLIGHTLINE_CERTIFICATE_PASSWORD",
    "FLIGHTLINE_CONFIG",
    "FLIGHTLINE_FEDERATED_TOKEN",
    "FLIGHTLINE_FEDERATED_TOKEN_FILE",
    "FLIGHTLINE_IMDS_URL",
    "FLIGHTLINE_PROFILE",
    "FLIGHTLINE_SERVICE_CONNECTION_ID",
    // A rehearsal in a rehearsal is one of its own.
    INSIDE,
];

/// Variables to set, and to take away.
#[derive(Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, Option<OsString>>);

impl Environment {
    /// Who the command is, and what it can publish to. What the account does not have is taken away, so that nobody publishes to an app
    /// of before.
    pub(crate) fn account(&mut self, ready: &Ready) {
        OTHERS.iter().for_each(|name| self.unset(name));
        self.set("FLIGHTLINE_TENANT_ID", &ready.tenant_id);
        self.set("FLIGHTLINE_CLIENT_ID", &ready.client_id);
        self.set("FLIGHTLINE_CLIENT_SECRET", &ready.client_secret);
        for (name, id) in [
            ("FLIGHTLINE_APPLICATION_ID", &ready.application_id),
            ("FLIGHTLINE_IN_APP_PRODUCT_ID", &ready.in_app_product_id),
            ("FLIGHTLINE_FLIGHT_ID", &ready.flight_id),
        ] {
            self.0.insert(name.to_owned(), id.as_ref().map(OsString::from));
        }
    }

    /// Where the Store is.
    pub(crate) fn addresses(&mut self, [api, login]: &[String; 2], control: &str) {
        self.set("FLIGHTLINE_API_URL", api);
        self.set("FLIGHTLINE_LOGIN_URL", login);
        self.set("FLIGHTLINE_CONTROL_URL", control);
    }

    /// Whom it trusts: `bundle` for variables that replace what a program trusts, `certificate` for those that add to it.
    pub(crate) fn trust(&mut self, certificate: &Path, bundle: &Path, java: Option<OsString>) {
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPLIB2_CA_CERTS", "NIX_SSL_CERT_FILE"] {
            self.set(name, bundle);
        }
        for name in ["NODE_EXTRA_CA_CERTS", "DENO_CERT", "FLIGHTLINE_CA_FILE"] {
            self.set(name, certificate);
        }
        if let Some(java) = java {
            self.set("JAVA_TOOL_OPTIONS", java);
        }
    }

    /// How requests go.
    pub(crate) fn network(&mut self, reach: Reach, around: &Around) {
        match reach {
            Reach::Store => {
                for name in PROXIES {
                    self.unset(name);
                    self.unset(&name.to_ascii_uppercase());
                }
                self.unset("SSL_CERT_DIR");
            }
            Reach::Everything => {
                let before = around.no_proxy.iter().map(String::as_str);
                let direct = before.chain(["127.0.0.1", "localhost"]).collect::<Vec<_>>().join(",");
                self.set("NO_PROXY", &direct);
                self.set("no_proxy", &direct);
            }
        }
    }

    /// Where our own commands keep their state: what they know of the real Store is none of this one's business.
    pub(crate) fn state(&mut self, folder: &Path) {
        self.set("FLIGHTLINE_STATE", folder);
    }

    pub(crate) fn dress(&self, command: &mut Command) {
        for (name, value) in &self.0 {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }

    fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.0.insert(name.to_owned(), Some(value.into()));
    }

    fn unset(&mut self, name: &str) {
        self.0.insert(name.to_owned(), None);
    }
}
