//! What this machine has published: every run in the state files, whatever became of it. Nothing is locked or changed.

use crate::journal::{Entry, Journal, JournalError, Line};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::target::Target;
use jiff::Timestamp;
use serde_json::Value;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// One run, from its beginning to its end, however often it was gone on with.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// The state file that it stands in.
    pub file: PathBuf,
    /// What it was about; `None` where the file names no product that we know.
    pub target: Option<Target>,
    /// The arguments that it was called with last.
    pub arguments: Value,
    /// When it began; nobody knows where the file does not say.
    pub started_at: Option<Timestamp>,
    /// When its last line was written.
    pub last_at: Option<Timestamp>,
    /// How often it was gone on with.
    pub resumed: u32,
    /// The last submission that it made or took over.
    pub submission: Option<SubmissionId>,
    /// What the Store called the exchange in which it took the commit.
    pub correlation_id: Option<String>,
    /// How it ended, or that it has not.
    pub end: End,
    /// The code of the error that it ended or stopped with.
    pub code: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It is over: the code of an outcome, `failed`, or `stopped` where nothing had begun.
    Settled(String),
    /// It stopped with an error, and can be gone on with.
    Stopped,
    /// It broke off without a word: killed, or the machine went down. It can be gone on with.
    Interrupted,
    /// It is at work right now.
    Running,
}

impl End {
    /// A word that scripts may rely on.
    pub fn code(&self) -> &str {
        match self {
            Self::Settled(end) => end,
            // `stopped` is the word of a run that is over.
            Self::Stopped => "to-resume",
            Self::Interrupted => "interrupted",
            Self::Running => "running",
        }
    }
}

/// All runs that are known, and the state files that cannot be read.
#[derive(Debug, Default)]
pub struct History {
    /// The runs, the newest first.
    pub runs: Vec<PastRun>,
    /// The files that cannot be read or understood, each with the reason. They hide no other.
    pub unreadable: Vec<(PathBuf, JournalError)>,
}

impl History {
    /// Reads every state file in a folder; there may be no such folder.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn read(folder: &Path) -> Result<Self, JournalError> {
        let mut history = Self::default();
        for file in Journal::files(folder)? {
            match Journal::read(&file) {
                Ok(entries) => history.runs.extend(runs(&file, &entries)),
                Err(error) => history.unreadable.push((file, error)),
            }
        }
        // What has no time is oldest: only files of the first versions lack it.
        history.runs.sort_by_key(|run| std::cmp::Reverse(run.started_at.or(run.last_at)));
        Ok(history)
    }
}

/// The runs of one file, the oldest first.
fn runs(file: &Path, entries: &[Entry]) -> Vec<PastRun> {
    let mut runs: Vec<Open> = Vec::new();
    let mut current = 0;
    // A run that was broken off, while a later one may yet turn out to have done nothing (as in the fold of the journal).
    let mut before = None;
    for Entry { at, line } in entries {
        if let Line::Run { product, arguments, .. } = line {
            let is_broken_off = runs.get(current).is_some_and(|run| !run.is_settled() && run.has_begun());
            before = is_broken_off.then_some(current).or(before);
            current = runs.len();
            runs.push(Open::begin(file, product, arguments, *at));
            continue;
        }
        let Some(run) = runs.get_mut(current) else { continue };
        run.hear(*at, line);
        if let (Line::Settled { .. }, Some(earlier)) = (line, before.take_if(|_| run.is_settled()))
            && !run.has_begun()
        {
            current = earlier;
        }
    }
    let is_at_work = runs.get(current).is_some_and(|run| run.past.end == End::Interrupted) && is_locked(file);
    if let Some(run) = runs.get_mut(current).filter(|_| is_at_work) {
        run.past.end = End::Running;
    }
    runs.into_iter().map(|run| run.past).collect()
}

/// A run as its lines come.
struct Open {
    past: PastRun,
    create_is_open: bool,
    has_draft: bool,
    ended_rollout: bool,
}

impl Open {
    fn begin(file: &Path, product: &str, arguments: &Value, at: Option<Timestamp>) -> Self {
        let past = PastRun {
            file: file.to_owned(),
            target: target(product),
            arguments: arguments.clone(),
            started_at: at,
            last_at: at,
            resumed: 0,
            submission: None,
            correlation_id: None,
            end: End::Interrupted,
            code: None,
        };
        Self { past, create_is_open: false, has_draft: false, ended_rollout: false }
    }

    fn is_settled(&self) -> bool {
        matches!(self.past.end, End::Settled(_))
    }

    fn has_begun(&self) -> bool {
        self.create_is_open || self.has_draft || self.ended_rollout
    }

    fn hear(&mut self, at: Option<Timestamp>, line: &Line) {
        let past = &mut self.past;
        past.last_at = at.or(past.last_at);
        (past.end, past.code) = (End::Interrupted, None);
        match line {
            Line::Resumed { arguments, .. } => {
                past.resumed += 1;
                past.arguments = arguments.clone();
            }
            Line::CreateStarted => self.create_is_open = true,
            Line::CreateRefused => self.create_is_open = false,
            Line::Created { submission } | Line::Adopted { submission } => {
                (self.create_is_open, self.has_draft) = (false, true);
                past.submission = submission.parse().ok();
            }
            Line::Committed { correlation_id, .. } => past.correlation_id = correlation_id.clone().or(past.correlation_id.take()),
            Line::Deleted { submission } => {
                self.has_draft &= past.submission.as_ref().is_none_or(|draft| draft.as_str() != submission);
            }
            Line::RolloutStarted { .. } => self.ended_rollout = true,
            Line::Stopped { code } => (past.end, past.code) = (End::Stopped, Some(code.clone())),
            Line::Settled { end, code } => (past.end, past.code) = (End::Settled(end.clone()), code.clone()),
            Line::Run { .. }
            | Line::Updated { .. }
            | Line::Uploaded { .. }
            | Line::CommitStarted { .. }
            | Line::DeleteStarted { .. }
            | Line::RolloutEnded { .. } => {}
        }
    }
}

/// Whether a run works on the file right now.
fn is_locked(file: &Path) -> bool {
    // Whatever is locked here is given back at once, since a run that begins meanwhile would be turned away.
    File::open(file).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The product of a path, as [`Target::path`] makes them.
fn target(path: &str) -> Option<Target> {
    let parts: Vec<&str> = path.split('/').collect();
    Some(match parts.as_slice() {
        ["applications", app] => Target::App(app.parse().ok()?),
        ["applications", app, "flights", flight] => Target::Flight(app.parse().ok()?, flight.parse().ok()?),
        ["inappproducts", add_on] => Target::AddOn(add_on.parse().ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_found_in_its_path_again() -> Result<(), Box<dyn std::error::Error>> {
        let (app, flight, add_on) =
            ("9WZDNCRD0001".parse()?, "43e448df-97c9-4a43-a0bc-2a445e736bcd".parse()?, "9NBLGGH4TN00".parse()?);
        for product in [Target::App(app), Target::Flight("9WZDNCRD0001".parse()?, flight), Target::AddOn(add_on)] {
            assert_eq!(target(&product.path()), Some(product));
        }
        assert_eq!((target(""), target("applications"), target("applications/../x")), (None, None, None));
        Ok(())
    }
}
