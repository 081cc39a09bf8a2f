//! A Store with one principal, and a line to it that can be answered by others.

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::api::Reader;
use flightline_client::auth::{Application, Credential};
use flightline_client::budget::Budget;
use flightline_client::error::Error;
use flightline_client::transport::{Transport, TransportError};
use flightline_emulator::{Account, Emulator, Options, Pace};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

pub(crate) const TENANT: &str = "8d0f3a52-6b1c-4e97-a3d4-1c5e9f7b2a60";
pub(crate) const CLIENT: &str = "4a9e1c7d-52b8-4f06-93ad-e7c80b6f1d25";
pub(crate) const SECRET: &str = "nobody-signs-in-with-this";

/// A request as it left.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) address: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// A field of its form.
    pub(crate) fn field(&self, name: &str) -> String {
        let value = self.body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
        percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

type Other = Box<dyn Fn(&Seen) -> Option<Result<Response<Bytes>, TransportError>> + Send + Sync>;

pub(crate) struct Line {
    pub(crate) emulator: Emulator,
    seen: Mutex<Vec<Seen>>,
    other: Mutex<Other>,
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let seen = Seen {
            method: request.method().to_string(),
            address: request.uri().to_string(),
            headers: request.headers().clone(),
            body: String::from_utf8_lossy(request.body()).into_owned(),
        };
        self.seen.lock().unwrap().push(seen.clone());
        let other = (self.other.lock().unwrap())(&seen);
        match other {
            Some(answer) => answer,
            None => Ok(self.emulator.answer(request).await),
        }
    }
}

impl Line {
    /// A Store whose account says `more` about its principal.
    pub(crate) fn of(more: &Value) -> Arc<Self> {
        let app = json!({
            "id": "9NBELLBUOY01",
            "primaryName": "Bell Buoy",
            "packageFamilyName": "SaltmarshSoftware.BellBuoy_3wq7k0n5xtd1c",
            "packageIdentityName": "SaltmarshSoftware.BellBuoy",
            "publisherName": "CN=8D2B6F14-7A30-4C5E-B1D9-E64F0A93C857",
        });
        let mut account = json!({"tenantId": TENANT, "clientId": CLIENT, "clientSecret": SECRET, "applications": [app]});
        for (name, value) in more.as_object().unwrap() {
            account[name] = value.clone();
        }
        let account = Account::parse(&account.to_string()).unwrap();
        let emulator = Emulator::open(Options { pace: Pace::Manual, ..Options::new(account) }).unwrap();
        Arc::new(Self { emulator, seen: Mutex::default(), other: Mutex::new(Box::new(|_| None)) })
    }

    /// From now on somebody else answers what `other` has an answer for.
    pub(crate) fn other(&self, other: impl Fn(&Seen) -> Option<Result<Response<Bytes>, TransportError>> + Send + Sync + 'static) {
        *self.other.lock().unwrap() = Box::new(other);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests whose address has `part` in it.
    pub(crate) fn to(&self, part: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.address.contains(part)).collect()
    }

    pub(crate) fn reader(self: &Arc<Self>, credential: Credential) -> Reader {
        let line: Arc<dyn Transport> = Arc::<Self>::clone(self);
        Reader::new(line, Addresses::default(), credential, Budget::per_minute(Budget::PER_MINUTE))
    }

    /// Puts the Store's clock forward, so that its tokens run out.
    pub(crate) async fn forward(&self, seconds: u32) {
        let request = Request::post(format!("/clock?forward={seconds}")).body(Bytes::new()).unwrap();
        assert_eq!(self.emulator.control(request).await.status(), 200);
    }
}

pub(crate) fn application() -> Application {
    Application { tenant_id: TENANT.to_owned(), client_id: CLIENT.to_owned() }
}

/// An answer in JSON.
pub(crate) fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

/// One part of a token, read.
pub(crate) fn part(token: &str, at: usize) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

/// Everything that an error says in any way.
pub(crate) fn all_of(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {} {:?} {:?}\n", error.code(), error.hint(), error.correlation_id());
    let mut source = error.source();
    while let Some(error) = source {
        write!(text, "{error} {error:?}").unwrap();
        source = error.source();
    }
    text
}
