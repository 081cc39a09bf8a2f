//! How things are written: data on stdout, words on stderr, colours only where somebody sees them.

use crate::support::{APP, Msix, Person, Store};
use std::process::Stdio;

#[test]
fn no_escape_sequence_goes_into_a_pipe() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    for person in [person, store.person().env("NO_COLOR", "1")] {
        person.file(&package, Msix::version("1.1.0.0").bytes());
        for line in [
            format!("plan {package} --app {APP} --output table"),
            format!("publish {package} --app {APP} --output table -vv"),
            format!("status --app {APP} --output table"),
            "apps list --output table".to_owned(),
            "apps get 9NNOTTHERE01".to_owned(),
            "--help".to_owned(),
            "publish --nonsense".to_owned(),
        ] {
            let run = person.says(&line);
            assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "{}", run.shown());
        }
    }
}

#[test]
fn quiet_says_nothing_but_results_and_errors() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--quiet"]).ends(0);
    assert_eq!((run.json()["outcome"].as_str(), run.err.as_str()), (Some("delivered"), ""));
    let run = person.says("apps get 9NNOTTHERE01 -q").ends(6);
    assert!(run.err.starts_with("error:"), "{}", run.shown());
}

#[test]
fn an_error_is_words_first_and_json_last() {
    let person = Person::new();
    let run = person.says("apps list --output json").ends(2);
    assert!(run.err.starts_with("error: no credentials"), "{}", run.shown());
    assert_eq!((&run.error()["exitCode"], run.error()["message"].is_string()), (&2.into(), true));
    // Who reads a table reads words only.
    let run = person.says("apps list --output table").ends(2);
    assert!(!run.err.contains("{\"error\""), "{}", run.shown());
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_crash() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    for line in [
        "--help".to_owned(),
        "apps list".to_owned(),
        "apps list --output table".to_owned(),
        "completion bash".to_owned(),
        format!("status --app {APP} --output table"),
        format!("plan {package} --app {APP} --output table"),
        format!("publish {package} --app {APP} --output ndjson"),
        format!("publish {package} --app {APP} --output table"),
    ] {
        let mut child =
            person.command().args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        // Closed before anything was written, as `head -0` does.
        drop(child.stdout.take());
        let end = child.wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&end.stderr);
        assert!(!err.contains("panicked") && end.status.code() != Some(101), "`{line}`: {:?} {err}", end.status);
    }
    let status = person.says(&format!("status --app {APP}")).ends(0).json();
    assert_eq!(status["live"]["packages"].as_array().map(Vec::len), Some(2), "{status}");
    assert_eq!(store.submissions().len(), 2);
}

#[test]
fn the_demo_needs_nothing_and_ends_delivered() {
    let run = Person::new().says("demo").ends(0);
    assert_eq!(run.json()["outcome"], "delivered");
    let steps = ["emulator", "token", "product", "plan", "draft", "upload", "commit", "store", "delivered"];
    let mut rest = run.err.as_str();
    for step in steps {
        let at = rest.find(&format!("\n  {step}")).or_else(|| rest.starts_with(&format!("  {step}")).then_some(0));
        rest = &rest[at.unwrap_or_else(|| panic!("no {step} in its place: {}", run.shown()))..];
    }
}
