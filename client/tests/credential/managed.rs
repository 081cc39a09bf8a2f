//! Signing in as a machine in Azure.

use crate::scene::{CLIENT, Line, all_of, json_answer};
use bytes::Bytes;
use flightline_client::auth::{Credential, ManagedIdentity};
use flightline_client::error::Kind;
use flightline_client::secret::Token;
use flightline_client::transport::TransportError;
use http::Response;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const HEADER: &str = "header-of-the-service";

fn machine(client_id: Option<&str>) -> ManagedIdentity {
    ManagedIdentity::Machine { url: ManagedIdentity::MACHINE.to_owned(), client_id: client_id.map(str::to_owned) }
}

fn service(header: &str) -> ManagedIdentity {
    ManagedIdentity::AppService {
        url: "http://127.0.0.1:41234/msi/token".to_owned(),
        header: Token::new(header),
        client_id: None,
    }
}

#[tokio::test(start_paused = true)]
async fn machines_and_services_are_given_tokens() {
    let line = Line::of(&json!({"identityHeader": HEADER}));
    for identity in [machine(None), machine(Some(CLIENT)), service(HEADER)] {
        let reader = line.reader(Credential::ManagedIdentity(identity));
        reader.raw("applications").await.unwrap();
        let identity = reader.identity().await.unwrap();
        assert_eq!(identity.client_id.as_deref(), Some(CLIENT));
        assert!((3500..=3601).contains(&identity.expires_in.as_secs()), "{identity:?}");
    }
    let asked =
        line.to("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanage");
    assert_eq!((asked.len(), asked[0].header("metadata")), (2, "true"));
    assert!(!asked[0].address.contains("client_id") && asked[1].address.ends_with(&format!("&client_id={CLIENT}")));
    let asked = line.to("http://127.0.0.1:41234/msi/token?api-version=2019-08-01");
    assert_eq!(asked[0].header("x-identity-header"), HEADER);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_quoted_without_the_header() {
    let line = Line::of(&json!({"identityHeader": HEADER}));
    let other = "00000000-0000-4000-8000-000000000000";
    for (identity, words) in [(machine(Some(other)), "400 Identity not found"), (service("wrong-header"), "401 The header")] {
        let error = line.reader(Credential::ManagedIdentity(identity)).sign_in().await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!((error.code().as_str(), error.kind()), ("NoManagedIdentity", Kind::Credentials));
    }
    line.other(|seen| {
        Some(Ok(Response::builder().status(404).body(Bytes::from(format!("no {}", seen.header("x-identity-header")))).unwrap()))
    });
    let error = line.reader(Credential::ManagedIdentity(service("wrong-header"))).sign_in().await.unwrap_err();
    assert!(error.to_string().contains("404 no [redacted]") && !all_of(&error).contains("wrong-header"), "{error}");
    let text = format!("{:?} {:?}", service(HEADER), Credential::ManagedIdentity(service(HEADER)));
    assert!(text.contains("[redacted]") && !text.contains(HEADER), "{text}");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_answers_it_ends_in_time() {
    let line = Line::of(&json!({}));
    line.other(|_| Some(Err(TransportError::Connect { host: "169.254.169.254".to_owned(), source: "no route".into() })));
    let started = Instant::now();
    let error = line.reader(Credential::ManagedIdentity(machine(None))).sign_in().await.unwrap_err();
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Trouble, "ConnectionFailed"));
    line.other(|_| {
        let mut answer = json_answer(429, &json!({}));
        answer.headers_mut().insert("retry-after", "20".parse().unwrap());
        Some(Ok(answer))
    });
    let error = line.reader(Credential::ManagedIdentity(machine(None))).sign_in().await.unwrap_err();
    assert_eq!(error.code(), "NoManagedIdentity");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_only_when_it_ends_is_understood() {
    let line = Line::of(&json!({}));
    line.other(|seen| {
        let soon = jiff::Timestamp::from_second(4_000_000_000).unwrap().as_second();
        seen.address
            .contains("/metadata/")
            .then(|| Ok(json_answer(200, &json!({"access_token": "a.b.c", "expires_on": soon.to_string()}))))
    });
    let identity = line.reader(Credential::ManagedIdentity(machine(None))).identity().await.unwrap();
    assert_eq!(identity.expires_in, Duration::from_secs(24 * 3600), "no token lives longer than that");
}
