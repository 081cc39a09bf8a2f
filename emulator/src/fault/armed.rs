//! The faults that wait for their requests, the dice of those that strike by chance, and what has expired before its time.

use super::trouble::Trouble;
use super::{Effect, Fault};
use crate::fault::Knock;
use fastrand::Rng;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps the dice of two faults apart that are thrown from one seed: the golden ratio in 64 bits.
const APART: u64 = 0x9e37_79b9_7f4a_7c15;

/// The faults that wait.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    armed: Vec<Armed>,
    /// How many there ever were, which numbers them.
    numbered: u64,
    /// Digests of tokens and signatures that count as expired.
    expired: HashSet<[u8; 32]>,
}

#[derive(Debug)]
struct Armed {
    number: u64,
    fault: Fault,
    /// How many requests it was for, and how many of those it hit.
    met: u64,
    hits: u64,
    dice: Rng,
}

/// A fault that has met its request.
#[derive(Debug, Clone)]
pub(crate) struct Struck {
    pub(super) trouble: Trouble,
    pub(super) effect: Effect,
    /// The fault as it is written.
    pub(crate) words: String,
}

impl Faults {
    /// Without a seed it takes one of its own.
    pub(crate) fn new(faults: Vec<Fault>, seed: Option<u64>) -> Self {
        // A short one, since somebody may have to type it.
        let seed = seed.unwrap_or_else(|| u64::from(fastrand::u32(..)));
        let waiting = Self { seed, state: Mutex::default() };
        for fault in faults {
            waiting.add(fault);
        }
        waiting
    }

    /// What the dice are thrown from.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Waits for one more, and answers its number.
    pub(crate) fn add(&self, fault: Fault) -> u64 {
        let mut state = self.state();
        state.numbered += 1;
        let number = state.numbered;
        let dice = Rng::with_seed(self.seed.wrapping_add(number.wrapping_mul(APART)));
        state.armed.push(Armed { number, fault, met: 0, hits: 0, dice });
        number
    }

    /// Takes one back, or all. What has expired stays so. Answers how many there were.
    pub(crate) fn clear(&self, number: Option<u64>) -> usize {
        let mut state = self.state();
        let before = state.armed.len();
        state.armed.retain(|armed| number.is_some_and(|number| armed.number != number));
        before - state.armed.len()
    }

    /// The fault that this request meets. Every fault for its kind counts it, and the first that is due strikes.
    pub(crate) fn meet(&self, knock: &Knock) -> Option<Struck> {
        let mut struck = None;
        for armed in &mut self.state().armed {
            let Armed { fault, met, hits, dice, .. } = armed;
            if !fault.when.fits(knock) || !fault.trouble.suits(knock) {
                continue;
            }
            *met += 1;
            let is_due = *met >= u64::from(fault.first) && fault.times.is_none_or(|times| *hits < u64::from(times));
            // Dice fall at every request that is due, whatever else happens to it, so that a seed plays the same again.
            let falls = is_due && (!fault.is_by_chance() || dice.u32(0..1_000_000) < fault.chance.0);
            if falls && struck.is_none() {
                *hits += 1;
                struck = Some(Struck { trouble: fault.trouble.clone(), effect: fault.effect, words: fault.to_string() });
            }
        }
        struck
    }

    /// All that wait or have struck, for people and tests.
    pub(crate) fn list(&self) -> Vec<Value> {
        let show =
            |armed: &Armed| json!({ "id": armed.number, "fault": armed.fault.to_string(), "met": armed.met, "hits": armed.hits });
        self.state().armed.iter().map(show).collect()
    }

    /// From now on this token, or signature, has expired.
    pub(super) fn expire(&self, secret: &str) {
        self.state().expired.insert(mark(secret));
    }

    /// Whether this token, or signature, has expired before its time.
    pub(crate) fn has_expired(&self, secret: &str) -> bool {
        let state = self.state();
        !state.expired.is_empty() && state.expired.contains(&mark(secret))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is kept in place of a secret.
fn mark(secret: &str) -> [u8; 32] {
    let mut mark = [0; 32];
    mark.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    mark
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::read_all;
    use crate::log::Asked;

    fn faults(specs: &[&str], seed: u64) -> Faults {
        Faults::new(read_all(specs.iter().copied()).unwrap(), Some(seed))
    }

    fn commit() -> Knock {
        Knock::new(&http::Method::POST, "/v1.0/my/applications/9NHRBRL1GHTS/submissions/11/commit", Asked::Api)
    }

    fn met(faults: &Faults, times: usize) -> Vec<Option<String>> {
        (0..times).map(|_| faults.meet(&commit()).map(|struck| struck.words)).collect()
    }

    #[test]
    fn a_fault_meets_the_requests_that_it_is_for() {
        let faults = faults(&["commit=503@2x2"], 0);
        let other = Knock::new(&http::Method::GET, "/v1.0/my/applications", Asked::Api);
        assert!(faults.meet(&other).is_none());
        let met: Vec<bool> = met(&faults, 5).iter().map(Option::is_some).collect();
        assert_eq!(met, [false, true, true, false, false]);
        assert_eq!(faults.list(), [json!({ "id": 1, "fault": "commit=503@2x2", "met": 5, "hits": 2 })]);
    }

    #[test]
    fn faults_for_one_request_strike_one_after_another() {
        let faults = faults(&["commit=503", "any=500"], 0);
        let met = met(&faults, 3);
        assert_eq!(met, [Some("commit=503@1x1".to_owned()), Some("any=500@1x1".to_owned()), None]);
    }

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let of = |seed| met(&faults(&["any=503~30%", "commit=500~50%"], seed), 200);
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        let hits = of(7).iter().flatten().filter(|words| words.starts_with("any")).count();
        assert!((30..90).contains(&hits), "{hits}");
    }

    #[test]
    fn one_or_all_are_taken_back() {
        let faults = faults(&["commit=503", "any=500"], 0);
        assert_eq!((faults.clear(Some(1)), faults.clear(Some(1)), faults.list().len()), (1, 0, 1));
        faults.expire("secret");
        assert_eq!((faults.clear(None), faults.add("any=page".parse().unwrap())), (1, 3));
        assert!(faults.has_expired("secret") && !faults.has_expired("other"));
    }
}
