//! Drafts: made, looked at, taken back, and refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use flightline_emulator::Pace;
use http::Request;
use serde_json::{Value, json};
use support::{APP, Answer, Store, path, sample};

const CONFLICT: &str = "Create submission failed, status code Conflict, reason phrase Conflict";

async fn create_with(store: &Store, media: Option<&str>, body: &str) -> Answer {
    let mut request = Request::post(format!("/v1.0/my/applications/{APP}/submissions")).header("Authorization", store.bearer());
    if let Some(media) = media {
        request = request.header("Content-Type", media);
    }
    Answer::read(store.emulator.answer(request.body(Bytes::from(body.to_owned())).unwrap()).await)
}

#[tokio::test]
async fn a_draft_is_a_clone_of_what_is_live() {
    let mut account = sample();
    account["applications"][0]["publishedSubmission"]["packageDeliveryOptions"]["packageRollout"] = json!({
        "isPackageRollout": true,
        "packageRolloutPercentage": 100.0,
        "packageRolloutStatus": "PackageRolloutComplete",
        "fallbackSubmissionId": "1152921505700300001",
    });
    let store = Store::of(&account).await;
    let live = store.get(&format!("applications/{APP}/submissions/1152921505700310001")).await.body;
    assert_eq!((&live["status"], live.get("fileUploadUrl")), (&json!("Published"), None));
    let draft = store.draft().await;
    assert_eq!((&draft["status"], &draft["friendlyName"]), (&json!("PendingCommit"), &json!("Submission 2")));
    assert_eq!(draft["statusDetails"]["warnings"][0]["code"], "SalesUnsupportedWarning");
    assert_eq!(
        draft["packageDeliveryOptions"]["packageRollout"],
        json!({
            "isPackageRollout": false,
            "packageRolloutPercentage": 0.0,
            "packageRolloutStatus": "PackageRolloutNotStarted",
            "fallbackSubmissionId": "0",
        })
    );
    let differing: Vec<&String> =
        draft.as_object().unwrap().iter().filter(|(name, value)| live.get(*name) != Some(value)).map(|(name, _)| name).collect();
    assert_eq!(differing, ["id", "status", "fileUploadUrl", "packageDeliveryOptions", "friendlyName"]);
    assert_eq!(draft["id"].as_str().unwrap().len(), 19);
}

#[tokio::test]
async fn each_look_at_a_draft_has_an_upload_address() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let seen = store.get(&path(&draft)).await.body;
    let blob = |document: &Value| document["fileUploadUrl"].as_str().unwrap().split('?').next().unwrap().to_owned();
    assert_eq!(blob(&draft), blob(&seen));
    assert!(blob(&seen).starts_with("https://127.0.0.1/devstoreaccount1/ingestion/"));
}

#[tokio::test]
async fn a_minimal_answer_leaves_the_heavy_parts_out() {
    let store = Store::at(Pace::Manual).await;
    let created = store.post(&format!("applications/{APP}/submissions?isMinimalResponse=true")).await;
    assert_eq!(created.status, 201);
    for (name, there) in [("id", true), ("fileUploadUrl", true), ("listings", false), ("applicationPackages", false)] {
        assert_eq!(created.body.get(name).is_some(), there, "{name}");
    }
    assert!(store.get(&path(&created.body)).await.body.get("listings").is_some());
}

#[tokio::test]
async fn a_second_draft_is_a_conflict_until_the_first_is_deleted() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let second = store.post(&format!("applications/{APP}/submissions")).await;
    assert_eq!(second.refusal(), (409, "InvalidState", CONFLICT));
    assert_eq!(second.body["target"], "submission");
    let deleted = store.delete(&path(&draft)).await;
    assert_eq!((deleted.status.as_u16(), &deleted.body), (204, &Value::Null));
    assert_eq!(store.get(&path(&draft)).await.refusal(), (404, "ResourceNotFound", "Submission not found"));
    let third = store.draft().await;
    assert_ne!(third["id"], draft["id"]);
}

#[test]
fn of_many_drafts_at_once_one_is_made() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = runtime.block_on(Store::at(Pace::Manual));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    runtime.block_on(store.post(&format!("applications/{APP}/submissions"))).status.as_u16()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}

