//! Our blob service and Azurite answer a table of requests alike, but where Azure itself answers otherwise.
//!
//! The table is `azurite/requests.json`, what Azurite said is `azurite/azurite.json`; `azurite/README.md` tells how to ask it
//! again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[path = "azurite/sign.rs"]
mod sign;
#[path = "azurite/wire.rs"]
mod wire;

use axum::body::Body;
use flightline_emulator::blobs::Blobs;
use flightline_emulator::clock::Clock;
use flightline_emulator::store::Store;
use futures::stream;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sign::Sign;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

const CONTAINER: &str = "ingestion";
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Headers that are compared where one of the two services sends them.
const COMPARED: [&str; 18] = [
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "x-ms-blob-content-length",
    "x-ms-blob-content-md5",
    "x-ms-blob-type",
    "x-ms-creation-time",
    "x-ms-lease-state",
    "x-ms-meta-madeby",
    "x-ms-request-server-encrypted",
    "x-ms-server-encrypted",
];

/// Headers whose values are never the same twice: that they are there is compared.
const PRESENT: [&str; 3] = ["etag", "last-modified", "x-ms-creation-time"];

#[derive(Debug, Deserialize)]
struct Table {
    requests: Vec<Request>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    name: String,
    method: String,
    blob: String,
    container: Option<String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    body: Option<Value>,
    length: Option<Value>,
    #[serde(default)]
    sign: Sign,
    differs: Option<String>,
    ours: Option<Facts>,
}

/// What an answer says, without what is new each time.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Facts {
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Recording {
    azurite: String,
    answers: BTreeMap<String, Facts>,
}

#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

#[tokio::test]
async fn answers_the_table_as_azurite_or_as_azure_does() {
    let (table, recording) = (table(), recording());
    assert!(table.requests.len() >= 40);
    let service = Ours::start();
    let mut etags = HashMap::new();
    let mut wrong = Vec::new();
    for request in &table.requests {
        let answer = service.ask(&request.sent(service.clock.now(), CONTAINER, &mut etags)).await;
        request.remember(&answer, &mut etags);
        assert_eq!(request.differs.is_some(), request.ours.is_some(), "{}: says half of a difference", request.name);
        let ours = answer.facts();
        let Some(theirs) = recording.answers.get(&request.name) else {
            wrong.push(format!("{}: not recorded; we said {ours:?}", request.name));
            continue;
        };
        let expected = request.ours.as_ref().unwrap_or(theirs);
        if ours != *expected {
            wrong.push(format!("{}\n  expected {expected:?}\n  we said  {ours:?}", request.name));
        }
        if request.ours.as_ref() == Some(theirs) {
            wrong.push(format!("{}: is said to differ, and does not", request.name));
        }
        wrong.extend(answer.faults().map(|fault| format!("{}: {fault}", request.name)));
    }
    assert!(wrong.is_empty(), "{} of {} requests:\n{}", wrong.len(), table.requests.len(), wrong.join("\n"));
    assert_eq!(recording.answers.len(), table.requests.len(), "answers to requests that are no longer in the table");
}

/// Asks a running Azurite where `AZURITE_URL` names one, and writes down what it says where `AZURITE_RECORD` is set too.
#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a test that is told from outside which server to ask")]
async fn azurite_still_answers_as_it_was_recorded() {
    let Ok(url) = std::env::var("AZURITE_URL") else { return };
    let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let now = Clock::start().now();
    let container = format!("table-{}", now.as_microsecond());
    let target = format!("/devstoreaccount1/{container}?restype=container&{}", sign::account_query(now));
    let made = wire::send(&host, "PUT", &target, &[("content-length".to_owned(), "0".to_owned())], &[]).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));

    let mut etags = HashMap::new();
    let mut answers = BTreeMap::new();
    let mut version = String::new();
    for request in table().requests {
        let sent = request.sent(now, &container, &mut etags);
        let target = format!("/devstoreaccount1{}?{}", sent.path, sent.query);
        let answer = wire::send(&host, &sent.method, &target, &sent.headers, &sent.framed()).await;
        request.remember(&answer, &mut etags);
        version = answer.header("server").unwrap_or_default().trim_start_matches("Azurite-Blob/").to_owned();
        answers.insert(request.name.clone(), answer.facts());
    }
    let live = Recording { azurite: version, answers };
    if std::env::var("AZURITE_RECORD").is_ok() {
        std::fs::write(folder().join("azurite.json"), serde_json::to_string_pretty(&live).unwrap() + "\n").unwrap();
    }
    let recorded = recording();
    for (name, answer) in &live.answers {
        assert_eq!(Some(answer), recorded.answers.get(name), "{name}");
    }
}

struct Sent {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    chunked: bool,
}

