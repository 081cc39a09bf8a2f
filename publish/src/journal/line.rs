//! The lines of a state file, each with its time, and how they are read.

use super::JournalError;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::path::Path;

/// The format of the lines that are written. A line that an older version could misread gets a new number, and the first line that a
/// process writes says it, so that an older version stops there instead of guessing. Every older format is read.
///
/// 1: no times but that of a run; 2: each line has its time, and runs say that they go on and why they stopped.
pub const FORMAT: u32 = 2;

/// A line with the time that it was written at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was written; nobody knows in format 1, where only the beginnings of runs have a time.
    #[serde(default, deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The line.
    #[serde(flatten)]
    pub line: Line,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Line {
    /// A run begins.
    Run {
        /// The format of the lines that follow.
        format: u32,
        /// The path of the product.
        product: String,
        /// What is wished, as a digest: the same wish goes on, another one begins anew.
        wish: String,
        /// The arguments that the run was called with, for `resume`.
        arguments: Value,
    },
    /// The same is wished again, and the run goes on.
    Resumed {
        /// The format of the lines that follow.
        format: u32,
        /// The arguments that it was called with this time.
        arguments: Value,
    },
    /// A draft is about to be made.
    CreateStarted,
    /// The draft is there, and an answer told us so.
    Created {
        /// The draft.
        submission: String,
    },
    /// A draft was found that nobody works on, and from now on it is ours.
    Adopted {
        /// The draft.
        submission: String,
    },
    /// The Store has refused to make one.
    CreateRefused,
    /// The document was stored.
    Updated {
        /// The draft.
        submission: String,
        /// What the Store says that it stored, as a digest: whoever finds something else there knows that somebody else wrote it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<String>,
    },
    /// The files are in the blob.
    Uploaded {
        /// The draft.
        submission: String,
        /// The blob, without a signature.
        blob: String,
        /// Its length in bytes.
        length: u64,
        /// What it is the archive of, as a digest.
        content: String,
    },
    /// The draft is about to be committed.
    CommitStarted {
        /// The draft.
        submission: String,
    },
    /// The Store has taken the commit.
    Committed {
        /// The submission.
        submission: String,
        /// What the Store calls the exchange, for support.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation_id: Option<String>,
    },
    /// A submission of ours is about to be deleted.
    DeleteStarted {
        /// The submission.
        submission: String,
    },
    /// A submission of ours was deleted.
    Deleted {
        /// The submission.
        submission: String,
    },
    /// The rollout of the live submission is about to be ended.
    RolloutStarted {
        /// The live submission.
        submission: String,
        /// `finalize` or `halt`.
        action: String,
    },
    /// The rollout of the live submission is over.
    RolloutEnded {
        /// The live submission.
        submission: String,
        /// `finalize` or `halt`.
        action: String,
    },
    /// The process stopped with an error, and the run is still to be gone on with.
    Stopped {
        /// The error's code.
        code: String,
    },
    /// The run is over.
    Settled {
        /// How it ended: the code of an outcome, `failed`, or `stopped` where nothing had begun.
        end: String,
        /// The error's code, where it ended with one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
}

/// The entries, and how many bytes they take up: fewer than there are when the last line is not whole. That is one without its end, and
/// one that is no JSON: a disk may have had the end of a line before its beginning.
pub(super) fn parse(text: &[u8], path: &Path) -> Result<(Vec<Entry>, usize), JournalError> {
    let mut entries = Vec::new();
    let mut whole = 0;
    for (number, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let is_last = whole + line.len() == text.len();
        let damaged = || JournalError::Damaged { file: path.to_owned(), line: number + 1 };
        if line.trim_ascii().is_empty() && !is_last {
            whole += line.len();
            continue;
        }
        let value: Value = match serde_json::from_slice(line) {
            Ok(value) if line.ends_with(b"\n") => value,
            _ if is_last => break,
            _ => return Err(damaged()),
        };
        if value.get("format").and_then(Value::as_u64).is_some_and(|format| format > u64::from(FORMAT)) {
            return Err(JournalError::Later { file: path.to_owned() });
        }
        entries.push(serde_json::from_value(value).map_err(|_| damaged())?);
        whole += line.len();
    }
    Ok((entries, whole))
}

/// A time is for people: one that cannot be read is none.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.parse().ok()))
}
