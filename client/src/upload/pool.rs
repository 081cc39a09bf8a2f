//! Memory for blocks that is used again: a new buffer for each would have to be cleared, page by page.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers of one length. It holds as many as were ever in use at the same time.
#[derive(Debug)]
pub(super) struct Pool {
    length: usize,
    free: Mutex<Vec<Vec<u8>>>,
}

impl Pool {
    pub(super) fn new(length: usize) -> Arc<Self> {
        Arc::new(Self { length, free: Mutex::new(Vec::new()) })
    }

    /// A buffer with anything in it.
    pub(super) fn take(self: &Arc<Self>) -> Buffer {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Buffer { bytes: free.unwrap_or_else(|| vec![0; self.length]), used: 0, pool: Arc::clone(self) }
    }
}

/// A buffer that goes back to its pool when nobody needs it any more.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    used: usize,
    pool: Arc<Pool>,
}

impl Buffer {
    /// The first `length` bytes, which are what the buffer holds from now on. No buffer holds more than its pool's length.
    pub(super) fn first(&mut self, length: usize) -> &mut [u8] {
        self.used = length.min(self.bytes.len());
        &mut self.bytes[..self.used]
    }

    pub(super) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.used]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_when_the_last_who_holds_it_lets_go() {
        let pool = Pool::new(8);
        let mut buffer = pool.take();
        buffer.first(3).copy_from_slice(b"abc");
        let bytes = buffer.freeze();
        let copy = bytes.clone();
        drop(bytes);
        assert_eq!((copy.as_ref(), pool.free.lock().unwrap().len()), (&b"abc"[..], 0));
        drop(copy);
        assert_eq!(pool.free.lock().unwrap().len(), 1);
        assert_eq!(pool.take().bytes.len(), 8);
        let _ = pool.take();
        assert_eq!(pool.free.lock().unwrap().len(), 1);
    }
}
