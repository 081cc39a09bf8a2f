//! Whether to send a request again, and when: decided by what the request does, and how it failed.

use crate::error::Outcome;
use crate::transport::TransportError;
use bytes::Bytes;
use flightline_protocol::route::Effect;
use http::Response;
use http::header::RETRY_AFTER;
use std::time::Duration;

/// How often a request is sent at the most.
pub(crate) const MOST_ATTEMPTS: u32 = 5;

/// The longest wait that a service may ask for before we give up instead.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection never stood.
    NotSent,
    /// The host's certificate is not trusted.
    Distrust,
    /// No answer came, or one that is not the service's.
    NoAnswer,
    /// The service answered with this status.
    Status(u16),
}

impl Failure {
    /// How an attempt failed that has no answer.
    pub(crate) fn of(error: &TransportError) -> Self {
        if error.is_distrust() {
            Self::Distrust
        } else if error.was_not_sent() {
            Self::NotSent
        } else {
            Self::NoAnswer
        }
    }

    /// What the failed attempt has done, as far as can be told. A gateway that gives up (504) or a service that pleads overload (503)
    /// has often done the work all the same (O-020, O-021).
    pub(crate) fn outcome(self, effect: Effect) -> Outcome {
        match (self, effect) {
            (Self::NotSent | Self::Distrust, _) | (_, Effect::Read) => Outcome::NotDone,
            (Self::NoAnswer, _) | (Self::Status(500..=599 | 408), _) => Outcome::Unknown,
            (Self::Status(_), _) => Outcome::NotDone,
        }
    }
}

/// How long to wait before the next attempt, or `None` to give up. `attempt` counts from 1; `asked` is what the service asks for;
/// `jitter` is a number from 0 to 1.
pub(crate) fn wait(effect: Effect, failure: Failure, attempt: u32, asked: Option<Duration>, jitter: f64) -> Option<Duration> {
    let again = match failure {
        Failure::NotSent | Failure::Status(429) => true,
        Failure::NoAnswer | Failure::Status(408 | 500 | 502 | 503 | 504) => effect != Effect::Once,
        Failure::Distrust | Failure::Status(_) => false,
    };
    if !again || attempt >= MOST_ATTEMPTS {
        return None;
    }
    match asked {
        Some(asked) if asked > LONGEST_WAIT => None,
        Some(asked) => Some(asked + Duration::from_millis(250)),
        None => Some(Duration::from_millis(500).mul_f64(f64::from(2_u32.pow(attempt - 1)) * (0.75 + jitter / 2.0))),
    }
}

/// How long an answer asks to wait: its `Retry-After` in seconds, or the seconds in the gateway's sentence (O-022).
fn asked(retry_after: Option<&str>, message: &str) -> Option<Duration> {
    let seconds = match retry_after.map(str::trim).map(str::parse::<u64>) {
        Some(Ok(seconds)) => Some(seconds),
        _ => {
            let (_, rest) = message.split_once("Try again in ")?;
            rest.split(' ').next()?.parse().ok()
        }
    };
    seconds.map(Duration::from_secs)
}

/// How long an answer asks to wait.
pub(crate) fn asked_wait(answer: &Response<Bytes>, message: &str) -> Option<Duration> {
    let header = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    asked(header, message)
}

/// A number from 0 to 1 that differs between machines which failed at the same moment.
pub(crate) fn jitter() -> f64 {
    let [low, high, ..] = *uuid::Uuid::new_v4().as_bytes();
    f64::from(u16::from_le_bytes([low, high])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Effect::{Once, Read, Repeatable};

    #[test]
    fn what_may_be_sent_again() {
        let again = |effect, failure| wait(effect, failure, 1, None, 0.5).is_some();
        for effect in [Read, Repeatable, Once] {
            assert!(again(effect, Failure::NotSent) && again(effect, Failure::Status(429)), "{effect:?}");
            for status in [400, 401, 403, 404, 409, 411, 501] {
                assert!(!again(effect, Failure::Status(status)), "{effect:?} {status}");
            }
            for failure in [Failure::NoAnswer, Failure::Status(500), Failure::Status(503), Failure::Status(504)] {
                assert_eq!(again(effect, failure), effect != Once, "{effect:?} {failure:?}");
            }
        }
        assert_eq!(wait(Read, Failure::NoAnswer, MOST_ATTEMPTS, None, 0.5), None);
    }

    #[test]
    fn a_lost_answer_to_a_create_leaves_the_outcome_open() {
        assert_eq!(Failure::Status(504).outcome(Once), Outcome::Unknown);
        assert_eq!(Failure::NoAnswer.outcome(Once), Outcome::Unknown);
        assert_eq!(Failure::Status(409).outcome(Once), Outcome::NotDone);
        assert_eq!(Failure::NotSent.outcome(Once), Outcome::NotDone);
        assert_eq!(Failure::NoAnswer.outcome(Read), Outcome::NotDone);
    }

    #[test]
    fn waits_as_long_as_it_is_asked_to_within_reason() {
        assert_eq!(asked(Some("14"), ""), Some(Duration::from_secs(14)));
        assert_eq!(asked(None, "Rate limit is exceeded. Try again in 9 seconds."), Some(Duration::from_secs(9)));
        assert_eq!(asked(Some("soon"), "no"), None);
        let after = |seconds| wait(Once, Failure::Status(429), 1, Some(Duration::from_secs(seconds)), 0.0);
        assert!(after(14) > Some(Duration::from_secs(14)) && after(100_000).is_none());
    }
}