impl Request {
    fn sent(&self, now: jiff::Timestamp, container: &str, etags: &mut HashMap<String, String>) -> Sent {
        let container = self.container.as_deref().unwrap_or(container);
        let body = match &self.body {
            None => Vec::new(),
            Some(Value::Array(both)) => {
                both[0].as_str().unwrap().repeat(usize::try_from(both[1].as_u64().unwrap()).unwrap()).into_bytes()
            }
            Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
        };
        let mut headers = BTreeMap::from([("x-ms-version".to_owned(), Some("2021-10-04".to_owned()))]);
        let length = match &self.length {
            None if self.method == "PUT" || self.method == "POST" => Some(body.len().to_string()),
            None => None,
            Some(Value::String(_)) => None,
            Some(number) => Some(number.to_string()),
        };
        headers.insert("content-length".to_owned(), length);
        let chunked = self.length == Some("chunked".into());
        headers.insert("transfer-encoding".to_owned(), chunked.then(|| "chunked".to_owned()));
        headers.extend(self.headers.clone());
        let etag = etags.get(&self.blob).cloned().unwrap_or_default();
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut query: String = self.query.iter().map(|(name, value)| format!("{name}={}&", encoded(value))).collect();
        query.push_str(&self.sign.query(now, container, &self.blob));
        Sent {
            method: self.method.clone(),
            path: format!("/{container}/{}", utf8_percent_encode(&self.blob, PATH)),
            query,
            headers: headers.into_iter().filter_map(|(k, v)| Some((k, v?.replace("{etag}", &etag)))).collect(),
            body,
            chunked,
        }
    }

    fn remember(&self, answer: &Answer, etags: &mut HashMap<String, String>) {
        if let Some(etag) = answer.header("etag") {
            etags.insert(self.blob.clone(), etag.to_owned());
        }
    }
}

impl Sent {
    /// The body as it goes over the wire.
    fn framed(&self) -> Vec<u8> {
        if !self.chunked {
            return self.body.clone();
        }
        let mut framed = format!("{:x}\r\n", self.body.len()).into_bytes();
        framed.extend_from_slice(&self.body);
        framed.extend_from_slice(b"\r\n0\r\n\r\n");
        framed
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn facts(&self) -> Facts {
        let text = String::from_utf8_lossy(&self.body).trim_start_matches('\u{feff}').to_owned();
        if self.status >= 300 {
            return Facts { status: self.status, code: self.header("x-ms-error-code").map(str::to_owned), ..Facts::default() };
        }
        let mut headers = BTreeMap::new();
        for name in COMPARED {
            let Some(value) = self.header(name) else { continue };
            if matches!((name, self.status), ("content-md5", 201) | ("x-ms-blob-content-md5", 200)) {
                continue;
            }
            let value = if PRESENT.contains(&name) { "…" } else { value };
            headers.insert(name.to_owned(), value.to_owned());
        }
        let body = if text.starts_with("<?xml") { blocks(&text) } else { text };
        Facts { status: self.status, code: None, headers, body: Some(body).filter(|body| !body.is_empty()) }
    }

    /// What Azure promises of every answer, and ours must keep.
    fn faults(&self) -> impl Iterator<Item = String> {
        let mut faults = Vec::new();
        for name in ["x-ms-request-id", "x-ms-version", "date", "content-length"] {
            if self.header(name).is_none() {
                faults.push(format!("no {name}"));
            }
        }
        if self.status >= 300 && !self.body.is_empty() {
            let text = String::from_utf8_lossy(&self.body);
            let code = format!("<Code>{}</Code>", self.header("x-ms-error-code").unwrap_or_default());
            if !text.contains(&code) || !text.contains("\nRequestId:") || !text.contains("\nTime:") {
                faults.push(format!("an error body that is not Azure's: {text}"));
            }
            if self.status == 403 && code.contains("AuthenticationFailed") && !text.contains("<AuthenticationErrorDetail>") {
                faults.push(format!("no detail: {text}"));
            }
        }
        faults.into_iter()
    }
}

/// A block list in one line, whatever the space in it, and without lists that are empty.
fn blocks(text: &str) -> String {
    let document = roxmltree::Document::parse(text).unwrap();
    let mut out = document.root_element().tag_name().name().to_owned();
    for list in document.root_element().children().filter(roxmltree::Node::has_children) {
        out.push_str(&format!("; {}", list.tag_name().name()));
        for block in list.children().filter(roxmltree::Node::is_element) {
            let words: Vec<&str> = block.children().filter(|child| child.is_element()).filter_map(|child| child.text()).collect();
            out.push_str(&format!(" {}", words.join(":")));
        }
    }
    out
}

struct Ours {
    blobs: Blobs,
    clock: Arc<Clock>,
    _folder: tempfile::TempDir,
}

impl Ours {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, clock) = (Arc::new(Store::open(None).unwrap()), Arc::new(Clock::start()));
        let blobs = Blobs::open(store, Arc::clone(&clock), folder.path()).unwrap();
        blobs.upload_url("https://store.test/devstoreaccount1", CONTAINER, "any", SignedDuration::from_hours(1)).unwrap();
        Self { blobs, clock, _folder: folder }
    }

    async fn ask(&self, sent: &Sent) -> Answer {
        let uri = format!("http://store.test/devstoreaccount1{}?{}", sent.path, sent.query);
        let mut request = http::Request::builder().method(sent.method.as_str()).uri(uri);
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        let piece = Ok::<_, std::io::Error>(sent.body.clone());
        let body = if sent.chunked { Body::from_stream(stream::iter([piece])) } else { Body::from(sent.body.clone()) };
        let response = self.blobs.answer(&sent.path, request.body(body).unwrap()).await;
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers = headers.collect();
        let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        Answer { status, headers, body }
    }
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/azurite")
}

fn table() -> Table {
    serde_json::from_str(&std::fs::read_to_string(folder().join("requests.json")).unwrap()).unwrap()
}

fn recording() -> Recording {
    serde_json::from_str(&std::fs::read_to_string(folder().join("azurite.json")).unwrap()).unwrap()
}
