//! What becomes of a request that meets a fault.

use super::armed::Struck;
use super::body::{cut, drain, slowly, truncated};
use super::trouble::Trouble;
use super::{Effect, Fate, Knock, answer};
use crate::emulator::Emulator;
use crate::front::{bearer, signature, with_length};
use axum::extract::Request;
use axum::response::Response;
use http::{Method, StatusCode};

/// Lies in a response that must never be sent: the connection ends instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// It is closed.
    Close,
    /// It is closed by a TCP reset.
    Reset,
}

impl Break {
    fn response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response.extensions_mut().insert(self);
        response
    }
}

/// Does to a request what the fault says; `serve` is the service's own work.
pub(crate) async fn play<F: Future<Output = Response>>(
    emulator: &Emulator,
    knock: &Knock,
    struck: Struck,
    mut request: Request,
    serve: impl FnOnce(Request) -> F,
) -> Response {
    let is_done = struck.effect == Effect::Done;
    let seen = match struck.trouble {
        Trouble::Delay(time) if is_done => {
            let response = serve(request).await;
            tokio::time::sleep(time).await;
            return response;
        }
        Trouble::Delay(time) => {
            tokio::time::sleep(time).await;
            return serve(request).await;
        }
        Trouble::Slow(rate) => {
            let response = with_length(serve(request.map(|body| slowly(body, rate))).await);
            return response.map(|body| slowly(body, rate));
        }
        Trouble::Truncate(bytes) => {
            let response = with_length(serve(request).await);
            let is_bare =
                knock.method == Method::HEAD || matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
            return if is_bare { Break::Close.response() } else { truncated(response, bytes) };
        }
        Trouble::ExpireToken => {
            if let Some(token) = bearer(request.headers()) {
                emulator.faults().expire(token);
            }
            return serve(request).await;
        }
        Trouble::ExpireUrl => {
            if let Some(signature) = signature(request.uri()) {
                emulator.faults().expire(&signature);
            }
            return serve(request).await;
        }
        Trouble::Stick(..) | Trouble::Drop(_) | Trouble::Fail(..) => {
            request.extensions_mut().insert(Fate::of(struck.trouble));
            return serve(request).await;
        }
        Trouble::Status(status, wait) => Seen::Answer(answer::refusal(status, wait, knock.service, emulator.now())),
        Trouble::Page => Seen::Answer(answer::page(StatusCode::OK)),
        Trouble::BrokenJson => Seen::Answer(answer::broken_json()),
        Trouble::Cut => Seen::Answer(cut()),
        Trouble::Lose => Seen::Break(Break::Close),
        Trouble::Reset => Seen::Break(Break::Reset),
    };
    if is_done {
        // Nobody hears what the service says.
        drop(serve(request).await);
    } else if !matches!(seen, Seen::Break(Break::Reset)) {
        drain(request.into_body()).await;
    }
    match seen {
        Seen::Answer(response) => response,
        Seen::Break(how) => how.response(),
    }
}

/// What the caller gets in place of the service's answer.
enum Seen {
    Answer(Response),
    Break(Break),
}
