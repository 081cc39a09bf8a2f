//! Add-ons: made and deleted, and their submissions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::Pace;
use serde_json::{Value, json};
use support::{ADD_ON, APP, Answer, Packing, Store, add_on, archive, path_of, sample};

fn new(product_id: &str) -> Value {
    json!({ "applicationIds": [APP], "productId": product_id, "productType": "Consumable" })
}

async fn create(store: &Store, request: &Value) -> Answer {
    store.call("POST", "inappproducts", Some(request)).await
}

/// What an add-on's first submission can be updated with.
fn whole() -> Value {
    json!({
        "contentType": "EMagazine",
        "keywords": ["charts"],
        "lifetime": "ThreeMonths",
        "listings": { "en-gb": { "description": "Fifty charts.", "title": "Fifty charts" } },
        "pricing": { "marketSpecificPricings": { "NO": "Tier1020" }, "priceId": "Tier1012" },
        "targetPublishMode": "Immediate",
        "targetPublishDate": "",
        "tag": "sku=50",
        "visibility": "Public",
    })
}

#[tokio::test]
async fn an_add_on_is_made_without_a_submission_listed_and_deleted() {
    let store = Store::at(Pace::Manual).await;
    let created =
        create(&store, &json!({ "ApplicationIds": [APP.to_lowercase()], "ProductId": "a.b-c", "PRODUCTTYPE": "Durable" })).await;
    assert_eq!(created.status, 201, "{:?}", created.body);
    let id = created.body["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 12);
    let app = json!({ "id": APP, "resourceLocation": format!("applications/{APP}") });
    let expected = json!({
        "applications": { "value": [app], "totalCount": 1 },
        "id": id,
        "productId": "a.b-c",
        "productType": "Durable",
    });
    assert_eq!(created.body, expected);
    assert_eq!(store.get(&format!("inappproducts/{id}")).await.body, expected);
    let all = store.get("inappproducts").await.body;
    assert_eq!((&all["totalCount"], &all["value"][2]["id"]), (&json!(3), &json!(id)));
    let of_app = store.get(&format!("applications/{APP}/listinappproducts")).await.body;
    assert_eq!((&of_app["totalCount"], &of_app["value"][2]), (&json!(3), &json!({ "inAppProductId": id })));

    let deleted = store.delete(&format!("inappproducts/{id}")).await;
    assert_eq!((deleted.status.as_u16(), &deleted.body), (204, &Value::Null));
    assert_eq!(store.get(&format!("inappproducts/{id}")).await.refusal(), (404, "ResourceNotFound", "In app product not found"));
    assert_eq!(store.delete(&format!("inappproducts/{id}")).await.status, 404);
    assert_eq!(store.get(&format!("applications/{APP}/listinappproducts")).await.body["totalCount"], 2);
}

#[tokio::test]
async fn a_request_for_an_add_on_follows_the_rules() {
    let store = Store::at(Pace::Manual).await;
    let table = [
        (json!({}), 400, "applicationIds"),
        (json!([]), 400, "inAppProduct"),
        (json!({ "applicationIds": [], "productId": "x", "productType": "Durable" }), 400, "applicationIds"),
        (json!({ "applicationIds": APP, "productId": "x", "productType": "Durable" }), 400, "applicationIds"),
        (json!({ "applicationIds": [5], "productId": "x", "productType": "Durable" }), 400, "applicationIds"),
        (json!({ "applicationIds": [APP, APP], "productId": "x", "productType": "Durable" }), 400, "applicationIds"),
        (json!({ "applicationIds": ["9NOSUCHAPP00"], "productId": "x", "productType": "Durable" }), 400, "applicationIds"),
        (json!({ "applicationIds": [APP], "productType": "Durable" }), 400, "productId"),
        (json!({ "applicationIds": [APP], "productId": null, "productType": "Durable" }), 400, "productId"),
        (json!({ "applicationIds": [APP], "productId": "x" }), 400, "productType"),
        (json!({ "applicationIds": [APP], "productId": "x", "productType": "durable" }), 400, "productType"),
        (json!({ "applicationIds": [APP], "productId": "x".repeat(101), "productType": "Durable" }), 400, "productId"),
        // Of the same app, and in another case.
        (json!({ "applicationIds": [APP], "productId": "Tide-Tables-2027", "productType": "Durable" }), 409, "productId"),
    ];
    for (request, status, target) in table {
        let refused = create(&store, &request).await;
        assert_eq!((refused.refusal().0, &refused.body["target"]), (status, &json!(target)), "{request}");
    }
    for letter in "<>*%&:\\?+,".chars() {
        assert_eq!(create(&store, &new(&format!("a{letter}b"))).await.refusal().0, 400, "{letter}");
    }
    assert_eq!(store.post("inappproducts").await.status, 400);
    assert_eq!(create(&store, &new(&"x".repeat(100))).await.status, 201);
    assert_eq!(store.get("inappproducts").await.body["totalCount"], 3);
}

#[tokio::test]
async fn what_is_live_or_committed_cannot_be_deleted_and_a_draft_goes_with_its_add_on() {
    let store = Store::at(Pace::Manual).await;
    assert_eq!(store.delete(&add_on()).await.refusal().1, "InvalidState");

    let created = create(&store, &new("draft")).await.body;
    let place = format!("inappproducts/{}", created["id"].as_str().unwrap());
    let draft = store.draft_of(&place).await;
    assert_eq!(store.delete(&place).await.status, 204);
    assert_eq!(store.get(&path_of(&place, &draft)).await.status, 404);

    let created = create(&store, &new("committed")).await.body;
    let place = format!("inappproducts/{}", created["id"].as_str().unwrap());
    let draft = store.draft_of(&place).await;
    store.put(&path_of(&place, &draft), &whole()).await;
    store.commit_of(&place, &draft).await;
    assert_eq!(store.delete(&place).await.refusal().0, 409);
    assert_eq!(store.get(&place).await.body["pendingInAppProductSubmission"]["id"], draft["id"]);
}

#[tokio::test]
async fn the_first_draft_is_invalid_as_it_comes() {
    let store = Store::at(Pace::Instant).await;
    let created = create(&store, &new("first")).await.body;
    let place = format!("inappproducts/{}", created["id"].as_str().unwrap());
    let draft = store.draft_of(&place).await;
    let names: Vec<&String> = draft.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "id",
            "contentType",
            "keywords",
            "lifetime",
            "listings",
            "pricing",
            "targetPublishDate",
            "targetPublishMode",
            "tag",
            "visibility",
            "status",
            "statusDetails",
            "fileUploadUrl",
            "friendlyName"
        ]
    );
    assert_eq!((&draft["contentType"], &draft["pricing"]["priceId"]), (&json!("NotSet"), &json!("Base")));
    assert_eq!((&draft["listings"], &draft["friendlyName"]), (&json!({}), &json!("Submission 1")));
    assert_eq!(draft["statusDetails"]["warnings"], json!([]));
    let refused = store.put(&path_of(&place, &draft), &draft).await;
    assert_eq!(refused.refusal(), (400, "InvalidParameterValue", "'Base' is not a valid PriceId for base price."));

    // A commit is taken all the same, and fails without saying why.
    store.commit_of(&place, &draft).await;
    let status = store.status_of(&place, &draft).await;
    assert_eq!(
        (&status["status"], &status["statusDetails"]["errors"][0]["code"]),
        (&json!("CommitFailed"), &json!("InvalidState"))
    );
    assert_eq!(store.delete(&path_of(&place, &draft)).await.status, 204);

    let draft = store.draft_of(&place).await;
    let updated = store.put(&path_of(&place, &draft), &whole()).await;
    assert_eq!(updated.status, 200, "{:?}", updated.body);
    store.commit_of(&place, &draft).await;
    assert_eq!(store.status_of(&place, &draft).await["status"], "Published");
    let live = store.get(&place).await.body;
    assert_eq!(live["lastPublishedInAppProductSubmission"]["id"], draft["id"]);
    assert_eq!(live.get("pendingInAppProductSubmission"), None);
    // The next draft is a clone.
    let next = store.draft_of(&place).await;
    assert_eq!((&next["tag"], &next["friendlyName"]), (&json!("sku=50"), &json!("Submission 2")));
}

