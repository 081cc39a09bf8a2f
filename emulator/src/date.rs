//! Dates as the service writes them: UTC with seven digits after the point, and the year 1601 for "none".

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What stands where there is no date.
pub(crate) const NONE: &str = "1601-01-01T00:00:00.0000000Z";

/// The time as the service writes it.
pub(crate) fn text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

/// Reads a date in any ISO form, with or without an offset; without one it is UTC. Empty text is "none".
pub(crate) fn read(given: &str) -> Option<Timestamp> {
    match given.trim() {
        "" => NONE.parse().ok(),
        given => {
            let civil = || given.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
            given.parse().ok().or_else(civil)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_iso_form_comes_out_with_seven_digits_in_utc() {
        for (given, written) in [
            ("2031-05-06T07:08:09Z", "2031-05-06T07:08:09.0000000Z"),
            ("2031-05-06T07:08:09.1234567+02:00", "2031-05-06T05:08:09.1234567Z"),
            ("2031-05-06T07:08:09", "2031-05-06T07:08:09.0000000Z"),
            ("2031-05-06", "2031-05-06T00:00:00.0000000Z"),
            (NONE, NONE),
            ("", NONE),
        ] {
            assert_eq!(read(given).map(text).as_deref(), Some(written), "{given}");
        }
        for bad in ["tomorrow", "2031-13-01", "06.05.2031"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
