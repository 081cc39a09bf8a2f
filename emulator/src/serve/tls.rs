//! The emulator's own certificates: an authority made on first use and kept, and a server certificate under it that covers this
//! machine and the hosts of the real services.

use super::{HOSTS, private};
use crate::clock::Clock;
use crate::error::Error;
use axum_server::tls_rustls::RustlsConfig;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How TLS is set up.
pub(super) struct Prepared {
    pub(super) config: RustlsConfig,
    /// The authority's certificate in PEM.
    pub(super) authority: PathBuf,
}

/// What is known of the certificates in the folder.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    authority_until: Timestamp,
    server_until: Timestamp,
    addresses: Vec<IpAddr>,
}

/// Takes the certificates in `folder`, or makes them where they are missing, about to expire, or not for this address.
pub(super) fn prepare(folder: &Path, address: IpAddr) -> Result<Prepared, Error> {
    let folder = folder.join("tls");
    fs::create_dir_all(&folder).map_err(failed("making the folder", &folder))?;
    // The machine's clock, not the Store's: it is the machines of the clients that judge certificates.
    let now = Clock::start().now();
    let mut addresses = vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    if !addresses.contains(&address) {
        addresses.push(address);
    }
    let soon = after(now, 1.day())?;
    let kept = kept(&folder).filter(|kept| kept.authority_until > soon);
    let is_good = kept.as_ref().is_some_and(|kept| kept.server_until > soon && kept.addresses == addresses);
    if !is_good || load(&folder).is_err() {
        let authority_until = match kept {
            Some(kept) if authority(&folder).is_ok() => kept.authority_until,
            _ => make_authority(&folder, now)?,
        };
        let server_until = make_server(&folder, now, authority_until, &addresses)?;
        let text = serde_json::to_string_pretty(&Kept { authority_until, server_until, addresses })
            .map_err(|source| Error::Kept { what: "the certificates", source })?;
        write(&folder, "kept.json", &text)?;
    }
    Ok(Prepared { config: load(&folder)?, authority: folder.join("ca.pem") })
}

fn kept(folder: &Path) -> Option<Kept> {
    serde_json::from_str(&fs::read_to_string(folder.join("kept.json")).ok()?).ok()
}

fn load(folder: &Path) -> Result<RustlsConfig, Error> {
    let (certificate, key) = (read(folder, "server.pem")?, read(folder, "server.key")?);
    let unsound = |_| rustls::Error::General("the server's certificate or key is no PEM".to_owned());
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(unsound)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(unsound)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// The parameters of the authority: the same each time, so that a kept key is enough to sign with.
fn authority_params() -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::OrganizationName, "Flightline emulator");
    params.distinguished_name.push(DnType::CommonName, "Flightline emulator's own authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn make_authority(folder: &Path, now: Timestamp) -> Result<Timestamp, Error> {
    let key = KeyPair::generate()?;
    let until = after(now, (10 * 365).days())?;
    let mut params = authority_params()?;
    valid(&mut params, now, until)?;
    let certificate = params.self_signed(&key)?;
    private_write(folder, "ca.key", &key.serialize_pem())?;
    write(folder, "ca.pem", &certificate.pem())?;
    Ok(until)
}

fn authority(folder: &Path) -> Result<Issuer<'static, KeyPair>, Error> {
    read(folder, "ca.pem")?;
    let key = KeyPair::from_pem(&read(folder, "ca.key")?)?;
    Ok(Issuer::new(authority_params()?, key))
}

fn make_server(folder: &Path, now: Timestamp, limit: Timestamp, addresses: &[IpAddr]) -> Result<Timestamp, Error> {
    let until = after(now, 365.days())?.min(limit);
    let mut params = CertificateParams::new(names())?;
    params.subject_alt_names.extend(addresses.iter().map(|address| SanType::IpAddress(*address)));
    params.distinguished_name.push(DnType::CommonName, "Flightline emulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    valid(&mut params, now, until)?;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority(folder)?)?;
    private_write(folder, "server.key", &key.serialize_pem())?;
    write(folder, "server.pem", &certificate.pem())?;
    Ok(until)
}

/// The names that the server's certificate covers: this machine, the hosts of the real services, and any blob host.
fn names() -> Vec<String> {
    ["localhost", "*.blob.core.windows.net"].into_iter().chain(HOSTS).map(str::to_owned).collect()
}

/// From yesterday, since clocks differ, until the day of `until`.
fn valid(params: &mut CertificateParams, now: Timestamp, until: Timestamp) -> Result<(), Error> {
    let day = |time: Timestamp| {
        let date = time.to_zoned(TimeZone::UTC).date();
        date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(after(now, -1.day())?);
    params.not_after = day(until);
    Ok(())
}

fn after(now: Timestamp, span: Span) -> Result<Timestamp, Error> {
    let later = now.to_zoned(TimeZone::UTC).checked_add(span).map(|later| later.timestamp());
    later.map_err(|_| Error::Tls(rustls::Error::General("the machine's clock is out of range".to_owned())))
}

fn read(folder: &Path, name: &str) -> Result<String, Error> {
    let path = folder.join(name);
    fs::read_to_string(&path).map_err(failed("reading", &path))
}

fn write(folder: &Path, name: &str, content: &str) -> Result<(), Error> {
    let path = folder.join(name);
    fs::write(&path, content).map_err(failed("writing", &path))
}

fn private_write(folder: &Path, name: &str, content: &str) -> Result<(), Error> {
    let path = folder.join(name);
    private::write(&path, content).map_err(failed("writing", &path))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { doing, path, source }
}
