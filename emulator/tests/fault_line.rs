//! Faults as they look on a real connection.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::fault::read_all;
use flightline_emulator::serve::{Listen, Server, Tls};
use flightline_emulator::{Account, Options};
use std::io::ErrorKind;
use support::{Store, app};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What comes back before the connection ends, and how it ends.
async fn exchange(specs: &[&str], verb: &str) -> (String, Option<ErrorKind>) {
    let faults = read_all(specs.iter().copied()).unwrap();
    let store = Store::open(Options { faults, ..Options::new(Account::sample().unwrap()) }).await;
    let server = Server::start(store.emulator.clone(), Listen { tls: Tls::Off, ..Listen::local() }).unwrap();
    let ready = server.ready();
    let mut stream = TcpStream::connect(ready.api.trim_start_matches("http://")).await.unwrap();
    let request =
        format!("{verb} HTTP/1.1\r\nHost: store.example\r\nAuthorization: {}\r\nContent-Length: 0\r\n\r\n", store.bearer());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await.err().map(|error| error.kind());
    server.stop().await;
    (String::from_utf8(answer).unwrap(), end)
}

async fn look(spec: &str) -> (String, Option<ErrorKind>) {
    exchange(&[spec], &format!("GET /v1.0/my/{}", app())).await
}

#[tokio::test]
async fn a_connection_is_closed_without_a_word() {
    assert_eq!(look("product=lose").await, (String::new(), None));
    assert_eq!(look("product=lose-after").await, (String::new(), None));
}

#[tokio::test]
async fn a_reset_is_one_on_the_wire() {
    assert_eq!(look("product=reset").await, (String::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(look("product=reset-after").await, (String::new(), Some(ErrorKind::ConnectionReset)));
}

#[tokio::test]
async fn what_is_cut_short_comes_as_far_as_it_goes() {
    let (cut, _) = look("product=cut").await;
    let (head, body) = cut.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{cut:?}"));
    assert!(head.starts_with("HTTP/1.1 200") && head.to_lowercase().contains("content-length: 64"), "{head}");
    assert_eq!(body, "");

    let (truncated, _) = look("product=truncate:20").await;
    let (head, body) = truncated.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{truncated:?}"));
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
    assert!(length.parse::<usize>().unwrap() > 200, "{head}");
    assert_eq!(body.len(), 20);
}
