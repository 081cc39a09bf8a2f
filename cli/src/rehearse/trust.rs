//! Bundles of trusted certificates, in the forms that programs want them in.

use crate::env::Around;
use crate::report::{Exit, Failure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Where systems keep the certificates that they trust, in one file.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What Java programs that make such stores give them. It keeps nothing secret: there are certificates in it.
const PASSWORD: &str = "changeit";

/// A bundle of what the machine trusts and of our certificate.
pub(crate) fn bundle(certificate: &Path, folder: &Path, around: &Around) -> Result<PathBuf, Failure> {
    let known = around.ssl_cert_file.iter().cloned().chain(BUNDLES.map(PathBuf::from));
    let mut pem = known.filter_map(|file| std::fs::read(file).ok()).next().unwrap_or_default();
    let failed = |error| Failure::trouble("certificate", &error);
    pem.push(b'\n');
    pem.extend(std::fs::read(certificate).map_err(failed)?);
    let file = folder.join("bundle.pem");
    std::fs::write(&file, pem).map_err(failed)?;
    Ok(file)
}

/// A trust store for Java with our certificate alone, and the JAVA_TOOL_OPTIONS that name it.
pub(crate) async fn java(certificate: &Path, folder: &Path, around: &Around) -> Result<OsString, Failure> {
    let store = folder.join("trust.p12");
    let keytool = around.java_home.as_ref().map_or_else(|| "keytool".into(), |home| home.join("bin").join("keytool"));
    let mut command = Command::new(&keytool);
    command.args(["-importcert", "-noprompt", "-alias", "flightline", "-storetype", "PKCS12", "-storepass", PASSWORD]);
    command.arg("-file").arg(certificate).arg("-keystore").arg(&store);
    let failed = |problem: String| {
        Failure::of(
            Exit::Invalid,
            "no-keytool",
            format!("could not make a Java trust store with {}: {problem}", keytool.display()),
        )
        .hint("keytool comes with every JDK and JRE: put it on the PATH or set JAVA_HOME, or leave --java-trust-store out")
    };
    let output = command.output().await.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said =
            String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr }).trim().to_owned();
        return Err(failed(said));
    }
    let mut options = OsString::from(around.java_tool_options.as_deref().unwrap_or_default());
    if !options.is_empty() {
        options.push(" ");
    }
    options.push("-Djavax.net.ssl.trustStore=");
    options.push(&store);
    options.push(format!(" -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword={PASSWORD}"));
    Ok(options)
}
