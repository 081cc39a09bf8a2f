//! Why a publish stopped, as answers to the questions that a caller has.

use crate::archive::ArchiveError;
use crate::fault::Fault;
use crate::journal::JournalError;
use crate::plan::EditError;
use crate::slot::{Busy, Origin};
use flightline_client::error as client;
use flightline_protocol::error::DetailCode;
use flightline_protocol::id::{AddOnId, SubmissionId};
use flightline_protocol::status::{Phase, SubmissionStatus};
use flightline_protocol::submission::{StatusDetail, StatusDetails, StatusReport};
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
    /// A call did not do what it was for, in the midst of a publish that may have changed the Store.
    #[error("{doing}")]
    Midway {
        /// What was being done.
        doing: &'static str,
        /// Why it did not.
        source: client::Error,
        /// What the publish is at.
        at: Box<Stand>,
    },
    /// A call whose answer was lost has not done what it was for, as a look at the Store showed.
    #[error("{doing}: the answer was lost, and the Store shows that nothing was done")]
    NotDone {
        /// What was being done.
        doing: &'static str,
        /// How the answer was lost.
        source: client::Error,
    },
    /// The answer to a call was lost, and the look at the Store failed as well.
    #[error("the answer was lost, and the Store cannot be asked whether it was done: it may have been")]
    Unclear {
        /// Why it cannot be asked.
        source: client::Error,
    },
    /// The creation of an add-on failed and left something behind that is not what was asked for.
    #[error("the Store has made add-on {add_on} and not stored what it was made with")]
    HalfMade {
        /// The add-on.
        add_on: AddOnId,
    },
    /// The slot is taken by a submission that is not ours to touch.
    #[error("{target} has a pending submission {} ({}{}) that is in the way", busy.id, busy.status, origin(busy.origin))]
    Busy {
        /// The product.
        target: Target,
        /// The submission.
        busy: Box<Busy>,
    },
    /// Customers get the last submission gradually, and until that is over the Store takes no other.
    #[error("the rollout of submission {submission} is still going on, and the Store takes no new submission until it is over")]
    RolloutOpen {
        /// The product.
        target: Target,
        /// The live submission.
        submission: SubmissionId,
    },
    /// Others have worked on the draft that we wrote.
    #[error("draft {submission} is not what we wrote: somebody else has changed it{}", list(places))]
    DraftChanged {
        /// The product.
        target: Target,
        /// The draft.
        submission: SubmissionId,
        /// Where it says something else, as far as that is known.
        places: Vec<String>,
    },
    /// The draft is not what it should be.
    #[error("could not write the plan into the draft")]
    Edit(#[from] EditError),
    /// The Store stored something else than it was sent.
    #[error("the Store took the update of draft {submission} and did not store it")]
    NotStored {
        /// The product.
        target: Target,
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
    #[error("{}", late(submission, status))]
    Deadline {
        /// The submission.
        submission: SubmissionId,
        /// Where it stands.
        status: SubmissionStatus,
        /// What support asks for.
        trail: Trail,
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

/// What a publish that has begun is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// The product.
    pub target: Target,
    /// The draft that is there.
    pub draft: Option<SubmissionId>,
}

/// How the Store calls what was said about a submission: what Microsoft's support asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// The exchange in which it took the commit.
    pub commit: Option<String>,
    /// The last look at the status.
    pub look: Option<String>,
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
            // What the Store does not take of a publish that has begun is not the input of whoever typed the command.
            Self::Midway { source: source @ client::Error::Refused { .. }, .. } if source.kind() == client::Kind::Invalid => {
                Kind::Trouble
            }
            Self::Call { source, .. } | Self::Midway { source, .. } | Self::Unclear { source } => match source.kind() {
                client::Kind::Invalid => Kind::Invalid,
                client::Kind::Credentials => Kind::Credentials,
                client::Kind::Conflict => Kind::Conflict,
                client::Kind::Throttled => Kind::Throttled,
                client::Kind::NotFound => Kind::NotFound,
                client::Kind::Trouble => Kind::Trouble,
            },
            Self::Busy { .. }
            | Self::RolloutOpen { .. }
            | Self::DraftChanged { .. }
            | Self::Journal(JournalError::Locked { .. }) => Kind::Conflict,
            Self::Failed { .. } | Self::Canceled { .. } | Self::BackToDraft { .. } => Kind::Failed,
            Self::Deadline { .. } => Kind::Deadline,
            Self::NotAsPlanned { .. } => Kind::NotAsPlanned,
            Self::Edit(_) => Kind::Conflict,
            Self::NotDone { .. } | Self::HalfMade { .. } | Self::NotStored { .. } | Self::Journal(_) => Kind::Trouble,
        }
    }

    /// A word that scripts may rely on.
    pub fn code(&self) -> String {
        match self {
            Self::Faults(faults) if faults.len() == 1 => faults[0].code.clone(),
            Self::Faults(_) => "invalid".to_owned(),
            Self::Call { source, .. } | Self::Midway { source, .. } => source.code(),
            Self::NotDone { .. } => "not-done".to_owned(),
            Self::Unclear { .. } => "unclear".to_owned(),
            Self::HalfMade { .. } => "half-made".to_owned(),
            Self::Busy { .. } => "slot-busy".to_owned(),
            Self::RolloutOpen { .. } => "rollout-open".to_owned(),
            Self::DraftChanged { .. } => "draft-changed".to_owned(),
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
            Self::RolloutOpen { submission, .. }
            | Self::DraftChanged { submission, .. }
            | Self::NotStored { submission, .. }
            | Self::Failed { submission, .. }
            | Self::Canceled { submission }
            | Self::BackToDraft { submission }
            | Self::Deadline { submission, .. }
            | Self::NotAsPlanned { submission, .. } => Some(submission),
            Self::Midway { at, .. } => at.draft.as_ref(),
            Self::Faults(_)
            | Self::Call { .. }
            | Self::NotDone { .. }
            | Self::Unclear { .. }
            | Self::HalfMade { .. }
            | Self::Edit(_)
            | Self::Journal(_)
            | Self::Archive(_) => None,
        }
    }

    /// What a person should do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            // Each fault has its own.
            Self::Faults(_) => return None,
            Self::Call { source, .. } => return source.hint(),
            Self::Midway { source, at, .. } => {
                let hint = source.hint().map(|hint| hint.replace("--app <ID>", &product(&at.target)));
                return hint.or_else(|| refused_hint(source, at));
            }
            Self::NotDone { .. } => "run the same command again",
            Self::Unclear { .. } => "look what is there (`get`, `list` or `status`) before it is done again",
            Self::HalfMade { add_on } => {
                return Some(format!("delete it, `flightline addons delete {add_on} --yes`, and run the same command again"));
            }
            Self::Busy { target, busy } => return Some(busy_hint(target, busy)),
            Self::RolloutOpen { target, .. } => {
                let product = product(target);
                return Some(format!(
                    "say what becomes of it: --existing-rollout finalize gives its packages to everybody first, --existing-rollout halt \
                     gives them to nobody else. `flightline rollout get {product}` shows how far it is"
                ));
            }
            Self::DraftChanged { target, submission, .. } => return Some(changed_hint(target, submission)),
            Self::Edit(_) => "delete the draft (`flightline submission delete`), then run the same command again",
            Self::NotStored { target, submission } => {
                return Some(format!("delete the draft, `{}`, and run the same command again", delete(target, submission)));
            }
            Self::Journal(JournalError::Locked { .. }) => "wait until it is done, then run the same command again",
            Self::Journal(JournalError::Damaged { .. }) => {
                "move the file away and run the same command again; the Store is looked at first"
            }
            Self::Journal(JournalError::Later { .. }) => "use the later version, or another folder with --state",
            Self::Journal(JournalError::File { act: "write", .. }) => {
                "make room on the disk, or name a folder on another one with --state, then run the same command again. What was noted \
                 before still holds"
            }
            Self::Journal(JournalError::File { .. }) => "check the folder's permissions, or name another one with --state",
            Self::Archive(_) => return None,
            Self::Failed { report, .. } if is_of_the_service(&report.details) => {
                "the Store itself failed, and names nothing that you could correct: run the same command again, which replaces the failed \
                 submission of our own. If it fails so again, wait an hour before the next try"
            }
            Self::Failed { .. } => {
                "correct what the Store names and run publish again: a failed submission of our own is replaced. Where it names nothing, \
                 Partner Center shows more"
            }
            Self::Canceled { .. } => "run the same command again to submit anew",
            Self::BackToDraft { .. } => "run the same command again to commit it once more",
            Self::Deadline { status: SubmissionStatus::CommitStarted, .. } => {
                "the Store reads an upload within minutes as a rule, and sometimes for hours. `flightline resume`, or the same command, goes \
                 on waiting and submits nothing twice. After a day write to the Store's support with the ids above. Do not press Submit in \
                 Partner Center meanwhile: that drops what was uploaded"
            }
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

