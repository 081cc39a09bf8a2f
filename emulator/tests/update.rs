//! What an update may say, rule by rule.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use flightline_emulator::Pace;
use http::Request;
use serde_json::{Value, json};
use support::{APP, Answer, Store, add_packages, path};

/// A way to spoil a document.
type Spoil = fn(&mut Value);

async fn refused(store: &Store, draft: &Value, spoil: Spoil) -> (u16, String, String, Value) {
    let mut document = draft.clone();
    spoil(&mut document);
    let answer = store.put(&path(draft), &document).await;
    let (status, code, message) = answer.refusal();
    (status, code.to_owned(), message.to_owned(), answer.body["target"].clone())
}

#[tokio::test]
async fn what_is_sent_back_as_it_came_is_taken() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let updated = store.update(&draft).await;
    for (name, value) in draft.as_object().unwrap() {
        if name != "fileUploadUrl" {
            assert_eq!(updated.get(name), Some(value), "{name}");
        }
    }
    let order = |document: &Value| document.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(order(&updated), order(&draft));
    assert_eq!(store.get(&path(&draft)).await.body["listings"], draft["listings"]);
}

#[tokio::test]
async fn every_rule_refuses_in_the_services_words() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let long = "The length of";
    let table: &[(Spoil, &str, Value)] = &[
        (|d| d["pricing"] = Value::Null, "Pricing data was not provided in the request.", json!("pricing")),
        (
            |d| {
                d.as_object_mut().unwrap().remove("pricing");
                d["listings"] = json!({});
            },
            "Pricing data was not provided in the request.",
            json!("pricing"),
        ),
        (|d| d["pricing"]["priceId"] = json!("Base"), "'Base' is not a valid PriceId for base price.", json!("pricing")),
        (|d| d["listings"] = json!({}), "The size of AppListings must be 1 or more", json!("appListings")),
        (|d| d["listings"] = Value::Null, "The size of AppListings must be 1 or more", json!("appListings")),
        (
            |d| d["listings"]["en-US"] = d["listings"]["en-gb"].clone(),
            "Language codes: en-US not supported",
            json!("appListings"),
        ),
        (
            |d| {
                d["allowTargetFutureDeviceFamilies"].as_object_mut().unwrap().remove("Xbox");
            },
            "AllowTargetFutureDeviceFamilies needs to be initialized for all supported platform, [Desktop, Mobile, Xbox, Holographic]",
            json!("allowTargetFutureDeviceFamilies"),
        ),
        (
            |d| d["applicationPackages"] = json!([]),
            "Please keep all file entries for existing packages. If you wish to remove a package, mark it as PendingDelete. The \
             following packages are missing in your update: 2000000000310000001, 2000000000310000002",
            json!("packages"),
        ),
        (
            |d| d["applicationPackages"][1]["fileStatus"] = json!("PendingUpload"),
            "Please keep all file entries for existing packages. If you wish to remove a package, mark it as PendingDelete. The \
             following packages are missing in your update: 2000000000310000002",
            json!("packages"),
        ),
        (
            |d| d["applicationPackages"][0]["id"] = json!("2000000000319999999"),
            "Package 2000000000319999999 is not in the submission; a new one is marked PendingUpload.",
            json!("packages"),
        ),
        (|d| add_packages(d, &["a.msix", "a.msix"]), "The file a.msix is to be uploaded twice.", json!("packages")),
        (
            |d| {
                let names: Vec<String> = (0..24).map(|number| format!("{number}.msix")).collect();
                add_packages(d, &names.iter().map(String::as_str).collect::<Vec<_>>());
            },
            "The size of ApplicationPackages must be 25 or less",
            Value::Null,
        ),
        (
            |d| {
                d["listings"]["en-gb"]["baseListing"]["images"][0].as_object_mut().unwrap().remove("id");
            },
            "Existing Image (en-gb/chart.png) should contain Id",
            json!("images"),
        ),
        (
            |d| d["listings"]["en-gb"]["baseListing"]["shortDescription"] = json!("x".repeat(501)),
            "The length of ShortDescription must be 500 or less",
            Value::Null,
        ),
        (
            |d| d["listings"]["en-gb"]["baseListing"]["keywords"] = json!(vec!["k"; 8]),
            "The size of Keywords must be 7 or less",
            Value::Null,
        ),
        (
            |d| {
                let keywords: Vec<String> = (0..7).map(|number| format!("a{number} b{number} c{number} d{number}")).collect();
                d["listings"]["en-gb"]["baseListing"]["keywords"] = json!(keywords);
            },
            "The size of KeywordsTotalCount must be 21 or less",
            Value::Null,
        ),
        (
            |d| d["visibility"] = json!("public"),
            "'public' is not a valid value for Visibility. Valid values are: Public, Private, Hidden, NotSet",
            json!("visibility"),
        ),
        (|d| d["id"] = json!("1152921505700310001"), "The id in the request is not that of the submission.", json!("id")),
        (|d| d["isGameDvrEnabled"] = json!("no"), "The value of isGameDvrEnabled is not a boolean.", json!("isGameDvrEnabled")),
        (|d| d["targetPublishDate"] = json!("soon"), "The value of targetPublishDate is not a date.", json!("targetPublishDate")),
        (
            |d| d["packageDeliveryOptions"]["packageRollout"]["packageRolloutPercentage"] = json!(101),
            "The value of packageRolloutPercentage is not a number from 0 to 100.",
            json!("packageRolloutPercentage"),
        ),
    ];
    for (spoil, message, target) in table {
        let found = refused(&store, &draft, *spoil).await;
        assert_eq!(found, (400, "InvalidParameterValue".into(), (*message).to_owned(), target.clone()));
    }
    for (spoil, field) in [
        ((|d| d["listings"]["fr-fr"]["baseListing"]["description"] = json!("x".repeat(10_001))) as Spoil, "Description"),
        (|d| d["listings"]["fr-fr"]["baseListing"]["releaseNotes"] = json!("x".repeat(1501)), "ReleaseNotes"),
        (|d| d["listings"]["fr-fr"]["baseListing"]["features"] = json!(["x".repeat(201)]), "Features"),
        (|d| d["notesForCertification"] = json!("x".repeat(2001)), "NotesForCertification"),
    ] {
        let (_, _, message, _) = refused(&store, &draft, spoil).await;
        assert!(message.starts_with(&format!("{long} {field} must be ")), "{message}");
    }
    for spoil in [
        (|d| d["applicationCategory"] = json!("Boats")) as Spoil,
        (|d| d["targetPublishMode"] = json!("immediate")),
        (|d| d["pricing"]["priceId"] = json!("Tier97")),
        (|d| d["pricing"]["marketSpecificPricings"] = json!({ "JP": "cheap" })),
        (|d| d["pricing"]["marketSpecificPricings"] = json!({ "jp": "Free" })),
        (|d| d["enterpriseLicensing"] = json!("Offline")),
        (|d| d["hardwarePreferences"] = json!(["Sonar"])),
        (|d| d["listings"]["en-gb"]["platformOverrides"] = json!({ "Windows11": {} })),
        (|d| d["listings"]["en-gb"]["baseListing"]["images"][0]["imageType"] = json!("screenshot")),
    ] {
        let (status, code, message, _) = refused(&store, &draft, spoil).await;
        assert_eq!((status, code.as_str()), (400, "InvalidParameterValue"), "{message}");
    }
    assert_eq!(store.get(&path(&draft)).await.body["listings"], draft["listings"]);
}

