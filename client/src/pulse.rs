//! Signs of life: what a client waits for right now, whether it is changing something, and what it last said to the Store.

use crate::clock;
use crate::secret::redact;
use bytes::Bytes;
use flightline_protocol::status::SubmissionStatus;
use http::Response;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The header in which the service names an exchange, for support (O-041).
pub(crate) const CORRELATION_ID: &str = "MS-CorrelationId";

/// Where Microsoft's other services name one; a gateway in front of this one may be of their kind.
const OTHER_IDS: [&str; 5] = ["x-ms-correlation-id", "x-ms-correlation-request-id", "ms-requestid", "x-ms-request-id", "MS-CV"];

/// The longest id that is kept, in bytes.
const LONGEST_ID: usize = 100;

/// How many exchanges are kept.
const KEPT: usize = 3;

/// What a client waits for.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Wait {
    /// Nothing but answers.
    #[default]
    Nothing,
    /// For room in the rate budget.
    Budget {
        /// When there will be some, as far as is known.
        until: Instant,
    },
    /// To try something again that failed.
    Retry {
        /// When it is tried again.
        until: Instant,
    },
    /// For the next look at a submission.
    Look {
        /// Where it was at the last look.
        status: SubmissionStatus,
        /// Since when it was seen there.
        since: Instant,
        /// When it is looked at again.
        next: Instant,
    },
}

/// One exchange with the Store, as support asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When the answer came, or was given up, by this machine's clock.
    pub at: Timestamp,
    /// Method and path.
    pub what: String,
    /// The status of the answer; `None` where none came.
    pub status: Option<u16>,
    /// What the Store calls it. Where it says nothing, what we called it in the request.
    pub correlation_id: String,
}

/// The signs of life of one client. Clones are of the same one.
#[derive(Debug, Clone)]
pub struct Pulse {
    wait: Arc<watch::Sender<Wait>>,
    waits: Arc<Mutex<Waits>>,
    writes: Arc<watch::Sender<usize>>,
    last: Arc<Mutex<VecDeque<Exchange>>>,
}

/// What is waited for by each of those who wait, in the order in which they began.
#[derive(Debug, Default)]
struct Waits {
    begun: u64,
    now: BTreeMap<u64, Wait>,
}

impl Default for Pulse {
    fn default() -> Self {
        let (wait, writes) = (Arc::new(watch::Sender::default()), Arc::new(watch::Sender::default()));
        Self { wait, waits: Arc::default(), writes, last: Arc::default() }
    }
}

impl Pulse {
    /// What is waited for, now and whenever that changes. Where several wait at once it is what the last of them waits for.
    pub fn wait(&self) -> watch::Receiver<Wait> {
        self.wait.subscribe()
    }

    /// Whether a request is under way that may change the Store.
    pub fn is_writing(&self) -> bool {
        *self.writes.borrow() > 0
    }

    /// Is over when no request is under way that may change the Store: what is stopped now leaves no doubt behind.
    pub async fn written(&self) {
        // The sender is ours, so it cannot have gone.
        let _ = self.writes.subscribe().wait_for(|writes| *writes == 0).await;
    }

    /// The last exchanges with the Store, the latest last.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Somebody begins to wait, until what it answers is dropped.
    pub(crate) fn waits(&self) -> Waiting<'_> {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.begun += 1;
        Waiting { pulse: self, number: waits.begun }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<u64, Wait>)) {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut waits.now);
        let last = waits.now.values().next_back().cloned().unwrap_or_default();
        self.wait.send_if_modified(|wait| {
            let is_new = *wait != last;
            *wait = last;
            is_new
        });
    }

    /// Waits for a moment to try something again.
    pub(crate) async fn retry_in(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let waiting = self.waits();
        waiting.now(Wait::Retry { until });
        tokio::time::sleep_until(until).await;
    }

    /// A request that may change the Store is under way, until what it answers is dropped. Whoever waits for the end of the one before
    /// comes first.
    pub(crate) async fn writes(&self) -> Writing<'_> {
        tokio::task::yield_now().await;
        self.writes.send_modify(|writes| *writes += 1);
        Writing(self)
    }

    /// Keeps an exchange.
    pub(crate) fn note(&self, what: &str, answer: Option<&Response<Bytes>>, sent_id: &str) {
        let exchange = Exchange {
            at: clock::timestamp(),
            what: redact(what),
            status: answer.map(|answer| answer.status().as_u16()),
            correlation_id: answer.and_then(correlation_id).unwrap_or_else(|| sent_id.to_owned()),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= KEPT {
            last.pop_front();
        }
        last.push_back(exchange);
    }
}

