//! `flightline publish`, from the first publish to the next.

use crate::support::{APP, Account, Msix, Store};
use serde_json::{Value, json};

/// What the Store has for customers of the sample app.
fn live_packages(store: &Store) -> Vec<String> {
    let live = store.submissions().into_iter().rfind(|submission| submission["status"] == "Published");
    let packages = live.expect("something is live")["document"]["applicationPackages"].clone();
    let text = |package: &Value, name: &str| package[name].as_str().unwrap_or("?").to_owned();
    let packages = packages.as_array().expect("a list").iter();
    packages.map(|package| format!("{} {}", text(package, "version"), text(package, "architecture"))).collect()
}

#[test]
fn a_publish_over_tls_ends_delivered_with_one_json_document_on_stdout() {
    let store = Store::start();
    assert!(store.says("api").starts_with("https://"));
    let person = store.person();
    let (x64, arm64) = (Msix::version("1.1.0.0").give(&person), Msix::version("1.1.0.0").arch("arm64").give(&person));
    let run = person.run(&["publish", &x64, &arm64, "--app", APP, "--output", "json"]).ends(0);
    let document = run.json();
    assert_eq!(document["outcome"], "delivered");
    assert_eq!(document["submission"], store.newest()["id"]);
    assert_eq!(live_packages(&store), ["1.1.0.0 x64", "1.1.0.0 Arm64"]);
    run.tells("delivered   the Store's package list is what was planned");
}

#[test]
fn json_is_what_a_pipe_gets_unless_a_table_is_asked_for() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    assert_eq!(person.run(&["publish", &package, "--app", APP]).ends(0).json()["outcome"], "delivered");
    let package = Msix::version("1.2.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--output", "table"]).ends(0);
    assert!(run.out.starts_with("Delivered: submission 11529"), "{}", run.shown());
}

#[test]
fn each_step_is_a_line_of_ndjson_as_it_happens() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--output", "ndjson"]).ends(0);
    let lines = run.lines();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap_or("-")).collect();
    let expected = ["signed-in", "planned", "created", "updated", "uploaded", "committed", "status", "delivered", "ended"];
    assert_eq!(events, expected, "{}", run.shown());
    let packages = &lines[1]["plan"]["packages"];
    assert_eq!(packages.as_array().map(|packages| packages.iter().map(|one| one["verb"].clone()).collect()), {
        Some(vec![json!("go"), json!("stay"), json!("come")])
    });
    assert_eq!(lines[8]["outcome"], "delivered");
}

#[test]
fn what_customers_have_already_is_not_published_again() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(0);
    let (submissions, writes) = (store.submissions().len(), store.writes());
    let run = person.run(&["publish", &package, "--app", APP]).ends(0);
    assert_eq!(run.json()["outcome"], "nothing-to-do");
    assert_eq!((store.submissions().len(), store.writes()), (submissions, writes));
}

#[test]
fn the_next_version_replaces_the_last() {
    let store = Store::start();
    let person = store.person();
    for version in ["1.1.0.0", "1.2.0.0"] {
        let package = Msix::version(version).give(&person);
        person.run(&["publish", &package, "--app", APP]).ends(0);
        assert_eq!(live_packages(&store), ["1.0.0.0 Arm64".to_owned(), format!("{version} x64")]);
    }
    let package = Msix::version("1.3.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP, "--keep", "2"]).ends(0);
    assert_eq!(live_packages(&store), ["1.0.0.0 Arm64", "1.2.0.0 x64", "1.3.0.0 x64"]);
}

#[test]
fn an_architecture_is_dropped_only_by_its_name() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--replace-all"]).ends(2);
    assert_eq!(run.error()["code"], "architecture-lost");
    run.tells("--allow-drop arm64");
    assert_eq!(store.writes(), Vec::<String>::new());
    person.run(&["publish", &package, "--app", APP, "--replace-all", "--allow-drop", "arm64"]).ends(0);
    assert_eq!(live_packages(&store), ["1.1.0.0 x64"]);
}

