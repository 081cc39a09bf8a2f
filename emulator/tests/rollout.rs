//! Gradual rollout, of apps and of flights.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::Pace;
use serde_json::{Value, json};
use support::{ADD_ON, PACKAGE, Packing, Store, add_packages, app, archive, flight, path_of};

fn rollout(enabled: bool, percentage: f64, status: &str, fallback: &str) -> Value {
    json!({
        "isPackageRollout": enabled,
        "packageRolloutPercentage": percentage,
        "packageRolloutStatus": status,
        "fallbackSubmissionId": fallback,
    })
}

/// Commits a draft with a rollout to `percentage`, and answers the path of its submission.
async fn roll_out(store: &Store, place: &str, percentage: f64) -> String {
    let mut draft = store.draft_of(place).await;
    add_packages(&mut draft, &["new.msix"]);
    draft["packageDeliveryOptions"]["packageRollout"] =
        json!({ "isPackageRollout": true, "packageRolloutPercentage": percentage });
    let draft = store.update_of(place, &draft).await;
    store.upload(&draft, archive(Packing::Stored, &[("new.msix", &PACKAGE.build())])).await;
    store.commit_of(place, &draft).await;
    path_of(place, &draft)
}

/// The sample's published submissions.
fn live() -> [(String, &'static str); 2] {
    [(app(), "1152921505700310001"), (flight(), "1152921505700310021")]
}

#[tokio::test]
async fn a_submission_that_never_asked_for_one_has_none() {
    let store = Store::at(Pace::Manual).await;
    let none = rollout(false, 0.0, "PackageRolloutNotStarted", "0");
    for (place, id) in live() {
        let path = format!("{place}/submissions/{id}");
        let shown = store.get(&format!("{path}/PackageRollout/")).await;
        assert_eq!((shown.status.as_u16(), &shown.body), (200, &none));
        for verb in ["updatepackagerolloutpercentage?percentage=50", "haltpackagerollout", "finalizepackagerollout"] {
            let refused = store.post(&format!("{path}/{verb}")).await;
            assert_eq!((refused.refusal().0, refused.refusal().1), (409, "InvalidState"), "{verb}");
        }
        let draft = store.draft_of(&place).await;
        assert_eq!(store.get(&format!("{}/packagerollout", path_of(&place, &draft))).await.body, none);
        assert_eq!(store.get(&format!("{place}/submissions/5/packagerollout")).await.refusal().2, "Submission not found");
    }
    // Add-ons have no packages to roll out.
    let add_on = store.get(&format!("inappproducts/{ADD_ON}/submissions/1152921505700310011/packagerollout")).await;
    assert_eq!(add_on.status, 404);
}

#[tokio::test]
async fn it_begins_with_publication_and_its_share_is_set() {
    let store = Store::at(Pace::Manual).await;
    for (place, before) in live() {
        let path = roll_out(&store, &place, 12.5).await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        let shown = async || store.get(&format!("{path}/packagerollout")).await.body;
        assert_eq!(shown().await, rollout(true, 12.5, "PackageRolloutNotStarted", "0"));
        assert_eq!(store.post(&format!("{path}/updatepackagerolloutpercentage?percentage=20")).await.status, 409);
        store.control("POST", &format!("/advance?submission={id}&to=Published"), "").await;
        assert_eq!(shown().await, rollout(true, 12.5, "PackageRolloutInProgress", before));
        // The share may be any, and all is not the end.
        for (given, share) in [("20", 20.0), ("33.3", 33.3), ("5", 5.0), ("0", 0.0), ("100.0", 100.0), ("1%2E5", 1.5)] {
            let set = store.post(&format!("{path}/updatepackagerolloutpercentage?percentage={given}")).await;
            let expected = rollout(true, share, "PackageRolloutInProgress", before);
            assert_eq!((set.status.as_u16(), &set.body), (200, &expected));
            assert_eq!(store.get(&path).await.body["packageDeliveryOptions"]["packageRollout"], expected);
        }
        for bad in ["", "?percentage=", "?percentage=ten", "?percentage=-1", "?percentage=100.1", "?percentage=NaN", "?percent=5"]
        {
            let refused = store.post(&format!("{path}/updatepackagerolloutpercentage{bad}")).await;
            assert_eq!((refused.refusal().0, &refused.body["target"]), (400, &json!("percentage")), "{bad}");
        }
        assert_eq!(shown().await["packageRolloutPercentage"], 1.5);
    }
}

#[tokio::test]
async fn no_draft_is_made_while_it_is_open_and_it_ends_once() {
    for (verb, share, status) in
        [("haltpackagerollout", 0.0, "PackageRolloutStopped"), ("finalizepackagerollout", 100.0, "PackageRolloutComplete")]
    {
        let store = Store::at(Pace::Instant).await;
        for (place, before) in live() {
            let path = roll_out(&store, &place, 10.0).await;
            let refused = store.post(&format!("{place}/submissions")).await;
            assert_eq!((refused.refusal().0, refused.refusal().1), (409, "InvalidState"));
            let ended = store.post(&format!("{path}/{verb}")).await;
            assert_eq!((ended.status.as_u16(), &ended.body), (200, &rollout(true, share, status, before)));
            for verb in ["updatepackagerolloutpercentage?percentage=50", "haltpackagerollout", "finalizepackagerollout"] {
                assert_eq!(store.post(&format!("{path}/{verb}")).await.status, 409, "{verb}");
            }
            // The next draft is a clone of this one, halted or not, and starts without a rollout.
            let next = store.draft_of(&place).await;
            let list = if place == app() { "applicationPackages" } else { "flightPackages" };
            assert_eq!(next[list].as_array().unwrap().last().unwrap()["version"], "1.1.0.0");
            let fresh = rollout(false, 0.0, "PackageRolloutNotStarted", "0");
            assert_eq!(next["packageDeliveryOptions"]["packageRollout"], fresh);
        }
    }
}

#[tokio::test]
async fn what_is_halted_is_what_the_next_one_falls_back_to() {
    let store = Store::at(Pace::Instant).await;
    let halted = roll_out(&store, &app(), 10.0).await;
    store.post(&format!("{halted}/haltpackagerollout")).await;
    let mut draft = store.draft().await;
    draft["packageDeliveryOptions"]["packageRollout"]["isPackageRollout"] = json!(true);
    let draft = store.update(&draft).await;
    store.commit(&draft).await;
    let shown = store.get(&format!("{}/packagerollout", path_of(&app(), &draft))).await.body;
    assert_eq!(&shown["fallbackSubmissionId"], halted.rsplit('/').next().unwrap());
}

#[tokio::test]
async fn those_of_an_app_and_of_its_flight_do_not_know_each_other() {
    let store = Store::at(Pace::Instant).await;
    let path = roll_out(&store, &app(), 10.0).await;
    store.draft_of(&flight()).await;
    let id = path.rsplit('/').next().unwrap();
    let refused = store.post(&format!("{}/submissions/{id}/haltpackagerollout", flight())).await;
    assert_eq!((refused.refusal().0, refused.refusal().1), (409, "InvalidState"));
    assert_eq!(store.get(&format!("{path}/packagerollout")).await.body["packageRolloutStatus"], "PackageRolloutInProgress");
}
