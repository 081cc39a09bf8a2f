//! What can go wrong inside the blob service itself. What a caller does wrong is answered in Azure's words instead.

use std::io;
use std::path::PathBuf;

/// A fault of the blob service's own: its database, its files or its random source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused a statement.
    #[error("blob database")]
    Store(#[from] rusqlite::Error),
    /// The database holds something that this version did not write.
    #[error("blob database holds {what} that cannot be read")]
    Record {
        /// Which kind of record.
        what: &'static str,
    },
    /// A file or folder of blocks could not be made, read, moved or removed.
    #[error("blob file {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A container or blob name that Azure would not accept.
    #[error("{container}/{blob} cannot be the name of a blob")]
    Name {
        /// The container asked for.
        container: String,
        /// The blob asked for.
        blob: String,
    },
    /// The system gave no random bytes, or the drawn signatures never came out as wanted.
    #[error("random bytes for a signature")]
    Random,
    /// A signature was to end beyond the calendar.
    #[error("a signed address that ends beyond the calendar")]
    Life,
    /// A step given to another thread did not come back.
    #[error("a file step was cut off")]
    Interrupted,
}

impl Error {
    /// Wraps what the system said about `path`.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
