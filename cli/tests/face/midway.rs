//! What a publish says that stops in the middle: an exit code that does not lie, what there is by now, and a next step that is one.

use crate::support::{APP, Msix, Person, Run, Store};

/// A publish in some weather, its Store, and who published.
fn publish(fault: &str) -> (Run, Store, Person) {
    let store = Store::with(&["--pace", "instant", "--fault", fault]);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--timeout", "5s"]);
    (run, store, person)
}

fn remedy(run: &Run) -> String {
    run.error()["remedy"].as_str().unwrap_or_else(|| panic!("no remedy: {}", run.shown())).to_owned()
}

#[test]
fn what_the_store_does_not_take_midway_is_not_told_as_wrong_input() {
    let (run, store, _) = publish("update=400x*");
    let run = run.ends(1);
    let draft = store.newest_id();
    assert_eq!(run.error()["submissionId"], draft.as_str(), "{}", run.shown());
    let commands =
        [format!("flightline submission get {draft} --app {APP}"), format!("submission delete {draft} --app {APP} --yes")];
    for command in commands {
        assert!(remedy(&run).contains(&command), "{}", run.shown());
    }

    let (run, store, _) = publish("create=418");
    let run = run.ends(1);
    assert!(remedy(&run).contains("made no draft") && run.error()["submissionId"].is_null(), "{}", run.shown());
    assert_eq!(store.submissions().len(), 1);
}

#[test]
fn a_commit_that_is_refused_and_done_is_done() {
    let (run, _store, _) = publish("commit=400-after");
    run.ends(0).tells("delivered");
    let (run, store, person) = publish("commit=400");
    let run = run.ends(1);
    assert!(remedy(&run).contains(&format!("Draft {} is there", store.newest_id())), "{}", run.shown());
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(0).tells("going on with it");
}

#[test]
fn an_upload_address_that_is_never_good_does_not_send_in_circles() {
    for fault in ["upload=403x*", "upload=expire-urlx*"] {
        let (run, store, _) = publish(fault);
        let run = run.ends(1);
        let remedy = remedy(&run);
        assert!(["clock", "proxy", "signature"].iter().all(|word| remedy.contains(word)), "{}", run.shown());
        assert!(!remedy.contains("same command"), "{}", run.shown());
        assert_eq!(run.error()["submissionId"], store.newest_id().as_str());
    }
}

#[test]
fn a_connection_that_is_cut_is_told_in_our_words_and_the_log_has_them() {
    let (run, ..) = publish("create=cut-after");
    let run = run.ends(0).tells("WARN nobody knows whether the draft was made").tells("the other end closed the connection");
    assert!(!run.err.contains("close_notify") && !run.err.contains("docs.rs"), "{}", run.shown());
    let (run, ..) = publish("create=reset");
    run.ends(0).tells("broke before the answer was there: ");
}

#[test]
fn a_hint_names_the_product_that_the_command_was_about() {
    for fault in ["create=409x*", "commit=stick"] {
        let (run, ..) = publish(fault);
        assert!(remedy(&run).contains(&format!("flightline status --app {APP}")) || fault == "commit=stick", "{}", run.shown());
        assert!(!run.err.contains("<ID>"), "{}", run.shown());
    }
    let store = Store::with(&["--pace", "instant", "--fault", "commit=fail", "--fault", "delete=409x*"]);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(7);
    let run = person.run(&["publish", &package, "--app", APP]).ends(4);
    assert!(remedy(&run).contains(&format!("--app {APP}")) && !run.err.contains("<ID>"), "{}", run.shown());
}

#[test]
fn where_the_store_failed_itself_nobody_is_told_to_correct_something() {
    let (run, ..) = publish("commit=fail:CommitFailed:ServiceError");
    let run = run.ends(7);
    assert!(remedy(&run).contains("run the same command again") && !remedy(&run).contains("correct what"), "{}", run.shown());
    let (run, ..) = publish("commit=fail:CommitFailed:InvalidArchive");
    assert!(remedy(&run.ends(7)).contains("correct what the Store names"));
}

#[test]
fn who_is_to_wait_is_told_for_how_long() {
    let (run, ..) = publish("api=429:10mx*");
    let run = run.ends(5);
    assert!(remedy(&run).ends_with("again in 10 minutes"), "{}", run.shown());
    let (run, ..) = publish("token=503x*");
    assert_eq!(run.error()["message"].as_str().map(|words| words.matches("AADSTS90033").count()), Some(1), "{}", run.shown());
    assert!(!run.err.contains("sign in: could not sign in") && !remedy(&run).contains("the Store"), "{}", run.shown());
}

#[test]
fn the_same_correlation_id_is_shown_once() {
    let (run, ..) = publish("commit=stick");
    let run = run.ends(8);
    let words = run.err.lines().filter(|line| !line.starts_with('{')).collect::<Vec<_>>().join("\n");
    let exchanges = run.error()["exchanges"].as_array().expect("a list").clone();
    assert!(!exchanges.is_empty());
    for exchange in exchanges {
        let id = exchange["correlationId"].as_str().expect("an id");
        assert_eq!(words.matches(id).count(), 1, "{}", run.shown());
    }
}

#[test]
fn an_error_says_what_to_read_about_it() {
    let (run, ..) = publish("token=401");
    assert_eq!(
        run.error()["docs"],
        "https://learn.microsoft.com/entra/identity-platform/reference-error-codes",
        "{}",
        run.shown()
    );
    // The same word is a refusal, and stands in the details of a submission.
    let (run, ..) = publish("update=400x*");
    let docs = run.error()["docs"].as_str().map(str::to_owned).unwrap_or_default();
    assert!(!docs.is_empty() && !docs.ends_with("#submission-status-code"), "{}", run.shown());
    let person = Person::new();
    let error = person.says(&format!("publish nowhere.msix --app {APP}")).ends(2).error();
    assert!(error["docs"].as_str().is_some_and(|docs| docs.starts_with("https://")), "{error}");
    let error = person.says("explain xyzzy").ends(6).error();
    assert_eq!(error["docs"], "docs/codes.md#unknown-code");
}
