//! Signing in with a certificate, in every form in which people have theirs.

use crate::scene::{CLIENT, Line, TENANT, all_of, application, part};
use flightline_client::auth::{Certificate, Credential};
use flightline_client::error::{Error, Kind};
use flightline_client::secret::Password;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

const PASSWORD: &str = "Füße & Öl";

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/credential/files").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

/// A Store that knows both certificates of the files.
fn store() -> Arc<Line> {
    Line::of(&json!({"certificates": [text("rsa.crt"), text("ec.crt")]}))
}

fn open(content: impl AsRef<[u8]>, password: Option<&str>) -> Result<Certificate, Error> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("certificate");
    std::fs::write(&file, content).unwrap();
    Certificate::open(&file, password.map(Password::new).as_ref())
}

fn made(from: i32, until: i32) -> (String, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// Signs in, and gives the assertion that went out.
async fn signs_in(line: &Arc<Line>, certificate: Certificate) -> String {
    let reader = line.reader(Credential::Certificate(application(), certificate));
    reader.raw("applications?top=1").await.unwrap();
    line.to("/oauth2/").last().unwrap().field("client_assertion")
}

#[tokio::test(start_paused = true)]
async fn pem_files_sign_in_whatever_is_in_them_and_in_which_order() {
    let (rsa, ec) = (text("rsa.crt"), text("ec.crt"));
    let (new, new_key) = made(2020, 2061);
    let line = Line::of(&json!({"certificates": [rsa, ec, new]}));
    for (content, password, alg) in [
        (format!("{rsa}{}", text("rsa.key")), None, "PS256"),
        (format!("{}\n{rsa}", text("rsa-pkcs1.key")), None, "PS256"),
        (format!("{rsa}{}", text("rsa-enc.key")), Some(PASSWORD), "PS256"),
        (format!("{rsa}{}", text("rsa-v1.key")), Some(PASSWORD), "PS256"),
        (format!("{ec}{}", text("ec.key")), None, "ES256"),
        (format!("{ec}{}", text("ec-3des.key")), Some(PASSWORD), "ES256"),
        // A password that nothing needs does no harm, nor do line ends of another kind, nor a chain around.
        (format!("{new_key}{new}").replace('\n', "\r\n"), Some("unused"), "ES256"),
        (format!("Bag Attributes: 1\n{rsa}{new}{ec}{}", text("ec.key")), None, "ES256"),
    ] {
        let assertion = signs_in(&line, open(&content, password).unwrap()).await;
        assert_eq!(part(&assertion, 0)["alg"], alg, "{content}");
    }
}

#[tokio::test(start_paused = true)]
async fn pfx_files_sign_in_whatever_closes_them() {
    let line = store();
    for (name, password) in [
        // AES-256 and SHA-256, as programs of today write them.
        ("modern.pfx", Some(PASSWORD)),
        // RC2 of 40 bits, triple DES and SHA-1, as those of yesterday did.
        ("legacy.pfx", Some(PASSWORD)),
        ("rc2-128.pfx", Some(PASSWORD)),
        ("ec-nomac.pfx", Some(PASSWORD)),
        ("ec-plain.pfx", Some(PASSWORD)),
        ("ec-no-password.pfx", None),
        ("ec-no-password.pfx", Some("")),
    ] {
        let certificate = Certificate::open(&file(name), password.map(Password::new).as_ref());
        signs_in(&line, certificate.unwrap_or_else(|error| panic!("{name}: {error}"))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_assertion_says_what_the_manual_asks_for_and_each_is_another() {
    let line = store();
    let certificate = Certificate::open(&file("modern.pfx"), Some(&Password::new(PASSWORD))).unwrap();
    let thumbprint = certificate.thumbprint();
    assert_eq!((thumbprint.len(), format!("{certificate:?}")), (40, format!("Certificate({thumbprint})")));
    let reader = line.reader(Credential::Certificate(application(), certificate));
    reader.raw("applications").await.unwrap();
    line.forward(7200).await;
    // The Store's clock is ahead now, and an assertion is good for ten minutes: Entra says so.
    let error = reader.raw("applications").await.unwrap_err();
    assert_eq!(error.code(), "AADSTS700024");
    assert!(error.hint().unwrap().contains("clock"), "{:?}", error.hint());

    let forms = line.to("/oauth2/");
    let assertions: Vec<String> = forms.iter().map(|form| form.field("client_assertion")).collect();
    let (header, claims) = (part(&assertions[0], 0), part(&assertions[0], 1));
    assert_eq!((&header["typ"], header["x5t#S256"].as_str().unwrap().len()), (&json!("JWT"), 43));
    assert_eq!(header["x5t"].as_str().unwrap().len(), 27);
    assert_eq!(claims["aud"], format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(CLIENT), &json!(CLIENT)));
    let life = claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap();
    assert!((300..=900).contains(&life), "{life}");
    assert_ne!(claims["jti"], part(&assertions[1], 1)["jti"]);
    assert_eq!(forms[0].field("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(forms[0].field("client_secret"), "");
    for assertion in &assertions {
        assert!(!all_of(&error).contains(assertion.as_str()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_certificate_whose_time_is_over_is_not_even_shown() {
    for (from, until, words) in [(2019, 2020, "has expired on 2020-01-01"), (2060, 2061, "is good from 2060-01-01")] {
        let (certificate, key) = made(from, until);
        let line = Line::of(&json!({"certificates": [certificate]}));
        let credential = Credential::Certificate(application(), open(format!("{certificate}{key}"), None).unwrap());
        let error = line.reader(credential).sign_in().await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!((error.kind(), error.code().as_str()), (Kind::Credentials, "CertificateExpired"));
        assert!(line.seen().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_nobody_has_registered_is_refused_with_what_to_do() {
    let (certificate, key) = made(2020, 2061);
    let line = store();
    let credential = Credential::Certificate(application(), open(format!("{certificate}{key}"), None).unwrap());
    let error = line.reader(credential).sign_in().await.unwrap_err();
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Credentials, "AADSTS700027"));
    assert!(error.hint().unwrap().contains("FLIGHTLINE_CERTIFICATE_FILE"));
}

#[test]
fn what_cannot_be_used_is_said_in_words_and_is_wrong_input() {
    let (rsa, ec) = (text("rsa.crt"), text("ec.crt"));
    let weak = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    let pfx = |name: &str| std::fs::read(file(name)).unwrap();
    let table: Vec<(Vec<u8>, Option<&str>, &str, &str)> = vec![
        (b"".to_vec(), None, "BadCertificate", "neither PEM nor a PFX"),
        (b"hello".to_vec(), None, "BadCertificate", "neither PEM nor a PFX"),
        (rsa.clone().into(), None, "BadCertificate", "holds no private key"),
        (text("rsa.key").into(), None, "BadCertificate", "holds no certificate"),
        (format!("{ec}{}", text("rsa.key")).into(), None, "BadCertificate", "not that of the certificate"),
        (format!("{rsa}{}", text("ec.key")).into(), None, "BadCertificate", "not that of the certificate"),
        (format!("{}{ec}", made(2020, 2061).1).into(), None, "BadCertificate", "not that of the certificate"),
        (format!("{rsa}{weak}").into(), None, "BadCertificate", "the private key is damaged"),
        (format!("{rsa}{}", text("rsa-oldenc.key")).into(), Some(PASSWORD), "BadCertificate", "no longer used"),
        (rsa.replace("-----END", "-----DNE").into(), None, "BadCertificate", "damaged PEM"),
        (format!("{rsa}{}", text("rsa-enc.key")).into(), None, "CertificatePassword", "wants a password"),
        (format!("{rsa}{}", text("rsa-enc.key")).into(), Some("wrong"), "CertificatePassword", "does not open it"),
        (pfx("modern.pfx"), None, "CertificatePassword", "wants a password"),
        (pfx("modern.pfx"), Some("wrong"), "CertificatePassword", "does not open it"),
        (pfx("legacy.pfx"), Some("fusse & ol"), "CertificatePassword", "does not open it"),
        (pfx("ec-no-password.pfx"), Some("one"), "CertificatePassword", "does not open it"),
        (pfx("no-key.pfx"), Some(PASSWORD), "BadCertificate", "holds no private key"),
    ];
    for (content, password, code, words) in table {
        let error = open(content, password).unwrap_err();
        assert_eq!((error.kind(), error.code().as_str()), (Kind::Invalid, code), "{error}");
        assert!(error.to_string().contains(words) && error.hint().is_some(), "{words}: {error}");
        assert!(!all_of(&error).contains(PASSWORD), "{error:?}");
    }
    let error = Certificate::open(&file("nowhere.pem"), None).unwrap_err();
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Invalid, "CredentialUnreadable"));
    assert!(error.to_string().contains("nowhere.pem"));
    let error = open(vec![b'x'; 2 << 20], None).unwrap_err();
    assert!(error.to_string().contains("far too long"), "{error}");
}

#[test]
fn hostile_files_end_quickly_and_never_in_a_panic() {
    let whole = std::fs::read(file("ec-plain.pfx")).unwrap();
    for length in 0..whole.len() {
        assert!(open(&whole[..length], Some(PASSWORD)).is_err(), "{length}");
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0xFF;
        // What is not sealed may be changed; that it ends is what counts.
        let _ = open(&changed, Some(PASSWORD));
    }
    let modern = std::fs::read(file("modern.pfx")).unwrap();
    // As many rounds of hashing as a number can ask for.
    let rounds = [0x02, 0x02, 0x08, 0x00];
    let at = modern.windows(4).rposition(|window| window == rounds).unwrap();
    let mut endless = modern;
    endless[at + 2..at + 4].copy_from_slice(&[0x80, 0x00]);
    assert!(open(&endless, Some(PASSWORD)).is_err());
    let (certificate, key) = made(2020, 2061);
    let pem = format!("{certificate}{key}");
    for length in (0..pem.len() - 1).filter(|length| length % 7 == 0) {
        assert!(open(&pem[..length], None).is_err(), "{length}");
    }
}
