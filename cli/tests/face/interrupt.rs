//! Publishes that are killed, and what is there afterwards.

use crate::support::{APP, Msix, Store};

/// Kills a publish at the line that holds `word`, and lets `resume` finish it.
fn killed_after(word: &str) {
    let store = Store::manual();
    let person = store.person();
    let package = Msix { size: 1 << 20, ..Msix::version("1.1.0.0") }.give(&person);
    let mut run = person.start(&["publish", &package, "--app", APP, "--output", "ndjson"]);
    run.until(word);
    run.kill();
    let args = ["resume", "--output", "ndjson"];
    let mut run = person.start(&args);
    run.until("CommitStarted");
    let id = store.newest_id();
    store.advance(&id, "Published");
    let run = run.finish(&args).ends(0);
    assert_eq!(run.lines().last().expect("a line")["outcome"], "delivered", "{}", run.shown());
    for what in ["/submissions 201", "/commit 202"] {
        assert_eq!(store.writes().iter().filter(|write| write.ends_with(what)).count(), 1, "{:?}", store.writes());
    }
}

#[test]
fn a_publish_killed_after_its_commit_is_finished_by_resume() {
    killed_after("\"committed\"");
}

#[test]
fn a_publish_killed_after_its_draft_was_made_is_finished_by_resume() {
    killed_after("\"created\"");
}

#[test]
fn a_publish_killed_after_its_upload_is_finished_by_resume() {
    killed_after("\"uploaded\"");
}

#[test]
fn the_same_command_finishes_without_its_state_file_too() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let args = ["publish", &package, "--app", APP, "--output", "ndjson"];
    let mut run = person.start(&args);
    run.until("\"updated\"");
    run.kill();
    std::fs::remove_dir_all(person.state()).expect("the state was there");
    let mut run = person.start(&args);
    run.until("CommitStarted");
    let id = store.newest_id();
    store.advance(&id, "Published");
    run.finish(&args).ends(0);
    assert_eq!(store.submissions().len(), 2);
}

#[test]
fn a_folder_that_cannot_hold_the_state_stops_it_before_anything_is_sent() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.file("taken", "a file, no folder");
    let run = person.run(&["publish", &package, "--app", APP, "--state", "taken"]).ends(1).silent().tells("taken");
    assert!(run.error()["remedy"].as_str().is_some_and(|remedy| remedy.contains("--state")), "{}", run.shown());
    assert_eq!(store.requests(), Vec::<String>::new());
}

#[test]
fn a_state_file_that_was_tampered_with_is_named() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--no-commit"]).ends(0);
    let mut files = std::fs::read_dir(person.state()).expect("a folder").map(|file| file.expect("a file").path());
    let file = files.find(|file| file.extension().is_some_and(|extension| extension == "jsonl")).expect("a state file");
    let text = std::fs::read_to_string(&file).expect("text");
    std::fs::write(&file, text.replacen("createStarted", "create Started", 1)).expect("it is written");
    let run = person.run(&["publish", &package, "--app", APP]).ends(1).tells("line 2");
    assert!(run.error()["remedy"].as_str().is_some_and(|remedy| remedy.contains("move the file away")), "{}", run.shown());
    person.says("resume").ends(1).tells("line 2");
}

#[test]
fn resume_asks_which_app_where_there_are_several() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--no-commit"]).ends(0);
    let run = person.says(&format!("resume --app {APP} --timeout 1s"));
    assert!(!run.err.contains("panicked"));
    assert_eq!(person.says("resume --app 9NNOTTHERE01").ends(0).json()["outcome"], "nothing-to-resume");
}
