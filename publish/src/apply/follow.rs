//! From a commit to customers: follows the submission, and reads back what they get.

use super::{Outcome, Until, Work};
use crate::deliver;
use crate::error::{Error, Trail};
use crate::event::Event;
use crate::plan::Plan;
use crate::slot::{Busy, Slot};
use flightline_client::watch::{Ending, Goal, watch};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::{Milestone, Phase, SubmissionStatus};
use flightline_protocol::submission::StatusReport;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

impl Work<'_> {
    /// Goes on with a submission that was found committed.
    pub(super) async fn watch(&mut self, id: &SubmissionId, plan: &Plan) -> Result<Outcome, Error> {
        match (&plan.slot, self.course.until) {
            // Only a draft was asked for, and it is further than that.
            (Slot::OnItsWay(_, status) | Slot::Busy(Busy { status, .. }), Until::Draft) => {
                Ok(Outcome::Reached(id.clone(), status.clone()))
            }
            _ => self.follow(id, plan).await,
        }
    }

    /// Follows the committed submission, and reads back what customers get.
    pub(super) async fn follow(&mut self, id: &SubmissionId, plan: &Plan) -> Result<Outcome, Error> {
        let Until::Milestone(milestone) = self.course.until else { return Ok(Outcome::Draft(id.clone())) };
        let goal = Goal { milestone, publish_mode: plan.publish_mode.clone(), deadline: self.course.deadline };
        let since = Mutex::new(Instant::now());
        let changed = |report: &StatusReport| {
            let mut since = since.lock().unwrap_or_else(PoisonError::into_inner);
            self.observer.hear(&Event::Status(report, since.elapsed()));
            *since = Instant::now();
        };
        let ending = watch(self.writer.reader(), &self.target, id, &goal, &changed).await;
        let ending = ending.map_err(|source| Error::Call { doing: "could not follow the submission", source })?;
        let submission = id.clone();
        match ending {
            Ending::Failed(report) => Err(Error::Failed { submission, report }),
            Ending::Canceled(_) => Err(Error::Canceled { submission }),
            Ending::BackToDraft(_) => Err(Error::BackToDraft { submission }),
            Ending::Deadline(report) => Err(Error::Deadline { submission, status: report.status, trail: self.trail() }),
            Ending::Resting(report) => {
                self.read_back(id, plan, &report.status).await?;
                Ok(Outcome::Resting(submission))
            }
            Ending::Reached(report) => {
                if report.status.milestone() >= Some(Milestone::Certified) {
                    self.read_back(id, plan, &report.status).await?;
                }
                if report.status.phase() == Phase::Live {
                    Ok(Outcome::Delivered(submission))
                } else {
                    Ok(Outcome::Reached(submission, report.status))
                }
            }
        }
    }

    /// What support asks for.
    fn trail(&self) -> Trail {
        Trail { commit: self.journal.run().commit_id, look: self.writer.reader().correlation_id() }
    }

    /// Success means that the Store *has* what was planned, not that it said so.
    async fn read_back(&self, id: &SubmissionId, plan: &Plan, status: &SubmissionStatus) -> Result<(), Error> {
        let published = self.writer.reader().submission(&self.target, id).await;
        let published = published.map_err(|source| Error::Call { doing: "could not read the package list back", source })?;
        let differences = deliver::differences(plan, &published.submission);
        if !differences.is_empty() {
            return Err(Error::NotAsPlanned { submission: id.clone(), status: status.clone(), differences });
        }
        if status.phase() == Phase::Live {
            self.observer.hear(&Event::Delivered(&published.submission));
        }
        Ok(())
    }
}
