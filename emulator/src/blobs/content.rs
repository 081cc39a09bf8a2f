//! The bytes of a committed blob, read from its block files in any order.

use super::disk::{Disk, Lease};
use super::ledger::Part;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// One committed blob as it was when it was asked for: a later commit neither changes nor removes what this reads.
#[derive(Debug)]
pub struct Content {
    disk: Arc<Disk>,
    pieces: Vec<Piece>,
    open: Mutex<Option<(Uuid, File)>>,
    _lease: Lease,
}

#[derive(Debug)]
struct Piece {
    start: u64,
    end: u64,
    file: Uuid,
}

impl Content {
    pub(super) fn new(disk: &Arc<Disk>, parts: &[Part]) -> Self {
        let lease = disk.lease(parts.iter().map(|part| part.file));
        let mut start = 0_u64;
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            let end = start.saturating_add(part.size);
            pieces.push(Piece { start, end, file: part.file });
            start = end;
        }
        Self { disk: Arc::clone(disk), pieces, open: Mutex::new(None), _lease: lease }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.pieces.last().map_or(0, |piece| piece.end)
    }

    /// Whether the blob has no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads from one block file; the last one stays open, since most reads go on where the one before ended.
    fn read_piece(&self, file: Uuid, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut handle = match open.take() {
            Some((name, handle)) if name == file => handle,
            Some(_) | None => self.disk.read(file)?,
        };
        handle.seek(SeekFrom::Start(offset))?;
        let read = handle.read(buf)?;
        *open = Some((file, handle));
        Ok(read)
    }
}

impl rawzip::ReaderAt for Content {
    /// Fills as much of `buf` as there is behind `offset`.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let mut filled = 0_usize;
        let mut at = offset;
        let first = self.pieces.partition_point(|piece| piece.end <= offset);
        for piece in &self.pieces[first..] {
            while at < piece.end && filled < buf.len() {
                let left = usize::try_from(piece.end - at).unwrap_or(usize::MAX);
                let until = buf.len().min(filled.saturating_add(left));
                let read = self.read_piece(piece.file, &mut buf[filled..until], at - piece.start)?;
                if read == 0 {
                    return Err(std::io::Error::new(
                        std::io::ErrorKind::UnexpectedEof,
                        "a block file is shorter than its record",
                    ));
                }
                filled += read;
                at += read as u64;
            }
            if filled == buf.len() {
                break;
            }
        }
        Ok(filled)
    }
}
