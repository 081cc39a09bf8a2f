//! The emulator without sockets: a request in, a response out, or the way in which there is none.

use crate::fault::Break;
use axum::Router;
use bytes::Bytes;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower::ServiceExt;

/// How a connection ends that a fault has broken ([`crate::fault`]), for callers without a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is closed, and no answer came.
    #[error("the connection was closed before an answer came")]
    Closed,
    /// It is reset, and no answer came.
    #[error("the connection was reset before an answer came")]
    Reset,
    /// It ends in the middle of the answer.
    #[error("the connection ended after {received} bytes of an answer with status {status}")]
    Cut {
        /// The status of the answer.
        status: StatusCode,
        /// How many bytes of its body came.
        received: usize,
    },
}

/// Answers one request. A body's length is added where it is missing, as an HTTP library would.
pub(crate) async fn exchange(router: Router, request: Request<Bytes>) -> Result<Response<Bytes>, Broken> {
    let (mut head, body) = request.into_parts();
    let carries = !body.is_empty() || matches!(head.method, Method::POST | Method::PUT);
    if carries && !head.headers.contains_key(TRANSFER_ENCODING) {
        head.headers.entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(body.len()));
    }
    let request = Request::from_parts(head, axum::body::Body::from(body));
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    match response.extensions().get() {
        Some(Break::Close) => return Err(Broken::Closed),
        Some(Break::Reset) => return Err(Broken::Reset),
        None => {}
    }
    let (head, body) = response.into_parts();
    let (mut body, mut received) = (body.into_data_stream(), Vec::new());
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => received.extend_from_slice(&piece),
            Err(_) => return Err(Broken::Cut { status: head.status, received: received.len() }),
        }
    }
    Ok(Response::from_parts(head, Bytes::from(received)))
}

/// The same for callers that know no broken connections.
pub(crate) async fn answer(router: Router, request: Request<Bytes>) -> Response<Bytes> {
    exchange(router, request).await.unwrap_or_else(|_| {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
