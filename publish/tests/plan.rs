//! Which packages come, stay and go, which fields change, and what is in the way: plans against live submissions.

#[path = "support/document.rs"]
mod document;

use document::{
    DESKTOP, app, bundle, desktop, document, entry, keep, made_of, new, new_for, notes, observed, planned, show, today, wish,
};
use flightline_protocol::package::Architecture;
use flightline_publish::notes::Notes;
use flightline_publish::observe::Observed;
use flightline_publish::plan::plan;
use flightline_publish::wish::{PublishAt, Replace, Wish};
use insta::assert_snapshot;
use serde_json::json;

const UNIVERSAL: &str = "Windows.Universal min version 10.0.17763.0";
const XBOX: &str = "Windows.Xbox min version 10.0.19041.0";

#[test]
fn a_package_takes_the_place_of_the_one_for_its_architecture() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @"");
}

#[test]
fn all_architectures_are_replaced_at_once() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "ARM")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "arm")]), live), @"");
}

#[test]
fn a_bundle_takes_the_place_of_single_packages() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64"), desktop(3, "1.0.0.0", "x86")]);
    assert_snapshot!(planned(&wish(vec![bundle("1.1.0.0", &["x64", "arm64"])]), live), @"");
}

#[test]
fn a_bundle_takes_the_place_of_a_bundle_that_the_store_calls_neutral() {
    let live = document(vec![desktop(1, "1.0.0.0", "neutral")]);
    assert_snapshot!(planned(&wish(vec![bundle("1.1.0.0", &["x64", "x86"])]), live), @"");
}

#[test]
fn a_single_package_does_not_take_the_place_of_a_neutral_one() {
    let live = document(vec![desktop(1, "1.0.0.0", "neutral")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @"");
}

#[test]
fn a_neutral_package_covers_all_architectures() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "neutral")]), live), @"");
}

#[test]
fn universal_covers_desktop_and_xbox() {
    let live = document(vec![entry(1, "1.0.0.0", "x64", &[DESKTOP, XBOX])]);
    assert_snapshot!(planned(&wish(vec![new_for("1.1.0.0", &["x64"], &[UNIVERSAL])]), live), @"");
}

#[test]
fn desktop_does_not_cover_universal() {
    let live = document(vec![entry(1, "1.0.0.0", "x64", &[UNIVERSAL])]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @"");
}

/// The bundle has x64 for desktops and arm64 for headsets; what its parts serve together, no part serves alone.
#[test]
fn a_bundle_serves_what_its_applications_serve_and_no_more() {
    const HOLOGRAPHIC: &str = "Windows.Holographic min version 10.0.18362.0";
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    let bundle = made_of("1.1.0.0", &[("x64", vec![DESKTOP]), ("arm64", vec![HOLOGRAPHIC])]);
    assert_snapshot!(planned(&wish(vec![bundle.clone()]), live.clone()), @"");
    let mut all = wish(vec![bundle]);
    all.policy.replace = Replace::All;
    assert_snapshot!(planned(&all, live), @"");
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
    assert_snapshot!(planned(&wish, live()), @"");
    wish.policy.replace = keep(3);
    assert_snapshot!(planned(&wish, live()), @"");
    wish.policy.replace = keep(9);
    assert_snapshot!(planned(&wish, live()), @"");
}

#[test]
fn replacing_all_is_refused_while_customers_would_get_nothing() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64"), entry(2, "1.0.0.0", "Arm64", &[DESKTOP, XBOX])]);
    let mut wish = wish(vec![new("1.1.0.0", "x64")]);
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live()), @"");
    wish.policy.allow_drop = vec![Architecture::X64];
    assert_snapshot!(planned(&wish, live()), @"");
    wish.policy.allow_drop = vec![Architecture::Arm64];
    assert_snapshot!(planned(&wish, live()), @"");
}

#[test]
fn replacing_all_loses_nothing_where_all_is_covered() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64"), desktop(2, "1.1.0.0", "x64"), desktop(3, "1.0.0.0", "x86")]);
    let mut wish = wish(vec![new_for("1.2.0.0", &["neutral"], &[UNIVERSAL])]);
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live), @"");
}

