//! A file of an archive, which has to stay as it was when the archive was planned.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rawzip::{FileReader, ReaderAt};

use super::ArchiveError;

/// Bytes that are read at a time: they are still in the processor's cache when checksums are made of them.
const STEP: usize = 256 * 1024;

/// A file as it was when the archive was planned.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    path: PathBuf,
    pub(super) length: u64,
    modified: Option<SystemTime>,
}

/// A planned file that is open, and known to be unchanged when it was opened.
pub(super) struct Open<'a> {
    planned: &'a Planned,
    file: FileReader,
}

impl Planned {
    /// Looks at a file, and tries whether it can be opened.
    pub(super) fn look(path: &Path) -> Result<Self, ArchiveError> {
        let planned = Self::stat(path)?;
        planned.open()?;
        Ok(planned)
    }

    fn stat(path: &Path) -> Result<Self, ArchiveError> {
        // Not by an open file: to open a pipe waits for someone to write.
        let metadata = std::fs::metadata(path).map_err(|source| ArchiveError::Read { path: path.to_owned(), source })?;
        if !metadata.is_file() {
            return Err(ArchiveError::NotRegular { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), length: metadata.len(), modified: metadata.modified().ok() })
    }

    fn check(&self) -> Result<(), ArchiveError> {
        let now = Self::stat(&self.path)?;
        if (now.length, now.modified) == (self.length, self.modified) { Ok(()) } else { Err(self.changed()) }
    }

    pub(super) fn open(&self) -> Result<Open<'_>, ArchiveError> {
        self.check()?;
        let file = std::fs::File::open(&self.path).map_err(|source| self.unreadable(source))?;
        Ok(Open { planned: self, file: FileReader::from(file) })
    }

    pub(super) fn changed(&self) -> ArchiveError {
        ArchiveError::Changed { path: self.path.clone() }
    }

    fn unreadable(&self, source: std::io::Error) -> ArchiveError {
        ArchiveError::Read { path: self.path.clone(), source }
    }
}

impl Open<'_> {
    /// Fills a buffer from `offset` on and shows it part by part. A file that is shorter by now has changed, and so has one that
    /// changes meanwhile.
    pub(super) fn fill(&self, buffer: &mut [u8], offset: u64, seen: &mut dyn FnMut(&[u8])) -> Result<(), ArchiveError> {
        let mut at = offset;
        for part in buffer.chunks_mut(STEP) {
            self.read(part, at)?;
            at += part.len() as u64;
            seen(part);
        }
        self.planned.check()
    }

    /// Shows the whole file part by part.
    pub(super) fn each(&self, seen: &mut dyn FnMut(&[u8])) -> Result<(), ArchiveError> {
        let mut buffer = vec![0; STEP];
        let mut at = 0;
        while at < self.planned.length {
            let left = usize::try_from(self.planned.length - at).unwrap_or(STEP);
            let part = &mut buffer[..left.min(STEP)];
            self.read(part, at)?;
            at += part.len() as u64;
            seen(part);
        }
        self.planned.check()
    }

    fn read(&self, part: &mut [u8], at: u64) -> Result<(), ArchiveError> {
        match self.file.read_exact_at(part, at) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(self.planned.changed()),
            Err(error) => Err(self.planned.unreadable(error)),
        }
    }
}
