//! Package flights, add-ons and rollouts: the same verbs for other products.

use crate::support::{APP, Msix, Store};

#[test]
fn a_flight_is_made_published_to_and_published_to_again() {
    let store = Store::start();
    let person = store.person();
    let made =
        person.run(&["flights", "create", "--app", APP, "--name", "Crew", "--group", "1152921504607000001"]).ends(0).json();
    let flight = made["flightId"].as_str().expect("an id").to_owned();
    let first = made["pendingFlightSubmission"]["id"].as_str().expect("its first draft").to_owned();

    // The draft that the flight was made with is filled: asking for another would be refused.
    let one = Msix::version("1.1.0.0").give(&person);
    let plan = person.run(&["plan", &one, "--app", APP, "--flight", &flight]).ends(0).json();
    assert_eq!((&plan["flight"], &plan["slot"]["state"]), (&flight.as_str().into(), &"untouched-clone".into()));
    let run = person.run(&["flights", "publish", &one, "--app", APP, "--flight", &flight]).ends(0);
    assert_eq!((&run.json()["outcome"], &run.json()["submission"]), (&"delivered".into(), &first.as_str().into()));

    // The app itself is as it was.
    let app = person.run(&["status", "--app", APP]).ends(0).json();
    assert_eq!(
        app["live"]["packages"].as_array().map(|packages| packages.iter().any(|line| line.to_string().contains("1.1.0.0"))),
        Some(false)
    );

    let two = Msix::version("1.2.0.0").give(&person);
    assert_eq!(person.run(&["publish", &two, "--app", APP, "--flight", &flight]).ends(0).json()["outcome"], "delivered");
    assert_eq!(person.run(&["publish", &two, "--app", APP, "--flight", &flight]).ends(0).json()["outcome"], "nothing-to-do");
    let status = person.run(&["status", "--app", APP, "--flight", &flight, "--output", "table"]).ends(0);
    status.shows("flight Crew").shows("1.2.0.0 x64");
    let listed = person.run(&["flights", "list", "--app", APP]).ends(0).json();
    assert!(listed.as_array().is_some_and(|flights| flights.iter().any(|one| one["flightId"] == flight.as_str())));
    person.run(&["flights", "get", "--app", APP, "--flight", &flight, "--output", "table"]).ends(0).shows("Crew");
    person.run(&["flights", "delete", "--app", APP, "--flight", &flight]).ends(2).tells("--yes");
}

#[test]
fn what_testers_have_is_promoted_and_nothing_else() {
    let store = Store::start();
    let person = store.person();
    let flight = store.says("flightId");
    let tested = Msix::version("3.0.0.0").give(&person);
    let promote = |package: &str| person.run(&["flights", "promote", package, "--app", APP, "--flight", flight]);
    promote(&tested).ends(2).tells("not-on-flight").tells("3.0.0.0");
    person.run(&["flights", "publish", &tested, "--app", APP, "--flight", flight]).ends(0);
    assert_eq!(promote(&tested).ends(0).json()["outcome"], "delivered");
    person.run(&["status", "--app", APP, "--output", "table"]).ends(0).shows("3.0.0.0 x64");
    person.run(&["flights", "promote", &tested, "--app", APP]).ends(2).tells("--flight");
}

#[test]
fn a_flight_takes_no_notes_and_no_price() {
    let store = Store::start();
    let person = store.person();
    let notes = person.file("notes.txt", "Faster.");
    let package = Msix::version("1.1.0.0").give(&person);
    let flight = store.says("flightId");
    let notes = notes.to_string_lossy();
    let args = ["publish", &package, "--app", APP, "--flight", flight, "--notes", &notes, "--price", "Free"];
    person.run(&args).ends(2).tells("leave --notes out").tells("leave --price out");
    assert_eq!(store.writes(), Vec::<String>::new());
}

#[test]
fn an_add_on_goes_live_by_the_verbs_of_a_script() {
    let store = Store::start();
    let person = store.person();
    let made =
        person.run(&["addons", "create", "--app", APP, "--product-id", "charts-baltic", "--type", "Durable"]).ends(0).json();
    let add_on = made["id"].as_str().expect("an id");
    let of = |verb: &str| ["addons", "submission", verb, "--add-on", add_on].map(str::to_owned);
    let run = |verb: &str, more: &[&str]| {
        let args = of(verb);
        let args: Vec<&str> = args.iter().map(String::as_str).chain(more.iter().copied()).collect();
        person.run(&args)
    };
    let mut draft = run("create", &[]).ends(0).json();
    assert_eq!(draft["contentType"], "NotSet");
    draft["contentType"] = "OnlineDataStorage".into();
    draft["pricing"]["priceId"] = "Tier1012".into();
    draft["listings"] = serde_json::json!({ "en-gb": { "title": "Baltic charts", "description": "The Baltic Sea." } });
    let document = person.file("draft.json", draft.to_string());
    run("update", &["--input", &document.to_string_lossy()]).ends(0);
    run("commit", &[]).ends(0);
    let watched = run("watch", &[draft["id"].as_str().expect("an id")]).ends(0).json();
    assert_eq!(watched["status"], "Published");

    let listed = person.run(&["addons", "list", "--output", "ndjson"]).ends(0).lines();
    assert!(listed.iter().any(|one| one["id"] == add_on && one["lastPublishedInAppProductSubmission"]["id"] == draft["id"]));
    let ids = person.run(&["addons", "list", "--app", APP]).ends(0).json();
    assert!(ids.as_array().is_some_and(|ids| ids.iter().any(|one| one["inAppProductId"] == add_on)));
    // What is published cannot be deleted.
    person.run(&["addons", "delete", add_on, "--yes"]).ends(4);
}

