//! The upload: a ZIP file that never exists as one.
//!
//! Its bytes are a pure function of the files' names and contents: entries are stored, sorted by name and dated 1980-01-01, sizes
//! and CRC-32s stand in the local headers (there are no data descriptors), and ZIP64 is used only where it is needed. So another
//! machine with the same files makes the same bytes, and any range of them can be made at any time.

mod checksum;
mod error;
mod layout;
mod name;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use rawzip::{FileReader, ReaderAt};

pub use self::error::ArchiveError;
use self::layout::{Layout, Piece};

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path in the archive, with `/` between folders.
    pub name: String,
    /// Where its bytes are.
    pub path: PathBuf,
}

/// A planned archive, whose bytes are made when they are asked for.
#[derive(Debug)]
pub struct Archive {
    files: Vec<Planned>,
    layout: Layout,
    checksums: Vec<u32>,
    /// What follows the last file. It is the only part that needs all checksums at once.
    ending: Bytes,
}

/// A file as it was when the archive was planned.
#[derive(Debug, Clone)]
struct Planned {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl Archive {
    /// Lays an archive out. Every file is read once, for its CRC-32.
    ///
    /// # Errors
    /// Names that are no safe relative paths, or the same in all but case; files that are not regular, cannot be read, or change
    /// while they are read.
    pub fn plan(mut entries: Vec<Entry>) -> Result<Self, ArchiveError> {
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        name::check(entries.iter().map(|entry| entry.name.as_str()))?;
        let files: Vec<Planned> = entries.iter().map(|entry| Planned::stat(&entry.path)).collect::<Result<_, _>>()?;
        let named = entries.into_iter().zip(&files).map(|(entry, file)| (entry.name, file.length));
        let layout = Layout::new(named.collect())?;
        let checksums = checksum::all(&files)?;
        let ending = layout.ending(&checksums);
        Ok(Self { files, layout, checksums, ending })
    }

    /// How many bytes the archive has.
    #[expect(clippy::len_without_is_empty, reason = "an archive without files still has an end record")]
    pub fn len(&self) -> u64 {
        self.layout.directory() + self.ending.len() as u64
    }

    /// The names of its entries, in its order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layout.names()
    }

    /// What stands for all that is in the archive: equal digests mean equal names, sizes and CRC-32s. No file is read for it, and
    /// as CRC-32s can be forged it is no proof against an attacker.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for ((name, file), checksum) in self.names().zip(&self.files).zip(&self.checksums) {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(&file.length.to_le_bytes());
            hasher.update(&checksum.to_le_bytes());
        }
        hasher.finalize().into()
    }

    /// Makes `length` bytes of the archive, from `offset` on. It may be called from several threads at once.
    ///
    /// # Errors
    /// A range that reaches past the archive's end; a file that cannot be read, or that has changed its length or its time since
    /// the archive was planned.
    pub fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, ArchiveError> {
        let past = ArchiveError::Range { offset, length, total: self.len() };
        let end = offset.checked_add(length as u64).filter(|end| *end <= self.len()).ok_or(past)?;
        let mut bytes = BytesMut::with_capacity(length);
        let mut position = offset;
        while position < end {
            let before = bytes.len();
            self.append(&mut bytes, position, end)?;
            position += (bytes.len() - before) as u64;
        }
        Ok(bytes.freeze())
    }

    /// Adds the bytes from `position` to the end of the piece that they are in, or to `end`.
    fn append(&self, bytes: &mut BytesMut, position: u64, end: u64) -> Result<(), ArchiveError> {
        match self.layout.piece(position) {
            Piece::Header { file, start } => {
                let header = self.layout.header(file, self.checksums[file]);
                bytes.extend_from_slice(cut(&header, start, position, end));
            }
            Piece::Data { file, start } => {
                let planned = &self.files[file];
                let stop = end.min(start + planned.length);
                let from = bytes.len();
                bytes.resize(from + usize::try_from(stop - position).map_err(|_| ArchiveError::TooLarge)?, 0);
                planned.open()?.fill(&mut bytes[from..], position - start)?;
            }
            Piece::Ending { start } => bytes.extend_from_slice(cut(&self.ending, start, position, end)),
        }
        Ok(())
    }
}

/// The part of a piece that starts at `start` which lies between two positions.
fn cut(piece: &[u8], start: u64, position: u64, end: u64) -> &[u8] {
    let clamp = |at: u64| usize::try_from(at - start).map_or(piece.len(), |at| at.min(piece.len()));
    &piece[clamp(position)..clamp(end)]
}

/// A planned file that is open, and known to be unchanged when it was opened.
struct Open<'a> {
    planned: &'a Planned,
    file: FileReader,
}

impl Planned {
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

    fn open(&self) -> Result<Open<'_>, ArchiveError> {
        self.check()?;
        let file = std::fs::File::open(&self.path).map_err(|source| self.unreadable(source))?;
        Ok(Open { planned: self, file: FileReader::from(file) })
    }

    fn changed(&self) -> ArchiveError {
        ArchiveError::Changed { path: self.path.clone() }
    }

    fn unreadable(&self, source: std::io::Error) -> ArchiveError {
        ArchiveError::Read { path: self.path.clone(), source }
    }
}

impl Open<'_> {
    /// Fills a buffer from `offset` on. A file that is shorter by now has changed, and so has one that changes meanwhile.
    fn fill(&self, buffer: &mut [u8], offset: u64) -> Result<(), ArchiveError> {
        match self.file.read_exact_at(buffer, offset) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Err(self.planned.changed()),
            Err(error) => return Err(self.planned.unreadable(error)),
        }
        self.planned.check()
    }
}
