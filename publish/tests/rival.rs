//! Two machines and one slot: whatever they do to each other's drafts, nothing is handed in that its machine did not write.

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

use async_trait::async_trait;
use bytes::Bytes;
use document::wish;
use flightline_client::api::Writer;
use flightline_client::transport::{Transport, TransportError};
use flightline_emulator::Pace;
use flightline_protocol::target::Target;
use flightline_publish::apply::{self, Course, Outcome};
use flightline_publish::error::{Error, Kind};
use flightline_publish::journal::Journal;
use flightline_publish::step::IfBusy;
use flightline_publish::wish::Wish;
use http::{Method, Request, Response};
use schedule::run_all;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use store::{Desk, Line, app, course, what};
use tempfile::TempDir;
use weather::{Fault, Spell, Weather};

/// A line on which every request takes its time, and one kind of request more than that.
struct Far {
    line: Arc<Line>,
    away: Duration,
    slow: Option<(Method, &'static str, Duration)>,
}

#[async_trait]
impl Transport for Far {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        tokio::time::sleep(self.away).await;
        if let Some((method, kind, time)) = &self.slow
            && *request.method() == *method
            && what(&request) == *kind
        {
            tokio::time::sleep(*time).await;
        }
        let answer = self.line.send(request).await;
        tokio::time::sleep(self.away).await;
        answer
    }
}

/// A machine with a state file of its own.
struct Machine<'a> {
    desk: &'a Desk,
    state: TempDir,
    writer: Writer,
}

impl<'a> Machine<'a> {
    fn new(desk: &'a Desk, away: u64, slow: Option<(Method, &'static str, Duration)>) -> Self {
        let far = Far { line: Arc::clone(&desk.line), away: Duration::from_millis(away), slow };
        Self { desk, state: tempfile::tempdir().expect("a folder"), writer: desk.writer_over(Arc::new(far)) }
    }

    async fn publish(&self, wish: &Wish, course: &Course) -> Result<Outcome, Error> {
        let target = Target::App(app());
        let mut journal = Journal::open(self.state.path(), "in process", &target)?;
        journal.begin(&target, &wish.digest(), Value::Null)?;
        apply::publish(&self.writer, &mut journal, &target, wish, course, self.desk).await
    }
}

/// How often something was done in the Store.
fn done(desk: &Desk) -> (usize, usize, usize) {
    (
        desk.line.count(&Method::POST, "app/submissions", 201),
        desk.line.count(&Method::POST, "app/submissions/*/commit", 202),
        desk.line.count(&Method::DELETE, "app/submissions/*", 204),
    )
}

/// The second machine begins at any moment of the first one's publish, with something else in mind. Each submission that is made is
/// delivered as its machine meant it, and whoever is told of a delivery has it.
#[test]
fn two_machines_with_different_wishes_never_mix_them() {
    let shelf = schedule::alone(async { Desk::new(Pace::Fast) });
    let first = shelf.wish();
    let second = wish(vec![shelf.package("1.2.0.0", "x64"), shelf.package("1.2.0.0", "arm64")]);
    let mut schedules = Vec::new();
    for after in (0..4000).step_by(100) {
        for away in [50, 130] {
            schedules.extend([IfBusy::Fail, IfBusy::Wait, IfBusy::ReplaceOwn].map(|if_busy| (after, away, if_busy)));
        }
    }
    run_all("two machines", &schedules, |(after, away, if_busy)| {
        let (first, second) = (&first, &second);
        async move {
            let desk = Desk::new(Pace::Fast);
            let (one, other) = (Machine::new(&desk, 130, None), Machine::new(&desk, away, None));
            let course = Course { if_busy, ..course() };
            let (was, is) = tokio::join!(one.publish(first, &course), async {
                tokio::time::sleep(Duration::from_millis(after)).await;
                other.publish(second, &course).await
            });
            for result in [&was, &is] {
                match result {
                    Ok(Outcome::Delivered(_)) => {}
                    Err(error) if error.kind() == Kind::Conflict && if_busy != IfBusy::Wait => {}
                    // The slower one finds that customers have a higher version than its own.
                    Err(Error::Faults(faults)) if faults.iter().all(|fault| fault.code == "version-lower") => {}
                    other => return Err(format!("{other:?}")),
                }
            }
            let delivered = [&was, &is].iter().filter(|result| result.is_ok()).count();
            if done(&desk) != (delivered, delivered, 0) || delivered == 0 {
                return Err(format!("{:?} after {delivered} deliveries: {was:?}, {is:?}", done(&desk)));
            }
            let expected = if is.is_ok() { "1.2.0.0 x64" } else { "1.1.0.0 x64" };
            let live = desk.live_packages().await;
            if !live.contains(&expected.to_owned()) || live.len() != 2 {
                return Err(format!("customers have {live:?}"));
            }
            Ok(())
        }
    });
}

