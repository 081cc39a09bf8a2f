//! `flightline submission`: one method at a time, as a script would.

use crate::support::account::LIVE;
use crate::support::package::zip;
use crate::support::{APP, Msix, Store};
use serde_json::{Value, json};

#[test]
fn a_whole_publish_can_be_made_by_hand() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP);
    let live = person.says("submission get").ends(0).json();
    assert_eq!(live["id"], LIVE);

    let mut draft = person.says("submission create").ends(0).json();
    let id = draft["id"].as_str().expect("an id").to_owned();
    assert_eq!(person.says("submission status").ends(0).json()["status"], "PendingCommit");
    draft["applicationPackages"][0]["fileStatus"] = "PendingDelete".into();
    let package = json!({ "fileName": "new/Lights.msix", "fileStatus": "PendingUpload" });
    draft["applicationPackages"].as_array_mut().expect("a list").push(package);
    let stored = person.run_with(&["submission", "update", "--input", "-"], &draft.to_string()).ends(0).json();
    assert_eq!(stored["applicationPackages"][2]["fileStatus"], "PendingUpload");
    assert_eq!(person.says("submission get").ends(0).json()["id"], id.as_str());

    let package = Msix::version("1.1.0.0").bytes();
    person.file("upload.zip", zip(&[("new/Lights.msix", &package)]));
    let receipt = person.says("submission upload --file upload.zip").ends(0).json();
    assert_eq!(receipt["submission"], id.as_str());
    assert!(receipt["blob"].as_str().is_some_and(|blob| blob.starts_with("https://") && !blob.contains('?')), "{receipt}");

    assert_eq!(person.says("submission commit").ends(0).json()["status"], "CommitStarted");
    assert_eq!(person.says(&format!("submission watch {id}")).ends(0).json()["status"], "Published");
    let live = person.says("submission get").ends(0).json();
    assert_eq!((&live["id"], &live["applicationPackages"][1]["version"]), (&json!(id), &json!("1.1.0.0")));
}

#[test]
fn a_draft_is_deleted_only_when_that_is_meant() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP);
    let draft = person.says("submission create").ends(0).json();
    let run = person.says("submission delete").ends(2).silent().tells("--yes");
    assert_eq!(run.error()["code"], "not-confirmed");
    assert_eq!(store.submissions().len(), 2);
    let deleted = person.says("submission delete --yes").ends(0).json();
    assert_eq!((&deleted["submission"], &deleted["deleted"]), (&draft["id"], &Value::from(true)));
    person.says("submission delete --yes").ends(6).tells("has no pending submission");
    person.says("submission status").ends(6);
    person.says("submission get 1152921505709999999").ends(6).tells("404");
}

#[test]
fn what_is_live_cannot_be_deleted_or_written() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP);
    let run = person.says(&format!("submission delete {LIVE} --yes")).ends(4);
    assert!(run.error()["status"].is_u64(), "{}", run.shown());
    let live = person.says("submission get").ends(0);
    person.file("live.json", &live.out);
    person.says(&format!("submission update {LIVE} --input live.json")).ends(4);
    assert_eq!(store.submissions().iter().filter(|one| one["id"] == LIVE).count(), 1);
}

#[test]
fn a_document_that_would_make_a_paid_app_free_is_not_sent() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP);
    let mut draft = person.says("submission create").ends(0).json();
    let writes = store.writes();
    draft["pricing"]["priceId"] = "Base".into();
    let run = person.run_with(&["submission", "update", "--input", "-"], &draft.to_string()).ends(2);
    assert_eq!(run.error()["code"], "price-unknown");
    draft.as_object_mut().expect("an object").remove("pricing");
    person.run_with(&["submission", "update", "--input", "-"], &draft.to_string()).ends(2);
    for (input, code) in [("[]", "no-document"), ("{", "not-json"), ("", "not-json")] {
        let run = person.run_with(&["submission", "update", "--input", "-"], input).ends(2);
        assert_eq!(run.error()["code"], code, "{input:?}");
    }
    person.says("submission update --input nowhere.json").ends(2).tells("nowhere.json");
    assert_eq!(store.writes(), writes);
}

#[test]
fn an_upload_names_the_file_that_is_missing() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP);
    person.says("submission upload --file nowhere.zip").ends(2).tells("nowhere.zip");
    person.says("submission upload --file .").ends(2);
    assert_eq!(store.requests(), Vec::<String>::new());
    person.file("a.zip", zip(&[]));
    person.says("submission upload --file a.zip").ends(6);
}

#[test]
fn a_commit_without_an_upload_fails_with_the_stores_own_words() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP);
    let mut draft = person.says("submission create").ends(0).json();
    let package = json!({ "fileName": "Lights.msix", "fileStatus": "PendingUpload" });
    draft["applicationPackages"].as_array_mut().expect("a list").push(package);
    person.run_with(&["submission", "update", "--input", "-"], &draft.to_string()).ends(0);
    person.says("submission commit").ends(0);
    let run = person.says("submission watch").ends(7);
    assert_eq!(run.error()["code"], "CommitFailed", "{}", run.shown());
    assert!(run.error()["details"].is_array(), "{}", run.shown());
}

#[test]
fn one_line_each_where_lines_are_asked_for() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP).env("FLIGHTLINE_OUTPUT", "ndjson");
    for line in ["submission create", "submission get", "submission status", "submission delete --yes"] {
        let run = person.says(line).ends(0);
        assert_eq!(run.lines().len(), 1, "{}", run.shown());
    }
}
