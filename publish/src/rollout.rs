//! The gradual rollout of what is live: what stands in the way of the next submission, and what a halted one leaves behind.

use crate::observe::Observed;
use flightline_client::api::Writer;
use flightline_client::error::Error;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::rollout::{PackageRollout, RolloutStatus};
use flightline_protocol::submission::{PackageEntry, Submission};
use flightline_protocol::target::Target;
use std::collections::HashSet;

/// What to do about a rollout that is still going on where a new submission is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExistingRollout {
    /// Stop.
    #[default]
    Fail,
    /// End it.
    End(RolloutEnd),
}

/// How a rollout is ended, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutEnd {
    /// All customers get the packages.
    Finalize,
    /// No others get them; those who have them keep them.
    Halt,
}

impl RolloutEnd {
    /// The verb, as commands and state files spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finalize => "finalize",
            Self::Halt => "halt",
        }
    }

    /// The status that a rollout has which was ended so.
    pub fn status(self) -> RolloutStatus {
        match self {
            Self::Finalize => RolloutStatus::Complete,
            Self::Halt => RolloutStatus::Stopped,
        }
    }

    /// Asks the Store for it. Not safe to send twice.
    pub(crate) async fn send(self, writer: &Writer, target: &Target, id: &SubmissionId) -> Result<PackageRollout, Error> {
        match self {
            Self::Finalize => writer.finalize_rollout(target, id).await,
            Self::Halt => writer.halt_rollout(target, id).await,
        }
    }
}

/// A live submission whose rollout was halted. The next draft is a clone of it all the same (O-131): whoever passes that clone on gives
/// all customers the packages that somebody stopped.
#[derive(Debug, Clone)]
pub struct Halted {
    /// The packages, by the Store's ids, which clones keep (O-061), that all customers had before and have still; `None` where the Store does not say.
    before: Option<HashSet<String>>,
}

impl Halted {
    /// What was halted, seen against what the customers outside the rollout have.
    pub fn new(fallback: Option<&Submission>) -> Self {
        let ids =
            |submission: &Submission| submission.packages().iter().filter_map(PackageEntry::id).map(str::to_owned).collect();
        Self { before: fallback.map(ids) }
    }

    /// Whether a package of the live submission is one of those that were halted.
    pub fn is_of(&self, package: Option<&str>) -> bool {
        match (&self.before, package) {
            (Some(before), Some(package)) => !before.contains(package),
            _ => true,
        }
    }
}

/// The rollout of the live submission, while it is open.
pub(crate) fn open(observed: &Observed) -> Option<PackageRollout> {
    observed.live.as_ref()?.rollout().filter(PackageRollout::is_open)
}
