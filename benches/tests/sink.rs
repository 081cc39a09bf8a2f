//! The sink answers as the blob service does, as far as an upload can tell.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Sink {
    process: Child,
    host: String,
    _folder: Folder,
}

/// A folder of a test's own.
struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Sink {
    fn start(name: &str) -> Self {
        let folder = Folder(std::env::temp_dir().join(format!("flightline-sink-{}-{name}", std::process::id())));
        std::fs::create_dir_all(&folder.0).expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sink"));
        let mut process = command.arg(folder.0.join("ca.pem")).stdout(Stdio::piped()).spawn().expect("the sink starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let host = ready["http"].as_str().expect("an address").trim_start_matches("http://").to_owned();
        Self { process, host, _folder: folder }
    }

    /// Status and body of the answer.
    fn ask(&self, request: &str, body: &[u8]) -> (String, String) {
        let mut stream = TcpStream::connect(&self.host).expect("the sink listens");
        let length = body.len();
        write!(stream, "{request} HTTP/1.1\r\nHost: sink\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
            .expect("it is asked");
        stream.write_all(body).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.split_whitespace().nth(1).expect("a status").to_owned(), body.to_owned())
    }

    fn report(&self) -> serde_json::Value {
        serde_json::from_str(&self.ask("GET /_sink", b"").1).expect("JSON")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn blocks_become_a_blob_by_their_list() {
    let sink = Sink::start("blob");
    assert_eq!(sink.ask("GET /a/b?comp=blocklist&sig=x", b"").0, "404");
    assert_eq!(sink.ask("PUT /a/b?sig=x&comp=block&blockid=AA%3D%3D", &[1; 100_000]).0, "201");
    assert_eq!(sink.ask("PUT /a/b?sig=x&comp=block&blockid=BB%3D%3D", &[2; 7]).0, "201");
    let list = sink.ask("GET /a/b?comp=blocklist&blocklisttype=uncommitted", b"").1;
    assert!(list.contains("<Name>AA==</Name><Size>100000</Size>"), "{list}");
    let ids = "<BlockList><Latest>AA==</Latest><Latest>BB==</Latest></BlockList>";
    assert_eq!(sink.ask("PUT /a/b?comp=blocklist", ids.as_bytes()).0, "201");
    let report = sink.report();
    assert_eq!((&report["blobs"]["/a/b"]["length"], &report["received"]), (&100_007.into(), &100_007.into()));
}

#[test]
fn a_list_with_a_block_that_never_came_is_refused() {
    let sink = Sink::start("list");
    sink.ask("PUT /a/b?comp=block&blockid=AA", b"x");
    let ids = "<BlockList><Latest>AA</Latest><Latest>CC</Latest></BlockList>";
    let (status, body) = sink.ask("PUT /a/b?comp=blocklist", ids.as_bytes());
    assert_eq!(status, "400");
    assert!(body.contains("InvalidBlockList"), "{body}");
}

#[test]
fn a_broken_block_is_received_and_not_held() {
    let sink = Sink::start("broken");
    let mut stream = TcpStream::connect(&sink.host).expect("the sink listens");
    stream.write_all(b"PUT /a/b?comp=block&blockid=AA HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf").expect("it listens");
    stream.shutdown(std::net::Shutdown::Write).expect("it ends");
    let mut nothing = Vec::new();
    stream.read_to_end(&mut nothing).expect("the sink hangs up");
    let report = sink.report();
    assert_eq!((&report["received"], &report["blobs"]), (&4.into(), &serde_json::json!({})));
}
