//! When a submission goes live once it has passed certification.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The date that stands for "no date" (O-014).
pub const NO_DATE: &str = "1601-01-01T00:00:00.0000000Z";

/// The `targetPublishMode` of a submission.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#app-submission-object>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishMode {
    /// As soon as certification has passed.
    Immediate,
    /// When a person presses the button in Partner Center. No method of the API does it (O-015).
    Manual,
    /// At the submission's `targetPublishDate`.
    SpecificDate,
    /// A word that we do not know, in the Store's spelling.
    Other(String),
}

impl PublishMode {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Immediate => "Immediate",
            Self::Manual => "Manual",
            Self::SpecificDate => "SpecificDate",
            Self::Other(word) => word,
        }
    }

    /// Whether the submission comes to rest in `Release` after certification.
    pub fn rests(&self) -> bool {
        matches!(self, Self::Manual | Self::SpecificDate)
    }
}

impl fmt::Display for PublishMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for PublishMode {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word.to_ascii_lowercase().as_str() {
            "immediate" => Self::Immediate,
            "manual" => Self::Manual,
            "specificdate" => Self::SpecificDate,
            _ => Self::Other(word.to_owned()),
        })
    }
}
