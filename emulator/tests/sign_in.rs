//! The other ways to sign in: with a certificate, and with the token of another issuer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use flightline_emulator::{Account, Emulator, Error, Options};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, PublicKeyData, date_time_ymd};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use support::{Answer, Store, sample};

/// A key that was made for these tests and opens nothing.
const RSA: &[u8] = include_bytes!("support/rsa-test-key.der");

/// Somebody who signs assertions.
enum Signer {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding, &'static str),
    Elliptic(EcdsaKeyPair),
}

impl Signer {
    fn rsa(algorithm: &'static str) -> Self {
        let encoding: &'static dyn RsaEncoding = if algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        Self::Rsa(RsaKeyPair::from_pkcs8(RSA).unwrap(), encoding, algorithm)
    }

    fn elliptic(key: &KeyPair) -> Self {
        let random = SystemRandom::new();
        Self::Elliptic(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der(), &random).unwrap())
    }

    fn sign(&self, header: Value, claims: &Value) -> String {
        let mut header = header;
        header["typ"] = json!("JWT");
        header["alg"] = json!(match self {
            Self::Rsa(_, _, algorithm) => algorithm,
            Self::Elliptic(_) => "ES256",
        });
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa(key, encoding, _) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(*encoding, &random, signed.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Elliptic(key) => key.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(key, ..) => {
                let public: ring::rsa::PublicKeyComponents<Vec<u8>> = key.public().into();
                json!({ "kty": "RSA", "n": encode(&public.n), "e": encode(&public.e) })
            }
            Self::Elliptic(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
        }
    }
}

fn rsa_key() -> KeyPair {
    KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(RSA), &PKCS_RSA_SHA256).unwrap()
}

fn certificate(key: &KeyPair, until: i32) -> rcgen::Certificate {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params.self_signed(key).unwrap()
}

fn thumbprint(certificate: &rcgen::Certificate) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate.der()).as_ref())
}

async fn ask(store: &Store, assertion: &str) -> Answer {
    let (tenant, client) = (store.account.tenant_id(), store.account.client_id());
    let form = format!(
        "grant_type=client_credentials&client_id={client}&scope=https://manage.devcenter.microsoft.com/.default\
         &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={assertion}"
    );
    let request = Request::post(format!("/{tenant}/oauth2/v2.0/token")).body(Bytes::from(form)).unwrap();
    Answer::read(store.emulator.answer(request).await)
}

/// What a client says about itself for five minutes.
fn claims(store: &Store) -> Value {
    let (tenant, client, now) = (store.account.tenant_id(), store.account.client_id(), store.emulator.now().as_second());
    json!({
        "aud": format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"),
        "iss": client,
        "sub": client,
        "jti": "7c0d3c0e",
        "nbf": now,
        "exp": now + 300,
    })
}

async fn opens_the_api(store: &Store, answer: &Answer) {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let bearer = format!("Bearer {}", answer.body["access_token"].as_str().unwrap());
    let request = Request::get("/v1.0/my/applications").header("Authorization", bearer).body(Bytes::new()).unwrap();
    assert_eq!(store.emulator.answer(request).await.status(), 200);
}

fn number(answer: &Answer) -> (u16, u64) {
    (answer.status.as_u16(), answer.body["error_codes"][0].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn a_certificate_signs_in_however_it_is_named() {
    let (rsa, elliptic) = (rsa_key(), KeyPair::generate().unwrap());
    let (first, second) = (certificate(&rsa, 2060), certificate(&elliptic, 2060));
    let mut account = sample();
    account["certificates"] = json!([first.pem(), format!("{}{}", elliptic.serialize_pem(), second.pem())]);
    let store = Store::of(&account).await;
    let claims = claims(&store);
    let sha256 = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, first.der()).as_ref());
    let hex: String = digest(&SHA1_FOR_LEGACY_USE_ONLY, first.der()).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    for header in [json!({ "x5t": thumbprint(&first) }), json!({ "x5t#S256": sha256 }), json!({ "kid": hex })] {
        for algorithm in ["RS256", "PS256"] {
            opens_the_api(&store, &ask(&store, &Signer::rsa(algorithm).sign(header.clone(), &claims)).await).await;
        }
    }
    let assertion = Signer::elliptic(&elliptic).sign(json!({ "x5t": thumbprint(&second) }), &claims);
    opens_the_api(&store, &ask(&store, &assertion).await).await;
}

