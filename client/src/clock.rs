//! The clock of the machine: for what is signed, and for what runs out.

use jiff::Timestamp;

/// Seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "this is the crate's one look at the machine's clock")]
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}
