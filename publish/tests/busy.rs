//! A slot that is taken: by others, by a person in Partner Center, by an earlier run of ours. Nothing foreign is touched.

#![allow(clippy::expect_used, clippy::panic, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;
#[path = "support/schedule.rs"]
mod schedule;
#[path = "support/store.rs"]
mod store;
mod support;
#[path = "support/weather.rs"]
mod weather;

use document::wish;
use flightline_emulator::Pace;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::target::Target;
use flightline_publish::apply::{Course, Outcome, Until};
use flightline_publish::error::{Error, Kind};
use flightline_publish::slot::Origin;
use flightline_publish::step::IfBusy;
use flightline_publish::wish::Wish;
use http::Method;
use schedule::run_all;
use serde_json::{Value, json};
use std::time::Duration;
use store::{Desk, Memory, app, course, live};
use tokio::time::Instant;
use weather::{Fault, Spell, Weather};

const POLICIES: [IfBusy; 4] = [IfBusy::Fail, IfBusy::Wait, IfBusy::Skip, IfBusy::ReplaceOwn];

/// This policy, and a deadline in ten minutes.
fn policy(if_busy: IfBusy) -> Course {
    Course { if_busy, deadline: Some(Instant::now() + Duration::from_secs(600)), ..course() }
}

/// A draft that somebody else made through the API and has begun to fill.
async fn foreign_draft(desk: &Desk) -> SubmissionId {
    let (writer, target) = (desk.writer(), Target::App(app()));
    let mut draft = writer.create_submission(&target).await.expect("a draft").submission;
    draft.document_mut().insert("notesForCertification".to_owned(), "Try the red boat.".into());
    let stored = writer.update_submission(&target, &draft).await.expect("it is stored").submission;
    desk.requests();
    stored.id().clone()
}

/// Requests that could change something.
fn changes(desk: &Desk) -> Vec<String> {
    let requests = desk.requests();
    requests.lines().filter(|line| !line.starts_with("GET") && !line.contains("token")).map(str::to_owned).collect()
}

