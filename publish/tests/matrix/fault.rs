//! What can happen to a request on its way to the Store, and to its answer on the way back.

use crate::line::{Line, Place};
use crate::word::words;
use bytes::Bytes;
use flightline_client::transport::TransportError;
use flightline_publish::error::Kind;
use http::{Request, Response};
use std::time::Duration;

words! {
    /// One thing that goes wrong.
    Fault {
        /// There is no connection.
        NotConnected = "no-connection",
        /// The connection breaks before the request is there.
        RequestLost = "request-lost",
        /// The request arrives; its answer does not, or breaks off in the middle.
        AnswerLost = "answer-lost",
        /// Nothing moves for five minutes, and the request never arrives.
        Stalled = "stalled",
        /// Nothing moves for five minutes after the request has arrived.
        StalledButDone = "stalled-but-done",
        /// The gateway counts too many requests.
        Throttled = "429",
        /// The same, with the time to wait in its sentence alone.
        ThrottledInWords = "429-in-words",
        /// The same, for an hour.
        ThrottledForLong = "429-for-long",
        /// The service fails, and has done nothing.
        Failed = "500",
        /// The service fails, and has done it.
        FailedButDone = "500-but-done",
        /// The gateway finds no service.
        BadGateway = "502",
        /// The service pleads overload.
        Unavailable = "503",
        /// The service pleads overload, and has done it.
        UnavailableButDone = "503-but-done",
        /// The gateway gives up.
        TimedOut = "504",
        /// The gateway gives up, and the service has done it.
        TimedOutButDone = "504-but-done",
        /// A proxy answers itself.
        Page = "page",
        /// A proxy puts a page in the place of the answer.
        PageButDone = "page-but-done",
        /// Of the answer's body only the first half comes.
        Truncated = "truncated",
        /// Of the answer only its head comes.
        Empty = "empty",
        /// The token counts no more.
        Unauthorized = "401",
        /// The caller may not do that.
        Forbidden = "403",
        /// What is there is not there yet.
        NotFound = "404",
        /// The product's state is said not to allow it.
        Conflict = "409",
        /// The answer takes nearly five minutes.
        Slow = "slow",
        /// The Store's clock is two hours on: every token is too old.
        TwoHoursLater = "two-hours-later",
        /// The Store's clock is a day on: every upload address is too old as well.
        ADayLater = "a-day-later",
    }
}

words! {
    /// How long it goes on.
    Spell {
        /// For this request alone.
        Once = "once",
        /// For this one and the next of its kind.
        Twice = "twice",
        /// For this one and all others of its kind.
        Forever = "forever",
        /// For this one and all that follow.
        Outage = "outage",
    }
}

impl Fault {
    /// Whether a request that meets it changes the Store.
    fn arrives(self) -> bool {
        match self {
            Self::AnswerLost
            | Self::StalledButDone
            | Self::FailedButDone
            | Self::UnavailableButDone
            | Self::TimedOutButDone
            | Self::PageButDone
            | Self::Truncated
            | Self::Empty
            | Self::Slow
            | Self::TwoHoursLater
            | Self::ADayLater => true,
            Self::NotConnected
            | Self::RequestLost
            | Self::Stalled
            | Self::Throttled
            | Self::ThrottledInWords
            | Self::ThrottledForLong
            | Self::Failed
            | Self::BadGateway
            | Self::Unavailable
            | Self::TimedOut
            | Self::Page
            | Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound
            | Self::Conflict => false,
        }
    }

