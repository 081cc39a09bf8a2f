//! Sign-in without a secret, for machines in Azure; and the documents that sign-in libraries look at first.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use flightline_emulator::Emulator;
use flightline_emulator::serve::{Listen, Server, Tls};
use http::Request;
use serde_json::json;
use support::{Answer, Store, sample};

async fn get(emulator: &Emulator, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(emulator.answer(request.body(Bytes::new()).unwrap()).await)
}

async fn opens_the_api(emulator: &Emulator, token: &Answer) {
    assert_eq!(token.status, 200, "{:?}", token.body);
    let bearer = format!("Bearer {}", token.body["access_token"].as_str().unwrap());
    assert_eq!(get(emulator, "/v1.0/my/applications", &[("Authorization", &bearer)]).await.status, 200);
}

fn number(answer: &Answer) -> (u16, u64) {
    (answer.status.as_u16(), answer.body["error_codes"][0].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn a_machine_in_azure_asks_without_a_secret() {
    let mut account = sample();
    account["identityHeader"] = json!("opensesame");
    let store = Store::of(&account).await;
    let client = store.account.client_id();
    let resource = "resource=https%3A%2F%2Fmanage.devcenter.microsoft.com";
    let machine = "/metadata/identity/oauth2/token?api-version=2018-02-01";
    let header = [("Metadata", "true")];
    let token = get(&store.emulator, &format!("{machine}&{resource}&client_id={client}"), &header).await;
    opens_the_api(&store.emulator, &token).await;
    let names: Vec<&String> = token.body.as_object().unwrap().keys().collect();
    let common = ["access_token", "client_id", "expires_on", "resource", "token_type"];
    assert_eq!(names, [&common[..], &["expires_in", "ext_expires_in", "not_before"]].concat());
    assert!(token.body["expires_in"].is_string() && token.body["expires_on"].is_string());
    for (path, headers, message) in [
        (format!("{machine}&{resource}"), &[][..], "Required metadata header not specified"),
        (format!("{machine}&{resource}"), &[("Metadata", "yes")], "Required metadata header not specified"),
        (machine.to_owned(), &header, "Required query variable 'resource' is missing"),
        (format!("/metadata/identity/oauth2/token?{resource}"), &header, "Required query variable 'api-version' is missing"),
        (format!("{machine}&{resource}&client_id=other"), &header, "Identity not found"),
    ] {
        let refused = get(&store.emulator, &path, headers).await;
        assert_eq!((refused.status.as_u16(), &refused.body["error_description"]), (400, &json!(message)));
    }
    let elsewhere = get(&store.emulator, &format!("{machine}&resource=https://graph.microsoft.com"), &header).await;
    assert_eq!(number(&elsewhere), (400, 500_011));

    let service = format!("/msi/token?api-version=2019-08-01&{resource}");
    let token = get(&store.emulator, &service, &[("X-IDENTITY-HEADER", "opensesame")]).await;
    opens_the_api(&store.emulator, &token).await;
    assert_eq!(token.body.as_object().unwrap().keys().collect::<Vec<_>>(), common);
    for headers in [&[][..], &[("X-IDENTITY-HEADER", "open")]] {
        assert_eq!(get(&store.emulator, &service, headers).await.status, 401);
    }
}

#[tokio::test]
async fn libraries_find_out_where_things_are() {
    let store = Store::of(&sample()).await;
    let tenant = store.account.tenant_id();
    let root = format!("https://login.microsoftonline.com/{tenant}");
    let configuration = get(&store.emulator, &format!("{root}/v2.0/.well-known/openid-configuration"), &[]).await;
    assert_eq!(configuration.status, 200);
    for (name, place) in [
        ("token_endpoint", "oauth2/v2.0/token"),
        ("issuer", "v2.0"),
        ("authorization_endpoint", "oauth2/v2.0/authorize"),
        ("jwks_uri", "discovery/v2.0/keys"),
    ] {
        assert_eq!(configuration.body[name], format!("{root}/{place}"), "{name}");
    }
    let first =
        get(&store.emulator, &format!("/{tenant}/.well-known/openid-configuration"), &[("Host", "login.windows.net")]).await;
    assert_eq!(first.body["token_endpoint"], format!("https://login.windows.net/{tenant}/oauth2/token"));
    let unknown = get(&store.emulator, "/nowhere.example/v2.0/.well-known/openid-configuration", &[]).await;
    assert_eq!(number(&unknown), (400, 90_002));
    let instance =
        get(&store.emulator, "/common/discovery/instance?api-version=1.1&authorization_endpoint=x", &[("Host", "login.example")])
            .await;
    let aliases = instance.body["metadata"][0]["aliases"].as_array().unwrap();
    assert!(aliases.contains(&json!("login.microsoftonline.com")) && aliases.contains(&json!("login.example")));
    assert!(instance.body["tenant_discovery_endpoint"].as_str().unwrap().ends_with("/v2.0/.well-known/openid-configuration"));
    let keys = get(&store.emulator, &format!("/{tenant}/discovery/v2.0/keys"), &[]).await;
    assert_eq!((&keys.body["keys"][0]["kty"], keys.body["keys"][0]["x"].as_str().unwrap().len()), (&json!("EC"), 43));
}

#[tokio::test]
async fn a_port_without_tls_says_so_in_what_it_names() {
    let store = Store::of(&sample()).await;
    let server = Server::start(store.emulator.clone(), Listen { tls: Tls::Off, ..Listen::local() }).unwrap();
    let (api, tenant) = (server.ready().api, store.account.tenant_id().to_owned());
    let address = api.trim_start_matches("http://").to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.await.unwrap().contains(&format!("\"token_endpoint\":\"{api}/")));
    server.stop().await;
}
