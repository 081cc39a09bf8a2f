//! Delivered? The Store's package list held against the plan.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;

use document::{bundle, desktop, document, new, observed, submission, today, wish};
use flightline_publish::deliver::{differences, package_list};
use flightline_publish::package::Package;
use flightline_publish::plan::plan;
use insta::assert_snapshot;
use serde_json::Value;

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

#[test]
fn the_list_is_in_the_stores_words() {
    let mut waiting = desktop(3, "1.1.0.0", "x86");
    for name in ["version", "architecture"] {
        waiting.as_object_mut().expect("an object").shift_remove(name);
    }
    let list = package_list(&submission(document(vec![desktop(2, "1.0.0.0", "Arm64"), waiting])));
    assert_eq!(list, ["1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix", "? ? Boats_1.1.0.0_x86.msix"]);
}
