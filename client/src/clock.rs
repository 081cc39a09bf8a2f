//! The clock of the machine: for what is signed, for what runs out, and for what processes share. It may jump, so nothing that is
//! waited for is measured by it.

use jiff::Timestamp;

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    timestamp().as_second()
}

/// Milliseconds since 1970.
pub(crate) fn now_in_milliseconds() -> i64 {
    timestamp().as_millisecond()
}

/// The time now.
#[allow(clippy::disallowed_methods, reason = "this is the crate's one look at the machine's clock")]
pub(crate) fn timestamp() -> Timestamp {
    Timestamp::now()
}
