//! Why a publish stopped, as answers to the questions that a caller has.

use crate::archive::ArchiveError;
use crate::fault::Fault;
use crate::journal::JournalError;
use crate::plan::EditError;
use crate::slot::{Busy, Origin};
use flightline_client::error as client;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::submission::StatusReport;
use flightline_protocol::target::Target;

/// A publish that stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What is wished is wrong. Nothing was changed.
    #[error("{}", wrong(.0))]
    Faults(Vec<Fault>),
    /// A call did not do what it was for.
    #[error("{doing}")]
    Call {
        /// What was being done.
        doing: &'static str,
        /// Why it did not.
        source: client::Error,
    },
    /// The slot is taken by a submission that is not ours to touch.
    #[error("{target} has a pending submission {} ({}{}) that is in the way", busy.id, busy.status, origin(busy.origin))]
    Busy {
        /// The product.
        target: Target,
        /// The submission.
        busy: Busy,
    },
    /// Customers get the last submission gradually, and until that is over the Store takes no other.
    #[error("the rollout of submission {submission} is still going on, and the Store takes no new submission until it is over")]
    RolloutOpen {
        /// The live submission.
        submission: SubmissionId,
    },
    /// The draft is not what it should be.
    #[error("could not write the plan into the draft")]
    Edit(#[from] EditError),
    /// The Store stored something else than it was sent.
    #[error("the Store took the update of draft {submission} and did not store it")]
    NotStored {
        /// The draft.
        submission: SubmissionId,
    },
    /// The state file cannot be used.
    #[error("could not keep track of the publish")]
    Journal(#[from] JournalError),
    /// The packages cannot be put into an archive.
    #[error("could not prepare the upload")]
    Archive(#[from] ArchiveError),
    /// The Store rejected the submission.
    #[error("submission {submission} has failed: {}", report.status)]
    Failed {
        /// The submission.
        submission: SubmissionId,
        /// What the Store says about it.
        report: StatusReport,
    },
    /// Somebody took the submission back in Partner Center.
    #[error("submission {submission} was canceled in Partner Center")]
    Canceled {
        /// The submission.
        submission: SubmissionId,
    },
    /// The Store made the committed submission a draft again.
    #[error("the Store did not take the commit of submission {submission}: it is a draft again")]
    BackToDraft {
        /// The submission.
        submission: SubmissionId,
    },
    /// The deadline came first.
    #[error("submission {submission} is still in {status}; the time to wait is over")]
    Deadline {
        /// The submission.
        submission: SubmissionId,
        /// Where it stands.
        status: SubmissionStatus,
    },
    /// The Store says that it is through, and customers get something else.
    #[error("submission {submission} is {status}, and the Store's package list is not as planned: {}", differences.join("; "))]
    NotAsPlanned {
        /// The submission.
        submission: SubmissionId,
        /// Where it stands.
        status: SubmissionStatus,
        /// What is not as planned.
        differences: Vec<String>,
    },
}

/// What kind of end it is, for whoever picks an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The wish or the configuration is wrong; nothing was sent.
    Invalid,
    /// Credentials, role or account.
    Credentials,
    /// The state of the app does not allow it.
    Conflict,
    /// Too many requests.
    Throttled,
    /// There is no such app or submission.
    NotFound,
    /// The Store rejected the submission.
    Failed,
    /// Still going on.
    Deadline,
    /// Through, and not as planned.
    NotAsPlanned,
    /// None of these.
    Trouble,
}

impl Error {
    /// What kind of end it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Faults(faults) if faults.iter().all(|fault| fault.code == "never-published") => Kind::Conflict,
            Self::Faults(_) | Self::Archive(_) => Kind::Invalid,
            Self::Call { source, .. } => match source.kind() {
                client::Kind::Invalid => Kind::Invalid,
                client::Kind::Credentials => Kind::Credentials,
                client::Kind::Conflict => Kind::Conflict,
                client::Kind::Throttled => Kind::Throttled,
                client::Kind::NotFound => Kind::NotFound,
                client::Kind::Trouble => Kind::Trouble,
            },
            Self::Busy { .. } | Self::RolloutOpen { .. } | Self::Journal(JournalError::Locked { .. }) => Kind::Conflict,
            Self::Failed { .. } | Self::Canceled { .. } | Self::BackToDraft { .. } => Kind::Failed,
            Self::Deadline { .. } => Kind::Deadline,
            Self::NotAsPlanned { .. } => Kind::NotAsPlanned,
            Self::Edit(_) => Kind::Conflict,
            Self::NotStored { .. } | Self::Journal(_) => Kind::Trouble,
        }
    }

    /// A word that scripts may rely on.
    pub fn code(&self) -> String {
        match self {
            Self::Faults(faults) if faults.len() == 1 => faults[0].code.clone(),
            Self::Faults(_) => "invalid".to_owned(),
            Self::Call { source, .. } => source.code(),
            Self::Busy { .. } => "slot-busy".to_owned(),
            Self::RolloutOpen { .. } => "rollout-open".to_owned(),
            Self::Edit(_) => "draft-unfit".to_owned(),
            Self::NotStored { .. } => "not-stored".to_owned(),
            Self::Journal(JournalError::Locked { .. }) => "already-running".to_owned(),
            Self::Journal(_) => "state-file".to_owned(),
            Self::Archive(_) => "archive".to_owned(),
            Self::Failed { report, .. } => report.status.to_string(),
            Self::Canceled { .. } => "Canceled".to_owned(),
            Self::BackToDraft { .. } => "commit-undone".to_owned(),
            Self::Deadline { .. } => "deadline".to_owned(),
            Self::NotAsPlanned { .. } => "not-as-planned".to_owned(),
        }
    }

    /// The submission that it is about.
    pub fn submission(&self) -> Option<&SubmissionId> {
        match self {
            Self::Busy { busy, .. } => Some(&busy.id),
            Self::RolloutOpen { submission }
            | Self::NotStored { submission }
            | Self::Failed { submission, .. }
            | Self::Canceled { submission }
            | Self::BackToDraft { submission }
            | Self::Deadline { submission, .. }
            | Self::NotAsPlanned { submission, .. } => Some(submission),
            Self::Faults(_) | Self::Call { .. } | Self::Edit(_) | Self::Journal(_) | Self::Archive(_) => None,
        }
    }

    /// What a person should do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            // Each fault has its own.
            Self::Faults(_) => return None,
            Self::Call { source, .. } => return source.hint(),
            Self::Busy { target, busy } => return Some(busy_hint(target, busy)),
            Self::RolloutOpen { .. } => {
                "end it with `flightline rollout finalize` or `flightline rollout halt`, then run the same command again"
            }
            Self::Edit(_) => "delete the draft (`flightline submission delete`), then run the same command again",
            Self::NotStored { .. } => "delete the draft (`flightline submission delete`) and run the same command again",
            Self::Journal(JournalError::Locked { .. }) => "wait until it is done, then run the same command again",
            Self::Journal(JournalError::Damaged { .. }) => {
                "move the file away and run the same command again; the Store is looked at first"
            }
            Self::Journal(JournalError::Later { .. }) => "use the later version, or another folder with --state",
            Self::Journal(JournalError::File { .. }) => "check the folder's permissions, or name another one with --state",
            Self::Archive(_) => return None,
            Self::Failed { .. } => {
                "correct what the Store names and run publish again: a failed submission of our own is replaced. Where it names nothing, \
                 Partner Center shows more"
            }
            Self::Canceled { .. } => "run the same command again to submit anew",
            Self::BackToDraft { .. } => "run the same command again to commit it once more",
            Self::Deadline { .. } => "`flightline resume` goes on waiting, and `flightline status --app <ID> --watch` only looks",
            Self::NotAsPlanned { .. } => {
                "the Store has dropped a package without an error; look at the package in Partner Center. A `.msixupload` made by hand is \
                 a known cause: publish the bundle itself"
            }
        };
        Some(hint.to_owned())
    }
}

/// The one thing that is wrong, or how many there are.
fn wrong(faults: &[Fault]) -> String {
    match faults {
        [fault] => fault.message.clone(),
        faults => format!("{} problems were found; the Store was not changed", faults.len()),
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Portal => ", made in Partner Center",
        Origin::Api => ", made through the API",
        Origin::Unknown => "",
    }
}

fn busy_hint(target: &Target, busy: &Busy) -> String {
    let product = match target {
        Target::App(app) => format!("--app {app}"),
        Target::Flight(app, flight) => format!("--app {app} --flight {flight}"),
        Target::AddOn(add_on) => format!("--add-on {add_on}"),
    };
    match busy.origin {
        Origin::Portal => {
            "publish or delete it in Partner Center: the API may not touch it. --if-busy wait waits for that, --if-busy skip \
                           leaves with exit code 11"
                .to_owned()
        }
        _ if busy.status.is_deletable() => format!(
            "if nobody needs it: `flightline submission delete {} {product} --yes`. --if-busy replace-own replaces drafts that this \
             machine made, --if-busy wait waits",
            busy.id
        ),
        _ => format!("`flightline status {product} --watch` follows it; --if-busy wait publishes once it is through"),
    }
}
