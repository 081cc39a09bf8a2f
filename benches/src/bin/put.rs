//! The baseline: one Put Blob of a ready-made file, streamed by the HTTP and TLS libraries that the product is made of.
//!
//! `put URL FILE [CA_FILE]`; `PUT_PIECE` sets how many bytes are read at once.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::Arc;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

/// How many bytes are read at once, unless it is said. What `Body::from(file)` would take makes four times the calls.
const PIECE: usize = 256 << 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(file)) = (args.next(), args.next()) else { return Err("usage: put URL FILE [CA_FILE]".into()) };
    let mut roots = RootCertStore::empty();
    if let Some(authority) = args.next() {
        roots.add(CertificateDer::from_pem_file(authority)?)?;
    }
    let mut tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let client = reqwest::Client::builder().no_proxy().http1_only().tls_backend_preconfigured(tls).build()?;

    let piece = std::env::var("PUT_PIECE").ok().and_then(|text| text.parse().ok()).unwrap_or(PIECE);
    let file = File::open(file).await?;
    let length = file.metadata().await?.len();
    let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(file, piece));
    let request = client.put(url).header("content-length", length).header("x-ms-blob-type", "BlockBlob").body(body);
    let answer = request.send().await?;
    if answer.status() == reqwest::StatusCode::CREATED { Ok(()) } else { Err(answer.status().to_string().into()) }
}
