//! A slot that is taken by somebody else.

use crate::support::{APP, Account, Msix, Store};
use serde_json::Value;
use std::path::Path;

#[test]
fn a_draft_from_the_portal_is_left_alone_whatever_is_asked() {
    let store = Store::of(&Account::sample().with_portal_draft());
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let publish = |if_busy: &str| person.run(&["publish", &package, "--app", APP, "--timeout", "1s", "--if-busy", if_busy]);
    let run = publish("fail").ends(4).silent().tells("Partner Center");
    assert_eq!(run.error()["code"], "slot-busy");
    publish("replace-own").ends(4);
    assert_eq!(publish("skip").ends(11).json()["outcome"], "skipped");
    publish("wait").ends(8);
    assert_eq!(store.writes(), Vec::<String>::new());
    person.run(&["plan", &package, "--app", APP, "--output", "table"]).ends(0).shows("is in the way");
    let run = person.says(&format!("submission delete --app {APP} --yes"));
    assert!(run.error()["exitCode"] == 4, "{}", run.shown());
}

#[test]
fn our_own_draft_for_something_else_is_replaced_only_if_that_is_asked() {
    let store = Store::start();
    let person = store.person();
    let first = Msix::version("1.1.0.0").give(&person);
    let second = Msix::version("1.2.0.0").give(&person);
    person.run(&["publish", &first, "--app", APP, "--no-commit"]).ends(0);
    person.run(&["publish", &second, "--app", APP]).ends(4).tells("replace-own");
    // Another machine knows nothing of who made it.
    let other = store.person();
    let same = Msix::version("1.2.0.0").give(&other);
    other.run(&["publish", &same, "--app", APP, "--if-busy", "replace-own"]).ends(4);
    assert_eq!(
        person.run(&["publish", &second, "--app", APP, "--if-busy", "replace-own"]).ends(0).json()["outcome"],
        "delivered"
    );
}

/// Whoever made it may be about to write into it; only one that stays as it is is taken over.
#[test]
fn an_untouched_draft_of_somebody_else_is_watched_first() {
    let store = Store::start();
    let person = store.person();
    let draft = person.says(&format!("submission create --app {APP}")).ends(0).json();
    let package = Msix::version("1.1.0.0").give(&person);
    let before = store.writes();
    let run =
        person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8).tells("others may be about to write into it");
    assert_eq!(run.error()["submissionId"], draft["id"]);
    assert_eq!(store.writes(), before);
}

/// What was put off says what it is and how it is done; doing it clears it.
#[test]
fn a_publish_that_was_put_off_leaves_a_ticket() {
    let store = Store::manual();
    let (others, person) = (store.person(), store.person());
    let theirs = Msix::version("1.1.0.0").give(&others);
    others.run(&["publish", &theirs, "--app", APP, "--timeout", "1s"]).ends(8);
    let package = Msix::version("1.2.0.0").give(&person);
    let skip = || person.run(&["publish", &package, "--app", APP, "--if-busy", "skip"]).ends(11).json();
    let skipped = skip();
    let file = skipped["ticket"].as_str().expect("a ticket").to_owned();
    let ticket: Value = serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("JSON");
    let id = store.newest_id();
    assert_eq!((&ticket["submission"], &ticket["status"]), (&id.as_str().into(), &"CommitStarted".into()));
    assert_eq!(ticket["product"], format!("applications/{APP}"));
    assert!(ticket["arguments"].to_string().contains(&package), "{ticket}");
    assert_eq!((&ticket["command"], &skipped["resume"]), (&format!("flightline resume --app {APP}").into(), &ticket["command"]));
    // It is still in the way: put off once more.
    assert_eq!(person.says("resume").ends(11).json()["ticket"], file.as_str());

    store.advance(&id, "Published");
    let line = format!("resume --app {APP} --timeout 1s");
    person.says(&line).ends(8);
    let ours = store.newest_id();
    assert_ne!(ours, id);
    store.advance(&ours, "Published");
    assert_eq!(person.says("resume").ends(0).json()["outcome"], "delivered");
    assert!(!Path::new(&file).exists(), "what is done is put off no more");
    assert_eq!(person.says("resume").ends(0).json()["outcome"], "nothing-to-resume");
}

