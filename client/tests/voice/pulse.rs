//! What a client says of itself while it works: what it waits for, whether it changes something, and what it last said to the Store.

use crate::line::{Act, Service, answer, busy};
use crate::scene::{APP, Scene, app, target};
use flightline_client::pulse::Wait;
use flightline_client::watch::{Ending, Goal, watch};
use flightline_protocol::schedule::PublishMode;
use flightline_protocol::status::{Milestone, SubmissionStatus};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const ID: &str = "1152921505700310001";

fn says(status: &str) -> Act {
    Act::Instead(answer(200, json!({"status": status, "statusDetails": {"errors": [], "warnings": []}}).to_string()))
}

/// A submission that never moves is followed until a deadline. What is left is who stands where since when, and the names of the last
/// looks, which support asks for.
#[tokio::test(start_paused = true)]
async fn a_submission_that_is_stuck_leaves_what_support_asks_for() {
    let scene = Scene::with(Service::Api, |seen| {
        let mut answer = answer(200, json!({"status": "CommitStarted"}).to_string());
        answer.headers_mut().insert("ms-correlationid", format!("store-{}", seen.before).parse().unwrap());
        Act::Instead(answer)
    });
    let reader = scene.reader();
    let started = Instant::now();
    let mut wait = reader.pulse().wait();
    let waits = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&waits);
    let listener = tokio::spawn(async move {
        while wait.changed().await.is_ok() {
            heard.lock().unwrap().push((started.elapsed(), wait.borrow_and_update().clone()));
        }
    });
    let deadline = started + Duration::from_secs(6 * 3600);
    let goal = Goal { milestone: Milestone::Published, publish_mode: PublishMode::Immediate, deadline: Some(deadline) };
    let ending = watch(&reader, &target(), &ID.parse().unwrap(), &goal, &|_| {}).await.unwrap();
    assert!(matches!(ending, Ending::Deadline(report) if report.status == SubmissionStatus::CommitStarted));
    tokio::task::yield_now().await;
    listener.abort();

    let looks = scene.line.of(Service::Api).len();
    let exchanges = reader.pulse().exchanges();
    let ids: Vec<&str> = exchanges.iter().map(|exchange| exchange.correlation_id.as_str()).collect();
    assert_eq!(ids, [format!("store-{}", looks - 3), format!("store-{}", looks - 2), format!("store-{}", looks - 1)]);
    for exchange in &exchanges {
        assert_eq!(exchange.status, Some(200));
        assert_eq!(exchange.what, format!("GET applications/{APP}/submissions/{ID}/status"));
    }

    let waits = waits.lock().unwrap();
    assert!(waits.len() >= looks - 2, "{} for {looks}", waits.len());
    for (at, wait) in waits.iter().filter(|(_, wait)| *wait != Wait::Nothing) {
        let Wait::Look { status, since, next } = wait else { panic!("{wait:?}") };
        assert_eq!((status, *since), (&SubmissionStatus::CommitStarted, started));
        assert!(*next >= started + *at && *next <= deadline, "{at:?}: {wait:?}");
    }
    assert_eq!(*reader.pulse().wait().borrow(), Wait::Nothing);
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_the_name_is_the_one_that_was_sent() {
    let scene = Scene::with(Service::Api, |_| Act::LoseRequest);
    let writer = scene.writer();
    writer.create_submission(&target()).await.unwrap_err();
    let exchange = writer.reader().pulse().exchanges().pop().unwrap();
    let sent = scene.line.of(Service::Api).pop().unwrap();
    assert_eq!((exchange.status, exchange.correlation_id.as_str()), (None, sent.header("ms-correlationid")));
    assert_eq!(exchange.what, format!("POST applications/{APP}/submissions"));
}

