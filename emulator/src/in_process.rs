//! The emulator without sockets: a request in, a response out.

use crate::reply::Refusal;
use axum::Router;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// Answers one request. A body's length is added where it is missing, as an HTTP library would.
pub(crate) async fn answer(router: Router, request: Request<Bytes>) -> Response<Bytes> {
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
    let (head, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => Response::from_parts(head, body.to_bytes()),
        Err(error) => {
            let (head, _) = Refusal::internal(&error).into_response().into_parts();
            Response::from_parts(head, Bytes::new())
        }
    }
}
