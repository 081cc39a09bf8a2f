//! A Store in process: the emulator behind the client's own seam, with a count of all that was asked and weather on the way.

#![allow(dead_code, reason = "every test file takes what it needs")]
#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use crate::document;
use crate::support::Msix;
use crate::weather::Weather;
use async_trait::async_trait;
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::api::{Reader, Writer};
use flightline_client::auth::Credentials;
use flightline_client::budget::Budget;
use flightline_client::secret::ClientSecret;
use flightline_client::transport::{Transport, TransportError};
use flightline_emulator::{Account, Emulator, Options, Pace};
use flightline_protocol::id::AppId;
use flightline_protocol::status::Milestone;
use flightline_protocol::target::Target;
use flightline_publish::apply::{self, Course, Outcome, Until};
use flightline_publish::error::Error;
use flightline_publish::event::{Event, Observer};
use flightline_publish::journal::Journal;
use flightline_publish::package::Package;
use flightline_publish::rollout::ExistingRollout;
use flightline_publish::step::IfBusy;
use flightline_publish::wish::Wish;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub(crate) const APP: &str = "9NPAPERBOATS";

const TENANT: &str = "0b5c7a1e-6a60-4f0f-9c55-0d1c3b6f2a71";
const CLIENT: &str = "4f1de0c2-93c7-4f5c-8f0e-6f0a3c1d7b55";
/// With everything in it that has to be escaped in a form.
pub(crate) const SECRET: &str = "boats+sink/sometimes~&=%";

/// One request, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// The path below the API's root, or that of the token endpoint or blob, ids replaced by words.
    pub(crate) what: String,
    /// What the Store answered, if the request arrived there.
    pub(crate) status: Option<u16>,
}

/// What becomes of the state file between one run and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    Kept,
    Wiped,
}

/// The Store and the line to it.
pub(crate) struct Line {
    pub(crate) emulator: Emulator,
    seen: Mutex<Vec<Seen>>,
    weather: Mutex<Weather>,
    /// What was handed out and may appear nowhere.
    secrets: Mutex<Vec<String>>,
    sent: AtomicUsize,
}

impl Line {
    fn new(emulator: Emulator) -> Self {
        Self {
            emulator,
            seen: Mutex::default(),
            weather: Mutex::default(),
            secrets: Mutex::new(vec![SECRET.to_owned()]),
            sent: AtomicUsize::new(0),
        }
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// How many requests were sent, arrived or not.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Requests from now on meet this weather. Its count of requests begins at 0.
    pub(crate) fn set_weather(&self, weather: Weather) {
        *self.weather.lock().expect("no panic") = weather;
        self.sent.store(0, Ordering::Relaxed);
    }

    /// Requests that arrived and had this answer.
    pub(crate) fn count(&self, method: &Method, what: &str, status: u16) -> usize {
        let is = |seen: &&Seen| seen.method == *method && seen.what == what && seen.status == Some(status);
        self.seen().iter().filter(is).count()
    }

    /// The request itself, and the Store's answer to it.
    pub(crate) async fn deliver(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (method, what) = (request.method().clone(), what(&request));
        let answer = self.emulator.answer(request).await;
        self.remember_secrets(answer.body());
        let status = Some(answer.status().as_u16());
        self.seen.lock().expect("no panic").push(Seen { method, what, status });
        answer
    }

    /// A request that never arrives.
    pub(crate) fn lose(&self, request: &Request<Bytes>) {
        let (method, what) = (request.method().clone(), what(request));
        self.seen.lock().expect("no panic").push(Seen { method, what, status: None });
    }

    fn remember_secrets(&self, body: &[u8]) {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
        let mut secrets = self.secrets.lock().expect("no panic");
        if let Some(token) = body.get("access_token").and_then(Value::as_str) {
            secrets.push(token.to_owned());
        }
        let url = body.get("fileUploadUrl").and_then(Value::as_str).unwrap_or_default();
        if let Some((_, signature)) = url.split_once("sig=") {
            secrets.push(signature.split('&').next().unwrap_or_default().to_owned());
        }
    }

    /// What of a text should be in nobody's hands.
    pub(crate) fn secrets_in(&self, text: &str) -> Vec<String> {
        let mut found: Vec<String> = self.secrets.lock().expect("no panic").clone();
        found.retain(|secret| !secret.is_empty() && text.contains(secret.as_str()));
        if text.contains("sig=") {
            found.push("sig=".to_owned());
        }
        found
    }
}

/// A request's path without what differs between runs.
pub(crate) fn what(request: &Request<Bytes>) -> String {
    let path = request.uri().path();
    if path.ends_with("/token") {
        return "token".to_owned();
    }
    let Some(path) = path.strip_prefix("/v1.0/my/") else {
        let comp = request.uri().query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("comp=")));
        return comp.map_or_else(|| "blob".to_owned(), |comp| format!("blob {comp}"));
    };
    let is_id = |segment: &str| segment.len() == 19 && segment.bytes().all(|byte| byte.is_ascii_digit());
    let segments = path.split('/').map(|segment| if is_id(segment) { "*" } else { segment });
    segments.collect::<Vec<_>>().join("/").replace(&format!("applications/{APP}"), "app")
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let fault = self.weather.lock().expect("no panic").over(number, request.method(), &what(&request));
        match fault {
            None => Ok(self.deliver(request).await),
            Some(fault) => fault.strike(self, request).await,
        }
    }
}

