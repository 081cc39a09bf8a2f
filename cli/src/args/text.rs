//! Values of flags.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A value that is kept as the text it was given as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text<T> {
    text: String,
    pub(crate) value: T,
}

impl<T: std::str::FromStr> std::str::FromStr for Text<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        Ok(Self { text: text.to_owned(), value: text.parse()? })
    }
}

impl<T> Serialize for Text<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T: std::str::FromStr> Deserialize<'de> for Text<T>
where
    T::Err: std::fmt::Display,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_positive() => Ok(duration),
        Ok(_) => Err("a time to wait is longer than nothing".to_owned()),
        Err(_) => Err("give a number and a unit, such as 90s, 15m or 2h".to_owned()),
    }
}

/// Requests in a minute: `20`, or `20/min`.
pub(super) fn rate(text: &str) -> Result<usize, String> {
    let number = text.trim().strip_suffix("/min").unwrap_or(text).trim();
    match number.parse() {
        Ok(rate @ 1..=10_000) => Ok(rate),
        _ => Err("give a number of requests in a minute, such as 20".to_owned()),
    }
}

/// A duration as whole seconds.
pub(super) mod seconds {
    use super::SignedDuration;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in crate::args) fn serialize<S: Serializer>(duration: &SignedDuration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(duration.as_secs())
    }

    pub(in crate::args) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
        i64::deserialize(deserializer).map(SignedDuration::from_secs)
    }
}
