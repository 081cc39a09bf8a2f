//! The next version while the last one is still rolled out, and after somebody has stopped it.

use crate::support::{APP, Msix, Store};

#[test]
fn the_rollout_of_the_version_before_is_ended_as_it_is_asked_for() {
    let store = Store::start();
    let person = store.person();
    let [one, two, three] = ["1.1.0.0", "1.2.0.0", "1.3.0.0"].map(|version| Msix::version(version).give(&person));
    person.run(&["publish", &one, "--app", APP, "--rollout", "10"]).ends(0);
    let writes = store.writes();
    let run = person.run(&["publish", &two, "--app", APP]).ends(4).tells("--existing-rollout finalize");
    assert_eq!(run.error()["code"], "rollout-open");
    person.run(&["plan", &two, "--app", APP, "--output", "table"]).ends(0).shows("is at 10%");
    assert_eq!(store.writes(), writes);

    let finalize = ["publish", &two, "--app", APP, "--rollout", "20", "--existing-rollout", "finalize"];
    person.run(&finalize).ends(0).tells("everybody gets its packages");
    let halt = ["publish", &three, "--app", APP, "--existing-rollout", "halt"];
    assert_eq!(person.run(&halt).ends(0).tells("is halted").json()["outcome"], "delivered");
    let ended = |verb: &str| store.writes().iter().filter(|line| line.contains(verb) && line.ends_with(" 200")).count();
    assert_eq!((ended("finalizepackagerollout"), ended("haltpackagerollout")), (1, 1));
    person.run(&["status", "--app", APP, "--output", "table"]).ends(0).shows("1.3.0.0 x64");
}

/// The pipeline that is run once more does not give everybody what somebody has just stopped.
#[test]
fn a_version_that_was_halted_is_not_published_again() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let publish = ["publish", &package, "--app", APP, "--rollout", "10"];
    person.run(&publish).ends(0);
    person.run(&["rollout", "halt", "--app", APP, "--yes"]).ends(0);
    let writes = store.writes();
    person.run(&publish).ends(2).tells("rollout-halted").tells("higher version");
    assert_eq!(store.writes(), writes);
}

/// The gateway gives up on what was done all the same.
#[test]
fn what_a_gateway_gave_up_on_is_looked_for_and_found() {
    let store = Store::start();
    let person = store.person();
    let lose = || store.control("POST /fault?fault=create=504-after", "");
    lose();
    let add_on = person.run(&["addons", "create", "--app", APP, "--product-id", "gold", "--type", "Durable"]).ends(0).json();
    assert_eq!(add_on["productId"], "gold");
    lose();
    let flight =
        person.run(&["flights", "create", "--app", APP, "--name", "Crew", "--group", "1152921504607000001"]).ends(0).json();
    assert_eq!(flight["friendlyName"], "Crew");
    lose();
    let draft = person.says(&format!("submission create --app {APP}")).ends(0).json();
    store.control("POST /fault?fault=delete=503-after", "");
    person.says(&format!("submission delete --app {APP} --yes")).ends(0);
    let state = store.control("GET /state", "");
    assert!(!state["submissions"].to_string().contains(draft["id"].as_str().expect("an id")));
    // What was not done is told as that.
    store.control("POST /fault?fault=create=503", "");
    let run = person.says(&format!("submission create --app {APP}")).ends(1).tells("nothing was done");
    assert_eq!(run.error()["code"], "not-done");
}