#[tokio::test]
async fn what_is_stored_is_read_back_and_has_the_services_form() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft_of(&add_on()).await;
    let mut request = whole();
    request["Keywords"] = request.as_object_mut().unwrap().shift_remove("keywords").unwrap();
    request["targetPublishDate"] = Value::Null;
    request["somethingElse"] = json!(1);
    let updated = store.put(&path_of(&add_on(), &draft), &request).await.body;
    assert_eq!(updated, {
        let mut read = store.get(&path_of(&add_on(), &draft)).await.body;
        read["fileUploadUrl"] = updated["fileUploadUrl"].clone();
        read
    });
    assert_eq!((&updated["keywords"], &updated["lifetime"]), (&json!(["charts"]), &json!("ThreeMonths")));
    assert_eq!(updated["targetPublishDate"], "1601-01-01T00:00:00.0000000Z");
    let pricing = json!({
        "marketSpecificPricings": { "NO": "Tier1020" },
        "sales": [],
        "priceId": "Tier1012",
        "isAdvancedPricingModel": true,
    });
    assert_eq!((&updated["pricing"], updated.get("somethingElse")), (&pricing, None));
    // Without a price id it is free, without a word.
    request["pricing"] = json!({});
    assert_eq!(store.put(&path_of(&add_on(), &draft), &request).await.body["pricing"]["priceId"], "Free");
}

