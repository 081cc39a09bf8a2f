//! Package flights: made and deleted, and their submissions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::Pace;
use serde_json::{Value, json};
use support::{APP, Answer, FLIGHT, PACKAGE, Package, Packing, Store, add_packages, archive, flight, path_of, sample};

async fn create(store: &Store, request: &Value) -> Answer {
    store.call("POST", &format!("applications/{APP}/flights"), Some(request)).await
}

/// The place of a flight that was just made.
fn place(created: &Value) -> String {
    format!("applications/{APP}/flights/{}", created["flightId"].as_str().unwrap())
}

#[tokio::test]
async fn a_flight_is_made_with_its_first_submission() {
    let store = Store::at(Pace::Manual).await;
    let created =
        create(&store, &json!({ "FriendlyName": "Crew", "groupIds": [7, "1152921504610020031"], "rankHigherThan": "Pilots" }))
            .await;
    assert_eq!(created.status, 201, "{:?}", created.body);
    let shown = &created.body;
    let names: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(names, ["flightId", "friendlyName", "pendingFlightSubmission", "groupIds", "rankHigherThan"]);
    assert_eq!(shown["groupIds"], json!(["7", "1152921504610020031"]));
    let (id, pending) = (shown["flightId"].as_str().unwrap(), shown["pendingFlightSubmission"]["id"].as_str().unwrap());
    assert_eq!(shown["pendingFlightSubmission"]["resourceLocation"], format!("flights/{id}/submissions/{pending}"));
    assert_eq!(&store.get(&place(shown)).await.body, shown);

    let draft = store.get(&format!("{}/submissions/{pending}", place(shown))).await.body;
    let names: Vec<&String> = draft.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "id",
            "flightId",
            "status",
            "statusDetails",
            "flightPackages",
            "packageDeliveryOptions",
            "fileUploadUrl",
            "targetPublishMode",
            "targetPublishDate",
            "notesForCertification"
        ]
    );
    assert_eq!((&draft["flightId"], &draft["flightPackages"]), (&json!(id), &json!([])));
    assert_eq!(draft["targetPublishDate"], "1601-01-01T00:00:00.0000000Z");
    // So its place is taken.
    assert_eq!(store.post(&format!("{}/submissions", place(shown))).await.status, 409);
    let listed = store.get(&format!("applications/{APP}/listflights")).await.body;
    assert_eq!((&listed["totalCount"], &listed["value"][1]), (&json!(2), shown));

    let deleted = store.delete(&place(shown)).await;
    assert_eq!((deleted.status.as_u16(), &deleted.body), (204, &Value::Null));
    assert_eq!(store.get(&place(shown)).await.refusal(), (404, "ResourceNotFound", "Flight not found"));
    assert_eq!(store.delete(&place(shown)).await.status, 404);
    assert_eq!(store.get(&format!("applications/{APP}/listflights")).await.body["totalCount"], 1);
}

#[tokio::test]
async fn flights_rank_one_above_the_other() {
    let store = Store::at(Pace::Manual).await;
    let ranks = async || {
        let listed = store.get(&format!("applications/{APP}/listflights")).await.body;
        let of = |flight: &Value| {
            format!("{} > {}", flight["friendlyName"].as_str().unwrap(), flight["rankHigherThan"].as_str().unwrap())
        };
        listed["value"].as_array().unwrap().iter().map(of).collect::<Vec<_>>().join(", ")
    };
    // Above all others, if nothing is said.
    let top = create(&store, &json!({ "friendlyName": "Top", "rankHigherThan": null })).await.body;
    assert_eq!(ranks().await, "Pilots > Non-flighted submission, Top > Pilots");
    create(&store, &json!({ "friendlyName": "Middle", "rankHigherThan": FLIGHT.to_uppercase() })).await;
    create(&store, &json!({ "friendlyName": "Low", "rankHigherThan": "non-flighted submission" })).await;
    assert_eq!(ranks().await, "Pilots > Low, Top > Middle, Middle > Pilots, Low > Non-flighted submission");
    store.delete(&flight()).await;
    assert_eq!(ranks().await, "Top > Middle, Middle > Low, Low > Non-flighted submission");
    store.delete(&place(&top)).await;
    assert_eq!(create(&store, &json!({ "friendlyName": "Again" })).await.body["rankHigherThan"], "Middle");
}

