//! A slot that is taken by somebody else.

use crate::support::{APP, Account, Msix, Store};

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

#[test]
fn an_untouched_draft_of_somebody_else_is_used() {
    let store = Store::start();
    let person = store.person();
    let draft = person.says(&format!("submission create --app {APP}")).ends(0).json();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP]).ends(0);
    assert_eq!(run.json()["submission"], draft["id"]);
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