#[tokio::test]
async fn only_json_is_taken_and_an_empty_object_is_not_nothing() {
    let store = Store::at(Pace::Manual).await;
    let refused = create_with(&store, Some("application/x-www-form-urlencoded"), "").await;
    assert_eq!(refused.refusal(), (400, "InvalidParameterValue", "Only JSON content is accepted"));
    assert_eq!(refused.body["target"], "mediaType");
    let refused = create_with(&store, Some("application/json"), "{}").await;
    assert_eq!(refused.refusal(), (400, "InvalidParameterValue", "The size of Listings must be 1 or more"));
    let refused = create_with(&store, Some("application/json"), r#"{"applicationPackages":[]}"#).await;
    assert!(refused.refusal().2.starts_with("Please keep all file entries for existing packages."), "{refused:?}");
    let refused = create_with(&store, Some("application/json"), "{").await;
    assert_eq!(refused.status, 400);
    let app = store.get(&format!("applications/{APP}")).await.body;
    assert_eq!(app.get("pendingApplicationSubmission"), None);

    let created = create_with(&store, Some("Application/JSON; charset=utf-8"), "null").await;
    assert_eq!(created.status, 201);
    store.delete(&path(&created.body)).await;
    let created = create_with(&store, None, "").await;
    assert_eq!(created.status, 201);
}

#[tokio::test]
async fn a_whole_document_in_the_creation_is_processed() {
    let store = Store::at(Pace::Manual).await;
    let mut draft = store.draft().await;
    store.delete(&path(&draft)).await;
    draft.as_object_mut().unwrap().remove("id");
    draft["visibility"] = json!("Private");
    let created = create_with(&store, Some("application/json"), &draft.to_string()).await;
    assert_eq!((created.status.as_u16(), &created.body["visibility"]), (201, &json!("Private")));
}

#[tokio::test]
async fn an_app_that_was_never_published_takes_no_draft() {
    let mut account = sample();
    account["applications"][0].as_object_mut().unwrap().remove("publishedSubmission");
    account["applications"][0].as_object_mut().unwrap().remove("firstPublishedDate");
    let store = Store::of(&account).await;
    let app = store.get(&format!("applications/{APP}")).await.body;
    assert_eq!(app["firstPublishedDate"], "1601-01-01T00:00:00.0000000Z");
    assert_eq!(app.get("lastPublishedApplicationSubmission"), None);
    let refused = store.post(&format!("applications/{APP}/submissions")).await;
    assert_eq!((refused.refusal().0, refused.refusal().1), (409, "InvalidState"));
}

#[tokio::test]
async fn a_draft_of_the_portal_is_not_touched() {
    let mut account = sample();
    let mut pending = account["applications"][0]["publishedSubmission"].clone();
    pending["id"] = json!("1152921505700319999");
    account["applications"][0]["pendingSubmission"] = pending;
    account["applications"][0]["origin"] = json!("portal");
    let store = Store::of(&account).await;
    let app = store.get(&format!("applications/{APP}")).await.body;
    assert_eq!(app["pendingApplicationSubmission"]["id"], "1152921505700319999");
    let place = format!("applications/{APP}/submissions/1152921505700319999");
    let draft = store.get(&place).await.body;
    assert_eq!((&draft["status"], draft.get("fileUploadUrl")), (&json!("PendingCommit"), None));
    for refused in [store.put(&place, &draft).await, store.post(&format!("{place}/commit")).await, store.delete(&place).await] {
        let (status, code, message) = refused.refusal();
        assert_eq!((status, code), (400, "InvalidOperation"));
        assert!(message.starts_with("Ingestion API can only update, delete, and commit submissions that are created through"));
        assert_eq!(refused.body["target"], "applicationSubmission");
    }
    assert_eq!(store.post(&format!("applications/{APP}/submissions")).await.refusal().2, CONFLICT);
}

#[tokio::test]
async fn no_draft_is_made_while_a_rollout_is_open() {
    let mut account = sample();
    let rollout = &mut account["applications"][0]["publishedSubmission"]["packageDeliveryOptions"]["packageRollout"];
    rollout["isPackageRollout"] = json!(true);
    rollout["packageRolloutStatus"] = json!("PackageRolloutInProgress");
    let store = Store::of(&account).await;
    let refused = store.post(&format!("applications/{APP}/submissions")).await;
    assert_eq!((refused.refusal().0, refused.refusal().1), (409, "InvalidState"));
    let ended = store.control("POST", "/rollout?submission=1152921505700310001&status=PackageRolloutStopped", "").await;
    assert_eq!(ended.status, 200, "{:?}", ended.body);
    store.draft().await;
}

#[tokio::test]
async fn a_submission_of_another_app_is_a_conflict() {
    let mut account = sample();
    let mut other = account["applications"][0].clone();
    other["id"] = json!("9NOTHER00001");
    other.as_object_mut().unwrap().remove("publishedSubmission");
    account["applications"].as_array_mut().unwrap().push(other);
    let store = Store::of(&account).await;
    let answer = store.get("applications/9NOTHER00001/submissions/1152921505700310001").await;
    assert_eq!((answer.refusal().0, answer.refusal().1), (409, "InvalidState"));
}

#[tokio::test]
async fn a_draft_that_a_person_saves_is_the_portals_until_the_person_discards_it() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let id = draft["id"].as_str().unwrap();
    let saved = store.control("POST", &format!("/edit?submission={id}"), r#"{"notesForCertification": "Try the horn."}"#).await;
    assert_eq!((saved.status.as_u16(), &saved.body["origin"]), (200, &json!("portal")));

    let shown = store.get(&path(&draft)).await.body;
    assert_eq!((&shown["notesForCertification"], shown.get("fileUploadUrl")), (&json!("Try the horn."), None));
    assert!(store.put(&path(&draft), &draft).await.status.is_client_error());
    assert!(store.delete(&path(&draft)).await.status.is_client_error());

    assert_eq!(store.control("POST", &format!("/edit?submission={id}"), "[]").await.status, 400);
    assert_eq!(store.control("POST", &format!("/discard?submission={id}"), "").await.status, 200);
    assert_eq!(store.get(&path(&draft)).await.status, 404);
    assert_eq!(store.control("POST", &format!("/discard?submission={id}"), "").await.status, 404);
    assert_eq!(store.control("POST", "/edit?submission=1152921505700310001", "").await.status, 409);
    assert_eq!(store.control("POST", "/discard?submission=1152921505700310001", "").await.status, 409);
    store.draft().await;
}
