//! Follows a submission until it is where somebody waits for it, or cannot get there any more.
//!
//! Times to wait and deadlines are measured by the monotonic clock: a machine's clock that is set does not move them.

use crate::api::Reader;
use crate::chain::chain;
use crate::error::{Error, Kind};
use crate::pulse::Wait;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::schedule::PublishMode;
use flightline_protocol::status::{Milestone, Phase};
use flightline_protocol::submission::StatusReport;
use flightline_protocol::target::Target;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// How long a submission is seen as a draft after its commit before that counts as the Store having taken the commit back. One or two
/// such looks half a minute apart are known from submissions that went well (O-029).
const DRAFT: Duration = Duration::from_secs(60);

/// How often in a row a look may fail before the watch gives up.
const MOST_FAILED_LOOKS: u32 = 5;

/// How long to wait after a look that failed.
const FAILED_PAUSE: Duration = Duration::from_secs(30);

/// How long the last look, which falls on the deadline, may take beyond it.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// What to wait for.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// How far the submission has to come.
    pub milestone: Milestone,
    /// When it goes live after certification: decides whether it may rest there.
    pub publish_mode: PublishMode,
    /// When to stop waiting.
    pub deadline: Option<Instant>,
}

/// How a watch ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The submission is as far as was asked.
    Reached(StatusReport),
    /// It has passed certification and waits for a person or a date; it goes no further by itself.
    Resting(StatusReport),
    /// It failed.
    Failed(StatusReport),
    /// Somebody took it back in Partner Center.
    Canceled(StatusReport),
    /// The Store made it a draft again.
    BackToDraft(StatusReport),
    /// The deadline came first.
    Deadline(StatusReport),
}

/// Watches a submission; `changed` hears of every new status, the first included, with the time since the last.
///
/// # Errors
/// When the Store cannot be looked at several times in a row, or says that there is no such submission.
pub async fn watch(
    reader: &Reader,
    target: &Target,
    id: &SubmissionId,
    goal: &Goal,
    changed: &(dyn Fn(&StatusReport) + Send + Sync),
) -> Result<Ending, Error> {
    let mut last: Option<StatusReport> = None;
    let mut since = Instant::now();
    let (mut looks, mut failed_looks) = (0, 0);
    let waiting = reader.pulse().waits();
    let is_late = || goal.deadline.is_some_and(|deadline| deadline <= Instant::now());
    loop {
        let look = reader.status(target, id);
        let looked = match (goal.deadline, last.as_ref()) {
            (Some(deadline), Some(last)) => match timeout_at(deadline + LAST_LOOK, look).await {
                Ok(looked) => looked,
                Err(_) => return Ok(Ending::Deadline(last.clone())),
            },
            // The first look takes as long as it takes: without one there is nothing to tell.
            _ => look.await,
        };
        let next = match looked {
            Ok(report) => {
                failed_looks = 0;
                if last.as_ref().is_none_or(|last| last.status != report.status) {
                    changed(&report);
                    since = Instant::now();
                }
                last = Some(report.clone());
                if let Some(ending) = ending(report, goal, since.elapsed()) {
                    return Ok(ending);
                }
                looks += 1;
                Instant::now() + pause(since.elapsed(), looks)
            }
            Err(error) if failed_looks < MOST_FAILED_LOOKS && matches!(error.kind(), Kind::Trouble | Kind::Throttled) => {
                failed_looks += 1;
                tracing::warn!(error = %chain(&error), failed_looks, "could not look at the submission; looking again");
                if last.is_none() && is_late() {
                    return Err(error);
                }
                Instant::now() + FAILED_PAUSE
            }
            Err(error) => return Err(error),
        };
        match last.as_ref() {
            Some(last) if is_late() => return Ok(Ending::Deadline(last.clone())),
            last => {
                let next = goal.deadline.map_or(next, |deadline| next.min(deadline));
                waiting.now(match last {
                    Some(last) => Wait::Look { status: last.status.clone(), since, next },
                    None => Wait::Retry { until: next },
                });
                sleep_until(next).await;
            }
        }
    }
}

