//! The fifteen states of a submission, and what each one means for whoever waits.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Where a submission stands. The set is open: the server may say a word that we do not know.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#submission-status-code>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the Store's own; the table in `phase` says what they mean")]
pub enum SubmissionStatus {
    None,
    Canceled,
    PendingCommit,
    CommitStarted,
    CommitFailed,
    PendingPublication,
    Publishing,
    Published,
    PublishFailed,
    PreProcessing,
    PreProcessingFailed,
    Certification,
    CertificationFailed,
    Release,
    ReleaseFailed,
    /// A state that this version does not know, in the Store's spelling.
    Unknown(String),
}

/// What a status means for whoever waits: how far along, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A draft that can be edited.
    Draft,
    /// On its way; the number only grows, in the order of the life cycle.
    Moving(Milestone),
    /// Through certification; waits in the Store for a person or a date unless the publish mode is `Immediate`.
    Resting,
    /// Live.
    Live,
    /// Over, and not live: the submission still holds the product's slot.
    Failed,
    /// Taken back by a person in the portal.
    Canceled,
    /// Nothing can be said.
    Unclear,
}

/// How far a submission has come, in the words that a person waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Milestone {
    /// The commit was asked for; the Store is still reading what was uploaded.
    Submitted,
    /// The Store has taken the submission in (`PreProcessing` or later).
    Committed,
    /// Certification has passed (`Release` or later).
    Certified,
    /// It is being published (`PendingPublication` or later).
    Released,
    /// Customers get it.
    Published,
}

const NAMES: [(&str, SubmissionStatus); 15] = [
    ("None", SubmissionStatus::None),
    ("Canceled", SubmissionStatus::Canceled),
    ("PendingCommit", SubmissionStatus::PendingCommit),
    ("CommitStarted", SubmissionStatus::CommitStarted),
    ("CommitFailed", SubmissionStatus::CommitFailed),
    ("PendingPublication", SubmissionStatus::PendingPublication),
    ("Publishing", SubmissionStatus::Publishing),
    ("Published", SubmissionStatus::Published),
    ("PublishFailed", SubmissionStatus::PublishFailed),
    ("PreProcessing", SubmissionStatus::PreProcessing),
    ("PreProcessingFailed", SubmissionStatus::PreProcessingFailed),
    ("Certification", SubmissionStatus::Certification),
    ("CertificationFailed", SubmissionStatus::CertificationFailed),
    ("Release", SubmissionStatus::Release),
    ("ReleaseFailed", SubmissionStatus::ReleaseFailed),
];

impl SubmissionStatus {
    /// All the states that the API documents.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(_, status)| status)
    }

    /// The status in the Store's spelling.
    pub fn as_str(&self) -> &str {
        if let Self::Unknown(word) = self {
            return word;
        }
        NAMES.iter().find(|(_, status)| status == self).map_or("None", |(name, _)| name)
    }

    /// What the status means for whoever waits.
    #[deny(clippy::wildcard_enum_match_arm)]
    pub fn phase(&self) -> Phase {
        match self {
            Self::PendingCommit => Phase::Draft,
            Self::CommitStarted => Phase::Moving(Milestone::Submitted),
            Self::PreProcessing | Self::Certification => Phase::Moving(Milestone::Committed),
            Self::Release => Phase::Resting,
            Self::PendingPublication | Self::Publishing => Phase::Moving(Milestone::Released),
            Self::Published => Phase::Live,
            Self::CommitFailed
            | Self::PreProcessingFailed
            | Self::CertificationFailed
            | Self::ReleaseFailed
            | Self::PublishFailed => Phase::Failed,
            Self::Canceled => Phase::Canceled,
            Self::None | Self::Unknown(_) => Phase::Unclear,
        }
    }

    /// The milestone that has been passed, if the submission is on its way or through.
    pub fn milestone(&self) -> Option<Milestone> {
        match self.phase() {
            Phase::Moving(milestone) => Some(milestone),
            Phase::Resting => Some(Milestone::Certified),
            Phase::Live => Some(Milestone::Published),
            Phase::Draft | Phase::Failed | Phase::Canceled | Phase::Unclear => None,
        }
    }

    /// Whether the API lets this submission be deleted: a draft, or one that has failed.
    pub fn is_deletable(&self) -> bool {
        matches!(self.phase(), Phase::Draft | Phase::Failed)
    }
}

impl fmt::Display for SubmissionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SubmissionStatus {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(NAMES
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map_or_else(|| Self::Unknown(word.to_owned()), |(_, status)| status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_end_meaning() {
        use Milestone::{Certified, Committed, Published, Released, Submitted};
        let table: [(&str, Phase, Option<Milestone>, bool); 15] = [
            ("None", Phase::Unclear, None, false),
            ("Canceled", Phase::Canceled, None, false),
            ("PendingCommit", Phase::Draft, None, true),
            ("CommitStarted", Phase::Moving(Submitted), Some(Submitted), false),
            ("CommitFailed", Phase::Failed, None, true),
            ("PendingPublication", Phase::Moving(Released), Some(Released), false),
            ("Publishing", Phase::Moving(Released), Some(Released), false),
            ("Published", Phase::Live, Some(Published), false),
            ("PublishFailed", Phase::Failed, None, true),
            ("PreProcessing", Phase::Moving(Committed), Some(Committed), false),
            ("PreProcessingFailed", Phase::Failed, None, true),
            ("Certification", Phase::Moving(Committed), Some(Committed), false),
            ("CertificationFailed", Phase::Failed, None, true),
            ("Release", Phase::Resting, Some(Certified), false),
            ("ReleaseFailed", Phase::Failed, None, true),
        ];
        for (word, phase, milestone, deletable) in table {
            let Ok(status) = word.parse::<SubmissionStatus>();
            assert_eq!(status.as_str(), word);
            assert_eq!((status.phase(), status.milestone(), status.is_deletable()), (phase, milestone, deletable), "{word}");
        }
        assert_eq!(SubmissionStatus::all().count(), 15);
    }

    #[test]
    fn keeps_a_state_it_does_not_know() {
        let Ok(status) = "Quarantined".parse::<SubmissionStatus>();
        assert_eq!((status.as_str(), status.phase()), ("Quarantined", Phase::Unclear));
    }
}
