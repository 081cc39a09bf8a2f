//! A blob service that keeps nothing but the names and lengths of blocks: what a client costs is seen best against it.
//!
//! `sink CA_FILE` listens on two free ports, plain and TLS, writes the authority of its certificate into the file, and prints a
//! line of JSON when it is ready. `GET /_sink` tells what came in; `DELETE /_sink` forgets it.

mod answer;
mod line;
mod store;

use line::{Line, Wire};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufReader, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use store::Store;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let authority = std::env::args_os().nth(1).ok_or("usage: sink CA_FILE")?;
    let tls = Arc::new(certificate(Path::new(&authority))?);
    let store = Arc::new(Store::default());
    let (plain, secure) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    let ready = serde_json::json!({
        "http": format!("http://{}", plain.local_addr()?),
        "https": format!("https://{}", secure.local_addr()?),
        "ca": Path::new(&authority),
    });
    println!("{ready}");
    std::io::stdout().flush()?;
    let shared = Arc::clone(&store);
    std::thread::spawn(move || {
        serve(&secure, &shared, move |stream| {
            let connection = ServerConnection::new(Arc::clone(&tls))?;
            // A large buffer below the TLS library: else it asks the system once for every record.
            Ok(StreamOwned::new(connection, line::Buffered(BufReader::with_capacity(256 << 10, stream))))
        })
    });
    serve(&plain, &store, Ok);
    Ok(())
}

/// One thread for each connection: there are never many, and no scheduler stands between a socket and its reader.
fn serve<W: Wire + 'static>(
    listener: &TcpListener,
    store: &Arc<Store>,
    wrap: impl Fn(TcpStream) -> Result<W, Failure> + Send + Clone + 'static,
) {
    for stream in listener.incoming().flatten() {
        let (store, wrap) = (Arc::clone(store), wrap.clone());
        std::thread::spawn(move || {
            // A client that goes away in the middle is part of what is measured.
            let _ = stream.set_nodelay(true);
            if let Ok(wire) = wrap(stream) {
                let _ = answer::answer(&mut Line::new(wire), &store);
            }
        });
    }
}

/// A server certificate for this machine, under an authority that is made for this run and whose key is forgotten at once.
fn certificate(file: &Path) -> Result<ServerConfig, Failure> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "flightline bench");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    std::fs::write(file, params.self_signed(&key)?.pem())?;
    let authority = Issuer::new(params, key);

    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.subject_alt_names.push(SanType::IpAddress(IpAddr::from([127, 0, 0, 1])));
    let certificate = params.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
