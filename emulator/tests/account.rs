//! Account files, sound and faulty.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::{Account, Error};
use serde_json::json;
use support::sample;

fn faults(text: &str) -> Vec<String> {
    match Account::parse(text) {
        Err(Error::Account(faults)) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_faults_are_told_at_once_with_their_places() {
    let mut account = sample();
    account["clientSecret"] = json!("");
    account.as_object_mut().unwrap().remove("tenantId");
    account["aplications"] = json!([]);
    account["applications"][0]["id"] = json!("a/b");
    account["applications"][0]["origin"] = json!("elsewhere");
    account["applications"][0]["publishedSubmission"]["pricing"] = json!([]);
    account["applications"][0]["publishedSubmission"]["applicationPackages"][1]["id"] = json!("2000000000310000001");
    account["inAppProducts"][1]["id"] = account["inAppProducts"][0]["id"].clone();
    account["flights"][0].as_object_mut().unwrap().remove("applicationId");
    account["flights"].as_array_mut().unwrap().push(json!(5));
    let faults = faults(&account.to_string());
    for expected in [
        "aplications: is no member of an account file",
        "tenantId: is missing",
        "clientSecret: is empty",
        "applications[0].id: \"a/b\" is not an app id",
        "applications[0].origin: is \"api\" or \"portal\"",
        "applications[0].publishedSubmission.pricing: is missing, or no JSON object",
        "applications[0].publishedSubmission.applicationPackages[1].id: 2000000000310000001 is there twice",
        "inAppProducts[0].applications: 9NHRBRL1GHTS is none of the applications",
        "inAppProducts[1].id: 9NBQY01TDES5 is there twice",
        "flights[0].applicationId: is missing",
        "flights[1]: is no JSON object",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(expected)), "{expected}\n{faults:#?}");
    }
}

#[tokio::test]
async fn what_a_file_leaves_out_is_filled_in() {
    let mut account = sample();
    account["inAppProducts"][0]["applications"] = json!({ "value": [{ "id": support::APP }] });
    let flight = account["flights"][0].as_object_mut().unwrap();
    flight.remove("groupIds");
    flight.remove("rankHigherThan");
    let store = support::Store::of(&account).await;
    let add_on = store.get(&support::add_on()).await.body;
    let place = format!("applications/{}", support::APP);
    let apps = json!({ "value": [{ "id": support::APP, "resourceLocation": place }], "totalCount": 1 });
    assert_eq!(add_on["applications"], apps);
    let flight = store.get(&support::flight()).await.body;
    assert_eq!((&flight["groupIds"], &flight["rankHigherThan"]), (&json!([]), &json!("Non-flighted submission")));
}

#[test]
fn a_file_that_is_no_json_is_one_fault() {
    assert!(faults("{\"tenantId\": ")[0].contains("line 1"));
    assert_eq!(faults("[]"), ["the file holds no JSON object"]);
    let error = Account::parse("[]").unwrap_err();
    assert_eq!(error.to_string(), "the account cannot be used:\n  the file holds no JSON object");
}

#[test]
fn an_account_does_not_print_its_secret() {
    let account = Account::sample().unwrap();
    assert!(!format!("{account:?}").contains(account.client_secret()));
}
