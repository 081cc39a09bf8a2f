//! A connection that can be broken on demand, and that is closed when nobody has said anything for long enough.

use crate::fault::Break;
use axum::response::Response;
use axum_server::accept::Accept;
use futures::future::BoxFuture;
use futures::task::AtomicWaker;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready as is_ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};
use tower::Service;

/// How long a connection stays open on which nobody says anything and no request is under way: as long as IIS has it (O-136), and
/// longer than scripts sleep (O-121).
///
/// <https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/sitedefaults/limits>
pub(super) const IDLE: Duration = Duration::from_secs(120);

/// What a connection and the requests on it know of each other.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    reader: AtomicWaker,
}

#[derive(Debug)]
struct State {
    /// Requests that wait for their answer.
    waiting: usize,
    /// When something was last said.
    last: Instant,
    broken: Option<Break>,
}

impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_spoken_on(&self) {
        self.with(|state| state.last = Instant::now());
    }

    fn check(&self) -> io::Result<()> {
        match self.with(|state| state.broken) {
            None => Ok(()),
            Some(_) => Err(ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// Makes a [`Line`] of every connection, below whatever TLS comes on top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines;

impl<S> Accept<TcpStream, S> for Lines {
    type Stream = Line;
    type Service = OnLine<S>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let state = Mutex::new(State { waiting: 0, last: Instant::now(), broken: None });
        let shared = Arc::new(Shared { state, reader: AtomicWaker::new() });
        let timer = Box::pin(sleep_until(Instant::now() + IDLE));
        ready(Ok((Line { stream, shared: Arc::clone(&shared), timer }, OnLine { service, shared })))
    }
}

/// A connection.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    shared: Arc<Shared>,
    timer: Pin<Box<Sleep>>,
}

impl Line {
    /// Whether nobody has said anything for too long.
    fn is_forgotten(&mut self, cx: &mut Context<'_>) -> bool {
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let end = self.shared.with(|state| if state.waiting > 0 { now } else { state.last }) + IDLE;
            if end <= now {
                return true;
            }
            self.timer.as_mut().reset(end);
        }
        false
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.shared.reader.register(cx.waker());
        self.shared.check()?;
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.shared.is_spoken_on();
            return Poll::Ready(read);
        }
        // To whoever reads, it is as if the other side had hung up.
        if self.is_forgotten(cx) { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.shared.check()?;
        let written = is_ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        self.shared.is_spoken_on();
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.shared.check()?;
        let written = is_ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, pieces));
        self.shared.is_spoken_on();
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.shared.with(|state| state.broken) == Some(Break::Reset) {
            // Without time to linger a socket is not closed in order but reset. Where that cannot be had, it is closed.
            let _closed_anyway = self.stream.set_zero_linger();
        }
    }
}

/// What answers the requests of one connection.
#[derive(Debug, Clone)]
pub(super) struct OnLine<S> {
    service: S,
    shared: Arc<Shared>,
}

/// The connection is broken, as a fault wanted it.
#[derive(Debug, thiserror::Error)]
#[error("the connection is broken by a fault that was asked for")]
pub(super) struct BrokenLine;

/// A request under way, whether it comes to its end or is given up.
struct Waiting(Arc<Shared>);

impl Waiting {
    fn begin(shared: &Arc<Shared>) -> Self {
        shared.with(|state| state.waiting += 1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.with(|state| {
            state.waiting = state.waiting.saturating_sub(1);
            state.last = Instant::now();
        });
    }
}

impl<S, B> Service<http::Request<B>> for OnLine<S>
where
    S: Service<http::Request<B>, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = BrokenLine;
    type Future = BoxFuture<'static, Result<Response, BrokenLine>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BrokenLine>> {
        self.service.poll_ready(cx).map_err(|never| match never {})
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let (waiting, answer) = (Waiting::begin(&self.shared), self.service.call(request));
        Box::pin(async move {
            let response = answer.await.unwrap_or_else(|never| match never {});
            let Some(how) = response.extensions().get::<Break>().copied() else { return Ok(response) };
            waiting.0.with(|state| state.broken = Some(how));
            waiting.0.reader.wake();
            Err(BrokenLine)
        })
    }
}
