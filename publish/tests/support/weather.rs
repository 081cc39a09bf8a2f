//! What can happen to a request on its way to the Store, and to its answer on the way back.

#![allow(dead_code, reason = "every test file takes what it needs")]
#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use crate::store::Line;
use bytes::Bytes;
use flightline_client::transport::TransportError;
use http::{Method, Request, Response};
use std::time::Duration;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no connection.
    NotConnected,
    /// The connection breaks before the request is there.
    RequestLost,
    /// The request arrives; its answer does not.
    AnswerLost,
    /// The gateway counts too many requests.
    Throttled,
    /// The service fails, and has done nothing.
    Failed,
    /// The service pleads overload, and has done it.
    UnavailableButDone,
    /// The gateway gives up, and the service has done it.
    TimedOutButDone,
    /// A proxy puts a page in the place of the answer.
    PageButDone,
    /// A proxy answers itself.
    Page,
    /// The token counts no more.
    Unauthorized,
    /// The request arrives a day later, and so does its answer.
    ADayLate,
    /// The request arrives at no end: nothing comes back, ever.
    HangsBefore,
    /// The request arrives, and nothing comes back, ever.
    HangsAfter,
}

/// How long it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spell {
    /// For this request alone.
    Once,
    /// For this one and the next of its kind.
    Twice,
    /// For this one and all others of its kind.
    Forever,
    /// For this one and all that follow.
    Outage,
}

/// What requests meet: nothing, or a fault from some request on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weather(Option<Front>);

#[derive(Debug, Clone)]
struct Front {
    at: usize,
    fault: Fault,
    spell: Spell,
    /// Method and path of the request that it began with, and how often it has struck.
    kind: Option<(Method, String)>,
    struck: usize,
}

impl Weather {
    /// A fault that begins at the request of this number, counted from 0.
    pub(crate) fn from(at: usize, fault: Fault, spell: Spell) -> Self {
        Self(Some(Front { at, fault, spell, kind: None, struck: 0 }))
    }

    /// What the request of this number meets.
    pub(crate) fn over(&mut self, number: usize, method: &Method, what: &str) -> Option<Fault> {
        let front = self.0.as_mut().filter(|front| number >= front.at)?;
        let (first_method, first_what) = front.kind.get_or_insert_with(|| (method.clone(), what.to_owned()));
        let alike = *first_method == *method && *first_what == *what;
        let strikes = match front.spell {
            Spell::Once => front.struck < 1,
            Spell::Twice => alike && front.struck < 2,
            Spell::Forever => alike,
            Spell::Outage => true,
        };
        front.struck += usize::from(strikes);
        strikes.then_some(front.fault)
    }
}

impl Fault {
    /// All from which something comes back.
    pub(crate) const ALL: [Self; 10] = [
        Self::NotConnected,
        Self::RequestLost,
        Self::AnswerLost,
        Self::Throttled,
        Self::Failed,
        Self::UnavailableButDone,
        Self::TimedOutButDone,
        Self::PageButDone,
        Self::Page,
        Self::Unauthorized,
    ];

    /// Whether a request that meets it changes the Store.
    pub(crate) fn arrives(self) -> bool {
        match self {
            Self::AnswerLost
            | Self::UnavailableButDone
            | Self::TimedOutButDone
            | Self::PageButDone
            | Self::ADayLate
            | Self::HangsAfter => true,
            Self::NotConnected
            | Self::RequestLost
            | Self::Throttled
            | Self::Failed
            | Self::Page
            | Self::Unauthorized
            | Self::HangsBefore => false,
        }
    }

    /// What comes back of a request.
    pub(crate) async fn strike(self, line: &Line, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or("?").to_owned();
        if self == Self::ADayLate {
            tokio::time::sleep(Duration::from_secs(25 * 3600)).await;
            return Ok(line.deliver(request).await);
        }
        if self.arrives() {
            line.deliver(request).await;
        } else {
            line.lose(&request);
        }
        let gateway = |status: u16, message: &str| {
            Response::builder()
                .status(status)
                .body(Bytes::from(format!(r#"{{ "statusCode": {status}, "message": "{message}" }}"#)))
        };
        let service = |status: u16, code: &str, message: &str| {
            let body = format!(r#"{{"code":"{code}","data":[],"details":[],"message":"{message}","source":"Ingestion Api"}}"#);
            Response::builder().status(status).body(Bytes::from(body))
        };
        let page = "<html><head><title>Harbour Wi-Fi</title></head><body>Please sign in.</body></html>";
        let answer = match self {
            Self::NotConnected => return Err(TransportError::Connect { host, source: "connection refused".into() }),
            Self::RequestLost | Self::AnswerLost => {
                return Err(TransportError::Broken { host, source: "connection reset".into() });
            }
            Self::HangsBefore | Self::HangsAfter | Self::ADayLate => std::future::pending().await,
            Self::Throttled => gateway(429, "Rate limit is exceeded. Try again in 14 seconds.").map(|mut answer| {
                answer.headers_mut().insert("retry-after", http::HeaderValue::from_static("14"));
                answer
            }),
            Self::Failed => service(500, "InternalServerError", "An internal error has occurred."),
            Self::UnavailableButDone => service(503, "InvalidOperation", "The service is busy."),
            Self::TimedOutButDone => Response::builder().status(504).body(Bytes::from_static(b"<h2>504 Gateway Time-out</h2>")),
            Self::PageButDone | Self::Page => {
                Response::builder().status(200).header("content-type", "text/html").body(Bytes::from_static(page.as_bytes()))
            }
            Self::Unauthorized => service(401, "Unauthorized", "Identity cannot be authorized."),
        };
        Ok(answer.expect("a response"))
    }
}