/// Both want the same, as a job that was started twice does: there is one submission, and both are told that it is delivered.
#[test]
fn two_machines_with_the_same_wish_make_one_submission() {
    let shelf = schedule::alone(async { Desk::new(Pace::Fast) });
    let same = shelf.wish();
    let schedules: Vec<u64> = (0..4000).step_by(50).collect();
    run_all("the same twice", &schedules, |after| {
        let same = &same;
        async move {
            let desk = Desk::new(Pace::Fast);
            let (one, other) = (Machine::new(&desk, 130, None), Machine::new(&desk, 90, None));
            let course = course();
            let (was, is) = tokio::join!(one.publish(same, &course), async {
                tokio::time::sleep(Duration::from_millis(after)).await;
                other.publish(same, &course).await
            });
            for result in [&was, &is] {
                if !matches!(result, Ok(Outcome::Delivered(_) | Outcome::NothingToDo(_))) {
                    return Err(format!("{result:?}"));
                }
            }
            if done(&desk) != (1, 1, 0) {
                return Err(format!("{:?}", done(&desk)));
            }
            Ok(())
        }
    });
}

/// The maker was held up for so long that its draft counts as left behind. Then the draft belongs to whoever took it over, and the
/// maker is told so.
#[tokio::test(start_paused = true)]
async fn a_machine_that_comes_back_late_does_not_write_over_who_took_its_draft_over() {
    let desk = Desk::new(Pace::Fast);
    let held_up = Some((Method::PUT, "app/submissions/*", Duration::from_secs(200)));
    let (slow, quick) = (Machine::new(&desk, 100, held_up), Machine::new(&desk, 100, None));
    let (first, course) = (desk.wish(), course());
    let second = wish(vec![desk.package("1.2.0.0", "x64"), desk.package("1.2.0.0", "arm64")]);
    let (late, taken) = tokio::join!(slow.publish(&first, &course), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        quick.publish(&second, &course).await
    });
    assert!(matches!(taken, Ok(Outcome::Delivered(_))), "{taken:?}");
    assert!(matches!(late, Err(Error::Call { .. } | Error::Midway { .. })), "{late:?}");
    assert_eq!(done(&desk), (1, 1, 0));
    assert_eq!(desk.live_packages().await, ["1.2.0.0 arm64", "1.2.0.0 x64"]);
}

