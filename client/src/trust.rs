//! Whom a connection believes: roots given by hand are judged here, the same on every system, and the machine judges the rest. The
//! verifiers of Windows and macOS may go to the network, or add rules of their own, before they look at a root that they do not know.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// The settings of a connection that believes `roots` and the machine. A machine without any roots, such as a bare container, is
/// taken to believe the public ones where no others are given.
pub(crate) fn config(roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, Box<dyn std::error::Error + Send + Sync>> {
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let given = match &roots[..] {
        [] => None,
        roots => {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(roots.iter().cloned());
            Some(WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider)).build()?)
        }
    };
    let machine = Verifier::new(Arc::clone(&provider)).or_else(|_| {
        let roots = if roots.is_empty() { webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec() } else { roots };
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
    })?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trust { given, machine }))
        .with_no_client_auth())
}

#[derive(Debug)]
struct Trust {
    given: Option<Arc<WebPkiServerVerifier>>,
    machine: Verifier,
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let machine = || self.machine.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let Some(given) = &self.given else { return machine() };
        match given.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Ok(verified) => Ok(verified),
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => machine(),
            // The issuer is known: why its certificate does not do is better said by the one who knows it.
            Err(error) => machine().map_err(|_| error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.machine.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.machine.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.machine.supported_verify_schemes()
    }
}