#[tokio::test]
async fn a_price_that_is_left_out_becomes_free_without_a_word() {
    let store = Store::at(Pace::Manual).await;
    let mut draft = store.draft().await;
    draft["pricing"]["priceId"] = json!("Tier1020");
    assert_eq!(store.update(&draft).await["pricing"]["priceId"], "Tier1020");
    draft["pricing"] = json!({});
    let pricing = &store.update(&draft).await["pricing"];
    assert_eq!((&pricing["priceId"], &pricing["sales"]), (&json!("Free"), &json!([])));
    assert_eq!(pricing["isAdvancedPricingModel"], true);
    draft["pricing"] = json!({ "priceId": null });
    assert_eq!(store.update(&draft).await["pricing"]["priceId"], "Free");
}

#[tokio::test]
async fn names_may_be_written_in_any_case_and_nulls_vanish() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let mut document = json!({});
    for (name, value) in draft.as_object().unwrap() {
        document[name[..1].to_uppercase() + &name[1..]] = value.clone();
    }
    document["Visibility"] = json!("Hidden");
    document["notesForCertification"] = Value::Null;
    document["somethingElse"] = json!(1);
    document["Listings"]["fr-fr"]["BaseListing"] = json!({ "Description": "Phares", "SortTitle": null, "Title": "Feux" });
    document["Listings"]["fr-fr"].as_object_mut().unwrap().remove("baseListing");
    let updated = store.put(&path(&draft), &document).await;
    assert_eq!(updated.status, 200, "{:?}", updated.body);
    assert_eq!((&updated.body["visibility"], updated.body.get("somethingElse")), (&json!("Hidden"), None));
    let listing = &updated.body["listings"]["fr-fr"]["baseListing"];
    assert_eq!((&listing["title"], listing.get("sortTitle"), &listing["privacyPolicy"]), (&json!("Feux"), None, &json!("")));
}

