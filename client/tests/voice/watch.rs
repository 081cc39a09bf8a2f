//! Following a submission, through hours and days of virtual time.

use crate::line::{Act, Service, answer};
use crate::scene::{Scene, target};
use flightline_client::error::{Error, Kind};
use flightline_client::watch::{Ending, Goal, watch};
use flightline_protocol::schedule::PublishMode;
use flightline_protocol::status::{Milestone, SubmissionStatus};
use flightline_protocol::submission::StatusReport;
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

const HOUR: u64 = 3600;

/// The published submission of the sample account serves as the one to look at; what the Store says of it is written here.
const ID: &str = "1152921505700310001";

fn says(status: &str) -> Act {
    Act::Instead(answer(200, json!({"status": status, "statusDetails": {"errors": [], "warnings": []}}).to_string()))
}

/// A Store in which a submission has these states, each from a second on.
fn life(states: &'static [(u64, &'static str)]) -> Scene {
    let started = Instant::now();
    Scene::with(Service::Api, move |_| {
        let now = started.elapsed().as_secs_f64();
        says(states.iter().rev().find(|(from, _)| *from as f64 <= now).unwrap().1)
    })
}

fn goal(milestone: Milestone) -> Goal {
    Goal { milestone, publish_mode: PublishMode::Immediate, deadline: None }
}

/// The watch's end, and the states that it told of.
async fn follow(scene: &Scene, goal: &Goal) -> (Result<Ending, Error>, Vec<String>) {
    let told = Mutex::new(Vec::new());
    let changed = |report: &StatusReport| told.lock().unwrap().push(report.status.to_string());
    let ending = watch(&scene.reader(), &target(), &ID.parse().unwrap(), goal, &changed).await;
    (ending, told.into_inner().unwrap())
}

fn status(ending: &Ending) -> &SubmissionStatus {
    let (Ending::Reached(report)
    | Ending::Resting(report)
    | Ending::Failed(report)
    | Ending::Canceled(report)
    | Ending::BackToDraft(report)
    | Ending::Deadline(report)) = ending;
    &report.status
}

const WEEKEND: &[(u64, &str)] = &[
    (0, "CommitStarted"),
    (15 * 60, "PreProcessing"),
    (40 * 60, "Certification"),
    (72 * HOUR, "Release"),
    (72 * HOUR + 300, "Publishing"),
    (73 * HOUR, "Published"),
];

#[tokio::test(start_paused = true)]
async fn three_days_of_certification_are_followed_with_few_looks() {
    let scene = life(WEEKEND);
    let started = Instant::now();
    let (ending, told) = follow(&scene, &goal(Milestone::Published)).await;
    assert!(matches!(&ending, Ok(Ending::Reached(report)) if report.status == SubmissionStatus::Published), "{ending:?}");
    assert_eq!(told, ["CommitStarted", "PreProcessing", "Certification", "Release", "Publishing", "Published"]);
    let late = started.elapsed() - Duration::from_secs(73 * HOUR);
    assert!(late <= Duration::from_secs(120), "{late:?}");

    let looks = scene.line.of(Service::Api);
    assert!((73 * 30..73 * 30 + 250).contains(&looks.len()), "{}", looks.len());
    assert!(scene.line.of(Service::Login).len() < 90);
    for window in looks.windows(21) {
        assert!(window[20].at - window[0].at >= Duration::from_secs(60));
    }
    // Far below what the Store allows, so that other runs find room.
    for window in looks[20..].windows(11) {
        assert!(window[10].at - window[0].at >= Duration::from_secs(30));
    }
}

