//! Gradual rollout: the share of customers that gets the new packages.

use serde_json::{Number, Value};
use std::fmt;
use std::str::FromStr;

/// A share of customers in percent, above 0 and up to 100.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#package-rollout-object>
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percentage(f64);

/// A number that is no share of customers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a percentage above 0 and up to 100")]
pub struct PercentageError(String);

impl Percentage {
    /// The number as the wire has it: always with a fraction, as in `10.0`.
    pub fn to_json(self) -> Value {
        Number::from_f64(self.0).map_or(Value::Null, Value::Number)
    }

    /// Whether the document says the same share.
    pub fn is(self, value: &Value) -> bool {
        value.as_f64().is_some_and(|other| (other - self.0).abs() < 1e-9)
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl FromStr for Percentage {
    type Err = PercentageError;

    fn from_str(text: &str) -> Result<Self, PercentageError> {
        match text.trim().trim_end_matches('%').parse::<f64>() {
            Ok(number) if number > 0.0 && number <= 100.0 => Ok(Self(number)),
            _ => Err(PercentageError(text.chars().take(40).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_a_share() {
        for bad in ["0", "-1", "101", "NaN", "inf", "ten", ""] {
            assert!(bad.parse::<Percentage>().is_err(), "{bad:?}");
        }
        let ten: Result<Percentage, _> = "10%".parse();
        assert_eq!(ten.map(|ten| (ten.to_json().to_string(), ten.to_string())), Ok(("10.0".into(), "10%".into())));
    }
}
