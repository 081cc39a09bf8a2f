//! Signing in: when a token is asked for, and what becomes of every answer that brings none.

use crate::line::{Act, PAGE, Seen, Service, answer, busy};
use crate::scene::{Scene, app, target};
use bytes::Bytes;
use flightline_client::auth::Credentials;
use flightline_client::error::{Error, Kind, Outcome};
use flightline_client::secret::ClientSecret;
use flightline_emulator::Account;
use futures::future::join_all;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, advance};

#[tokio::test(start_paused = true)]
async fn one_token_serves_all() {
    let scene = Scene::with(Service::Login, |_| Act::Late(Duration::from_secs(2)));
    let reader = scene.reader();
    let app = app();
    for read in join_all((0..10).map(|_| reader.app(&app))).await {
        read.unwrap();
    }
    assert_eq!(scene.line.of(Service::Login).len(), 1);
    assert_eq!(scene.line.of(Service::Api).len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_ahead_of_its_end_for_hours() {
    let scene = Scene::new();
    let reader = scene.reader();
    let reads = 12 * 60 / 7;
    for _ in 0..reads {
        reader.app(&app()).await.unwrap();
        advance(Duration::from_secs(7 * 60)).await;
    }
    assert_eq!(scene.line.of(Service::Api).len(), reads, "nothing was refused and sent again");
    let logins = scene.line.of(Service::Login);
    assert_eq!(logins.len(), 13);
    for pair in logins.windows(2) {
        assert_eq!(pair[1].at - pair[0].at, Duration::from_secs(56 * 60));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_in_mid_flow_is_renewed_and_the_request_replayed() {
    let scene = Scene::new();
    let writer = scene.writer();
    writer.reader().app(&app()).await.unwrap();
    // The Store's clock is ahead of ours: the token has run out, and we cannot know.
    scene.control("/clock?forward=7200").await;
    writer.create_submission(&target()).await.unwrap();
    let calls: Vec<String> = scene.line.of(Service::Api).iter().map(Seen::call).collect();
    let create = format!("POST applications/{}/submissions", app());
    assert_eq!(calls, [format!("GET applications/{}", app()), create.clone(), create]);
    assert_eq!(scene.line.of(Service::Login).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_twice_ends_it() {
    let said = json!({"code": "Unauthorized", "message": "Identity cannot be authorized. CorrelationId: 7"}).to_string();
    let scene = Scene::with(Service::Api, move |_| Act::Instead(answer(401, said.clone())));
    let writer = scene.writer();
    let error = writer.create_submission(&target()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.status()), (Kind::Credentials, Outcome::NotDone, Some(401)));
    assert_eq!(error.code(), "Unauthorized");
    assert!(error.hint().unwrap().contains("Partner Center"));
    assert_eq!(scene.line.of(Service::Api).len(), 2);
    assert_eq!(scene.line.of(Service::Login).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_refused_tokens_asks_for_one_new_token() {
    let scene = Scene::new();
    let reader = scene.reader();
    let app = app();
    reader.app(&app).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    scene.control("/clock?forward=7200").await;
    for read in join_all((0..8).map(|_| reader.app(&app))).await {
        read.unwrap();
    }
    assert_eq!(scene.line.of(Service::Login).len(), 2);
}

/// Numbers are text in version 1 of the endpoint, and neither need be there.
#[tokio::test(start_paused = true)]
async fn lifetimes_are_read_in_every_spelling() {
    type Reword = fn(&str) -> String;
    let table: [(Reword, u64); 10] = [
        (|body| body.to_owned(), 3299),
        (|body| body.replace("\"expires_in\":3599", "\"expires_in\":\"3599\""), 3299),
        (|body| body.replace("\"expires_in\":3599", "\"Expires_In\":\"3599\",\"expires_on\":\"1900000000\""), 3299),
        (|body| body.replace("\"expires_in\":3599", "\"x\":1"), 3300),
        (|body| body.replace("\"expires_in\":3599", "\"expires_in\":\"soon\""), 3300),
        (|body| body.replace("\"expires_in\":3599", "\"expires_in\":-5"), 3300),
        (|body| body.replace("\"expires_in\":3599", "\"expires_in\":null"), 3300),
        (|body| body.replace("\"expires_in\":3599", "\"expires_in\":100"), 50),
        (|body| body.replace("\"expires_in\":3599", "\"expires_in\":0"), 0),
        (|body| body.replace("\"expires_in\":3599", "\"expires_in\":\"99999999999999\""), 24 * 3600 - 300),
    ];
    for (at, (reword, good)) in table.into_iter().enumerate() {
        let scene = Scene::with(Service::Login, move |_| Act::Reword(reword));
        let reader = scene.reader();
        reader.sign_in().await.unwrap();
        if good > 0 {
            advance(Duration::from_secs(good) - Duration::from_millis(1)).await;
            reader.sign_in().await.unwrap();
        }
        assert_eq!(scene.line.seen().len(), 1, "{at}");
        advance(Duration::from_millis(1)).await;
        reader.sign_in().await.unwrap();
        assert_eq!(scene.line.seen().len(), 2, "{at}");
    }
}

/// What Entra refuses, made to happen by altering the form on its way; the last is one that the emulator cannot be brought to say.
#[tokio::test(start_paused = true)]
async fn every_refusal_of_entra_has_its_code_and_a_hint_that_helps() {
    type Alter = fn(&str) -> String;
    const JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let table: [(Alter, &str, &str); 14] = [
        (|form| form.replace("sample-secret", "other-secret"), "AADSTS7000215", "not its id"),
        (|form| form.replace("client_secret=", "client_secret=&x="), "AADSTS7000218", "FLIGHTLINE_CLIENT_SECRET"),
        (|form| form.replace("client_id=b7e0", "client_id=ffff"), "AADSTS700016", "FLIGHTLINE_CLIENT_ID"),
        (|form| form.replace("client_id=", "id="), "AADSTS900144", "FLIGHTLINE_CLIENT_ID"),
        (|form| form.replace("manage.devcenter", "other"), "AADSTS500011", "Partner Center"),
        (|form| form.replace(".default", "read"), "AADSTS1002012", "FLIGHTLINE_TENANT_ID"),
        (|form| form.replace("scope=", "resource="), "AADSTS900144", "FLIGHTLINE_TENANT_ID"),
        (|form| form.replace("client_credentials", "juggling"), "AADSTS70003", "FLIGHTLINE_TENANT_ID"),
        (|form| form.replace("client_credentials", "password"), "AADSTS900144", "FLIGHTLINE_TENANT_ID"),
        (|form| form.replace("client_secret=", "client_assertion="), "AADSTS900144", "FLIGHTLINE_CLIENT_SECRET"),
        (
            |form| form.replace("client_secret=", &format!("client_assertion_type={JWT}&client_assertion=")),
            "AADSTS50027",
            "federated",
        ),
        (|form| form.replace("grant_type=", "grant="), "AADSTS900144", "FLIGHTLINE_TENANT_ID"),
        (|_| String::new(), "AADSTS900144", "FLIGHTLINE_TENANT_ID"),
        (|_| "{".to_owned(), "AADSTS900144", "FLIGHTLINE_TENANT_ID"),
    ];
    for (alter, code, hint) in table {
        let scene =
            Scene::with(Service::Login, move |seen| Act::Alter(Bytes::from(alter(std::str::from_utf8(&seen.body).unwrap()))));
        let error = scene.reader().sign_in().await.unwrap_err();
        assert_refused(&error, code, hint);
        assert_eq!(scene.line.seen().len(), 1, "{code}: asking again would not help");
    }

    let scene = Scene::new();
    let elsewhere = Credentials { tenant_id: "0badc0de-0000-4000-8000-000000000000".to_owned(), ..scene.credentials() };
    let error = scene.reader_as(elsewhere).sign_in().await.unwrap_err();
    assert_refused(&error, "AADSTS90002", "FLIGHTLINE_TENANT_ID");

    let expired = json!({
        "error": "invalid_client", "error_codes": [7_000_222],
        "error_description": "AADSTS7000222: The provided client secret keys for app 'b7e0' are expired.\r\nTrace ID: 1\r\nTimestamp: 2",
        "correlation_id": "0a1b2c3d-0000-4000-8000-000000000000",
    });
    let expired = expired.to_string();
    let scene = Scene::with(Service::Login, move |_| Act::Instead(answer(401, expired.clone())));
    let error = scene.reader().sign_in().await.unwrap_err();
    assert_refused(&error, "AADSTS7000222", "expired");
    assert_eq!(
        error.to_string(),
        "could not sign in: AADSTS7000222: The provided client secret keys for app 'b7e0' are expired."
    );
    assert_eq!(error.correlation_id(), Some("0a1b2c3d-0000-4000-8000-000000000000"));
}

#[tokio::test(start_paused = true)]
async fn what_support_asks_for_is_an_id_and_nothing_else() {
    for (status, id, expected) in [
        (401, json!("0a1b2c3d-0000-4000-8000-000000000000"), Some("0a1b2c3d-0000-4000-8000-000000000000")),
        (503, json!("0a1b2c3d-0000-4000-8000-000000000000"), Some("0a1b2c3d-0000-4000-8000-000000000000")),
        (401, json!("\u{1b}[2Jgone"), None),
        (401, json!("a".repeat(1000)), None),
        (401, json!(7), None),
    ] {
        let said =
            json!({ "error": "x", "error_codes": [7_000_222], "error_description": "No.", "correlation_id": id }).to_string();
        let scene = Scene::with(Service::Login, move |_| Act::Instead(answer(status, said.clone())));
        assert_eq!(scene.reader().sign_in().await.unwrap_err().correlation_id(), expected, "{status} {id}");
    }
}

fn assert_refused(error: &Error, code: &str, hint: &str) {
    assert!(matches!(error, Error::SignIn { .. }), "{error:?}");
    assert_eq!((error.kind(), error.outcome(), error.code().as_str()), (Kind::Credentials, Outcome::NotDone, code));
    assert!(error.hint().unwrap().contains(hint), "{code}: {:?}", error.hint());
    let text = error.to_string();
    assert!(text.contains(&format!("{code}: ")), "{text}");
    assert!(!text.contains("Trace ID") && !text.contains("Timestamp") && !text.contains('\n'), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_number_is_found_in_the_words_where_it_is_nowhere_else() {
    let said = json!({"error": "invalid_client", "error_description": "AADSTS7000215: No."}).to_string();
    let scene = Scene::with(Service::Login, move |_| Act::Instead(answer(401, said.clone())));
    assert_eq!(scene.reader().sign_in().await.unwrap_err().code(), "AADSTS7000215");

    for said in
        [json!({"error": "invalid_client"}), json!({"error_codes": ["x"]}), json!({"error_codes": [-1, 99_999_999_999_u64]})]
    {
        let said = said.to_string();
        let scene = Scene::with(Service::Login, move |_| Act::Instead(answer(400, said.clone())));
        let error = scene.reader().sign_in().await.unwrap_err();
        assert_eq!((error.kind(), error.code().as_str()), (Kind::Credentials, "SignInFailed"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_a_token_is_not_entra() {
    for status in [200, 302, 400, 403, 407] {
        let scene = Scene::with(Service::Login, move |_| Act::Instead(answer(status, PAGE)));
        let error = scene.reader().sign_in().await.unwrap_err();
        assert!(matches!(&error, Error::NotJson { excerpt, .. } if excerpt.contains("sign in to use the network")), "{error:?}");
        assert_eq!((error.kind(), error.status(), error.code().as_str()), (Kind::Trouble, Some(status), "NotTheStore"));
        assert!(error.hint().unwrap().contains("FLIGHTLINE_LOGIN_URL"));
    }
    let enormous = format!("{{\"error\":\"{}\"}}", "x".repeat(1 << 20));
    let scene = Scene::with(Service::Login, move |_| Act::Instead(answer(400, enormous.clone())));
    let error = scene.reader().sign_in().await.unwrap_err();
    assert!(error.to_string().len() < 500, "{}", error.to_string().len());
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_usable_token_is_none() {
    for body in ["{}", "[]", "null", r#"{"access_token":""}"#, r#"{"access_token":7}"#, r#"{"access_token":"a\r\nX-Other: b"}"#] {
        let scene = Scene::with(Service::Login, move |_| Act::Instead(answer(200, body)));
        let error = scene.reader().sign_in().await.unwrap_err();
        assert!(matches!(error, Error::SignIn { aadsts: None, .. }), "{body}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_of_entra_is_waited_out_and_says_nothing_about_the_credentials() {
    let trouble = || {
        let said =
            json!({"error": "temporarily_unavailable", "error_codes": [90_033], "error_description": "AADSTS90033: Later."});
        answer(503, said.to_string())
    };
    let scene = Scene::with(Service::Login, move |seen| match seen.before {
        0 => Act::LoseAnswer,
        1 => Act::Refused,
        2 => Act::Instead(busy(429, "20")),
        3 => Act::Instead(trouble()),
        _ => Act::Pass,
    });
    let started = Instant::now();
    scene.reader().sign_in().await.unwrap();
    assert!((20..35).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());

    let scene = Scene::with(Service::Login, move |_| Act::Instead(trouble()));
    let reader = scene.reader();
    let error = reader.sign_in().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.code().as_str()), (Kind::Trouble, Some(503), "AADSTS90033"));
    assert_eq!(scene.line.seen().len(), 5);
    // A failure is not kept.
    scene.line.rule(|_| Act::Pass);
    reader.sign_in().await.unwrap();

    let scene = Scene::with(Service::Login, |_| Act::Instead(answer(429, "{}")));
    assert_eq!(scene.reader().sign_in().await.unwrap_err().kind(), Kind::Throttled);

    let scene = Scene::with(Service::Login, |_| Act::LoseRequest);
    let error = scene.reader().app(&app()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.code().as_str()), (Kind::Trouble, Outcome::NotDone, "ConnectionBroken"));
}

#[tokio::test(start_paused = true)]
async fn secrets_arrive_as_they_are_whatever_is_in_them() {
    for secret in ["a+b", "a b", "a%2Bb", "a&b=c", "~.-_", "ä€/?#:@!$'()*,;", "\"\\{}", "100%", "+ +", "="] {
        let account = json!({
            "tenantId": "5c1f7a0e-3d52-4b8a-9e07-6a2d41c8b9f3",
            "clientId": "b7e0d6c4-81f9-4a35-a2c8-0f9d3e5b7142",
            "clientSecret": secret,
        });
        let scene = Scene::of(Account::parse(&account.to_string()).unwrap());
        scene.reader().sign_in().await.unwrap_or_else(|error| panic!("{secret}: {error}"));
        let wrong = Credentials { client_secret: ClientSecret::new(format!("{secret}x")), ..scene.credentials() };
        assert!(scene.reader_as(wrong).sign_in().await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_cannot_lead_the_secret_elsewhere() {
    let scene = Scene::new();
    for tenant in ["../other", "a/b?c=#", "@example.org", "", "é"] {
        let odd = Credentials { tenant_id: tenant.to_owned(), ..scene.credentials() };
        scene.line.forget();
        assert!(scene.reader_as(odd).sign_in().await.is_err());
        for seen in scene.line.seen() {
            assert!(seen.path.ends_with("/oauth2/v2.0/token") && seen.query.is_empty(), "{tenant}: {}", seen.path);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_secret_goes_to_the_token_endpoint_and_the_token_to_the_api_alone() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    crate::scene::upload(&writer, &draft, &std::sync::Arc::new(crate::content::Held(Bytes::from_static(b"PK")))).await.unwrap();
    for seen in scene.line.seen() {
        let text = format!("{} {} {:?} {:?}", seen.path, seen.query, seen.headers, seen.body);
        assert_eq!(text.contains("sample-secret"), seen.service == Service::Login, "{}", seen.path);
        assert_eq!(seen.headers.contains_key("authorization"), seen.service == Service::Api, "{}", seen.path);
    }
}
