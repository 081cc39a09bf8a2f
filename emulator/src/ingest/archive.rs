//! Reads ZIP archives in place, one inside the other, without ever holding more than a few kilobytes of what they claim to hold.

use flate2::read::DeflateDecoder;
use percent_encoding::percent_decode;
use rawzip::{CompressionMethod, FileReader, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Something that can be read in any order.
pub(crate) type Source = Arc<dyn ReaderAt + Send + Sync>;

/// Entries that an archive may have.
const MOST_ENTRIES: usize = 200_000;

/// Bytes that the names of an archive's entries may have together.
const MOST_NAMES: usize = 32 << 20;

/// Bytes that a compressed archive inside an archive may unpack to: so many, or so many times its packed size.
const MOST_UNPACKED: u64 = 4 << 30;
const LEAST_SUSPECT: u64 = 64 << 20;
const MOST_RATIO: u64 = 50;

/// Bytes of manifests and block maps that are read out of one upload, and bytes that the archives in it may unpack to together: entries
/// may share their bytes, so an upload can hold far more than its length.
const MOST_READ: u64 = 1 << 30;
const MOST_UNPACKED_TOGETHER: u64 = 64 << 30;

/// Why an archive, or something in it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("it is no ZIP archive, or a damaged one ({0})")]
    Damaged(String),
    #[error("it has too many entries")]
    TooManyEntries,
    #[error("{0} is encrypted")]
    Encrypted(String),
    #[error("{0} is compressed in a way that is not supported")]
    Method(String),
    #[error("{0} is larger than it may be")]
    TooLarge(String),
    #[error("{name} cannot be read ({reason})")]
    Unreadable { name: String, reason: String },
}

/// A stretch of something readable, itself readable from its own zero.
#[derive(Clone)]
pub(crate) struct Part {
    source: Source,
    start: u64,
    length: u64,
    left: Arc<Left>,
}

/// What may still be read and unpacked of one upload.
struct Left {
    read: AtomicU64,
    unpacked: AtomicU64,
}

/// Takes from what is left; false if there is not as much.
fn spend(left: &AtomicU64, bytes: u64) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
}

impl Part {
    pub(crate) fn new(source: Source, length: u64) -> Self {
        let left = Left { read: AtomicU64::new(MOST_READ), unpacked: AtomicU64::new(MOST_UNPACKED_TOGETHER) };
        Self { source, start: 0, length, left: Arc::new(left) }
    }

    /// The first bytes, as many as there are up to four.
    pub(crate) fn magic(&self) -> [u8; 4] {
        let mut magic = [0; 4];
        let wanted = usize::try_from(self.length.min(4)).unwrap_or(4);
        if self.read_exact_at(&mut magic[..wanted], 0).is_err() {
            return [0; 4];
        }
        magic
    }
}

impl ReaderAt for Part {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        match self.start.checked_add(offset) {
            Some(offset) if wanted > 0 => self.source.read_at(&mut buf[..wanted], offset),
            _ => Ok(0),
        }
    }
}

/// How the names in an archive are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// As written; a backslash counts as a slash.
    Exact,
    /// As in packages: percent-encoded, and without regard to case.
    Package,
}

/// An opened archive.
pub(crate) struct Archive {
    zip: ZipArchive<Part>,
    names: Names,
    entries: HashMap<String, Entry>,
}

struct Entry {
    way: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
}