/// A PNG of these measures, as far as anybody looks.
fn png(width: u32, height: u32) -> Vec<u8> {
    let header = [b"\x89PNG\r\n\x1a\n".as_slice(), &13_u32.to_be_bytes(), b"IHDR"].concat();
    [header.as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat()
}

#[test]
fn an_add_on_is_published_from_a_file() {
    let store = Store::start();
    let person = store.person();
    let made =
        person.run(&["addons", "create", "--app", APP, "--product-id", "charts-north-sea", "--type", "Durable"]).ends(0).json();
    let add_on = made["id"].as_str().expect("an id").to_owned();
    person.file("icon.png", png(300, 300));
    let file = |description: &str| {
        let listing = serde_json::json!({ "title": "North Sea charts", "description": description, "icon": "icon.png" });
        let document = serde_json::json!({
            "contentType": "OnlineDataStorage", "pricing": { "priceId": "Tier1012" }, "listings": { "en-gb": listing },
        });
        person.file("addon.json", document.to_string()).to_string_lossy().into_owned()
    };
    let publish = |file: &str| person.run(&["addons", "publish", "--add-on", &add_on, "--from", file]);
    let first = publish(&file("All of it.")).ends(0).json();
    assert_eq!(first["outcome"], "delivered");
    // The same file again, its icon too, changes nothing.
    let writes = store.writes();
    assert_eq!(publish(&file("All of it.")).ends(0).json()["outcome"], "nothing-to-do");
    assert_eq!(store.writes(), writes);
    // Another description leaves the rest as it is.
    let second = publish(&file("All of it, and the Kattegat.")).ends(0).json();
    let live = person.run(&["addons", "submission", "get", "--add-on", &add_on]).ends(0).json();
    assert_eq!((&live["id"], &live["status"]), (&second["submission"], &"Published".into()));
    assert_eq!(live["listings"]["en-gb"]["description"], "All of it, and the Kattegat.");
    assert_eq!(live["listings"]["en-gb"]["icon"]["fileStatus"], "Uploaded");
    assert_eq!(live["pricing"]["priceId"], "Tier1012");
}

#[test]
fn all_that_is_wrong_with_an_add_ons_file_is_said_at_once() {
    let store = Store::start();
    let person = store.person();
    person.file("small.png", png(64, 64));
    let listing = serde_json::json!({ "title": "x".repeat(101), "description": "", "icon": "small.png" });
    let document = serde_json::json!({ "listings": { "en-gb": listing, "da-dk": { "icon": "none.png" }, "sv-SE": { "icon": null } }, "titel": 1 });
    let file = person.file("addon.json", document.to_string());
    let add_on = store.says("inAppProductId");
    let run = person.run(&["addons", "publish", "--add-on", add_on, "--from", &file.to_string_lossy()]).ends(2);
    let run = run.tells("\"titel\"").tells("101 characters").tells("64 x 64 pixels").tells("none.png");
    run.tells("\"sv-SE\" is no language code").tells("the icon for sv-SE is not the path of a file");
    assert_eq!(store.requests(), Vec::<String>::new());

    // What only shows against the Store: a first draft without type, price and title.
    let made = person.run(&["addons", "create", "--app", APP, "--product-id", "tides", "--type", "Durable"]).ends(0).json();
    let file = person.file("addon.json", "{ \"listings\": { \"en-gb\": { \"description\": \"Tides.\" } } }");
    let args = ["addons", "publish", "--add-on", made["id"].as_str().expect("an id"), "--from", &file.to_string_lossy()];
    person.run(&args).ends(2).tells("content type").tells("price").tells("no title");
}

#[test]
fn a_document_that_would_make_an_add_on_free_is_not_sent() {
    let store = Store::start();
    let person = store.person();
    let add_on = store.says("inAppProductId");
    let mut draft = person.run(&["addons", "submission", "create", "--add-on", add_on]).ends(0).json();
    draft["pricing"]["priceId"] = serde_json::Value::Null;
    let before = store.writes();
    let args = ["addons", "submission", "update", "--add-on", add_on, "--input", "-"];
    person.run_with(&args, &draft.to_string()).ends(2).tells("makes the app free");
    assert_eq!(store.writes(), before);
}

#[test]
fn a_rollout_is_widened_and_ended() {
    let store = Store::start();
    let person = store.person();
    let one = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &one, "--app", APP, "--rollout", "10"]).ends(0);
    let rollout = |args: &[&str]| {
        let args: Vec<&str> = ["rollout"].iter().chain(args).chain(&["--app", APP]).copied().collect();
        person.run(&args)
    };
    assert_eq!(rollout(&["get"]).ends(0).json()["packageRolloutPercentage"], 10.0);
    assert_eq!(rollout(&["set", "35"]).ends(0).json()["packageRolloutPercentage"], 35.0);
    rollout(&["set", "101"]).ends(2).tells("percentage");

    // Until it is over the Store takes no other submission, and nothing is tried.
    let two = Msix::version("1.2.0.0").give(&person);
    let writes = store.writes();
    person.run(&["publish", &two, "--app", APP]).ends(4).tells("rollout finalize");
    assert_eq!(store.writes(), writes);
    rollout(&["halt"]).ends(2).tells("--yes");
    assert_eq!(rollout(&["finalize"]).ends(0).json()["packageRolloutStatus"], "PackageRolloutComplete");
    rollout(&["finalize"]).ends(4);
    person.run(&["publish", &two, "--app", APP]).ends(0);
}
