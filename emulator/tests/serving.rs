//! The emulator on real ports.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::serve::{Listen, Server, Tls};
use flightline_emulator::{Account, Emulator, Options};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

fn start(tls: Tls, data: Option<&std::path::Path>) -> (Server, Emulator) {
    let options = Options { data: data.map(Into::into), ..Options::new(Account::sample().unwrap()) };
    let emulator = Emulator::open(options).unwrap();
    (Server::start(emulator.clone(), Listen { tls, ..Listen::local() }).unwrap(), emulator)
}

fn address(base: &str) -> String {
    base.split("//").nth(1).unwrap().split('/').next().unwrap().to_owned()
}

/// Sends a request as it stands and answers everything that comes until the server closes.
fn exchange(mut stream: impl Read + Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The server may end a TLS stream without saying so.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

async fn plain(base: &str, request: String) -> String {
    let address = address(base);
    tokio::task::spawn_blocking(move || exchange(TcpStream::connect(address).unwrap(), &request)).await.unwrap()
}

async fn secure(base: &str, ca: &std::path::Path, name: &str, request: String) -> String {
    let address = address(base);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tokio::task::spawn_blocking(move || {
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        exchange(StreamOwned::new(connection, TcpStream::connect(address).unwrap()), &request)
    })
    .await
    .unwrap()
}

fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_answers_with_lengths_and_never_in_chunks() {
    let (server, emulator) = start(Tls::Off, None);
    let ready = server.ready();
    assert!(ready.api.starts_with("http://127.0.0.1:") && ready.ca.is_none());
    assert_eq!(ready.blob, format!("{}/devstoreaccount1", ready.api));
    let token = support::token(&emulator, &Account::sample().unwrap()).await;
    let answer = plain(&ready.api, get("/v1.0/my/applications", &token)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.contains(&format!("content-length: {}", body.len())) && !head.contains("chunked"), "{head}");
    let state = plain(&ready.control, get("/state", "")).await;
    assert!(state.contains("\"Harbour Lights\""), "{state}");

    // A body-less POST has to say that its length is nothing.
    let line = "POST /v1.0/my/applications/9NHRBRL1GHTS/submissions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let bare = plain(&ready.api, format!("{line}Authorization: Bearer {token}\r\n\r\n")).await;
    assert!(bare.starts_with("HTTP/1.1 411 "), "{bare}");
    let measured = plain(&ready.api, format!("{line}Authorization: bearer {token}\r\nContent-Length: 0\r\n\r\n")).await;
    assert!(measured.starts_with("HTTP/1.1 201 "), "{measured}");
    assert!(measured.contains(&format!("\"fileUploadUrl\":\"{}/ingestion/", ready.blob)), "{measured}");
    server.stop().await;
    assert!(TcpStream::connect(address(&ready.api)).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_covers_this_machine_and_the_real_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let (server, emulator) = start(Tls::Own, Some(folder.path()));
    let ready = server.ready();
    let ca = ready.ca.clone().unwrap();
    for name in [
        "localhost",
        "127.0.0.1",
        "::1",
        "login.microsoftonline.com",
        "login.windows.net",
        "manage.devcenter.microsoft.com",
        "anything.blob.core.windows.net",
    ] {
        let answer = secure(&ready.api, &ca, name, get("/v1.0/my/applications", "none")).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{name}: {answer}");
    }
    server.stop().await;
    drop(emulator);

    // The authority is kept, so that whoever trusts it still does.
    let before = std::fs::read_to_string(&ca).unwrap();
    let (server, emulator) = start(Tls::Own, Some(folder.path()));
    assert_eq!(std::fs::read_to_string(&ca).unwrap(), before);
    server.stop().await;
    drop(emulator);

    // A server certificate that has run out is made again under the same authority.
    let kept = folder.path().join("tls").join("kept.json");
    let mut record: Value = serde_json::from_str(&std::fs::read_to_string(&kept).unwrap()).unwrap();
    record["serverUntil"] = Value::from("2001-01-01T00:00:00Z");
    std::fs::write(&kept, record.to_string()).unwrap();
    let certificate = std::fs::read_to_string(folder.path().join("tls").join("server.pem")).unwrap();
    let (server, _emulator) = start(Tls::Own, Some(folder.path()));
    assert_ne!(std::fs::read_to_string(folder.path().join("tls").join("server.pem")).unwrap(), certificate);
    assert_eq!(std::fs::read_to_string(&ca).unwrap(), before);
    let ready = server.ready();
    let answer = secure(&ready.api, &ca, "localhost", get("/v1.0/my/applications", "none")).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_to_know_is_one_json_object() {
    let (server, _emulator) = start(Tls::Own, None);
    let ready = serde_json::to_value(server.ready()).unwrap();
    let names: Vec<&String> = ready.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "api",
            "login",
            "blob",
            "control",
            "ca",
            "tenantId",
            "clientId",
            "clientSecret",
            "applicationId",
            "inAppProductId",
            "flightId"
        ]
    );
    assert_eq!(ready["applicationId"], "9NHRBRL1GHTS");
    assert_eq!(ready["inAppProductId"], "9NBQY01TDES5");
    assert_eq!(ready["flightId"], "e2a4b9d7-05c6-4f18-93be-7d60a1c2f384");
    assert!(!format!("{:?}", server.ready()).contains("sample-secret"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_products_to_begin_with_have_something_live() {
    let mut account = support::sample();
    let mut bare = account["applications"][0].clone();
    bare["id"] = Value::from("9NOTHER00001");
    bare.as_object_mut().unwrap().remove("publishedSubmission");
    account["applications"].as_array_mut().unwrap().insert(0, bare);
    account["inAppProducts"][0].as_object_mut().unwrap().remove("publishedSubmission");
    let flight = serde_json::json!({ "flightId": "0b6d3c57-9e24-4f0a-8c11-5a7e2d90b3f6", "friendlyName": "Crew" });
    for app in ["9NHRBRL1GHTS", "9NOTHER00001"] {
        let mut flight = flight.clone();
        flight["applicationId"] = Value::from(app);
        if app == "9NOTHER00001" {
            flight["flightId"] = Value::from("0b6d3c57-9e24-4f0a-8c11-5a7e2d90b3f7");
            flight["publishedSubmission"] = serde_json::json!({ "flightPackages": [] });
        }
        account["flights"].as_array_mut().unwrap().insert(0, flight);
    }
    let emulator = Emulator::open(Options::new(Account::parse(&account.to_string()).unwrap())).unwrap();
    let server = Server::start(emulator, Listen { tls: Tls::Off, ..Listen::local() }).unwrap();
    let ready = server.ready();
    assert_eq!(ready.application_id.as_deref(), Some("9NHRBRL1GHTS"));
    assert_eq!(ready.in_app_product_id.as_deref(), Some("9NBQY02BUQY8"));
    assert_eq!(ready.flight_id.as_deref(), Some("e2a4b9d7-05c6-4f18-93be-7d60a1c2f384"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_named() {
    let (server, _emulator) = start(Tls::Off, None);
    let taken = address(&server.ready().api).parse().unwrap();
    let emulator = Emulator::open(Options::new(Account::sample().unwrap())).unwrap();
    let error = Server::start(emulator, Listen { listen: taken, tls: Tls::Off, ..Listen::local() }).unwrap_err();
    assert_eq!(error.to_string(), format!("listening on {taken}"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_one_emulators_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let options = Options { data: Some(folder.path().into()), ..Options::new(Account::sample().unwrap()) };
        Emulator::open(options)
    };
    let first = open().unwrap();
    assert_eq!(open().unwrap_err().to_string(), format!("another emulator is at work in {}", folder.path().display()));
    drop(first);
    open().unwrap();
}
