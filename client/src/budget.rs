//! The rate budget: the Store allows a tenant about twenty requests a minute, all programs together.
//!
//! Whoever asks for more waits in line. Looks at a status give way to work, commits of add-ons go at a pace of their own, and when the
//! Store refuses one request for lack of room, all wait for as long as it asks. Within a process the clock is the monotonic one; several
//! processes share a file, in which times are the machine's.

mod ledger;
mod window;

use crate::clock;
use crate::pulse::{Pulse, Wait};
use flightline_protocol::route::{Method, Route};
use ledger::{Clock, Entry, Ledger, LedgerError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, sleep, sleep_until};
pub(crate) use window::Claim;
use window::{LONGEST_PAUSE, WINDOW, Window};

/// How often a file that another process has is asked for again, a moment apart.
const PATIENCE: u32 = 100;

/// The moment.
const MOMENT: Duration = Duration::from_millis(20);

/// The furthest that a place in the line is told ahead, in milliseconds.
const FURTHEST: i64 = 7 * 24 * 3_600_000;

/// The shortest wait that is told of.
const TOLD: Duration = Duration::from_secs(1);

/// How many requests may be sent in any minute (O-023). Whoever asks for more waits in line.
pub struct Budget {
    most: usize,
    began: Instant,
    window: Mutex<Window>,
    ledger: StdMutex<Option<Ledger>>,
    line: StdMutex<Line>,
    moved: Notify,
}

/// Those who wait, the most pressing first and then in the order in which they came.
#[derive(Default)]
struct Line {
    waiting: BTreeSet<(Claim, u64)>,
    drawn: u64,
}

impl Budget {
    /// What the Store allows a tenant.
    pub const PER_MINUTE: usize = 20;

    /// A budget of so many requests in any minute, at least one, for this process alone.
    pub fn per_minute(most: usize) -> Self {
        Self {
            most: most.max(1),
            began: Instant::now(),
            window: Mutex::default(),
            ledger: StdMutex::default(),
            line: StdMutex::default(),
            moved: Notify::new(),
        }
    }

    /// The same, shared with all processes of a machine that name the same folder and the same Store, by a file that is made when it is
    /// first needed. `store` is any text that tells Stores and tenants apart. Where the file cannot be used the budget is this
    /// process's again: a limit that is counted too generously is found by the Store's refusal, and a run that stops for want of a file
    /// would help nobody.
    #[must_use]
    pub fn shared(self, folder: &Path, store: &str) -> Self {
        let file = folder.join(format!("{}.budget", &blake3::hash(store.as_bytes()).to_hex()[..8]));
        self.shared_by(file, Arc::new(clock::now_in_milliseconds))
    }

    fn shared_by(self, file: PathBuf, clock: Clock) -> Self {
        Self { ledger: StdMutex::new(Some(Ledger::new(file, clock))), ..self }
    }