/// A way to spoil a document.
type Spoil = fn(&mut Value);

#[tokio::test]
async fn every_rule_of_an_update_refuses() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft_of(&add_on()).await;
    let table: &[(Spoil, &str)] = &[
        (|d| d["pricing"] = Value::Null, "Pricing data was not provided in the request."),
        (|d| d["pricing"]["priceId"] = json!("Base"), "'Base' is not a valid PriceId for base price."),
        (|d| d["pricing"]["priceId"] = json!("Tier97"), "'Tier97' is not a valid value for PriceId."),
        (|d| d["listings"] = json!({}), "The size of Listings must be 1 or more"),
        (|d| d["listings"]["de-DE"] = json!({ "title": "x" }), "Language codes: de-DE not supported"),
        (|d| d["contentType"] = json!("NotSet"), "'NotSet' is not a valid value for ContentType."),
        (|d| d["contentType"] = Value::Null, "'NotSet' is not a valid value for ContentType."),
        (|d| d["lifetime"] = json!("forever"), "'forever' is not a valid value for Lifetime."),
        (|d| d["visibility"] = json!("public"), "'public' is not a valid value for Visibility."),
        (|d| d["targetPublishMode"] = json!("Later"), "'Later' is not a valid value for TargetPublishMode."),
        (|d| d["targetPublishDate"] = json!("soon"), "The value of targetPublishDate is not a date."),
        (|d| d["listings"]["en-gb"]["title"] = json!("x".repeat(101)), "The length of Title must be 100 or less"),
        (|d| d["listings"]["en-gb"]["description"] = json!("x".repeat(201)), "The length of Description must be 200 or less"),
        (|d| d["keywords"] = json!(vec!["k"; 11]), "The size of Keywords must be 10 or less"),
        (|d| d["keywords"] = json!(["k".repeat(31)]), "The length of Keywords must be 30 or less"),
        (|d| d["tag"] = json!("x".repeat(3001)), "The length of Tag must be 3000 or less"),
        (|d| d["id"] = json!("1"), "The id in the request is not that of the submission."),
        (
            |d| d["listings"]["en-gb"]["icon"] = json!({ "fileStatus": "PendingUpload" }),
            "The new icon of the listing in en-gb has no",
        ),
        (
            |d| d["listings"]["en-gb"]["icon"] = json!({ "fileName": "a.png", "fileStatus": "Uploaded" }),
            "The listing in en-gb has no icon; a new one is marked PendingUpload.",
        ),
        (
            |d| d["listings"]["en-gb"]["icon"] = json!({ "fileName": "a.png", "fileStatus": "PendingDelete" }),
            "The listing in en-gb has no icon; a new one is marked PendingUpload.",
        ),
        (
            |d| d["listings"]["en-gb"]["icon"] = json!({ "fileName": "a.png" }),
            "The icon of the listing in en-gb has the status None",
        ),
    ];
    for (spoil, message) in table {
        let mut request = whole();
        spoil(&mut request);
        let refused = store.put(&path_of(&add_on(), &draft), &request).await;
        let (status, code, said) = refused.refusal();
        assert_eq!((status, code), (400, "InvalidParameterValue"), "{message}");
        assert!(said.starts_with(message), "{said}");
    }
    let unchanged = store.get(&path_of(&add_on(), &draft)).await.body;
    assert_eq!(unchanged["listings"], draft["listings"]);
    assert_eq!(store.put(&path_of(&add_on(), &draft), &whole()).await.status, 200);
}