#[tokio::test(start_paused = true)]
async fn only_what_may_change_the_store_counts_as_writing() {
    let scene = Scene::with(Service::Api, |_| Act::Late(Duration::from_secs(5)));
    let writer = scene.writer();
    let reader = writer.reader().clone();
    let look = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        reader.pulse().is_writing()
    };
    let (found, is_writing) = tokio::join!(async { writer.reader().app(&app()).await }, look);
    assert!(found.is_ok() && !is_writing);
    let started = Instant::now();
    let watcher = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = reader.pulse().is_writing();
        reader.pulse().written().await;
        (before, started.elapsed())
    };
    let (made, seen) = tokio::join!(async { writer.create_submission(&target()).await }, watcher);
    made.unwrap();
    assert_eq!(seen, (true, Duration::from_secs(5)));
}

/// What one request is refused for, all wait for, and no other is refused meanwhile.
#[tokio::test(start_paused = true)]
async fn a_refusal_for_lack_of_room_stops_all_requests_at_once() {
    let scene = Scene::with(Service::Api, |seen| if seen.before == 0 { Act::Instead(busy(429, "37")) } else { Act::Pass });
    let writer = scene.writer();
    let reader = writer.reader().clone();
    let started = Instant::now();
    let refused = async { writer.create_submission(&target()).await };
    let other = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        reader.app(&app()).await.unwrap();
        started.elapsed()
    };
    let (made, other) = tokio::join!(refused, other);
    made.unwrap();
    assert!(other >= Duration::from_secs(37), "{other:?}");
    assert_eq!(scene.line.of(Service::Api).len(), 3);
}

/// A dozen submissions are looked at as often as that goes, and somebody wants to publish.
#[tokio::test(start_paused = true)]
async fn work_goes_before_the_looks_that_wait() {
    let scene = Scene::with(Service::Api, |seen| if seen.path.ends_with("/status") { says("Certification") } else { Act::Pass });
    let writer = scene.writer();
    let looks = Arc::new(AtomicUsize::new(0));
    for _ in 0..12 {
        let (reader, looks) = (writer.reader().clone(), Arc::clone(&looks));
        tokio::spawn(async move {
            loop {
                reader.status(&target(), &ID.parse().unwrap()).await.unwrap();
                looks.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(150)).await;
    let started = Instant::now();
    let draft = writer.create_submission(&target()).await.unwrap();
    writer.update_submission(&target(), &draft.submission).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    tokio::time::sleep(Duration::from_secs(450)).await;
    let seen = scene.line.of(Service::Api);
    for window in seen.windows(21) {
        assert!(window[20].at - window[0].at >= Duration::from_secs(60));
    }
    assert!(looks.load(Ordering::Relaxed) >= 9 * 16, "{looks:?}");
}

/// Tokens die in the middle of a watch, at any look: each death costs one refusal and one new token.
#[tokio::test(start_paused = true)]
async fn a_token_that_dies_between_two_looks_is_renewed_once() {
    let scene = Scene::new();
    let deaths = Arc::new(AtomicUsize::new(0));
    let (started, died) = (Instant::now(), Arc::clone(&deaths));
    scene.line.rule(move |seen| match (seen.service, started.elapsed().as_secs()) {
        (Service::Api, seconds) => {
            // Every quarter of an hour all tokens of before are refused, long ahead of their time.
            if seconds / 900 > died.load(Ordering::Relaxed) as u64 {
                died.fetch_add(1, Ordering::Relaxed);
                return Act::Instead(answer(401, r#"{"code":"Unauthorized","message":"Access token is missing or invalid."}"#));
            }
            says(if seconds < 3 * 3600 { "Certification" } else { "Published" })
        }
        _ => Act::Pass,
    });
    let goal = Goal { milestone: Milestone::Published, publish_mode: PublishMode::Immediate, deadline: None };
    let ending = watch(&scene.reader(), &target(), &ID.parse().unwrap(), &goal, &|_| {}).await.unwrap();
    assert!(matches!(ending, Ending::Reached(_)), "{ending:?}");
    let deaths = deaths.load(Ordering::Relaxed);
    assert_eq!(deaths, 12);
    assert_eq!(scene.line.of(Service::Login).len(), 1 + deaths, "one token at first, and one for each that died");
}
