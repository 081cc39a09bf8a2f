//! Apps, add-ons and flights as the API shows them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use flightline_emulator::Pace;
use http::Request;
use serde_json::{Value, json};
use support::{APP, Answer, FLIGHT, Store, add_on, app, flight, sample};

#[tokio::test]
async fn an_app_is_shown_with_its_references() {
    let store = Store::at(Pace::Manual).await;
    let app = store.get(&format!("applications/{APP}")).await;
    assert_eq!(app.status, 200);
    assert_eq!(app.headers["content-type"], "application/json; charset=utf-8");
    let names: Vec<&String> = app.body.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "id",
            "primaryName",
            "PackageFamilyName",
            "packageIdentityName",
            "publisherName",
            "firstPublishedDate",
            "lastPublishedApplicationSubmission",
            "hasAdvancedListingPermission"
        ]
    );
    let draft = store.draft().await;
    let id = draft["id"].as_str().unwrap();
    let app = store.get(&format!("applications/{APP}")).await.body;
    let reference = json!({ "id": id, "resourceLocation": format!("applications/{APP}/submissions/{id}") });
    assert_eq!(app["pendingApplicationSubmission"], reference);
}

#[tokio::test]
async fn paths_are_found_in_any_case_and_with_a_slash() {
    let store = Store::at(Pace::Manual).await;
    for line in ["/V1.0/My/Applications/", "/v1.0/my/APPLICATIONS/9nhrbrl1ghts/", "/v1.0/my/applications?x=1"] {
        let request = Request::get(line).header("Authorization", store.bearer()).body(Bytes::new()).unwrap();
        assert_eq!(store.emulator.answer(request).await.status(), 200, "{line}");
    }
    let request = Request::get("/v1.0/my/nothing").header("Authorization", store.bearer()).body(Bytes::new()).unwrap();
    let answer = Answer::read(store.emulator.answer(request).await);
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (404, &json!("ResourceNotFound")));
}

#[tokio::test]
async fn every_answer_has_a_correlation_id_and_a_length() {
    let store = Store::at(Pace::Manual).await;
    let id = "0f6c1b1e-9a3f-4a59-8a43-3f5d2f0c7a11";
    let request = Request::get("/v1.0/my/applications")
        .header("Authorization", store.bearer())
        .header("MS-CorrelationId", id)
        .body(Bytes::new())
        .unwrap();
    let answer = store.emulator.answer(request).await;
    assert_eq!(answer.headers()["ms-correlationid"], id);
    assert_eq!(answer.headers()["content-length"], answer.body().len().to_string());
    let missing = store.get("applications/9NOSUCHAPP00").await;
    assert_eq!(missing.refusal(), (404, "ResourceNotFound", "Application not found"));
    assert!(missing.headers.contains_key("ms-correlationid") && missing.headers.contains_key("content-length"));
}

#[tokio::test]
async fn collections_come_in_pages() {
    let mut account = sample();
    let app = account["applications"][0].clone();
    for number in 1..=11 {
        let mut other = app.clone();
        other["id"] = json!(format!("9NOTHER{number:05}"));
        other.as_object_mut().unwrap().remove("publishedSubmission");
        account["applications"].as_array_mut().unwrap().push(other);
    }
    let store = Store::of(&account).await;
    let first = store.get("applications").await.body;
    assert_eq!(first["value"].as_array().unwrap().len(), 10);
    assert_eq!((&first["totalCount"], &first["@nextLink"]), (&json!(12), &json!("applications?skip=10&top=10")));
    let last = store.get(first["@nextLink"].as_str().unwrap()).await.body;
    assert_eq!(last["value"].as_array().unwrap().len(), 2);
    assert_eq!(last.get("@nextLink"), None);
    let two = store.get("applications?top=2&skip=3").await.body;
    assert_eq!((&two["value"][0]["id"], &two["@nextLink"]), (&json!("9NOTHER00003"), &json!("applications?skip=5&top=2")));
    let behind = store.get("applications?skip=40").await;
    assert_eq!((behind.status.as_u16(), &behind.body["value"]), (200, &json!([])));

    let add_ons = store.get("inappproducts?top=1").await.body;
    assert_eq!(add_ons["@nextLink"], "inappproducts/?skip=1&top=1");
    let of_app = store.get(&format!("applications/{APP}/listinappproducts?top=1")).await.body;
    assert_eq!(of_app["@nextLink"], format!("applications/{APP}/listinappproducts/?skip=1&top=1"));
    assert_eq!(of_app["value"], json!([{ "inAppProductId": "9NBQY01TDES5" }]));
    let flights = store.get(&format!("applications/{APP}/listflights/")).await.body;
    assert_eq!((&flights["totalCount"], &flights["value"][0]["friendlyName"]), (&json!(1), &json!("Pilots")));
}

#[tokio::test]
async fn a_collection_without_entries_is_not_found() {
    let mut account = sample();
    account["inAppProducts"] = json!([]);
    account["flights"] = json!([]);
    let store = Store::of(&account).await;
    for path in ["inappproducts", &format!("applications/{APP}/listinappproducts"), &format!("applications/{APP}/listflights")] {
        assert_eq!(store.get(path).await.refusal().0, 404, "{path}");
    }
    account["applications"] = json!([]);
    assert_eq!(Store::of(&account).await.get("applications").await.refusal().1, "ResourceNotFound");
}

#[tokio::test]
async fn add_ons_and_flights_are_shown_with_their_references() {
    let store = Store::at(Pace::Manual).await;
    let shown = store.get(&add_on()).await.body;
    let reference = &shown["lastPublishedInAppProductSubmission"]["resourceLocation"];
    assert_eq!(reference, "inappproducts/9NBQY01TDES5/submissions/1152921505700310011");
    // That of a flight is relative to its app.
    let shown = store.get(&flight()).await.body;
    let reference = &shown["lastPublishedFlightSubmission"]["resourceLocation"];
    assert_eq!(reference, &Value::from(format!("flights/{FLIGHT}/submissions/1152921505700310021")));
    assert_eq!(store.get("inappproducts/9NOSUCH00000").await.status, 404);
    assert_eq!(store.get(&format!("applications/{APP}/flights/none")).await.status, 404);
}

#[tokio::test]
async fn what_the_api_does_not_know_of_is_a_conflict_on_every_call() {
    let mut account = sample();
    account["applications"][0]["unsupportedFeatures"] = json!(true);
    account["inAppProducts"][0]["unsupportedFeatures"] = json!(true);
    let store = Store::of(&account).await;
    let new_add_on = json!({ "applicationIds": [APP], "productId": "x", "productType": "Durable" });
    let mut answers = vec![
        store.get(&format!("applications/{APP}/listinappproducts")).await,
        store.get(&format!("applications/{APP}/listflights")).await,
        store.call("POST", "inappproducts", Some(&new_add_on)).await,
        store.call("POST", &format!("applications/{APP}/flights"), Some(&json!({}))).await,
        store.delete(&flight()).await,
        store.delete(&add_on()).await,
        store.get(&format!("{}/submissions/1152921505700310001/packagerollout", app())).await,
        store.post(&format!("{}/submissions/1152921505700310021/haltpackagerollout", flight())).await,
    ];
    for place in [app(), add_on(), flight()] {
        answers.push(store.get(&place).await);
        answers.push(store.post(&format!("{place}/submissions")).await);
    }
    for answer in answers {
        let (status, code, message) = answer.refusal();
        assert_eq!((status, code), (409, "InvalidState"), "{:?}", answer.body);
        assert!(message.starts_with("This application uses features that are not supported by the submission API."));
    }
}