    /// Waits until one more request fits, and counts it. Every wait ends: the line moves with the minute, and no pause is longer than
    /// five minutes.
    pub(crate) async fn take(&self, claim: Claim, pulse: &Pulse) {
        let place = Place::draw(self, claim);
        let mut told = None;
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // From here on no move is missed.
            moved.as_mut().enable();
            let is_next = place.is_next();
            let free = if is_next {
                let mut window = self.window.lock().await;
                let now = self.now();
                let free = window.free_at(now, claim, self.most);
                let free = if free > now { Some(free) } else { self.note_with_others(claim).await.map(|wait| now + wait) };
                let Some(free) = free else {
                    window.note(self.now(), claim);
                    return;
                };
                Some(free)
            } else if told.is_none() {
                Some(self.expected(claim, place.ahead()).await)
            } else {
                None
            };
            let until = free.map(|free| self.began + Duration::from_millis(u64::try_from(free).unwrap_or(0)));
            if let Some(until) = until.filter(|until| until.saturating_duration_since(Instant::now()) >= TOLD) {
                told.get_or_insert_with(|| pulse.waits()).now(Wait::Budget { until });
            }
            match until {
                Some(until) if is_next => tokio::select! {
                    () = sleep_until(until) => {}
                    () = moved => {}
                },
                _ => moved.await,
            }
        }
    }

    /// When somebody with so many before them will about be let through.
    async fn expected(&self, claim: Claim, ahead: usize) -> i64 {
        let now = self.now();
        let free = self.window.lock().await.free_at(now, claim, self.most).max(now);
        let minutes = i64::try_from(ahead / self.most).unwrap_or(i64::MAX);
        free.saturating_add(minutes.saturating_mul(WINDOW)).min(now.saturating_add(FURTHEST))
    }

    /// The Store had no room for a request: nobody asks for anything for so long, in no process.
    pub(crate) async fn refused(&self, claim: Claim, pause: Duration) {
        let pause = i64::try_from(pause.as_millis()).unwrap_or(LONGEST_PAUSE);
        self.window.lock().await.refused(self.now(), claim, pause);
        self.with_ledger(move |ledger| ledger.refused(claim, pause)).await;
        self.moved.notify_waiters();
    }

    /// Notes a request where all processes look, or says in how many milliseconds to ask again.
    async fn note_with_others(&self, claim: Claim) -> Option<i64> {
        let most = self.most;
        match self.with_ledger(move |ledger| ledger.take(claim, most)).await? {
            Entry::Noted => None,
            Entry::In(wait) => Some(wait),
        }
    }

    /// Does something with the file, on a thread where it may take its time; `None` where there is no file to do it with.
    async fn with_ledger<T: Send + 'static>(
        &self,
        act: impl Fn(&Ledger) -> Result<T, LedgerError> + Clone + Send + 'static,
    ) -> Option<T> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        for _ in 0..PATIENCE {
            let (ledger, act) = (ledger.clone(), act.clone());
            match tokio::task::spawn_blocking(move || act(&ledger)).await.ok()? {
                Ok(done) => return Some(done),
                Err(LedgerError::Held) => sleep(MOMENT).await,
                Err(LedgerError::Unusable(error)) => {
                    let file = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let file = file.map(|ledger| ledger.path().display().to_string());
                    tracing::info!(%error, file, "the rate budget is for this process alone: its file cannot be used");
                    return None;
                }
            }
        }
        tracing::info!(file = %ledger.path().display(), "another process keeps the file of the rate budget; going on without it");
        None
    }

    /// Milliseconds of a clock that never jumps.
    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX / 4)
    }
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Claim {
    /// What a call of the API is for.
    pub(crate) fn of(route: &Route) -> Self {
        let path = route.path.split('?').next().unwrap_or_default().trim_matches('/').to_ascii_lowercase();
        match route.method {
            Method::Get if path.ends_with("/status") => Self::Look,
            Method::Post if path.starts_with("inappproducts/") && path.ends_with("/commit") => Self::AddOnCommit,
            Method::Get | Method::Post | Method::Put | Method::Delete => Self::Work,
        }
    }
}

/// A place in the line, given up when it is dropped.
struct Place<'a> {
    budget: &'a Budget,
    at: (Claim, u64),
}

impl<'a> Place<'a> {
    fn draw(budget: &'a Budget, claim: Claim) -> Self {
        let mut line = budget.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.drawn += 1;
        let at = (claim, line.drawn);
        line.waiting.insert(at);
        Self { budget, at }
    }

    /// Whether nobody stands before this place. Commits of add-ons have a lane of their own, beside that of all other work: neither
    /// holds the other up.
    fn is_next(&self) -> bool {
        let line = self.budget.line.lock().unwrap_or_else(PoisonError::into_inner);
        let first = |claim| line.waiting.range((claim, 0)..).next().filter(|(next, _)| *next == claim);
        let is_held_up = self.at.0 == Claim::Look && first(Claim::Work).is_some();
        !is_held_up && first(self.at.0) == Some(&self.at)
    }

    /// How many stand before it.
    fn ahead(&self) -> usize {
        let line = self.budget.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.waiting.range(..self.at).count()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.budget.line.lock().unwrap_or_else(PoisonError::into_inner).waiting.remove(&self.at);
        self.budget.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
