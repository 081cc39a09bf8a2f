//! Faults on demand: a publish in bad weather, as a person would try it.

use crate::support::{APP, Msix, Person, Store};

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

/// Much of a publish in bad weather is waiting, which several can do side by side.
fn all_at_once<T: Sync>(cases: &[T], tried: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| tried(case));
        }
    });
}

#[test]
fn work_that_is_done_without_an_answer_is_not_done_twice() {
    all_at_once(&["create=504-after", "create=cut-after", "commit=504-after", "update=503-after", "upload=cut-after"], |fault| {
        ends_well(fault);
    });
}

#[test]
fn refusals_that_pass_by_are_waited_for() {
    let faults = ["token=503", "product=429x2", "create=429", "update=500x2", "upload=503x2", "status=502x2", "commit=page"];
    all_at_once(&faults, |fault| ends_well(fault));
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

/// How a publish ends in some weather, and the same command after it.
fn ends(fault: &str, code: i32, words: &str, then: i32) {
    let store = Store::with(&["--pace", "instant", "--fault", fault]);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let args = ["publish", &package, "--app", APP, "--timeout", "2s"];
    person.run(&args).ends(code).tells(words);
    assert_eq!(store.control("GET /faults", "")["faults"][0]["hits"], 1, "{fault}");
    person.run(&args).ends(then);
}

#[test]
fn whatever_breaks_in_between_is_gone_round() {
    let cases = [
        ("create=lose", "created"),
        ("create=lose-after", "going on with it"),
        ("create=broken-json-after", "going on with it"),
        ("commit=reset-after", "handed to the Store"),
        ("PUT */submissions/*=lose-after", "updated"),
        ("upload=reset", "upload"),
        ("upload=truncate", "upload"),
        ("upload=slow:5000", "upload"),
        ("upload=expire-url", "upload"),
        ("api=expire-token@3", "signed in"),
        ("get=truncate:10", "delivered"),
        ("status=delay:200ms", "delivered"),
    ];
    all_at_once(&cases, |(fault, words)| ends(fault, 0, words, 0));
}

#[test]
fn what_becomes_of_a_submission_is_told_with_its_exit_code() {
    let cases = [
        ("commit=fail", 7, "certification report: https://reports.example/", 0),
        ("commit=fail:CommitFailed:InvalidArchive", 7, "InvalidArchive", 0),
        ("commit=fail:PreProcessingFailed", 7, "PackageValidationFailed", 0),
        ("commit=fail:PublishFailed", 7, "PublishFailed", 0),
        ("commit=drop", 9, "is not in the Store's package list", 0),
        ("commit=stick", 8, "flightline resume", 8),
        ("commit=stick:Certification", 8, "Certification", 8),
        ("token=401", 3, "AADSTS7000215", 0),
    ];
    all_at_once(&cases, |(fault, code, words, then)| ends(fault, *code, words, *then));
}

#[test]
fn what_sticks_goes_on_when_it_is_released() {
    let store = Store::with(&["--pace", "instant", "--fault", "commit=stick"]);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8);
    store.control(&format!("POST /release?submission={}", store.newest_id()), "");
    assert_eq!(person.says("resume").ends(0).json()["outcome"], "delivered");
}

#[test]
fn every_mistake_is_named_before_anything_starts() {
    let person = Person::new();
    let faults = ["--fault", "nothing=200", "--fault", "create=503", "--fault", "status=stick:Nowhere@0"];
    for command in [vec!["emulator"], vec!["rehearse"]] {
        let rest = if command == ["rehearse"] { vec!["--", "true"] } else { vec![] };
        let run = person.run(&[command, faults.to_vec(), rest].concat()).ends(2).silent();
        for words in
            ["\"nothing\" is no kind of request", "300 to 599", "\"Nowhere\" is none of", "counted from 1", "expire-token"]
        {
            assert!(run.err.contains(words), "{words}: {}", run.shown());
        }
        assert_eq!(run.error()["code"], "fault");
    }
}

#[test]
fn dice_fall_again_as_the_printed_seed_says() {
    let play = |args: &[&str]| {
        let store = Store::with(&[&["--pace", "instant", "--fault", "GET any=404~50%"], args].concat());
        let person = store.person();
        for _ in 0..8 {
            person.run(&["api", "GET", "applications"]);
        }
        let faults = store.control("GET /faults", "");
        let requests = store.requests();
        (faults["seed"].to_string(), requests, store.end())
    };
    let (seed, seen, said) = play(&[]);
    assert!(said.contains(&format!("--fault-seed {seed} plays these again")), "{said}");
    assert!(said.contains("a fault that was asked for: GET any=404@1x*~50% strikes") == seen.join(" ").contains("404"), "{said}");
    let (again, same, _) = play(&["--fault-seed", &seed]);
    assert_eq!((again, same), (seed, seen));
}

#[test]
fn a_rehearsal_can_be_one_of_bad_weather() {
    let person = Person::new();
    let us = env!("CARGO_BIN_EXE_flightline");
    let args = ["rehearse", "--no-isolation", "--fault", "list=reset", "--", us, "apps", "list"];
    let run = person.run(&args).ends(0).tells("list=reset@1x1 strikes GET /v1.0/my/applications").tells("1 broken");
    assert_eq!(run.json()[0]["id"], APP);
}

#[test]
fn two_stores_cannot_share_a_folder() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data").to_str().expect("a plain path").to_owned();
    let first = Store::with(&["--data", &data]);
    let run = Person::new().run(&["emulator", "--listen", "127.0.0.1:0", "--data", &data]).ends(4).silent();
    assert_eq!(run.error()["code"], "data-in-use");
    run.tells(&data).tells("--data");
    first.kill();
    // A lock goes with its process, however that ends.
    drop(Store::with(&["--data", &data]));
}

#[test]
fn the_limit_is_the_one_that_was_asked_for() {
    let store = Store::with(&["--per-minute", "2"]);
    assert_eq!(store.control("GET /state", "")["perMinute"], 2);
}
