//! Single requests that must not be sent twice, with every fault: done once or not at all, and told as that.

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
use flightline_client::api::{NewFlight, Writer};
use flightline_client::transport::{Transport, TransportError};
use flightline_client::upload::UploadReceipt;
use flightline_emulator::Pace;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::target::Target;
use flightline_publish::apply::Outcome;
use flightline_publish::error::{Error, Kind};
use flightline_publish::once;
use flightline_publish::rollout::RolloutEnd;
use flightline_publish::wish::Wish;
use http::{Method, Request, Response};
use schedule::run_all;
use std::sync::Arc;
use store::{Desk, Line, app, course, what};
use weather::{Fault, Spell, Weather};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    CreateSubmission,
    Commit,
    DeleteSubmission,
    CreateAddOn,
    DeleteAddOn,
    CreateFlight,
    DeleteFlight,
    Halt,
    Finalize,
}

const VERBS: [Verb; 9] = [
    Verb::CreateSubmission,
    Verb::Commit,
    Verb::DeleteSubmission,
    Verb::CreateAddOn,
    Verb::DeleteAddOn,
    Verb::CreateFlight,
    Verb::DeleteFlight,
    Verb::Halt,
    Verb::Finalize,
];

fn target() -> Target {
    Target::App(app())
}

fn crew() -> NewFlight {
    NewFlight { friendly_name: "Crew".to_owned(), group_ids: vec!["1152921504607000001".to_owned()], rank_higher_than: None }
}

/// What there has to be for a verb to act on, as a writer that is signed in and the id that it is about.
async fn ready(desk: &Desk, verb: Verb) -> (Writer, String) {
    let writer = desk.writer();
    let id = match verb {
        Verb::CreateSubmission | Verb::CreateAddOn | Verb::CreateFlight => String::new(),
        Verb::Commit | Verb::DeleteSubmission => {
            writer.create_submission(&target()).await.expect("a draft").submission.id().to_string()
        }
        Verb::DeleteAddOn => writer.create_add_on(&app(), "gold", "Durable").await.expect("an add-on").id.to_string(),
        Verb::DeleteFlight => writer.create_flight(&app(), &crew()).await.expect("a flight").id.to_string(),
        Verb::Halt | Verb::Finalize => {
            let outcome = desk.publish(&Wish { rollout: "10".parse().ok(), ..desk.wish() }, &course()).await;
            let Ok(Outcome::Delivered(id)) = outcome else { panic!("{outcome:?}") };
            id.to_string()
        }
    };
    writer.reader().sign_in().await.expect("a token");
    (writer, id)
}

async fn act(writer: &Writer, verb: Verb, id: &str) -> Result<(), Error> {
    let submission = || id.parse::<SubmissionId>().expect("an id");
    match verb {
        Verb::CreateSubmission => once::create_submission(writer, &target()).await.map(drop),
        Verb::Commit => once::commit(writer, &target(), &UploadReceipt::nothing_to_upload(submission())).await.map(drop),
        Verb::DeleteSubmission => once::delete_submission(writer, &target(), &submission()).await,
        Verb::CreateAddOn => once::create_add_on(writer, &app(), "gold", "Durable").await.map(drop),
        Verb::DeleteAddOn => once::delete_add_on(writer, &id.parse().expect("an id")).await,
        Verb::CreateFlight => once::create_flight(writer, &app(), &crew()).await.map(drop),
        Verb::DeleteFlight => once::delete_flight(writer, &app(), &id.parse().expect("an id")).await,
        Verb::Halt => once::end_rollout(writer, &target(), &submission(), RolloutEnd::Halt).await.map(drop),
        Verb::Finalize => once::end_rollout(writer, &target(), &submission(), RolloutEnd::Finalize).await.map(drop),
    }
}

