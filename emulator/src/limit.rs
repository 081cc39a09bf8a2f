//! The gateway's limit on requests to the API: so many a minute for a tenant (O-023). Without one, everybody is let through.

use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How far back requests count.
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Counts the requests of the account's one tenant.
#[derive(Debug)]
pub(crate) struct Limit(Mutex<State>);

#[derive(Debug)]
struct State {
    per_minute: Option<u32>,
    /// When the requests of the last minute came, refused ones left out.
    admitted: VecDeque<Timestamp>,
}

impl Limit {
    pub(crate) fn new(per_minute: Option<u32>) -> Self {
        Self(Mutex::new(State { per_minute, admitted: VecDeque::new() }))
    }

    /// Lets so many requests through from now on, or all of them. What came before is forgotten.
    pub(crate) fn set(&self, per_minute: Option<u32>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { per_minute, admitted: VecDeque::new() };
    }

    pub(crate) fn per_minute(&self) -> Option<u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).per_minute
    }

    /// Lets one request through, or answers after how many seconds the next one will be.
    pub(crate) fn admit(&self, now: Timestamp) -> Result<(), u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(most) = state.per_minute else { return Ok(()) };
        while state.admitted.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            state.admitted.pop_front();
        }
        if u32::try_from(state.admitted.len()).is_ok_and(|admitted| admitted < most) {
            state.admitted.push_back(now);
            return Ok(());
        }
        let first = state.admitted.front().copied().unwrap_or(now);
        let wait = WINDOW.saturating_sub(now.duration_since(first));
        // A part of a second is waited for as a whole one.
        let part = u64::from(wait.subsec_nanos() > 0);
        Err(u64::try_from(wait.as_secs()).unwrap_or(0).saturating_add(part).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_slides_and_refused_requests_do_not_count() {
        let at = |milliseconds: i64| Timestamp::from_millisecond(milliseconds).unwrap();
        let limit = Limit::new(Some(2));
        assert_eq!((limit.admit(at(0)), limit.admit(at(10_500))), (Ok(()), Ok(())));
        assert_eq!((limit.admit(at(20_000)), limit.admit(at(59_999))), (Err(40), Err(1)));
        assert_eq!((limit.admit(at(60_000)), limit.admit(at(60_000))), (Ok(()), Err(11)));
        limit.set(None);
        assert_eq!((limit.admit(at(60_000)), limit.per_minute()), (Ok(()), None));
        limit.set(Some(0));
        assert_eq!(limit.admit(at(60_000)), Err(60));
    }
}