#[test]
fn whats_new_and_the_rollout_reach_the_store() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.file("new.json", r#"{ "en-GB": "Faster tides\nand more", "fr-fr": "Marées plus rapides" }"#);
    person.run(&["publish", &package, "--app", APP, "--notes", "new.json", "--rollout", "12.5%"]).ends(0);
    let document = store.newest()["document"].clone();
    assert_eq!(document["listings"]["en-gb"]["baseListing"]["releaseNotes"], "Faster tides\r\nand more");
    assert_eq!(document["listings"]["fr-fr"]["baseListing"]["releaseNotes"], "Marées plus rapides");
    let rollout = &document["packageDeliveryOptions"]["packageRollout"];
    assert_eq!((&rollout["isPackageRollout"], &rollout["packageRolloutPercentage"]), (&json!(true), &json!(12.5)));

    // The Store takes no other submission until the rollout is over.
    let next = Msix::version("1.2.0.0").give(&person);
    let run = person.run(&["publish", &next, "--app", APP]).ends(4);
    assert_eq!(run.error()["code"], "rollout-open");
    let id = store.newest_id();
    store.control(&format!("POST /rollout?submission={id}&status=PackageRolloutComplete"), "");
    person.run(&["publish", &next, "--app", APP]).ends(0);
    let document = store.newest()["document"].clone();
    assert_eq!(document["packageDeliveryOptions"]["packageRollout"]["isPackageRollout"], false);
}

#[test]
fn with_publish_mode_manual_it_ends_resting() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--publish-mode", "manual"]).ends(0);
    assert_eq!(run.json()["outcome"], "resting");
    let submission = store.newest();
    assert_eq!(submission["status"], "Release");
    let run = person.run(&["publish", &package, "--app", APP, "--publish-mode", "manual", "--output", "table"]).ends(0);
    run.shows("Publish now");
    store.control(&format!("POST /release?submission={}", submission["id"].as_str().expect("an id")), "");
    let run = person.run(&["publish", &package, "--app", APP, "--publish-mode", "manual"]).ends(0);
    assert_eq!(run.json()["outcome"], "nothing-to-do");
}

#[test]
fn a_draft_that_was_not_committed_is_gone_on_with() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--no-commit"]).ends(0);
    let draft = run.json();
    assert_eq!(draft["outcome"], "draft");
    assert_eq!(store.newest()["status"], "PendingCommit");
    let run = person.run(&["publish", &package, "--app", APP]).ends(0);
    assert_eq!(run.json(), json!({ "outcome": "delivered", "submission": draft["submission"] }));
    let creates = store.writes().into_iter().filter(|write| write.ends_with("/submissions 201")).count();
    assert_eq!(creates, 1, "{:?}", store.writes());
}

#[test]
fn a_paid_app_keeps_its_price_or_is_not_touched() {
    let price = "/applications/0/publishedSubmission/pricing/priceId";
    let store = Store::of(&Account::sample().with(price, "Tier1020".into()));
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(0).tells("Tier1020 is sent back");
    assert_eq!(store.newest()["document"]["pricing"]["priceId"], "Tier1020");

    let store = Store::of(&Account::sample().with(price, "Base".into()));
    let person = store.introduce(person);
    let run = person.run(&["publish", &package, "--app", APP]).ends(2);
    assert_eq!(run.error()["code"], "price-unknown");
    assert_eq!(store.writes(), Vec::<String>::new());
    person.run(&["publish", &package, "--app", APP, "--price", "Tier1020"]).ends(0);
    assert_eq!(store.newest()["document"]["pricing"]["priceId"], "Tier1020");
}

#[test]
fn two_publishes_of_one_app_on_one_machine_do_not_meet() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let args = ["publish", &package, "--app", APP, "--output", "ndjson"];
    let mut first = person.start(&args);
    first.until("\"committed\"");
    let run = person.run(&args).ends(4);
    assert_eq!(run.error()["code"], "already-running");
    first.kill();
    assert_eq!(store.submissions().len(), 2);
}

#[test]
fn an_upload_of_many_blocks_arrives() {
    let store = Store::start();
    let person = store.person();
    let package = Msix { size: 20 << 20, ..Msix::version("1.1.0.0") }.give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(0);
    let blocks = store.requests().into_iter().filter(|request| request.contains("comp=block&")).count();
    assert!(blocks >= 3, "{:?}", store.requests());
}
