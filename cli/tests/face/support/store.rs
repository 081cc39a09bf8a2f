//! `flightline emulator` as a process of its own, over TLS, on ports that nobody else has.

use super::{APP, Account, Person, Process, person};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use tempfile::TempDir;

/// A Store that runs.
pub(crate) struct Store {
    process: Process,
    /// The ready line.
    pub(crate) ready: Value,
    folder: TempDir,
}

impl Store {
    /// With the sample account; a commit is through at once.
    pub(crate) fn start() -> Self {
        Self::with(&["--pace", "instant"])
    }

    /// Where nothing moves unless the control port says so.
    pub(crate) fn manual() -> Self {
        Self::with(&["--pace", "manual"])
    }

    /// With an account of its own.
    pub(crate) fn of(account: &Account) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("account.json");
        std::fs::write(&file, account.0.to_string()).expect("the account is written");
        let file = file.to_str().expect("a plain path").to_owned();
        Self::open(folder, &["--pace", "instant", "--account", &file])
    }

    pub(crate) fn with(args: &[&str]) -> Self {
        Self::open(tempfile::tempdir().expect("a folder"), args)
    }

    fn open(folder: TempDir, args: &[&str]) -> Self {
        let ready_file = folder.path().join("ready.json");
        let mut command = person::command(folder.path());
        command.args(["emulator", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--ready-file"]);
        let mut process = Process::start(command.arg(&ready_file).args(args), None);
        let line = process.until("\n");
        assert_eq!(std::fs::read_to_string(&ready_file).expect("the ready file"), line);
        let ready = serde_json::from_str(&line).expect("the ready line is JSON");
        Self { process, ready, folder }
    }

    /// A member of the ready line.
    pub(crate) fn says(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.ready))
    }

    /// Somebody on a clean machine who has this Store's credentials.
    pub(crate) fn person(&self) -> Person {
        let person = Person::new();
        self.introduce(person)
    }

    /// Gives somebody this Store's addresses and credentials.
    pub(crate) fn introduce(&self, person: Person) -> Person {
        let person = person
            .env("FLIGHTLINE_API_URL", self.says("api"))
            .env("FLIGHTLINE_LOGIN_URL", self.says("login"))
            .env("FLIGHTLINE_TENANT_ID", self.says("tenantId"))
            .env("FLIGHTLINE_CLIENT_ID", self.says("clientId"))
            .env("FLIGHTLINE_CLIENT_SECRET", self.says("clientSecret"));
        match self.ready["ca"].as_str() {
            Some(ca) => person.env("FLIGHTLINE_CA_FILE", ca),
            None => person,
        }
    }

    /// Asks the control port: method and path, and the body where there is one.
    pub(crate) fn control(&self, what: &str, body: &str) -> Value {
        let (method, path) = what.split_once(' ').expect("a method and a path");
        let host = self.says("control").trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the control port answers");
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
            .expect("the control port listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the control port answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer with a head");
        assert!(head.starts_with("HTTP/1.1 200"), "{what}: {answer}");
        serde_json::from_str(body).expect("the control port speaks JSON")
    }

    /// The submissions of the sample app, the newest last.
    pub(crate) fn submissions(&self) -> Vec<Value> {
        let state = self.control("GET /state", "");
        let all = state["submissions"].as_array().expect("a list").iter();
        let mut own: Vec<Value> = all.filter(|submission| submission["product"] == APP).cloned().collect();
        own.sort_by_key(|submission| submission["id"].as_str().map(str::to_owned));
        own
    }

    /// The newest of them.
    pub(crate) fn newest(&self) -> Value {
        self.submissions().pop().expect("a submission")
    }

    /// The id of the newest.
    pub(crate) fn newest_id(&self) -> String {
        self.newest()["id"].as_str().expect("an id").to_owned()
    }

    /// Moves a submission on to a state.
    pub(crate) fn advance(&self, id: &str, to: &str) {
        self.control(&format!("POST /advance?submission={id}&to={to}"), "");
    }

    /// Every request it has seen: method, path and status.
    pub(crate) fn requests(&self) -> Vec<String> {
        let state = self.control("GET /state", "");
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let requests = state["requests"].as_array().expect("a list").iter();
        requests.map(|one| format!("{} {} {}", text(&one["method"]), text(&one["path"]), one["status"])).collect()
    }

    /// The requests among them that could have changed something.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.requests().into_iter().filter(|one| !one.starts_with("GET ") && !one.contains("/oauth2/")).collect()
    }

    /// Ends it as a machine that loses its power does.
    pub(crate) fn kill(mut self) {
        self.process.kill();
    }

    /// Ends it, and gives what it said on stderr.
    pub(crate) fn end(mut self) -> String {
        self.process.kill();
        String::from_utf8_lossy(&self.process.end().err).into_owned()
    }

    /// A folder that is there as long as the Store.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}
