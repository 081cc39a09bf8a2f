//! Microsoft Entra ID as far as a publisher meets it: the token endpoints, managed identity, and the documents that sign-in libraries
//! look at first. For the one principal of the account.
//!
//! | file | holds |
//! |---|---|
//! | `principal` | who may sign in, and with what |
//! | `endpoint`, `form` | the token endpoints and what is posted to them |
//! | `proof`, `assertion`, `certificate`, `key`, `der` | how the principal shows that it is the one |
//! | `managed` | tokens for machines in Azure |
//! | `discovery` | where things are |
//! | `token` | what is handed out |
//! | `refusal` | how it says no |

mod assertion;
mod certificate;
mod der;
mod discovery;
mod endpoint;
mod form;
mod key;
mod managed;
mod principal;
mod proof;
mod refusal;
pub(crate) mod token;

pub(crate) use principal::{Credentials, Principal, Role};

use crate::reply::respond;
use axum::response::Response;
use discovery::Discovery;
use endpoint::Endpoint;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::request::Parts;
use jiff::Timestamp;
use managed::Managed;
use rusqlite::{OptionalExtension, Transaction, params};
use token::Signer;

/// What tokens for the API are for.
pub(crate) const AUDIENCE: &str = "https://manage.devcenter.microsoft.com";

/// The table of this room.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS setting (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;";

/// Reads one of the values that the emulator keeps about itself.
pub(crate) fn setting(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<String>> {
    tx.query_row("SELECT value FROM setting WHERE name = ?", params![name], |row| row.get(0)).optional()
}

/// Keeps such a value.
pub(crate) fn set(tx: &Transaction<'_>, name: &str, value: &str) -> rusqlite::Result<()> {
    tx.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", params![name, value])?;
    Ok(())
}

/// What requests are answered with.
pub(crate) struct Desk<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) signer: &'a Signer,
    pub(crate) now: Timestamp,
    /// Scheme and host that the request came to.
    pub(crate) base: &'a str,
}

/// Which of Entra's services a path means.
#[derive(Debug)]
pub(crate) struct Service<'a>(Which<'a>);

#[derive(Debug)]
enum Which<'a> {
    Token(Endpoint<'a>),
    Managed(Managed),
    Discovery(Discovery<'a>),
}

impl<'a> Service<'a> {
    /// The service, if the path is one of Entra's.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let token = Endpoint::parse(&segments).map(Which::Token);
        let managed = || Managed::parse(&segments).map(Which::Managed);
        let discovery = || Discovery::parse(&segments).map(Which::Discovery);
        token.or_else(managed).or_else(discovery).map(Self)
    }

    /// Answers a request.
    pub(crate) fn answer(&self, head: &Parts, body: &[u8], desk: &Desk<'_>) -> Response {
        let answered = match &self.0 {
            Which::Token(endpoint) => endpoint.grant(&head.method, body, desk),
            Which::Discovery(discovery) => discovery.document(desk),
            Which::Managed(managed) => {
                let (status, body) = managed.answer(head, desk);
                return uncached(respond(status, Some(&body)));
            }
        };
        uncached(match answered {
            Ok(body) => respond(StatusCode::OK, Some(&body)),
            Err(refusal) => respond(refusal.status, Some(&refusal.body(desk.now))),
        })
    }
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response
}