#[tokio::test]
async fn an_icon_comes_stays_and_goes() {
    let store = Store::at(Pace::Instant).await;
    let place = add_on();
    let icon = |document: &Value| document["listings"]["en-gb"].get("icon").cloned();
    let mut draft = store.draft_of(&place).await;
    draft["listings"]["en-gb"]["icon"] = json!({ "fileName": "icons\\tide.png", "fileStatus": "PendingUpload" });
    let draft = store.update_of(&place, &draft).await;
    // Without its file the commit fails.
    store.upload(&draft, archive(Packing::Stored, &[("tide.png", b"\x89PNG")])).await;
    store.commit_of(&place, &draft).await;
    assert_eq!(store.status_of(&place, &draft).await["statusDetails"]["errors"][0]["code"], "MissingFiles");
    store.delete(&path_of(&place, &draft)).await;

    let mut draft = store.draft_of(&place).await;
    draft["listings"]["en-gb"]["icon"] = json!({ "fileName": "icons/tide.png", "fileStatus": "PendingUpload" });
    let draft = store.update_of(&place, &draft).await;
    store.upload(&draft, archive(Packing::Deflated, &[("icons/tide.png", b"\x89PNG")])).await;
    store.commit_of(&place, &draft).await;
    assert_eq!(store.status_of(&place, &draft).await["status"], "Published");
    let there = json!({ "fileName": "icons/tide.png", "fileStatus": "Uploaded" });
    assert_eq!(icon(&store.get(&path_of(&place, &draft)).await.body), Some(there.clone()));

    // One that an update does not name stays, and needs no archive.
    let mut draft = store.draft_of(&place).await;
    draft["listings"]["en-gb"].as_object_mut().unwrap().shift_remove("icon");
    let draft = store.update_of(&place, &draft).await;
    assert_eq!(icon(&draft), Some(there));
    let names: Vec<&String> = draft["listings"]["en-gb"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["description", "icon", "title"]);
    store.commit_of(&place, &draft).await;
    assert_eq!(store.status_of(&place, &draft).await["status"], "Published");

    let mut draft = store.draft_of(&place).await;
    draft["listings"]["en-gb"]["icon"]["fileStatus"] = json!("PendingDelete");
    let draft = store.update_of(&place, &draft).await;
    store.commit_of(&place, &draft).await;
    assert_eq!(icon(&store.get(&path_of(&place, &draft)).await.body), None);
}