    /// What a run that met it at such a place may say of it.
    pub(crate) fn kinds(self, place: Place) -> &'static [Kind] {
        match (self, place) {
            (Self::Throttled | Self::ThrottledInWords | Self::ThrottledForLong, Place::Api) => &[Kind::Throttled],
            (Self::Unauthorized | Self::Forbidden, Place::Api | Place::SignIn) => &[Kind::Credentials],
            (Self::NotFound, Place::Api) => &[Kind::NotFound, Kind::Trouble],
            // Where every token is too old when it comes, no token is good.
            (Self::TwoHoursLater | Self::ADayLater, Place::Api) => &[Kind::Credentials],
            (Self::Conflict, Place::Api) => &[Kind::Conflict],
            // Whatever refuses at the door, no token came.
            (_, Place::SignIn) => &[Kind::Trouble, Kind::Throttled, Kind::Credentials],
            (_, Place::Blob | Place::Api) => &[Kind::Trouble],
        }
    }

    /// What comes back of a request.
    pub(crate) async fn strike(self, line: &Line, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or("?").to_owned();
        let place = Place::of(&request);
        match self {
            Self::TwoHoursLater => line.put_forward(2).await,
            Self::ADayLater => line.put_forward(25).await,
            _ => {}
        }
        let answer = if self.arrives() {
            Some(line.deliver(request, self.word()).await)
        } else {
            line.lose(&request, self.word());
            None
        };
        let stall = Duration::from_secs(300);
        let broken = |host| TransportError::Broken { host, source: "connection reset".into() };
        let throttled = "Rate limit is exceeded. Try again in 14 seconds.";
        Ok(match (self, answer) {
            (Self::NotConnected, _) => return Err(TransportError::Connect { host, source: "connection refused".into() }),
            (Self::RequestLost | Self::AnswerLost, _) => return Err(broken(host)),
            (Self::Stalled | Self::StalledButDone, _) => {
                tokio::time::sleep(stall).await;
                return Err(TransportError::Stalled { host, after: stall });
            }
            (Self::Slow, Some(answer)) => {
                tokio::time::sleep(stall - Duration::from_secs(10)).await;
                answer
            }
            (Self::TwoHoursLater | Self::ADayLater, Some(answer)) => answer,
            (Self::Truncated, Some(answer)) => answer.map(|body| body.slice(..body.len() / 2)),
            (Self::Empty, Some(answer)) => answer.map(|_| Bytes::new()),
            (Self::Page | Self::PageButDone, _) => page(200),
            (Self::Throttled, _) => waiting(gateway(429, throttled), 14),
            (Self::ThrottledInWords, _) => gateway(429, throttled),
            (Self::ThrottledForLong, _) => waiting(gateway(429, "Rate limit is exceeded. Try again in 3600 seconds."), 3600),
            (Self::BadGateway, _) => page(502),
            (Self::TimedOut | Self::TimedOutButDone, _) => page(504),
            (Self::Failed | Self::FailedButDone, _) => place.refusal(500, "InternalServerError"),
            (Self::Unauthorized, _) => place.refusal(401, "Unauthorized"),
            (Self::Forbidden, _) => place.refusal(403, "AuthenticationFailed"),
            (Self::NotFound, _) => place.refusal(404, "ResourceNotFound"),
            (Self::Conflict, _) => place.refusal(409, "InvalidState"),
            (_, _) => place.refusal(503, "InvalidOperation"),
        })
    }
}

impl Place {
    /// A refusal in the words of whoever is asked.
    fn refusal(self, status: u16, code: &str) -> Response<Bytes> {
        let body = match self {
            Self::Api => {
                format!(r#"{{"code":"{code}","data":[],"details":[],"message":"It cannot be.","source":"Ingestion Api"}}"#)
            }
            Self::SignIn if status < 500 => {
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}"#
                    .to_owned()
            }
            Self::SignIn => {
                r#"{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred.","error_codes":[90033]}"#
                    .to_owned()
            }
            Self::Blob => format!("\u{feff}<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>It cannot be.</Message></Error>"),
        };
        Response::builder().status(status).body(Bytes::from(body)).expect("a response")
    }
}

fn gateway(status: u16, message: &str) -> Response<Bytes> {
    let body = format!(r#"{{ "statusCode": {status}, "message": "{message}" }}"#);
    Response::builder().status(status).body(Bytes::from(body)).expect("a response")
}

fn waiting(mut answer: Response<Bytes>, seconds: u16) -> Response<Bytes> {
    answer.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    answer
}

fn page(status: u16) -> Response<Bytes> {
    let page = "<html><head><title>Harbour Wi-Fi</title></head><body>Please sign in.</body></html>";
    let answer = Response::builder().status(status).header("content-type", "text/html");
    answer.body(Bytes::from_static(page.as_bytes())).expect("a response")
}
