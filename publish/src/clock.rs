//! The time: read here, and nowhere else in this crate.

use jiff::Timestamp;

/// The time now.
#[allow(clippy::disallowed_methods, reason = "this is the room in which the clock is read")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
