//! Puts the emulator on real ports.

mod line;
mod private;
mod tls;

use crate::emulator::Emulator;
use crate::error::Error;
use crate::front::Plain;
use axum::{Extension, Router};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use line::Lines;
use serde::Serialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long requests that are under way may take when the server is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// The hosts of the token endpoints and of the API. A server's certificate covers them, and `*.blob.core.windows.net`, so that a client
/// for which they resolve to the emulator notices nothing.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/python-code-examples-for-the-windows-store-submission-api>
pub const HOSTS: [&str; 3] = ["login.microsoftonline.com", "login.windows.net", "manage.devcenter.microsoft.com"];

/// Where and how to listen.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Where clients of the Store come in. Port 0 is any free one.
    pub listen: SocketAddr,
    /// Where the control port is; it speaks plain HTTP.
    pub control: SocketAddr,
    /// Whether clients come in over TLS.
    pub tls: Tls,
    /// The base that upload URLs are handed out under; the listener itself if it is not said.
    pub blob_url: Option<String>,
}

impl Listen {
    /// Any free ports of this machine, with TLS.
    pub fn local() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen: any, control: any, tls: Tls::Own, blob_url: None }
    }
}

/// Whether clients come in over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// With a certificate of the emulator's own authority, made on first use.
    Own,
    /// Plain HTTP.
    Off,
}

/// What a client has to know to use a served emulator.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// The base of the API, without `/v1.0`.
    pub api: String,
    /// The base of the token endpoints.
    pub login: String,
    /// The base that upload URLs are handed out under.
    pub blob: String,
    /// The base of the control port.
    pub control: String,
    /// The certificate of the authority in PEM, if TLS is on.
    pub ca: Option<PathBuf>,
    /// The tenant to sign in to.
    pub tenant_id: String,
    /// The application (client) id to sign in with.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The first app of the account that has something live.
    pub application_id: Option<String>,
    /// The first add-on of the account that has something live.
    pub in_app_product_id: Option<String>,
    /// The first flight of that app that has something live.
    pub flight_id: Option<String>,
}

/// Without the secret.
impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").field("api", &self.api).field("control", &self.control).finish_non_exhaustive()
    }
}

/// An emulator that is being served.
pub struct Server {
    ready: Ready,
    handles: [Handle<SocketAddr>; 2],
    tasks: [JoinHandle<std::io::Result<()>>; 2],
}

impl Server {
    /// Listens, and answers from then on.
    ///
    /// # Errors
    /// When an address cannot be listened on, or the certificates cannot be made.
    pub fn start(emulator: Emulator, listen: Listen) -> Result<Self, Error> {
        let (front, front_address) = bind(listen.listen)?;
        let (control, control_address) = bind(listen.control)?;
        let host = host(front_address);
        let (scheme, tls) = match listen.tls {
            Tls::Own => ("https", Some(tls::prepare(emulator.folder(), host)?)),
            Tls::Off => ("http", None),
        };
        let base = format!("{scheme}://{}", SocketAddr::new(host, front_address.port()));
        let blob = listen.blob_url.unwrap_or_else(|| format!("{base}/devstoreaccount1"));
        emulator.set_blob_url(&blob);
        let (principal, first) = (emulator.principal(), emulator.first()?);
        let ready = Ready {
            api: base.clone(),
            login: base,
            blob: emulator.blob_url(),
            control: format!("http://{}", SocketAddr::new(self::host(control_address), control_address.port())),
            ca: tls.as_ref().map(|tls| tls.authority.clone()),
            tenant_id: principal.tenant.clone(),
            client_id: principal.client.clone(),
            client_secret: principal.secret.clone(),
            application_id: first.app,
            in_app_product_id: first.add_on,
            flight_id: first.flight,
        };
        let handles = [Handle::new(), Handle::new()];
        let router = match listen.tls {
            Tls::Own => emulator.router(),
            Tls::Off => emulator.router().layer(Extension(Plain)),
        };
        let tasks = [
            serve(front, front_address, router, &handles[0], tls.map(|tls| tls.config))?,
            serve(control, control_address, emulator.control_router(), &handles[1], None)?,
        ];
        Ok(Self { ready, handles, tasks })
    }

    /// What a client has to know.
    pub fn ready(&self) -> Ready {
        self.ready.clone()
    }

    /// Takes no more requests, lets those under way end, and returns when all is quiet.
    pub async fn stop(self) {
        for handle in &self.handles {
            handle.graceful_shutdown(Some(GRACE));
        }
        for task in self.tasks {
            match task.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a listener ended with an error"),
                Err(error) => tracing::warn!(%error, "a listener did not end by itself"),
            }
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("ready", &self.ready).finish_non_exhaustive()
    }
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// The host that URLs name: the address listened on, or this machine if that is every address. A number needs no resolver, and the
/// certificate covers it.
fn host(address: SocketAddr) -> IpAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        ip => ip,
    }
}

fn serve(
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    handle: &Handle<SocketAddr>,
    tls: Option<RustlsConfig>,
) -> Result<JoinHandle<std::io::Result<()>>, Error> {
    let service = router.into_make_service();
    let failed = |source| Error::Listen { address, source };
    // A connection closes when nobody says anything for long enough (`line`), so no timer of the library's own is wanted.
    Ok(match tls {
        Some(tls) => {
            let server = axum_server::from_tcp_rustls(listener, tls).map_err(failed)?.handle(handle.clone());
            let mut server = server.map(|tls| tls.acceptor(Lines));
            server.http_builder().http1().keep_alive(true).header_read_timeout(None);
            tokio::spawn(server.serve(service))
        }
        None => {
            let mut server = axum_server::from_tcp(listener).map_err(failed)?.handle(handle.clone()).acceptor(Lines);
            server.http_builder().http1().keep_alive(true).header_read_timeout(None);
            tokio::spawn(server.serve(service))
        }
    })
}
