//! How far an upload is, to the byte: what is there, and what the connections have taken of what is on its way.

use super::Progress;
use crate::transport::Moved;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

pub(super) struct Meter<'a> {
    total: u64,
    done: AtomicU64,
    flying: Mutex<Vec<Moved>>,
    told: AtomicU64,
    progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl<'a> Meter<'a> {
    pub(super) fn new(total: u64, progress: &'a (dyn Fn(Progress) + Send + Sync)) -> Self {
        progress(Progress { done: 0, total });
        Self { total, done: AtomicU64::new(0), flying: Mutex::new(Vec::new()), told: AtomicU64::new(0), progress }
    }

    /// Begins to count a request.
    pub(super) fn fly(&self) -> Flight<'_> {
        let moved = Moved::default();
        self.flying.lock().unwrap_or_else(PoisonError::into_inner).push(moved.clone());
        Flight { done: &self.done, flying: &self.flying, moved }
    }

    /// Bytes that need no request.
    pub(super) fn held(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Starts at the beginning.
    pub(super) fn anew(&self) {
        self.done.store(0, Ordering::Relaxed);
    }

    /// Tells how far it is, and whether that has changed.
    pub(super) fn tell(&self) -> bool {
        let flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        let moving: u64 = flying.iter().map(Moved::bytes).sum();
        drop(flying);
        let done = (self.done.load(Ordering::Relaxed) + moving).min(self.total);
        let has_changed = self.told.swap(done, Ordering::Relaxed) != done;
        if has_changed {
            (self.progress)(Progress { done, total: self.total });
        }
        has_changed
    }
}

/// One request under way. It stops counting when it is dropped.
pub(super) struct Flight<'a> {
    done: &'a AtomicU64,
    flying: &'a Mutex<Vec<Moved>>,
    pub(super) moved: Moved,
}

impl Flight<'_> {
    /// The bytes have arrived.
    pub(super) fn landed(self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner).retain(|moved| !moved.is(&self.moved));
    }
}
