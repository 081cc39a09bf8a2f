//! The terminal that a process has on stderr: one moving line at its foot, and everything else above it.

use anstream::AutoStream;
use indicatif::{MultiProgress, ProgressBar};
use std::io::{self, Write};
use std::sync::LazyLock;

/// Draws on stderr, and only where that is a terminal. There is one terminal, however many write to it.
static SCREEN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Puts a moving line at the foot.
pub(crate) fn add(bar: ProgressBar) -> ProgressBar {
    SCREEN.add(bar)
}

/// Writes while no moving line is in the way.
pub(crate) fn aside<T>(write: impl FnOnce() -> T) -> T {
    SCREEN.suspend(write)
}

/// stderr, without the moving line in the way.
pub(crate) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        aside(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Writes a line for people to stderr.
pub(crate) fn line(text: &str) {
    // Nobody can be told that stderr is gone.
    let _ = aside(|| writeln!(AutoStream::auto(io::stderr()).lock(), "{text}"));
}