/// A publisher at a desk: packages in a folder, a state file, and a Store.
pub(crate) struct Desk {
    pub(crate) line: Arc<Line>,
    pub(crate) folder: TempDir,
    /// All that was told and written during all runs, for secrets to be looked for in.
    pub(crate) told: Mutex<String>,
    /// What was heard, one word for each event; progress aside.
    pub(crate) heard: Mutex<Vec<String>>,
}

impl Desk {
    /// A desk with an app that is live in version 1.0.0.0 for x64 and arm64.
    pub(crate) fn new(pace: Pace) -> Self {
        Self::with(pace, json!({ "publishedSubmission": live() }))
    }

    /// A desk with an app of which there is more to say.
    pub(crate) fn with(pace: Pace, more: Value) -> Self {
        let mut app = json!({
            "id": APP,
            "primaryName": "Paper Boats",
            "PackageFamilyName": "Harbour.PaperBoats_1",
            "packageIdentityName": document::NAME,
            "publisherName": document::PUBLISHER,
            "firstPublishedDate": "2026-01-01T00:00:00.0000000Z",
        });
        let members = app.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        let account = json!({ "tenantId": TENANT, "clientId": CLIENT, "clientSecret": SECRET, "applications": [app] });
        let account = Account::parse(&account.to_string()).expect("an account");
        let emulator = Emulator::open(Options { pace, ..Options::new(account) }).expect("an emulator");
        let folder = tempfile::tempdir().expect("a folder");
        Self { line: Arc::new(Line::new(emulator)), folder, told: Mutex::default(), heard: Mutex::default() }
    }

    /// A package in the folder, opened.
    pub(crate) fn package(&self, version: &str, architecture: &str) -> Package {
        let msix = Msix::new(document::NAME, document::PUBLISHER, version)
            .architecture(architecture)
            .family("Windows.Desktop", "10.0.19041.0")
            .language("en-us");
        let path = msix.write(self.folder.path(), &format!("Boats_{version}_{architecture}.msix"));
        Package::open(&path).expect("a package")
    }

    /// The next version for both architectures, and nothing else.
    pub(crate) fn wish(&self) -> Wish {
        document::wish(vec![self.package("1.1.0.0", "x64"), self.package("1.1.0.0", "arm64")])
    }

