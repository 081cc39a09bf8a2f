//! Whether to send a request again, and when: decided by what the request does, and how it failed.
//!
//! No request goes on for ever: it is sent [`MOST_ATTEMPTS`] times at the most, and between two of them lie at most the
//! [`LONGEST_WAIT`] that a service may ask for, and what the rate budget takes.

use crate::clock;
use crate::error::Outcome;
use crate::transport::TransportError;
use bytes::Bytes;
use flightline_protocol::route::Effect;
use http::Response;
use http::header::{DATE, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// How often a request is sent at the most.
pub(crate) const MOST_ATTEMPTS: u32 = 5;

/// The longest wait that a service may ask for before we give up instead.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The wait after a service's first refusal for lack of room that does not say how long to wait, in milliseconds. Doubled each time, so
/// that all of them together outlast the minute in which the Store counts.
const NO_ROOM: u64 = 5000;

/// The wait after the first of all other failures, in milliseconds.
const FAILED: u64 = 500;

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
        None => {
            let first = if failure == Failure::Status(429) { NO_ROOM } else { FAILED };
            Some(Duration::from_millis(first).mul_f64(f64::from(2_u32.pow(attempt - 1)) * (0.75 + jitter / 2.0)))
        }
    }
}

/// How long an answer asks to wait: its `Retry-After`, or the seconds in the gateway's sentence (O-022). `date` is the time of whoever
/// answers, by which a `Retry-After` that is a date is understood: the machine's own clock may be wrong.
/// <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
fn asked(retry_after: Option<&str>, date: Option<&str>, message: &str) -> Option<Duration> {
    let in_header = retry_after.map(str::trim).and_then(|value| seconds(value).or_else(|| until(value, date)));
    in_header.or_else(|| {
        let (_, rest) = message.split_once("Try again in ")?;
        seconds(rest.split(' ').next()?)
    })
}

/// Whole seconds. More than a number can hold are as good as for ever.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

/// The time from `date` to a later one. One that has passed is now.
fn until(text: &str, date: Option<&str>) -> Option<Duration> {
    let then = httpdate::parse_http_date(text).ok()?;
    let ours = || SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(clock::now()).ok()?));
    let now = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).or_else(ours)?;
    Some(then.duration_since(now).unwrap_or(Duration::ZERO))
}

/// How long an answer asks to wait.
pub(crate) fn asked_wait(answer: &Response<Bytes>, message: &str) -> Option<Duration> {
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    asked(header(RETRY_AFTER), header(DATE), message)
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
        assert_eq!(asked(Some("14"), None, ""), Some(Duration::from_secs(14)));
        assert_eq!(asked(None, None, "Rate limit is exceeded. Try again in 9 seconds."), Some(Duration::from_secs(9)));
        assert_eq!(asked(Some("soon"), None, "no"), None);
        assert_eq!(asked(Some("soon"), None, "Try again in 3 seconds."), Some(Duration::from_secs(3)));
        let after = |seconds| wait(Once, Failure::Status(429), 1, Some(Duration::from_secs(seconds)), 0.0);
        assert!(after(14) > Some(Duration::from_secs(14)) && after(100_000).is_none() && after(u64::MAX).is_none());
    }

    /// However wrong the machine's clock is: what counts is the time of whoever answers.
    #[test]
    fn a_date_to_wait_for_is_read_by_the_clock_of_whoever_names_it() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for (text, seconds) in [
            ("Sun, 06 Nov 1994 08:49:51 GMT", Some(14)),
            (" Sun, 06 Nov 1994 08:50:37 GMT ", Some(60)),
            ("Sunday, 06-Nov-94 08:49:51 GMT", Some(14)),
            ("Sun Nov  6 08:49:51 1994", Some(14)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(252_618_189_022)),
            ("Fri, 31 Dec 99999 23:59:59 GMT", None),
            ("tomorrow", None),
            ("-3", None),
            ("1.5", None),
            ("", None),
            ("99999999999999999999999", Some(u64::MAX)),
        ] {
            let found = asked(Some(text), date, "").map(|wait| wait.as_secs());
            assert_eq!(found, seconds, "{text}");
        }
        // Without a date of theirs there is only ours, which is long after all of these.
        for date in [None, Some("nonsense")] {
            assert_eq!(asked(Some("Sun, 06 Nov 1994 08:49:51 GMT"), date, ""), Some(Duration::ZERO));
        }
    }

    #[test]
    fn refusals_without_a_time_are_waited_out_for_longer_than_the_minute_that_the_store_counts() {
        let whole =
            |failure| -> Duration { (1..MOST_ATTEMPTS).filter_map(|attempt| wait(Read, failure, attempt, None, 0.5)).sum() };
        assert_eq!((whole(Failure::Status(429)).as_secs(), whole(Failure::Status(503)).as_secs()), (75, 7));
        assert!(
            (1..MOST_ATTEMPTS)
                .filter_map(|attempt| wait(Read, Failure::Status(429), attempt, None, 0.0))
                .sum::<Duration>()
                .as_secs()
                >= 56
        );
    }
}
