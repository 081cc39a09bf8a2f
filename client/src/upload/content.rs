//! What is uploaded.

use bytes::Bytes;
use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Bytes that can be read in any order, any number of times, from several threads.
pub trait Content: Send + Sync {
    /// The length in bytes.
    fn len(&self) -> u64;

    /// Whether there is nothing in it.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lengths of the blocks that it is best sent in, none above `most` bytes. Content that keeps what it is made of apart is
    /// sent again in part only, when a part of it changes.
    fn blocks(&self, most: u64) -> Vec<u64> {
        let rest = self.len() % most;
        let whole = (0..self.len() / most).map(|_| most);
        whole.chain((rest > 0).then_some(rest)).collect()
    }

    /// Fills `buffer` with the bytes from `offset` on, and shows each part of it to `seen` as soon as it is there, in order: it is
    /// still in the processor's cache then. Blocks the thread while it reads.
    ///
    /// # Errors
    /// When the bytes cannot be read, or are no longer what they were.
    fn fill(&self, offset: u64, buffer: &mut [u8], seen: &mut dyn FnMut(&[u8])) -> Result<Filled, Box<dyn Error + Send + Sync>>;
}

/// What has become of a buffer that was to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// It is full.
    Whole,
    /// It depends on other bytes of the content: to be asked for once more when all others have been read.
    Later,
}

/// Bytes that are read at a time: they stay in the cache while checksums are made of them.
const STEP: usize = 256 << 10;

impl Content for Bytes {
    fn len(&self) -> u64 {
        Self::len(self) as u64
    }

    fn fill(&self, offset: u64, buffer: &mut [u8], seen: &mut dyn FnMut(&[u8])) -> Result<Filled, Box<dyn Error + Send + Sync>> {
        let from = usize::try_from(offset)?;
        let part = from.checked_add(buffer.len()).and_then(|end| self.get(from..end)).ok_or("past the end")?;
        buffer.copy_from_slice(part);
        seen(buffer);
        Ok(Filled::Whole)
    }
}

/// A file as it is.
#[derive(Debug)]
pub struct FileContent {
    file: Mutex<File>,
    length: u64,
}

impl FileContent {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        // Looked at first: opening a pipe waits until somebody writes into it.
        if !std::fs::metadata(path)?.is_file() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = File::open(path)?;
        Ok(Self { length: file.metadata()?.len(), file: Mutex::new(file) })
    }
}

impl Content for FileContent {
    fn len(&self) -> u64 {
        self.length
    }

    fn fill(&self, offset: u64, buffer: &mut [u8], seen: &mut dyn FnMut(&[u8])) -> Result<Filled, Box<dyn Error + Send + Sync>> {
        let mut at = offset;
        for part in buffer.chunks_mut(STEP) {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(part)?;
            drop(file);
            at += part.len() as u64;
            seen(part);
        }
        Ok(Filled::Whole)
    }
}