/// Both ask for a draft at the same moment, and the one whose answer is lost finds the other's: it is taken for its own only while
/// nobody writes into it, and committed only with what was written.
#[tokio::test(start_paused = true)]
async fn a_create_that_was_lost_does_not_take_the_draft_of_another_for_its_own() {
    let desk = Desk::new(Pace::Fast);
    let (first, course) = (desk.wish(), course());
    let second = wish(vec![desk.package("1.2.0.0", "x64"), desk.package("1.2.0.0", "arm64")]);
    // Of this machine's requests the fourth is the creation, and it never arrives.
    desk.line.set_weather(Weather::from(3, Fault::RequestLost, Spell::Once));
    let held_up = Some((Method::GET, "app", Duration::from_secs(20)));
    let (lost, other) = (Machine::new(&desk, 100, None), Machine::new(&desk, 100, held_up));
    let upload = Machine::new(&desk, 100, Some((Method::PUT, "blob", Duration::from_secs(40))));
    drop(other);
    let (is, was) = tokio::join!(lost.publish(&second, &course), async {
        tokio::time::sleep(Duration::from_millis(650)).await;
        upload.publish(&first, &course).await
    });
    let ends: Vec<bool> = [&is, &was].iter().map(|result| result.is_ok()).collect();
    assert!(ends.contains(&true), "{is:?} {was:?}");
    for result in [&is, &was] {
        let is_told = matches!(
            result,
            Ok(Outcome::Delivered(_))
                | Err(Error::Busy { .. } | Error::DraftChanged { .. } | Error::Call { .. } | Error::Midway { .. })
        );
        assert!(is_told, "{result:?}");
    }
    let (created, committed, deleted) = done(&desk);
    assert_eq!((created, committed, deleted), (1, 1, 0), "{is:?} {was:?}");
}

/// Somebody works on the draft while our files travel, which takes a while: it is not handed in.
#[tokio::test(start_paused = true)]
async fn a_draft_that_is_changed_during_the_upload_is_not_committed() {
    let desk = Desk::new(Pace::Fast);
    let slow = Some((Method::PUT, "blob", Duration::from_secs(120)));
    let machine = Machine::new(&desk, 10, slow);
    let (ours, course) = (desk.wish(), course());
    let (result, ()) = tokio::join!(machine.publish(&ours, &course), async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let (writer, target) = (desk.writer(), Target::App(app()));
        let id = writer.reader().pending(&target).await.expect("an answer").expect("a draft");
        let mut draft = writer.reader().submission(&target, &id).await.expect("the draft").submission;
        draft.document_mut().insert("notesForCertification".to_owned(), "Try the red boat.".into());
        writer.update_submission(&target, &draft).await.expect("it is stored");
    });
    let error = result.expect_err("it says something else");
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Conflict, "draft-changed"));
    let Error::DraftChanged { places, .. } = &error else { panic!("{error:?}") };
    assert_eq!(places, &["notesforcertification"]);
    assert_eq!(done(&desk), (1, 0, 0));
    // The same again leaves it as it is; whoever asks for it begins anew.
    let again = machine.publish(&ours, &course).await.expect_err("it still does");
    assert_eq!(again.code(), "draft-changed");
    let anew = machine.publish(&ours, &Course { if_busy: IfBusy::ReplaceOwn, ..course }).await;
    assert!(matches!(anew, Ok(Outcome::Delivered(_))), "{anew:?}");
    assert_eq!(done(&desk), (2, 1, 1));
}

/// A Store that answers every update as if it had stored it, and stores nothing: what a failed creation has been seen to leave (O-034).
struct Hollow(Arc<Line>);

#[async_trait]
impl Transport for Hollow {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let kind = (request.method().clone(), what(&request));
        if kind == (Method::PUT, "app/submissions/*".to_owned()) {
            self.0.lose(&request);
            return Ok(Response::new(request.into_body()));
        }
        let answer = self.0.send(request).await?;
        if kind == (Method::POST, "app/submissions".to_owned()) {
            return Ok(Response::builder().status(500).body(Bytes::new()).expect("an answer"));
        }
        Ok(answer)
    }
}

#[tokio::test(start_paused = true)]
async fn a_draft_that_stores_nothing_is_found_by_reading_it_back() {
    let desk = Desk::new(Pace::Fast);
    let state = tempfile::tempdir().expect("a folder");
    let machine = Machine { desk: &desk, state, writer: desk.writer_over(Arc::new(Hollow(Arc::clone(&desk.line)))) };
    let error = machine.publish(&desk.wish(), &course()).await.expect_err("nothing was stored");
    assert!(matches!(error, Error::NotStored { .. }), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("flightline submission delete")));
    assert_eq!(done(&desk), (1, 0, 0));
}
