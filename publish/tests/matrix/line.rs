//! The line to the Store: what goes wrong on it, who acts meanwhile, and what is not allowed whatever happens.

use crate::fault::{Fault, Spell};
use crate::job::Job;
use crate::person::{self, Act};
use async_trait::async_trait;
use bytes::Bytes;
use flightline_client::budget::Budget;
use flightline_client::transport::{Transport, TransportError};
use flightline_emulator::Emulator;
use flightline_publish::wish::Wish;
use http::{Method, Request, Response};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// More requests than any run has that comes to an end.
const MOST_REQUESTS: usize = 1500;

/// Whom a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    SignIn,
    Api,
    Blob,
}

impl Place {
    pub(crate) fn of(request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        if path.ends_with("/token") {
            Self::SignIn
        } else if path.starts_with(ROOT) {
            Self::Api
        } else {
            Self::Blob
        }
    }
}

const ROOT: &str = "/v1.0/my/";

/// What is to happen during one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble {
    pub(crate) strikes: Vec<(usize, Fault, Spell)>,
    pub(crate) acts: Vec<(usize, Act)>,
    /// The request before or after which the process is gone.
    pub(crate) stop: Option<Stop>,
}

/// When a process is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Before it sends the request of this number.
    Before(usize),
    /// When the request of this number has been answered, and nobody has heard it.
    After(usize),
    /// Before it is polled for the time of this number.
    Poll(usize),
}

/// A request that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Its method and what it is for, without what differs between runs.
    pub(crate) what: String,
    pub(crate) place: Place,
}

/// The Store and the line to it.
pub(crate) struct Line {
    pub(crate) emulator: Emulator,
    job: Job,
    wish: Arc<Wish>,
    /// The bytes that go up, as a digest; none where nothing goes.
    content: Option<blake3::Hash>,
    state: Mutex<State>,
    stopped: Notify,
}

#[derive(Default)]
struct State {
    trouble: Trouble,
    /// What each strike began with, and how often it has struck.
    struck: Vec<(Option<String>, usize)>,
    /// Faults that have struck in this run, and where.
    met: Vec<(Fault, Place)>,
    seen: Vec<Seen>,
    /// When requests to the API were sent in this run.
    sent: Vec<Instant>,
    /// What became of each request, for whoever looks at one schedule.
    story: String,
    /// What was handed out and may appear nowhere.
    secrets: HashSet<String>,
    /// Submissions that we made.
    made: Vec<String>,
    /// Submissions that we committed.
    committed: Vec<String>,
    deleted: usize,
    /// What was put into the blob, as a digest.
    uploaded: Option<blake3::Hash>,
    /// Submissions that are somebody else's, as they left them.
    foreign: HashMap<String, Value>,
    wrong: Vec<String>,
}

/// What was done through a line so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) made: usize,
    pub(crate) committed: usize,
    pub(crate) deleted: usize,
}

