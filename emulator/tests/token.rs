//! The token endpoints, and what the API does with tokens.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use flightline_emulator::{Account, Pace};
use http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;
use support::{Answer, Store, sample};

const RESOURCE: &str = "https://manage.devcenter.microsoft.com";

async fn ask(store: &Store, path: &str, form: &str) -> Answer {
    let request = Request::post(path).body(Bytes::from(form.to_owned())).unwrap();
    Answer::read(store.emulator.answer(request).await)
}

async fn with_token(store: &Store, header: &str) -> Answer {
    let request = Request::get("/v1.0/my/applications").header("Authorization", header).body(Bytes::new()).unwrap();
    Answer::read(store.emulator.answer(request).await)
}

fn form(account: &Account, more: &str) -> String {
    // As it is: many clients escape nothing, and what they find in the sample account has to do for them.
    let secret = account.client_secret();
    format!("grant_type=client_credentials&client_id={}&client_secret={secret}&{more}", account.client_id())
}

#[tokio::test]
async fn version_one_writes_numbers_as_text_and_version_two_as_numbers() {
    let store = Store::at(Pace::Instant).await;
    let tenant = store.account.tenant_id().to_owned();
    let one = ask(&store, &format!("/{tenant}/oauth2/token"), &form(&store.account, &format!("resource={RESOURCE}"))).await;
    assert_eq!(one.status, 200);
    assert_eq!(one.body["expires_in"], "3599");
    assert_eq!(one.body["resource"], RESOURCE);
    assert!(one.body["expires_on"].as_str().unwrap().parse::<i64>().is_ok());

    let scope = "scope=https%3A%2F%2Fmanage.devcenter.microsoft.com%2F.default";
    let two = ask(&store, &format!("/{tenant}/oauth2/v2.0/token"), &form(&store.account, scope)).await;
    assert_eq!(two.status, 200);
    assert_eq!(two.body["expires_in"], 3599);
    assert_eq!(two.body.get("resource"), None);

    for token in [&one.body["access_token"], &two.body["access_token"]] {
        let token = token.as_str().unwrap();
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert_eq!(with_token(&store, &format!("{scheme} {token}")).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_form_may_be_written_carelessly() {
    let store = Store::at(Pace::Instant).await;
    let form = form(&store.account, &format!("resource={RESOURCE}")).replace('&', "\r\n&");
    let answer = ask(&store, &format!("/{}/oauth2/token", store.account.tenant_id()), &form).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
}

#[tokio::test]
async fn a_plus_that_is_not_escaped_is_a_space_and_the_secret_another() {
    let mut account: Value = serde_json::from_str(include_str!("../src/sample/account.json")).unwrap();
    account["clientSecret"] = "a+b".into();
    let store = Store::of(&account).await;
    let path = format!("/{}/oauth2/token", store.account.tenant_id());
    for (secret, status) in [("a+b", 401), ("a%2Bb", 200)] {
        let who = format!("client_id={}&client_secret={secret}", store.account.client_id());
        let answer = ask(&store, &path, &format!("grant_type=client_credentials&{who}&resource={RESOURCE}")).await;
        assert_eq!(answer.status, status, "{secret}");
    }
}

#[tokio::test]
async fn what_entra_refuses_is_refused_in_its_words() {
    let store = Store::at(Pace::Instant).await;
    let account = &store.account;
    let (tenant, client) = (account.tenant_id(), account.client_id());
    let one = format!("/{tenant}/oauth2/token");
    let two = format!("/{tenant}/oauth2/v2.0/token");
    let resource = format!("resource={RESOURCE}");
    let table = [
        (
            &one,
            format!("grant_type=client_credentials&client_id={client}&client_secret=no&{resource}"),
            401,
            "invalid_client",
            7_000_215,
        ),
        (&one, format!("grant_type=client_credentials&client_id={client}&{resource}"), 401, "invalid_client", 7_000_218),
        (&one, form(account, &resource).replace(client, "someone"), 400, "unauthorized_client", 700_016),
        (&one, form(account, "resource=https://graph.microsoft.com"), 400, "invalid_resource", 500_011),
        (&one, form(account, ""), 400, "invalid_request", 900_144),
        (&one, format!("client_id={client}"), 400, "invalid_request", 900_144),
        (&one, form(account, &resource).replace("client_credentials", "urn:x"), 400, "unsupported_grant_type", 70_003),
        (&one, json!({ "grant_type": "client_credentials" }).to_string(), 400, "invalid_request", 900_144),
        (&two, form(account, &resource), 400, "invalid_request", 900_144),
        (&two, form(account, &format!("scope={RESOURCE}")), 400, "invalid_scope", 1_002_012),
        (&two, form(account, "scope=https://graph.microsoft.com/.default"), 400, "invalid_resource", 500_011),
    ];
    let elsewhere = "/somewhere.example/oauth2/token".to_owned();
    let unknown = (&elsewhere, form(account, &resource), 400, "invalid_request", 90_002);
    for (path, form, status, error, number) in table.into_iter().chain([unknown]) {
        let answer = ask(&store, path, &form).await;
        assert_eq!((answer.status.as_u16(), &answer.body["error"]), (status, &Value::from(error)), "{form}");
        assert_eq!(answer.body["error_codes"], json!([number]));
        let description = answer.body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
        for part in ["Trace ID: ", "Correlation ID: ", "Timestamp: "] {
            assert!(description.contains(part), "{description}");
        }
        for member in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
            assert!(answer.body[member].is_string(), "{member}");
        }
        assert!(!answer.body.to_string().contains(account.client_secret()));
    }
}

#[tokio::test]
async fn a_resource_with_a_slash_gets_a_token_that_the_api_refuses() {
    let store = Store::at(Pace::Instant).await;
    let tenant = store.account.tenant_id();
    let slash = form(&store.account, &format!("resource={RESOURCE}/"));
    let one = ask(&store, &format!("/{tenant}/oauth2/token"), &slash).await;
    let slash = form(&store.account, &format!("scope={RESOURCE}//.default"));
    let two = ask(&store, &format!("/{tenant}/oauth2/v2.0/token"), &slash).await;
    for answer in [one, two] {
        assert_eq!(answer.status, 200);
        let token = answer.body["access_token"].as_str().unwrap();
        assert_eq!(with_token(&store, &format!("Bearer {token}")).await.status, 401);
    }
}

#[tokio::test]
async fn a_token_that_is_none_is_refused() {
    let store = Store::at(Pace::Instant).await;
    let good = store.bearer();
    let mut altered = good.clone();
    let last = altered.pop().unwrap();
    altered.insert(altered.len() - 5, last);
    let other = Store::at(Pace::Instant).await.bearer();
    let unsigned = "Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.e30.";
    for header in ["", "Bearer", "Bearer x.y.z", "Basic abc", unsigned, &altered, &other, &good.replacen("Bearer ", "", 1)] {
        let answer = with_token(&store, header).await;
        assert_eq!(answer.status, 401, "{header}");
        assert_eq!(answer.body["code"], "Unauthorized");
        let correlation = answer.headers["ms-correlationid"].to_str().unwrap();
        assert_eq!(answer.body["message"], format!("Identity cannot be authorized. CorrelationId: {correlation}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_lives_for_an_hour() {
    let store = Store::at(Pace::Instant).await;
    let start = store.emulator.now();
    tokio::time::advance(Duration::from_secs(3598)).await;
    assert_eq!(with_token(&store, &store.bearer()).await.status, 200);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(with_token(&store, &store.bearer()).await.status, 401);
    assert_eq!(store.emulator.now().duration_since(start), SignedDuration::from_hours(1));
}

#[tokio::test]
async fn a_principal_without_a_role_hears_nothing() {
    let mut account = sample();
    account["role"] = json!("none");
    let store = Store::of(&account).await;
    let answer = store.get("applications").await;
    assert_eq!((answer.status.as_u16(), answer.body), (403, Value::Null));
    assert!(answer.headers.contains_key("ms-correlationid"));
}
