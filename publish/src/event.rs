//! What happens during a publish, told as it happens to whoever shows it.

use crate::plan::Plan;
use crate::rollout::RolloutEnd;
use flightline_client::upload::Progress;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::submission::{StatusReport, Submission};
use std::time::Duration;

/// One thing that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Entra gave a token.
    SignedIn,
    /// The plan is made.
    Planned(&'a Plan),
    /// The slot is taken, and we wait for it to become free.
    WaitingForSlot(&'a SubmissionId, &'a SubmissionStatus),
    /// There is an untouched draft that others may be about to write into; for so long we look whether they do.
    LettingLie(&'a SubmissionId, Duration),
    /// The rollout of what was live is over.
    RolloutEnded(&'a SubmissionId, RolloutEnd),
    /// A submission of ours was deleted to make room.
    Deleted(&'a SubmissionId),
    /// A draft was made.
    Created(&'a SubmissionId),
    /// A draft that was there already is ours to go on with.
    Adopted(&'a SubmissionId),
    /// The draft says what the plan says.
    Updated(&'a SubmissionId),
    /// The upload is on its way.
    Uploading(Progress),
    /// The files are where the Store will look for them. Holds the bytes and the time.
    Uploaded(u64, Duration),
    /// Nobody knows whether the Store has taken the commit; for so long it is looked at.
    CommitUnclear(&'a SubmissionId, Duration),
    /// The Store has taken the commit.
    Committed(&'a SubmissionId),
    /// The submission has a new status. Holds the time since the last.
    Status(&'a StatusReport, Duration),
    /// The Store's package list was read back and is what was planned. Holds the submission.
    Delivered(&'a Submission),
}

/// Hears what happens.
pub trait Observer: Send + Sync {
    /// Hears of one event.
    fn hear(&self, event: &Event<'_>);
}
