//! Carries a plan out: each effect is noted before and after, each step is told as it happens.

mod commit;
mod draft;
mod fill;
mod follow;
mod rollout;

use crate::archive::{Archive, Entry};
use crate::error::{Error, Stand};
use crate::event::{Event, Observer};
use crate::journal::{self, Journal, Line, Run};
use crate::observe::Observed;
use crate::plan::{Plan, is_clone, never_published, plan};
use crate::rollout::ExistingRollout;
use crate::slot::{Busy, Slot};
use crate::step::{self, IfBusy, Maker, Policy, Step};
use crate::wish::Wish;
use flightline_client::api::{Reader, Writer};
use flightline_client::chain::chain;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::{Milestone, SubmissionStatus};
use flightline_protocol::submission::Submission;
use flightline_protocol::target::Target;
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;
use tokio::time::Instant;

/// How often a submission of ours is deleted that is still there afterwards.
const MOST_DELETIONS: u32 = 3;

/// How far to go, and what to do on the way.
#[derive(Debug, Clone)]
pub struct Course {
    /// How far to go.
    pub until: Until,
    /// When to stop waiting.
    pub deadline: Option<Instant>,
    /// What to do about a submission that is in the way.
    pub if_busy: IfBusy,
    /// What to do about a rollout of what is live that is not over.
    pub existing_rollout: ExistingRollout,
    /// The time that a publish date has to lie after.
    pub now: Timestamp,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The draft is made, written and uploaded, and not committed.
    Draft,
    /// The committed submission has come so far.
    Milestone(Milestone),
}

/// How a publish ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Customers have what is wished already.
    NothingToDo(SubmissionId),
    /// The slot is taken, and it was left for later.
    Skipped(Busy),
    /// The draft is ready, and nobody has committed it.
    Draft(SubmissionId),
    /// The submission is as far as was asked.
    Reached(SubmissionId, SubmissionStatus),
    /// It has passed certification and waits for a person or a date.
    Resting(SubmissionId),
    /// Customers get it: the Store's package list was read back and is what was planned.
    Delivered(SubmissionId),
}

impl Outcome {
    /// A word that scripts may rely on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingToDo(_) => "nothing-to-do",
            Self::Skipped(_) => "skipped",
            Self::Draft(_) => journal::DRAFT,
            Self::Reached(..) => "reached",
            Self::Resting(_) => "resting",
            Self::Delivered(_) => "delivered",
        }
    }
}

/// Publishes: looks, plans, and does what is left to be done.
///
/// # Errors
/// [`Error`] says why it stopped, whether the Store was changed, and what to do next. Running it again with the same wish goes on
/// where this run stopped.
pub async fn publish(
    writer: &Writer,
    journal: &mut Journal,
    target: &Target,
    wish: &Wish,
    course: &Course,
    observer: &dyn Observer,
) -> Result<Outcome, Error> {
    let mut work = Work { writer, journal, target: target.clone(), course, observer, archive: None, tries: Tries::default() };
    let outcome = work.run(wish).await.map_err(|error| work.midway(error));
    let last = last_line(&outcome, &work.journal.run());
    if let Err(error) = work.journal.write(last) {
        // What has happened in the Store has happened; the next run finds it there.
        tracing::warn!(error = %chain(&error), "the end of the run could not be noted");
    }
    outcome
}

/// How a run is noted to have ended.
fn last_line(outcome: &Result<Outcome, Error>, run: &Run) -> Line {
    let settled = |end: &str, code| Line::Settled { end: end.to_owned(), code };
    match outcome {
        Ok(outcome) => settled(outcome.code(), None),
        Err(error @ (Error::Failed { .. } | Error::Canceled { .. } | Error::NotAsPlanned { .. })) => {
            settled("failed", Some(error.code()))
        }
        // Somebody's submission is waited for, or followed.
        Err(error @ Error::Deadline { .. }) => Line::Stopped { code: error.code() },
        // What has not begun needs no going on.
        Err(error) if !run.has_begun() => settled("stopped", Some(error.code())),
        Err(error) => Line::Stopped { code: error.code() },
    }
}

/// Looks and plans, and can do nothing else.
///
/// # Errors
/// When the Store cannot be looked at, or the wish is wrong.
pub async fn look_and_plan(
    reader: &Reader,
    target: &Target,
    wish: &Wish,
    now: Timestamp,
    observer: &dyn Observer,
) -> Result<(Plan, Observed), Error> {
    reader.sign_in().await.map_err(|source| Error::Call { doing: "could not sign in", source })?;
    observer.hear(&Event::SignedIn);
    let observed = Observed::look(reader, target).await;
    let observed = observed.map_err(|source| Error::Call { doing: "could not look at the product", source })?;
    let plan = plan(wish, &observed, now).map_err(Error::Faults)?;
    observer.hear(&Event::Planned(&plan));
    Ok((plan, observed))
}

struct Work<'a> {
    writer: &'a Writer,
    journal: &'a mut Journal,
    target: Target,
    course: &'a Course,
    observer: &'a dyn Observer,
    /// What goes up, laid out once, with the files that it was laid out from.
    archive: Option<(Vec<Entry>, Arc<Archive>)>,
    tries: Tries,
}

