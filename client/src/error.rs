//! What can go wrong between us and the Store, as answers to the questions that a caller has.

use crate::auth::{Fault, remedy};
use crate::secret::redact;
use crate::transport::TransportError;
use flightline_protocol::application::DocumentError;
use flightline_protocol::error::{ErrorCode, ServiceError, excerpt};
use flightline_protocol::explanation::{self, Family};
use std::time::Duration;

/// A call of the API, of the token endpoint or of the blob service that did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came.
    #[error("{what}")]
    Transport {
        /// What was being done.
        what: String,
        /// Whether the request can have changed something.
        effect: Outcome,
        /// Why no answer came.
        source: TransportError,
    },
    /// The Store refused.
    #[error("{what}: {status} {error}", status = error.status)]
    Refused {
        /// What was being done.
        what: String,
        /// The Store's words.
        error: Box<ServiceError>,
        /// What support asks for.
        correlation_id: Option<String>,
        /// How long the Store asks to wait.
        retry_after: Option<Duration>,
        /// Whether the request can have changed something all the same.
        effect: Outcome,
    },
    /// Something answered that is not the Store.
    #[error("{what}: the answer ({status}) is not JSON but begins \"{excerpt}\"")]
    NotJson {
        /// What was being done.
        what: String,
        /// The HTTP status.
        status: u16,
        /// The first words of the answer.
        excerpt: String,
        /// What support asks for.
        correlation_id: Option<String>,
        /// Whether the request can have changed something.
        effect: Outcome,
    },
    /// The Store's answer lacks what it must have.
    #[error("{what}: the answer cannot be used")]
    Document {
        /// What was being done.
        what: String,
        /// What is missing.
        source: DocumentError,
        /// Whether the request has changed something.
        effect: Outcome,
    },
    /// Entra gave no token.
    #[error("could not sign in: {message}")]
    SignIn {
        /// Entra's number for it (`AADSTS…`), where it said one.
        aadsts: Option<u32>,
        /// Entra's words.
        message: String,
        /// What Microsoft's support asks for.
        correlation_id: Option<String>,
    },
    /// A credential cannot be used, or brought no token.
    #[error("{what}")]
    Credential {
        /// What is wrong with it, in words.
        what: String,
        /// What is wrong with it.
        fault: Fault,
        /// What lies behind it.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The blob service refused.
    #[error("could not upload to {blob}: {status} {code}{message}", message = if message.is_empty() { String::new() } else { format!(": {message}") })]
    Upload {
        /// The blob, without its signature.
        blob: String,
        /// The HTTP status.
        status: u16,
        /// Azure's code, such as `AuthenticationFailed`.
        code: String,
        /// Azure's words.
        message: String,
        /// Which address was refused.
        address: AddressAge,
    },
    /// What is to be uploaded could not be read.
    #[error("could not read what is to be uploaded")]
    Content(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The Store handed out no address to upload to: the submission was made in Partner Center.
    #[error("submission {submission} has no upload address")]
    NoUploadUrl {
        /// The submission.
        submission: String,
    },
    /// The base address of a service cannot be used.
    #[error("{given:?} is not the address of a service: it must begin with https:// or http:// and have no query")]
    Address {
        /// What was given.
        given: String,
    },
}

/// The age of an upload address that something was refused at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressAge {
    /// It came with the draft.
    First,
    /// The Store gave it out anew because the one before was refused.
    Fresh,
}

/// Whether something that failed has changed the Store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It certainly has not.
    NotDone,
    /// It certainly has.
    Done,
    /// Only a look at the Store can tell.
    Unknown,
}

/// What kind of trouble it is, for whoever picks an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request itself was wrong.
    Invalid,
    /// Credentials, role or account.
    Credentials,
    /// The product's state does not allow it.
    Conflict,
    /// Too many requests.
    Throttled,
    /// There is no such app or submission.
    NotFound,
    /// The network, a proxy, or the service itself.
    Trouble,
}

