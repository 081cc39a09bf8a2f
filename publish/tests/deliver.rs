//! Delivered? The Store's package list held against the plan.

#![allow(clippy::expect_used, clippy::panic, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;

use document::{bundle, desktop, document, new, observed, submission, today, wish};
use flightline_protocol::add_on::AddOn;
use flightline_protocol::flight::Flight;
use flightline_protocol::submission::Submission;
use flightline_publish::add_on::AddOnFile;
use flightline_publish::deliver::{differences, package_list};
use flightline_publish::observe::{Observed, Product};
use flightline_publish::package::Package;
use flightline_publish::plan::plan;
use flightline_publish::wish::Wish;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// What is not as planned where these were live, those come, and the Store then has the last.
fn found(live: Vec<Value>, come: Vec<Package>, published: Vec<Value>) -> String {
    let plan = plan(&wish(come), &observed(document(live)), today()).expect("a plan");
    differences(&plan, &submission(document(published))).join("\n")
}

fn live() -> Vec<Value> {
    vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]
}

#[test]
fn a_list_as_planned_has_no_differences() {
    let published = vec![desktop(2, "1.0.0.0", "Arm64"), desktop(9, "1.1.0.0", "x64")];
    assert_eq!(found(live(), vec![new("1.1.0.0", "x64")], published), "");
    // What goes may still be listed as going.
    let mut going = desktop(1, "1.0.0.0", "x64");
    going["fileStatus"] = "PendingDelete".into();
    let published = vec![going, desktop(2, "1.0.0.0", "ARM64"), desktop(9, "1.1.0.0", "x64")];
    assert_eq!(found(live(), vec![new("1.1.0.0", "x64")], published), "");
}

#[test]
fn a_bundle_is_what_the_store_makes_of_it() {
    for reported in ["neutral", "Neutral", "x64"] {
        let published = vec![desktop(9, "1.1.0.0", reported)];
        assert_eq!(found(live(), vec![bundle("1.1.0.0", &["x64", "arm64"])], published), "");
    }
    // A bundle for one architecture may be reported as neutral as well.
    let published = vec![desktop(2, "1.0.0.0", "Arm64"), desktop(9, "1.1.0.0", "neutral")];
    assert_eq!(found(live(), vec![new("1.1.0.0", "x64")], published), "");
}

