//! The upload: a ZIP file that never exists as one.
//!
//! Its bytes are a pure function of the files' names and contents: entries are stored, sorted by name and dated 1980-01-01, sizes
//! and CRC-32s stand in the local headers (there are no data descriptors), and ZIP64 is used only where it is needed. So another
//! machine with the same files makes the same bytes, and any range of them can be made at any time.
//!
//! Each file is read once. Its CRC-32 is made of the parts that are read for the upload, in whatever order that happens, and the
//! headers that need it are sent last.

mod error;
mod file;
mod layout;
mod name;
mod sum;

use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use flightline_client::upload::{Content, Filled};

pub use self::error::ArchiveError;
use self::file::Planned;
use self::layout::{Layout, Piece};
use self::sum::Sum;

/// Files of at least this many bytes travel in blocks of their own, so that a change to one leaves the blocks of the others as they
/// are.
const OWN_BLOCKS: u64 = 1 << 20;

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
    sums: Vec<Sum>,
    layout: Layout,
}

impl Archive {
    /// Lays an archive out. No file is read for it.
    ///
    /// # Errors
    /// Names that are no safe relative paths, or the same in all but case; files that are not regular, or cannot be opened.
    pub fn plan(mut entries: Vec<Entry>) -> Result<Self, ArchiveError> {
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        name::check(entries.iter().map(|entry| entry.name.as_str()))?;
        let files: Vec<Planned> = entries.iter().map(|entry| Planned::look(&entry.path)).collect::<Result<_, _>>()?;
        let sums = files.iter().map(|file| Sum::new(file.length)).collect();
        let named = entries.into_iter().zip(&files).map(|(entry, file)| (entry.name, file.length));
        Ok(Self { layout: Layout::new(named.collect())?, files, sums })
    }

    /// How many bytes the archive has.
    #[expect(clippy::len_without_is_empty, reason = "an archive without files still has an end record")]
    pub fn len(&self) -> u64 {
        self.layout.len()
    }

    /// The names of its entries, in its order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layout.names()
    }

    /// Makes `length` bytes of the archive, from `offset` on. It may be called from several threads at once. A file whose CRC-32 is
    /// needed and not known yet is read whole for it.
    ///
    /// # Errors
    /// A range that reaches past the archive's end; a file that cannot be read, or is not what it was.
    pub fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, ArchiveError> {
        self.bound(offset, length)?;
        let mut bytes = BytesMut::zeroed(length);
        if self.fill(offset, &mut bytes, &mut |_| {})? == Filled::Later {
            let needed = self.layout.sums_needed(offset, length as u64);
            needed.into_iter().filter(|file| self.sums[*file].whole().is_none()).try_for_each(|file| self.learn(file))?;
            self.fill(offset, &mut bytes, &mut |_| {})?;
        }
        Ok(bytes.freeze())
    }

    /// Fills a buffer with the bytes from `offset` on, and shows them part by part. Where a header needs a CRC-32 that is not known
    /// yet, what is read still counts towards it, and the buffer has to be filled later.
    fn fill(&self, offset: u64, buffer: &mut [u8], seen: &mut dyn FnMut(&[u8])) -> Result<Filled, ArchiveError> {
        let end = self.bound(offset, buffer.len())?;
        let (mut position, mut rest, mut filled) = (offset, buffer, Filled::Whole);
        while position < end {
            let piece = self.layout.piece(position);
            let length = usize::try_from(end.min(self.layout.end_of(piece)) - position).map_err(|_| ArchiveError::TooLarge)?;
            let (room, after) = rest.split_at_mut(length);
            match (piece, self.made(piece)) {
                (Piece::Data { file, start }, _) => self.read(file, position - start, room, seen)?,
                (Piece::Header { start, .. } | Piece::Ending { start }, Some(bytes)) => {
                    let from = usize::try_from(position - start).map_err(|_| ArchiveError::TooLarge)?;
                    room.copy_from_slice(&bytes[from..from + length]);
                    seen(room);
                }
                (_, None) => filled = Filled::Later,
            }
            position += length as u64;
            rest = after;
        }
        Ok(filled)
    }

    /// Where a range ends, which lies in the archive.
    fn bound(&self, offset: u64, length: usize) -> Result<u64, ArchiveError> {
        let past = ArchiveError::Range { offset, length, total: self.len() };
        offset.checked_add(length as u64).filter(|end| *end <= self.len()).ok_or(past)
    }

    /// The bytes of a header or of the ending, if all CRC-32s in it are known.
    fn made(&self, piece: Piece) -> Option<Vec<u8>> {
        match piece {
            Piece::Header { file, .. } => Some(self.layout.header(file, self.sums[file].whole()?)),
            Piece::Ending { .. } => {
                let sums: Option<Vec<u32>> = self.sums.iter().map(Sum::whole).collect();
                Some(self.layout.ending(&sums?))
            }
            Piece::Data { .. } => None,
        }
    }

    /// Reads a part of a file. A part that was read before has to be the same again.
    fn read(&self, file: usize, offset: u64, room: &mut [u8], seen: &mut dyn FnMut(&[u8])) -> Result<(), ArchiveError> {
        let planned = &self.files[file];
        let mut hasher = crc32fast::Hasher::new();
        planned.open()?.fill(room, offset, &mut |part| {
            hasher.update(part);
            seen(part);
        })?;
        if self.sums[file].add(offset, room.len() as u64, hasher.finalize()) { Ok(()) } else { Err(planned.changed()) }
    }

    /// Reads a file for its CRC-32 alone.
    fn learn(&self, file: usize) -> Result<(), ArchiveError> {
        let mut hasher = crc32fast::Hasher::new();
        self.files[file].open()?.each(&mut |part| hasher.update(part))?;
        if self.sums[file].settle(hasher.finalize()) { Ok(()) } else { Err(self.files[file].changed()) }
    }
}

impl Content for Archive {
    fn len(&self) -> u64 {
        Self::len(self)
    }

    /// Files of some size have blocks of their own; what is between them, headers and small files, has others.
    fn blocks(&self, most: u64) -> Vec<u64> {
        self.layout.blocks(most, OWN_BLOCKS)
    }

    fn fill(
        &self,
        offset: u64,
        buffer: &mut [u8],
        seen: &mut dyn FnMut(&[u8]),
    ) -> Result<Filled, Box<dyn std::error::Error + Send + Sync>> {
        Self::fill(self, offset, buffer, seen).map_err(Into::into)
    }
}
