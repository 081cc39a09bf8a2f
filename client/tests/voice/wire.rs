//! The transport of production on real sockets, with servers that misbehave. What waits here waits in real time, but not for long.

use bytes::Bytes;
use flightline_client::transport::{Moved, Stall, Transport, TransportError};
use flightline_client::wire::{Wire, WireError, WireOptions};
use http::{Request, Response};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const MIB: usize = 1 << 20;

/// How long nothing may move where a test waits for just that.
const SHORT: Duration = Duration::from_millis(200);

/// A server that handles one connection after another, each as `handle` says, and is gone with its last client.
struct Server {
    base: String,
    heard: Receiver<Heard>,
}

/// A request as it came off the socket.
struct Heard {
    head: String,
    body: Vec<u8>,
}

impl Heard {
    /// The values of a header.
    fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}

impl Server {
    fn start(handle: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (tell, heard) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream.set_nodelay(true).unwrap();
                let Some(one) = hear(&mut stream) else { continue };
                if tell.send(one).is_err() {
                    return;
                }
                handle(&mut stream);
            }
        });
        Self { base, heard }
    }

    /// A server that gives this answer to every request.
    fn says(answer: &'static str) -> Self {
        Self::start(move |stream| drop(stream.write_all(answer.as_bytes())))
    }
}

/// Reads the head of a request, and of its body as much as its length says.
fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let head = head(stream)?;
    let mut heard = Heard { head, body: Vec::new() };
    let length = heard.header("content-length").first().map_or(0, |length| length.parse().unwrap());
    heard.body.resize(length, 0);
    stream.read_exact(&mut heard.body).ok()?;
    Some(heard)
}

fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// Keeps the connection open without a word, until the client hangs up.
fn hang(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0]);
}

fn wire(stall: Duration) -> Wire {
    Wire::new(&WireOptions { stall, ..WireOptions::default() }).unwrap()
}

async fn get(stall: Duration, address: &str) -> Result<Response<Bytes>, TransportError> {
    wire(stall).send(Request::get(address).body(Bytes::new()).unwrap()).await
}

const PATIENT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_request_arrives_as_it_is_and_its_answer_too() {
    let server = Server::says(
        "HTTP/1.1 409 Conflict\r\nMS-CorrelationId: 7\r\nx-twice: a\r\nx-twice: b\r\nContent-Length: 6\r\n\r\n{\"a\":1",
    );
    let request = Request::put(format!("{}/v1.0/my/a%2Fb?sig=a%2Bb%3D&x=1", server.base))
        .header("authorization", "Bearer token")
        .header("x-own", "ä".as_bytes())
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    let answer = wire(PATIENT).send(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (409, b"{\"a\":1".as_slice()));
    assert_eq!(answer.headers()["ms-correlationid"], "7");
    assert_eq!(answer.headers().get_all("x-twice").iter().count(), 2);

    let heard = server.heard.recv().unwrap();
    assert!(heard.head.starts_with("PUT /v1.0/my/a%2Fb?sig=a%2Bb%3D&x=1 HTTP/1.1\r\n"), "{}", heard.head);
    assert_eq!(heard.header("authorization"), ["Bearer token"]);
    assert_eq!(heard.header("user-agent"), [concat!("flightline/", env!("CARGO_PKG_VERSION"))]);
    assert_eq!((heard.header("content-length"), heard.body.as_slice()), (vec!["2"], b"{}".as_slice()));
    assert_eq!(heard.header("cookie"), Vec::<&str>::new());
}

