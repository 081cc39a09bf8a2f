//! The next step as a table: what is in the slot, who made it, and what we were told to do about it.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use flightline_protocol::id::SubmissionId;
use flightline_protocol::rollout::PackageRollout;
use flightline_protocol::schedule::PublishMode;
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::submission::StatusDetails;
use flightline_protocol::target::Target;
use flightline_publish::journal::Run;
use flightline_publish::plan::{FieldChange, Plan, Weight};
use flightline_publish::rollout::{ExistingRollout, RolloutEnd};
use flightline_publish::slot::{Busy, Origin, Slot};
use flightline_publish::step::{IfBusy, Maker, Policy, Step, next};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::fmt::Write as _;

const PENDING: &str = "1152921505700000102";

const POLICIES: [IfBusy; 4] = [IfBusy::Fail, IfBusy::Wait, IfBusy::Skip, IfBusy::ReplaceOwn];

fn pending() -> SubmissionId {
    PENDING.parse().expect("an id")
}

fn plan(slot: Slot, weight: Option<Weight>) -> Plan {
    let change = |weight| FieldChange { field: "visibility".to_owned(), from: Value::Null, to: Value::Null, weight };
    Plan {
        target: Target::App("9NPAPERBOATS".parse().expect("an id")),
        name: "Paper Boats".to_owned(),
        base: "1152921505700000101".parse().expect("an id"),
        packages: Vec::new(),
        files: Vec::new(),
        fields: weight.map(change).into_iter().collect(),
        remarks: Vec::new(),
        slot,
        rollout: None,
        publish_mode: PublishMode::Immediate,
    }
}

fn busy(status: SubmissionStatus, origin: Origin) -> Slot {
    let document = (status == SubmissionStatus::PendingCommit).then(|| "theirs".to_owned());
    Slot::Busy(Busy { id: pending(), status, origin, details: StatusDetails::default(), document })
}

fn policy(if_busy: IfBusy) -> Policy {
    Policy { if_busy, ..Policy::default() }
}

/// Every slot there can be: the five kinds, and what is in the way in every state and of every origin.
fn slots() -> Vec<(String, Slot)> {
    let mut slots = vec![
        ("free".to_owned(), Slot::Free),
        ("untouched clone".to_owned(), Slot::UntouchedClone(pending())),
        ("same draft".to_owned(), Slot::SameDraft(pending())),
        ("on its way".to_owned(), Slot::OnItsWay(pending(), SubmissionStatus::Certification)),
    ];
    for status in SubmissionStatus::all().chain([SubmissionStatus::Unknown("Quarantined".to_owned())]) {
        let origins: &[Origin] =
            if status == SubmissionStatus::PendingCommit { &[Origin::Portal, Origin::Api] } else { &[Origin::Unknown] };
        for &origin in origins {
            let name = match origin {
                Origin::Portal => format!("{status} (portal)"),
                Origin::Api => format!("{status} (API)"),
                Origin::Unknown => status.to_string(),
            };
            slots.push((name, busy(status.clone(), origin)));
        }
    }
    slots
}

/// Whose the submission in the slot is, as far as the journal knows.
const MAKERS: [(&str, Maker, bool); 4] = [
    ("others", Maker::Others, false),
    ("nobody", Maker::Nobody, false),
    ("us, earlier", Maker::Us, false),
    ("this run", Maker::Us, true),
];

fn run(is_this: bool) -> Run {
    Run { draft: is_this.then(pending), ..Run::default() }
}

fn word(step: &Step) -> &'static str {
    match step {
        Step::Nothing => "nothing",
        Step::Create => "create",
        Step::EndRollout(_, end) => end.as_str(),
        Step::RolloutOpen(_) => "rollout open",
        Step::LetLie(_) => "let lie",
        Step::GoOn(_) => "go on",
        Step::Watch(_) => "watch",
        Step::Delete(_) => "DELETE",
        Step::Wait(_) => "wait",
        Step::Skip(_) => "skip",
        Step::Refuse(_) => "refuse",
    }
}

/// One word where all four policies (fail, wait, skip, replace-own) agree, and all four where they do not.
fn cell(slot: &Slot, maker: Maker, is_this: bool, weight: Option<Weight>) -> String {
    let plan = plan(slot.clone(), weight);
    let words: Vec<&str> =
        POLICIES.iter().map(|&policy| word(&next(&plan, &run(is_this), maker, self::policy(policy)))).collect();
    if words.iter().all(|word| *word == words[0]) { words[0].to_owned() } else { words.join("/") }
}

