//! The word of another issuer: a token that Entra takes as an application's proof, because somebody has told it to trust the issuer.
//!
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>

use super::Fault;
use super::ask::ask;
use super::entra::{LONGEST_REFUSAL, escaped};
use crate::error::Error;
use crate::secret::{Token, redact};
use crate::transport::Transport;
use bytes::Bytes;
use flightline_protocol::error::excerpt;
use flightline_protocol::json;
use http::{Request, Response};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What the tokens of other issuers have to be for.
const EXCHANGE: &str = "api://AzureADTokenExchange";

/// The longest token that is read from a file, in bytes.
const LONGEST_TOKEN: usize = 64 << 10;

/// Where the other issuer's token comes from. It is asked for again each time: such tokens live for minutes.
#[derive(Debug, Clone)]
pub enum Issuer {
    /// A file that something else keeps fresh, as Kubernetes does.
    File(PathBuf),
    /// The token itself, as GitLab hands it to a job in a variable.
    Given(Token),
    /// GitHub Actions.
    ///
    /// <https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token>
    GitHub {
        /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
        url: String,
        /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
        token: Token,
    },
    /// Azure DevOps.
    ///
    /// <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>
    AzureDevOps {
        /// `SYSTEM_OIDCREQUESTURI`.
        url: String,
        /// `SYSTEM_ACCESSTOKEN`.
        token: Token,
        /// The id of the service connection.
        connection_id: String,
    },
}

impl Issuer {
    /// The token that shows who we are.
    pub(super) async fn assertion(&self, transport: &dyn Transport) -> Result<Token, Error> {
        let token = match self {
            Self::File(file) => of_file(file).await?,
            Self::Given(token) => token.clone(),
            Self::GitHub { url, token } => {
                let address = format!("{url}{}audience={}", joint(url), escaped(EXCHANGE));
                let request = || {
                    Request::get(&address)
                        .header(http::header::AUTHORIZATION, format!("Bearer {}", token.expose()))
                        .header(http::header::ACCEPT, "application/json; api-version=2.0")
                        .body(Bytes::new())
                        .map_err(|_| Error::Address { given: redact(url) })
                };
                brought(transport, "GitHub", token, request, "value").await?
            }
            Self::AzureDevOps { url, token, connection_id } => {
                let address = format!("{url}{}api-version=7.1&serviceConnectionId={}", joint(url), escaped(connection_id));
                let request = || {
                    Request::post(&address)
                        .header(http::header::AUTHORIZATION, format!("Bearer {}", token.expose()))
                        .header(http::header::ACCEPT, "application/json")
                        .header(http::header::CONTENT_TYPE, "application/json")
                        .header(http::header::CONTENT_LENGTH, "0")
                        // Without it a refusal is a page to sign in on.
                        .header("X-TFS-FedAuthRedirect", "Suppress")
                        .body(Bytes::new())
                        .map_err(|_| Error::Address { given: redact(url) })
                };
                brought(transport, "Azure DevOps", token, request, "oidcToken").await?
            }
        };
        if token.is_sendable() {
            Ok(token)
        } else {
            Err(failed("the federated token is none: it is more than one word".to_owned()))
        }
    }
}

fn joint(url: &str) -> char {
    if url.contains('?') { '&' } else { '?' }
}

fn failed(what: String) -> Error {
    Error::Credential { what, fault: Fault::Issuer, source: None }
}

async fn of_file(file: &Path) -> Result<Token, Error> {
    let name = file.display();
    let text = tokio::fs::read(file).await.map_err(|source| Error::Credential {
        what: format!("could not read the federated token in {name}"),
        fault: Fault::Unreadable,
        source: Some(source.into()),
    })?;
    let text = Some(text).filter(|text| text.len() <= LONGEST_TOKEN).and_then(|text| String::from_utf8(text).ok());
    match text.as_deref().map(str::trim) {
        Some(token) if !token.is_empty() => Ok(Token::new(token)),
        _ => Err(failed(format!("{name} holds no federated token"))),
    }
}

/// The token in an answer of a CI system, under the name that it has there.
async fn brought(
    transport: &dyn Transport,
    issuer: &str,
    shown: &Token,
    request: impl Fn() -> Result<Request<Bytes>, Error>,
    name: &str,
) -> Result<Token, Error> {
    let refused = |answer: &Response<Bytes>| {
        let body = answer.body();
        let said = match json::parse(&body[..body.len().min(LONGEST_REFUSAL)]) {
            Ok(Value::Object(members)) => json::field(&members, "message").and_then(Value::as_str).map(str::to_owned),
            _ => None,
        };
        let said = redact(&shown.hidden_in(&said.unwrap_or_else(|| excerpt(body))));
        failed(format!("{issuer} gave no id token: {} {said}", answer.status().as_u16()).trim_end().to_owned())
    };
    let unreachable = format!("could not reach {issuer} for an id token");
    let answer = ask(transport, &unreachable, request, refused).await?;
    let value = json::parse(answer.body()).ok();
    let token = value.as_ref().and_then(|value| json::field(value.as_object()?, name)?.as_str());
    match token {
        Some(token) if !token.is_empty() => Ok(Token::new(token)),
        _ => Err(failed(format!("{issuer} gave no id token: the answer has none in it"))),
    }
}