#[test]
fn a_raised_minimum_is_remarked_on() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64")]);
    let raised = new_for("1.1.0.0", &["x64"], &["Windows.Desktop min version 10.0.22000.0"]);
    assert_snapshot!(planned(&wish(vec![raised]), live()), @"");
    // Another family with a lower minimum does not help the desktops.
    let raised = new_for("1.1.0.0", &["x64"], &["Windows.Desktop min version 10.0.22000.0", "Windows.Xbox min version 10.0.17763.0"]);
    assert_snapshot!(planned(&wish(vec![raised]), live()), @"");
    let lowered = new_for("1.1.0.0", &["x64"], &[UNIVERSAL]);
    assert_snapshot!(planned(&wish(vec![lowered]), live()), @"");
}

#[test]
fn a_lower_or_equal_version_is_refused() {
    let live = || document(vec![desktop(1, "1.2.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "arm64")]), live()), @"");
    let taken = new_for("1.2.0.0", &["x64"], &[DESKTOP, XBOX]);
    assert_snapshot!(planned(&wish(vec![taken]), live()), @"");
}

#[test]
fn what_is_live_already_is_nothing_to_do() {
    let live = || document(vec![desktop(1, "1.1.0.0", "x64"), desktop(2, "1.1.0.0", "neutral")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live()), @"");
    assert_snapshot!(planned(&wish(vec![bundle("1.1.0.0", &["x86", "arm64"])]), live()), @"");
}

#[test]
fn only_what_is_not_live_yet_comes() {
    let live = document(vec![desktop(1, "1.1.0.0", "x64"), desktop(2, "1.0.0.0", "Arm64"), desktop(3, "1.0.0.0", "x64")]);
    let mut wish = wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "arm64")]);
    assert_snapshot!(planned(&wish, live.clone()), @"");
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live), @"");
}

#[test]
fn a_submission_holds_twenty_five_packages() {
    let family = |number: u32| format!("Windows.Family{number} min version 10.0.0.0");
    let live = |count: u32| document((1..=count).map(|one| entry(one, "1.0.0.0", "x64", &[&family(one)])).collect());
    let come = wish(vec![new("1.1.0.0", "x64")]);
    assert!(!planned(&come, live(24)).contains("too-many-packages"));
    assert_snapshot!(planned(&come, live(25)), @"");
}

#[test]
fn a_new_package_never_takes_the_file_name_of_one_that_stays() {
    let mut arm = desktop(1, "1.0.0.0", "Arm64");
    arm["fileName"] = "BOATS_1.1.0.0_x64.msix".into();
    let mut old = desktop(2, "1.0.0.0", "x64");
    old["fileName"] = "Boats_1.1.0.0_x86.msix".into();
    let live = document(vec![arm, old, desktop(3, "1.0.0.0", "x86")]);
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64"), new("1.1.0.0", "x86")]), live), @"");
}

#[test]
fn new_packages_of_the_same_file_name_get_folders() {
    let named = |architecture: &str| {
        let mut package = new("1.1.0.0", architecture);
        package.file_name = "Boats.msix".to_owned();
        package
    };
    let live = document(vec![desktop(1, "1.0.0.0", "x64")]);
    assert_snapshot!(planned(&wish(vec![named("x64"), named("arm64"), named("x86"), named("arm64")]), live), @"");
}

fn notes_wish(notes: Notes) -> Wish {
    Wish { notes: Some(notes), ..wish(vec![new("1.1.0.0", "x64")]) }
}

#[test]
fn notes_go_to_the_languages_that_they_are_for() {
    let live = || document(vec![desktop(1, "1.1.0.0", "x64")]);
    assert_snapshot!(planned(&notes_wish(notes(&[("de-de", "Neue Segel.\nUnd Wind.")])), live()), @"");
    assert_snapshot!(planned(&notes_wish(Notes::Everywhere("New sails.\r\nAnd wind.".to_owned())), live()), @"");
    // The same words again are no change.
    assert_snapshot!(planned(&notes_wish(notes(&[("en-us", "First boats.")])), live()), @"");
}

#[test]
fn notes_for_a_language_without_a_listing_are_refused() {
    let live = document(vec![desktop(1, "1.0.0.0", "x64")]);
    assert_snapshot!(planned(&notes_wish(notes(&[("en-us", "New."), ("fr-fr", "Nouveau.")])), live), @"");
}