/// Ends as a policy says that it should where something is in the way that is not ours to touch.
fn assert_left_alone(if_busy: IfBusy, result: &Result<Outcome, Error>, id: &SubmissionId, origin: Origin) {
    match (if_busy, result) {
        (IfBusy::Fail | IfBusy::ReplaceOwn, Err(error @ Error::Busy { busy, .. })) => {
            assert_eq!((error.kind(), error.code().as_str()), (Kind::Conflict, "slot-busy"));
            assert_eq!((&busy.id, busy.origin), (id, origin));
            assert!(error.hint().is_some());
        }
        (IfBusy::Wait, Err(error @ Error::Deadline { submission, .. })) => {
            assert_eq!((error.kind(), submission), (Kind::Deadline, id));
        }
        (IfBusy::Skip, Ok(Outcome::Skipped(busy))) => assert_eq!((&busy.id, busy.origin), (id, origin)),
        _ => panic!("{if_busy:?}: {result:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_draft_of_others_is_left_alone_by_every_policy() {
    for if_busy in POLICIES {
        let desk = Desk::new(Pace::Fast);
        let id = foreign_draft(&desk).await;
        let before = desk.pending().await;
        let started = Instant::now();
        let result = desk.publish(&desk.wish(), &policy(if_busy)).await;
        assert_left_alone(if_busy, &result, &id, Origin::Api);
        assert_eq!(started.elapsed().as_secs(), if if_busy == IfBusy::Wait { 600 } else { 0 });
        assert_eq!(changes(&desk), Vec::<String>::new());
        assert_eq!(desk.pending().await, before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_draft_of_partner_center_is_left_alone_by_every_policy() {
    // Even one that nobody has changed yet.
    for touched in [true, false] {
        let mut draft = live();
        draft["id"] = document::PENDING.into();
        if touched {
            draft["notesForCertification"] = "Try the red boat.".into();
        }
        for if_busy in POLICIES {
            let more = json!({ "publishedSubmission": live(), "pendingSubmission": draft, "origin": "portal" });
            let desk = Desk::with(Pace::Fast, more);
            let before = desk.pending().await;
            let result = desk.publish(&desk.wish(), &policy(if_busy)).await;
            assert_left_alone(if_busy, &result, &document::PENDING.parse().expect("an id"), Origin::Portal);
            assert_eq!(changes(&desk), Vec::<String>::new());
            assert_eq!(desk.pending().await, before);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_becomes_free_is_waited_for() {
    let desk = Desk::new(Pace::Fast);
    let id = foreign_draft(&desk).await;
    let wish = desk.wish();
    let course = policy(IfBusy::Wait);
    let started = Instant::now();
    let (outcome, ()) = tokio::join!(desk.publish(&wish, &course), async {
        tokio::time::sleep(Duration::from_secs(300)).await;
        let gone = desk.writer().delete_submission(&Target::App(app()), &id).await;
        gone.expect("the others take it back");
    });
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert!((300..360).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
}

/// The line is bad for a while: whoever has waited for hours goes on waiting.
#[tokio::test(start_paused = true)]
async fn a_wait_outlasts_an_outage() {
    let desk = Desk::new(Pace::Fast);
    let id = foreign_draft(&desk).await;
    let wish = desk.wish();
    let course = Course { deadline: None, ..policy(IfBusy::Wait) };
    let (outcome, ()) = tokio::join!(desk.publish(&wish, &course), async {
        tokio::time::sleep(Duration::from_secs(3000)).await;
        desk.line.set_weather(Weather::from(0, Fault::NotConnected, Spell::Outage));
        tokio::time::sleep(Duration::from_secs(60)).await;
        desk.line.set_weather(Weather::default());
        desk.writer().delete_submission(&Target::App(app()), &id).await.expect("the others take it back");
    });
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
}

/// Our own submission of yesterday is still on its way, and today's waits for it.
#[tokio::test(start_paused = true)]
async fn the_version_before_goes_first() {
    let desk = Desk::new(Pace::Real);
    let late = desk.publish(&desk.wish(), &policy(IfBusy::Fail)).await.expect_err("it takes hours");
    assert_eq!(late.kind(), Kind::Deadline);
    let next = wish(vec![desk.package("1.2.0.0", "x64"), desk.package("1.2.0.0", "arm64")]);
    for if_busy in [IfBusy::Fail, IfBusy::ReplaceOwn] {
        let refused = desk.publish(&next, &policy(if_busy)).await.expect_err("it is in certification");
        assert_eq!(refused.kind(), Kind::Conflict);
    }
    let outcome = desk.publish(&next, &Course { deadline: None, ..policy(IfBusy::Wait) }).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(desk.live_packages().await, ["1.2.0.0 arm64", "1.2.0.0 x64"]);
    assert_eq!(desk.line.count(&Method::POST, "app/submissions/*/commit", 202), 2);
    assert_eq!(desk.line.count(&Method::DELETE, "app/submissions/*", 204), 0);
}

#[tokio::test(start_paused = true)]
async fn a_draft_of_an_earlier_run_of_ours_is_replaced_only_where_that_is_asked_for() {
    for if_busy in POLICIES {
        let desk = Desk::new(Pace::Fast);
        let Ok(Outcome::Draft(id)) = desk.publish(&desk.wish(), &Course { until: Until::Draft, ..course() }).await else {
            panic!("no draft")
        };
        let next = wish(vec![desk.package("1.2.0.0", "x64"), desk.package("1.2.0.0", "arm64")]);
        desk.requests();
        let result = desk.publish(&next, &policy(if_busy)).await;
        if if_busy == IfBusy::ReplaceOwn {
            assert!(matches!(result, Ok(Outcome::Delivered(_))), "{result:?}");
            assert_eq!(changes(&desk)[0], "DELETE app/submissions/* 204");
            assert_eq!(desk.live_packages().await, ["1.2.0.0 arm64", "1.2.0.0 x64"]);
        } else {
            assert_left_alone(if_busy, &result, &id, Origin::Api);
            assert_eq!(changes(&desk), Vec::<String>::new());
        }
        // Who has forgotten that it is ours leaves it alone.
        let desk = Desk::new(Pace::Fast);
        let draft = desk.publish(&desk.wish(), &Course { until: Until::Draft, ..course() }).await;
        let Ok(Outcome::Draft(id)) = draft else { panic!("{draft:?}") };
        let next = wish(vec![desk.package("1.2.0.0", "x64")]);
        desk.remember(Memory::Wiped);
        desk.requests();
        let result = desk.publish(&next, &policy(if_busy)).await;
        assert_left_alone(if_busy, &result, &id, Origin::Api);
        assert_eq!(changes(&desk), Vec::<String>::new());
    }
}

/// A submission of ours that fails in certification.
async fn failed(desk: &Desk, wish: &Wish) -> SubmissionId {
    let draft = desk.publish(wish, &Course { until: Until::Draft, ..course() }).await;
    let Ok(Outcome::Draft(id)) = draft else { panic!("{draft:?}") };
    desk.control("POST", &format!("/fail?submission={id}&status=CertificationFailed")).await;
    let failed = desk.publish(wish, &course()).await;
    assert!(matches!(failed, Err(Error::Failed { .. })), "{failed:?}");
    desk.requests();
    id
}

#[tokio::test(start_paused = true)]
async fn a_failed_submission_of_ours_is_replaced_and_one_of_others_is_not() {
    for if_busy in POLICIES {
        let desk = Desk::new(Pace::Fast);
        let wish = desk.wish();
        failed(&desk, &wish).await;
        let result = desk.publish(&wish, &policy(if_busy)).await;
        assert!(matches!(result, Ok(Outcome::Delivered(_))), "{result:?}");

        let desk = Desk::new(Pace::Fast);
        let id = failed(&desk, &wish).await;
        desk.remember(Memory::Wiped);
        let result = desk.publish(&wish, &policy(if_busy)).await;
        assert_left_alone(if_busy, &result, &id, Origin::Unknown);
        assert_eq!(changes(&desk), Vec::<String>::new());
    }
}

/// The deletion of what failed meets every fault: it is never taken for done, nor tried without an end.
#[test]
fn a_deletion_goes_wrong() {
    let shelf = schedule::alone(async { Desk::new(Pace::Fast) });
    let wish = shelf.wish();
    let mut schedules = Vec::new();
    // Of token, app, live, pending, DELETE, app, live, create: the last five.
    for at in 3..8 {
        for fault in Fault::ALL {
            schedules.extend([Spell::Once, Spell::Twice, Spell::Forever].map(|spell| (at, fault, spell)));
        }
    }
    run_all("a deletion", &schedules, |(at, fault, spell)| {
        let wish = &wish;
        async move {
            let desk = Desk::new(Pace::Fast);
            failed(&desk, wish).await;
            desk.line.set_weather(Weather::from(at, fault, spell));
            let an_hour = Duration::from_secs(3600);
            let course = course();
            let Ok(first) = tokio::time::timeout(an_hour, desk.publish(wish, &course)).await else {
                return Err("it never ends".to_owned());
            };
            if !matches!(first, Ok(Outcome::Delivered(_)) | Err(Error::Call { .. } | Error::Midway { .. })) {
                return Err(format!("the first run ends with {first:?}"));
            }
            desk.line.set_weather(Weather::default());
            let second = desk.publish(wish, &course).await;
            if !matches!(second, Ok(Outcome::Delivered(_) | Outcome::NothingToDo(_))) {
                return Err(format!("the next run ends with {second:?}"));
            }
            let live: Vec<Value> = desk.submissions().await;
            let deleted = desk.line.count(&Method::DELETE, "app/submissions/*", 204);
            if (live.len(), deleted) != (2, 1) {
                return Err(format!("{} submissions are there, and {deleted} were deleted", live.len()));
            }
            desk.assert_nothing_secret_was_told();
            Ok(())
        }
    });
}