/// What the service calls an exchange.
pub(crate) fn correlation_id(answer: &Response<Bytes>) -> Option<String> {
    let mut found = std::iter::once(CORRELATION_ID).chain(OTHER_IDS).filter_map(|name| {
        let id = answer.headers().get(name)?.to_str().ok()?.trim();
        let is_one = !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(|letter| letter.is_ascii_graphic());
        is_one.then(|| redact(id))
    });
    found.next()
}

/// Somebody who waits.
pub(crate) struct Waiting<'a> {
    pulse: &'a Pulse,
    number: u64,
}

impl Waiting<'_> {
    /// Says for what.
    pub(crate) fn now(&self, wait: Wait) {
        self.pulse.change(|waits| {
            waits.insert(self.number, wait);
        });
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.pulse.change(|waits| {
            waits.remove(&self.number);
        });
    }
}

/// A request that may change the Store.
pub(crate) struct Writing<'a>(&'a Pulse);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.writes.send_modify(|writes| *writes = writes.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Response<Bytes> {
        let mut answer = Response::builder();
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        answer.body(Bytes::new()).unwrap()
    }

    #[test]
    fn an_exchange_has_the_stores_name_for_it_or_ours() {
        let id = |headers: &[(&str, &str)]| {
            let pulse = Pulse::default();
            pulse.note("GET x", Some(&answer(headers)), "ours");
            pulse.exchanges()[0].correlation_id.clone()
        };
        assert_eq!(id(&[("ms-correlationid", "a-1"), ("ms-cv", "b")]), "a-1");
        assert_eq!(id(&[("MS-CV", "cv.0")]), "cv.0");
        assert_eq!(id(&[]), "ours");
        for strange in ["", " ", "a b", "caf\u{e9}", &"x".repeat(101)] {
            assert_eq!(id(&[("ms-correlationid", strange)]), "ours", "{strange:?}");
        }
    }

    #[test]
    fn only_the_last_exchanges_are_kept() {
        let pulse = Pulse::default();
        for number in 0..1000 {
            pulse.note(&format!("GET {number}"), None, "id");
        }
        let whats: Vec<String> = pulse.exchanges().into_iter().map(|exchange| exchange.what).collect();
        assert_eq!(whats, ["GET 997", "GET 998", "GET 999"]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_began_last_is_told_of_and_nobody_for_longer_than_they_wait() {
        let (pulse, now) = (Pulse::default(), Instant::now());
        let (wait, budget) = (pulse.wait(), |seconds| Wait::Budget { until: now + Duration::from_secs(seconds) });
        let (one, other) = (pulse.waits(), pulse.waits());
        one.now(budget(1));
        other.now(budget(2));
        one.now(budget(3));
        assert_eq!(*wait.borrow(), budget(2));
        drop(other);
        assert_eq!(*wait.borrow(), budget(3));
        let other = pulse.waits();
        other.now(budget(4));
        drop(one);
        assert_eq!(*wait.borrow(), budget(4));
        drop(other);
        assert_eq!(*wait.borrow(), Wait::Nothing);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_written_is_waited_for() {
        let pulse = Pulse::default();
        pulse.written().await;
        let (one, other) = (pulse.writes().await, pulse.writes().await);
        drop(one);
        assert!(pulse.is_writing());
        assert!(tokio::time::timeout(Duration::from_secs(1), pulse.written()).await.is_err());
        drop(other);
        pulse.written().await;
        assert!(!pulse.is_writing());

        // Somebody who writes again and again leaves a moment in which to stop.
        let writer = async {
            loop {
                let writing = pulse.writes().await;
                tokio::task::yield_now().await;
                drop(writing);
            }
        };
        tokio::select! {
            biased;
            () = writer => {}
            () = pulse.written() => {}
        }
    }
}
