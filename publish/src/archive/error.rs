//! Why an archive cannot be planned or read.

use std::io;
use std::path::PathBuf;

/// What keeps an archive from being planned or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A name that is no safe relative path.
    #[error("the name {name:?} cannot be used in an upload: {why}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two names that are the same in all but case, or of which one is a folder of the other.
    #[error("the names {first:?} and {second:?} cannot both be in an upload")]
    Clash {
        /// The one that comes first in the archive.
        first: String,
        /// The other one.
        second: String,
    },
    /// Something that is not a regular file.
    #[error("{} is not a regular file", path.display())]
    NotRegular {
        /// Where it is.
        path: PathBuf,
    },
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file that is not as it was when the archive was planned.
    #[error("{} has changed since the upload was planned", path.display())]
    Changed {
        /// Where it is.
        path: PathBuf,
    },
    /// An archive whose length cannot be counted.
    #[error("the files are too large together")]
    TooLarge,
    /// A range that reaches past the archive's end.
    #[error("{length} bytes at {offset} reach past the end of an upload of {total} bytes")]
    Range {
        /// Where the range starts.
        offset: u64,
        /// How many bytes it has.
        length: usize,
        /// How many bytes the archive has.
        total: u64,
    },
}
