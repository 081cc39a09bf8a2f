//! What can go wrong while the emulator is opened or served. What it answers to a bad request is no error of its own.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the emulator cannot be opened, served, or steered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The account cannot be used; every fault in it is listed.
    #[error("the account cannot be used:{}", Listed(.0))]
    Account(Vec<Fault>),
    /// The word is no pace.
    #[error("{0:?} is no pace; it is one of instant, fast, real and manual")]
    Pace(String),
    /// SQLite refused.
    #[error("working with the emulator's database")]
    Store(#[from] rusqlite::Error),
    /// What the database holds cannot be read back.
    #[error("reading {what} back from the emulator's database")]
    Kept {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The blob service did not start.
    #[error("opening the blob service")]
    Blobs(#[from] crate::blobs::Error),
    /// Another emulator keeps its state in the folder.
    #[error("another emulator is at work in {}", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or folder of the emulator could not be made, read or written.
    #[error("{doing} {}", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The key that signs tokens could not be made or read.
    #[error("preparing the key that signs tokens")]
    Key,
    /// The certificates could not be made.
    #[error("making the certificates")]
    Certificate(#[from] rcgen::Error),
    /// The certificates could not be used.
    #[error("setting up TLS")]
    Tls(#[from] rustls::Error),
    /// An address could not be listened on.
    #[error("listening on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

/// One fault in an account file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it is, such as `applications[0].id`; empty for the file as a whole.
    pub path: String,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.problem),
            path => write!(f, "{path}: {}", self.problem),
        }
    }
}

struct Listed<'a>(&'a [Fault]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}
