//! Nothing that opens a door is ever printed: not by a value, not by an error whoever wrote its words, not by a log.

use crate::line::{Act, Seen, Service, answer};
use crate::scene::{Scene, target, upload};
use crate::upload::held;
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::budget::Budget;
use flightline_client::error::Error;
use flightline_client::secret::{ClientSecret, SasUrl, Token, redact};
use flightline_client::upload::Content;
use flightline_client::wire::{Wire, WireOptions};
use serde_json::json;
use std::cell::RefCell;
use std::error::Error as _;
use std::fmt::Debug;
use std::fmt::Write as _;
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The secret of the sample account, and how it stands in a form.
const SECRET: &str = "sample-secret~not/a.real_one";
const ESCAPED: &str = "sample-secret~not%2Fa.real_one";

/// Everything that an error says in any way.
fn all_of(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {} {:?} {:?}\n", error.code(), error.hint(), error.correlation_id());
    let mut source = error.source();
    while let Some(error) = source {
        write!(text, "{error} {error:?}").unwrap();
        source = error.source();
    }
    text
}

/// What must not be seen after the flows of a test: whatever went out as a secret, in the spellings that it can come back in.
fn forbidden(seen: &[Seen]) -> Vec<String> {
    let mut forbidden = vec![SECRET.to_owned(), ESCAPED.to_owned()];
    for seen in seen {
        forbidden.extend(seen.header("authorization").strip_prefix("Bearer ").map(str::to_owned));
        let signature = seen.query.split('&').find_map(|pair| pair.strip_prefix("sig="));
        for signature in signature.into_iter().filter(|signature| signature.len() > 8) {
            forbidden.push(signature.to_owned());
            forbidden.push(signature.replace("%2B", "+"));
            forbidden.push(signature.replace("%2B", "+").replace("%2F", "/").replace("%3D", "="));
            forbidden.push(signature.replace('%', "%25"));
        }
    }
    forbidden.sort();
    forbidden.dedup();
    forbidden
}

fn assert_clean(text: &str, forbidden: &[String]) {
    for secret in forbidden {
        assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
    }
}

/// What a careless service or proxy might say: the request with all its headers and its form, in several dresses.
fn echo(seen: &Seen) -> Vec<String> {
    let token = seen.header("authorization");
    let form = String::from_utf8_lossy(&seen.body[..seen.body.len().min(1000)]).into_owned();
    let address = format!("https://127.0.0.1{}?{}", seen.path, seen.query);
    let escaped = address.replace('%', "%25").replace('=', "%3D").replace('&', "%26");
    let said = format!("cannot {} {address} (Authorization: {token}) with {form} from {escaped} and {address}", seen.method);
    let bare = token.trim_start_matches("Bearer ");
    vec![
        json!({"code": said, "message": said, "target": said}).to_string(),
        json!({"error": "invalid_client", "error_description": format!("AADSTS7000215: {said} {SECRET} {bare}")}).to_string(),
        json!({"message": json!({"access_token": bare, "client_secret": SECRET}).to_string()}).to_string(),
        format!("<html><title>{said}</title><body>{bare}</body></html>"),
        format!("<Error><Code>{}</Code><Message>{0}\nmore {address}</Message></Error>", said.replace('&', "&amp;")),
        said,
    ]
}