#[tokio::test]
async fn an_assertion_may_be_for_any_name_of_the_tenant() {
    let rsa = rsa_key();
    let certificate = certificate(&rsa, 2060);
    let mut account = sample();
    account["certificates"] = json!([certificate.pem()]);
    let store = Store::of(&account).await;
    let tenant = store.account.tenant_id();
    let header = json!({ "x5t": thumbprint(&certificate) });
    for (audience, number_wanted) in [
        (json!(format!("https://login.microsoftonline.com/{tenant}/oauth2/token")), 0),
        (json!(format!("https://login.windows.net/{}/oauth2/v2.0/token", tenant.to_uppercase())), 0),
        (json!([format!("https://login.microsoftonline.com/{tenant}/v2.0")]), 0),
        (json!(format!("https://sts.windows.net/{tenant}/")), 0),
        (json!(format!("https://login.example/{tenant}/oauth2/v2.0/token")), 700_023),
        (json!("https://login.microsoftonline.com/common/oauth2/v2.0/token"), 700_023),
        (json!("api://AzureADTokenExchange"), 700_023),
        (Value::Null, 700_023),
    ] {
        let mut claims = claims(&store);
        claims["aud"] = audience;
        let answer = ask(&store, &Signer::rsa("PS256").sign(header.clone(), &claims)).await;
        assert_eq!(number(&answer).1, number_wanted, "{claims}");
    }
}

/// A way to spoil claims.
type Spoil = fn(&mut Value);

#[tokio::test]
async fn what_is_wrong_with_an_assertion_has_its_number() {
    let rsa = rsa_key();
    let (good, old) = (certificate(&rsa, 2060), certificate(&rsa, 2021));
    let mut account = sample();
    account["certificates"] = json!([good.pem(), old.pem()]);
    let store = Store::of(&account).await;
    let signer = Signer::rsa("RS256");
    let header = json!({ "x5t": thumbprint(&good) });
    let table: &[(Spoil, (u16, u64))] = &[
        (|c| c["sub"] = json!("somebody"), (401, 700_021)),
        (|c| c["exp"] = json!(c["nbf"].as_i64().unwrap() - 400), (401, 700_024)),
        (|c| c["nbf"] = json!(c["nbf"].as_i64().unwrap() + 400), (401, 700_024)),
        (
            |c| {
                c.as_object_mut().unwrap().remove("exp");
            },
            (401, 700_024),
        ),
        (|c| c["iss"] = json!("somebody"), (400, 70_021)),
    ];
    for (spoil, expected) in table {
        let mut claims = claims(&store);
        spoil(&mut claims);
        assert_eq!(number(&ask(&store, &signer.sign(header.clone(), &claims)).await), *expected, "{claims}");
    }
    let claims = claims(&store);
    let stranger = Signer::elliptic(&KeyPair::generate().unwrap());
    let mut altered = signer.sign(header.clone(), &claims);
    altered.insert_str(altered.len() - 10, "AAAA");
    for (assertion, expected) in [
        (signer.sign(json!({ "x5t": "bm9ib2R5" }), &claims), (401, 700_027)),
        (signer.sign(json!({ "x5t": thumbprint(&old) }), &claims), (401, 700_027)),
        (stranger.sign(header.clone(), &claims), (401, 700_027)),
        (altered, (401, 700_027)),
        (signer.sign(json!({}), &claims), (400, 50_027)),
        ("nonsense".to_owned(), (400, 50_027)),
    ] {
        let answer = ask(&store, &assertion).await;
        assert_eq!(number(&answer), expected, "{:?}", answer.body);
        assert!(!answer.body.to_string().contains(&assertion));
    }
    let untyped = format!(
        "grant_type=client_credentials&client_id={}&resource=https://manage.devcenter.microsoft.com&client_assertion=a.b.c",
        store.account.client_id()
    );
    let request = Request::post(format!("/{}/oauth2/token", store.account.tenant_id())).body(Bytes::from(untyped)).unwrap();
    assert_eq!(number(&Answer::read(store.emulator.answer(request).await)), (400, 900_144));
}

