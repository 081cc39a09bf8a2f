//! The way from commit to publication, by each pace, in virtual time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::Pace;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;
use support::{APP, PACKAGE, Packing, Store, archive, path};

const WAY: [&str; 7] =
    ["CommitStarted", "PreProcessing", "Certification", "Release", "PendingPublication", "Publishing", "Published"];

async fn committed(store: &Store, mode: &str, date: Option<Value>) -> Value {
    let mut draft = store.draft().await;
    draft["targetPublishMode"] = json!(mode);
    if let Some(date) = date {
        draft["targetPublishDate"] = date;
    }
    let draft = store.update(&draft).await;
    store.commit(&draft).await;
    draft
}

async fn word(store: &Store, draft: &Value) -> String {
    store.status(draft).await["status"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn fast_takes_a_second_for_each_state() {
    let store = Store::at(Pace::Fast).await;
    let draft = committed(&store, "Immediate", None).await;
    for state in WAY {
        assert_eq!(word(&store, &draft).await, state);
        assert_eq!(store.get(&path(&draft)).await.body["status"], state);
        let app = store.get(&format!("applications/{APP}")).await.body;
        assert_eq!(app.get("pendingApplicationSubmission").is_none(), state == "Published");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn real_takes_hours_and_a_late_look_sees_all_of_it() {
    let mut store = Store::at(Pace::Real).await;
    let draft = committed(&store, "Immediate", None).await;
    tokio::time::advance(Duration::from_secs(5 * 60)).await;
    assert_eq!(word(&store, &draft).await, "PreProcessing");
    tokio::time::advance(Duration::from_secs(50 * 60)).await;
    assert_eq!(word(&store, &draft).await, "Certification");
    tokio::time::advance(Duration::from_secs(24 * 3600)).await;
    store.sign_in().await;
    let app = store.get(&format!("applications/{APP}")).await.body;
    assert_eq!(app["lastPublishedApplicationSubmission"]["id"], draft["id"]);
}

#[tokio::test]
async fn manual_moves_only_through_the_control_port() {
    let store = Store::at(Pace::Manual).await;
    let draft = committed(&store, "Immediate", None).await;
    let id = draft["id"].as_str().unwrap();
    assert_eq!(store.control("POST", "/clock?forward=864000", "").await.status, 200);
    let mut store = store;
    store.sign_in().await;
    for state in &WAY[..3] {
        assert_eq!(word(&store, &draft).await, *state);
        let moved = store.control("POST", &format!("/advance?submission={id}"), "").await;
        assert_eq!(moved.status, 200, "{:?}", moved.body);
    }
    let moved = store.control("POST", &format!("/advance?submission={id}&to=Published"), "").await;
    assert_eq!((moved.status.as_u16(), &moved.body["status"]), (200, &json!("Published")));
    assert_eq!(word(&store, &draft).await, "Published");
    assert_eq!(store.control("POST", &format!("/advance?submission={id}"), "").await.status, 409);
}

#[tokio::test(start_paused = true)]
async fn what_the_files_held_shows_when_the_commit_is_over() {
    let store = Store::at(Pace::Fast).await;
    let draft = store.submit(&["new.msix"], archive(Packing::Stored, &[("new.msix", &PACKAGE.build())])).await;
    let package = |document: &Value| document["applicationPackages"][2].clone();
    let before = package(&store.get(&path(&draft)).await.body);
    assert_eq!((&before["fileStatus"], before.get("version")), (&json!("PendingUpload"), None));
    tokio::time::advance(Duration::from_secs(1)).await;
    let after = package(&store.get(&path(&draft)).await.body);
    assert_eq!((&after["fileStatus"], &after["version"]), (&json!("Uploaded"), &json!("1.1.0.0")));
}

#[tokio::test(start_paused = true)]
async fn manual_publication_rests_until_it_is_released() {
    let store = Store::at(Pace::Fast).await;
    let draft = committed(&store, "Manual", None).await;
    tokio::time::advance(Duration::from_secs(600)).await;
    assert_eq!(word(&store, &draft).await, "Release");
    let id = draft["id"].as_str().unwrap();
    let released = store.control("POST", &format!("/release?submission={id}"), "").await;
    assert_eq!(released.body["status"], "PendingPublication");
    assert_eq!(store.control("POST", &format!("/release?submission={id}"), "").await.status, 409);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(word(&store, &draft).await, "Published");
}

#[tokio::test]
async fn a_date_arrives_by_the_clock() {
    let mut store = Store::at(Pace::Instant).await;
    let date = store.emulator.now() + SignedDuration::from_hours(48);
    let draft = committed(&store, "SpecificDate", Some(json!(date.to_string()))).await;
    assert_eq!(word(&store, &draft).await, "Release");
    assert_eq!(store.control("POST", "/clock?forward=172801", "").await.status, 200);
    store.sign_in().await;
    assert_eq!(word(&store, &draft).await, "Published");
}

#[tokio::test]
async fn a_failure_can_be_made_at_once_or_told_to_a_draft() {
    let store = Store::at(Pace::Manual).await;
    let draft = committed(&store, "Immediate", None).await;
    let id = draft["id"].as_str().unwrap();
    let said = r#"{"certificationReports":[{"date":"2031-01-02T00:00:00.0000000Z","reportUrl":"https://reports.example/7"}]}"#;
    let failed = store.control("POST", &format!("/fail?submission={id}&status=CertificationFailed"), said).await;
    assert_eq!(failed.status, 200, "{:?}", failed.body);
    let status = store.status(&draft).await;
    assert_eq!(status["status"], "CertificationFailed");
    assert_eq!(status["statusDetails"]["certificationReports"][0]["reportUrl"], "https://reports.example/7");
    assert_eq!(store.delete(&path(&draft)).await.status, 204);

    let store = Store::at(Pace::Instant).await;
    let draft = store.draft().await;
    let id = draft["id"].as_str().unwrap();
    let told = store.control("POST", &format!("/fail?submission={id}&status=PreProcessingFailed"), "").await;
    assert_eq!((told.status.as_u16(), &told.body["status"]), (200, &json!("PendingCommit")));
    store.commit(&draft).await;
    assert_eq!(word(&store, &draft).await, "PreProcessingFailed");
}

#[tokio::test]
async fn the_control_port_refuses_what_makes_no_sense_and_shows_no_secret() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let id = draft["id"].as_str().unwrap();
    for (method, line, body, status) in [
        ("POST", "/advance".to_owned(), "", 400),
        ("POST", "/advance?submission=5".to_owned(), "", 404),
        ("POST", format!("/advance?submission={id}"), "", 409),
        ("POST", format!("/advance?submission={id}&to=Nowhere"), "", 400),
        ("POST", format!("/fail?submission={id}&status=Published"), "", 400),
        ("POST", format!("/fail?submission={id}&status=CommitFailed"), "[", 400),
        ("POST", format!("/rollout?submission={id}&status=PackageRolloutStopped"), "", 409),
        ("POST", "/clock?forward=-5".to_owned(), "", 400),
        ("GET", "/advance".to_owned(), "", 404),
    ] {
        let answer = store.control(method, &line, body).await;
        assert_eq!(answer.status, status, "{line} {:?}", answer.body);
        assert!(answer.body["message"].is_string());
    }
    store.upload(&draft, archive(Packing::Stored, &[])).await;
    let state = store.control("GET", "/state", "").await.body;
    assert_eq!(state["submissions"].as_array().unwrap().len(), 5);
    assert!(state["requests"].as_array().unwrap().len() >= 3);
    let (token, text) = (store.bearer(), state.to_string());
    let signature = draft["fileUploadUrl"].as_str().unwrap().split("sig=").nth(1).unwrap().to_owned();
    for secret in [store.account.client_secret(), token.trim_start_matches("Bearer "), &signature] {
        assert!(!text.contains(secret));
        assert!(!format!("{:?} {:?}", store.emulator, store.account).contains(secret));
    }
}