/// The blob service refuses a body of unknown length, and the API a request that says nothing about one.
#[tokio::test]
async fn every_body_says_its_length_once_however_long_it_is() {
    let server = Server::says("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let wire = wire(PATIENT);
    for length in [0, 1, 64 << 10, (64 << 10) + 1, 9 * MIB] {
        for said in [true, false] {
            let body = crate::content::noise(length);
            let mut request = Request::put(&server.base);
            if said || length == 0 {
                request = request.header("content-length", length);
            }
            wire.send(request.body(body.clone()).unwrap()).await.unwrap();
            let heard = server.heard.recv().unwrap();
            assert_eq!(heard.header("content-length"), [length.to_string()]);
            assert!(heard.header("transfer-encoding").is_empty());
            assert!(heard.body == body, "{length}");
        }
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start(|stream| {
        loop {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
            if head(stream).is_none() {
                return;
            }
        }
    });
    let wire = wire(PATIENT);
    for _ in 0..3 {
        let request = Request::get(&server.base).body(Bytes::new()).unwrap();
        assert_eq!(wire.send(request).await.unwrap().body(), "ok");
    }
    assert!(server.heard.recv().is_ok() && server.heard.try_recv().is_err(), "there was one connection");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_broken() {
    for said in [
        "",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 999999 What\r\n\r\n",
        "\0\0\0\0\0\0",
    ] {
        let server = Server::says(said);
        let error = get(PATIENT, &server.base).await.unwrap_err();
        assert!(matches!(&error, TransportError::Broken { host, .. } if host == "127.0.0.1"), "{said:?}: {error:?}");
        assert!(!error.was_not_sent());
        assert_eq!(error.to_string(), "the connection to 127.0.0.1 broke before the answer was there");
    }
}

#[tokio::test]
async fn headers_without_an_end_are_refused() {
    let server = Server::start(|stream| {
        let line = format!("X-Long: {}\r\n", "x".repeat(4000));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(line.as_bytes()).is_ok() {}
    });
    let error = get(PATIENT, &server.base).await.unwrap_err();
    assert!(matches!(error, TransportError::Broken { .. }), "{error:?}");
}

/// Each of these says something and then nothing more, with the connection open.
#[tokio::test]
async fn a_server_that_stops_in_the_middle_is_noticed() {
    for said in ["", "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"] {
        let server = Server::start(move |stream| {
            let _ = stream.write_all(said.as_bytes());
            hang(stream);
        });
        let error = get(SHORT, &server.base).await.unwrap_err();
        assert!(matches!(error, TransportError::Stalled { after: SHORT, .. }), "{said:?}: {error:?}");
        assert!(!error.was_not_sent());
    }
}

#[tokio::test]
async fn a_server_that_stops_reading_is_noticed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let body = crate::content::noise(40 * MIB);
    let error = wire(SHORT).send(Request::put(address).body(body).unwrap()).await.unwrap_err();
    assert!(matches!(error, TransportError::Stalled { .. }), "{error:?}");
    drop(listener);
}

/// What the connection has taken can be watched from outside, and a request may have less patience than others.
#[tokio::test]
async fn a_request_has_its_own_counter_and_patience() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let moved = Moved::default();
    let request = Request::put(&address).extension(moved.clone()).extension(Stall(SHORT));
    let error = wire(PATIENT).send(request.body(crate::content::noise(40 * MIB)).unwrap()).await.unwrap_err();
    assert!(matches!(error, TransportError::Stalled { after, .. } if after == SHORT), "{error:?}");
    assert!((1..40 << 20).contains(&moved.bytes()), "{}", moved.bytes());
    drop(listener);

    let server = Server::says("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let moved = Moved::default();
    let request = Request::put(&server.base).extension(moved.clone()).body(crate::content::noise(3 * MIB)).unwrap();
    wire(PATIENT).send(request).await.unwrap();
    assert_eq!(moved.bytes(), 3 << 20);
}

/// A service that has heard enough says so in the middle of a body; what it says is heard.
#[tokio::test]
async fn an_answer_that_comes_before_the_body_is_through_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        head(&mut stream).unwrap();
        stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy").unwrap();
        // Whoever closes with bytes unread takes the answer back.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let answer = wire(PATIENT).send(Request::put(address).body(crate::content::noise(40 * MIB)).unwrap()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (503, &b"busy"[..]));
}

/// Slower than the limit in all, but never still for so long.
#[tokio::test]
async fn whatever_moves_is_waited_for() {
    let stall = Duration::from_secs(1);
    let slowly = Server::start(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").unwrap();
        for byte in b"0123456789" {
            thread::park_timeout(Duration::from_millis(150));
            stream.write_all(&[*byte]).unwrap();
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let reading: JoinHandle<()> = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        head(&mut stream).unwrap();
        let mut piece = vec![0; MIB];
        for _ in 0..24 {
            thread::park_timeout(Duration::from_millis(60));
            stream.read_exact(&mut piece).unwrap();
        }
        stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let sender = wire(stall);
    let put = sender.send(Request::put(address).body(crate::content::noise(24 * MIB)).unwrap());
    let (got, put) = tokio::join!(get(stall, &slowly.base), put);
    assert_eq!(got.unwrap().body(), "0123456789");
    assert_eq!(put.unwrap().status(), 201);
    reading.join().unwrap();
}

#[tokio::test]
async fn an_answer_without_measure_is_refused() {
    // One says how long it is, and is refused at once; the other has to be counted.
    let honest = Server::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 68157440\r\n\r\n");
        hang(stream);
    });
    let endless = Server::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let mut chunk = format!("{MIB:x}\r\n").into_bytes();
        chunk.resize(chunk.len() + MIB, b' ');
        chunk.extend_from_slice(b"\r\n");
        while stream.write_all(&chunk).is_ok() {}
    });
    for server in [honest, endless] {
        let error = get(PATIENT, &server.base).await.unwrap_err();
        assert!(matches!(error, TransportError::TooLong { limit: 67_108_864, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::says(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    let answer = get(PATIENT, &server.base).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (307, &"/elsewhere".parse().unwrap()));
    assert!(server.heard.recv().is_ok() && server.heard.try_recv().is_err());
}

#[tokio::test]
async fn a_host_that_is_not_there_was_certainly_not_sent_anything() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for address in [
        format!("http://127.0.0.1:{port}/c/b?sv=1&sig=S3CRET"),
        "http://no-such-host.invalid/c/b?sv=1&sig=S3CRET".to_owned(),
        format!("https://127.0.0.1:{port}/c/b?sv=1&sig=S3CRET"),
    ] {
        let error = get(PATIENT, &address).await.unwrap_err();
        assert!(matches!(error, TransportError::Connect { .. }) && error.was_not_sent(), "{error:?}");
        let mut text = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            text += &format!(" {error} {error:?}");
            source = error.source();
        }
        assert!(!text.contains("S3CRET") && !text.contains("/c/b"), "{text}");
    }
}

#[tokio::test]
async fn no_error_of_the_library_shows_the_address() {
    let stops = Server::says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
    let error = get(PATIENT, &format!("{}/c/b?sig=S3CRET", stops.base)).await.unwrap_err();
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        text += &format!(" {error} {error:?}");
        source = error.source();
    }
    assert!(!text.contains("S3CRET"), "{text}");
}

#[test]
fn roots_that_cannot_be_used_are_named() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let write = |name: &str, text: &[u8]| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let bad = [
        folder.join("voice-no-such-roots.pem"),
        folder.clone(),
        write("voice-empty.pem", b""),
        write("voice-text.pem", b"no certificate at all"),
        write("voice-key.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        write("voice-base64.pem", b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"),
        write("voice-der.pem", b"-----BEGIN CERTIFICATE-----\nAAAAAAAA\n-----END CERTIFICATE-----\n"),
        write("voice-open.pem", b"-----BEGIN CERTIFICATE-----\nAAAA"),
        write("voice-bytes.pem", &[0xff; 64]),
    ];
    for file in bad {
        let error = Wire::new(&WireOptions { roots: vec![file.clone()], ..WireOptions::default() }).unwrap_err();
        assert!(matches!(&error, WireError::Roots { file: named, .. } if *named == file), "{}: {error:?}", file.display());
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}
