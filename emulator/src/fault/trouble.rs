//! What can go wrong.

use super::when::{Knock, Place, When};
use crate::log::Asked;
use flightline_protocol::status::SubmissionStatus;
use http::StatusCode;
use std::time::Duration;

/// What the caller sees, or what becomes of its submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A refusal in the words of the service that was asked.
    Status(StatusCode, Wait),
    /// A page in HTML with status 200, as a proxy gives it.
    Page,
    /// The beginning of a JSON document, with status 200.
    BrokenJson,
    /// The head of an answer, and nothing of its body.
    Cut,
    /// A connection that is closed instead of an answer.
    Lose,
    /// The same by a TCP reset.
    Reset,
    /// An answer that takes its time.
    Delay(Duration),
    /// Bodies both ways that come at so many bytes a second.
    Slow(u32),
    /// An answer of which only so many bytes come, or half.
    Truncate(Option<usize>),
    /// The token that is presented counts as expired from then on.
    ExpireToken,
    /// The upload address that is used counts as expired from then on.
    ExpireUrl,
    /// The submission stays in a state: until somebody releases it, or for a time.
    Stick(SubmissionStatus, Option<Duration>),
    /// Pre-processing loses one of the new packages, the first or the first of this name, and says nothing.
    Drop(Option<String>),
    /// The submission ends in a failure, for this reason.
    Fail(SubmissionStatus, Option<String>),
}

/// How a refusal says after how long another try makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// As the service does: after a second at 429, not at all otherwise.
    Usual,
    /// In seconds.
    Seconds(u64),
    /// As a date.
    Date(u64),
    /// Only in the text that people read (O-022).
    Words(u64),
}

impl Trouble {
    /// The word for it, and what else was said, in its order.
    pub(super) fn words(&self) -> (String, Vec<String>) {
        let word = |word: &str| word.to_owned();
        match self {
            Self::Status(status, wait) => (status.as_str().to_owned(), wait.words()),
            Self::Page => (word("page"), vec![]),
            Self::BrokenJson => (word("broken-json"), vec![]),
            Self::Cut => (word("cut"), vec![]),
            Self::Lose => (word("lose"), vec![]),
            Self::Reset => (word("reset"), vec![]),
            Self::Delay(time) => (word("delay"), vec![text(*time)]),
            Self::Slow(rate) => (word("slow"), vec![rate.to_string()]),
            Self::Truncate(bytes) => (word("truncate"), bytes.iter().map(usize::to_string).collect()),
            Self::ExpireToken => (word("expire-token"), vec![]),
            Self::ExpireUrl => (word("expire-url"), vec![]),
            Self::Stick(state, time) => (word("stick"), std::iter::once(state.to_string()).chain(time.map(text)).collect()),
            Self::Drop(name) => (word("drop"), name.iter().cloned().collect()),
            Self::Fail(state, code) => (word("fail"), std::iter::once(state.to_string()).chain(code.clone()).collect()),
        }
    }

    /// Whether it can be done before or after the service's work.
    pub(super) fn has_after(&self) -> bool {
        matches!(self, Self::Status(..) | Self::Page | Self::BrokenJson | Self::Cut | Self::Lose | Self::Reset | Self::Delay(_))
    }

    /// What it can happen to; `None` is everything.
    fn only(&self) -> Option<Only> {
        match self {
            Self::ExpireToken => Some(Only::Api),
            Self::ExpireUrl => Some(Only::Upload),
            Self::Stick(..) | Self::Drop(_) | Self::Fail(..) => Some(Only::Commit),
            Self::Status(..)
            | Self::Page
            | Self::BrokenJson
            | Self::Cut
            | Self::Lose
            | Self::Reset
            | Self::Delay(_)
            | Self::Slow(_)
            | Self::Truncate(_) => None,
        }
    }

    /// Whether it can happen to this request.
    pub(super) fn suits(&self, knock: &Knock) -> bool {
        match self.only() {
            None => true,
            Some(Only::Api) => knock.service == Asked::Api,
            Some(Only::Upload) => knock.service == Asked::Blob,
            Some(Only::Commit) => knock.is_commit(),
        }
    }

    /// Why it can never happen to the requests that a fault is for.
    pub(super) fn misfit(&self, when: &When) -> Option<&'static str> {
        let Place::Kind(kind) = when.place else { return None };
        match self.only()? {
            Only::Api => matches!(kind, "token" | "upload").then_some("only calls of the API present a token"),
            Only::Upload => (!matches!(kind, "any" | "upload")).then_some("only uploads use an upload address"),
            Only::Commit => (!matches!(kind, "any" | "api" | "commit"))
                .then_some("only a commit sets a submission on its way; write commit=…"),
        }
    }
}

/// What some troubles are confined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Only {
    Api,
    Upload,
    Commit,
}

impl Wait {
    fn words(self) -> Vec<String> {
        let seconds = |seconds| text(Duration::from_secs(seconds));
        match self {
            Self::Usual => vec![],
            Self::Seconds(wait) => vec![seconds(wait)],
            Self::Date(wait) => vec!["date".to_owned(), seconds(wait)],
            Self::Words(wait) => vec!["words".to_owned(), seconds(wait)],
        }
    }
}

/// The units of time, the longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// No time is longer: a year.
const LONGEST: u64 = 366 * 86_400_000;

/// A time as it is written, in the longest unit that holds it whole.
fn text(time: Duration) -> String {
    let total = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let fits = UNITS.iter().find(|(_, unit)| total >= *unit && total.is_multiple_of(*unit));
    fits.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", total / unit))
}

/// Reads a time such as `500ms`, `30s`, `5m`, `2h` or `1d`; a bare number is seconds.
pub(super) fn time(given: &str) -> Option<Duration> {
    let at = given.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(given.len());
    let (number, unit) = given.split_at(at);
    let unit = if unit.is_empty() { "s" } else { unit };
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let total = number.parse::<u64>().ok()?.checked_mul(*unit)?;
    (total <= LONGEST).then(|| Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_in_the_unit_that_fits() {
        for (given, written) in
            [("90", "90s"), ("60", "1m"), ("500ms", "500ms"), ("120m", "2h"), ("24h", "1d"), ("0", "0s"), ("366d", "366d")]
        {
            assert_eq!(time(given).map(text).as_deref(), Some(written), "{given}");
        }
        for bad in ["", "s", "-1s", "1.5s", "2w", "367d", "99999999999999999999", "5 m"] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }
}