#[tokio::test]
async fn a_listing_needs_a_title_and_a_new_language_is_remarked_on() {
    let store = Store::at(Pace::Instant).await;
    let place = add_on();
    let mut draft = store.draft_of(&place).await;
    draft["listings"]["fr-fr"] = json!({ "description": "Marées" });
    let draft = store.update_of(&place, &draft).await;
    store.commit_of(&place, &draft).await;
    let details = store.status_of(&place, &draft).await["statusDetails"].clone();
    assert_eq!(details["errors"][0]["details"], "Validation error: MissingTitle");
    assert_eq!(details["warnings"][0]["code"], "ListingOptInWarning");
}

#[tokio::test]
async fn one_submission_at_a_time_in_the_words_of_add_ons() {
    let store = Store::at(Pace::Manual).await;
    let place = add_on();
    let draft = store.draft_of(&place).await;
    let second = store.post(&format!("{place}/submissions")).await;
    assert_eq!(second.refusal(), (409, "InvalidState", "In app product already has an in-progress submission"));
    assert_eq!(second.body.get("target"), None);
    // Each product has a place of its own.
    store.draft_of("inappproducts/9NBQY02BUQY8").await;
    store.draft().await;
    assert_eq!(store.delete(&path_of(&place, &draft)).await.status, 204);
    assert_eq!(store.get(&place).await.body.get("pendingInAppProductSubmission"), None);
    let empty = store.call("POST", &format!("{place}/submissions"), Some(&json!({}))).await;
    assert_eq!(empty.refusal(), (400, "InvalidParameterValue", "The size of Listings must be 1 or more"));
    let with_document = store.call("POST", &format!("{place}/submissions"), Some(&whole())).await;
    assert_eq!((with_document.status.as_u16(), &with_document.body["tag"]), (201, &json!("sku=50")));
}

#[tokio::test]
async fn a_submission_of_another_add_on_is_a_conflict() {
    let store = Store::at(Pace::Manual).await;
    for place in [format!("inappproducts/{ADD_ON}"), format!("applications/{APP}")] {
        let answer = store.get(&format!("{place}/submissions/1152921505700310012")).await;
        assert_eq!(answer.refusal().0, 409);
    }
    assert_eq!(store.get(&format!("inappproducts/{ADD_ON}/submissions/5")).await.refusal().2, "Submission not found");
}

#[tokio::test]
async fn a_draft_of_the_portal_is_not_touched() {
    let mut account = sample();
    let mut pending = account["inAppProducts"][0]["publishedSubmission"].clone();
    pending["id"] = json!("1152921505700319998");
    account["inAppProducts"][0]["pendingSubmission"] = pending;
    account["inAppProducts"][0]["origin"] = json!("portal");
    let mut flight = account["flights"][0]["publishedSubmission"].clone();
    flight["id"] = json!("1152921505700319997");
    account["flights"][0].as_object_mut().unwrap().remove("publishedSubmission");
    account["flights"][0]["pendingSubmission"] = flight;
    account["flights"][0]["origin"] = json!("portal");
    let store = Store::of(&account).await;
    for (product, id) in [(add_on(), "1152921505700319998"), (support::flight(), "1152921505700319997")] {
        let place = format!("{product}/submissions/{id}");
        let draft = store.get(&place).await.body;
        assert_eq!((&draft["status"], draft.get("fileUploadUrl")), (&json!("PendingCommit"), None));
        let refused = [store.put(&place, &draft).await, store.post(&format!("{place}/commit")).await, store.delete(&place).await];
        for refused in refused {
            assert_eq!((refused.refusal().0, refused.refusal().1), (400, "InvalidOperation"));
        }
        assert_eq!(store.post(&format!("{product}/submissions")).await.status, 409);
    }
    // Nor does the flight go with it.
    assert_eq!(store.delete(&support::flight()).await.refusal().1, "InvalidOperation");
}
