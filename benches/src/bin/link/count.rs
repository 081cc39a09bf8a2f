//! What went through.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// From so many bytes on a connection counts as one that carries the upload.
const CARRIES: u64 = 64 << 10;

/// All connections since the last reset.
#[derive(Default)]
pub(crate) struct Count(Mutex<Totals>);

#[derive(Default)]
struct Totals {
    connections: u64,
    open: u64,
    up: u64,
    down: u64,
    carriers: u64,
    most_carriers: u64,
    carried: f64,
    first: Option<Instant>,
    last: Option<Instant>,
}

/// One connection, counted as long as it lives.
pub(crate) struct Connection {
    count: Arc<Count>,
    up: AtomicU64,
    opened: Instant,
    /// Microseconds after that, when the last byte of an answer reached the client.
    answered: AtomicU64,
}

impl Count {
    pub(crate) fn opened(self: &Arc<Self>) -> Arc<Connection> {
        let mut totals = self.lock();
        totals.connections += 1;
        totals.open += 1;
        totals.first.get_or_insert_with(Instant::now);
        Arc::new(Connection {
            count: Arc::clone(self),
            up: AtomicU64::new(0),
            opened: Instant::now(),
            answered: AtomicU64::new(0),
        })
    }

    pub(crate) fn report(&self) -> String {
        let totals = self.lock();
        let span = totals.first.zip(totals.last).map(|(first, last)| (last - first).as_secs_f64());
        serde_json::json!({
            "connections": totals.connections,
            "open": totals.open,
            "carriers": totals.most_carriers,
            "up": totals.up,
            "down": totals.down,
            // Of all connections that carried the upload and are closed: from the opening to the last byte of an answer.
            "carried": totals.carried,
            // From the first connection to the last byte of the last answer.
            "span": span,
        })
        .to_string()
    }

    pub(crate) fn forget(&self) {
        let mut totals = self.lock();
        *totals = Totals { open: totals.open, carriers: totals.carriers, most_carriers: totals.carriers, ..Totals::default() };
    }

    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Bytes reached the server.
    pub(crate) fn up(&self, bytes: usize) {
        let before = self.up.fetch_add(bytes as u64, Ordering::Relaxed);
        let mut totals = self.count.lock();
        totals.up += bytes as u64;
        if before < CARRIES && before + bytes as u64 >= CARRIES {
            totals.carriers += 1;
            totals.most_carriers = totals.most_carriers.max(totals.carriers);
        }
    }

    /// Bytes reached the client.
    pub(crate) fn down(&self, bytes: usize) {
        let answered = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.answered.store(answered, Ordering::Relaxed);
        let mut totals = self.count.lock();
        totals.down += bytes as u64;
        totals.last = Some(Instant::now());
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut totals = self.count.lock();
        totals.open -= 1;
        if self.up.load(Ordering::Relaxed) >= CARRIES {
            totals.carriers -= 1;
            totals.carried += self.answered.load(Ordering::Relaxed) as f64 / 1e6;
        }
    }
}
