//! Writes files that are for their owner only. Unix alone has a word for that when a file is made; elsewhere the folder's own rules
//! hold.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes `content` to a file that only its owner can read.
pub(super) fn write(path: &Path, content: &str) -> io::Result<()> {
    // What is there may be readable for others, and keeps its rights when it is opened again.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create(path)?.write_all(content.as_bytes())
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
