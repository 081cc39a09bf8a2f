//! Ends the rollout that stands in the way of the next submission: once, and only where the next submission can be made then.

use super::Work;
use crate::error::Error;
use crate::event::Event;
use crate::journal::Line;
use crate::observe::Observed;
use crate::plan::plan;
use crate::rollout::RolloutEnd;
use crate::wish::Wish;
use flightline_client::chain::chain;
use flightline_client::error::{self as client, Outcome as Effect};
use flightline_protocol::id::SubmissionId;

impl Work<'_> {
    /// Ends the rollout of the live submission. A rollout that turns out to be over, whoever ended it, is as good: the Store is looked
    /// at again in any case.
    pub(super) async fn end_rollout(
        &mut self,
        id: &SubmissionId,
        end: RolloutEnd,
        wish: &Wish,
        observed: &Observed,
    ) -> Result<(), Error> {
        self.tries.rollouts += 1;
        if end == RolloutEnd::Halt {
            // A halt cannot be taken back, and it changes what the next submission has to hold: that is found out before.
            let halted = observed.as_if_halted(self.writer.reader()).await;
            let halted = halted.map_err(|source| Error::Call { doing: "could not look at the submission before", source })?;
            plan(wish, &halted, self.course.now).map_err(Error::Faults)?;
        }
        let (submission, action) = (id.to_string(), end.as_str().to_owned());
        self.journal.write(Line::RolloutStarted { submission: submission.clone(), action: action.clone() })?;
        match end.send(self.writer, &self.target, id).await {
            Ok(_) => {}
            // One answer that leaves it open sends us to look; a second one ends it.
            Err(error)
                if self.tries.rollouts == 1 && (error.outcome() != Effect::NotDone || error.kind() == client::Kind::Conflict) =>
            {
                tracing::warn!(error = %chain(&error), "nobody knows whether the rollout is over; looking at the Store");
                let now = self.writer.reader().rollout(&self.target, id).await;
                let now =
                    now.map_err(|source| Error::Call { doing: "could not find out whether the rollout is over", source })?;
                if now.is_open() {
                    return Ok(());
                }
            }
            Err(source) => return Err(Error::Call { doing: "could not end the rollout of what is live", source }),
        }
        self.journal.write(Line::RolloutEnded { submission, action })?;
        self.observer.hear(&Event::RolloutEnded(id, end));
        Ok(())
    }
}