#[tokio::test]
async fn a_request_for_a_flight_follows_the_rules() {
    let store = Store::at(Pace::Manual).await;
    let table = [
        (json!("x"), "flight"),
        (json!({ "friendlyName": 5 }), "friendlyName"),
        (json!({ "groupIds": "1" }), "groupIds"),
        (json!({ "groupIds": ["testers"] }), "groupIds"),
        (json!({ "groupIds": [1.5] }), "groupIds"),
        (json!({ "groupIds": [-1] }), "groupIds"),
        (json!({ "rankHigherThan": "Nobody" }), "rankHigherThan"),
    ];
    for (request, target) in table {
        let refused = create(&store, &request).await;
        assert_eq!((refused.refusal().0, &refused.body["target"]), (400, &json!(target)), "{request}");
    }
    let elsewhere = store.call("POST", "applications/9NOSUCHAPP00/flights", Some(&json!({}))).await;
    assert_eq!(elsewhere.refusal(), (404, "ResourceNotFound", "Application not found"));
    assert_eq!(store.get(&format!("applications/{APP}/listflights")).await.body["totalCount"], 1);
    // By the manual nothing has to be there.
    let bare = create(&store, &json!({})).await;
    assert_eq!((bare.status.as_u16(), &bare.body["groupIds"], bare.body.get("friendlyName")), (201, &json!([]), None));
}

#[tokio::test]
async fn a_flight_goes_with_its_draft_but_not_while_it_is_processed() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft_of(&flight()).await;
    store.commit_of(&flight(), &draft).await;
    assert_eq!(store.delete(&flight()).await.refusal().1, "InvalidState");
    let id = draft["id"].as_str().unwrap();
    store.control("POST", &format!("/fail?submission={id}&status=CertificationFailed"), "").await;
    assert_eq!(store.delete(&flight()).await.status, 204);
    assert_eq!(store.get(&path_of(&flight(), &draft)).await.status, 404);
}

#[tokio::test]
async fn packages_of_a_flight_are_published_and_cloned() {
    let store = Store::at(Pace::Instant).await;
    let mut draft = store.draft_of(&flight()).await;
    assert_eq!(draft["flightPackages"][0]["id"], "2000000000310000011");
    draft["flightPackages"][0]["fileStatus"] = json!("PendingDelete");
    add_packages(&mut draft, &["bin\\new.msix"]);
    draft["notesForCertification"] = json!("Nothing new.");
    let draft = store.update_of(&flight(), &draft).await;
    assert_eq!(draft["flightPackages"][1]["fileStatus"], "PendingUpload");
    store.upload(&draft, archive(Packing::Stored, &[("bin/new.msix", &PACKAGE.build())])).await;
    store.commit_of(&flight(), &draft).await;
    assert_eq!(store.status_of(&flight(), &draft).await["status"], "Published");
    let live = store.get(&path_of(&flight(), &draft)).await.body;
    let packages = live["flightPackages"].as_array().unwrap();
    assert_eq!((packages.len(), &packages[0]["version"], &packages[0]["fileStatus"]), (1, &json!("1.1.0.0"), &json!("Uploaded")));
    assert_eq!(packages[0]["id"].as_str().unwrap().len(), 19);
    assert_eq!((live.get("fileUploadUrl"), live.get("friendlyName")), (None, None));
    let shown = store.get(&flight()).await.body;
    assert_eq!(shown["lastPublishedFlightSubmission"]["id"], draft["id"]);
    assert_eq!(shown.get("pendingFlightSubmission"), None);
    let next = store.draft_of(&flight()).await;
    assert_eq!((&next["flightPackages"], &next["notesForCertification"]), (&live["flightPackages"], &json!("Nothing new.")));
}

#[tokio::test]
async fn packages_of_a_flight_have_to_be_of_its_app() {
    let store = Store::at(Pace::Instant).await;
    let stranger = Package { name: "Somebody.Else", ..PACKAGE };
    let mut draft = store.draft_of(&flight()).await;
    add_packages(&mut draft, &["a.msix"]);
    let draft = store.update_of(&flight(), &draft).await;
    store.upload(&draft, archive(Packing::Stored, &[("a.msix", &stranger.build())])).await;
    store.commit_of(&flight(), &draft).await;
    let status = store.status_of(&flight(), &draft).await;
    assert_eq!(status["statusDetails"]["errors"][0]["code"], "PackageValidationFailed");
}

/// A way to spoil a document.
type Spoil = fn(&mut Value);

