//! Bytes that can be read at any place: a file, a stored entry of a ZIP in it, or a deflated one.

use std::fs::File;
use std::io;
use std::sync::Arc;

use rawzip::{FileReader, ReaderAt};

use super::inflated::Inflated;

/// Bytes of a known length that can be read at any place.
#[derive(Debug)]
pub(super) enum Source {
    /// A whole file.
    File { file: FileReader, length: u64 },
    /// A range of other bytes.
    Part { whole: Arc<Source>, start: u64, length: u64 },
    /// What a deflated range of other bytes holds.
    Inflated(Box<Inflated>),
}

impl Source {
    /// The bytes of an open file.
    pub(super) fn file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File { file: FileReader::from(file), length })
    }

    /// A range of these bytes; refused where it reaches past their end.
    pub(super) fn part(self: &Arc<Self>, start: u64, length: u64) -> Option<Self> {
        let end = start.checked_add(length)?;
        (end <= self.len()).then(|| Self::Part { whole: Arc::clone(self), start, length })
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::File { length, .. } | Self::Part { length, .. } => *length,
            Self::Inflated(inflated) => inflated.len(),
        }
    }
}

impl ReaderAt for Source {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.len().saturating_sub(offset);
        let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let buffer = &mut buffer[..wanted];
        if buffer.is_empty() {
            return Ok(0);
        }
        match self {
            Self::File { file, .. } => file.read_at(buffer, offset),
            Self::Part { whole, start, .. } => {
                let offset = start.checked_add(offset).ok_or(io::ErrorKind::UnexpectedEof)?;
                whole.read_at(buffer, offset)
            }
            Self::Inflated(inflated) => inflated.read_at(buffer, offset),
        }
    }
}
