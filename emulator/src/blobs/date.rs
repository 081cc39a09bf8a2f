//! The forms in which Azure writes and reads dates.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;

/// As in `Date` and `Last-Modified`: `Tue, 03 Mar 2026 09:14:52 GMT`.
pub(super) fn http(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default()
}

/// Reads what [`http`] writes; `None` for anything else.
pub(super) fn from_http(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// As in error bodies: UTC with seven digits of a second.
pub(super) fn seven_digits(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

/// As in a signed address: UTC in whole seconds.
pub(super) fn signed(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads a time of a signed address: a date alone, or a date with minutes, seconds or fractions and a zone
/// (<https://learn.microsoft.com/rest/api/storageservices/formatting-datetime-values>).
pub(super) fn from_signed(text: &str) -> Option<Timestamp> {
    if text.len() == "2026-03-02".len() {
        let day: Date = text.parse().ok()?;
        return day.to_datetime(Time::midnight()).to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp());
    }
    text.parse().ok()
}