#[tokio::test(start_paused = true)]
async fn it_ends_as_far_as_was_asked() {
    for (milestone, at) in [
        (Milestone::Submitted, 0),
        (Milestone::Committed, 15 * 60),
        (Milestone::Certified, 72 * HOUR),
        (Milestone::Released, 72 * HOUR + 300),
        (Milestone::Published, 73 * HOUR),
    ] {
        let scene = life(WEEKEND);
        let started = Instant::now();
        let (ending, _) = follow(&scene, &goal(milestone)).await;
        assert!(matches!(ending, Ok(Ending::Reached(_))), "{milestone:?}: {ending:?}");
        let late = started.elapsed() - Duration::from_secs(at);
        assert!(late <= Duration::from_secs(120), "{milestone:?}: {late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_kept_to_the_second() {
    for seconds in [0, 1, 59, 1000, 3601, 10 * HOUR + 7] {
        let scene = life(WEEKEND);
        let started = Instant::now();
        let deadline = Some(started + Duration::from_secs(seconds));
        let (ending, _) = follow(&scene, &Goal { deadline, ..goal(Milestone::Published) }).await;
        let Ok(Ending::Deadline(report)) = ending else { panic!("{ending:?}") };
        assert_eq!(started.elapsed(), Duration::from_secs(seconds));
        let expected = WEEKEND.iter().rev().find(|(from, _)| *from <= seconds).unwrap().1;
        assert_eq!(report.status.as_str(), expected, "the last look is at the deadline itself");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_reached_at_the_deadline_is_reached() {
    let scene = life(&[(0, "Certification"), (5 * HOUR, "Published")]);
    let deadline = Some(Instant::now() + Duration::from_secs(5 * HOUR));
    let (ending, _) = follow(&scene, &Goal { deadline, ..goal(Milestone::Published) }).await;
    assert!(matches!(ending, Ok(Ending::Reached(_))), "{ending:?}");
}

/// A Store that hangs, throttles or fails around the deadline does not move it.
#[tokio::test(start_paused = true)]
async fn no_trouble_moves_the_deadline() {
    let troubles: [fn() -> Act; 4] = [
        || Act::Late(Duration::from_secs(HOUR)),
        || Act::Instead(crate::line::busy(429, "200")),
        || Act::LoseRequest,
        || Act::Instead(answer(200, crate::line::PAGE)),
    ];
    for (at, trouble) in troubles.into_iter().enumerate() {
        let started = Instant::now();
        let scene = Scene::with(Service::Api, move |_| {
            if started.elapsed() < Duration::from_secs(100) { says("Certification") } else { trouble() }
        });
        let deadline = Some(started + Duration::from_secs(130));
        let (ending, _) = follow(&scene, &Goal { deadline, ..goal(Milestone::Published) }).await;
        let Ok(Ending::Deadline(report)) = ending else { panic!("{at}: {ending:?}") };
        assert_eq!(report.status, SubmissionStatus::Certification);
        let late = started.elapsed() - Duration::from_secs(130);
        assert!(late <= Duration::from_secs(5), "{at}: {late:?}");
    }
    // Without a single look there is nothing to tell but the trouble.
    let scene = Scene::with(Service::Api, |_| Act::Instead(answer(503, "")));
    let started = Instant::now();
    let deadline = Some(started + Duration::from_secs(20));
    let (ending, _) = follow(&scene, &Goal { deadline, ..goal(Milestone::Published) }).await;
    assert_eq!(ending.unwrap_err().kind(), Kind::Trouble);
    assert!(started.elapsed() < Duration::from_secs(40), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_draft_that_is_still_one_for_a_moment_after_its_commit_is_no_failure() {
    for seconds in [1, 10, 30, 55] {
        let started = Instant::now();
        let scene = Scene::with(Service::Api, move |_| {
            says(if started.elapsed() < Duration::from_secs(seconds) { "PendingCommit" } else { "PreProcessing" })
        });
        let (ending, told) = follow(&scene, &goal(Milestone::Committed)).await;
        assert!(matches!(ending, Ok(Ending::Reached(_))), "{seconds}: {ending:?}");
        assert_eq!(told, ["PendingCommit", "PreProcessing"]);
    }
    // Also between two other states.
    let scene = life(&[(0, "CommitStarted"), (60, "PendingCommit"), (90, "CommitStarted"), (200, "PreProcessing")]);
    assert!(matches!(follow(&scene, &goal(Milestone::Committed)).await.0, Ok(Ending::Reached(_))));
}

#[tokio::test(start_paused = true)]
async fn a_draft_that_stays_one_was_taken_back() {
    for scene in [life(&[(0, "PendingCommit")]), life(&[(0, "CommitStarted"), (600, "PendingCommit")])] {
        let started = Instant::now();
        let (ending, _) = follow(&scene, &goal(Milestone::Published)).await;
        assert!(matches!(ending, Ok(Ending::BackToDraft(_))), "{ending:?}");
        assert!(started.elapsed() < Duration::from_secs(600 + 180), "{:?}", started.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn every_way_to_end_without_success_is_told_apart() {
    for word in ["CommitFailed", "PreProcessingFailed", "CertificationFailed", "ReleaseFailed", "PublishFailed", "Canceled"] {
        let started = Instant::now();
        let scene = Scene::with(Service::Api, move |_| {
            says(if started.elapsed() < Duration::from_secs(1000) { "Certification" } else { word })
        });
        let (ending, told) = follow(&scene, &goal(Milestone::Published)).await;
        let ending = ending.unwrap();
        assert_eq!(matches!(ending, Ending::Canceled(_)), word == "Canceled");
        assert_eq!(matches!(ending, Ending::Failed(_)), word != "Canceled");
        assert_eq!(status(&ending).as_str(), word);
        assert_eq!(told, ["Certification", word]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_waits_for_a_person_is_not_waited_for() {
    let scene = life(&[(0, "Certification"), (900, "Release")]);
    let manual = Goal { publish_mode: PublishMode::Manual, ..goal(Milestone::Published) };
    assert!(matches!(follow(&scene, &manual).await.0, Ok(Ending::Resting(_))));
    // One that goes live by itself only passes through.
    let scene = life(&[(0, "Certification"), (900, "Release"), (HOUR, "Published")]);
    assert!(matches!(follow(&scene, &goal(Milestone::Published)).await.0, Ok(Ending::Reached(_))));
}

#[tokio::test(start_paused = true)]
async fn a_word_that_nobody_knows_is_waited_out() {
    let scene = life(&[(0, "Quarantined"), (900, "None"), (1800, "published")]);
    let (ending, told) = follow(&scene, &goal(Milestone::Published)).await;
    assert!(matches!(ending, Ok(Ending::Reached(_))), "{ending:?}");
    assert_eq!(told, ["Quarantined", "None", "Published"]);
}

#[tokio::test(start_paused = true)]
async fn looks_that_fail_for_a_while_are_forgiven() {
    let troubles: [fn() -> Act; 6] = [
        || Act::LoseRequest,
        || Act::Refused,
        || Act::Instead(answer(500, "")),
        || Act::Instead(answer(200, crate::line::PAGE)),
        || Act::Instead(answer(429, "")),
        || Act::Instead(answer(200, "{}")),
    ];
    for (at, trouble) in troubles.into_iter().enumerate() {
        let started = Instant::now();
        let scene = Scene::with(Service::Api, move |_| match started.elapsed().as_secs() {
            0..30 => says("Certification"),
            30..150 => trouble(),
            150..300 => says("Certification"),
            300..420 => trouble(),
            _ => says("Published"),
        });
        let (ending, told) = follow(&scene, &goal(Milestone::Published)).await;
        assert!(matches!(ending, Ok(Ending::Reached(_))), "{at}: {ending:?}");
        assert_eq!(told, ["Certification", "Published"]);
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_at_the_token_endpoint_is_forgiven_as_well() {
    let scene = Scene::new();
    let started = Instant::now();
    scene.line.rule(move |seen| match (seen.service, started.elapsed().as_secs()) {
        (Service::Login, 1..4000) => Act::Instead(answer(503, "{\"error\":\"temporarily_unavailable\"}")),
        (Service::Api, 0..5000) => says("Certification"),
        (Service::Api, _) => says("Published"),
        _ => Act::Pass,
    });
    let (ending, _) = follow(&scene, &goal(Milestone::Published)).await;
    // Five looks in a row fail within some 200 seconds, and here all fail for longer.
    assert_eq!(ending.unwrap_err().kind(), Kind::Trouble);

    let started = Instant::now();
    scene.line.rule(move |seen| match (seen.service, started.elapsed().as_secs()) {
        (Service::Login, 3300..3400) => Act::Instead(answer(503, "{\"error\":\"temporarily_unavailable\"}")),
        (Service::Api, 0..5000) => says("Certification"),
        (Service::Api, _) => says("Published"),
        _ => Act::Pass,
    });
    assert!(matches!(follow(&scene, &goal(Milestone::Published)).await.0, Ok(Ending::Reached(_))));
}

#[tokio::test(start_paused = true)]
async fn trouble_that_stays_and_what_no_patience_mends_end_the_watch() {
    let scene = Scene::with(Service::Api, |_| Act::Instead(answer(500, "")));
    assert_eq!(follow(&scene, &goal(Milestone::Published)).await.0.unwrap_err().kind(), Kind::Trouble);

    for (refusal, kind) in [(401, Kind::Credentials), (403, Kind::Credentials), (404, Kind::NotFound), (409, Kind::Conflict)] {
        let scene = Scene::with(Service::Api, move |_| Act::Instead(answer(refusal, "")));
        let started = Instant::now();
        assert_eq!(follow(&scene, &goal(Milestone::Published)).await.0.unwrap_err().kind(), kind);
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
