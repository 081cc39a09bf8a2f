//! Comes by a draft: makes one, goes on with one, clears the slot for one.

use super::Work;
use crate::error::{Error, Trail};
use crate::event::Event;
use crate::journal::Line;
use crate::observe::Observed;
use crate::slot::Busy;
use flightline_client::api::Fetched;
use flightline_client::chain::chain;
use flightline_client::error::{self as client, Outcome as Effect};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use std::time::Duration;
use tokio::time::Instant;

/// How long a draft of others has to lie untouched before it is taken over. Whoever has just made one writes into it within seconds, or
/// within this where the Store's rate limit holds them up.
pub(super) const QUIET: Duration = Duration::from_secs(60);

/// How often in a row a look at the slot may fail before the wait for it is given up.
const MOST_FAILED_LOOKS: u32 = 5;

impl Work<'_> {
    pub(super) fn pending(&self, observed: &Observed, id: &SubmissionId) -> Result<Fetched, Error> {
        match &observed.pending {
            Some(pending) if pending.submission.id() == id => Ok(pending.clone()),
            _ => Err(Error::Call {
                doing: "could not go on with the draft",
                source: client::Error::NoUploadUrl { submission: id.to_string() },
            }),
        }
    }

    /// Makes a draft. `None` means that there may be one now, ours or another's: the Store has to be looked at.
    pub(super) async fn create(&mut self) -> Result<Option<Fetched>, Error> {
        self.tries.creations += 1;
        let is_first = self.tries.creations == 1 && !self.journal.run().create_is_open;
        self.journal.write(Line::CreateStarted)?;
        match self.writer.create_submission(&self.target).await {
            Ok(draft) => {
                let id = draft.submission.id();
                self.journal.write(Line::Created { submission: id.to_string() })?;
                self.observer.hear(&Event::Created(id));
                Ok(Some(draft))
            }
            // One lost answer sends us to look; a second one in the same run ends it.
            Err(error) if error.outcome() != Effect::NotDone && is_first => {
                tracing::warn!(error = %chain(&error), "nobody knows whether the draft was made; looking at the Store");
                Ok(None)
            }
            Err(source) => {
                if source.outcome() == Effect::NotDone {
                    self.journal.write(Line::CreateRefused)?;
                    // Somebody else was faster: what is there now is looked at like anything else that is in the way.
                    if source.kind() == client::Kind::Conflict && self.tries.creations == 1 {
                        tracing::warn!(error = %chain(&source), "the Store makes no draft; looking whether there is one meanwhile");
                        return Ok(None);
                    }
                }
                Err(Error::Call { doing: "could not make a draft", source })
            }
        }
    }

    /// An untouched draft that no answer told us of may be that of a machine which is about to write into it. One that stays
    /// untouched for so long was left behind.
    pub(super) async fn let_lie(&self, id: SubmissionId) -> Result<(), Error> {
        self.observer.hear(&Event::LettingLie(&id, QUIET));
        let end = Instant::now() + QUIET;
        match self.course.deadline {
            Some(deadline) if deadline < end => {
                tokio::time::sleep_until(deadline).await;
                Err(Error::Deadline { submission: id, status: SubmissionStatus::PendingCommit, trail: Trail::default() })
            }
            _ => {
                tokio::time::sleep_until(end).await;
                Ok(())
            }
        }
    }

    pub(super) async fn delete(&mut self, id: &SubmissionId) -> Result<(), Error> {
        self.tries.deletions += 1;
        self.journal.write(Line::DeleteStarted { submission: id.to_string() })?;
        match self.writer.delete_submission(&self.target, id).await {
            Ok(()) => {}
            Err(error) if error.status() == Some(404) => {}
            // One lost answer sends us to look; a second one ends it.
            Err(error) if error.outcome() != Effect::NotDone && self.tries.deletions == 1 => {
                tracing::warn!(error = %chain(&error), "nobody knows whether the submission was deleted; looking at the Store");
                return Ok(());
            }
            Err(source) => return Err(Error::Call { doing: "could not delete our old submission", source }),
        }
        self.journal.write(Line::Deleted { submission: id.to_string() })?;
        self.observer.hear(&Event::Deleted(id));
        Ok(())
    }

    /// Waits until the submission that is in the way is through or gone.
    pub(super) async fn wait_for_slot(&self, busy: &Busy) -> Result<(), Error> {
        let mut failed_looks = 0;
        loop {
            let late = self.course.deadline.is_some_and(|deadline| deadline <= Instant::now());
            if late {
                let trail = Trail::default();
                return Err(Error::Deadline { submission: busy.id.clone(), status: busy.status.clone(), trail });
            }
            let next = Instant::now() + Duration::from_secs(30);
            tokio::time::sleep_until(self.course.deadline.map_or(next, |deadline| deadline.min(next))).await;
            match self.writer.reader().pending(&self.target).await {
                Ok(pending) if pending.as_ref() != Some(&busy.id) => return Ok(()),
                Ok(_) => failed_looks = 0,
                // Whoever has waited for hours does not give up for one bad minute.
                Err(error)
                    if failed_looks < MOST_FAILED_LOOKS
                        && matches!(error.kind(), client::Kind::Trouble | client::Kind::Throttled) =>
                {
                    failed_looks += 1;
                    tracing::warn!(error = %chain(&error), failed_looks, "could not look whether the slot is free; looking again");
                }
                Err(source) => return Err(Error::Call { doing: "could not look whether the slot is free", source }),
            }
        }
    }
}
