//! The CRC-32 of files, several at a time.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{ArchiveError, Planned};

/// Bytes that are read at once.
const CHUNK: usize = 1024 * 1024;

/// Threads that read at most: disks gain little from more.
const THREADS: usize = 4;

/// The CRC-32 of each file, in their order. Of several faults the first file's is reported.
pub(super) fn all(files: &[Planned]) -> Result<Vec<u32>, ArchiveError> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS).min(files.len());
    let next = AtomicUsize::new(0);
    let checksums = Mutex::new(vec![0_u32; files.len()]);
    let fault: Mutex<Option<(usize, ArchiveError)>> = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut buffer = vec![0; CHUNK];
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(at) else { break };
                    match one(file, &mut buffer) {
                        Ok(checksum) => checksums.lock().unwrap_or_else(PoisonError::into_inner)[at] = checksum,
                        Err(error) => {
                            let mut fault = fault.lock().unwrap_or_else(PoisonError::into_inner);
                            if fault.as_ref().is_none_or(|(first, _)| at < *first) {
                                *fault = Some((at, error));
                            }
                            // No file after this one needs to be read any more.
                            next.fetch_max(files.len(), Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    match fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(checksums.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

fn one(planned: &Planned, buffer: &mut [u8]) -> Result<u32, ArchiveError> {
    let mut hasher = crc32fast::Hasher::new();
    if planned.length > 0 {
        let open = planned.open()?;
        let mut position = 0;
        while position < planned.length {
            let left = planned.length - position;
            let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let chunk = &mut buffer[..wanted];
            open.fill(chunk, position)?;
            hasher.update(chunk);
            position += wanted as u64;
        }
    }
    Ok(hasher.finalize())
}
