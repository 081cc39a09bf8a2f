//! Faults on demand: a publish in bad weather, as a person would try it.

use crate::support::{APP, Msix, Store};

/// One create and one commit of ours, whatever the weather, and customers have the package.
fn ends_well(fault: &str) {
    let store = Store::with(&["--pace", "instant", "--fault", fault]);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let first = person.run(&["publish", &package, "--app", APP]);
    if first.code != Some(0) {
        // It stopped and said so; the same command does what is left.
        person.run(&["publish", &package, "--app", APP]).ends(0);
    }
    let status = person.run(&["status", "--app", APP]).ends(0).json();
    assert!(status["live"]["packages"].to_string().contains("1.1.0.0"), "{fault}: {status}");
    assert_eq!(store.submissions().len(), 2, "{fault}: the one that was live, and ours");
}

#[test]
fn work_that_is_done_without_an_answer_is_not_done_twice() {
    for fault in ["create=504-after", "create=cut-after", "commit=504-after", "update=503-after", "upload=cut-after"] {
        ends_well(fault);
    }
}

#[test]
fn refusals_that_pass_by_are_waited_for() {
    for fault in ["token=503", "product=429x2", "create=429", "update=500x2", "upload=503x2", "status=502x2", "commit=page"] {
        ends_well(fault);
    }
}

#[test]
fn a_fault_that_is_none_is_refused_with_all_that_could_be_said() {
    let store = Store::start();
    let person = store.person();
    let run = person.run(&["emulator", "--fault", "commit=200"]).ends(2);
    run.tells("WHEN=WHAT").tells("create, get, update");
    store.control("POST /fault?fault=status%3D503-after", "");
    let app = person.run(&["status", "--app", APP]).ends(0).json();
    assert_eq!(app["live"]["status"], "Published");
}
