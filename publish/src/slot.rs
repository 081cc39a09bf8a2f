//! The one place that a product has for a pending submission, and what can be in it.

use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::submission::StatusDetails;

/// What is in the slot, as far as the Store alone can tell. Who made it, only a journal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// Nothing.
    Free,
    /// A draft that was made through the API and that nobody has changed: a clone of what is live.
    UntouchedClone(SubmissionId),
    /// A draft that was made through the API and says exactly what the plan would make it say.
    SameDraft(SubmissionId),
    /// A submission with exactly the packages that are wished, on its way to customers.
    OnItsWay(SubmissionId, SubmissionStatus),
    /// Something else.
    Busy(Busy),
}

/// A pending submission that is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// The submission.
    pub id: SubmissionId,
    /// Where it stands.
    pub status: SubmissionStatus,
    /// Where it was made.
    pub origin: Origin,
    /// What the Store has to say about it.
    pub details: StatusDetails,
    /// What a draft says, as a digest.
    pub document: Option<String>,
}

/// Where a submission was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In Partner Center: a draft without an upload address. The API may not touch it (O-027).
    Portal,
    /// Through the API.
    Api,
    /// Committed submissions have no upload address, wherever they were made.
    Unknown,
}

impl Slot {
    /// The submission in it.
    pub fn submission(&self) -> Option<&SubmissionId> {
        match self {
            Self::Free => None,
            Self::UntouchedClone(id) | Self::SameDraft(id) | Self::OnItsWay(id, _) => Some(id),
            Self::Busy(busy) => Some(&busy.id),
        }
    }
}
