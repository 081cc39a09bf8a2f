//! `flightline plan`: the same judgement, and nothing is changed.

use crate::support::{APP, Msix, Store};

#[test]
fn a_plan_is_a_table_for_people() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["plan", &package, "--app", APP, "--output", "table"]).ends(0);
    let line = |words: [&str; 3]| run.out.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(line(["go", "HarbourLights_1.0.0.0_x64.msix", "replaced by Lights_1.1.0.0_x64.msix"]), "{}", run.shown());
    assert!(line(["stay", "HarbourLights_1.0.0.0_arm64.msix", "no new package serves all of its devices"]), "{}", run.shown());
    assert!(line(["come", "Lights_1.1.0.0_x64.msix", "Windows.Desktop"]), "{}", run.shown());
    assert!(run.err.is_empty(), "{}", run.shown());
    run.shows("1 come, 1 stay, 1 go.");
    assert_eq!(store.writes(), Vec::<String>::new());
}

#[test]
fn a_plan_is_one_json_document_for_programs() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.file("new.txt", "Brighter lights");
    let plan = person.run(&["plan", &package, "--app", APP, "--notes", "new.txt"]).ends(0).json();
    assert_eq!(plan["nothingToDo"], false);
    assert_eq!(plan["slot"]["state"], "free");
    assert_eq!(plan["packages"][2]["verb"], "come");
    assert_eq!(plan["packages"][2]["version"], "1.1.0.0");
    assert_eq!(plan["changes"][0]["field"], "listings.en-gb.baseListing.releaseNotes");
    assert_eq!(plan["changes"][0]["to"], "Brighter lights");
    let line = person.run(&["plan", &package, "--app", APP, "--notes", "new.txt", "--output", "ndjson"]).ends(0);
    assert_eq!(line.out.lines().count(), 1);
    assert_eq!(line.json(), plan);
}

#[test]
fn differences_have_an_exit_code_where_it_is_asked_for() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["plan", &package, "--app", APP]).ends(0);
    person.run(&["plan", &package, "--app", APP, "--detailed-exitcode"]).ends(10);
    person.run(&["publish", &package, "--app", APP]).ends(0);
    let run = person.run(&["plan", &package, "--app", APP, "--detailed-exitcode"]).ends(0);
    assert_eq!(run.json()["nothingToDo"], true);
    person.run(&["plan", &package, "--app", APP, "--output", "table"]).ends(0).shows("Nothing to do.");
}

#[test]
fn a_publish_command_becomes_a_plan_by_its_first_word() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let flags = "--no-commit --wait committed --timeout 5m --if-busy skip --rollout 10 --publish-mode manual --keep 2";
    let line = format!("plan {package} --app {APP} {flags}");
    let plan = person.says(&line).ends(0).json();
    assert_eq!(plan["publishMode"], "Manual");
    assert_eq!(store.writes(), Vec::<String>::new());
}