#[test]
fn what_is_missing_and_what_is_left_over_is_named() {
    let come = || vec![new("1.1.0.0", "x64"), new("1.1.0.0", "x86")];
    assert_snapshot!(found(live(), come(), live()), @r"
    1.1.0.0 x64 (Boats_1.1.0.0_x64.msix) is not in the Store's package list
    1.1.0.0 x86 (Boats_1.1.0.0_x86.msix) is not in the Store's package list
    1.0.0.0 x64 (Boats_1.0.0.0_x64.msix) is still in the Store's package list
    ");
    let other = vec![desktop(2, "1.0.0.0", "Arm64"), desktop(9, "1.1.1.0", "x64"), desktop(8, "1.1.0.0", "arm")];
    assert_snapshot!(found(live(), come(), other), @r"
    1.1.0.0 x64 (Boats_1.1.0.0_x64.msix) is not in the Store's package list
    1.1.0.0 x86 (Boats_1.1.0.0_x86.msix) is not in the Store's package list
    ");
    let lost = vec![desktop(9, "1.1.0.0", "x64"), desktop(8, "1.1.0.0", "x86")];
    assert_snapshot!(found(live(), come(), lost), @"1.0.0.0 arm64 (Boats_1.0.0.0_Arm64.msix) is not in the Store's package list");
    assert_snapshot!(found(live(), come(), Vec::new()), @r"
    1.0.0.0 arm64 (Boats_1.0.0.0_Arm64.msix) is not in the Store's package list
    1.1.0.0 x64 (Boats_1.1.0.0_x64.msix) is not in the Store's package list
    1.1.0.0 x86 (Boats_1.1.0.0_x86.msix) is not in the Store's package list
    ");
}

/// One entry of the Store does not stand for two packages of ours.
#[test]
fn every_package_needs_an_entry_of_its_own() {
    let come = vec![new("1.1.0.0", "x64"), new("1.1.0.0", "arm64")];
    assert_snapshot!(found(live(), come, vec![desktop(9, "1.1.0.0", "neutral")]), @"1.1.0.0 arm64 (Boats_1.1.0.0_arm64.msix) is not in the Store's package list");
}

fn flight(id: &str, packages: Vec<Value>) -> Submission {
    submission(json!({ "id": id, "status": "Published", "flightPackages": packages, "targetPublishMode": "Immediate" }))
}

/// A flight loses packages as silently as an app does.
#[test]
fn what_a_flight_has_lost_is_named() {
    let Product::App(app) = observed(document(live())).product else { panic!("an app") };
    let flight_of_it =
        json!({ "flightId": "f1", "friendlyName": "Crew", "groupIds": [], "rankHigherThan": "Non-flighted submission" });
    let product = Product::Flight(app, Flight::read(flight_of_it).expect("a flight"));
    let observed = Observed { product, live: Some(flight("7", live())), halted: None, pending: None };
    let plan = plan(&wish(vec![new("1.1.0.0", "x64")]), &observed, today()).expect("a plan");
    let arrived = flight("8", vec![desktop(2, "1.0.0.0", "Arm64"), desktop(9, "1.1.0.0", "x64")]);
    assert_eq!(differences(&plan, &arrived), Vec::<String>::new());
    assert_snapshot!(differences(&plan, &flight("8", live())).join("\n"), @r"
    1.1.0.0 x64 (Boats_1.1.0.0_x64.msix) is not in the Store's package list
    1.0.0.0 x64 (Boats_1.0.0.0_x64.msix) is still in the Store's package list
    ");
}

/// An add-on has no packages: what was said of it is what has to be there.
#[test]
fn what_an_add_on_has_lost_is_named() {
    let add_on = |description: &str, tag: &str| {
        submission(json!({
            "id": "7", "status": "Published", "contentType": "OnlineDownload", "lifetime": "Forever", "tag": tag,
            "keywords": [], "targetPublishMode": "Immediate", "visibility": "Public",
            "listings": { "en-us": { "title": "Red sails", "description": description } },
            "pricing": { "priceId": "Tier2", "marketSpecificPricings": {}, "sales": [] },
        }))
    };
    let product = json!({ "id": "9NREDSAILS01", "productId": "red-sails", "productType": "Durable",
                          "applications": { "value": [], "totalCount": 0 } });
    let observed = Observed {
        product: Product::AddOn(AddOn::read(product).expect("an add-on")),
        live: Some(add_on("Sails.", "old")),
        halted: None,
        pending: None,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sails.json");
    std::fs::write(&file, r#"{ "tag": "new", "listings": { "en-us": { "description": "Red sails." } } }"#).expect("a file");
    let members = Some(AddOnFile::open(&file).expect("what it says"));
    let plan = plan(&Wish { members, ..Wish::default() }, &observed, today()).expect("a plan");
    assert_eq!(differences(&plan, &add_on("Red sails.", "new")), Vec::<String>::new());
    assert_snapshot!(differences(&plan, &add_on("Sails.", "new")).join("\n"), @"listings.en-us.description is not what was sent");
    assert_eq!(differences(&plan, &add_on("Sails.", "old")).len(), 2);
}

#[test]
fn the_list_is_in_the_stores_words() {
    let mut waiting = desktop(3, "1.1.0.0", "x86");
    for name in ["version", "architecture"] {
        waiting.as_object_mut().expect("an object").shift_remove(name);
    }
    let list = package_list(&submission(document(vec![desktop(2, "1.0.0.0", "Arm64"), waiting])));
    assert_eq!(list, ["1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix", "? ? Boats_1.1.0.0_x86.msix"]);
}