impl Error {
    /// What kind of trouble it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::SignIn { .. } => Kind::Credentials,
            Self::Credential { fault, .. } => fault.kind(),
            Self::Address { .. } => Kind::Invalid,
            Self::NoUploadUrl { .. } => Kind::Conflict,
            Self::Refused { error, .. } => match (error.status, &error.code) {
                (401 | 403, _) => Kind::Credentials,
                (404, _) => Kind::NotFound,
                (409, _) | (400, Some(ErrorCode::InvalidOperation)) => Kind::Conflict,
                (429, _) => Kind::Throttled,
                (408, _) => Kind::Trouble,
                (400..=499, _) => Kind::Invalid,
                _ => Kind::Trouble,
            },
            Self::Transport { .. } | Self::NotJson { .. } | Self::Document { .. } | Self::Upload { .. } | Self::Content(_) => {
                Kind::Trouble
            }
        }
    }

    /// Whether the Store has been changed.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Transport { effect, .. }
            | Self::Refused { effect, .. }
            | Self::NotJson { effect, .. }
            | Self::Document { effect, .. } => *effect,
            Self::SignIn { .. }
            | Self::Credential { .. }
            | Self::Upload { .. }
            | Self::Content(_)
            | Self::NoUploadUrl { .. }
            | Self::Address { .. } => Outcome::NotDone,
        }
    }

    /// The Store's, Entra's or Azure's code for it, or ours: a word that scripts may rely on.
    pub fn code(&self) -> String {
        match self {
            Self::Transport { source, .. } => match source {
                TransportError::Connect { .. } => "ConnectionFailed".to_owned(),
                TransportError::Broken { .. } => "ConnectionBroken".to_owned(),
                TransportError::Stalled { .. } => "Stalled".to_owned(),
                TransportError::TooLong { .. } => "AnswerTooLong".to_owned(),
            },
            Self::Refused { error, .. } => error.code.as_ref().map_or_else(|| unnamed(error.status), ToString::to_string),
            Self::NotJson { .. } => "NotTheStore".to_owned(),
            Self::Document { .. } => "UnusableAnswer".to_owned(),
            Self::SignIn { aadsts, .. } => aadsts.map_or_else(|| "SignInFailed".to_owned(), |number| format!("AADSTS{number}")),
            Self::Credential { fault, .. } => fault.code().to_owned(),
            Self::Upload { code, .. } => code.clone(),
            Self::Content(_) => "UnreadableFile".to_owned(),
            Self::NoUploadUrl { .. } => "NoUploadUrl".to_owned(),
            Self::Address { .. } => "BadAddress".to_owned(),
        }
    }

    /// The HTTP status of the answer, if one came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { error, .. } => Some(error.status),
            Self::NotJson { status, .. } | Self::Upload { status, .. } => Some(*status),
            Self::Credential { source, .. } => stores(source.as_deref()).and_then(Self::status),
            Self::Transport { .. }
            | Self::Document { .. }
            | Self::SignIn { .. }
            | Self::Content(_)
            | Self::NoUploadUrl { .. }
            | Self::Address { .. } => None,
        }
    }

    /// What Microsoft's support asks for.
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Self::Refused { correlation_id, .. } | Self::NotJson { correlation_id, .. } | Self::SignIn { correlation_id, .. } => {
                correlation_id.as_deref()
            }
            Self::Credential { source, .. } => stores(source.as_deref()).and_then(Self::correlation_id),
            Self::Transport { .. }
            | Self::Document { .. }
            | Self::Upload { .. }
            | Self::Content(_)
            | Self::NoUploadUrl { .. }
            | Self::Address { .. } => None,
        }
    }

    /// How long the Store asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the signed address has run out or was never good.
    pub fn is_stale_url(&self) -> bool {
        matches!(self, Self::Upload { status: 401 | 403, .. }) && !self.is_foreign_refusal()
    }

    /// Whether what refused an upload was not the blob service: its refusals have a code.
    fn is_foreign_refusal(&self) -> bool {
        matches!(self, Self::Upload { status, code, message, .. } if *code == unnamed(*status) && !message.is_empty())
    }

    /// What a person should do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Transport { source: TransportError::Connect { .. }, .. } => {
                "check the network, the proxy settings (HTTPS_PROXY, NO_PROXY), and FLIGHTLINE_CA_FILE if the connection is inspected"
            }
            Self::Transport { .. } => "run the same command again; it looks at the Store first and goes on from there",
            Self::NotJson { .. } => {
                "something between this machine and the Store answered, most likely a proxy or a sign-in page: check HTTPS_PROXY, \
                 FLIGHTLINE_API_URL and FLIGHTLINE_LOGIN_URL"
            }
            Self::SignIn { aadsts, .. } => return Some(remedy(*aadsts).to_owned()),
            Self::Credential { fault, .. } => fault.hint(),
            Self::Refused { error, retry_after, .. } => return refusal(error, *retry_after),
            Self::Upload { address: AddressAge::Fresh, .. } if self.is_stale_url() => {
                "a fresh upload address was refused as well, so age is not what is wrong with it, and another run meets the same. Its \
                 signature may be harmed on the way: let no proxy rewrite addresses of *.blob.core.windows.net (HTTPS_PROXY, NO_PROXY). \
                 Or a clock is wrong: `flightline auth doctor` compares this machine's with Microsoft's. If neither is it, the Store \
                 signs wrongly: its support asks for the id of the draft"
            }
            Self::Upload { .. } if self.is_stale_url() => {
                "the upload address has run out: run the same command again to get a fresh one"
            }
            Self::Upload { .. } if self.is_foreign_refusal() => {
                "something between this machine and the blob service answered, most likely a proxy: check HTTPS_PROXY, and that \
                 *.blob.core.windows.net may be reached"
            }
            Self::Upload { .. } | Self::Document { .. } => "run the same command again; what has been done is not done twice",
            Self::NoUploadUrl { .. } => {
                "it was made in Partner Center: publish or delete it there, then run the same command again"
            }
            Self::Content(_) | Self::Address { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// The same after an earlier attempt that may have changed something.
    pub(crate) fn in_doubt(mut self) -> Self {
        match &mut self {
            Self::Transport { effect, .. }
            | Self::Refused { effect, .. }
            | Self::NotJson { effect, .. }
            | Self::Document { effect, .. } => *effect = Outcome::Unknown,
            Self::SignIn { .. }
            | Self::Credential { .. }
            | Self::Upload { .. }
            | Self::Content(_)
            | Self::NoUploadUrl { .. }
            | Self::Address { .. } => {}
        }
        self
    }

    /// A refusal read from an answer of the blob service, or of whatever stands before it.
    pub(crate) fn upload(blob: &str, status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&body[..body.len().min(16 << 10)]);
        let text = text.trim_start_matches('\u{feff}');
        let tree = roxmltree::Document::parse(text).ok();
        let find = |name: &str| {
            let node = tree.as_ref()?.descendants().find(|node| node.has_tag_name(name))?;
            node.text().map(|text| text.lines().next().unwrap_or_default().trim().to_owned())
        };
        let (code, message) = match find("Code") {
            Some(code) => (code, find("Message").unwrap_or_default()),
            None if body.trim_ascii().is_empty() => (unnamed(status), String::new()),
            None => (unnamed(status), excerpt(body)),
        };
        let (code, message) = (redact(&code), redact(&message));
        Self::Upload { blob: blob.to_owned(), status, code, message, address: AddressAge::First }
    }

    /// The same of an address that the Store has just given out anew.
    pub(crate) fn of_fresh_address(mut self) -> Self {
        if let Self::Upload { address, .. } = &mut self {
            *address = AddressAge::Fresh;
        }
        self
    }
}

