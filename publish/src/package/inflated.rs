//! A deflated ZIP entry that can be read at any place, in bounded memory and without unpacking it to a disk.
//!
//! Upload files are ZIP files around a bundle, and some tools deflate it. A deflate stream can only be read from its start, so
//! this keeps two windows of what came out of it: the end, where a ZIP file has its directory and its manifest, and the part
//! around the last read. What lies before both is inflated again, up to a limit of work.

use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::bufread::DeflateDecoder;
use rawzip::RangeReader;

use super::source::Source;

/// Bytes of a window. Two of them are kept, each of at most twice this size.
const WINDOW: usize = 1024 * 1024;

/// How often the whole may be inflated in reads that go back before both windows.
const WORK: u64 = 8;

/// The most that a byte may inflate to beyond the first [`WINDOW`]. Packages are compressed already, so real ones stay far below.
const RATIO: u64 = 50;

/// A deflated range of other bytes.
#[derive(Debug)]
pub(super) struct Inflated {
    whole: Arc<Source>,
    start: u64,
    packed: u64,
    length: u64,
    tail: Vec<u8>,
    state: Mutex<State>,
}

type Decoder = DeflateDecoder<BufReader<RangeReader<Arc<Source>>>>;

#[derive(Debug)]
struct State {
    decoder: Decoder,
    /// How far the decoder is.
    position: u64,
    /// What came out of it last.
    window: Vec<u8>,
    /// How many bytes it may still give.
    work: u64,
}

/// Why deflated bytes cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InflateError {
    /// They claim to inflate to far more than packages do.
    Ratio,
    /// They are damaged, or not as long as they claim.
    Damaged,
    /// Their CRC-32 is another one.
    Checksum,
}

impl Inflated {
    /// Inflates the range once, to check its length and CRC-32 and to keep its end.
    pub(super) fn new(whole: Arc<Source>, start: u64, packed: u64, length: u64, checksum: u32) -> Result<Self, InflateError> {
        if length.saturating_sub(WINDOW as u64) / RATIO > packed {
            return Err(InflateError::Ratio);
        }
        let mut decoder = decoder(&whole, start, packed);
        let mut tail = Vec::new();
        let mut hasher = crc32fast::Hasher::new();
        let mut position = 0;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match decoder.read(&mut buffer) {
                Ok(read) => read,
                // Some packers do not finish their deflate streams (O-302).
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                Err(_) => return Err(InflateError::Damaged),
            };
            if read == 0 {
                break;
            }
            position += read as u64;
            if position > length {
                return Err(InflateError::Damaged);
            }
            hasher.update(&buffer[..read]);
            keep(&mut tail, &buffer[..read]);
        }
        if position != length {
            return Err(InflateError::Damaged);
        }
        if hasher.finalize() != checksum {
            return Err(InflateError::Checksum);
        }
        let work = length.saturating_mul(WORK).saturating_add(WINDOW as u64);
        let state = State { decoder: self::decoder(&whole, start, packed), position: 0, window: Vec::new(), work };
        Ok(Self { whole, start, packed, length, tail, state: Mutex::new(state) })
    }

    pub(super) fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if let Some(read) = copy(&self.tail, self.length, buffer, offset) {
            return Ok(read);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let first = state.position - state.window.len() as u64;
        if offset < first {
            state.decoder = decoder(&self.whole, self.start, self.packed);
            state.position = 0;
            state.window.clear();
        }
        let mut chunk = [0; 16 * 1024];
        while state.position <= offset {
            let read = state.decoder.read(&mut chunk)?;
            if read == 0 {
                return Ok(0);
            }
            let work = state.work.checked_sub(read as u64);
            state.work = work.ok_or_else(|| io::Error::other("deflated bytes were read back and forth too often"))?;
            state.position += read as u64;
            keep(&mut state.window, &chunk[..read]);
        }
        Ok(copy(&state.window, state.position, buffer, offset).unwrap_or(0))
    }
}

fn decoder(whole: &Arc<Source>, start: u64, packed: u64) -> Decoder {
    DeflateDecoder::new(BufReader::new(RangeReader::new(Arc::clone(whole), start..start.saturating_add(packed))))
}

/// Adds bytes to a window, whose oldest go when it has twice its size.
fn keep(window: &mut Vec<u8>, bytes: &[u8]) {
    if window.len() + bytes.len() > 2 * WINDOW {
        window.drain(..window.len().saturating_sub(WINDOW));
    }
    window.extend_from_slice(bytes);
}

/// Copies from a window that ends at `end`, if the offset lies in it.
fn copy(window: &[u8], end: u64, buffer: &mut [u8], offset: u64) -> Option<usize> {
    let first = end.checked_sub(window.len() as u64)?;
    let at = usize::try_from(offset.checked_sub(first)?).ok()?;
    let available = window.get(at..).filter(|rest| !rest.is_empty())?;
    let length = available.len().min(buffer.len());
    buffer[..length].copy_from_slice(&available[..length]);
    Some(length)
}