/// What has failed and is not ours is told with the Store's reasons, and what can be done about it.
#[test]
fn a_failed_submission_of_somebody_else_is_reported() {
    let store = Store::manual();
    let (others, person) = (store.person(), store.person());
    let theirs = Msix::version("1.1.0.0").give(&others);
    others.run(&["publish", &theirs, "--app", APP, "--timeout", "1s"]).ends(8);
    let id = store.newest_id();
    let said = r#"{"errors": [{"code": "PackageValidationFailed", "details": "The boat sinks."}],
                   "certificationReports": [{"date": "2027-02-01", "reportUrl": "https://example.invalid/report/7"}]}"#;
    store.control(&format!("POST /fail?submission={id}&status=PreProcessingFailed"), said);
    let package = Msix::version("1.2.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP]).ends(4);
    let run = run.tells("The boat sinks.").tells("https://example.invalid/report/7");
    let run = run.tells(&format!("flightline submission delete {id} --app {APP} --yes"));
    assert_eq!((&run.error()["code"], &run.error()["submissionId"]), (&"slot-busy".into(), &id.as_str().into()));
    // Whoever made it replaces it without being asked.
    others.run(&["publish", &theirs, "--app", APP]).ends(7).tells("The boat sinks.");
    others.run(&["publish", &theirs, "--app", APP, "--timeout", "1s"]).ends(8);
    assert_ne!(store.newest_id(), id);
}

/// A person has saved our draft in another way meanwhile: it is neither handed in nor written over.
#[test]
fn a_draft_of_ours_that_somebody_has_changed_is_told() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--no-commit"]).ends(0);
    let mut draft = person.says(&format!("submission get --app {APP}")).ends(0).json();
    draft["notesForCertification"] = "Try the red boat.".into();
    person.file("draft.json", draft.to_string());
    person.says(&format!("submission update --app {APP} --input draft.json")).ends(0);
    let before = store.writes();
    let run = person.run(&["publish", &package, "--app", APP]).ends(4).tells("replace-own").tells("submission commit");
    assert_eq!(run.error()["code"], "draft-changed");
    assert_eq!(store.writes(), before);
    let run = person.run(&["publish", &package, "--app", APP, "--if-busy", "replace-own"]).ends(0);
    assert_eq!(run.json()["outcome"], "delivered");
    assert_ne!(store.newest()["document"]["notesForCertification"], "Try the red boat.");
}

#[test]
fn what_is_on_its_way_already_is_followed_and_not_made_again() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8);
    let writes = store.writes();
    let other = store.person();
    let same = Msix::version("1.1.0.0").give(&other);
    let args = ["publish", &same, "--app", APP, "--output", "ndjson"];
    let mut run = other.start(&args);
    run.until("CommitStarted");
    let id = store.newest_id();
    store.advance(&id, "Published");
    let run = run.finish(&args).ends(0);
    assert_eq!(run.lines().last().expect("a line")["outcome"], "delivered");
    assert_eq!(store.writes(), writes);
}

#[test]
fn a_refused_publish_does_not_make_resume_forget_the_one_before() {
    let store = Store::manual();
    let person = store.person();
    let first = Msix::version("1.1.0.0").give(&person);
    let second = Msix::version("1.2.0.0").give(&person);
    person.run(&["publish", &first, "--app", APP, "--timeout", "1s"]).ends(8);
    person.run(&["publish", &second, "--app", APP, "--if-busy", "skip"]).ends(11);
    person.run(&["publish", &second, "--app", APP]).ends(4);
    let id = store.newest_id();
    store.advance(&id, "Published");
    let run = person.says("resume").ends(0);
    assert_eq!(run.json()["outcome"], "delivered", "{}", run.shown());
    assert_eq!(run.json()["submission"], id, "{}", run.shown());
}

#[test]
fn a_wait_for_the_slot_that_took_too_long_is_gone_on_with() {
    let store = Store::of(&Account::sample().with_portal_draft());
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--if-busy", "wait", "--timeout", "1s"]).ends(8);
    run.tells("flightline resume");
    person.says("resume --timeout 1s").ends(8).tells("waiting until the slot is free");
}