/// The Store counts UTF-16 units, line breaks as the two that it keeps.
#[test]
fn notes_that_are_too_long_are_refused_and_no_others() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64")]);
    let long = |text: String| planned(&notes_wish(Notes::Everywhere(text)), live());
    assert_snapshot!(long("x".repeat(1501)), @"");
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
    assert_snapshot!(at(PublishAt::Date(today())), @"");
    assert_snapshot!(at("2027-02-02T06:30:00Z".parse().expect("a date")), @"");
    assert_snapshot!(at(PublishAt::Manual), @"");
    assert_snapshot!(at(PublishAt::Immediate), @"");
}

#[test]
fn an_inherited_publish_mode_is_remarked_on() {
    let mut live = document(vec![desktop(1, "1.0.0.0", "x64")]);
    live["targetPublishMode"] = "Manual".into();
    assert_snapshot!(planned(&wish(vec![new("1.1.0.0", "x64")]), live), @"");
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
    assert_snapshot!(planned(&wish, live), @"");
}

#[test]
fn a_price_that_cannot_be_kept_stops_the_publish() {
    let priced = |pricing: serde_json::Value, price: Option<&str>| {
        let mut live = document(vec![desktop(1, "1.0.0.0", "x64")]);
        live["pricing"] = pricing;
        planned(&Wish { price: price.map(str::to_owned), ..wish(vec![new("1.1.0.0", "x64")]) }, live)
    };
    assert_snapshot!(priced(json!({"priceId": "Base"}), None), @"");
    assert_snapshot!(priced(json!({"trialPeriod": "NoFreeTrial"}), None), @"");
    assert_snapshot!(priced(json!(null), None), @"");
    assert_snapshot!(priced(json!({"priceId": "Tier1020"}), None), @"");
    assert_snapshot!(priced(json!({"priceId": "Base"}), Some("Tier1020")), @"");
    assert_snapshot!(priced(json!({"PriceId": "Free"}), Some("Free")), @"");
    assert_snapshot!(priced(json!({"priceId": "Free"}), Some("Base")), @"");
}

#[test]
fn an_app_that_was_never_published_is_for_partner_center() {
    let observed = Observed { app: app(), live: None, pending: None };
    assert_snapshot!(show(&plan(&wish(vec![new("1.1.0.0", "x64")]), &observed, today())), @"");
}

#[test]
fn packages_of_another_app_or_publisher_are_refused() {
    let live = || document(vec![desktop(1, "1.0.0.0", "x64")]);
    let mut other = new("1.1.0.0", "x64");
    other.identity.name = "Harbour.PaperPlanes".to_owned();
    assert_snapshot!(planned(&wish(vec![other]), live()), @"");
    let mut other = new("1.1.0.0", "x64");
    other.identity.publisher = "CN=Somebody".to_owned();
    assert_snapshot!(planned(&wish(vec![other]), live()), @"");
    // Blanks around the commas of a distinguished name mean nothing.
    let mut same = new("1.1.0.0", "x64");
    same.identity.publisher = "CN=Harbour,O=Harbour Toys".to_owned();
    assert_snapshot!(planned(&wish(vec![same]), live()), @"");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mut live = document(vec![desktop(1, "1.2.0.0", "x64"), desktop(2, "1.2.0.0", "x86")]);
    live["pricing"]["priceId"] = "Base".into();
    let mut stray = new("1.3.0.0", "arm64");
    stray.identity.name = "Harbour.PaperPlanes".to_owned();
    let mut wish = Wish {
        notes: Some(notes(&[("xx-yy", "New.")])),
        publish_at: Some(PublishAt::Date("2020-01-01T00:00:00Z".parse().expect("a time"))),
        ..wish(vec![new("1.1.0.0", "x64"), stray])
    };
    wish.policy.replace = Replace::All;
    assert_snapshot!(planned(&wish, live), @"");
}

#[test]
fn packages_that_are_leaving_already_count_no_more() {
    let mut leaving = desktop(1, "2.0.0.0", "x64");
    leaving["fileStatus"] = "PendingDelete".into();
    let live = document(vec![leaving, desktop(2, "1.0.0.0", "x64")]);
    let shown = show(&plan(&wish(vec![new("1.1.0.0", "x64")]), &observed(live), today()));
    assert_snapshot!(shown, @"");
}