fn late(submission: &SubmissionId, status: &SubmissionStatus) -> String {
    match status {
        SubmissionStatus::CommitStarted => format!(
            "the Store has taken the commit of submission {submission} and is still reading it (CommitStarted); the time to wait is over"
        ),
        status => format!("submission {submission} is still in {status}; the time to wait is over"),
    }
}

fn list(places: &[String]) -> String {
    if places.is_empty() { String::new() } else { format!(": {}", places.join(", ")) }
}

/// The product in the words of a command line.
pub fn product(target: &Target) -> String {
    match target {
        Target::App(app) => format!("--app {app}"),
        Target::Flight(app, flight) => format!("--app {app} --flight {flight}"),
        Target::AddOn(add_on) => format!("--add-on {add_on}"),
    }
}

/// The commands that handle the submissions of a product.
fn noun(target: &Target) -> &'static str {
    match target {
        Target::App(_) => "submission",
        Target::Flight(..) => "flights submission",
        Target::AddOn(_) => "addons submission",
    }
}

/// The command that deletes a submission.
fn delete(target: &Target, submission: &SubmissionId) -> String {
    format!("flightline {} delete {submission} {} --yes", noun(target), product(target))
}

/// After a refusal whose words say what is wrong.
fn refused_hint(source: &client::Error, Stand { target, draft }: &Stand) -> Option<String> {
    let (noun, product) = (noun(target), product(target));
    source.status()?;
    Some(match draft {
        Some(draft) => format!(
            "the words above are the Store's. Draft {draft} is there and not committed: the same command goes on with it, `flightline {noun} \
             get {draft} {product}` shows it, and `{}` takes it away",
            delete(target, draft)
        ),
        None => "the words above are the Store's; it has made no draft. If the same command meets them again, its support asks for the \
                 correlation id"
            .to_owned(),
    })
}

