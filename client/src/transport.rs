//! The one seam of the crate: a request goes in, a response comes out. Production plugs in the HTTP library, tests plug in a Store.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
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
