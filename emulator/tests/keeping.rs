//! What outlives the process: a data folder that is closed and opened again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::{Account, Options, Pace};
use serde_json::json;
use support::{APP, PACKAGE, Packing, Store, add_packages, archive, path, sample};

#[tokio::test]
async fn a_data_folder_goes_on_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let open = |account: Account| {
        Store::open(Options { pace: Pace::Manual, data: Some(folder.path().to_owned()), ..Options::new(account) })
    };
    let store = open(Account::sample().unwrap()).await;
    let mut draft = store.draft().await;
    add_packages(&mut draft, &["new.msix"]);
    let draft = store.update(&draft).await;
    store.upload(&draft, archive(Packing::Stored, &[("new.msix", &PACKAGE.build())])).await;
    let token = store.bearer();
    store.control("POST", "/clock?forward=600", "").await;
    let before = store.emulator.now();
    drop(store);

    // Another account changes nothing: the first one is kept. Tokens are good, the blob is there, the clock is ahead.
    let mut other = sample();
    other["applications"][0]["primaryName"] = json!("Something else");
    let store = open(Account::parse(&other.to_string()).unwrap()).await;
    assert!(store.emulator.now() >= before);
    let request = http::Request::get(format!("/v1.0/my/applications/{APP}"))
        .header("Authorization", token)
        .body(bytes::Bytes::new())
        .unwrap();
    let app = support::Answer::read(store.emulator.answer(request).await);
    assert_eq!((app.status.as_u16(), &app.body["primaryName"]), (200, &json!("Harbour Lights")));
    assert_eq!(app.body["pendingApplicationSubmission"]["id"], draft["id"]);
    store.commit(&draft).await;
    drop(store);

    let store = open(Account::sample().unwrap()).await;
    assert_eq!(store.status(&draft).await["status"], "CommitStarted");
    let id = draft["id"].as_str().unwrap();
    store.control("POST", &format!("/advance?submission={id}&to=Published"), "").await;
    drop(store);

    let store = open(Account::sample().unwrap()).await;
    let live = store.get(&path(&draft)).await.body;
    assert_eq!((&live["status"], &live["applicationPackages"][2]["version"]), (&json!("Published"), &json!("1.1.0.0")));
    let next = store.draft().await;
    assert!(next["id"].as_str() > draft["id"].as_str());
}

#[test]
fn the_database_itself_holds_that_one_submission_is_pending() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let options = Options { data: Some(folder.path().to_owned()), ..Options::new(Account::sample().unwrap()) };
        Store::open(options).await.draft().await;
    });
    let database = rusqlite::Connection::open(folder.path().join("store.sqlite")).unwrap();
    let copy = "INSERT INTO submission SELECT id || '0', kind, product, origin, status, since, number, document, details, \
                outcome, fate, blob, revision FROM submission WHERE status = 'PendingCommit'";
    let refused = database.execute(copy, []).unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::ConstraintViolation));
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _guard = runtime.enter();
    let options = Options { data: Some(file.clone()), ..Options::new(Account::sample().unwrap()) };
    let error = flightline_emulator::Emulator::open(options).unwrap_err();
    assert_eq!(error.to_string(), format!("making the folder {}", file.display()));
}