/// How often it was done, by what the Store answered.
fn done(desk: &Desk, verb: Verb) -> usize {
    let (method, path) = match verb {
        Verb::CreateSubmission => (Method::POST, "app/submissions"),
        Verb::Commit => (Method::POST, "app/submissions/*/commit"),
        Verb::DeleteSubmission => (Method::DELETE, "app/submissions/*"),
        Verb::CreateAddOn => (Method::POST, "inappproducts"),
        Verb::DeleteAddOn => (Method::DELETE, "inappproducts/"),
        Verb::CreateFlight => (Method::POST, "app/flights"),
        Verb::DeleteFlight => (Method::DELETE, "app/flights/"),
        Verb::Halt => (Method::POST, "app/submissions/*/haltpackagerollout"),
        Verb::Finalize => (Method::POST, "app/submissions/*/finalizepackagerollout"),
    };
    let is = |what: &str| if path.ends_with('/') { what.starts_with(path) } else { what == path };
    let good = |status: Option<u16>| status.is_some_and(|status| status < 300);
    desk.line.seen().iter().filter(|seen| seen.method == method && is(&seen.what) && good(seen.status)).count()
}

/// Every verb with every fault at the request itself and at the looks around it. Where it says that it is done, it is; where it says
/// that nothing was done, nothing was, and the same again does it.
#[test]
fn what_must_not_be_done_twice_is_done_once_or_not_at_all() {
    let mut schedules = Vec::new();
    for verb in VERBS {
        for at in 0..4 {
            for fault in Fault::ALL {
                schedules.extend([Spell::Once, Spell::Forever, Spell::Outage].map(|spell| (verb, at, fault, spell)));
            }
        }
    }
    run_all("single requests", &schedules, |(verb, at, fault, spell)| async move {
        let desk = Desk::new(Pace::Fast);
        let (writer, id) = ready(&desk, verb).await;
        let before = done(&desk, verb);
        let count = || done(&desk, verb) - before;
        desk.line.set_weather(Weather::from(at, fault, spell));
        let first = act(&writer, verb, &id).await;
        match (&first, count()) {
            (Ok(()), 1) | (Err(Error::NotDone { .. } | Error::Call { .. }), 0) | (Err(Error::Unclear { .. }), 0 | 1) => {}
            (first, count) => return Err(format!("done {count} times, and told as {first:?}")),
        }
        if let Err(error @ Error::NotDone { .. }) = &first
            && ((error.kind(), error.code().as_str()) != (Kind::Trouble, "not-done") || error.hint().is_none())
        {
            return Err(format!("{error:?}"));
        }
        desk.line.set_weather(Weather::default());
        let was_done = count() == 1;
        let second = act(&writer, verb, &id).await;
        // Only flights may be called alike: whoever asks for another gets one.
        let is_another = verb == Verb::CreateFlight && was_done;
        if was_done == second.is_ok() && !is_another || count() != 1 + usize::from(is_another) {
            return Err(format!("after {first:?} the same again does it {} times: {second:?}", count()));
        }
        Ok(())
    });
}

/// A Store whose creation of an add-on fails and leaves one behind that is of another type than was asked for.
struct Halfway(Arc<Line>);

#[async_trait]
impl Transport for Halfway {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if *request.method() != Method::POST || what(&request) != "inappproducts" {
            return self.0.send(request).await;
        }
        let (head, body) = request.into_parts();
        let body = String::from_utf8(body.to_vec()).expect("text").replace("Durable", "Consumable");
        self.0.send(Request::from_parts(head, Bytes::from(body))).await?;
        Ok(Response::builder().status(500).body(Bytes::new()).expect("an answer"))
    }
}

#[tokio::test(start_paused = true)]
async fn an_add_on_that_is_half_made_is_found_by_reading_it_back() {
    let desk = Desk::new(Pace::Fast);
    let writer = desk.writer_over(Arc::new(Halfway(Arc::clone(&desk.line))));
    let error = act(&writer, Verb::CreateAddOn, "").await.expect_err("it is of another type");
    assert_eq!(error.code(), "half-made");
    assert!(error.hint().is_some_and(|hint| hint.contains("flightline addons delete")));
}
