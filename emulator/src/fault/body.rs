//! Bodies that come slowly, or not to their end.

use axum::body::{Body, BodyDataStream, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::header::CONTENT_LENGTH;
use std::io;
use std::time::Duration;

/// How much of a request's body is read and thrown away, so that its sender hears the answer and not a broken connection.
const DRAINED: usize = 64 << 20;

/// What an answer without a body promises where it is to be broken off.
const PROMISED: usize = 64;

/// Reads a body and forgets it.
pub(super) async fn drain(body: Body) {
    let mut body = body.into_data_stream();
    let mut total = 0_usize;
    while let Some(Ok(piece)) = body.next().await {
        total = total.saturating_add(piece.len());
        if total > DRAINED {
            return;
        }
    }
}

/// The body at so many bytes a second.
pub(super) fn slowly(body: Body, rate: u32) -> Body {
    if body.is_end_stream() || body.size_hint().exact() == Some(0) {
        return body;
    }
    // Ten pieces a second, or as many as there are bytes.
    let step = usize::try_from(rate / 10).unwrap_or(usize::MAX).max(1);
    let next = move |(mut body, mut held): (BodyDataStream, Bytes)| async move {
        while held.is_empty() {
            match body.next().await? {
                Ok(piece) => held = piece,
                Err(error) => return Some((Err(error), (body, held))),
            }
        }
        let piece = held.split_to(step.min(held.len()));
        let seconds = f64::from(u32::try_from(piece.len()).unwrap_or(u32::MAX)) / f64::from(rate);
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        Some((Ok(piece), (body, held)))
    };
    Body::from_stream(stream::unfold((body.into_data_stream(), Bytes::new()), next))
}

/// The answer as far as `bytes`, or half of it; the connection breaks where the rest should come.
pub(super) fn truncated(response: Response, bytes: Option<usize>) -> Response {
    let (mut head, body) = response.into_parts();
    let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok()).unwrap_or(0);
    let kept = bytes.unwrap_or(length / 2).min(length.saturating_sub(1));
    if length == 0 {
        head.headers.insert(CONTENT_LENGTH, PROMISED.into());
    }
    Response::from_parts(head, broken_off(body, kept))
}

/// The head of an answer, and nothing behind it.
pub(super) fn cut() -> Response {
    let mut response = Response::new(broken_off(Body::empty(), 0));
    response.headers_mut().insert(CONTENT_LENGTH, PROMISED.into());
    response
}

/// So many bytes of a body, and then an error.
fn broken_off(body: Body, bytes: usize) -> Body {
    let next = |state: Option<(BodyDataStream, usize)>| async move {
        let (mut body, left) = state?;
        let piece = if left == 0 { None } else { body.next().await };
        Some(match piece {
            Some(Ok(mut piece)) => {
                piece.truncate(left);
                let left = left - piece.len();
                (Ok(piece), Some((body, left)))
            }
            _ => {
                // What was said so far is on its way before the connection breaks.
                tokio::task::yield_now().await;
                (Err(io::Error::from(io::ErrorKind::ConnectionReset)), None)
            }
        })
    };
    Body::from_stream(stream::unfold(Some((body.into_data_stream(), bytes)), next))
}