fn table(weight: Option<Weight>) -> String {
    let mut table = String::new();
    for (name, slot) in slots() {
        write!(table, "{name:24}").expect("text grows");
        for (_, maker, is_this) in MAKERS {
            write!(table, " | {:24}", cell(&slot, maker, is_this, weight)).expect("text grows");
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}

/// Columns: made by others, by nobody that we see at work, by an earlier run of ours, by this very run.
#[test]
fn every_slot_has_its_step() {
    assert_snapshot!(table(Some(Weight::Content)), @r"
    free                     | create                   | create                   | create                   | create
    untouched clone          | let lie                  | go on                    | go on                    | go on
    same draft               | go on                    | go on                    | go on                    | go on
    on its way               | watch                    | watch                    | watch                    | watch
    None                     | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse
    Canceled                 | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse
    PendingCommit (portal)   | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse
    PendingCommit (API)      | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/DELETE  | go on
    CommitStarted            | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | watch
    CommitFailed             | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | DELETE                   | DELETE
    PendingPublication       | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | watch
    Publishing               | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | watch
    Published                | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse
    PublishFailed            | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | DELETE                   | DELETE
    PreProcessing            | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | watch
    PreProcessingFailed      | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | DELETE                   | DELETE
    Certification            | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | watch
    CertificationFailed      | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | DELETE                   | DELETE
    Release                  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | watch
    ReleaseFailed            | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | DELETE                   | DELETE
    Quarantined              | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse  | refuse/wait/skip/refuse
    ");
}

#[test]
fn a_plan_without_changes_does_nothing_whatever_is_in_the_slot() {
    for weight in [None, Some(Weight::Delivery)] {
        for line in table(weight).lines() {
            assert_eq!(line.matches("nothing").count(), 4, "{line}");
        }
    }
}

/// Others published the same while our draft was made: it is of no use to anybody, and would be in everybody's way.
#[test]
fn an_empty_draft_that_we_made_does_not_stay_when_there_is_nothing_to_do() {
    let next = |made, draft: &str| {
        let run = Run { draft: draft.parse().ok(), made, ..Run::default() };
        next(&plan(Slot::UntouchedClone(pending()), None), &run, Maker::Us, Policy::default())
    };
    assert_eq!(next(true, PENDING), Step::Delete(pending()));
    assert_eq!(next(false, PENDING), Step::Nothing, "it was taken over: whose it was is not known");
    assert_eq!(next(true, "1152921505700000099"), Step::Nothing, "it is of another run");
}

/// Whatever else is so: what we did not make, what lies in Partner Center, and what the Store would not delete, stays.
#[test]
fn nothing_foreign_is_deleted() {
    for (name, slot) in slots() {
        for maker in [Maker::Us, Maker::Others] {
            for is_this in [true, false] {
                for policy in POLICIES {
                    let step = next(&plan(slot.clone(), Some(Weight::Content)), &run(is_this), maker, self::policy(policy));
                    let Step::Delete(_) = step else { continue };
                    let Slot::Busy(busy) = &slot else { panic!("{name} is deleted") };
                    assert_eq!(maker, Maker::Us, "{name}");
                    assert_ne!(busy.origin, Origin::Portal, "{name}");
                    assert!(busy.status.is_deletable(), "{name}");
                }
            }
        }
    }
}

/// A run that remembers another draft does not take this one for its own.
#[test]
fn a_draft_of_another_run_is_not_gone_on_with() {
    let slot = busy(SubmissionStatus::PendingCommit, Origin::Api);
    let run = Run { draft: "1152921505700000099".parse().ok(), ..Run::default() };
    let step = next(&plan(slot, Some(Weight::Content)), &run, Maker::Us, Policy::default());
    assert!(matches!(step, Step::Refuse(_)), "{step:?}");
}

/// What somebody has made of our draft since the Store stored it for us is not written over, nor handed in as if it were ours.
#[test]
fn a_draft_of_this_run_that_others_have_changed_is_like_any_other_that_is_in_the_way() {
    let next = |written: Option<&str>, if_busy| {
        let run = Run { draft: Some(pending()), written: written.map(str::to_owned), ..Run::default() };
        let plan = plan(busy(SubmissionStatus::PendingCommit, Origin::Api), Some(Weight::Content));
        next(&plan, &run, Maker::Us, policy(if_busy))
    };
    for if_busy in POLICIES {
        assert_eq!(word(&next(Some("theirs"), if_busy)), "go on");
        assert_eq!(word(&next(None, if_busy)), "go on", "half written, as far as anybody knows");
    }
    assert_eq!(POLICIES.map(|if_busy| word(&next(Some("ours"), if_busy))), ["refuse", "wait", "skip", "DELETE"]);
}

/// A rollout is ended only where that is asked for, and only to make a submission.
#[test]
fn a_rollout_that_goes_on_is_ended_only_for_a_new_submission() {
    let rollout = json!({ "isPackageRollout": true, "packageRolloutPercentage": 10.0,
                          "packageRolloutStatus": "PackageRolloutInProgress", "fallbackSubmissionId": "7" });
    let rollout = PackageRollout::read(rollout).expect("a rollout");
    let ends = [RolloutEnd::Finalize, RolloutEnd::Halt].map(ExistingRollout::End);
    for (name, slot) in slots() {
        let words = [ExistingRollout::Fail, ends[0], ends[1]].map(|existing_rollout| {
            let plan = Plan { rollout: Some(rollout.clone()), ..plan(slot.clone(), Some(Weight::Content)) };
            word(&next(&plan, &Run::default(), Maker::Others, Policy { existing_rollout, ..Policy::default() }))
        });
        if slot == Slot::Free {
            assert_eq!(words, ["rollout open", "finalize", "halt"]);
        } else {
            assert!(words.iter().all(|word| *word == words[0] && !["finalize", "halt"].contains(word)), "{name}: {words:?}");
        }
    }
}

/// The first draft of a flight is there from the beginning: it is no sign that somebody works on it.
#[test]
fn the_first_draft_of_a_flight_need_not_lie() {
    let flight = Target::Flight("9NPAPERBOATS".parse().expect("an id"), "f1".parse().expect("an id"));
    let next = |base: SubmissionId| {
        let plan = Plan { target: flight.clone(), base, ..plan(Slot::UntouchedClone(pending()), Some(Weight::Content)) };
        next(&plan, &Run::default(), Maker::Others, Policy::default())
    };
    assert_eq!(next(pending()), Step::GoOn(pending()));
    assert_eq!(next("1152921505700000101".parse().expect("an id")), Step::LetLie(pending()));
}
