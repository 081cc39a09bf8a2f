//! What makes a new file outlast a power cut: on Unix the folder that names it has to be written as well. Elsewhere a folder cannot be
//! asked for that, and the file system sees to it.

use std::io;
use std::path::Path;

/// Waits until the disk has the names in a folder.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    match std::fs::File::open(folder)?.sync_all() {
        // Some network file systems know no such thing.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

/// Waits until the disk has the names in a folder.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
