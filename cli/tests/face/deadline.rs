//! Publishes that take longer than somebody waits, and those that the Store rejects.

use crate::support::{APP, Msix, Store};
use serde_json::json;

#[test]
fn a_deadline_ends_the_wait_and_resume_goes_on() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8).silent().tells("flightline resume");
    let id = run.error()["submissionId"].as_str().expect("an id").to_owned();
    // It is stuck as far as anybody can tell, and that is told with what support asks for.
    let run = person.says("resume --timeout 1s").ends(8).tells("has taken the commit").tells("/status 200 MS-CorrelationId");
    assert!(run.error()["details"].to_string().contains("the commit: MS-CorrelationId"), "{}", run.shown());
    store.advance(&id, "Published");
    let writes = store.writes();
    let run = person.says("resume").ends(0);
    assert_eq!(run.json(), json!({ "outcome": "delivered", "submission": id }));
    assert_eq!(store.writes(), writes);
    assert_eq!(person.says("resume").ends(0).json()["outcome"], "nothing-to-resume");
}

#[test]
fn it_waits_as_far_as_it_is_asked_to() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let args = ["publish", &package, "--app", APP, "--wait", "certified", "--output", "ndjson"];
    let mut run = person.start(&args);
    run.until("CommitStarted");
    let id = store.newest_id();
    store.advance(&id, "Release");
    let run = run.finish(&args).ends(0);
    let last = run.lines().pop().expect("a line");
    assert_eq!((&last["outcome"], &last["status"]), (&json!("reached"), &json!("Release")));
}

#[test]
fn a_failed_certification_ends_with_the_report() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let args = ["publish", &package, "--app", APP, "--output", "ndjson"];
    let mut run = person.start(&args);
    run.until("CommitStarted");
    fail(&store);
    let run = run.finish(&args).ends(7);
    reported(&run);
    // Then the slot is ours to clear: the corrected package goes through.
    let next = Msix::version("1.2.0.0").give(&person);
    let run = person.run(&["publish", &next, "--app", APP, "--wait", "committed", "--timeout", "1s"]).ends(8);
    assert!(run.err.contains("is deleted"), "{}", run.shown());
}

#[test]
fn a_failure_that_nobody_watched_is_told_before_anything_is_sent_again() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8);
    fail(&store);
    let writes = store.writes();
    reported(&person.says("resume").ends(7));
    assert_eq!(store.writes(), writes);
    person.run(&["status", "--app", APP, "--output", "table"]).ends(0).shows("the app closes at its start");
}

fn fail(store: &Store) {
    let id = store.newest_id();
    let report = json!({
        "errors": [{ "code": "PackageValidationFailed", "details": "the app closes at its start" }],
        "certificationReports": [{ "date": "2027-01-20T08:00:00Z", "reportUrl": "https://reports.example/one?sig=AbCdEf%3D" }],
    });
    store.control(&format!("POST /fail?submission={id}&status=CertificationFailed"), &report.to_string());
}

fn reported(run: &crate::support::Run) {
    for words in ["CertificationFailed", "PackageValidationFailed: the app closes at its start", "https://reports.example/one"] {
        assert!(run.err.contains(words), "{words:?}: {}", run.shown());
    }
    assert!(!run.err.contains("AbCdEf"), "{}", run.shown());
    assert_eq!(run.error()["exitCode"], 7);
}