#[tokio::test]
async fn packages_keep_what_the_service_knows_of_them() {
    let store = Store::at(Pace::Manual).await;
    let mut draft = store.draft().await;
    draft["applicationPackages"][0]["fileStatus"] = json!("PendingDelete");
    draft["applicationPackages"][0]["version"] = json!("9.9.9.9");
    draft["applicationPackages"][1]["languages"] = json!([]);
    let name = draft["applicationPackages"][0]["fileName"].as_str().unwrap().to_owned();
    add_packages(&mut draft, &[&name]);
    draft["applicationPackages"][2]["version"] = json!("9.9.9.9");
    let updated = store.update(&draft).await;
    let packages = &updated["applicationPackages"];
    assert_eq!((&packages[0]["fileStatus"], &packages[0]["version"]), (&json!("PendingDelete"), &json!("1.0.0.0")));
    assert_eq!(packages[1]["languages"], json!(["en-GB", "fr-FR"]));
    let new = json!({
        "fileName": name,
        "fileStatus": "PendingUpload",
        "minimumDirectXVersion": "None",
        "minimumSystemRam": "None",
    });
    assert_eq!(packages[2], new);
    // What is new can be left out again; what was marked to go still has to be named.
    let mut again = updated.clone();
    again["applicationPackages"].as_array_mut().unwrap().pop();
    store.update(&again).await;
    again["applicationPackages"].as_array_mut().unwrap().remove(0);
    assert_eq!(store.put(&path(&draft), &again).await.status, 400);
}

#[tokio::test]
async fn an_image_that_is_left_out_stays() {
    let store = Store::at(Pace::Manual).await;
    let mut draft = store.draft().await;
    let before = draft["listings"]["en-gb"]["baseListing"]["images"].clone();
    draft["listings"]["en-gb"]["baseListing"]["images"] = json!([]);
    let updated = store.update(&draft).await;
    assert_eq!(updated["listings"]["en-gb"]["baseListing"]["images"], before);
    draft["listings"].as_object_mut().unwrap().remove("en-gb");
    assert_eq!(store.update(&draft).await["listings"].get("en-gb"), None);
}

#[tokio::test]
async fn what_is_not_there_or_not_a_draft_is_not_updated() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let nowhere = store.put(&format!("applications/{APP}/submissions/115"), &draft).await;
    assert_eq!(nowhere.refusal(), (404, "ResourceNotFound", "Submission not found"));
    assert_eq!(nowhere.body["target"], "submissionId");
    let live = format!("applications/{APP}/submissions/1152921505700310001");
    for answer in [store.put(&live, &draft).await, store.post(&format!("{live}/commit")).await, store.delete(&live).await] {
        assert_eq!((answer.refusal().0, answer.refusal().1), (409, "InvalidState"));
    }
    store.commit(&draft).await;
    for answer in [store.put(&path(&draft), &draft).await, store.post(&format!("{}/commit", path(&draft))).await] {
        assert_eq!((answer.refusal().0, answer.refusal().1), (409, "InvalidState"));
    }
    assert_eq!(store.delete(&path(&draft)).await.status, 409);
}

#[tokio::test]
async fn a_body_that_is_no_document_is_refused() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    for (media, body) in [
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "null"),
        ("application/json", "<html>"),
        ("text/plain", "{}"),
    ] {
        let request = Request::put(format!("/v1.0/my/{}", path(&draft)))
            .header("Authorization", store.bearer())
            .header("Content-Type", media)
            .body(Bytes::from(body))
            .unwrap();
        let answer = Answer::read(store.emulator.answer(request).await);
        assert_eq!((answer.refusal().0, answer.refusal().1), (400, "InvalidParameterValue"), "{body}");
    }
}
