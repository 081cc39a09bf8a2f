//! What a publish leaves that was put off: a file that says what was skipped, why, and how it is done later.

use crate::apply::Outcome;
use crate::clock;
use crate::error::product;
use crate::journal::{Journal, JournalError};
use crate::slot::{Busy, Origin};
use flightline_client::chain::chain;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::target::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The format of tickets that are written; a later one is refused.
const FORMAT: u32 = 1;

/// The end of a ticket's file name, in place of the state file's.
const ENDING: &str = "ticket.json";

/// The longest ticket that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// A publish that was put off because something else was in the slot. It lies beside the product's state file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// The format of the ticket.
    pub format: u32,
    /// The path of the product.
    pub product: String,
    /// When it was written.
    pub at: Timestamp,
    /// The submission that was in the way.
    pub submission: String,
    /// Where that stood.
    pub status: String,
    /// Where that was made: `portal`, `api` or `unknown`.
    pub origin: String,
    /// The command that does it later.
    pub command: String,
    /// What was wished, as a digest.
    pub wish: String,
    /// The arguments of the command that was put off.
    pub arguments: Value,
}

/// Leaves a ticket for a publish that was put off and gives its file, or clears the one that has become void: because what it was for
/// is done, or because something else was published since.
///
/// # Errors
/// When the file cannot be written or removed.
pub fn keep(journal: &Journal, target: &Target, outcome: &Outcome) -> Result<Option<(PathBuf, Ticket)>, JournalError> {
    let file = journal.path().with_extension(ENDING);
    let run = journal.run();
    let Outcome::Skipped(busy) = outcome else {
        let is_void = |ticket: &Ticket| ticket.wish == run.wish || run.began.is_some_and(|began| began > ticket.at);
        // One that cannot be read says nothing to anybody.
        if file.exists() && read(&file).is_ok_and(|ticket| is_void(&ticket)) {
            std::fs::remove_file(&file).map_err(failed("clear", &file))?;
        }
        return Ok(None);
    };
    let ticket = Ticket::new(target, busy, &run.wish, run.arguments);
    write(&ticket, &file).map_err(failed("write", &file))?;
    Ok(Some((file, ticket)))
}

/// The tickets in a folder, the oldest first.
///
/// # Errors
/// When the folder cannot be listed, or a ticket is of a later version. What is no ticket is passed over.
pub fn all(folder: &Path) -> Result<Vec<Ticket>, JournalError> {
    let mut tickets = Vec::new();
    for file in Journal::files(folder)? {
        let file = file.with_extension(ENDING);
        if !file.exists() {
            continue;
        }
        match read(&file) {
            Ok(ticket) if ticket.format > FORMAT => return Err(JournalError::Later { file }),
            Ok(ticket) => tickets.push(ticket),
            Err(error) => tracing::warn!(error = %chain(&error), file = %file.display(), "passed over"),
        }
    }
    tickets.sort_by_key(|ticket| ticket.at);
    Ok(tickets)
}

impl Ticket {
    fn new(target: &Target, busy: &Busy, wish: &str, arguments: Value) -> Self {
        let origin = match busy.origin {
            Origin::Portal => "portal",
            Origin::Api => "api",
            Origin::Unknown => "unknown",
        };
        Self {
            format: FORMAT,
            product: target.path(),
            at: clock::now(),
            submission: SubmissionId::as_str(&busy.id).to_owned(),
            status: SubmissionStatus::as_str(&busy.status).to_owned(),
            origin: origin.to_owned(),
            command: format!("flightline resume {}", product(target)),
            wish: wish.to_owned(),
            arguments,
        }
    }
}

/// All of it or nothing: whoever reads meanwhile finds the old one or the new one.
fn write(ticket: &Ticket, file: &Path) -> io::Result<()> {
    let beside = file.with_extension("json.new");
    let mut text = serde_json::to_string_pretty(ticket)?;
    text.push('\n');
    let mut new = std::fs::File::create(&beside)?;
    new.write_all(text.as_bytes()).and_then(|()| new.sync_all())?;
    drop(new);
    std::fs::rename(&beside, file)
}

fn read(file: &Path) -> io::Result<Ticket> {
    let mut text = Vec::new();
    std::fs::File::open(file)?.take(LONGEST).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

fn failed(act: &'static str, file: &Path) -> impl FnOnce(io::Error) -> JournalError + use<> {
    let file = file.to_owned();
    move |source| JournalError::File { act, file, source }
}
