//! `flightline emulator` as a process.

use crate::support::{APP, Msix, Person, Store};

#[test]
fn a_store_that_was_killed_has_its_state_when_it_comes_back() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data").to_str().expect("a plain path").to_owned();
    let store = Store::with(&["--pace", "instant", "--data", &data]);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let id = person.run(&["publish", &package, "--app", APP]).ends(0).json()["submission"].clone();
    let next = Msix::version("1.2.0.0").give(&person);
    person.run(&["publish", &next, "--app", APP, "--no-commit"]).ends(0);
    let before = store.submissions();
    store.kill();

    let store = Store::with(&["--pace", "instant", "--data", &data]);
    assert_eq!(store.submissions(), before);
    let person = store.introduce(person);
    let status = person.says(&format!("status --app {APP}")).ends(0).json();
    assert_eq!((&status["live"]["submission"], &status["pending"]["status"]), (&id, &"PendingCommit".into()));
    assert_eq!(person.run(&["publish", &next, "--app", APP]).ends(0).json()["outcome"], "delivered");
}

#[test]
fn it_serves_plain_http_where_that_is_asked_for() {
    let store = Store::with(&["--http", "--pace", "instant"]);
    assert!(store.says("api").starts_with("http://") && store.ready["ca"].is_null(), "{}", store.ready);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(0);
}

#[test]
fn uploads_go_where_the_blob_url_says() {
    let store = Store::with(&["--blob-url", "https://blobs.example/base/"]);
    assert_eq!(store.says("blob"), "https://blobs.example/base");
    let draft = store.person().run(&["api", "POST", &format!("applications/{APP}/submissions")]).ends(0).json();
    assert!(draft["fileUploadUrl"].as_str().is_some_and(|url| url.starts_with("https://blobs.example/base/")), "{draft}");
}

#[test]
fn an_account_file_that_is_none_is_described() {
    let person = Person::new();
    person.says("emulator --listen 127.0.0.1:0 --account nowhere.json").ends(2).silent().tells("nowhere.json");
    person.file("account.json", r#"{ "tenantId": 3, "applications": [{ "id": "a b" }] }"#);
    let run = person.says("emulator --listen 127.0.0.1:0 --account account.json").ends(2).silent();
    for words in ["account.json", "tenantId", "clientId", "applications[0].id", "applications[0].primaryName"] {
        assert!(run.err.contains(words), "{words}: {}", run.shown());
    }
    person.file("account.json", "not JSON");
    person.says("emulator --listen 127.0.0.1:0 --account account.json").ends(2);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let store = Store::start();
    let taken = store.says("api").trim_start_matches("https://").to_owned();
    Person::new().run(&["emulator", "--listen", &taken]).ends(1).silent().tells(&taken);
    assert!(store.folder().exists());
}
