//! Which packages come, stay and go, which fields change, and what is in the way: plans against live submissions.

#[path = "support/document.rs"]
mod document;

use document::{
    DESKTOP, app, bundle, desktop, document, entry, keep, made_of, new, new_for, notes, observed, planned, show, today, wish,
};
use flightline_protocol::package::Architecture;
use flightline_publish::notes::Notes;
use flightline_publish::observe::{Observed, Product};
use flightline_publish::plan::plan;
use flightline_publish::wish::{PublishAt, Replace, Wish};
use insta::assert_snapshot;
use serde_json::json;

const UNIVERSAL: &str = "Windows.Universal min version 10.0.17763.0";
const XBOX: &str = "Windows.Xbox min version 10.0.19041.0";

#[test]
fn a_package_takes_the_place_of_the_one_for_its_architecture() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    stay 2 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: no new package serves all of its devices
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}

#[test]
fn all_architectures_are_replaced_at_once() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "ARM")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "arm")]), live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    go   2 1.0.0.0 arm Boats_1.0.0.0_ARM.msix: replaced by Boats_1.1.0.0_arm.msix (1.1.0.0, arm)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    come - 1.1.0.0 arm Boats_1.1.0.0_arm.msix: new
    ");
}

#[test]
fn a_bundle_takes_the_place_of_single_packages() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64"), desktop(3, "1.0.0.0", "x86")]);
    assert_snapshot!(planned(&wish(vec![bundle("1.1.0.0", &["x64", "arm64"])]), live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64_arm64.msixbundle (1.1.0.0, x64+arm64)
    go   2 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: replaced by Boats_1.1.0.0_x64_arm64.msixbundle (1.1.0.0, x64+arm64)
    stay 3 1.0.0.0 x86 Boats_1.0.0.0_x86.msix: no new package serves all of its devices
    come - 1.1.0.0 x64+arm64 Boats_1.1.0.0_x64_arm64.msixbundle: new
    ");
}

#[test]
fn a_bundle_takes_the_place_of_a_bundle_that_the_store_calls_neutral() {
    let live = document(vec![desktop(1, "1.0.0.0", "neutral")]);
    assert_snapshot!(planned(&wish(vec![bundle("1.1.0.0", &["x64", "x86"])]), live), @r"
    go   1 1.0.0.0 neutral Boats_1.0.0.0_neutral.msix: replaced by Boats_1.1.0.0_x86_x64.msixbundle (1.1.0.0, x86+x64)
    come - 1.1.0.0 x86+x64 Boats_1.1.0.0_x86_x64.msixbundle: new
    ");
}

#[test]
fn a_single_package_does_not_take_the_place_of_a_neutral_one() {
    let live = document(vec![desktop(1, "1.0.0.0", "neutral")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @r"
    stay 1 1.0.0.0 neutral Boats_1.0.0.0_neutral.msix: no new package serves all of its devices
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}

#[test]
fn a_neutral_package_covers_all_architectures() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "neutral")]), live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_neutral.msix (1.1.0.0, neutral)
    go   2 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: replaced by Boats_1.1.0.0_neutral.msix (1.1.0.0, neutral)
    come - 1.1.0.0 neutral Boats_1.1.0.0_neutral.msix: new
    ");
}