impl Archive {
    pub(crate) fn open(part: Part, names: Names) -> Result<Self, ArchiveError> {
        let damaged = |error: rawzip::Error| ArchiveError::Damaged(error.to_string());
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let length = part.length;
        let located = ZipLocator::new().locate_in_reader(part, &mut buffer, length);
        let zip = located.map_err(|(_, error)| damaged(error))?;
        if !is_consistent(&zip) {
            return Err(ArchiveError::Damaged("its directory is not where it says".to_owned()));
        }
        let mut entries = HashMap::new();
        let (mut bytes, mut count) = (0_usize, 0_u64);
        let mut records = zip.entries(&mut buffer);
        while let Some(record) = records.next_entry().map_err(damaged)? {
            count += 1;
            if record.is_dir() {
                continue;
            }
            let raw = record.file_path();
            bytes = bytes.saturating_add(raw.as_bytes().len());
            if entries.len() >= MOST_ENTRIES || bytes > MOST_NAMES {
                return Err(ArchiveError::TooManyEntries);
            }
            let name = String::from_utf8_lossy(raw.as_bytes());
            let entry = Entry {
                way: record.wayfinder(),
                method: record.compression_method(),
                encrypted: record.flags().is_encrypted() || record.flags().has_strong_encryption(),
            };
            entries.insert(key(&name, names), entry);
        }
        if count != zip.entries_hint() {
            return Err(ArchiveError::Damaged("its directory has not as many entries as it says".to_owned()));
        }
        Ok(Self { zip, names, entries })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&key(name, self.names))
    }

    /// The names of all entries, as they are looked up.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The whole content of an entry that has at most so many bytes. `None` if there is no such entry.
    pub(crate) fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
        let Some(entry) = self.entries.get(&key(name, self.names)) else { return Ok(None) };
        let claimed = entry.way.uncompressed_size_hint();
        if claimed > most || !spend(&self.zip.get_ref().left.read, claimed) {
            return Err(ArchiveError::TooLarge(name.to_owned()));
        }
        let mut content = Vec::new();
        let mut reader = self.unpack(entry, name)?.take(claimed.saturating_add(1));
        reader.read_to_end(&mut content).map_err(|error| unreadable(name, &error))?;
        if content.len() as u64 > claimed {
            return Err(ArchiveError::TooLarge(name.to_owned()));
        }
        Ok(Some(content))
    }

    /// An archive inside this one. A stored one is read where it lies, a compressed one is unpacked to a file that has no name.
    pub(crate) fn nested(&self, name: &str) -> Result<Option<Part>, ArchiveError> {
        let Some(entry) = self.entries.get(&key(name, self.names)) else { return Ok(None) };
        let outer = self.zip.get_ref();
        if entry.method == CompressionMethod::STORE && !entry.encrypted {
            let found = self.zip.get_entry(entry.way).map_err(|error| unreadable(name, &error))?;
            let (start, end) = found.compressed_data_range();
            if start > end || end > outer.length {
                return Err(unreadable(name, &io::Error::from(io::ErrorKind::UnexpectedEof)));
            }
            let start_in_source = outer.start.checked_add(start);
            let start_in_source =
                start_in_source.ok_or_else(|| unreadable(name, &io::Error::from(io::ErrorKind::UnexpectedEof)))?;
            let (source, left) = (Arc::clone(&outer.source), Arc::clone(&outer.left));
            return Ok(Some(Part { source, start: start_in_source, length: end - start, left }));
        }
        let claimed = entry.way.uncompressed_size_hint();
        let most = LEAST_SUSPECT.max(entry.way.compressed_size_hint().saturating_mul(MOST_RATIO)).min(MOST_UNPACKED);
        if claimed > most || !spend(&outer.left.unpacked, claimed) {
            return Err(ArchiveError::TooLarge(name.to_owned()));
        }
        let mut reader = self.unpack(entry, name)?.take(claimed.saturating_add(1));
        let mut file = tempfile::tempfile().map_err(|error| unreadable(name, &error))?;
        let length = io::copy(&mut reader, &mut file).map_err(|error| unreadable(name, &error))?;
        Ok(Some(Part { source: Arc::new(FileReader::from(file)), start: 0, length, left: Arc::clone(&outer.left) }))
    }

    /// The content of an entry as it comes; its length and checksum are looked at when it ends.
    fn unpack<'a>(&'a self, entry: &Entry, name: &str) -> Result<Box<dyn Read + 'a>, ArchiveError> {
        if entry.encrypted {
            return Err(ArchiveError::Encrypted(name.to_owned()));
        }
        let found = self.zip.get_entry(entry.way).map_err(|error| unreadable(name, &error))?;
        let packed = found.reader();
        match entry.method {
            CompressionMethod::STORE => Ok(Box::new(found.verifying_reader(packed))),
            CompressionMethod::DEFLATE => Ok(Box::new(found.verifying_reader(DeflateDecoder::new(packed)))),
            _ => Err(ArchiveError::Method(name.to_owned())),
        }
    }
}

/// Whether the directory ends where the end record begins, or the record that an archive of more than 4 GiB has before it. Readers
/// that repair a wrong place would take archives that others refuse.
fn is_consistent(zip: &ZipArchive<Part>) -> bool {
    let mut record = [0; 22];
    if zip.get_ref().read_exact_at(&mut record, zip.eocd_offset()).is_err() {
        return false;
    }
    let [.., s0, s1, s2, s3, o0, o1, o2, o3, _, _] = record;
    let (size, offset) = (u32::from_le_bytes([s0, s1, s2, s3]), u32::from_le_bytes([o0, o1, o2, o3]));
    if size == u32::MAX || offset == u32::MAX {
        return true;
    }
    let end = u64::from(offset) + u64::from(size);
    let mut signature = [0; 4];
    end == zip.eocd_offset() || zip.get_ref().read_exact_at(&mut signature, end).is_ok_and(|()| signature == *b"PK\x06\x06")
}

fn unreadable(name: &str, error: &dyn std::error::Error) -> ArchiveError {
    ArchiveError::Unreadable { name: name.to_owned(), reason: error.to_string() }
}

fn key(name: &str, names: Names) -> String {
    let name = name.replace('\\', "/");
    match names {
        Names::Exact => name,
        Names::Package => percent_decode(name.as_bytes()).decode_utf8_lossy().to_lowercase(),
    }
}