    /// One run, as the command makes it: the journal is opened and begun, then the publish goes as far as it gets.
    pub(crate) async fn publish(&self, wish: &Wish, course: &Course) -> Result<Outcome, Error> {
        let result = self.run(wish, course).await;
        let mut told = self.told.lock().expect("no panic");
        match &result {
            Ok(outcome) => told.push_str(&format!("{outcome:?}\n")),
            Err(error) => {
                told.push_str(&format!("{error:?}\n{error}\n{:?} {} {:?}\n", error.kind(), error.code(), error.hint()));
                let mut source = std::error::Error::source(error);
                while let Some(error) = source {
                    told.push_str(&format!("{error}\n"));
                    source = error.source();
                }
            }
        }
        told.push_str(&self.journal());
        result
    }

    async fn run(&self, wish: &Wish, course: &Course) -> Result<Outcome, Error> {
        let target = Target::App(app());
        let mut journal = Journal::open(&self.state(), "in process", &target)?;
        journal.begin(&target, &wish.digest(), Value::Null)?;
        apply::publish(&self.writer(), &mut journal, &target, wish, course, self).await
    }

    /// A writer that has not signed in yet.
    pub(crate) fn writer(&self) -> Writer {
        self.writer_over(Arc::clone(&self.line) as _)
    }

    /// The same, over a line of its own.
    pub(crate) fn writer_over(&self, transport: Arc<dyn Transport>) -> Writer {
        let credentials =
            Credentials { tenant_id: TENANT.to_owned(), client_id: CLIENT.to_owned(), client_secret: ClientSecret::new(SECRET) };
        Writer::new(Reader::new(transport, Addresses::default(), credentials, Budget::per_minute(Budget::PER_MINUTE)))
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The state file's text, empty if there is none.
    pub(crate) fn journal(&self) -> String {
        // Where locks are mandatory, a file that another run holds cannot be read.
        self.journal_file().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default()
    }

    /// Keeps the state file, or forgets all that was done.
    pub(crate) fn remember(&self, memory: Memory) {
        if let (Memory::Wiped, Some(file)) = (memory, self.journal_file()) {
            std::fs::remove_file(file).expect("the state file goes");
        }
    }

    pub(crate) fn journal_file(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.state()).ok()?;
        entries.map(|entry| entry.expect("an entry").path()).next()
    }

    /// What was heard since the last time, in one line.
    pub(crate) fn heard(&self) -> String {
        std::mem::take(&mut *self.heard.lock().expect("no panic")).join(" ")
    }

    /// The requests since the last time that were no looks at a status, one line each.
    pub(crate) fn requests(&self) -> String {
        let seen = std::mem::take(&mut *self.line.seen.lock().expect("no panic"));
        let lines = seen.iter().filter(|seen| !seen.what.ends_with("/status")).map(|seen| {
            let status = seen.status.map_or_else(|| "lost".to_owned(), |status| status.to_string());
            format!("{} {} {status}\n", seen.method, seen.what)
        });
        lines.collect()
    }

    /// The submission that is not through, as the Store keeps it.
    pub(crate) async fn pending(&self) -> Option<Value> {
        self.submissions().await.into_iter().find(|submission| submission["status"] != "Published")
    }

    /// The document that customers have.
    pub(crate) async fn published(&self) -> Value {
        let submissions = self.submissions().await;
        submissions.into_iter().rfind(|submission| submission["status"] == "Published").expect("a live one")["document"].take()
    }

    /// Asks the control port.
    pub(crate) async fn control(&self, method: &str, path: &str) -> Value {
        self.ask(method, path, String::new()).await
    }

    /// Posts to the control port.
    pub(crate) async fn control_with(&self, path: &str, body: &str) -> Value {
        self.ask("POST", path, body.to_owned()).await
    }

    async fn ask(&self, method: &str, path: &str, body: String) -> Value {
        let request = Request::builder().method(method).uri(path).body(Bytes::from(body)).expect("a request");
        let answer = self.line.emulator.control(request).await;
        let body: Value = serde_json::from_slice(answer.body()).expect("JSON");
        assert!(answer.status().is_success(), "{method} {path}: {body}");
        body
    }

