//! The link changes nothing but the time.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

struct Link {
    process: Child,
    ready: serde_json::Value,
}

impl Link {
    fn to(server: &TcpListener) -> Self {
        let server = server.local_addr().expect("an address").to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_link"));
        let mut process = command.args([&server, "10", "50000000"]).stdout(Stdio::piped()).spawn().expect("the link starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        Self { process, ready: serde_json::from_str(&line).expect("JSON") }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.ready["listen"].as_str().expect("an address")).expect("the link listens")
    }

    fn report(&self) -> serde_json::Value {
        let control = self.ready["control"].as_str().expect("an address").trim_start_matches("http://");
        let mut stream = TcpStream::connect(control).expect("the control port listens");
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("it is asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn every_byte_arrives_both_ways_and_is_counted() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let link = Link::to(&server);
    let echo = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().expect("a connection");
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("it is read to its end");
        stream.write_all(&all).expect("it is sent back");
    });
    let sent = bytes(1_000_001);
    let mut client = link.connect();
    client.write_all(&sent).expect("the link takes it");
    client.shutdown(Shutdown::Write).expect("one direction ends");
    let mut back = Vec::new();
    client.read_to_end(&mut back).expect("the other goes on");
    echo.join().expect("the server is content");
    assert!(back == sent, "{} bytes came back of {}", back.len(), sent.len());
    let report = link.report();
    assert_eq!((&report["up"], &report["down"], &report["connections"]), (&1_000_001.into(), &1_000_001.into(), &1.into()));
}

#[test]
fn a_client_that_goes_away_is_gone_for_the_server_too() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let link = Link::to(&server);
    let mut client = link.connect();
    let (mut stream, _) = server.accept().expect("a connection");
    client.write_all(&bytes(1000)).expect("the link takes it");
    drop(client);
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("what was sent arrives, and then the end");
    assert_eq!(all, bytes(1000));
}
