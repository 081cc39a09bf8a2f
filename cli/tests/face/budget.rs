//! The Store's rate limit, shared by all that runs on a machine.

use crate::support::{APP, Person, Store};

/// The answers to requests of the API, by their status.
fn statuses(store: &Store) -> Vec<String> {
    let api = store.requests().into_iter().filter(|request| !request.contains("/oauth2/"));
    api.filter_map(|request| Some(request.rsplit_once(' ')?.1.to_owned())).collect()
}

#[test]
fn what_one_command_has_sent_the_next_one_waits_for() {
    let store = Store::with(&["--pace", "manual", "--per-minute", "3"]);
    let person = store.person().env("FLIGHTLINE_RATE", "3");
    for _ in 0..3 {
        person.says("apps list").ends(0);
    }
    let mut run = person.start(&["apps", "list"]);
    run.until_told("for the Store's rate limit");
    run.kill();
    assert_eq!(statuses(&store), ["200"; 3], "nobody had to be refused");

    // Another tenant has a minute of its own, and so has another Store.
    let other =
        store.person().env("FLIGHTLINE_RATE", "3").env("FLIGHTLINE_STATE", person.state().to_str().expect("a plain path"));
    let elsewhere = Store::start();
    elsewhere.introduce(other).says("apps list").ends(0);
}

#[test]
fn a_limit_is_kept_by_the_emulator_and_a_refusal_by_every_command() {
    let store = Store::with(&["--pace", "manual", "--per-minute", "1"]);
    let person = store.person();
    person.says("apps list").ends(0);
    let mut refused = person.start(&["apps", "list", "-v"]);
    refused.until_told("trying again");
    let mut other = person.start(&["apps", "get", APP]);
    other.until_told("for the Store's rate limit");
    refused.kill();
    other.kill();
    assert_eq!(statuses(&store), ["200", "429"], "the second command asks for nothing while the first is to wait");
}

#[test]
fn whoever_cannot_share_has_a_budget_of_their_own() {
    let store = Store::start();
    let person = store.person();
    person.file("taken", "a file, no folder");
    let run = person.run(&["apps", "list", "--state", "taken", "-v", "--output", "json"]).ends(0);
    let run = run.tells("the rate budget is for this process alone");
    assert!(run.json().is_array() || run.json().is_object(), "{}", run.shown());
    // It is no news to whoever does not ask.
    assert!(person.run(&["apps", "list", "--state", "taken"]).ends(0).err.is_empty());
}

#[test]
fn a_rate_is_a_number_that_can_be_kept_to() {
    let person = Person::new();
    for wrong in ["0", "-1", "many", "20/h", "99999999999999999999"] {
        person.run(&["apps", "list", &format!("--rate={wrong}")]).ends(2).tells("such as 20");
    }
    person.run(&["apps", "list", "--rate", "20/min"]).ends(2).tells("no credentials");
}
