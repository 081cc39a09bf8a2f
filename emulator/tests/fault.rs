//! Faults on demand, in process and by Tokio's own clock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use flightline_emulator::fault::read_all;
use flightline_emulator::{Account, Broken, Options, Pace};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use support::{Answer, PACKAGE, Packing, Store, add_packages, app, archive, path};
use tokio::time::Instant;

async fn store(specs: &[&str]) -> Store {
    open(specs, Pace::Instant, None).await
}

async fn open(specs: &[&str], pace: Pace, fault_seed: Option<u64>) -> Store {
    let faults = read_all(specs.iter().copied()).unwrap();
    Store::open(Options { faults, fault_seed, pace, ..Options::new(Account::sample().unwrap()) }).await
}

/// A request to the API, as it ends.
async fn ask(store: &Store, method: &str, path: &str) -> Result<Response<Bytes>, Broken> {
    let request = Request::builder().method(method).uri(format!("/v1.0/my/{path}"));
    let request = request.header("Authorization", store.bearer()).header("Content-Type", "application/json");
    store.emulator.exchange(request.body(Bytes::new()).unwrap()).await
}

async fn look(store: &Store) -> Result<Response<Bytes>, Broken> {
    ask(store, "GET", &app()).await
}

/// Whether a draft was made.
async fn has_draft(store: &Store) -> bool {
    store.get(&app()).await.body.get("pendingApplicationSubmission").is_some()
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_lost_request_does_nothing_and_a_lost_answer_everything() {
    let create = format!("{}/submissions", app());
    for (spec, broken, is_done) in [
        ("create=lose", Broken::Closed, false),
        ("create=lose-after", Broken::Closed, true),
        ("create=reset", Broken::Reset, false),
        ("create=reset-after", Broken::Reset, true),
        ("create=cut", Broken::Cut { status: StatusCode::OK, received: 0 }, false),
        ("create=cut-after", Broken::Cut { status: StatusCode::OK, received: 0 }, true),
    ] {
        let store = store(&[spec]).await;
        assert_eq!(ask(&store, "POST", &create).await.unwrap_err(), broken, "{spec}");
        assert_eq!(has_draft(&store).await, is_done, "{spec}");
        let again = ask(&store, "POST", &create).await.unwrap().status();
        assert_eq!(again, if is_done { 409 } else { 201 }, "{spec}");
    }
}

#[tokio::test]
async fn any_status_comes_with_the_work_done_or_not() {
    let create = format!("{}/submissions", app());
    for status in [302, 400, 403, 404, 409, 418, 429, 500, 502, 503, 504, 599] {
        for (spec, is_done) in [(format!("create={status}"), false), (format!("create={status}-after"), true)] {
            let store = store(&[&spec]).await;
            let answer = ask(&store, "POST", &create).await.unwrap();
            assert_eq!(answer.status(), status, "{spec}");
            assert_eq!(header(&answer, "location").is_some(), status == 302, "{spec}");
            assert_eq!(has_draft(&store).await, is_done, "{spec}");
        }
    }
}

#[tokio::test]
async fn a_refusal_says_when_to_come_back_in_every_form() {
    let store = store(&["product=429", "product=503:30s", "product=503:date:90s", "product=429:words:14s"]).await;
    let text = |answer: &Response<Bytes>| String::from_utf8(answer.body().to_vec()).unwrap();
    let usual = look(&store).await.unwrap();
    assert_eq!((header(&usual, "retry-after"), usual.status().as_u16()), (Some("1"), 429));
    let seconds = look(&store).await.unwrap();
    assert_eq!((header(&seconds, "retry-after"), seconds.status().as_u16()), (Some("30"), 503));
    let date = look(&store).await.unwrap();
    let date = jiff::fmt::rfc2822::parse(header(&date, "retry-after").unwrap()).unwrap().timestamp();
    assert!((85..=90).contains(&date.duration_since(store.emulator.now()).as_secs()), "{date}");
    let words = look(&store).await.unwrap();
    assert!(header(&words, "retry-after").is_none() && text(&words).contains("Try again in 14 seconds."), "{words:?}");
    assert_eq!(look(&store).await.unwrap().status(), 200);
}

#[tokio::test]
async fn each_service_refuses_in_its_own_words() {
    let store = store(&["upload=503", "api=503"]).await;
    let upload = Request::put("/devstoreaccount1/i/b").body(Bytes::from_static(b"x")).unwrap();
    let upload = store.emulator.exchange(upload).await.unwrap();
    assert_eq!(header(&upload, "x-ms-error-code"), Some("ServerBusy"));
    assert!(upload.body().starts_with("\u{feff}<?xml".as_bytes()), "{upload:?}");
    assert_eq!(store.get(&app()).await.body["code"], "InvalidOperation");
    store.control("POST", "/fault?fault=token%3D503", "").await;
    let token = Request::post("/t/oauth2/token").body(Bytes::new()).unwrap();
    let token = Answer::read(store.emulator.exchange(token).await.unwrap());
    assert_eq!(token.body["error"], "temporarily_unavailable");
}

#[tokio::test]
async fn garbage_comes_with_status_200() {
    let store = store(&["product=page", "product=broken-json"]).await;
    let page = look(&store).await.unwrap();
    assert_eq!((page.status().as_u16(), header(&page, "content-type")), (200, Some("text/html")));
    let json = look(&store).await.unwrap();
    assert_eq!((json.status().as_u16(), header(&json, "content-type")), (200, Some("application/json; charset=utf-8")));
    assert!(serde_json::from_slice::<Value>(json.body()).is_err());
}

#[tokio::test]
async fn a_truncated_answer_promises_what_does_not_come() {
    let whole = look(&store(&[]).await).await.unwrap().body().len();
    let store = store(&["product=truncate", "product=truncate:10", "product=truncate:99999", "delete=truncate"]).await;
    for received in [whole / 2, 10, whole - 1] {
        assert_eq!(look(&store).await.unwrap_err(), Broken::Cut { status: StatusCode::OK, received });
    }
    let draft = store.draft().await;
    assert_eq!(ask(&store, "DELETE", &path(&draft)).await.unwrap_err(), Broken::Closed, "a 204 has nothing to cut");
    assert!(!has_draft(&store).await);
}

#[tokio::test(start_paused = true)]
async fn time_that_a_fault_takes_is_tokios() {
    let store = store(&["product=delay:30m", "create=delay-after:90s", "list=slow:10"]).await;
    let begun = Instant::now();
    assert_eq!(look(&store).await.unwrap().status(), 200);
    assert_eq!(begun.elapsed().as_secs(), 30 * 60);
    // What is done before a delay is there for others to see.
    let create = format!("{}/submissions", app());
    let (created, seen) = tokio::join!(ask(&store, "POST", &create), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        (has_draft(&store).await, begun.elapsed().as_secs())
    });
    assert_eq!((created.unwrap().status().as_u16(), seen), (201, (true, 30 * 60 + 1)));
    assert_eq!(begun.elapsed().as_secs(), 30 * 60 + 90);

    let begun = Instant::now();
    let list = ask(&store, "GET", "applications").await.unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    assert!((seconds - list.body().len() as f64 / 10.0).abs() < 1.0, "{seconds} {}", list.body().len());
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_is_slow_both_ways() {
    let store = store(&["upload=slow:1000"]).await;
    let draft = store.draft().await;
    let begun = Instant::now();
    store.upload(&draft, vec![7; 30_000]).await;
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_token_that_expired_stays_so_and_a_new_one_is_good() {
    let mut store = store(&["api=expire-token@2"]).await;
    let statuses = [look(&store).await, look(&store).await, look(&store).await].map(|answer| answer.unwrap().status().as_u16());
    assert_eq!(statuses, [200, 401, 401]);
    store.sign_in().await;
    assert_eq!(look(&store).await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_upload_address_that_expired_is_refused_in_azures_words_until_there_is_a_new_one() {
    let store = store(&["upload=expire-url"]).await;
    let draft = store.draft().await;
    let put = async |address: &str| {
        let request = Request::put(address).header("x-ms-blob-type", "BlockBlob").body(Bytes::from_static(b"x")).unwrap();
        store.emulator.exchange(request).await.unwrap()
    };
    let address = draft["fileUploadUrl"].as_str().unwrap();
    for address in [address, &address.replace("%2B", "%2b")] {
        let refused = put(address).await;
        assert_eq!((refused.status().as_u16(), header(&refused, "x-ms-error-code")), (403, Some("AuthenticationFailed")));
        let body = String::from_utf8(refused.body().to_vec()).unwrap();
        assert!(body.contains("<AuthenticationErrorDetail>Signed expiry time ["), "{body}");
    }
    let renewed = store.get(&path(&draft)).await.body;
    assert_eq!(put(renewed["fileUploadUrl"].as_str().unwrap()).await.status(), 201);
}

#[tokio::test]
async fn a_seed_plays_the_same_again() {
    let play = async |seed| {
        let store = open(&["product=503~40%"], Pace::Instant, seed).await;
        let mut seen = Vec::new();
        for _ in 0..64 {
            seen.push(look(&store).await.unwrap().status().as_u16());
        }
        (store.emulator.fault_seed(), seen)
    };
    let (seed, seen) = play(Some(11)).await;
    assert_eq!(play(Some(seed)).await.1, seen);
    assert!(seen.contains(&503) && seen.contains(&200), "{seen:?}");
    assert_ne!(play(Some(13)).await.1, seen);
}

fn packages() -> Vec<u8> {
    let [x64, arm64] = ["x64", "arm64"].map(|architecture| support::Package { architecture, ..PACKAGE }.build());
    archive(Packing::Stored, &[("x64.msix", &x64), ("arm64.msix", &arm64)])
}

async fn submit(store: &Store) -> Value {
    store.submit(&["x64.msix", "arm64.msix"], packages()).await
}

#[tokio::test]
async fn a_package_is_lost_without_a_word() {
    for (spec, lost, kept) in [("commit=drop", "\"x64.msix", "\"arm64.msix"), ("commit=drop:ARM*", "\"arm64.msix", "\"x64.msix")]
    {
        let store = store(&[spec]).await;
        let draft = submit(&store).await;
        let status = store.status(&draft).await;
        assert_eq!((&status["status"], &status["statusDetails"]["errors"]), (&json!("Published"), &json!([])));
        let live = store.get(&path(&draft)).await.body["applicationPackages"].to_string();
        assert!(live.contains(kept) && !live.contains(lost), "{spec}: {live}");
    }
}

#[tokio::test]
async fn a_submission_fails_where_it_is_told_to() {
    for (spec, state, code, reports) in [
        ("commit=fail", "CertificationFailed", None, 1),
        ("commit=fail:CommitFailed:InvalidArchive", "CommitFailed", Some("InvalidArchive"), 0),
        ("commit=fail:PreProcessingFailed", "PreProcessingFailed", Some("PackageValidationFailed"), 0),
        ("commit=fail:ReleaseFailed", "ReleaseFailed", Some("ServiceError"), 0),
        ("commit=fail:PublishFailed", "PublishFailed", Some("ServiceError"), 0),
    ] {
        let store = store(&[spec]).await;
        let status = store.status(&submit(&store).await).await;
        let details = &status["statusDetails"];
        assert_eq!(status["status"], state, "{spec}");
        assert_eq!(details["errors"][0]["code"].as_str(), code, "{spec}");
        assert_eq!(details["certificationReports"].as_array().map(Vec::len), Some(reports), "{spec}: {details}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_submission_sticks_for_a_time() {
    let mut store = open(&["commit=stick:Certification:2d"], Pace::Instant, None).await;
    let draft = submit(&store).await;
    assert_eq!(store.status(&draft).await["status"], "Certification");
    tokio::time::advance(Duration::from_secs(2 * 86_400 - 60)).await;
    store.sign_in().await;
    assert_eq!(store.status(&draft).await["status"], "Certification");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(store.status(&draft).await["status"], "Published");
}

#[tokio::test]
async fn a_submission_sticks_until_it_is_released_even_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data: Some(folder.path().into()), ..Options::new(Account::sample().unwrap()) };
    let faults = read_all(["commit=stick"]).unwrap();
    let store = Store::open(Options { faults, ..options.clone() }).await;
    let draft = submit(&store).await;
    let id = draft["id"].as_str().unwrap();
    drop(store);

    let store = Store::open(options).await;
    assert_eq!(store.status(&draft).await["status"], "CommitStarted");
    let released = store.control("POST", &format!("/release?submission={id}"), "").await;
    assert_eq!((released.status.as_u16(), &released.body["isStuck"]), (200, &json!(false)));
    assert_eq!(store.status(&draft).await["status"], "Published");
    assert_eq!(store.control("POST", &format!("/release?submission={id}"), "").await.status, 409);
}

#[tokio::test]
async fn what_sticks_can_be_moved_by_hand() {
    let store = store(&["commit=stick"]).await;
    let mut draft = store.draft().await;
    add_packages(&mut draft, &["x64.msix", "arm64.msix"]);
    let draft = store.update(&draft).await;
    store.upload(&draft, packages()).await;
    store.commit(&draft).await;
    let advance = format!("/advance?submission={}", draft["id"].as_str().unwrap());
    assert_eq!(store.control("POST", &advance, "").await.body["status"], "PreProcessing");
    assert_eq!(store.status(&draft).await["status"], "Published");
}

#[tokio::test]
async fn the_control_port_adds_lists_and_takes_back() {
    let store = store(&["product=503"]).await;
    let added = store.control("POST", "/fault?fault=PUT%20upload%3Dreset@2x*", "").await;
    assert_eq!(added.body, json!({ "id": 2, "fault": "PUT upload=reset@2x*" }));
    look(&store).await.unwrap();
    look(&store).await.unwrap();
    let list = store.control("GET", "/faults", "").await.body;
    assert_eq!(list["faults"][0], json!({ "id": 1, "fault": "product=503@1x1", "met": 2, "hits": 1 }));
    assert_eq!(list["faults"][1]["hits"], 0);
    assert_eq!(list["seed"], store.emulator.fault_seed());
    assert!(list["grammar"].as_str().is_some_and(|grammar| grammar.starts_with("WHEN=WHAT")), "{list}");

    let wrong = store.control("POST", "/fault?fault=nothing%3D200", "").await;
    assert_eq!(wrong.status, 400);
    let message = wrong.body["message"].as_str().unwrap();
    assert!(message.contains("no kind of request") && message.contains("300 to 599"), "{message}");
    assert_eq!(store.control("DELETE", "/faults?id=7", "").await.status, 404);
    assert_eq!(store.control("DELETE", "/faults?id=x", "").await.status, 400);
    assert_eq!(store.control("DELETE", "/faults?id=1", "").await.body, json!({ "cleared": 1 }));
    assert_eq!(store.control("DELETE", "/faults", "").await.body, json!({ "cleared": 1 }));
    assert_eq!(store.control("GET", "/faults", "").await.body["faults"], json!([]));
}

#[tokio::test]
async fn every_fault_that_fires_is_in_the_log() {
    let store = store(&["product=lose", "product=503"]).await;
    assert!(look(&store).await.is_err());
    look(&store).await.unwrap();
    look(&store).await.unwrap();
    let state = store.emulator.state().unwrap();
    let seen: Vec<(&Value, &Value)> =
        state["requests"].as_array().unwrap()[1..].iter().map(|request| (&request["status"], &request["fault"])).collect();
    let (lost, refused) = (json!("product=lose@1x1"), json!("product=503@1x1"));
    let none = Value::Null;
    assert_eq!(seen, [(&none, &lost), (&json!(503), &refused), (&json!(200), &none)]);
    assert_eq!(state["counts"]["api"], json!({ "broken": 1, "2xx": 1, "5xx": 1 }));
}