async fn flow(scene: &Scene, text: &mut String) {
    let writer = scene.writer();
    let mut note = |error: Option<Error>| text.extend(error.iter().map(all_of));
    note(writer.reader().app(&crate::scene::app()).await.err());
    note(writer.reader().apps().await.err());
    match writer.create_submission(&target()).await {
        Ok(draft) => {
            write!(text, "{draft:?} {:?}", draft.submission.document()).unwrap();
            let url = draft.upload_url.unwrap();
            let content: Arc<dyn Content> = held(Bytes::from_static(b"PK"));
            match writer.upload(&target(), draft.submission.id(), &url, content, &|_| {}).await {
                Ok(receipt) => write!(text, "{receipt:?}").unwrap(),
                Err(error) => text.push_str(&all_of(&error)),
            }
        }
        Err(error) => text.push_str(&all_of(&error)),
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_can_make_us_print_a_secret() {
    // For all threads, since what is not logged on one at first is not on another; each sees its own.
    tracing::subscriber::set_global_default(Log).unwrap();
    let (mut text, mut seen) = (String::new(), Vec::new());
    for service in [Service::Login, Service::Api, Service::Blob] {
        for (dress, status) in
            (0..6).flat_map(|dress| [200, 201, 400, 401, 403, 404, 409, 429, 500, 503].map(|status| (dress, status)))
        {
            let scene = Scene::new();
            scene.line.rule(move |seen| {
                if seen.service == service { Act::Instead(answer(status, echo(seen).swap_remove(dress))) } else { Act::Pass }
            });
            flow(&scene, &mut text).await;
            seen.extend(scene.line.seen());
        }
    }
    let forbidden = forbidden(&seen);
    assert!(forbidden.len() > 100, "tokens and signatures were on the line");
    assert!(text.contains("[redacted]") && text.len() > 100_000);
    assert_clean(&text, &forbidden);
    let log = LOGGED.take();
    assert!(log.contains("trying again"), "{log}");
    assert_clean(&log, &forbidden);
}

#[tokio::test(start_paused = true)]
async fn no_value_prints_what_opens_a_door() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    let fetched = writer.reader().submission(&target(), &draft.0).await.unwrap();
    let receipt = upload(&writer, &draft, &held(Bytes::from_static(b"PK"))).await.unwrap();
    let url = SasUrl::parse(&draft.1).unwrap();
    let seen = scene.line.seen();
    let token =
        Token::new(seen.iter().find(|seen| seen.service == Service::Api).unwrap().header("authorization").replace("Bearer ", ""));
    let credentials = scene.credentials();
    let options = WireOptions::default();
    let wire = Wire::new(&options).unwrap();
    let values: Vec<&dyn Debug> = vec![
        &credentials,
        &credentials.client_secret,
        &token,
        &url,
        &fetched,
        &fetched.submission,
        &receipt,
        &options,
        &wire,
        &scene.account,
        &scene.emulator,
    ];
    let mut text: String = values.iter().map(|value| format!("{value:?} {value:#?} ")).collect();
    text += &format!("{} {token} {url} {}", credentials.client_secret, url.blob());
    text += &serde_json::to_string(fetched.submission.document()).unwrap();
    text += &fetched.submission.to_update().to_string();
    text += &format!("{:?} {:?}", Addresses::default(), Budget::per_minute(3));
    assert_clean(&text, &forbidden(&seen));
    assert!(text.contains(url.blob()), "what a person can use is shown");
    for given in [format!("{}#", draft.1), format!("https://h?client_secret={SECRET}")] {
        let error = Addresses::new(&given, Addresses::LOGIN).unwrap_err();
        assert_clean(&all_of(&error), &forbidden(&seen));
    }
}

#[test]
fn a_value_that_was_parsed_is_equal_and_still_hidden() {
    assert_eq!(ClientSecret::new("a"), ClientSecret::new("a"));
    assert_ne!(Token::new("a"), Token::new("b"));
    let url = SasUrl::parse("https://h/c/b?sp=rwl&sig=abc+def%2F%3D#part").unwrap();
    assert_eq!(url.to_string(), "https://h/c/b?[redacted]");
    assert_eq!(format!("{url:?}"), "SasUrl(https://h/c/b?[redacted])");
    assert_eq!(redact(&url.to_string()), url.to_string());
}

thread_local! {
    static LOGGED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Takes down everything that is logged, each thread for itself.
struct Log;

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        LOGGED.with_borrow_mut(|log| writeln!(log, "{field}={value:?}").unwrap());
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("flightline_client")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Log);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Log);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Log);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
