//! The transport of production: HTTP over TLS, with the machine's proxies and trusted roots.

use crate::transport::{Moved, Stall, Transport, TransportError};
use crate::trust;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::convert::Infallible;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The longest answer that is read, in bytes. The largest that the service gives, a submission in all languages, is below a tenth.
const LONGEST_ANSWER: usize = 64 << 20;

/// How much of a body is handed to the connection at a time: small enough that a slow line still shows movement.
const PIECE: usize = 64 << 10;

/// What is said of a connection that ended in the middle. The TLS library names a page of its own manual instead.
const CUT: &str = "the other end closed the connection without a word";

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(30);

/// After how much silence the other end is asked whether it is still there, and how often.
const PROBE: Duration = Duration::from_secs(20);
const PROBES: u32 = 4;

/// What a transport is made of beside the machine's own settings.
#[derive(Debug, Clone)]
pub struct WireOptions {
    /// Files of trusted roots in PEM, added to the machine's.
    pub roots: Vec<PathBuf>,
    /// How long an answer may take while nothing moves. Creating a submission has been seen to take 270 seconds (O-019).
    pub stall: Duration,
    /// What the service sees as the client's name.
    pub user_agent: String,
}

impl Default for WireOptions {
    fn default() -> Self {
        Self {
            roots: Vec::new(),
            stall: Duration::from_secs(300),
            user_agent: concat!("flightline/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// A transport could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// A file of trusted roots could not be read.
    #[error("could not read the trusted roots in {}", file.display())]
    Roots {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The HTTP library refused its settings.
    #[error("could not set up HTTPS")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// HTTP over TLS. Connections are kept and shared.
#[derive(Debug, Clone)]
pub struct Wire {
    client: reqwest::Client,
    /// For what no proxy can reach: this machine itself, and what is on its own link.
    near: reqwest::Client,
    stall: Duration,
}

impl Wire {
    /// Sets the library up.
    ///
    /// # Errors
    /// When a file of roots cannot be read, or the library refuses its settings.
    pub fn new(options: &WireOptions) -> Result<Self, WireError> {
        // Another library of the process may have chosen a provider already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut roots = Vec::new();
        for file in &options.roots {
            let error = |source: Box<dyn std::error::Error + Send + Sync>| WireError::Roots { file: file.clone(), source };
            let pem = std::fs::read(file).map_err(|source| error(source.into()))?;
            let before = roots.len();
            for der in CertificateDer::pem_slice_iter(&pem) {
                let der = der.map_err(|source| error(source.into()))?;
                // Looked into here, where the file is known: the library only says that some certificate is none.
                rustls::RootCertStore::empty().add(der.clone()).map_err(|source| error(source.into()))?;
                roots.push(der);
            }
            if roots.len() == before {
                return Err(error("there is no certificate in PEM form in it".into()));
            }
        }
        let mut tls = trust::config(roots).map_err(WireError::Setup)?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let builder = || {
            reqwest::Client::builder()
                .user_agent(&options.user_agent)
                .connect_timeout(CONNECT)
                // Parallel blocks want a connection each; the few API calls lose nothing by it.
                .http1_only()
                .pool_idle_timeout(Duration::from_secs(90))
                // A cable that was pulled out is noticed while an answer is awaited, too.
                .tcp_keepalive(PROBE)
                .tcp_keepalive_interval(PROBE)
                .tcp_keepalive_retries(PROBES)
                .redirect(reqwest::redirect::Policy::none())
                .tls_backend_preconfigured(tls.clone())
        };
        let setup = |source: reqwest::Error| WireError::Setup(source.into());
        let (client, near) = (builder().build().map_err(setup)?, builder().no_proxy().build().map_err(setup)?);
        Ok(Self { client, near, stall: options.stall })
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or("?").to_owned();
        let stall = request.extensions().get::<Stall>().map_or(self.stall, |stall| stall.0);
        let sent = request.extensions().get::<Moved>().cloned().unwrap_or_default();
        let received = Moved::default();
        let exchange = self.exchange(request, &host, &sent, &received);
        tokio::pin!(exchange);
        let mut before = 0;
        loop {
            match tokio::time::timeout(stall, &mut exchange).await {
                Ok(answer) => return answer,
                Err(_) => {
                    let now = sent.bytes() + received.bytes();
                    if now == before {
                        return Err(TransportError::Stalled { host: host.clone(), after: stall });
                    }
                    before = now;
                }
            }
        }
    }
}

impl Wire {
    async fn exchange(
        &self,
        request: Request<Bytes>,
        host: &str,
        sent: &Moved,
        received: &Moved,
    ) -> Result<Response<Bytes>, TransportError> {
        let failed = |error: reqwest::Error| {
            let connect = error.is_connect() || error.is_builder();
            // The library's error prints the whole address, and with it a signature.
            let error = error.without_url();
            let host = host.to_owned();
            match (connect, is_cut(&error)) {
                (true, _) => TransportError::Connect { host, source: error.into() },
                (false, true) => TransportError::Broken { host, source: CUT.into() },
                (false, false) => TransportError::Broken { host, source: error.into() },
            }
        };
        let (parts, body) = request.into_parts();
        let client = if is_near(host) { &self.near } else { &self.client };
        let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers);
        let request = if body.len() <= PIECE {
            request.body(body)
        } else {
            request.body(reqwest::Body::wrap(Pieces { rest: body, sent: sent.clone() }))
        };
        let mut answer = request.send().await.map_err(failed)?;
        let too_long = || TransportError::TooLong { host: host.to_owned(), limit: LONGEST_ANSWER };
        if answer.content_length().is_some_and(|length| length > LONGEST_ANSWER as u64) {
            return Err(too_long());
        }
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = std::mem::take(answer.headers_mut());
        }
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            received.add(piece.len());
            if body.len() + piece.len() > LONGEST_ANSWER {
                return Err(too_long());
            }
            body.extend_from_slice(&piece);
        }
        response.body(body.freeze()).map_err(|source| TransportError::Broken { host: host.to_owned(), source: source.into() })
    }
}

/// Whether the other end went away in the middle.
fn is_cut(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let io = cause.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof) {
            return true;
        }
        // An I/O error holds another one without naming it as its cause.
        next = match io.and_then(std::io::Error::get_ref) {
            Some(held) => Some(held),
            None => cause.source(),
        };
    }
    false
}

/// Whether a host is this machine, or the address at which a machine in Azure finds its identity.
fn is_near(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_near = |address: IpAddr| match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_near)
}

/// A body in memory that counts what the connection has taken of it.
struct Pieces {
    rest: Bytes,
    sent: Moved,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.sent.add(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