impl Line {
    pub(crate) fn new(emulator: Emulator, job: Job, wish: Arc<Wish>, content: Option<blake3::Hash>) -> Self {
        let state = State { secrets: HashSet::from([crate::job::SECRET.to_owned(), "sig=".to_owned()]), ..State::default() };
        Self { emulator, job, wish, content, state: Mutex::new(state), stopped: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// The next run meets this; its requests are counted from 0.
    pub(crate) fn begin(&self, trouble: Trouble) {
        let mut state = self.state();
        state.struck = vec![(None, 0); trouble.strikes.len()];
        state.trouble = trouble;
        (state.met, state.seen, state.sent) = (Vec::new(), Vec::new(), Vec::new());
    }

    /// Waits until the process is to be gone.
    pub(crate) async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// The requests of this run.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// The faults that this run has met.
    pub(crate) fn met(&self) -> Vec<(Fault, Place)> {
        self.state().met.clone()
    }

    pub(crate) fn done(&self) -> Done {
        let state = self.state();
        Done { made: state.made.len(), committed: state.committed.len(), deleted: state.deleted }
    }

    /// What was put into the blob last, as a digest.
    pub(crate) fn uploaded(&self) -> Option<blake3::Hash> {
        self.state().uploaded
    }

    pub(crate) fn story(&self) -> String {
        self.state().story.clone()
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&self, what: &str) {
        writeln!(self.state().story, "{what}").expect("a text takes it");
    }

    /// What must never happen and has.
    pub(crate) fn complain(&self, what: String) {
        self.state().wrong.push(what);
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        self.state().wrong.clone()
    }

    /// From now on the submission is somebody else's, and stays as it is.
    pub(crate) fn is_foreign(&self, id: &str, document: Value) {
        self.state().foreign.insert(id.to_owned(), document);
    }

    /// Whoever has it takes it back.
    pub(crate) fn is_given_up(&self, id: &str) {
        self.state().foreign.remove(id);
    }

    pub(crate) fn foreign(&self) -> HashMap<String, Value> {
        self.state().foreign.clone()
    }

    /// What of a text should be in nobody's hands.
    pub(crate) fn secrets_in(&self, text: &str) -> Vec<String> {
        self.state().secrets.iter().filter(|secret| text.contains(secret.as_str())).cloned().collect()
    }

    /// Says if any minute of this run had more requests to the API than the Store allows.
    pub(crate) fn hold_against_the_budget(&self) {
        let mut state = self.state();
        let minute = Duration::from_secs(60);
        let over = state.sent.windows(Budget::PER_MINUTE + 1).any(|window| window[Budget::PER_MINUTE] - window[0] < minute);
        if over {
            state.wrong.push(format!("more than {} requests in a minute", Budget::PER_MINUTE));
        }
    }

    /// Puts the Store's clock forward.
    pub(crate) async fn put_forward(&self, hours: u64) {
        let request = Request::post(format!("/clock?forward={}", hours * 3600)).body(Bytes::new()).expect("a request");
        self.emulator.control(request).await;
    }

    /// The request itself, and the Store's answer to it.
    pub(crate) async fn deliver(&self, request: Request<Bytes>, word: &str) -> Response<Bytes> {
        let (method, place, what) = (request.method().clone(), Place::of(&request), what(&request));
        let id = submission(request.uri().path()).map(str::to_owned);
        if what.ends_with("/commit") {
            self.hold_the_blob_against_ours(&request).await;
        }
        let content = (place == Place::Blob && method == Method::PUT).then(|| blake3::hash(request.body()));
        let answer = self.emulator.answer(request).await;
        let status = answer.status().as_u16();
        self.tell(&format!("  {what} {word} {status}"));
        self.remember_secrets(answer.body());
        if content.is_some() && answer.status().is_success() {
            self.state().uploaded = content;
        }
        if place == Place::Api && answer.status().is_success() && method != Method::GET {
            self.note(&method, &what, id, answer.body());
        }
        answer
    }

    /// A request that never arrives.
    pub(crate) fn lose(&self, request: &Request<Bytes>, word: &str) {
        self.tell(&format!("  {} {word} lost", what(request)));
    }

    /// Remembers a change that we made, and says if it was none of ours to make.
    fn note(&self, method: &Method, what: &str, id: Option<String>, body: &[u8]) {
        let mut state = self.state();
        match id {
            None => {
                let made: Value = serde_json::from_slice(body).unwrap_or_default();
                state.made.extend(made["id"].as_str().map(str::to_owned));
            }
            Some(id) => {
                if state.foreign.contains_key(&id) {
                    state.wrong.push(format!("{what} has changed submission {id}, which is not ours"));
                }
                if what.ends_with("/commit") {
                    state.committed.push(id);
                } else if *method == Method::DELETE {
                    state.deleted += 1;
                }
            }
        }
    }

    /// What is in the blob when a commit is sent has to be our bytes.
    async fn hold_the_blob_against_ours(&self, commit: &Request<Bytes>) {
        let Some(expected) = self.content else { return };
        let path = commit.uri().to_string().trim_end_matches("/commit").to_owned();
        let mut look = Request::get(path);
        if let Some(headers) = look.headers_mut() {
            headers.extend(commit.headers().clone());
            headers.remove(http::header::CONTENT_LENGTH);
        }
        let draft = self.emulator.answer(look.body(Bytes::new()).expect("a request")).await;
        let draft: Value = serde_json::from_slice(draft.body()).unwrap_or_default();
        // What is no draft any more is not committed, and a token that is too old sees nothing.
        let Some(url) = draft["fileUploadUrl"].as_str() else { return };
        let blob = self.emulator.answer(Request::get(url).body(Bytes::new()).expect("a request")).await;
        if blake3::hash(blob.body()) != expected {
            self.complain(format!("a commit is sent and the blob answers {} with other bytes than ours", blob.status()));
        }
    }

    fn remember_secrets(&self, body: &[u8]) {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
        let mut state = self.state();
        if let Some(token) = body.get("access_token").and_then(Value::as_str) {
            state.secrets.insert(token.to_owned());
        }
        let url = body.get("fileUploadUrl").and_then(Value::as_str).unwrap_or_default();
        if let Some((_, signature)) = url.split_once("sig=") {
            state.secrets.insert(signature.split('&').next().unwrap_or_default().to_owned());
        }
    }

    /// Counts a request, and says what it meets.
    fn meet(&self, request: &Request<Bytes>) -> (Option<Act>, Option<Fault>, Option<Stop>) {
        let (place, what) = (Place::of(request), what(request));
        let mut state = self.state();
        let number = state.seen.len();
        state.seen.push(Seen { what: what.clone(), place });
        if place == Place::Api {
            state.sent.push(Instant::now());
        }
        let act = state.trouble.acts.iter().find(|(at, _)| *at == number).map(|(_, act)| *act);
        let stop = state.trouble.stop.filter(|stop| [Stop::Before(number), Stop::After(number)].contains(stop));
        let mut fault = None;
        for (at, (from, strike, spell)) in state.trouble.strikes.clone().into_iter().enumerate() {
            if number < from || fault.is_some() {
                continue;
            }
            let (first, times) = &mut state.struck[at];
            let alike = *first.get_or_insert_with(|| what.clone()) == what;
            let strikes = match spell {
                Spell::Once => *times < 1,
                Spell::Twice => alike && *times < 2,
                Spell::Forever => alike,
                Spell::Outage => true,
            };
            *times += usize::from(strikes);
            fault = strikes.then_some(strike);
        }
        state.met.extend(fault.map(|fault| (fault, place)));
        if number > MOST_REQUESTS {
            if number == MOST_REQUESTS + 1 {
                state.wrong.push(format!("a run sends more than {MOST_REQUESTS} requests"));
            }
            fault = Some(Fault::NotConnected);
        }
        (act, fault, stop)
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (act, fault, stop) = self.meet(&request);
        if let Some(act) = act {
            person::act(self, self.job, &self.wish, act).await;
        }
        if matches!(stop, Some(Stop::Before(_))) {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
        let answer = match fault {
            None => Ok(self.deliver(request, "").await),
            Some(fault) => fault.strike(self, request).await,
        };
        if stop.is_some() {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
        answer
    }
}

/// A line on which nothing happens, for whoever else uses the Store.
struct Direct(Emulator);

#[async_trait]
impl Transport for Direct {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.0.answer(request).await)
    }
}

/// A line of somebody else's to the same Store.
pub(crate) fn direct(line: &Line) -> Arc<dyn Transport> {
    Arc::new(Direct(line.emulator.clone()))
}

/// The submission that a path is about.
fn submission(path: &str) -> Option<&str> {
    path.strip_prefix(ROOT)?.split('/').find(|segment| is_submission(segment))
}

fn is_submission(segment: &str) -> bool {
    segment.len() == 19 && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// A request's method and path without what differs between runs.
fn what(request: &Request<Bytes>) -> String {
    let (method, path) = (request.method(), request.uri().path());
    match Place::of(request) {
        Place::SignIn => format!("{method} token"),
        Place::Blob => format!("{method} blob"),
        Place::Api => {
            let segments = path[ROOT.len()..].split('/').map(|segment| if is_submission(segment) { "*" } else { segment });
            format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
        }
    }
}