/// How often this process has tried what must not be tried without an end.
#[derive(Debug, Default)]
struct Tries {
    creations: u32,
    deletions: u32,
    rollouts: u32,
    /// The draft of others that has lain untouched for as long as we looked.
    abandoned: Option<SubmissionId>,
}

impl Work<'_> {
    async fn run(&mut self, wish: &Wish) -> Result<Outcome, Error> {
        let (mut plan, mut observed) =
            look_and_plan(self.writer.reader(), &self.target, wish, self.course.now, self.observer).await?;
        let policy = Policy { if_busy: self.course.if_busy, existing_rollout: self.course.existing_rollout };
        loop {
            let run = self.journal.run();
            match step::next(&plan, &run, self.maker(&plan, &run), policy) {
                Step::Nothing => return Ok(self.nothing_to_do(&plan, &run)),
                Step::Skip(busy) => return Ok(Outcome::Skipped(busy)),
                Step::Refuse(busy) => return Err(self.refusal(busy, &run)),
                Step::RolloutOpen(submission) => return Err(Error::RolloutOpen { submission, target: self.target.clone() }),
                Step::Watch(id) => return self.watch(&id, &plan).await,
                Step::GoOn(id) => {
                    let base = self.prepare(&plan, &observed).await?;
                    if !self.journal.has_made(&id) || run.draft.as_ref() != Some(&id) {
                        self.journal.write(Line::Adopted { submission: id.to_string() })?;
                    }
                    self.observer.hear(&Event::Adopted(&id));
                    let draft = self.pending(&observed, &id)?;
                    return self.fill(&plan, &base, draft).await;
                }
                Step::Create => {
                    let base = self.prepare(&plan, &observed).await?;
                    if let Some(draft) = self.create().await? {
                        if is_clone(&draft.submission, &base) {
                            return self.fill(&plan, &base, draft).await;
                        }
                        // Somebody was published between our look and our draft, perhaps with the very same.
                        tracing::warn!("the draft is no clone of what was live; looking at the Store again");
                    }
                }
                Step::EndRollout(id, end) => {
                    self.prepare(&plan, &observed).await?;
                    self.end_rollout(&id, end, wish, &observed).await?;
                }
                Step::LetLie(id) => self.let_lie(id).await?,
                Step::Delete(_) if self.tries.deletions >= MOST_DELETIONS => {
                    return match &plan.slot {
                        Slot::Busy(busy) => Err(self.refusal(busy.clone(), &run)),
                        _ => Ok(self.nothing_to_do(&plan, &run)),
                    };
                }
                Step::Delete(id) => self.delete(&id).await?,
                Step::Wait(busy) => {
                    self.observer.hear(&Event::WaitingForSlot(&busy.id, &busy.status));
                    self.wait_for_slot(&busy).await?;
                }
            }
            // Something has changed, or may have: look at the Store before the next step.
            let before = plan.slot;
            let again = Observed::look(self.writer.reader(), &self.target).await;
            observed = again.map_err(|source| Error::Call { doing: "could not look at the product", source })?;
            plan = crate::plan::plan(wish, &observed, self.course.now).map_err(Error::Faults)?;
            if let (Slot::UntouchedClone(id), true) = (&plan.slot, before == plan.slot) {
                self.tries.abandoned = Some(id.clone());
            }
        }
    }

    /// Says of a call that failed what there is by now.
    fn midway(&self, error: Error) -> Error {
        let run = self.journal.run();
        match error {
            Error::Call { doing, source } if run.has_begun() || self.tries.creations > 0 => {
                Error::Midway { doing, source, at: Box::new(Stand { target: self.target.clone(), draft: run.draft }) }
            }
            error => error,
        }
    }

    /// Who made what is in the slot.
    fn maker(&self, plan: &Plan, run: &Run) -> Maker {
        match plan.slot.submission() {
            Some(id) if self.journal.has_made(id) => Maker::Us,
            Some(id) if run.create_is_open || self.tries.abandoned.as_ref() == Some(id) => Maker::Nobody,
            _ => Maker::Others,
        }
    }

    /// Why the slot stops us: others' work in a draft of ours is told as that.
    fn refusal(&self, busy: Busy, run: &Run) -> Error {
        if step::is_changed(&busy, run) {
            Error::DraftChanged { target: self.target.clone(), submission: busy.id, places: Vec::new() }
        } else {
            Error::Busy { target: self.target.clone(), busy: Box::new(busy) }
        }
    }

    /// Does beforehand what can fail without the Store: the document is edited on trial, and the archive is laid out. Gives what a
    /// draft is a clone of.
    async fn prepare(&mut self, plan: &Plan, observed: &Observed) -> Result<Submission, Error> {
        let base = observed.base().map(Cow::into_owned);
        let base = base.ok_or_else(|| Error::Faults(vec![never_published(observed)]))?;
        plan.edit(&mut base.clone(), &base)?;
        self.lay_out(plan).await?;
        Ok(base)
    }

    /// What was found to be live may be what this very run was about.
    fn nothing_to_do(&self, plan: &Plan, run: &Run) -> Outcome {
        if run.draft.as_ref() == Some(&plan.base) && run.commit_was_sent {
            Outcome::Delivered(plan.base.clone())
        } else {
            Outcome::NothingToDo(plan.base.clone())
        }
    }
}