#[tokio::test]
async fn every_rule_of_an_update_refuses() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft_of(&flight()).await;
    let missing = "Please keep all file entries for existing packages. If you wish to remove a package, mark it as PendingDelete. The \
                   following packages are missing in your update: 2000000000310000011";
    let table: &[(Spoil, &str)] = &[
        (|d| d["visibility"] = json!("Public"), "The property 'visibility' is not supported in a flight submission."),
        (|d| d["Listings"] = json!({}), "The property 'Listings' is not supported in a flight submission."),
        (|d| d["pricing"] = json!({}), "The property 'pricing' is not supported in a flight submission."),
        (|d| d["applicationPackages"] = json!([]), "The property 'applicationPackages' is not supported in a flight submission."),
        (|d| d["flightPackages"] = json!([]), missing),
        (
            |d| {
                d.as_object_mut().unwrap().remove("flightPackages");
            },
            missing,
        ),
        (|d| d["flightPackages"][0]["fileStatus"] = json!("PendingUpload"), missing),
        (
            |d| {
                d["flightPackages"][0].as_object_mut().unwrap().remove("id");
            },
            "Package HarbourLights_1.0.0.0_x64.msix is not in the submission; a new one is marked PendingUpload.",
        ),
        (
            |d| {
                let names: Vec<String> = (0..25).map(|number| format!("{number}.msix")).collect();
                add_packages(d, &names.iter().map(String::as_str).collect::<Vec<_>>());
            },
            "The size of FlightPackages must be 25 or less",
        ),
        (
            |d| d["packageDeliveryOptions"]["packageRollout"]["packageRolloutPercentage"] = json!(100.5),
            "The value of packageRolloutPercentage is not a number from 0 to 100.",
        ),
        (|d| d["targetPublishMode"] = json!("immediate"), "'immediate' is not a valid value for TargetPublishMode."),
        (|d| d["notesForCertification"] = json!("x".repeat(2001)), "The length of NotesForCertification must be 2000 or less"),
    ];
    for (spoil, message) in table {
        let mut request = draft.clone();
        spoil(&mut request);
        let refused = store.put(&path_of(&flight(), &draft), &request).await;
        let (status, code, said) = refused.refusal();
        assert_eq!((status, code), (400, "InvalidParameterValue"), "{message}");
        assert!(said.starts_with(message), "{said}");
    }
    // What is null is not there, and what the service owns or does not know is passed over.
    let mut request = draft.clone();
    request["visibility"] = Value::Null;
    request["friendlyName"] = json!("Submission 9");
    request["unheardOf"] = json!(1);
    request["targetPublishDate"] = json!("");
    assert_eq!(store.update_of(&flight(), &request).await["targetPublishDate"], "1601-01-01T00:00:00.0000000Z");
}

#[tokio::test]
async fn a_flight_without_packages_is_not_published() {
    let store = Store::at(Pace::Instant).await;
    let created = create(&store, &json!({ "friendlyName": "Empty" })).await.body;
    let pending = json!({ "id": created["pendingFlightSubmission"]["id"] });
    store.commit_of(&place(&created), &pending).await;
    let status = store.status_of(&place(&created), &pending).await;
    assert_eq!(
        (&status["status"], &status["statusDetails"]["errors"][0]["code"]),
        (&json!("CommitFailed"), &json!("InvalidState"))
    );
    // Another first one can be made when that is gone.
    assert_eq!(store.delete(&path_of(&place(&created), &pending)).await.status, 204);
    assert_eq!(store.draft_of(&place(&created)).await["flightPackages"], json!([]));
}

#[tokio::test]
async fn a_body_in_the_creation_is_taken_for_a_submission() {
    let store = Store::at(Pace::Manual).await;
    let submissions = format!("{}/submissions", flight());
    for body in [json!({}), json!({ "flightPackages": [] }), json!({ "visibility": "Public" }), json!("")] {
        assert_eq!(store.call("POST", &submissions, Some(&body)).await.status, 400, "{body}");
    }
    let created = store.call("POST", &format!("{submissions}?isMinimalResponse=true"), Some(&Value::Null)).await;
    assert_eq!((created.status.as_u16(), created.body.get("flightPackages")), (201, None));
    assert_eq!(created.body["flightId"], FLIGHT);
}

#[tokio::test]
async fn a_flight_of_another_app_is_a_conflict() {
    let mut account = sample();
    let mut other = account["applications"][0].clone();
    other["id"] = json!("9NOTHER00001");
    other.as_object_mut().unwrap().remove("publishedSubmission");
    account["applications"].as_array_mut().unwrap().push(other);
    let store = Store::of(&account).await;
    let place = format!("applications/9NOTHER00001/flights/{FLIGHT}");
    for answer in [
        store.get(&place).await,
        store.delete(&place).await,
        store.post(&format!("{place}/submissions")).await,
        store.get(&format!("{place}/submissions/1152921505700310021/packagerollout")).await,
    ] {
        assert_eq!((answer.refusal().0, answer.refusal().1), (409, "InvalidState"));
    }
}
