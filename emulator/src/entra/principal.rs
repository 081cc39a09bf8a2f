//! Who may sign in, and with what.

use super::certificate::Certificate;
use super::key::PublicKey;
use crate::date;
use crate::error::Fault;
use crate::members;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What the tokens of other issuers are for, where the account file does not say.
///
/// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>
const EXCHANGE: &str = "api://AzureADTokenExchange";

/// The one principal of the account.
#[derive(Clone)]
pub(crate) struct Principal {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) role: Role,
    pub(crate) credentials: Credentials,
}

/// What the principal may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Manager,
    Nobody,
}

/// What else than its secret the principal can sign in with, and how long the secret is good.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    /// The members of the account file that the rest was read from.
    pub(crate) given: Map<String, Value>,
    pub(super) secret_expires: Option<Timestamp>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) federated: Vec<Federated>,
    pub(super) identity_header: Option<String>,
}

/// Tokens of another issuer that are taken as the principal's proof.
#[derive(Clone)]
pub(super) struct Federated {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) audience: String,
    pub(super) key: PublicKey,
}

impl Credentials {
    /// The members of an account file that are read here.
    pub(crate) const MEMBERS: [&'static str; 4] = ["clientSecretExpires", "certificates", "federatedIssuers", "identityHeader"];

    /// Reads them, and adds what is wrong with them to `faults`.
    pub(crate) fn read(file: &Map<String, Value>, faults: &mut Vec<Fault>) -> Self {
        let given: Map<String, Value> = Self::MEMBERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), file.get(*name)?.clone())))
            .filter(|(_, value)| !value.is_null())
            .collect();
        let mut fault = |path: String, problem: &str| faults.push(Fault { path, problem: problem.to_owned() });
        let mut text = |name: &str| match given.get(name) {
            None => None,
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(_) => {
                fault(name.to_owned(), "is empty, or no text");
                None
            }
        };
        let (expires, identity_header) = (text("clientSecretExpires"), text("identityHeader"));
        let secret_expires = expires.and_then(|text| {
            let date = date::read(&text);
            if date.is_none() {
                fault("clientSecretExpires".to_owned(), "is no date");
            }
            date
        });
        let mut list = |name: &str| match given.get(name) {
            None => Vec::new(),
            Some(Value::Array(entries)) => entries.clone(),
            Some(_) => {
                fault(name.to_owned(), "is no list");
                Vec::new()
            }
        };
        let (certificates, federated) = (list("certificates"), list("federatedIssuers"));
        let mut credentials = Self { secret_expires, identity_header, ..Self::default() };
        for (at, entry) in certificates.iter().enumerate() {
            match entry.as_str().ok_or("is no text").and_then(Certificate::read) {
                Ok(certificate) => credentials.certificates.push(certificate),
                Err(problem) => fault(format!("certificates[{at}]"), problem),
            }
        }
        for (at, entry) in federated.iter().enumerate() {
            let path = format!("federatedIssuers[{at}]");
            match Federated::read(entry) {
                Ok(federated) => credentials.federated.push(federated),
                Err((member, problem)) => fault(format!("{path}{member}"), problem),
            }
        }
        credentials.given = given;
        credentials
    }
}

impl Federated {
    fn read(entry: &Value) -> Result<Self, (&'static str, &'static str)> {
        let entry = entry.as_object().ok_or(("", "is no JSON object"))?;
        let wanted = |name: &str, path: &'static str| {
            let text = members::text(entry, name).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or((path, "is missing, empty or no text"))
        };
        let key = members::find(entry, "publicKey").ok_or((".publicKey", "is missing"))?;
        Ok(Self {
            issuer: wanted("issuer", ".issuer")?,
            subject: wanted("subject", ".subject")?,
            audience: members::text(entry, "audience").unwrap_or(EXCHANGE).to_owned(),
            key: PublicKey::read(key).map_err(|problem| (".publicKey", problem))?,
        })
    }
}
