//! Managed identity: machines in Azure are given tokens by an address that only they can reach.
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>,
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>

use super::ask::ask;
use super::entra::{self, LONGEST_REFUSAL, escaped};
use super::tokens::Grant;
use super::{Fault, RESOURCE};
use crate::error::Error;
use crate::secret::{Token, redact};
use crate::transport::Transport;
use bytes::Bytes;
use flightline_protocol::error::excerpt;
use flightline_protocol::json;
use http::{Request, Response};
use serde_json::Value;
use std::time::Duration;

/// How long is waited for the address to answer: where there is none, nothing does.
const PATIENCE: Duration = Duration::from_secs(30);

/// The identity of the machine that this runs on.
#[derive(Debug, Clone)]
pub enum ManagedIdentity {
    /// That of a virtual machine.
    Machine {
        /// The base address of the instance metadata service; [`ManagedIdentity::MACHINE`] but in tests.
        url: String,
        /// The client id, where it is a user-assigned identity.
        client_id: Option<String>,
    },
    /// That of an app in App Service, Functions or Container Apps.
    AppService {
        /// `IDENTITY_ENDPOINT`.
        url: String,
        /// `IDENTITY_HEADER`.
        header: Token,
        /// The client id, where it is a user-assigned identity.
        client_id: Option<String>,
    },
}

impl ManagedIdentity {
    /// Where virtual machines find the instance metadata service.
    pub const MACHINE: &'static str = "http://169.254.169.254";

    /// Asks for a token.
    pub(super) async fn token(&self, transport: &dyn Transport) -> Result<Grant, Error> {
        let (base, version, client_id) = match self {
            Self::Machine { url, client_id } => {
                (format!("{}/metadata/identity/oauth2/token", url.trim_end_matches('/')), "2018-02-01", client_id)
            }
            Self::AppService { url, client_id, .. } => (url.clone(), "2019-08-01", client_id),
        };
        let joint = if base.contains('?') { '&' } else { '?' };
        let mut address = format!("{base}{joint}api-version={version}&resource={}", escaped(RESOURCE));
        if let Some(client_id) = client_id {
            address.push_str(&format!("&client_id={}", escaped(client_id)));
        }
        let request = || {
            let request = match self {
                Self::Machine { .. } => Request::get(&address).header("Metadata", "true"),
                Self::AppService { header, .. } => Request::get(&address).header("X-IDENTITY-HEADER", header.expose()),
            };
            request.body(Bytes::new()).map_err(|_| Error::Address { given: redact(&base) })
        };
        let unreachable = "could not reach the endpoint for the machine's managed identity";
        let asked = ask(transport, unreachable, request, |answer| self.refusal(answer));
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(answer) => entra::read(&answer?, |text| self.clean(text)),
            Err(_) => Err(failed("nothing answers where a machine in Azure finds its managed identity".to_owned())),
        }
    }

    fn refusal(&self, answer: &Response<Bytes>) -> Error {
        let (status, body) = (answer.status().as_u16(), answer.body());
        let Ok(Value::Object(members)) = json::parse(&body[..body.len().min(LONGEST_REFUSAL)]) else {
            return failed(format!(
                "the machine has no managed identity: {status} {}",
                excerpt(self.clean(&said_in(body)).as_bytes())
            ));
        };
        let text = |name| json::field(&members, name).and_then(Value::as_str);
        let said = text("error_description").or_else(|| text("message")).or_else(|| text("error")).unwrap_or_default();
        let said = self.clean(said.lines().next().unwrap_or_default());
        failed(format!("the machine's managed identity gave no token: {status} {said}").trim_end().to_owned())
    }

    fn clean(&self, text: &str) -> String {
        match self {
            Self::Machine { .. } => redact(text),
            Self::AppService { header, .. } => redact(&header.hidden_in(text)),
        }
    }
}

/// What a body says, as far as anybody reads it.
fn said_in(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(LONGEST_REFUSAL)]).into_owned()
}

fn failed(what: String) -> Error {
    Error::Credential { what, fault: Fault::ManagedIdentity, source: None }
}
