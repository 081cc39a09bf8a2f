//! The Store's clock: real time that runs with tokio's, so that a test which turns tokio's clock turns the Store's as well.

use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::time::Instant;

/// Tells the time inside the emulator.
#[derive(Debug)]
pub struct Clock {
    base: Timestamp,
    started: Instant,
    ahead_ms: AtomicI64,
}

impl Clock {
    /// A clock that shows the machine's time now and goes on with tokio's.
    #[allow(clippy::disallowed_methods, reason = "this is the emulator's one look at the machine's clock")]
    pub fn start() -> Self {
        Self { base: Timestamp::now(), started: Instant::now(), ahead_ms: AtomicI64::new(0) }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::MAX);
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        self.base.checked_add(passed).and_then(|now| now.checked_add(ahead)).unwrap_or(self.base)
    }

    /// Puts the clock forward.
    pub fn put_forward(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.fetch_add(by, Ordering::Relaxed);
    }
}
