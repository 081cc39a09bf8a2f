//! What to do next: a pure function of the plan, of what the Store has, and of what the journal remembers.

use crate::journal::Run;
use crate::plan::Plan;
use crate::slot::{Busy, Slot};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::Phase;

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

/// Whether the submission in the slot was made by a run in our journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// It was.
    Us,
    /// It was not, or nobody knows.
    Others,
}

/// The next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Customers have what is wished.
    Nothing,
    /// Make a draft.
    Create,
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
pub fn next(plan: &Plan, run: &Run, maker: Maker, if_busy: IfBusy) -> Step {
    // A plan without changes creates nothing, whatever is in the slot.
    if plan.is_empty() {
        return Step::Nothing;
    }
    let ours = maker == Maker::Us;
    match &plan.slot {
        Slot::Free => Step::Create,
        Slot::UntouchedClone(id) | Slot::SameDraft(id) => Step::GoOn(id.clone()),
        Slot::OnItsWay(id, _) => Step::Watch(id.clone()),
        Slot::Busy(busy) => {
            let phase = busy.status.phase();
            let of_this_run = run.draft.as_ref() == Some(&busy.id);
            match phase {
                // The draft of this very run, half written: whatever it says, it will say what the plan says.
                Phase::Draft if of_this_run && busy.origin != crate::slot::Origin::Portal => Step::GoOn(busy.id.clone()),
                Phase::Moving(_) | Phase::Resting if of_this_run => Step::Watch(busy.id.clone()),
                // It failed while nobody watched: that is told before anything is sent again.
                Phase::Failed if of_this_run && run.commit_was_sent => Step::Watch(busy.id.clone()),
                // What failed holds the slot until somebody deletes it; if we made it, that is us.
                Phase::Failed if ours => Step::Delete(busy.id.clone()),
                _ => match if_busy {
                    IfBusy::Fail => Step::Refuse(busy.clone()),
                    IfBusy::Wait => Step::Wait(busy.clone()),
                    IfBusy::Skip => Step::Skip(busy.clone()),
                    IfBusy::ReplaceOwn if ours && busy.status.is_deletable() && busy.origin != crate::slot::Origin::Portal => {
                        Step::Delete(busy.id.clone())
                    }
                    IfBusy::ReplaceOwn => Step::Refuse(busy.clone()),
                },
            }
        }
    }
}