#[tokio::test]
async fn tokens_of_an_agreed_issuer_are_taken() {
    let key = KeyPair::generate().unwrap();
    let (rsa, elliptic) = (Signer::rsa("RS256"), Signer::elliptic(&key));
    let pem = pem(&key.subject_public_key_info());
    let github = "https://token.actions.githubusercontent.com";
    let mut account = sample();
    account["federatedIssuers"] = json!([
        { "issuer": github, "subject": "repo:saltmarsh/lights:ref:refs/heads/main", "publicKey": rsa.jwk() },
        { "issuer": "https://gitlab.example", "subject": "s", "audience": "https://our.example", "publicKey": pem },
        { "issuer": "https://vstoken.dev.azure.com/1", "subject": "sc://saltmarsh", "publicKey": elliptic.jwk() },
    ]);
    let store = Store::of(&account).await;
    let now = store.emulator.now().as_second();
    let claims =
        |issuer: &str, subject: &str, audience: &str| json!({ "iss": issuer, "sub": subject, "aud": audience, "exp": now + 300 });
    let exchange = "api://AzureADTokenExchange";
    let main = claims(github, "repo:saltmarsh/lights:ref:refs/heads/main", exchange);
    opens_the_api(&store, &ask(&store, &rsa.sign(json!({ "kid": "1" }), &main)).await).await;
    let azure = claims("https://vstoken.dev.azure.com/1", "sc://saltmarsh", exchange);
    opens_the_api(&store, &ask(&store, &elliptic.sign(json!({}), &azure)).await).await;
    let gitlab = claims("https://gitlab.example", "s", "https://our.example");
    opens_the_api(&store, &ask(&store, &elliptic.sign(json!({}), &gitlab)).await).await;

    for (claims, expected) in [
        (claims(github, "repo:saltmarsh/lights:ref:refs/heads/Main", exchange), (400, 70_021)),
        (claims(github, "repo:saltmarsh/lights:ref:refs/heads/main", "https://our.example"), (400, 70_021)),
        (claims("https://gitlab.example/", "s", "https://our.example"), (400, 70_021)),
        // Agreed, and signed by somebody else.
        (azure, (401, 700_027)),
    ] {
        let answer = ask(&store, &rsa.sign(json!({}), &claims)).await;
        assert_eq!(number(&answer), expected, "{claims}");
    }
    let mut late = main;
    late["exp"] = json!(now - 400);
    assert_eq!(number(&ask(&store, &rsa.sign(json!({}), &late)).await), (401, 700_024));
}

fn pem(info: &[u8]) -> String {
    let text = base64::prelude::BASE64_STANDARD.encode(info);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

#[tokio::test]
async fn a_secret_ends_by_the_stores_clock_and_nobody_signs_in_with_a_password() {
    let mut account = sample();
    let end: Timestamp = Timestamp::from_second(2_200_000_000).unwrap();
    account["clientSecretExpires"] = json!(end.to_string());
    let store = Store::of(&account).await;
    let (tenant, client) = (store.account.tenant_id(), store.account.client_id());
    let secret = store.account.client_secret();
    let post = async |form: &str| {
        let form = format!("client_id={client}&resource=https://manage.devcenter.microsoft.com&{form}");
        let request = Request::post(format!("/{tenant}/oauth2/token")).body(Bytes::from(form)).unwrap();
        Answer::read(store.emulator.answer(request).await)
    };
    let with_secret = format!("grant_type=client_credentials&client_secret={secret}");
    assert_eq!(post(&with_secret).await.status, 200);
    let left = end.duration_since(store.emulator.now()) + SignedDuration::from_secs(1);
    store.control("POST", &format!("/clock?forward={}", left.as_secs()), "").await;
    let expired = post(&with_secret).await;
    assert_eq!((number(&expired), &expired.body["error"]), ((401, 7_000_222), &json!("invalid_client")));
    let person = post("grant_type=password&username=ann@saltmarsh.example&password=x").await;
    assert_eq!((number(&person), &person.body["error"]), ((400, 50_034), &json!("invalid_grant")));
}

#[tokio::test]
async fn credentials_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certificate(&rsa_key(), 2060);
    let mut account = sample();
    account["certificates"] = json!([certificate.pem()]);
    let data = Some(folder.path().to_owned());
    let account = Account::parse(&account.to_string()).unwrap();
    drop(Emulator::open(Options { data: data.clone(), ..Options::new(account) }).unwrap());
    let store = Store::open(Options { data, ..Options::new(Account::sample().unwrap()) }).await;
    let assertion = Signer::rsa("RS256").sign(json!({ "x5t": thumbprint(&certificate) }), &claims(&store));
    opens_the_api(&store, &ask(&store, &assertion).await).await;
}

#[test]
fn faults_in_credentials_are_told_with_their_places() {
    let mut account = sample();
    account["certificates"] = json!(["x", 5]);
    account["clientSecretExpires"] = json!("soon");
    account["identityHeader"] = json!("");
    account["federatedIssuers"] = json!([
        5,
        { "subject": "s", "publicKey": { "kty": "oct" } },
        { "issuer": "i", "subject": "s", "publicKey": { "kty": "oct" } },
        { "issuer": "i", "subject": "s" },
    ]);
    let Err(Error::Account(faults)) = Account::parse(&account.to_string()) else { panic!("it was taken") };
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    for expected in [
        "certificates[0]: has no CERTIFICATE in PEM",
        "certificates[1]: is no text",
        "clientSecretExpires: is no date",
        "identityHeader: is empty, or no text",
        "federatedIssuers[0]: is no JSON object",
        "federatedIssuers[1].issuer: is missing, empty or no text",
        "federatedIssuers[2].publicKey: is neither an RSA key nor one on P-256",
        "federatedIssuers[3].publicKey: is missing",
    ] {
        assert!(faults.iter().any(|fault| fault == expected), "{expected}\n{faults:#?}");
    }
}
