//! A token that somebody else has asked for, and what can be read of any.

use crate::scene::{CLIENT, Line, SECRET, TENANT, all_of, application, json_answer};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use flightline_client::auth::{Bearer, Credential, Credentials, RESOURCE};
use flightline_client::error::Kind;
use flightline_client::secret::{ClientSecret, Token};
use flightline_client::transport::{Dated, Transport};
use http::{Request, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// A token of the Store's own.
async fn token(line: &Arc<Line>) -> String {
    let (tenant_id, client_id) = (application().tenant_id, application().client_id);
    let credentials = Credentials { tenant_id, client_id, client_secret: ClientSecret::new(SECRET) };
    line.reader(credentials.into()).raw("applications").await.unwrap();
    line.to("/v1.0/my/").pop().unwrap().header("authorization").trim_start_matches("Bearer ").to_owned()
}

fn unsigned(claims: &Value) -> String {
    format!("eyJhbGciOiJub25lIn0.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_given_is_used_as_it_is() {
    let line = Line::of(&json!({}));
    let token = token(&line).await;
    let logins = line.to("/oauth2/").len();
    let reader = line.reader(Credential::Token(Token::new(&*token)));
    for _ in 0..3 {
        reader.raw("applications").await.unwrap();
    }
    assert_eq!(line.to("/oauth2/").len(), logins, "Entra was not asked");
    let identity = reader.identity().await.unwrap();
    assert_eq!((identity.tenant_id.as_deref(), identity.client_id.as_deref()), (Some(TENANT), Some(CLIENT)));
    assert_eq!((identity.audience.as_deref(), identity.bearer), (Some(RESOURCE), Bearer::Application));
    assert!((3500..=3600).contains(&identity.expires_in.as_secs()), "{identity:?}");
    assert!(!format!("{identity:?} {:?}", Credential::Token(Token::new(&*token))).contains(&token));
}

#[tokio::test(start_paused = true)]
async fn a_given_token_that_is_refused_is_not_sent_again() {
    let line = Line::of(&json!({}));
    let forged = unsigned(&json!({"exp": 4_000_000_000_i64}));
    for given in [forged.as_str(), "opaque"] {
        let before = line.seen().len();
        let reader = line.reader(Credential::Token(Token::new(given)));
        let error = reader.raw("applications").await.unwrap_err();
        assert_eq!((error.kind(), error.code().as_str(), error.status()), (Kind::Credentials, "AccessTokenRefused", Some(401)));
        assert!(error.correlation_id().is_some() && error.hint().unwrap().contains("FLIGHTLINE_ACCESS_TOKEN"));
        assert_eq!(line.seen().len() - before, 1);
        assert!(!all_of(&error).contains(&forged));
    }
}

#[tokio::test(start_paused = true)]
async fn a_given_token_that_has_run_out_is_not_sent_at_all() {
    let line = Line::of(&json!({}));
    for (given, words) in [
        (unsigned(&json!({"exp": 1_000_000_000})), "has run out"),
        ("two words".to_owned(), "cannot be sent"),
        ("a\r\nX-Other: b".to_owned(), "cannot be sent"),
        (String::new(), "cannot be sent"),
    ] {
        let error = line.reader(Credential::Token(Token::new(given))).raw("applications").await.unwrap_err();
        assert_eq!((error.kind(), error.code().as_str()), (Kind::Credentials, "AccessTokenExpired"));
        assert!(error.to_string().contains(words) && error.hint().is_some(), "{error}");
    }
    assert!(line.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_other_clock_is_read_from_its_answers() {
    struct Dates(Option<&'static str>);
    #[async_trait::async_trait]
    impl Transport for Dates {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, flightline_client::transport::TransportError> {
            let mut answer = json_answer(200, &json!({}));
            if let Some(date) = self.0 {
                answer.headers_mut().insert("date", date.parse().unwrap());
            }
            Ok(answer)
        }
    }
    let ahead = async |date| {
        let line = Dated::new(Arc::new(Dates(date)));
        line.send(Request::get("https://a.example").body(Bytes::new()).unwrap()).await.unwrap();
        line.ahead()
    };
    assert_eq!((ahead(None).await, ahead(Some("soon")).await), (None, None));
    assert!(ahead(Some("Sun, 06 Nov 1994 08:49:37 GMT")).await.unwrap() < -1_000_000_000);
    assert!(ahead(Some("Fri, 01 Jan 2100 00:00:00 GMT")).await.unwrap() > 0);
}