/// How a watch ends at this look, or `None` to go on. `standing` is for how long the status has been the same.
fn ending(report: StatusReport, goal: &Goal, standing: Duration) -> Option<Ending> {
    match report.status.phase() {
        Phase::Live => Some(Ending::Reached(report)),
        Phase::Moving(milestone) => (milestone >= goal.milestone).then_some(Ending::Reached(report)),
        Phase::Resting if goal.milestone <= Milestone::Certified => Some(Ending::Reached(report)),
        Phase::Resting => goal.publish_mode.rests().then_some(Ending::Resting(report)),
        Phase::Failed => Some(Ending::Failed(report)),
        Phase::Canceled => Some(Ending::Canceled(report)),
        Phase::Draft => (standing >= DRAFT).then_some(Ending::BackToDraft(report)),
        Phase::Unclear => None,
    }
}

/// How long to wait before the next look at a status that has stood for so long: soon after a change, seldom after hours. The first
/// looks may follow quickly; many of them would use up what the Store allows in a minute.
fn pause(standing: Duration, looks: u32) -> Duration {
    let least = Duration::from_secs(if looks < 10 { 1 } else { 5 });
    let most = Duration::from_secs(if standing.as_secs() < 1800 { 30 } else { 120 });
    (standing / 2).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flightline_protocol::status::SubmissionStatus;
    use flightline_protocol::submission::StatusDetails;

    fn end(status: SubmissionStatus, milestone: Milestone, publish_mode: PublishMode) -> Option<&'static str> {
        let report = StatusReport { status, details: StatusDetails::default() };
        let goal = Goal { milestone, publish_mode, deadline: None };
        ending(report, &goal, Duration::ZERO).map(|ending| match ending {
            Ending::Reached(_) => "reached",
            Ending::Resting(_) => "resting",
            Ending::Failed(_) => "failed",
            Ending::Canceled(_) => "canceled",
            Ending::BackToDraft(_) => "draft",
            Ending::Deadline(_) => "deadline",
        })
    }

    /// Every state against every goal, for a submission that goes live by itself and for one that rests.
    #[test]
    fn every_state_ends_the_wait_that_it_should() {
        use Milestone::{Certified, Committed, Published, Released};
        let mut table = String::new();
        for status in SubmissionStatus::all() {
            table += &format!("{status:>20}");
            for milestone in [Committed, Certified, Released, Published] {
                let immediate = end(status.clone(), milestone, PublishMode::Immediate).unwrap_or("-");
                let manual = end(status.clone(), milestone, PublishMode::Manual).unwrap_or("-");
                let cell = if immediate == manual { immediate.to_owned() } else { format!("{immediate}/{manual}") };
                table += &format!(" {cell:>10}");
            }
            table += "\n";
        }
        let expected = "
                None          -          -          -          -
            Canceled   canceled   canceled   canceled   canceled
       PendingCommit          -          -          -          -
       CommitStarted          -          -          -          -
        CommitFailed     failed     failed     failed     failed
  PendingPublication    reached    reached    reached          -
          Publishing    reached    reached    reached          -
           Published    reached    reached    reached    reached
       PublishFailed     failed     failed     failed     failed
       PreProcessing    reached          -          -          -
 PreProcessingFailed     failed     failed     failed     failed
       Certification    reached          -          -          -
 CertificationFailed     failed     failed     failed     failed
             Release    reached    reached  -/resting  -/resting
       ReleaseFailed     failed     failed     failed     failed
";
        assert_eq!(format!("\n{table}"), expected);
    }

    #[test]
    fn looks_often_after_a_change_and_seldom_after_hours() {
        let seconds = |standing, looks| pause(Duration::from_secs(standing), looks).as_secs();
        assert_eq!((seconds(0, 1), seconds(12, 5), seconds(600, 20), seconds(7200, 99)), (1, 6, 30, 120));
        assert_eq!(seconds(0, 10), 5);
    }
}