/// Whether all that the Store names is that it failed itself.
fn is_of_the_service(details: &StatusDetails) -> bool {
    let is_own = |error: &StatusDetail| matches!(error.code, DetailCode::ServiceError | DetailCode::IsInternalError);
    !details.errors.is_empty() && details.errors.iter().all(is_own)
}

fn changed_hint(target: &Target, submission: &SubmissionId) -> String {
    let (noun, product) = (noun(target), product(target));
    format!(
        "look at it: `flightline {noun} get {submission} {product}`. If it is right so, `flightline {noun} commit {submission} {product}` \
         hands it in; if not, the same command with --if-busy replace-own begins anew"
    )
}

fn busy_hint(target: &Target, busy: &Busy) -> String {
    let product = product(target);
    match busy.origin {
        Origin::Portal => {
            "publish or delete it in Partner Center: the API may not touch it. --if-busy wait waits for that, --if-busy skip \
                           leaves with exit code 11"
                .to_owned()
        }
        _ if busy.status.phase() == Phase::Failed => format!(
            "this machine did not make it, so it is left as it is. A failed submission holds the place until it is deleted, and its \
             content is lost then: `{}`, and run the same command again",
            delete(target, &busy.id)
        ),
        _ if busy.status.is_deletable() => format!(
            "if nobody needs it: `{}`. --if-busy replace-own replaces drafts that this machine made, --if-busy wait waits",
            delete(target, &busy.id)
        ),
        _ => format!("`flightline status {product} --watch` follows it; --if-busy wait publishes once it is through"),
    }
}
