//! The calls of the API: what they look like on the line, how often they are sent, and how long they wait.

use crate::line::{Act, PAGE, Service, answer, busy};
use crate::scene::{APP, Scene, app, target};
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::error::{Error, Kind, Outcome};
use flightline_client::upload::UploadReceipt;
use flightline_emulator::Account;
use flightline_protocol::route::{Effect, Method, Route};
use futures::future::join_all;
use http::Response;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_request_without_a_body_says_so_and_calls_it_json() {
    let scene = Scene::new();
    let writer = scene.writer();
    let (id, _) = scene.draft(&writer).await;
    let receipt = UploadReceipt::nothing_to_upload(id.clone());
    let _ = writer.commit(&target(), &receipt).await;
    let _ = writer.delete_submission(&target(), &id).await;
    let seen = scene.line.of(Service::Api);
    assert_eq!(seen.len(), 4);
    let mut ids = Vec::new();
    for seen in seen {
        let length = if seen.method == "GET" { "" } else { "0" };
        assert_eq!(seen.header("content-length"), length, "{}", seen.call());
        assert_eq!((seen.header("content-type"), seen.header("accept")), ("application/json", "application/json"));
        assert!(seen.body.is_empty());
        ids.push(seen.header("ms-correlationid").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "every request has an id of its own");
}

#[tokio::test(start_paused = true)]
async fn an_update_carries_the_document_whole() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = writer.create_submission(&target()).await.unwrap();
    let updated = writer.update_submission(&target(), &draft.submission).await.unwrap();
    let seen = scene.line.of(Service::Api).pop().unwrap();
    assert_eq!(seen.call(), format!("PUT applications/{APP}/submissions/{}", draft.submission.id()));
    let sent: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(sent, draft.submission.to_update());
    assert_eq!(updated.submission.to_update(), draft.submission.to_update());
    assert!(updated.upload_url.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_keeps_the_words_of_the_store_and_what_support_asks_for() {
    let scene = Scene::new();
    let writer = scene.writer();
    writer.create_submission(&target()).await.unwrap();
    let error = writer.create_submission(&target()).await.unwrap_err();
    let asked = scene.line.of(Service::Api).pop().unwrap();
    assert_eq!(error.correlation_id(), Some(asked.header("ms-correlationid")));
    assert_eq!((error.kind(), error.outcome(), error.status()), (Kind::Conflict, Outcome::NotDone, Some(409)));
    assert_eq!(error.code(), "InvalidState");
    let text = error.to_string();
    assert!(text.starts_with(&format!("POST applications/{APP}/submissions: 409 InvalidState: ")), "{text}");
    assert!(error.hint().unwrap().contains("flightline status"));
    assert_eq!(scene.line.of(Service::Api).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_not_found() {
    let scene = Scene::new();
    let reader = scene.reader();
    for error in [
        reader.app(&"9NOSUCHAPP00".parse().unwrap()).await.unwrap_err(),
        reader.submission(&target(), &"1152921505700310999".parse().unwrap()).await.unwrap_err(),
        reader.status(&target(), &"1152921505700310999".parse().unwrap()).await.unwrap_err(),
        scene.writer().delete_submission(&target(), &"1152921505700310999".parse().unwrap()).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.outcome(), error.status()), (Kind::NotFound, Outcome::NotDone, Some(404)), "{error}");
        assert!(error.hint().unwrap().contains("apps list"));
        assert!(error.correlation_id().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_principal_without_a_role_is_told_which() {
    let account =
        json!({"tenantId": "5c1f7a0e-3d52-4b8a-9e07-6a2d41c8b9f3", "clientId": "c", "clientSecret": "s", "role": "none"});
    let scene = Scene::of(Account::parse(&account.to_string()).unwrap());
    let error = scene.reader().apps().await.unwrap_err();
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Credentials, "Http403"));
    assert!(error.to_string().contains("the body is empty"), "{error}");
    assert!(error.hint().unwrap().contains("role Manager"));
}

#[tokio::test(start_paused = true)]
async fn a_draft_of_the_portal_has_a_hint_of_its_own() {
    let said = json!({"code": "InvalidOperation", "message": "Not made here.", "target": "submission"}).to_string();
    let scene = Scene::with(Service::Api, move |_| Act::Instead(answer(400, said.clone())));
    let error = scene.writer().delete_submission(&target(), &"1".parse().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Conflict, "InvalidOperation"));
    assert!(error.hint().unwrap().contains("publish or delete it there"));
    assert!(error.to_string().ends_with("400 InvalidOperation: Not made here. (submission)"), "{error}");
}

/// An answer that asks to wait until a time, and says what time it is.
fn dated(until: &str) -> Response<Bytes> {
    let mut answer = busy(429, until);
    answer.headers_mut().insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
    answer
}

#[tokio::test(start_paused = true)]
async fn waits_as_long_as_it_is_asked_to() {
    let gateway = r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 14 seconds." }"#;
    let table: [(Response<Bytes>, u64); 11] = [
        (busy(429, "37"), 37),
        (busy(503, "11"), 11),
        (busy(429, " 5 "), 5),
        (busy(429, "0"), 0),
        // By the clock of whoever answers, however far it is from ours.
        (dated("Sun, 06 Nov 1994 08:50:00 GMT"), 23),
        (dated("Sunday, 06-Nov-94 08:49:40 GMT"), 3),
        (dated("Sun, 06 Nov 1994 08:00:00 GMT"), 0),
        (dated("Thu, 01 Jan 1970 00:00:00 GMT"), 0),
        (answer(429, gateway), 14),
        (answer(429, "<html><body>Slow down. Try again in 9 seconds.</body></html>"), 9),
        (
            {
                let mut page = busy(503, "21");
                *page.body_mut() = Bytes::from_static(PAGE.as_bytes());
                page
            },
            21,
        ),
    ];
    for (first, seconds) in table {
        let what = format!("{first:?}");
        let scene = Scene::with(Service::Api, move |seen| if seen.before == 0 { Act::Instead(first.clone()) } else { Act::Pass });
        let started = Instant::now();
        scene.reader().app(&app()).await.unwrap();
        let waited = started.elapsed();
        assert!(waited >= Duration::from_secs(seconds) && waited < Duration::from_secs(seconds + 1), "{what}: {waited:?}");
        assert_eq!(scene.line.of(Service::Api).len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_has_time_ends_as_throttled() {
    let scene = Scene::with(Service::Api, |_| Act::Instead(busy(429, "30")));
    let started = Instant::now();
    let error = scene.writer().create_submission(&target()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (Kind::Throttled, Outcome::NotDone));
    assert_eq!((error.code().as_str(), error.retry_after()), ("Http429", Some(Duration::from_secs(30))));
    assert_eq!(scene.line.of(Service::Api).len(), 5);
    assert_eq!(started.elapsed().as_secs(), 121, "four waits of thirty seconds and a bit");

    // Nobody waits for an hour in silence.
    let scene = Scene::with(Service::Api, |_| Act::Instead(busy(429, "3600")));
    let error = scene.reader().app(&app()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (Kind::Throttled, Some(Duration::from_secs(3600))));
    assert_eq!(scene.line.of(Service::Api).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_minute_holds_more_than_twenty_requests_whoever_asks() {
    let scene = Scene::with(Service::Api, |seen| match seen.before % 7 {
        0 => Act::Late(Duration::from_secs(3)),
        3 if seen.again < 2 => Act::Instead(answer(500, "")),
        _ => Act::Pass,
    });
    let reader = scene.reader();
    let app = app();
    let reads = join_all((0..90).map(|_| reader.app(&app)));
    let writers = join_all((0..5).map(|_| async {
        tokio::time::sleep(Duration::from_secs(45)).await;
        reader.clone().apps().await
    }));
    let (reads, lists) = tokio::join!(reads, writers);
    assert!(reads.iter().all(Result::is_ok) && lists.iter().all(Result::is_ok));
    let seen = scene.line.of(Service::Api);
    assert!(seen.len() >= 95);
    for window in seen.windows(21) {
        let span = window[20].at - window[0].at;
        assert!(span >= Duration::from_secs(60), "21 requests in {span:?}");
    }
    // And none of it is given away: a minute that somebody waits in is a full one.
    let whole = seen[seen.len() - 1].at - seen[0].at;
    assert!(whole <= Duration::from_secs(60 * (seen.len() as u64).div_ceil(20)), "{whole:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_in_line_does_not_outlast_the_token() {
    let scene = Scene::new();
    let reader = scene.reader();
    let app = app();
    let reads = join_all((0..20 * 61).map(|_| reader.app(&app))).await;
    assert!(reads.iter().all(Result::is_ok));
    assert_eq!(scene.line.of(Service::Api).len(), 20 * 61, "none was refused for its token");
    assert_eq!(scene.line.of(Service::Login).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn reads_whatever_the_store_writes_as_json() {
    let scene = Scene::with(Service::Api, |_| Act::Reword(|body| format!("\u{feff}{body}")));
    scene.reader().app(&app()).await.unwrap();

    let scene = Scene::with(Service::Api, |_| {
        Act::Reword(|body| body.replace("Harbour Lights", "Harbour\u{b}\n\t\u{1}Lights \\\"x\\\""))
    });
    assert_eq!(scene.reader().app(&app()).await.unwrap().primary_name, "Harbour\u{b}\n\t\u{1}Lights \"x\"");

    let scene = Scene::with(Service::Api, |_| Act::Reword(|body| body.replace("\"primaryName\"", "\"PRIMARYNAME\"")));
    assert_eq!(scene.reader().app(&app()).await.unwrap().primary_name, "Harbour Lights");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_of_the_store_is_named_and_told_briefly() {
    let enormous = format!("<p>{}</p>", "sig=A1B2 Bearer C3D4 ".repeat(1 << 20));
    let deep = "[".repeat(1 << 20);
    let table: [(Bytes, &str); 7] = [
        (PAGE.into(), "Harbour Hotel"),
        ("not json".into(), "not json"),
        ("{\"id\":\"9NHRBRL1GHTS\",\"primaryName\":\"Harb".into(), "9NHRBRL1GHTS"),
        ("".into(), "nothing readable"),
        (Bytes::from_static(&[0xff, 0xfe, 0, 1, 2]), "\u{fffd}"),
        (enormous.into(), "sig=[redacted]"),
        (deep.into(), "[[["),
    ];
    for (body, excerpt) in table {
        let scene = Scene::with(Service::Api, move |_| Act::Disguise(answer(200, body.clone())));
        let writer = scene.writer();
        let read = writer.reader().app(&app()).await.unwrap_err();
        let write = writer.create_submission(&target()).await.unwrap_err();
        for (error, outcome) in [(read, Outcome::NotDone), (write, Outcome::Unknown)] {
            assert!(matches!(error, Error::NotJson { .. }), "{error:?}");
            assert_eq!((error.kind(), error.outcome(), error.status()), (Kind::Trouble, outcome, Some(200)));
            let text = error.to_string();
            assert!(text.contains(excerpt) && text.len() < 400, "{text}");
            assert!(error.hint().unwrap().contains("proxy"));
        }
        assert_eq!(scene.line.of(Service::Api).len(), 2, "asking again would not help");
    }
}

#[tokio::test(start_paused = true)]
async fn an_enormous_refusal_is_told_briefly_as_well() {
    for status in [400, 409, 429, 500, 502, 504] {
        let body = format!("{{\"code\":\"InvalidState\",\"message\":\"{}\"}}", "sig= Bearer x ".repeat(1 << 17));
        let scene = Scene::with(Service::Api, move |_| Act::Instead(answer(status, body.clone())));
        let error = scene.reader().app(&app()).await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(error.to_string().len() < 500, "{status}: {}", error.to_string().len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_without_what_it_must_have_cannot_be_used() {
    for body in ["{}", "[]", "null", "\"text\"", r#"{"id":""}"#, r#"{"id":7}"#, r#"{"id":"../../applications"}"#] {
        let scene = Scene::with(Service::Api, move |_| Act::Instead(answer(200, body)));
        let writer = scene.writer();
        let reader = writer.reader();
        let some = "1".parse().unwrap();
        for (error, outcome) in [
            (reader.app(&app()).await.unwrap_err(), Outcome::NotDone),
            (reader.submission(&target(), &some).await.unwrap_err(), Outcome::NotDone),
            (reader.status(&target(), &some).await.unwrap_err(), Outcome::NotDone),
            (reader.apps().await.unwrap_err(), Outcome::NotDone),
            (writer.create_submission(&target()).await.unwrap_err(), Outcome::Done),
            (writer.commit(&target(), &UploadReceipt::nothing_to_upload(some.clone())).await.unwrap_err(), Outcome::Done),
        ] {
            assert!(matches!(error, Error::Document { .. }), "{body}: {error:?}");
            assert_eq!((error.kind(), error.outcome(), error.code().as_str()), (Kind::Trouble, outcome, "UnusableAnswer"));
            assert!(error.hint().is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_draft_without_an_upload_address_has_none() {
    let scene = Scene::with(Service::Api, |_| Act::Reword(|body| body.replace("\"fileUploadUrl\"", "\"wasFileUploadUrl\"")));
    let draft = scene.writer().create_submission(&target()).await.unwrap();
    assert!(draft.upload_url.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_page_that_we_are_sent_to_is_no_answer() {
    let mut elsewhere = answer(302, "");
    elsewhere.headers_mut().insert("location", "https://portal.example/".parse().unwrap());
    let scene = Scene::with(Service::Api, move |_| Act::Instead(elsewhere.clone()));
    let error = scene.writer().create_submission(&target()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.code().as_str()), (Kind::Trouble, Outcome::NotDone, "Http302"));
    assert!(error.hint().unwrap().contains("sign-in page"));
    assert_eq!(scene.line.of(Service::Api).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn any_path_can_be_asked_for_as_it_is() {
    let scene = Scene::new();
    let writer = scene.writer();
    let app = writer.reader().raw("/applications/9nhrbrl1ghts/").await.unwrap().unwrap();
    assert_eq!(app["primaryName"], "Harbour Lights");
    let create = Route {
        method: Method::Post,
        path: format!("applications/{APP}/submissions?isMinimalResponse=true"),
        effect: Effect::Once,
    };
    let draft = writer.raw(&create, None).await.unwrap().unwrap();
    let path = format!("applications/{APP}/submissions/{}", draft["id"].as_str().unwrap());
    let delete = Route { method: Method::Delete, path, effect: Effect::Once };
    assert_eq!(writer.raw(&delete, None).await.unwrap(), None);
    let broken = Route { method: Method::Get, path: "a b\r\nX: y".to_owned(), effect: Effect::Read };
    let error = writer.raw(&broken, None).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (Kind::Invalid, Outcome::NotDone));
}

#[test]
fn a_base_address_is_one_or_is_refused() {
    for good in ["https://manage.devcenter.microsoft.com", " http://127.0.0.1:8080/ ", "https://[::1]:443", "https://h/proxy/"] {
        Addresses::new(good, good).unwrap();
    }
    for bad in
        ["", "https://", "manage.devcenter.microsoft.com", "ftp://h", "https://h?x=1", "https://h/#x", "https://h h", "file:///h"]
    {
        let error = Addresses::new(bad, Addresses::LOGIN).unwrap_err();
        assert_eq!((error.kind(), error.code().as_str()), (Kind::Invalid, "BadAddress"), "{bad}");
        assert!(Addresses::new(Addresses::API, bad).is_err());
    }
}