    /// All submissions that the Store has, the oldest first.
    pub(crate) async fn submissions(&self) -> Vec<Value> {
        self.control("GET", "/state").await["submissions"].as_array().expect("a list").clone()
    }

    /// Version and architecture of every package that customers have.
    pub(crate) async fn live_packages(&self) -> Vec<String> {
        let live = self.published().await;
        let packages = live["applicationPackages"].as_array().expect("a list");
        let word = |value: &Value| value.as_str().unwrap_or("?").to_lowercase();
        let mut packages: Vec<String> =
            packages.iter().map(|package| format!("{} {}", word(&package["version"]), word(&package["architecture"]))).collect();
        packages.sort();
        packages
    }

    /// Runs the same command again after a first run of [`Desk::wish`], without faults, and holds all that there is then against
    /// what should be: one submission made and committed, none deleted, our packages live, and nothing secret told.
    pub(crate) async fn finish(&self, wish: &Wish, first: &Result<Outcome, Error>) -> Result<(), String> {
        self.line.set_weather(Weather::default());
        let second = self.publish(wish, &course()).await;
        match (first, &second) {
            (Ok(_), Ok(Outcome::NothingToDo(_))) => {}
            (Err(_), Ok(Outcome::Delivered(_) | Outcome::NothingToDo(_))) => {
                let third = self.publish(wish, &course()).await;
                if !matches!(third, Ok(Outcome::NothingToDo(_))) {
                    return Err(format!("the last run ends with {third:?}"));
                }
            }
            _ => return Err(format!("the next run ends with {second:?}")),
        }
        let created = self.line.count(&Method::POST, "app/submissions", 201);
        let committed = self.line.count(&Method::POST, "app/submissions/*/commit", 202);
        let deleted = self.line.count(&Method::DELETE, "app/submissions/*", 204);
        if (created, committed, deleted) != (1, 1, 0) {
            return Err(format!("{created} were made, {committed} committed, {deleted} deleted"));
        }
        let submissions = self.submissions().await;
        let statuses: Vec<&str> = submissions.iter().filter_map(|submission| submission["status"].as_str()).collect();
        if statuses != ["Published", "Published"] {
            return Err(format!("the Store has {statuses:?}"));
        }
        let live = self.live_packages().await;
        if live != ["1.1.0.0 arm64", "1.1.0.0 x64"] {
            return Err(format!("customers have {live:?}"));
        }
        self.assert_nothing_secret_was_told();
        Ok(())
    }

    /// Fails if anything that was told or written holds a secret.
    pub(crate) fn assert_nothing_secret_was_told(&self) {
        let told = self.told.lock().expect("no panic");
        assert_eq!(self.line.secrets_in(&told), Vec::<String>::new(), "{told}");
    }
}

impl Observer for Desk {
    fn hear(&self, event: &Event<'_>) {
        let words = format!("{event:?}");
        let word = match event {
            Event::Status(report, _) => Some(report.status.to_string()),
            Event::Uploading(_) => None,
            _ => words.split(['(', ' ']).next().map(str::to_lowercase),
        };
        self.heard.lock().expect("no panic").extend(word);
        self.told.lock().expect("no panic").push_str(&(words + "\n"));
    }
}

pub(crate) fn app() -> AppId {
    APP.parse().expect("an id")
}

/// What is live at first.
pub(crate) fn live() -> Value {
    document::document(vec![document::desktop(1, "1.0.0.0", "x64"), document::desktop(2, "1.0.0.0", "Arm64")])
}

/// All the way, without a deadline, stopping at what is in the way.
pub(crate) fn course() -> Course {
    Course {
        until: Until::Milestone(Milestone::Published),
        deadline: None,
        if_busy: IfBusy::Fail,
        existing_rollout: ExistingRollout::Fail,
        now: document::today(),
    }
}
