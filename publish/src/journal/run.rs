//! What the lines add up to: where the latest run stands.

use super::line::{Entry, Line};
use flightline_protocol::id::SubmissionId;
use jiff::Timestamp;
use serde_json::Value;

/// What the lines of the latest run add up to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// When it began.
    pub began: Option<Timestamp>,
    /// The digest of the wish.
    pub wish: String,
    /// The arguments that it was called with last.
    pub arguments: Value,
    /// A draft was asked for and no answer was noted.
    pub create_is_open: bool,
    /// The draft.
    pub draft: Option<SubmissionId>,
    /// Whether the Store said that it made the draft for this run, rather than that the run came by it.
    pub made: bool,
    /// What the Store said that it stored in the draft, as a digest.
    pub written: Option<String>,
    /// What was uploaded: blob, length, digest of the content.
    pub uploaded: Option<(String, u64, String)>,
    /// The commit was asked for, and perhaps answered.
    pub commit_was_sent: bool,
    /// What the Store called the exchange in which it took the commit.
    pub commit_id: Option<String>,
    /// The rollout of the live submission was to be ended, and perhaps was.
    pub rollout_was_ended: bool,
    /// How it ended.
    pub settled: Option<String>,
}

impl Run {
    /// Whether the Store may have been changed.
    pub fn has_begun(&self) -> bool {
        self.create_is_open || self.draft.is_some() || self.rollout_was_ended
    }

    /// A run of which nothing is known but what it is for.
    fn anew(began: Option<Timestamp>, wish: &str, arguments: &Value) -> Self {
        Self { began, wish: wish.to_owned(), arguments: arguments.clone(), ..Self::default() }
    }
}

pub(super) fn fold(entries: &[Entry]) -> Run {
    let mut run = Run::default();
    // A run that was broken off, while a later one may yet turn out to have done nothing.
    let mut before = None;
    for Entry { at, line } in entries {
        let is_open = run.settled.take().is_none();
        match line {
            Line::Run { wish, arguments, .. } => {
                if is_open && run.has_begun() {
                    before = Some(run);
                }
                run = Run::anew(*at, wish, arguments);
            }
            Line::Resumed { arguments, .. } => run.arguments = arguments.clone(),
            Line::CreateStarted => run.create_is_open = true,
            Line::CreateRefused => run.create_is_open = false,
            Line::Created { submission } | Line::Adopted { submission } => {
                run.create_is_open = false;
                run.draft = submission.parse().ok();
                run.made = matches!(line, Line::Created { .. });
                (run.written, run.uploaded, run.commit_was_sent) = (None, None, false);
            }
            Line::Updated { document, .. } => run.written = document.clone(),
            Line::Uploaded { blob, length, content, .. } => {
                run.uploaded = Some((blob.clone(), *length, content.clone()));
            }
            Line::CommitStarted { .. } => run.commit_was_sent = true,
            Line::Committed { correlation_id, .. } => {
                run.commit_was_sent = true;
                run.commit_id.clone_from(correlation_id);
            }
            Line::Deleted { submission } => {
                if run.draft.as_ref().is_some_and(|draft| draft.as_str() == submission) {
                    run = Run { rollout_was_ended: run.rollout_was_ended, ..Run::anew(run.began, &run.wish, &run.arguments) };
                }
            }
            Line::RolloutStarted { .. } => run.rollout_was_ended = true,
            Line::DeleteStarted { .. } | Line::RolloutEnded { .. } | Line::Stopped { .. } => {}
            Line::Settled { end, .. } => match before.take() {
                Some(before) if !run.has_begun() => run = before,
                _ => run.settled = Some(end.clone()),
            },
        }
    }
    run
}
