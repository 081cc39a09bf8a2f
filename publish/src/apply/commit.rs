//! Hands the draft to the Store: what is committed is what we wrote, and it is committed once.

use super::Work;
use crate::error::Error;
use crate::event::Event;
use crate::journal::Line;
use crate::plan::changes;
use flightline_client::chain::chain;
use flightline_client::error::{self as client, Outcome as Effect};
use flightline_client::upload::UploadReceipt;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::Phase;
use flightline_protocol::submission::Submission;
use std::time::Duration;

/// How often a draft whose commit is in doubt is looked at, and the time between: a commit that was taken shows by then.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(10);

impl Work<'_> {
    /// Holds what the Store has against what we wrote: another machine, or a person, may have worked on the draft meanwhile.
    /// `before` is what it said when we came by it.
    pub(super) async fn verify(&self, before: &Submission, stored: &Submission) -> Result<(), Error> {
        let submission = stored.id().clone();
        let now = self.writer.reader().submission(&self.target, &submission).await;
        let now = now.map_err(|source| Error::Call { doing: "could not read the draft back", source })?;
        if now.submission.status().phase() != Phase::Draft {
            // It was committed meanwhile: the commit is refused then, and what was committed is looked at.
            return Ok(());
        }
        if now.upload_url.is_none() {
            let places = vec!["it was saved in Partner Center".to_owned()];
            return Err(Error::DraftChanged { target: self.target.clone(), submission, places });
        }
        let places = changes(stored, &now.submission);
        if places.is_empty() {
            return Ok(());
        }
        if changes(before, &now.submission).is_empty() {
            // It answered as if it had stored everything, and has stored nothing (O-034).
            return Err(Error::NotStored { submission, target: self.target.clone() });
        }
        Err(Error::DraftChanged { target: self.target.clone(), submission, places })
    }

    pub(super) async fn commit(&mut self, id: &SubmissionId, receipt: &UploadReceipt) -> Result<(), Error> {
        self.journal.write(Line::CommitStarted { submission: id.to_string() })?;
        match self.writer.commit(&self.target, receipt).await {
            Ok(_) => {}
            // Another machine that had the same in mind may have been faster, and a refusal is not always true.
            Err(source) if source.outcome() == Effect::NotDone => {
                let is_open = matches!(source.kind(), client::Kind::Conflict | client::Kind::Invalid);
                if !is_open || self.is_draft(id).await? {
                    return Err(Error::Call { doing: "could not commit the draft", source });
                }
                tracing::warn!(error = %chain(&source), "the commit was refused, and the draft is committed");
            }
            Err(source) => self.settle_commit(id, receipt, source).await?,
        }
        let correlation_id = self.writer.reader().correlation_id();
        self.journal.write(Line::Committed { submission: id.to_string(), correlation_id })?;
        self.observer.hear(&Event::Committed(id));
        Ok(())
    }

    /// After a lost answer: anything but a draft means that the commit was taken. A draft that stays one is committed once more.
    async fn settle_commit(&self, id: &SubmissionId, receipt: &UploadReceipt, lost: client::Error) -> Result<(), Error> {
        tracing::warn!(error = %chain(&lost), "nobody knows whether the commit was taken; looking at the Store");
        for look in 0..LOOKS {
            if !self.is_draft(id).await? {
                return Ok(());
            }
            if look == 0 {
                self.observer.hear(&Event::CommitUnclear(id, PAUSE * LOOKS));
            }
            tokio::time::sleep(PAUSE).await;
        }
        match self.writer.commit(&self.target, receipt).await {
            Ok(_) => Ok(()),
            // The first one was under way for longer than we looked.
            Err(source)
                if matches!(source.kind(), client::Kind::Conflict | client::Kind::Invalid) && !self.is_draft(id).await? =>
            {
                Ok(())
            }
            Err(source) => Err(Error::Call { doing: "could not commit the draft", source }),
        }
    }

    async fn is_draft(&self, id: &SubmissionId) -> Result<bool, Error> {
        let now = self.writer.reader().status(&self.target, id).await;
        let now = now.map_err(|source| Error::Call { doing: "could not find out whether the commit was taken", source })?;
        Ok(now.status.phase() == Phase::Draft)
    }
}