/// What helps against a refusal of the Store, as the table of codes has it.
fn refusal(error: &ServiceError, retry_after: Option<Duration>) -> Option<String> {
    let known = match (error.status, &error.code) {
        (400, Some(ErrorCode::InvalidOperation)) => explanation::of(Family::Refusal, ErrorCode::InvalidOperation.as_str()),
        // Entra's own trouble has its number.
        (_, Some(ErrorCode::Other(code))) if code.starts_with("AADSTS") => explanation::of(Family::Entra, code),
        // Of these the Store's own words say what is wrong.
        (400 | 402 | 405..=408 | 410..=428 | 430..=499, _) => None,
        (status, _) => explanation::http(status),
    };
    let remedy = known?.remedy;
    Some(match (remedy.strip_suffix(" later"), retry_after) {
        (Some(when), Some(wait)) if wait > Duration::ZERO => format!("{when} in {}", lasting(wait)),
        _ => remedy.to_owned(),
    })
}

/// A time to wait in words, never too short.
fn lasting(wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1000);
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// The code of a refusal that has none of its own: Azure's always have one.
fn unnamed(status: u16) -> String {
    format!("Http{status}")
}

/// The Store's own words behind what is wrong with a credential.
fn stores<'a>(source: Option<&'a (dyn std::error::Error + Send + Sync + 'static)>) -> Option<&'a Error> {
    source.and_then(|source| source.downcast_ref())
}
