//! Gradual rollout: the share of customers that gets the new packages.

use crate::application::DocumentError;
use crate::id::SubmissionId;
use crate::json;
use serde_json::{Map, Number, Value};
use std::convert::Infallible;
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

/// How far the packages of a submission are rolled out.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#package-rollout-object>
#[derive(Debug, Clone, PartialEq)]
pub struct PackageRollout {
    /// Whether they are rolled out gradually at all.
    pub is_package_rollout: bool,
    /// The share of customers in percent.
    pub percentage: f64,
    /// Where the rollout stands.
    pub status: RolloutStatus,
    /// The submission that the other customers get; `None` where there is none.
    pub fallback: Option<SubmissionId>,
    /// The document as it came.
    pub document: Map<String, Value>,
}

/// Where a rollout stands. An open set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolloutStatus {
    /// Not yet published, or not gradual.
    NotStarted,
    /// Some customers get the packages. At 100 percent as well.
    InProgress,
    /// Finalized.
    Complete,
    /// Halted.
    Stopped,
    /// A word that we do not know, in the Store's spelling.
    Other(String),
}

impl RolloutStatus {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::NotStarted => "PackageRolloutNotStarted",
            Self::InProgress => "PackageRolloutInProgress",
            Self::Complete => "PackageRolloutComplete",
            Self::Stopped => "PackageRolloutStopped",
            Self::Other(word) => word,
        }
    }
}

impl FromStr for RolloutStatus {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        let known = [Self::NotStarted, Self::InProgress, Self::Complete, Self::Stopped];
        Ok(known.into_iter().find(|status| status.as_str() == word).unwrap_or_else(|| Self::Other(word.to_owned())))
    }
}

impl PackageRollout {
    /// Reads the document of a rollout, or the `packageRollout` of a submission.
    ///
    /// # Errors
    /// When the document is no object or has no status.
    pub fn read(value: Value) -> Result<Self, DocumentError> {
        let missing = DocumentError { document: "rollout", member: "packageRolloutStatus" };
        let Value::Object(document) = value else { return Err(missing) };
        let Ok(status) = json::field(&document, "packageRolloutStatus").and_then(Value::as_str).ok_or(missing)?.parse();
        let fallback = json::field(&document, "fallbackSubmissionId").and_then(Value::as_str).filter(|id| *id != "0");
        Ok(Self {
            is_package_rollout: json::field(&document, "isPackageRollout").and_then(Value::as_bool).unwrap_or_default(),
            percentage: json::field(&document, "packageRolloutPercentage").and_then(Value::as_f64).unwrap_or_default(),
            status,
            fallback: fallback.and_then(|id| id.parse().ok()),
            document,
        })
    }

    /// Whether customers still get the packages gradually: until that is over no other submission can be made.
    pub fn is_open(&self) -> bool {
        self.is_package_rollout && matches!(self.status, RolloutStatus::InProgress | RolloutStatus::NotStarted)
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