#[test]
fn universal_covers_desktop_and_xbox() {
    let live = document(vec![entry(1, "1.0.0.0", "x64", &[DESKTOP, XBOX])]);
    assert_snapshot!(planned(&wish(vec![new_for("1.1.0.0", &["x64"], &[UNIVERSAL])]), live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}

#[test]
fn desktop_does_not_cover_universal() {
    let live = document(vec![entry(1, "1.0.0.0", "x64", &[UNIVERSAL])]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @r"
    stay 1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: no new package serves all of its devices
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}

/// The bundle has x64 for desktops and arm64 for headsets; what its parts serve together, no part serves alone.
#[test]
fn a_bundle_serves_what_its_applications_serve_and_no_more() {
    const HOLOGRAPHIC: &str = "Windows.Holographic min version 10.0.18362.0";
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    let bundle = made_of("1.1.0.0", &[("x64", vec![DESKTOP]), ("arm64", vec![HOLOGRAPHIC])]);
    assert_snapshot!(planned(&wish(vec![bundle.clone()]), live.clone()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64_arm64.msixbundle (1.1.0.0, x64+arm64)
    stay 2 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: no new package serves all of its devices
    come - 1.1.0.0 x64+arm64 Boats_1.1.0.0_x64_arm64.msixbundle: new
    ");
    let mut all = wish(vec![bundle]);
    all.policy.replace = Replace::All;
    assert_snapshot!(planned(&all, live), @"architecture-lost: customers on arm64 (Windows.Desktop) have Boats_1.0.0.0_Arm64.msix (1.0.0.0, arm64) today and would get no package");
}

#[test]
fn as_many_versions_stay_as_shall_be_kept() {
    let live = || {
        document(vec![
            desktop(1, "1.0.0.0", "x64"),
            desktop(2, "1.2.0.0", "x64"),
            desktop(3, "1.1.0.0", "x64"),
            desktop(4, "1.0.0.0", "Arm64"),
        ])
    };
    let mut wish = wish(vec![new("1.3.0.0", "x64")]);
    wish.policy.replace = keep(2);
    assert_snapshot!(planned(&wish, live()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.3.0.0_x64.msix (1.3.0.0, x64)
    stay 2 1.2.0.0 x64 Boats_1.2.0.0_x64.msix: one of the newest 2
    go   3 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: replaced by Boats_1.3.0.0_x64.msix (1.3.0.0, x64)
    stay 4 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: no new package serves all of its devices
    come - 1.3.0.0 x64 Boats_1.3.0.0_x64.msix: new
    ");
    wish.policy.replace = keep(3);
    assert_snapshot!(planned(&wish, live()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.3.0.0_x64.msix (1.3.0.0, x64)
    stay 2 1.2.0.0 x64 Boats_1.2.0.0_x64.msix: one of the newest 3
    stay 3 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: one of the newest 3
    stay 4 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: no new package serves all of its devices
    come - 1.3.0.0 x64 Boats_1.3.0.0_x64.msix: new
    ");
    wish.policy.replace = keep(9);
    assert_snapshot!(planned(&wish, live()), @r"
    stay 1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: one of the newest 9
    stay 2 1.2.0.0 x64 Boats_1.2.0.0_x64.msix: one of the newest 9
    stay 3 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: one of the newest 9
    stay 4 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: no new package serves all of its devices
    come - 1.3.0.0 x64 Boats_1.3.0.0_x64.msix: new
    ");
}

#[test]
fn replacing_all_is_refused_while_customers_would_get_nothing() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64"), entry(2, "1.0.0.0", "Arm64", &[DESKTOP, XBOX])]);
    let mut wish = wish(vec![new("1.1.0.0", "x64")]);
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live()), @"architecture-lost: customers on arm64 (Windows.Desktop, Windows.Xbox) have Boats_1.0.0.0_Arm64.msix (1.0.0.0, arm64) today and would get no package");
    wish.policy.allow_drop = vec![Architecture::X64];
    assert_snapshot!(planned(&wish, live()), @"architecture-lost: customers on arm64 (Windows.Desktop, Windows.Xbox) have Boats_1.0.0.0_Arm64.msix (1.0.0.0, arm64) today and would get no package");
    wish.policy.allow_drop = vec![Architecture::Arm64];
    assert_snapshot!(planned(&wish, live()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: --replace-all
    go   2 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: --replace-all
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    remark: customers on arm64 (Windows.Desktop, Windows.Xbox) have Boats_1.0.0.0_Arm64.msix (1.0.0.0, arm64) today and would get no package; --allow-drop arm64 allows it
    ");
}

#[test]
fn replacing_all_loses_nothing_where_all_is_covered() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.1.0.0", "x64"), desktop(3, "1.0.0.0", "x86")]);
    let mut wish = wish(vec![new_for("1.2.0.0", &["neutral"], &[UNIVERSAL])]);
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: --replace-all
    go   2 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: --replace-all
    go   3 1.0.0.0 x86 Boats_1.0.0.0_x86.msix: --replace-all
    come - 1.2.0.0 neutral Boats_1.2.0.0_neutral.msix: new
    ");
}

#[test]
fn a_raised_minimum_is_remarked_on() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64")]);
    let raised = new_for("1.1.0.0", &["x64"], &["Windows.Desktop min version 10.0.22000.0"]);
    assert_snapshot!(planned(&wish(vec![raised]), live()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    remark: Boats_1.1.0.0_x64.msix (1.1.0.0, x64) asks for Windows 10.0.22000.0 and Boats_1.0.0.0_x64.msix (1.0.0.0, x64) for 10.0.19041.0: customers in between get no update
    ");
    // Another family with a lower minimum does not help the desktops.
    let raised =
        new_for("1.1.0.0", &["x64"], &["Windows.Desktop min version 10.0.22000.0", "Windows.Xbox min version 10.0.17763.0"]);
    assert_snapshot!(planned(&wish(vec![raised]), live()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    remark: Boats_1.1.0.0_x64.msix (1.1.0.0, x64) asks for Windows 10.0.22000.0 and Boats_1.0.0.0_x64.msix (1.0.0.0, x64) for 10.0.19041.0: customers in between get no update
    ");
    let lowered = new_for("1.1.0.0", &["x64"], &[UNIVERSAL]);
    assert_snapshot!(planned(&wish(vec![lowered]), live()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}

#[test]
fn a_lower_or_equal_version_is_refused() {
    let live = || document(vec![desktop(1, "1.2.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "arm64")]), live()), @"version-lower: Boats_1.1.0.0_x64.msix (1.1.0.0, x64) is older than Boats_1.2.0.0_x64.msix (1.2.0.0, x64), which customers have");
    let taken = new_for("1.2.0.0", &["x64"], &[DESKTOP, XBOX]);
    assert_snapshot!(planned(&wish(vec![taken]), live()), @"version-taken: Boats_1.2.0.0_x64.msix (1.2.0.0, x64) has the same version as Boats_1.2.0.0_x64.msix (1.2.0.0, x64), which customers have");
}

#[test]
fn what_is_live_already_is_nothing_to_do() {
    let live = || document(vec![desktop(1, "1.1.0.0", "x64"), desktop(2, "1.1.0.0", "neutral")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live()), @r"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: customers have this version already
    stay 2 1.1.0.0 neutral Boats_1.1.0.0_neutral.msix: no new package serves all of its devices
    nothing to do
    ");
    assert_snapshot!(planned(&wish(vec![bundle("1.1.0.0", &["x86", "arm64"])]), live()), @r"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: no new package serves all of its devices
    stay 2 1.1.0.0 neutral Boats_1.1.0.0_neutral.msix: customers have this version already
    nothing to do
    ");
}

#[test]
fn only_what_is_not_live_yet_comes() {
    let live = document(vec![desktop(1, "1.1.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64"), desktop(3, "1.0.0.0", "x64")]);
    let mut wish = wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "arm64")]);
    assert_snapshot!(planned(&wish, live.clone()), @r"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: customers have this version already
    go   2 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: replaced by Boats_1.1.0.0_arm64.msix (1.1.0.0, arm64)
    stay 3 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: no new package serves all of its devices
    come - 1.1.0.0 arm64 Boats_1.1.0.0_arm64.msix: new
    ");
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live), @r"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: customers have this version already
    go   2 1.0.0.0 arm64 Boats_1.0.0.0_Arm64.msix: --replace-all
    go   3 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: --replace-all
    come - 1.1.0.0 arm64 Boats_1.1.0.0_arm64.msix: new
    ");
}

#[test]
fn a_submission_holds_twenty_five_packages() {
    let family = |number: u32| format!("Windows.Family{number} min version 10.0.0.0");
    let live = |count: u32| document((1..=count).map(|one| entry(one, "1.0.0.0", "x64", &[&family(one)])).collect());
    let come = wish(vec![new("1.1.0.0", "x64")]);
    assert!(!planned(&come, live(24)).contains("too-many-packages"));
    assert_snapshot!(planned(&come, live(25)), @"too-many-packages: the submission would hold 26 packages, and the Store takes 25");
}

#[test]
fn a_new_package_never_takes_the_file_name_of_one_that_stays() {
    let mut arm = desktop(1, "1.0.0.0", "Arm64");
    arm["fileName"] = "BOATS_1.1.0.0_x64.msix".into();
    let mut old = desktop(2, "1.0.0.0", "x64");
    old["fileName"] = "Boats_1.1.0.0_x86.msix".into();
    let live = document(vec![arm, old, desktop(3, "1.0.0.0", "x86")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "x86")]), live), @r"
    stay 1 1.0.0.0 arm64 BOATS_1.1.0.0_x64.msix: no new package serves all of its devices
    go   2 1.0.0.0 x64 Boats_1.1.0.0_x86.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    go   3 1.0.0.0 x86 Boats_1.0.0.0_x86.msix: replaced by Boats_1.1.0.0_x86.msix (1.1.0.0, x86)
    come - 1.1.0.0 x64 1.1.0.0_x64/Boats_1.1.0.0_x64.msix: new
    come - 1.1.0.0 x86 Boats_1.1.0.0_x86.msix: new
    ");
}

#[test]
fn new_packages_of_the_same_file_name_get_folders() {
    let named = |architecture: &str| {
        let mut package = new("1.1.0.0", architecture);
        package.file_name = "Boats.msix".to_owned();
        package
    };
    let live = document(vec![desktop(1, "1.0.0.0", "x64")]);
    assert_snapshot!(planned(&wish(vec![named("x64"), named("arm64"), named("x86"), named("arm64")]), live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats.msix: new
    come - 1.1.0.0 arm64 1.1.0.0_arm64/Boats.msix: new
    come - 1.1.0.0 x86 1.1.0.0_x86/Boats.msix: new
    come - 1.1.0.0 arm64 1.1.0.0_arm64_2/Boats.msix: new
    ");
}

fn notes_wish(notes: Notes) -> Wish {
    Wish { notes: Some(notes), ..wish(vec![new("1.1.0.0", "x64")]) }
}

#[test]
fn notes_go_to_the_languages_that_they_are_for() {
    let live = || document(vec![desktop(1, "1.1.0.0", "x64")]);
    assert_snapshot!(planned(&notes_wish(notes(&[("de-de", "Neue Segel.\nUnd Wind.")])), live()), @r#"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: customers have this version already
    set listings.de-de.baseListing.releaseNotes: "" -> "Neue Segel.\r\nUnd Wind."
    "#);
    assert_snapshot!(planned(&notes_wish(Notes::Everywhere("New sails.\r\nAnd wind.".to_owned())), live()), @r#"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: customers have this version already
    set listings.en-us.baseListing.releaseNotes: "First boats." -> "New sails.\r\nAnd wind."
    set listings.de-de.baseListing.releaseNotes: "" -> "New sails.\r\nAnd wind."
    "#);
    // The same words again are no change.
    assert_snapshot!(planned(&notes_wish(notes(&[("en-us", "First boats.")])), live()), @r"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: customers have this version already
    nothing to do
    ");
}

#[test]
fn notes_for_a_language_without_a_listing_are_refused() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64")]);
    assert_snapshot!(planned(&notes_wish(notes(&[("en-us", "New."), ("fr-fr", "Nouveau.")])), live), @r#"unknown-language: the app has no listing in "fr-fr" that notes could be for"#);
}

/// The Store counts UTF-16 units, line breaks as the two that it keeps.
#[test]
fn notes_that_are_too_long_are_refused_and_no_others() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64")]);
    let long = |text: String| planned(&notes_wish(Notes::Everywhere(text)), live());
    assert_snapshot!(long("x".repeat(1501)), @r"
    notes-too-long: the notes for en-us have 1501 characters, and the Store takes 1500
    notes-too-long: the notes for de-de have 1501 characters, and the Store takes 1500
    ");
    for fits in ["x".repeat(1500), "x".repeat(749) + "\n" + &"x".repeat(749), "x\r\n".repeat(500), "ä".repeat(1500)] {
        let plan = long(fits.clone());
        assert!(plan.contains("set listings.en-us"), "{} letters: {plan}", fits.chars().count());
    }
    for refused in ["x\n".repeat(501), "x\r\n".repeat(501), "\u{26f5}\u{1f3c4}".repeat(501)] {
        assert!(long(refused).contains("notes-too-long"));
    }
}

#[test]
fn a_publish_date_lies_ahead() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64")]);
    let at = |at: PublishAt| planned(&Wish { publish_at: Some(at), ..wish(vec![new("1.1.0.0", "x64")]) }, live());
    assert_snapshot!(at(PublishAt::Date(today())), @"date-past: the publish date 2027-02-01T12:00:00Z is not in the future");
    assert_snapshot!(at("2027-02-02T06:30:00Z".parse().expect("a date")), @r#"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    set targetPublishMode: "Immediate" -> "SpecificDate"
    set targetPublishDate: "1601-01-01T00:00:00.0000000Z" -> "2027-02-02T06:30:00.0000000Z"
    "#);
    assert_snapshot!(at(PublishAt::Manual), @r#"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    set targetPublishMode: "Immediate" -> "Manual"
    "#);
    assert_snapshot!(at(PublishAt::Immediate), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}

#[test]
fn an_inherited_publish_mode_is_remarked_on() {
    let mut live = document(vec![desktop(1, "1.0.0.0", "x64")]);
    live["targetPublishMode"] = "Manual".into();
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    remark: the publish mode stays Manual, as in the live submission; --publish-mode changes it
    ");
}

#[test]
fn what_only_says_how_to_deliver_is_no_reason_for_a_submission() {
    let live = document(vec![desktop(1, "1.1.0.0", "x64")]);
    let wish = Wish {
        rollout: "25".parse().ok(),
        publish_at: Some(PublishAt::Manual),
        price: Some("Tier1020".to_owned()),
        ..wish(vec![new("1.1.0.0", "x64")])
    };
    assert_snapshot!(planned(&wish, live), @r#"
    stay 1 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: customers have this version already
    set targetPublishMode: "Immediate" -> "Manual"
    set packageDeliveryOptions.packageRollout.packageRolloutPercentage: null -> 25.0
    set pricing.priceId: "Free" -> "Tier1020"
    nothing to do
    "#);
}

#[test]
fn a_price_that_cannot_be_kept_stops_the_publish() {
    let priced = |pricing: serde_json::Value, price: Option<&str>| {
        let mut live = document(vec![desktop(1, "1.0.0.0", "x64")]);
        live["pricing"] = pricing;
        planned(&Wish { price: price.map(str::to_owned), ..wish(vec![new("1.1.0.0", "x64")]) }, live)
    };
    assert_snapshot!(priced(json!({"priceId": "Base"}), None), @r#"price-unknown: the app's price cannot be kept: the Store gives "Base", which it does not take back, and a document without a price makes the app free"#);
    assert_snapshot!(priced(json!({"trialPeriod": "NoFreeTrial"}), None), @"price-unknown: the app's price cannot be kept: the Store gives no base price, and a document without a price makes the app free");
    assert_snapshot!(priced(json!(null), None), @"price-unknown: the app's price cannot be kept: the Store gives no base price, and a document without a price makes the app free");
    assert_snapshot!(priced(json!({"priceId": "Tier1020"}), None), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    remark: the app is not free: its price Tier1020 is sent back as it is
    ");
    assert_snapshot!(priced(json!({"priceId": "Base"}), Some("Tier1020")), @r#"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    set pricing.priceId: "Base" -> "Tier1020"
    "#);
    assert_snapshot!(priced(json!({"PriceId": "Free"}), Some("Free")), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
    assert_snapshot!(priced(json!({"priceId": "Free"}), Some("Base")), @r#"price-invalid: "Base" is not a price that the Store takes"#);
}

#[test]
fn an_app_that_was_never_published_is_for_partner_center() {
    let observed = Observed { product: Product::App(app()), live: None, halted: None, pending: None };
    assert_snapshot!(show(&plan(&wish(vec![new("1.1.0.0", "x64")]), &observed, today())), @"never-published: app 9NPAPERBOATS has no published submission that a new one could be made from");
}

#[test]
fn packages_of_another_app_or_publisher_are_refused() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64")]);
    let mut other = new("1.1.0.0", "x64");
    other.identity.name = "Harbour.PaperPlanes".to_owned();
    assert_snapshot!(planned(&wish(vec![other]), live()), @r#"identity-mismatch: out/Boats_1.1.0.0_x64.msix: the package is "Harbour.PaperPlanes", and app 9NPAPERBOATS (Paper Boats) is "Harbour.PaperBoats""#);
    let mut other = new("1.1.0.0", "x64");
    other.identity.publisher = "CN=Somebody".to_owned();
    assert_snapshot!(planned(&wish(vec![other]), live()), @r#"publisher-mismatch: out/Boats_1.1.0.0_x64.msix: the package's publisher is "CN=Somebody", and the app's is "CN=Harbour, O=Harbour Toys""#);
    // Blanks around the commas of a distinguished name mean nothing.
    let mut same = new("1.1.0.0", "x64");
    same.identity.publisher = "CN=Harbour,O=Harbour Toys".to_owned();
    assert_snapshot!(planned(&wish(vec![same]), live()), @r"
    go   1 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mut live = document(vec![desktop(1, "1.2.0.0", "x64"), desktop(2, "1.2.0.0", "x86")]);
    live["pricing"]["priceId"] = "Base".into();
    let mut wish = Wish {
        notes: Some(notes(&[("xx-yy", "New.")])),
        publish_at: Some(PublishAt::Date("2020-01-01T00:00:00Z".parse().expect("a time"))),
        ..wish(vec![new("1.1.0.0", "x64"), new("1.3.0.0", "arm64")])
    };
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live.clone()), @r#"
    version-lower: Boats_1.1.0.0_x64.msix (1.1.0.0, x64) is older than Boats_1.2.0.0_x64.msix (1.2.0.0, x64), which customers have
    architecture-lost: customers on x86 (Windows.Desktop) have Boats_1.2.0.0_x86.msix (1.2.0.0, x86) today and would get no package
    unknown-language: the app has no listing in "xx-yy" that notes could be for
    date-past: the publish date 2020-01-01T00:00:00Z is not in the future
    price-unknown: the app's price cannot be kept: the Store gives "Base", which it does not take back, and a document without a price makes the app free
    "#);
    // Versions and architectures say nothing where one of the packages is not of this app.
    wish.packages[1].identity.name = "Harbour.PaperPlanes".to_owned();
    assert_snapshot!(planned(&wish, live), @r#"
    identity-mismatch: out/Boats_1.3.0.0_arm64.msix: the package is "Harbour.PaperPlanes", and app 9NPAPERBOATS (Paper Boats) is "Harbour.PaperBoats"
    unknown-language: the app has no listing in "xx-yy" that notes could be for
    date-past: the publish date 2020-01-01T00:00:00Z is not in the future
    price-unknown: the app's price cannot be kept: the Store gives "Base", which it does not take back, and a document without a price makes the app free
    "#);
}

#[test]
fn packages_that_are_leaving_already_count_no_more() {
    let mut leaving = desktop(1, "2.0.0.0", "x64");
    leaving["fileStatus"] = "PendingDelete".into();
    let live = document(vec![leaving, desktop(2, "1.0.0.0", "x64")]);
    let shown = show(&plan(&wish(vec![new("1.1.0.0", "x64")]), &observed(live), today()));
    assert_snapshot!(shown, @r"
    go   2 1.0.0.0 x64 Boats_1.0.0.0_x64.msix: replaced by Boats_1.1.0.0_x64.msix (1.1.0.0, x64)
    come - 1.1.0.0 x64 Boats_1.1.0.0_x64.msix: new
    ");
}
