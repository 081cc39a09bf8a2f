//! The one seam of the crate: a request goes in, a response comes out. Production plugs in the HTTP library, tests plug in a Store.

use crate::clock;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::fmt::rfc2822;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Carries requests. Bodies are bytes in memory, never streams, so that any of them can be sent twice.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and waits for the whole response.
    ///
    /// # Errors
    /// When no whole response came. Responses of any status are `Ok`.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;
}

/// Counts what a connection has taken of a request's body. Whoever wants to know puts one among the request's extensions; a transport
/// that cannot tell leaves it at zero.
#[derive(Debug, Clone, Default)]
pub struct Moved(Arc<AtomicU64>);

impl Moved {
    /// More bytes were taken.
    pub fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes that were taken so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether both count the same request.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// How long nothing of a request may move before its connection is given up, where that is not the transport's usual time: put among
/// the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall(pub Duration);

/// A transport that notes by how much the clock of whoever answers differs from the machine's.
pub struct Dated {
    transport: Arc<dyn Transport>,
    /// In seconds; [`UNKNOWN`] while no answer had a date.
    ahead: AtomicI64,
}

const UNKNOWN: i64 = i64::MIN;

impl Dated {
    /// Carries requests over another transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, ahead: AtomicI64::new(UNKNOWN) }
    }

    /// By how many seconds the other clock is ahead of this machine's, by the date of the last answer that had one. Dates are
    /// whole seconds, and a slow answer makes this machine look ahead.
    pub fn ahead(&self) -> Option<i64> {
        Some(self.ahead.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNKNOWN)
    }
}

#[async_trait]
impl Transport for Dated {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let answer = self.transport.send(request).await?;
        let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
        if let Some(date) = date.and_then(|date| rfc2822::parse(date).ok()) {
            self.ahead.store(date.timestamp().as_second().saturating_sub(clock::now()), Ordering::Relaxed);
        }
        Ok(answer)
    }
}

/// No response came.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Nothing was sent: the host has no address, refuses connections, or its certificate is not trusted.
    #[error("could not connect to {host}")]
    Connect {
        /// The host that was asked.
        host: String,
        /// What the library says, without addresses.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The request may have arrived; its answer did not.
    #[error("the connection to {host} broke before the answer was there")]
    Broken {
        /// The host that was asked.
        host: String,
        /// What the library says, without addresses.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nothing moved for too long.
    #[error("nothing came from or went to {host} for {} seconds", after.as_secs())]
    Stalled {
        /// The host that was asked.
        host: String,
        /// For how long nothing moved.
        after: Duration,
    },
    /// The answer was longer than any that the service gives.
    #[error("the answer of {host} is longer than {limit} bytes")]
    TooLong {
        /// The host that was asked.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl TransportError {
    /// Whether the request certainly had no effect.
    pub fn was_not_sent(&self) -> bool {
        matches!(self, Self::Connect { .. })
    }

    /// Whether the host has a certificate that this machine does not trust, and will have it the next time.
    pub fn is_distrust(&self) -> bool {
        let Self::Connect { source, .. } = self else { return false };
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(source.as_ref());
        while let Some(cause) = next {
            if matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
                return true;
            }
            // An I/O error holds another one without naming it as its cause.
            next = match cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
                Some(held) => Some(held),
                None => cause.source(),
            };
        }
        false
    }
}
