//! What a service may answer: the transport gives whatever it is told to, and time passes by itself.

use async_trait::async_trait;
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::api::{Reader, Writer};
use flightline_client::auth::{Credential, Credentials, ManagedIdentity};
use flightline_client::budget::Budget;
use flightline_client::error::Error;
use flightline_client::secret::{ClientSecret, SasUrl};
use flightline_client::transport::{Transport, TransportError};
use flightline_protocol::id::{AppId, SubmissionId};
use flightline_protocol::target::Target;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const APP: &str = "9NHRBRL1GHTS";
const SECRET: &str = "s3cr3t-of-the-application";
/// Far more requests than any one call may make.
const MOST_REQUESTS: u32 = 5_000;

/// An answer as it is kept: a line with the status, lines of headers, an empty line and the body. What has no empty line is a body.
struct Canned {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Canned {
    fn read(bytes: &[u8]) -> Self {
        let mut canned = Self { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::copy_from_slice(bytes) };
        let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") else { return canned };
        canned.body = canned.body.slice(end + 2..);
        for (number, line) in bytes[..end].split(|byte| *byte == b'\n').enumerate() {
            if number == 0 {
                let status = std::str::from_utf8(line).ok().and_then(|line| line.trim().parse().ok());
                canned.status = status.and_then(|status: u16| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
            } else if let Some(colon) = line.iter().position(|byte| *byte == b':') {
                let name = HeaderName::from_bytes(&line[..colon]);
                let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
                canned.headers.extend(name.ok().zip(value.ok()).map(|(name, value)| (Some(name), value)));
            }
        }
        canned
    }

    fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        (*response.status_mut(), *response.headers_mut()) = (self.status, self.headers.clone());
        response
    }
}

/// Which requests get the answer. The others get what they want.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Token,
    Api,
    BlockList,
}

struct Service {
    at: At,
    canned: Canned,
    sent: AtomicU32,
}

#[async_trait]
impl Transport for Service {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        assert!(self.sent.fetch_add(1, Ordering::Relaxed) < MOST_REQUESTS, "it asks without an end");
        let (uri, is_put) = (request.uri(), request.method() == http::Method::PUT);
        let at = match uri.host().unwrap_or_default() {
            "login.microsoftonline.com" | "169.254.169.254" => At::Token,
            "manage.devcenter.microsoft.com" => At::Api,
            _ => At::BlockList,
        };
        let mut response = Response::new(Bytes::new());
        match at {
            at if at == self.at && !(at == At::BlockList && is_put) => response = self.canned.response(),
            At::Token => *response.body_mut() = Bytes::from_static(br#"{"access_token":"t0k3n","expires_in":"3599"}"#),
            At::Api => *response.body_mut() = Bytes::from_static(br#"{"id":"1152921505700000101","status":"PendingCommit"}"#),
            At::BlockList => *response.status_mut() = StatusCode::CREATED,
        }
        Ok(response)
    }
}

/// Somebody who asks a service that gives this answer.
fn reader(at: At, bytes: &[u8], credential: impl Into<Credential>) -> Reader {
    let service = Service { at, canned: Canned::read(bytes), sent: AtomicU32::new(0) };
    Reader::new(Arc::new(service), Addresses::default(), credential, Budget::per_minute(1_000_000))
}

fn credentials() -> Credentials {
    let [tenant_id, client_id] = ["tenant", "client"].map(str::to_owned);
    Credentials { tenant_id, client_id, client_secret: ClientSecret::new(SECRET) }
}

fn app() -> (AppId, Target, SubmissionId) {
    let app: AppId = APP.parse().expect("an id");
    (app.clone(), Target::App(app), "1152921505700000101".parse().expect("an id"))
}

/// Runs on a clock of its own that no wait keeps waiting.
fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(work);
}

/// All that an error has to say, which holds no secret and answers every question.
fn tell<T>(result: Result<T, Error>) {
    let Err(error) = result else { return };
    let _ =
        (error.kind(), error.outcome(), error.code(), error.status(), error.correlation_id(), error.retry_after(), error.hint());
    let mut text = format!("{error:?}");
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = next {
        let _ = write!(text, "{cause}");
        next = cause.source();
    }
    assert!(!text.contains(SECRET) && !text.contains("t0k3n"), "a secret is told: {text}");
}

/// An answer to whoever asks for a token.
pub fn token(bytes: &[u8]) {
    run(async {
        tell(reader(At::Token, bytes, credentials()).identity().await);
        let machine = ManagedIdentity::Machine { url: ManagedIdentity::MACHINE.to_owned(), client_id: None };
        // A machine knows no secret that it could hide.
        let _ = reader(At::Token, bytes, Credential::ManagedIdentity(machine)).identity().await.map_err(|error| error.hint());
    });
}

/// An answer to any call of the API.
pub fn answer(bytes: &[u8]) {
    run(async {
        let reader = reader(At::Api, bytes, credentials());
        let (app, target, id) = app();
        tell(reader.app(&app).await);
        tell(reader.list_apps().all().await);
        tell(reader.list_flights(&app).all().await);
        tell(reader.list_add_ons_of(&app).all().await);
        tell(reader.references(&target).await);
        tell(reader.submission(&target, &id).await);
        tell(reader.status(&target, &id).await);
        tell(reader.rollout(&target, &id).await);
        let writer = Writer::new(reader);
        tell(writer.create_submission(&target).await);
        tell(writer.delete_submission(&target, &id).await);
        let _ = writer.reader().pulse().exchanges();
    });
}

/// The list of what a blob holds.
pub fn blocks(bytes: &[u8]) {
    run(async {
        let (_, target, id) = app();
        let url = SasUrl::parse("https://blobs.example/ingestion/boats?sv=2024-05-04&sig=s").expect("an address");
        let content = Arc::new(Bytes::from(vec![7; (9 << 20) + 1]));
        let writer = Writer::new(reader(At::BlockList, bytes, credentials()));
        tell(writer.upload(&target, &id, &url, content, &|_| {}).await);
    });
}

/// `Retry-After` on the first line, the `Date` on the second, and the words of the gateway after them.
pub fn retry(bytes: &[u8]) {
    let mut lines = bytes.splitn(3, |byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let [after, date, words] = [lines.next(), lines.next(), lines.next()].map(Option::unwrap_or_default);
    let words = serde_json::Value::from(String::from_utf8_lossy(words)).to_string();
    for status in ["429", "503"] {
        let body = format!("{{\"message\":{words}}}");
        let parts = [status.as_bytes(), b"\nretry-after: ", after, b"\ndate: ", date, b"\n\n", body.as_bytes()];
        let canned = parts.concat();
        run(async {
            let (app, target, id) = app();
            let reader = reader(At::Api, &canned, credentials());
            tell(reader.app(&app).await);
            tell(reader.status(&target, &id).await);
        });
    }
}
