//! What a client has seen: how long each kind of request took, and what was not as it should be.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Wrong answers that are told in full.
const MOST_TOLD: usize = 10;

/// What one client has seen, or all of them together.
#[derive(Default)]
pub(crate) struct Tally {
    /// Microseconds by the kind of request.
    times: BTreeMap<&'static str, Vec<u32>>,
    /// How often something happened that is neither a request nor wrong.
    counts: BTreeMap<&'static str, u64>,
    wrong: u64,
    told: Vec<String>,
}

impl Tally {
    pub(crate) fn took(&mut self, what: &'static str, time: Duration) {
        self.times.entry(what).or_default().push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(crate) fn wrong(&mut self, what: String) {
        self.wrong += 1;
        if self.told.len() < MOST_TOLD {
            self.told.push(what);
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (what, mut times) in other.times {
            self.times.entry(what).or_default().append(&mut times);
        }
        for (what, count) in other.counts {
            *self.counts.entry(what).or_default() += count;
        }
        self.wrong += other.wrong;
        self.told.extend(other.told);
        self.told.truncate(MOST_TOLD);
    }

    /// As JSON: times in seconds.
    pub(crate) fn report(mut self, wall: Duration) -> Value {
        let mut all: Vec<u32> = self.times.values().flatten().copied().collect();
        let requests = all.len();
        let kinds: serde_json::Map<String, Value> =
            self.times.iter_mut().map(|(what, times)| ((*what).to_owned(), percentiles(times))).collect();
        json!({
            "wall": wall.as_secs_f64(),
            "requests": requests,
            "rate": requests as f64 / wall.as_secs_f64(),
            "all": percentiles(&mut all),
            "kinds": kinds,
            "counts": self.counts,
            "wrong": self.wrong,
            "told": self.told,
        })
    }
}

fn percentiles(times: &mut [u32]) -> Value {
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 1000).min(times.len().saturating_sub(1))).copied().unwrap_or(0);
    let seconds = |time: u32| f64::from(time) / 1e6;
    json!({ "count": times.len(), "p50": seconds(at(500)), "p99": seconds(at(990)), "most": seconds(at(1000)) })
}
