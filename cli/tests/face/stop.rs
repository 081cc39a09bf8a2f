//! Publishes that somebody stops: with Ctrl-C, or as a system stops a job.

use crate::support::{APP, Gate, Msix, Person, Process, Store};
use rustix::process::Signal;
use serde_json::Value;

/// How often the Store was asked for something.
fn count(store: &Store, what: &str) -> usize {
    store.writes().iter().filter(|write| write.contains(what)).count()
}

/// The lines of the one state file.
fn journal(person: &Person) -> Vec<String> {
    let mut files = std::fs::read_dir(person.state()).expect("a folder").map(|file| file.expect("a file").path());
    let file = files.find(|file| file.extension().is_some_and(|extension| extension == "jsonl")).expect("a state file");
    let text = std::fs::read_to_string(file).expect("text");
    let name = |line: &str| Some(serde_json::from_str::<Value>(line).ok()?["line"].as_str()?.to_owned());
    text.lines().map(|line| name(line).unwrap_or_else(|| panic!("{line:?} is no line"))).collect()
}

/// A publish whose answer to the request that ends like `held` does not come.
fn held_at(held: &'static str) -> (Store, Gate, Person, String, Process) {
    let store = Store::with(&["--pace", "manual", "--http"]);
    let gate = Gate::before(store.says("api"), held);
    let person = store.person().env("FLIGHTLINE_API_URL", &gate.address);
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.start(&["publish", &package, "--app", APP, "--output", "ndjson"]);
    gate.until_reached();
    (store, gate, person, package, run)
}

#[test]
fn what_is_under_way_is_waited_for_and_noted_before_it_stops() {
    for (held, last, told) in
        [("/submissions HTTP/1.1", "created", "is made; its files"), ("/commit HTTP/1.1", "committed", "is handed to the Store")]
    {
        let (store, gate, person, _, mut run) = held_at(held);
        run.signal(Signal::INT);
        run.until_told("stopping");
        gate.open();
        let run = run.finish(&["publish"]).ends(130).tells("stopped before the end").tells(told);
        let run = run.tells(&format!("flightline resume --app {APP}"));
        let id = store.newest_id();
        assert_eq!(
            (run.error()["code"].as_str(), run.error()["submissionId"].as_str()),
            (Some("interrupted"), Some(id.as_str()))
        );
        assert_eq!(journal(&person).last().map(String::as_str), Some(last), "{}", run.shown());

        let mut run = person.start(&["resume", "--app", APP, "--output", "ndjson"]);
        run.until("CommitStarted");
        store.advance(&id, "Published");
        run.finish(&["resume"]).ends(0);
        assert_eq!((count(&store, "/submissions 201"), count(&store, "/commit 202"), store.submissions().len()), (1, 1, 2));
    }
}

#[test]
fn the_second_time_it_stops_at_once() {
    let (store, gate, person, package, mut run) = held_at("/submissions HTTP/1.1");
    run.signal(Signal::INT);
    run.until_told("stopping");
    run.signal(Signal::INT);
    let run = run.finish(&["publish"]).ends(130).tells("nobody knows what the Store did with it").tells("flightline resume");
    assert_eq!(journal(&person).last().map(String::as_str), Some("createStarted"), "{}", run.shown());
    gate.open();
    // The same command finds the draft that the lost answer was about.
    let mut run = person.start(&["publish", &package, "--app", APP, "--output", "ndjson"]);
    run.until("CommitStarted");
    store.advance(&store.newest_id(), "Published");
    run.finish(&["publish"]).ends(0);
    assert_eq!((count(&store, "/submissions 201"), store.submissions().len()), (1, 2));
}

#[test]
fn a_system_that_ends_a_job_is_told_where_it_stands() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let mut run = person.start(&["publish", &package, "--app", APP, "--output", "ndjson"]);
    run.until("CommitStarted");
    run.signal(Signal::TERM);
    let run = run.finish(&["publish"]).ends(143).tells("goes on there without this machine").tells("next: following it");
    assert_eq!(run.error()["exitCode"], 143);
    store.advance(&store.newest_id(), "Published");
    person.says("resume").ends(0);
}

#[test]
fn before_anything_was_changed_there_is_nothing_to_go_on_with() {
    let (store, gate, person, _, run) = held_at("/applications/9NHRBRL1GHTS HTTP/1.1");
    run.signal(Signal::INT);
    // A look changes nothing, so its answer is not waited for.
    run.finish(&["publish"]).ends(130).tells("the Store was not changed");
    gate.open();
    assert_eq!(store.writes(), Vec::<String>::new());
    assert_eq!(journal(&person), ["run"]);
}

#[test]
fn a_watch_ends_where_it_is_and_names_no_publish() {
    let store = Store::manual();
    let person = store.person();
    person.says(&format!("submission create --app {APP}")).ends(0);
    person.says(&format!("submission commit --app {APP}")).ends(0);
    let mut run = person.start(&["submission", "watch", "--app", APP]);
    run.until_told("reading the upload");
    run.signal(Signal::INT);
    let run = run.finish(&["watch"]).ends(130).silent();
    assert!(run.error()["remedy"].is_null(), "{}", run.shown());
}

#[test]
fn a_store_of_ones_own_ends_in_order_whoever_ends_it() {
    for signal in [Signal::INT, Signal::TERM] {
        let person = Person::new();
        let mut run = person.start(&["emulator", "--listen", "127.0.0.1:0"]);
        run.until("\n");
        run.signal(signal);
        run.finish(&["emulator"]).ends(0);
    }
}
