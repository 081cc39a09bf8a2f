//! The line between the client and a Store: it notes what passes, and does to it what a test says.

use async_trait::async_trait;
use bytes::Bytes;
use flightline_client::transport::{Transport, TransportError};
use flightline_emulator::Emulator;
use http::{HeaderMap, Request, Response, StatusCode};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Which of the three services a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Login,
    Api,
    Blob,
}

/// A request as it was seen to leave.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) service: Service,
    /// How many requests to this service there were before.
    pub(crate) before: usize,
    /// How many of this very method and address there were before.
    pub(crate) again: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at: Instant,
}

impl Seen {
    /// Method and path below the API's root.
    pub(crate) fn call(&self) -> String {
        format!("{} {}", self.method, self.path.trim_start_matches("/v1.0/my/"))
    }

    /// What is asked of the blob service, in its own words.
    pub(crate) fn operation(&self) -> &'static str {
        match (self.method.as_str(), parameter(&self.query, "comp")) {
            ("PUT", None) => "Put Blob",
            ("PUT", Some("block")) => "Put Block",
            ("PUT", Some("blocklist")) => "Put Block List",
            ("GET", Some("blocklist")) => "Get Block List",
            _ => "?",
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// What happens to a request.
pub(crate) enum Act {
    /// It is answered.
    Pass,
    /// It is answered after a while.
    Late(Duration),
    /// It never leaves.
    Refused,
    /// It is lost on the way.
    LoseRequest,
    /// It is answered, and the answer is lost.
    LoseAnswer,
    /// Something else answers in place of the Store.
    Instead(Response<Bytes>),
    /// The Store does it, and something else answers.
    Disguise(Response<Bytes>),
    /// Its body arrives as another.
    Alter(Bytes),
    /// Its answer says another thing.
    Reword(fn(&str) -> String),
}

type Rule = Box<dyn Fn(&Seen) -> Act + Send + Sync>;

/// The line.
pub(crate) struct Line {
    emulator: Emulator,
    seen: Mutex<Vec<Seen>>,
    rule: Mutex<Rule>,
}

impl Line {
    pub(crate) fn new(emulator: Emulator) -> Self {
        Self { emulator, seen: Mutex::default(), rule: Mutex::new(Box::new(|_| Act::Pass)) }
    }

    /// From now on requests fare as `rule` says.
    pub(crate) fn rule(&self, rule: impl Fn(&Seen) -> Act + Send + Sync + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    /// Everything that has left so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn of(&self, service: Service) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.service == service).collect()
    }

    /// Forgets what has left so far.
    pub(crate) fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    fn note(&self, request: &Request<Bytes>) -> Seen {
        let uri = request.uri();
        let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
        let service = match () {
            () if path.contains("/oauth2/") => Service::Login,
            () if path.starts_with("/v1.0/my/") => Service::Api,
            () => Service::Blob,
        };
        let method = request.method().to_string();
        let mut seen = self.seen.lock().unwrap();
        let before = seen.iter().filter(|other| other.service == service).count();
        let again = seen.iter().filter(|other| other.method == method && other.path == path && other.query == query).count();
        let (headers, body) = (request.headers().clone(), request.body().clone());
        let one = Seen { service, before, again, method, path, query, headers, body, at: Instant::now() };
        seen.push(one.clone());
        one
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or("?").to_owned();
        let seen = self.note(&request);
        let act = (self.rule.lock().unwrap())(&seen);
        match act {
            Act::Pass => Ok(self.emulator.answer(request).await),
            Act::Late(by) => {
                tokio::time::sleep(by).await;
                Ok(self.emulator.answer(request).await)
            }
            Act::Refused => Err(TransportError::Connect { host, source: "connection refused".into() }),
            Act::LoseRequest => Err(TransportError::Broken { host, source: "connection reset".into() }),
            Act::LoseAnswer => {
                self.emulator.answer(request).await;
                Err(TransportError::Broken { host, source: "connection reset".into() })
            }
            Act::Instead(answer) => Ok(answer),
            Act::Disguise(answer) => {
                self.emulator.answer(request).await;
                Ok(answer)
            }
            Act::Alter(body) => {
                *request.body_mut() = body;
                Ok(self.emulator.answer(request).await)
            }
            Act::Reword(reword) => {
                let answer = self.emulator.answer(request).await;
                Ok(answer.map(|body| Bytes::from(reword(std::str::from_utf8(&body).unwrap()))))
            }
        }
    }
}

/// An answer with a body.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

/// An answer that asks to wait for so many seconds.
pub(crate) fn busy(status: u16, seconds: &str) -> Response<Bytes> {
    let mut answer = answer(status, "");
    answer.headers_mut().insert("retry-after", seconds.parse().unwrap());
    answer
}

/// The page of something that is not the Store.
pub(crate) const PAGE: &str =
    "<!DOCTYPE html><html><head><title>Harbour Hotel</title></head><body>Please <b>sign in</b> to use the network</body></html>";
