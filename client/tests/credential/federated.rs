//! Signing in with the word of another issuer.

use crate::scene::{CLIENT, Line, all_of, application, json_answer};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use flightline_client::auth::{Credential, Issuer};
use flightline_client::error::{Error, Kind};
use flightline_client::secret::Token;
use flightline_client::transport::TransportError;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

const ISSUER: &str = "https://token.actions.example";
const SUBJECT: &str = "repo:harbour/lights:ref:refs/heads/main";
const AUDIENCE: &str = "api://AzureADTokenExchange";
const KEY: &str = "key-that-brings-a-token";

/// An issuer of tokens, and a Store that trusts it.
struct Other {
    key: Arc<EcdsaKeyPair>,
    line: Arc<Line>,
}

impl Other {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let (x, y) = key.public_key().as_ref()[1..].split_at(32);
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let public = json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)});
        let line = Line::of(&json!({"federatedIssuers": [{"issuer": ISSUER, "subject": SUBJECT, "publicKey": public}]}));
        Self { key: Arc::new(key), line }
    }

    fn token(&self, subject: &str, life: i64) -> String {
        let now = self.line.emulator.now().as_second();
        sign(&self.key, &json!({"iss": ISSUER, "sub": subject, "aud": AUDIENCE, "exp": now + life}))
    }

    async fn signs_in(&self, issuer: Issuer) -> Result<(), Error> {
        let reader = self.line.reader(Credential::Federated(application(), issuer));
        reader.raw("applications?top=1").await.map(drop)
    }
}

fn sign(key: &EcdsaKeyPair, claims: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&json!({"kid": "1", "alg": "ES256"})), encode(claims));
    let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_anew_for_each_token() {
    let other = Other::new();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("token");
    let first = other.token(SUBJECT, 600);
    std::fs::write(&file, format!("{first}\n")).unwrap();
    let reader = other.line.reader(Credential::Federated(application(), Issuer::File(file.clone())));
    reader.raw("applications").await.unwrap();
    other.line.forward(7200).await;
    let second = other.token(SUBJECT, 600);
    std::fs::write(&file, &second).unwrap();
    reader.raw("applications").await.unwrap();
    let forms = other.line.to("/oauth2/");
    assert_eq!(forms.iter().map(|form| form.field("client_assertion")).collect::<Vec<_>>(), [first, second]);
    assert_eq!(forms[0].field("client_id"), CLIENT);
}

#[tokio::test(start_paused = true)]
async fn a_file_without_a_token_is_no_word() {
    let other = Other::new();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("token");
    let error = other.signs_in(Issuer::File(file.clone())).await.unwrap_err();
    assert_eq!((error.code().as_str(), error.kind()), ("CredentialUnreadable", Kind::Invalid));
    for content in [b"".to_vec(), b" \n".to_vec(), b"two words".to_vec(), vec![0xFF, 0xFE], vec![b'x'; 1 << 20]] {
        std::fs::write(&file, &content).unwrap();
        let error = other.signs_in(Issuer::File(file.clone())).await.unwrap_err();
        assert_eq!((error.code().as_str(), error.kind()), ("NoFederatedToken", Kind::Credentials), "{error}");
    }
    assert!(other.line.seen().is_empty());
    std::fs::write(&file, "garbage").unwrap();
    let error = other.signs_in(Issuer::File(file)).await.unwrap_err();
    assert_eq!(error.code(), "AADSTS50027");
    assert!(error.hint().unwrap().contains("federated token"));
}

#[tokio::test(start_paused = true)]
async fn a_token_in_a_variable_serves_while_it_lives() {
    let other = Other::new();
    let given = |text: String| Issuer::Given(Token::new(text));
    other.signs_in(given(other.token(SUBJECT, 600))).await.unwrap();
    for (token, code, words) in [
        (other.token("repo:harbour/lights:pull_request", 600), "AADSTS70021", "federated credential"),
        (other.token(SUBJECT, -3600), "AADSTS700024", "fresh federated token"),
        (sign(&Other::new().key, &json!({"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE})), "AADSTS700027", "signature"),
    ] {
        let error = other.signs_in(given(token.clone())).await.unwrap_err();
        assert_eq!((error.code().as_str(), error.kind()), (code, Kind::Credentials), "{error}");
        assert!(error.hint().unwrap().contains(words), "{:?}", error.hint());
        assert!(!all_of(&error).contains(&token));
    }
}

#[tokio::test(start_paused = true)]
async fn github_and_azure_devops_are_asked_in_their_own_way() {
    let other = Other::new();
    let token = other.token(SUBJECT, 600);
    for (issuer, name, address, method) in [
        (github(), "value", "https://ci.example/oidc?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange", "GET"),
        (devops(), "oidcToken", "https://ci.example/oidctoken?api-version=7.1&serviceConnectionId=a%2Fb", "POST"),
    ] {
        let brought = json!({name: token});
        let tries = std::sync::atomic::AtomicU32::new(0);
        other.line.other(move |seen| {
            seen.address.starts_with("https://ci.example").then(|| {
                match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                    // It has its bad moments, too.
                    0 => Ok(json_answer(503, &json!({"message": "busy"}))),
                    1 => Err(TransportError::Connect { host: "ci.example".to_owned(), source: "refused".into() }),
                    _ => Ok(json_answer(200, &brought)),
                }
            })
        });
        other.signs_in(issuer).await.unwrap();
        let asked = other.line.to("https://ci.example").pop().unwrap();
        assert_eq!((asked.address.as_str(), asked.method.as_str()), (address, method));
        assert_eq!(asked.header("authorization"), format!("Bearer {KEY}"));
        assert_eq!(other.line.to("/oauth2/").pop().unwrap().field("client_assertion"), token);
    }
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_says_no_is_quoted_without_what_was_shown() {
    let other = Other::new();
    for (status, body, words) in [
        (401, json!({"message": format!("no such key: {KEY}")}), "GitHub gave no id token: 401 no such key: [redacted]"),
        (403, json!("id-token: none"), "GitHub gave no id token: 403"),
        (200, json!({"count": 1}), "the answer has none in it"),
        (200, json!({"value": ""}), "the answer has none in it"),
        (200, json!([]), "the answer has none in it"),
        (200, json!({"value": "two words"}), "more than one word"),
    ] {
        other.line.other(move |seen| seen.address.starts_with("https://ci.example").then(|| Ok(json_answer(status, &body))));
        let error = other.signs_in(github()).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!((error.code().as_str(), error.kind()), ("NoFederatedToken", Kind::Credentials));
        assert!(error.hint().unwrap().contains("id-token: write") && !all_of(&error).contains(KEY));
    }
    assert!(other.line.to("/oauth2/").is_empty(), "Entra was never asked");
    let broken = Issuer::GitHub { url: "no address".to_owned(), token: Token::new(KEY) };
    assert_eq!(other.signs_in(broken).await.unwrap_err().code(), "BadAddress");
}

#[test]
fn no_issuer_prints_its_keys() {
    for issuer in [github(), devops(), Issuer::Given(Token::new(KEY))] {
        let text = format!("{issuer:?} {issuer:#?} {:?}", Credential::Federated(application(), issuer.clone()));
        assert!(text.contains("[redacted]") && !text.contains(KEY), "{text}");
    }
}

fn github() -> Issuer {
    Issuer::GitHub { url: "https://ci.example/oidc?api-version=2.0".to_owned(), token: Token::new(KEY) }
}

fn devops() -> Issuer {
    let connection_id = "a/b".to_owned();
    Issuer::AzureDevOps { url: "https://ci.example/oidctoken".to_owned(), token: Token::new(KEY), connection_id }
}
