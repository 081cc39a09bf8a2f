//! The transport of production against an emulator on real ports, over TLS.

use crate::content::{BLOCK, Held, noise};
use crate::scene::target;
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::api::{Reader, Writer};
use flightline_client::auth::Credentials;
use flightline_client::budget::Budget;
use flightline_client::secret::ClientSecret;
use flightline_client::transport::{Transport, TransportError};
use flightline_client::wire::{Wire, WireOptions};
use flightline_emulator::serve::{Listen, Ready, Server, Tls};
use flightline_emulator::{Account, Emulator, Options};
use http::Request;
use std::path::PathBuf;
use std::sync::Arc;

fn serve(tls: Tls) -> (Server, Ready) {
    let emulator = Emulator::open(Options::new(Account::sample().unwrap())).unwrap();
    let server = Server::start(emulator, Listen { tls, ..Listen::local() }).unwrap();
    let ready = server.ready();
    (server, ready)
}

fn writer(ready: &Ready, roots: Vec<PathBuf>) -> (Writer, Arc<Wire>) {
    let wire = Arc::new(Wire::new(&WireOptions { roots, ..WireOptions::default() }).unwrap());
    let credentials = Credentials {
        tenant_id: ready.tenant_id.clone(),
        client_id: ready.client_id.clone(),
        client_secret: ClientSecret::new(ready.client_secret.as_str()),
    };
    let addresses = Addresses::new(&ready.api, &ready.login).unwrap();
    let reader = Reader::new(Arc::<Wire>::clone(&wire), addresses, credentials, Budget::per_minute(Budget::PER_MINUTE));
    (Writer::new(reader), wire)
}

/// From the list of apps to a blob in two blocks, and the draft deleted in the end.
async fn walk(writer: &Writer, wire: &Wire) {
    assert_eq!(writer.reader().apps().await.unwrap().len(), 1);
    let draft = writer.create_submission(&target()).await.unwrap();
    writer.update_submission(&target(), &draft.submission).await.unwrap();
    let id = draft.submission.id();
    let content = noise(BLOCK + 1);
    let url = draft.upload_url.unwrap();
    writer.upload(&target(), id, &url, Arc::new(Held(content.clone())), &|_| {}).await.unwrap();
    let path = format!("{}/submissions/{id}", target().path());
    let document = writer.reader().raw(&path).await.unwrap().unwrap();
    let address = document["fileUploadUrl"].as_str().unwrap().replace('+', "%2B");
    let blob = wire.send(Request::get(address).body(Bytes::new()).unwrap()).await.unwrap();
    assert!(blob.into_body() == content, "the blob is another");
    writer.delete_submission(&target(), id).await.unwrap();
}

#[tokio::test]
async fn with_its_root_trusted_all_of_it_goes_over_tls() {
    let (server, ready) = serve(Tls::Own);
    assert!(ready.api.starts_with("https://"));
    let (writer, wire) = writer(&ready, vec![ready.ca.clone().unwrap()]);
    walk(&writer, &wire).await;
    drop((writer, wire));
    server.stop().await;
}

#[tokio::test]
async fn all_of_it_goes_over_plain_http_where_that_is_asked_for() {
    let (server, ready) = serve(Tls::Off);
    let (writer, wire) = writer(&ready, Vec::new());
    walk(&writer, &wire).await;
    drop((writer, wire));
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_talked_to() {
    let (_server, ready) = serve(Tls::Own);
    let (_, other) = serve(Tls::Own);
    for roots in [Vec::new(), vec![other.ca.clone().unwrap()]] {
        let (_, wire) = writer(&ready, roots);
        let request = Request::get(format!("{}/?sig=S3CRET", ready.api)).body(Bytes::new()).unwrap();
        let error = wire.send(request).await.unwrap_err();
        assert!(matches!(error, TransportError::Connect { .. }) && error.was_not_sent(), "{error:?}");
        assert!(format!("{error:?}").contains("InvalidCertificate") && !format!("{error:?}").contains("S3CRET"), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_not_talked_to_in_the_clear() {
    let (_server, ready) = serve(Tls::Off);
    let wire = Wire::new(&WireOptions::default()).unwrap();
    let request = Request::get(ready.api.replace("http://", "https://")).body(Bytes::new()).unwrap();
    let error = wire.send(request).await.unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
}

// Elsewhere this machine has no second address.
#[cfg(any(target_os = "linux", windows))]
#[tokio::test]
async fn a_certificate_for_another_host_is_not_talked_to() {
    let (_server, ready) = serve(Tls::Own);
    let wire = Wire::new(&WireOptions { roots: vec![ready.ca.clone().unwrap()], ..WireOptions::default() }).unwrap();
    // This machine as well, by a name that the certificate does not have.
    let address = ready.api.replace("127.0.0.1", "127.0.0.2");
    let error = wire.send(Request::get(address).body(Bytes::new()).unwrap()).await.unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
}
