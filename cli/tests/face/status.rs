//! `flightline status` and `flightline apps`: looking, and nothing else.

use crate::support::account::LIVE;
use crate::support::{APP, Account, Msix, Store};

#[test]
fn status_shows_what_is_live_and_what_is_on_its_way() {
    let store = Store::manual();
    let person = store.person();
    let status = person.says(&format!("status --app {APP}")).ends(0).json();
    assert_eq!((&status["live"]["submission"], &status["pending"]), (&LIVE.into(), &serde_json::Value::Null));
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--no-commit"]).ends(0);
    let status = person.says(&format!("status --app {APP}")).ends(0).json();
    assert_eq!(status["pending"]["status"], "PendingCommit");
    let run = person.says(&format!("status --app {APP} --output table")).ends(0);
    let run = run.shows("live        1152921505700310001 Published").shows("PendingCommit").shows(&package);
    assert!(run.err.is_empty(), "{}", run.shown());
}

#[test]
fn status_watch_follows_to_the_end() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8);
    let args = ["status", "--app", APP, "--watch", "--output", "ndjson"];
    let mut watch = person.start(&args);
    watch.until("\"event\":\"status\"");
    let id = store.newest_id();
    store.advance(&id, "Published");
    let run = watch.finish(&args).ends(0);
    assert_eq!(run.lines().last().expect("a line")["status"], "Published");
}

#[test]
fn a_watch_in_json_is_one_document_too() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8);
    let id = store.newest_id();
    store.advance(&id, "Published");
    // What is through is no longer pending: nothing to follow.
    let run = person.run(&["status", "--app", APP, "--watch", "--output", "json"]).ends(0);
    assert_eq!(run.json()["live"]["submission"], id);
    let package = Msix::version("1.2.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8);
    let args = ["status", "--app", APP, "--watch", "--timeout", "1s", "--output", "json"];
    person.run(&args).ends(8);
    let watch = person.start(&["status", "--app", APP, "--watch", "--output", "json"]);
    let id = store.newest_id();
    store.advance(&id, "Published");
    let run = watch.finish(&args).ends(0);
    assert!(run.json().is_object());
}

#[test]
fn all_apps_are_listed_over_all_pages() {
    let store = Store::of(&Account::sample().with_apps(230));
    let person = store.person();
    let apps = person.says("apps list").ends(0).json();
    let apps = apps.as_array().expect("a list");
    assert_eq!(apps.len(), 231);
    assert_eq!((&apps[0]["id"], &apps[230]["primaryName"]), (&APP.into(), &"Buoy 229".into()));
    assert_eq!(store.requests().iter().filter(|request| request.contains("/applications?")).count(), 3);
    assert_eq!(person.says("apps list --output ndjson").ends(0).lines().len(), 231);
    person.says("apps list --output table").ends(0).shows("Buoy 229").shows(LIVE);
}

#[test]
fn an_account_without_apps_has_an_empty_list() {
    let account = Account::sample().with("/applications", serde_json::json!([]));
    let store = Store::of(&account.with("/inAppProducts", serde_json::json!([])).with("/flights", serde_json::json!([])));
    assert_eq!(store.person().says("apps list").ends(0).json(), serde_json::json!([]));
}

#[test]
fn one_app_is_shown_as_the_store_has_it() {
    let store = Store::start();
    let person = store.person();
    let app = person.says(&format!("apps get {APP}")).ends(0).json();
    assert_eq!(app["primaryName"], "Harbour Lights");
    person.says(&format!("apps get {APP} --output table")).ends(0).shows("SaltmarshSoftware.HarbourLights_3wq7k0n5xtd1c");
    assert_eq!(person.env("FLIGHTLINE_APP", APP).says("apps get").ends(0).json(), app);
}
