//! `flightline history`: what this machine has published.

use crate::support::{APP, Msix, Person, Store};
use serde_json::{Value, json};

fn ends(runs: &[Value]) -> Vec<&str> {
    runs.iter().filter_map(|run| run["end"].as_str()).collect()
}

fn list(person: &Person, line: &str) -> Vec<Value> {
    person.says(line).ends(0).json().as_array().expect("a list").clone()
}

#[test]
fn nothing_was_published_yet() {
    let person = Person::new();
    assert_eq!(person.says("history").ends(0).json(), json!([]));
    person.says("history --output ndjson").ends(0).silent();
    person.says("history --output table").ends(0).shows("No publish is known on this machine");
    assert!(!person.state().exists(), "a look makes nothing");
}

#[test]
fn every_publish_is_told_the_newest_first() {
    let store = Store::start();
    let person = store.person();
    let flight = store.says("flightId").to_owned();
    let first = Msix::version("1.1.0.0").give(&person);
    person.says(&format!("publish {first} --app {APP}")).ends(0);
    person.says(&format!("publish {first} --app {APP}")).ends(0);
    let second = Msix::version("1.2.0.0").give(&person);
    person.says(&format!("publish {second} --app {APP} --flight {flight} --no-commit")).ends(0);
    let add_on = store.says("inAppProductId").to_owned();
    person.file("tides.json", json!({ "listings": { "en-gb": { "description": "More tides." } } }).to_string());
    person.says(&format!("addons publish --add-on {add_on} --from tides.json")).ends(0);

    let runs = list(&person, "history");
    assert_eq!(ends(&runs), ["delivered", "draft", "nothing-to-do", "delivered"]);
    assert_eq!((&runs[0]["addOn"], &runs[0]["what"]), (&json!(add_on), &json!("tides.json")));
    assert_eq!((&runs[1]["flight"], &runs[1]["what"]), (&json!(flight), &json!(second)));
    assert_eq!((&runs[3]["app"], &runs[3]["what"]), (&json!(APP), &json!(first)));
    assert_eq!(runs[3]["submission"], json!(store.newest_id()));
    assert!(runs.iter().all(|run| run["seconds"].is_number() && run["startedAt"].is_string()), "{runs:?}");
    assert_eq!(person.says("history --output ndjson").ends(0).lines(), runs);

    assert_eq!(ends(&list(&person, "history --limit 1")), ["delivered"]);
    assert_eq!(ends(&list(&person, "history --limit 0")), Vec::<&str>::new());
    assert_eq!(list(&person, &format!("history --app {APP}")).len(), 3);
    assert_eq!(list(&person, &format!("history --app {}", APP.to_lowercase())).len(), 3);
    assert_eq!(list(&person, &format!("history --flight {flight}")).len(), 1);
    assert_eq!(list(&person, &format!("history --add-on {add_on}")).len(), 1);
    assert_eq!(list(&person, "history --app 9NNOTTHERE01").len(), 0);
    person.says(&format!("history --add-on {add_on} --app {APP}")).ends(2);
    let table = person.says("history --output table").ends(0);
    table.shows("tides.json").shows("nothing-to-do").shows(&second).shows("submission");
}

/// A publish that is at work, one that was killed, and one that gave up waiting.
#[test]
fn a_run_that_is_not_over_says_so() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let line = format!("publish {package} --app {APP} --output ndjson");
    let mut run = person.start(&line.split(' ').collect::<Vec<_>>());
    run.until("CommitStarted");
    if cfg!(unix) {
        assert_eq!(ends(&list(&person, "history")), ["running"]);
    }
    run.kill();
    assert_eq!(ends(&list(&person, "history")), ["interrupted"]);
    person.says(&format!("publish {package} --app {APP} --timeout 1s")).ends(8);
    let runs = list(&person, "history");
    assert_eq!((ends(&runs), &runs[0]["code"], &runs[0]["resumed"]), (vec!["to-resume"], &json!("deadline"), &json!(1)));
    person.says("history --output table").ends(0).shows("to be resumed").shows("deadline");
    store.advance(&store.newest_id(), "Published");
    person.says("resume").ends(0);
    let runs = list(&person, "history");
    assert_eq!((ends(&runs), &runs[0]["code"], &runs[0]["resumed"]), (vec!["delivered"], &Value::Null, &json!(2)));
}

#[test]
fn a_damaged_file_hides_no_other() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.says(&format!("publish {package} --app {APP}")).ends(0);
    std::fs::write(person.state().join("9NDAMAGED001-00000000.jsonl"), "\u{0}\u{0}\n{\"line\":\"createStarted\"}\n")
        .expect("a file");
    std::fs::write(person.state().join("9NLATER00001-00000000.jsonl"), "{\"line\":\"run\",\"format\":99}\n").expect("a file");
    for output in ["json", "ndjson", "table"] {
        let run = person.says(&format!("history --output {output}")).ends(0).shows("delivered");
        run.tells("9NDAMAGED001-00000000.jsonl is left out").tells("9NLATER00001-00000000.jsonl is left out");
    }
}
