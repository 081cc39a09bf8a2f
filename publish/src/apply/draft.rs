//! Comes by a draft: makes one, goes on with one, clears the slot for one.

use super::Work;
use crate::error::Error;
use crate::event::Event;
use crate::journal::Line;
use crate::observe::Observed;
use crate::slot::Busy;
use flightline_client::api::Fetched;
use flightline_client::error::{self as client, Outcome as Effect};
use flightline_protocol::id::SubmissionId;
use std::time::Duration;
use tokio::time::Instant;

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

    /// Makes a draft. `None` means that nobody knows whether there is one now: the Store has to be looked at.
    pub(super) async fn create(&mut self, observed: &Observed) -> Result<Option<Fetched>, Error> {
        if let Some(live) = observed.live.as_ref().filter(|live| live.rollout().is_some_and(|rollout| rollout.is_open())) {
            return Err(Error::RolloutOpen { submission: live.id().clone() });
        }
        let tried = self.journal.run().create_is_open;
        self.journal.write(Line::CreateStarted)?;
        match self.writer.create_submission(&self.target).await {
            Ok(draft) => {
                let id = draft.submission.id();
                self.journal.write(Line::Created { submission: id.to_string() })?;
                self.observer.hear(&Event::Created(id));
                Ok(Some(draft))
            }
            // One lost answer sends us to look; a second one in the same run ends it.
            Err(error) if error.outcome() != Effect::NotDone && !tried => {
                tracing::warn!(%error, "nobody knows whether the draft was made; looking at the Store");
                Ok(None)
            }
            Err(source) => {
                if source.outcome() == Effect::NotDone {
                    self.journal.write(Line::CreateRefused)?;
                }
                Err(Error::Call { doing: "could not make a draft", source })
            }
        }
    }

    pub(super) async fn delete(&mut self, id: &SubmissionId, attempt: u32) -> Result<(), Error> {
        match self.writer.delete_submission(&self.target, id).await {
            Ok(()) => {}
            Err(error) if error.status() == Some(404) => {}
            // One lost answer sends us to look; a second one ends it.
            Err(error) if error.outcome() != Effect::NotDone && attempt == 1 => {
                tracing::warn!(%error, "nobody knows whether the submission was deleted; looking at the Store");
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
                return Err(Error::Deadline { submission: busy.id.clone(), status: busy.status.clone() });
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
                    tracing::warn!(%error, failed_looks, "could not look whether the slot is free; looking again");
                }
                Err(source) => return Err(Error::Call { doing: "could not look whether the slot is free", source }),
            }
        }
    }
}
