//! What to do next: a pure function of the plan, of what the Store has, and of what the journal remembers.

use crate::journal::Run;
use crate::plan::Plan;
use crate::rollout::{ExistingRollout, RolloutEnd};
use crate::slot::{Busy, Origin, Slot};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::Phase;
use flightline_protocol::target::Target;

/// What to do about what is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// A submission in the slot.
    pub if_busy: IfBusy,
    /// A rollout of what is live that still goes on.
    pub existing_rollout: ExistingRollout,
}

/// What to do about a submission that is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfBusy {
    /// Stop.
    #[default]
    Fail,
    /// Wait until the slot is free.
    Wait,
    /// Leave it for later.
    Skip,
    /// Delete it if we made it, and stop otherwise.
    ReplaceOwn,
}

/// Who made the submission in the slot, as far as our journal and what we have seen go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// A run in our journal.
    Us,
    /// Perhaps a run in our journal whose answer was lost; or others, who have left it alone for as long as we looked.
    Nobody,
    /// Others, or nobody knows.
    Others,
}

/// The next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Customers have what is wished.
    Nothing,
    /// Make a draft.
    Create,
    /// End the rollout of what is live, and look again.
    EndRollout(SubmissionId, RolloutEnd),
    /// Stop: the rollout of what is live is not over.
    RolloutOpen(SubmissionId),
    /// Look again in a while whether somebody works on the draft that is there.
    LetLie(SubmissionId),
    /// Go on with a draft that is there.
    GoOn(SubmissionId),
    /// Follow a submission that is committed.
    Watch(SubmissionId),
    /// Delete a submission of ours and look again.
    Delete(SubmissionId),
    /// Wait for the slot and look again.
    Wait(Busy),
    /// Leave it for later.
    Skip(Busy),
    /// Stop: it is not ours to touch.
    Refuse(Busy),
}

/// The next step towards a committed submission.
pub fn next(plan: &Plan, run: &Run, maker: Maker, policy: Policy) -> Step {
    // A plan without changes creates nothing, whatever is in the slot; what we made before others were faster does not stay there.
    if plan.is_empty() {
        return match &plan.slot {
            Slot::UntouchedClone(id) if run.made && run.draft.as_ref() == Some(id) => Step::Delete(id.clone()),
            _ => Step::Nothing,
        };
    }
    match &plan.slot {
        Slot::Free => match (&plan.rollout, policy.existing_rollout) {
            (None, _) => Step::Create,
            (Some(_), ExistingRollout::Fail) => Step::RolloutOpen(plan.base.clone()),
            (Some(_), ExistingRollout::End(end)) => Step::EndRollout(plan.base.clone(), end),
        },
        // A flight's first draft is there from the beginning (O-033), and says nothing about who works on it.
        Slot::UntouchedClone(id) if maker == Maker::Others && !(is_flight(plan) && plan.base == *id) => Step::LetLie(id.clone()),
        Slot::UntouchedClone(id) | Slot::SameDraft(id) => Step::GoOn(id.clone()),
        Slot::OnItsWay(id, _) => Step::Watch(id.clone()),
        Slot::Busy(busy) => around(busy, run, maker, policy.if_busy),
    }
}

/// What to do about a submission that says something else than we would.
fn around(busy: &Busy, run: &Run, maker: Maker, if_busy: IfBusy) -> Step {
    let ours = maker == Maker::Us;
    let of_this_run = run.draft.as_ref() == Some(&busy.id);
    match busy.status.phase() {
        // The draft of this very run, half written: whatever it says, it will say what the plan says.
        Phase::Draft if of_this_run && busy.origin != Origin::Portal && !is_changed(busy, run) => Step::GoOn(busy.id.clone()),
        Phase::Moving(_) | Phase::Resting if of_this_run => Step::Watch(busy.id.clone()),
        // It failed while nobody watched: that is told before anything is sent again.
        Phase::Failed if of_this_run && run.commit_was_sent => Step::Watch(busy.id.clone()),
        // What failed holds the slot until somebody deletes it; if we made it, that is us.
        Phase::Failed if ours => Step::Delete(busy.id.clone()),
        _ => match if_busy {
            IfBusy::Fail => Step::Refuse(busy.clone()),
            IfBusy::Wait => Step::Wait(busy.clone()),
            IfBusy::Skip => Step::Skip(busy.clone()),
            IfBusy::ReplaceOwn if ours && busy.status.is_deletable() && busy.origin != Origin::Portal => {
                Step::Delete(busy.id.clone())
            }
            IfBusy::ReplaceOwn => Step::Refuse(busy.clone()),
        },
    }
}

/// Whether the draft of this run says something else than the Store said that it stored for us: somebody has worked on it since.
pub(crate) fn is_changed(busy: &Busy, run: &Run) -> bool {
    let known = run.draft.as_ref() == Some(&busy.id) && run.written.is_some();
    known && busy.document.is_some() && busy.document != run.written
}

fn is_flight(plan: &Plan) -> bool {
    matches!(plan.target, Target::Flight(..))
}
