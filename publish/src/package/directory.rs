//! The end of a ZIP file, which says where its directory is. Windows and the Store take it at its word, so it has to be exact;
//! ZIP tools guess their way around errors here.

use std::sync::Arc;

use rawzip::{ErrorKind, ReaderAt, ZipArchive, ZipLocator};

use super::fault::{FaultCode, Report};
use super::source::Source;

/// Bytes of the end record without its comment.
const END: usize = 22;
/// Bytes of the locator that goes before the end record when there is a ZIP64 one.
const LOCATOR: usize = 20;

/// Where the directory is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directory {
    pub(super) entries: u64,
    pub(super) start: u64,
    size: u64,
    /// Where what follows it starts.
    end: u64,
}

/// Finds the directory; what is wrong with it is reported.
pub(super) fn locate(
    source: &Arc<Source>,
    buffer: &mut [u8],
    report: &mut Report,
) -> Option<(ZipArchive<Arc<Source>>, Directory)> {
    let length = source.len();
    let archive = match ZipLocator::new().locate_in_reader(Arc::clone(source), buffer, length) {
        Ok(archive) => archive,
        Err((source, error)) => {
            no_end(&source, error.kind(), report);
            return None;
        }
    };
    let Some(directory) = read(source, archive.eocd_offset()) else {
        report.add(FaultCode::ZipDamaged, "the end of its ZIP directory cannot be read");
        return None;
    };
    let end = directory.start.checked_add(directory.size);
    if end.is_none_or(|end| end > length) {
        let Directory { start, size, .. } = directory;
        let why = format_args!("its ZIP directory of {size} bytes at {start} lies past the file's end at {length}");
        report.add(FaultCode::ZipTruncated, why);
        return None;
    }
    if end != Some(directory.end) || archive.directory_offset() != directory.start {
        let Directory { start, size, end, .. } = directory;
        let why = format_args!("its ZIP directory is said to have {size} bytes at {start}, but ends at {end}");
        report.add(FaultCode::ZipDamaged, why);
        return None;
    }
    if archive.end_offset() != length {
        let more = length.saturating_sub(archive.end_offset());
        report.add(FaultCode::ZipDamaged, format_args!("{more} bytes follow the end of its ZIP structure"));
    }
    Some((archive, directory))
}

/// A file whose end is not that of a ZIP file is cut off when it starts like one.
fn no_end(source: &Source, kind: &ErrorKind, report: &mut Report) {
    if let ErrorKind::IO(error) = kind {
        report.add(FaultCode::FileUnreadable, format_args!("it cannot be read: {error}"));
    } else if source.magic().is_some_and(|magic| magic.starts_with(b"PK")) {
        report.add(FaultCode::ZipTruncated, "it starts like a ZIP file, but the directory at its end is missing: it is cut off");
    } else {
        report.add(FaultCode::NotZip, "it is not a ZIP file, which every package is");
    }
}

/// Reads the end record at `at`, and the ZIP64 one where that refers to it.
fn read(source: &Source, at: u64) -> Option<Directory> {
    let record: [u8; END] = bytes(source, at)?;
    let entries = u64::from(number16(&record, 10)?);
    let size = u64::from(number32(&record, 12)?);
    let start = u64::from(number32(&record, 16)?);
    let classic = Directory { entries, start, size, end: at };
    let full = entries == u64::from(u16::MAX) || size == u64::from(u32::MAX) || start == u64::from(u32::MAX);
    let Some(locator_at) = at.checked_sub(LOCATOR as u64).filter(|_| full) else { return Some(classic) };
    let locator: [u8; LOCATOR] = bytes(source, locator_at)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Some(classic);
    }
    let at = number64(&locator, 8)?;
    let record: [u8; 56] = bytes(source, at)?;
    if !record.starts_with(b"PK\x06\x06") {
        return None;
    }
    Some(Directory { entries: number64(&record, 32)?, size: number64(&record, 40)?, start: number64(&record, 48)?, end: at })
}

fn bytes<const N: usize>(source: &Source, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    at.checked_add(N as u64)?;
    source.read_exact_at(&mut bytes, at).ok().map(|()| bytes)
}

fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn number64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
