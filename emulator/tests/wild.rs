//! What clients of the real Store do, beyond what its manual tells them to.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use flightline_emulator::Pace;
use flightline_emulator::serve::{Listen, Server, Tls};
use http::{Request, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use support::{Answer, Store, add_on, app, flight, path, path_of, sample};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection that is kept.
struct Line(BufReader<TcpStream>);

/// An answer as it lies on the wire.
struct Raw {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Line {
    async fn open(base: &str) -> Self {
        let address = base.split("//").nth(1).unwrap().split('/').next().unwrap();
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    /// Sends a request and reads exactly as much as the answer says it has.
    async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Raw {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: store.example\r\nContent-Length: {}\r\n", body.len());
        request.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
        let request = [request.as_bytes(), b"\r\n", body].concat();
        self.0.get_mut().write_all(&request).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: HashMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers.get("content-length").unwrap_or_else(|| panic!("{method} {path}: {head}")).parse().unwrap();
        assert!(!headers.contains_key("transfer-encoding"), "{method} {path}: {head}");
        let mut body = vec![0; if method == "HEAD" { 0 } else { length }];
        self.0.read_exact(&mut body).await.unwrap();
        Raw { status, headers, body }
    }
}

impl Raw {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The Store on a port, and a line to it.
async fn served(store: &Store) -> (Server, Line) {
    let server = Server::start(store.emulator.clone(), Listen { tls: Tls::Off, ..Listen::local() }).unwrap();
    let line = Line::open(&server.ready().api).await;
    (server, line)
}

/// Scripts sleep for a minute between two looks at a status, and go on over the connection that they have. A connection on which nobody
/// says anything for longer than IIS waits is closed.
#[tokio::test]
async fn a_connection_stays_open_while_a_script_sleeps_and_not_for_ever() {
    let store = Store::at(Pace::Real).await;
    let (_server, mut line) = served(&store).await;
    let bearer = store.bearer();
    for seconds in [61, 119, 119] {
        assert_eq!(line.ask("GET", "/v1.0/my/applications", &[("Authorization", &bearer)], b"").await.status, 200);
        sleep_through(seconds).await;
    }
    assert_eq!(line.ask("GET", "/v1.0/my/applications", &[("Authorization", &bearer)], b"").await.status, 200);
    sleep_through(121).await;
    assert_eq!(line.0.read(&mut [0]).await.unwrap(), 0, "the connection is closed in order");
}

/// Turns the clock that the timeouts of the server run by.
async fn sleep_through(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn every_answer_says_its_length_an_empty_one_too() {
    let store = Store::at(Pace::Instant).await;
    let (_server, mut line) = served(&store).await;
    let bearer = store.bearer();
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let submissions = format!("/v1.0/my/{}/submissions", app());
    let created = line.ask("POST", &submissions, &headers, b"").await;
    assert_eq!((created.status, created.json()["status"].clone()), (201, json!("PendingCommit")));
    let place = format!("{submissions}/{}", created.json()["id"].as_str().unwrap());
    let deleted = line.ask("DELETE", &place, &headers, b"").await;
    assert_eq!((deleted.status, deleted.headers["content-length"].as_str()), (204, "0"));
    // The line can be used on: nothing came that was not announced.
    for (method, path, status) in [
        ("GET", place.as_str(), 404),
        ("POST", submissions.as_str(), 201),
        ("POST", submissions.as_str(), 409),
        ("GET", "/v1.0/my/nothing", 404),
        ("PATCH", "/v1.0/my/applications", 404),
        ("GET", "/elsewhere", 404),
        ("POST", "/tenant/oauth2/token", 400),
    ] {
        assert_eq!(line.ask(method, path, &headers, b"").await.status, status, "{method} {path}");
    }
    let stranger = line.ask("GET", "/v1.0/my/applications", &[], b"").await;
    assert_eq!((stranger.status, stranger.headers.contains_key("ms-correlationid")), (401, true));

    let draft = line.ask("GET", &format!("/v1.0/my/{}", app()), &headers, b"").await.json();
    let draft = draft["pendingApplicationSubmission"]["resourceLocation"].as_str().unwrap().to_owned();
    let draft = line.ask("GET", &format!("/v1.0/my/{draft}"), &headers, b"").await.json();
    let url = draft["fileUploadUrl"].as_str().unwrap().to_owned();
    let blob = url.split_once("//").unwrap().1.split_once('/').map(|(_, path)| format!("/{path}")).unwrap();
    let put = line.ask("PUT", &blob, &[("x-ms-blob-type", "BlockBlob")], &[7; 5000]).await;
    assert_eq!((put.status, put.headers["content-length"].as_str()), (201, "0"));
    let head = line.ask("HEAD", &blob, &[], b"").await;
    assert_eq!((head.status, head.headers["content-length"].as_str()), (200, "5000"));
    assert_eq!(line.ask("GET", &blob, &[], b"").await.body, [7; 5000]);
    assert_eq!(line.ask("GET", &blob[..blob.len() - 8], &[], b"").await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn a_submission_moves_on_whichever_way_it_is_looked_at() {
    let store = Store::at(Pace::Fast).await;
    for place in [app(), add_on(), flight()] {
        let draft = store.draft_of(&place).await;
        store.commit_of(&place, &draft).await;
        for state in ["CommitStarted", "PreProcessing", "Certification", "Release"] {
            assert_eq!(store.get(&path_of(&place, &draft)).await.body["status"], state);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        for state in ["PendingPublication", "Publishing", "Published"] {
            assert_eq!(store.status_of(&place, &draft).await["status"], state);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }
}

#[tokio::test]
async fn any_case_and_a_slash_at_the_end_will_do() {
    let store = Store::at(Pace::Manual).await;
    let app = app().to_uppercase();
    for (method, path, status) in [
        ("GET", "Applications/".to_owned(), 200),
        ("GET", format!("{app}/LISTFLIGHTS/?top=1"), 200),
        ("GET", "InAppProducts/9nbqy01tdes5/".to_owned(), 200),
        ("GET", format!("{app}/Flights/E2A4B9D7-05C6-4F18-93BE-7D60A1C2F384/"), 200),
        ("POST", format!("{app}/Submissions/"), 201),
        ("GET", format!("{app}/Submissions/1152921505700310001/Status/"), 200),
        ("GET", format!("{app}/Submissions/1152921505700310001/PackageRollout/"), 200),
    ] {
        assert_eq!(store.call(method, &path, None).await.status, status, "{path}");
    }
}

async fn post(store: &Store, path: &str, body: &str) -> Response<Bytes> {
    let request = Request::post(format!("/v1.0/my/{path}"))
        .header("authorization", store.bearer().replacen("Bearer", "bearer", 1))
        .header("Content-Type", "application/json")
        .body(Bytes::from(body.to_owned()))
        .unwrap();
    store.emulator.answer(request).await
}

#[tokio::test]
async fn null_is_as_good_as_no_body_and_empty_text_is_not() {
    let store = Store::at(Pace::Manual).await;
    for place in [app(), add_on(), flight()] {
        for bad in ["\"\"", "{", "[]", "5"] {
            assert_eq!(post(&store, &format!("{place}/submissions"), bad).await.status(), 400, "{bad}");
        }
        let created = Answer::read(post(&store, &format!("{place}/submissions"), "null").await);
        assert_eq!(created.status, 201, "{:?}", created.body);
        let commit = format!("{}/commit", path_of(&place, &created.body));
        for bad in ["\"\"", "{", "[]", "5"] {
            assert_eq!(post(&store, &commit, bad).await.status(), 400, "{bad}");
        }
        assert_eq!(post(&store, &commit, " null\r\n").await.status(), 202);
    }
}

#[tokio::test]
async fn a_form_may_be_written_by_hand() {
    let mut account = sample();
    account["clientSecret"] = json!("a~b=c/d");
    let store = Store::of(&account).await;
    let (tenant, client) = (store.account.tenant_id(), store.account.client_id());
    let form = format!(
        "grant_type=client_credentials\r\n&client_id={client}\r\n&client_secret=a~b=c/d\r\n\
         &resource=https://manage.devcenter.microsoft.com\r\n"
    );
    let request = Request::post(format!("/{tenant}/oauth2/token")).body(Bytes::from(form)).unwrap();
    assert_eq!(store.emulator.answer(request).await.status(), 200);
}

#[tokio::test]
async fn a_reference_to_nothing_is_not_there() {
    let store = Store::at(Pace::Manual).await;
    for (place, name) in [
        (app(), "pendingApplicationSubmission"),
        (add_on(), "pendingInAppProductSubmission"),
        (flight(), "pendingFlightSubmission"),
    ] {
        assert_eq!(store.get(&place).await.body.get(name), None);
        let draft = store.draft_of(&place).await;
        assert_eq!(store.get(&place).await.body[name]["id"], draft["id"]);
        store.delete(&path_of(&place, &draft)).await;
        assert_eq!(store.get(&place).await.body.get(name), None);
    }
}

#[tokio::test]
async fn the_publish_date_is_always_a_date() {
    const NONE: &str = "1601-01-01T00:00:00.0000000Z";
    let mut account = sample();
    account["applications"][0]["publishedSubmission"].as_object_mut().unwrap().remove("targetPublishDate");
    account["inAppProducts"][0]["publishedSubmission"]["targetPublishDate"] = json!("2031-03-15T05:10:58.047Z");
    account["flights"][0]["publishedSubmission"]["targetPublishDate"] = json!("");
    let store = Store::of(&account).await;
    for (place, id, first) in [
        (app(), "1152921505700310001", NONE),
        (add_on(), "1152921505700310011", "2031-03-15T05:10:58.0470000Z"),
        (flight(), "1152921505700310021", NONE),
    ] {
        assert_eq!(store.get(&format!("{place}/submissions/{id}")).await.body["targetPublishDate"], first);
        let mut draft = store.draft_of(&place).await;
        for given in [json!(""), Value::Null, json!(NONE), json!("1601-01-01T00:00:00Z")] {
            draft["targetPublishDate"] = given;
            assert_eq!(store.update_of(&place, &draft).await["targetPublishDate"], NONE);
        }
        draft["targetPublishDate"] = json!("2031-01-02T03:04:05+01:00");
        assert_eq!(store.update_of(&place, &draft).await["targetPublishDate"], "2031-01-02T02:04:05.0000000Z");
        draft.as_object_mut().unwrap().remove("targetPublishDate");
        assert_eq!(store.update_of(&place, &draft).await["targetPublishDate"], NONE);
    }
}

/// Sends one request to the address of a draft's blob.
async fn blob(store: &Store, url: &str, method: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(format!("{url}{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    store.emulator.answer(request.body(Bytes::copy_from_slice(body)).unwrap()).await
}

#[tokio::test]
async fn a_blob_that_is_there_is_not_put_again_where_none_may_be() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let url = draft["fileUploadUrl"].as_str().unwrap();
    let headers = [("x-ms-blob-type", "BlockBlob"), ("If-None-Match", "*")];
    assert_eq!(blob(&store, url, "PUT", "", &headers, b"first").await.status(), 201);
    let second = blob(&store, url, "PUT", "", &headers, b"second").await;
    assert_eq!((second.status().as_u16(), &second.headers()["x-ms-error-code"]), (409, &"BlobAlreadyExists".parse().unwrap()));
    assert!(String::from_utf8_lossy(second.body()).contains("<Code>BlobAlreadyExists</Code>"));
    assert_eq!(blob(&store, url, "PUT", "", &headers[..1], b"third").await.status(), 201);
    let head = blob(&store, url, "HEAD", "", &[], b"").await;
    assert_eq!((&head.headers()["content-length"], head.body().len()), (&"5".parse().unwrap(), 0));
}

#[tokio::test]
async fn block_ids_are_of_any_one_length() {
    let store = Store::at(Pace::Manual).await;
    for length in [24, 44, 48, 64] {
        let draft = store.draft().await;
        let url = draft["fileUploadUrl"].as_str().unwrap();
        let put = async |id: &str| blob(&store, url, "PUT", &format!("&comp=block&blockid={id}"), &[], b"block").await;
        let (first, second) = ("A".repeat(length), format!("{}QQ==", "B".repeat(length - 4)));
        assert_eq!(put(&first).await.status(), 201, "{length}");
        assert_eq!(put(&"A".repeat(length - 4)).await.status(), 400, "{length}");
        assert_eq!(put(&"A".repeat(length + 4)).await.status(), 400, "{length}");
        // Padding is not length: this one has two bytes less, and as many letters.
        assert_eq!(put(&second.replace('=', "%3D")).await.status(), 400, "{length}");
        let list = format!("<BlockList><Latest>{first}</Latest></BlockList>");
        assert_eq!(blob(&store, url, "PUT", "&comp=blocklist", &[], list.as_bytes()).await.status(), 201);
        assert_eq!(blob(&store, url, "HEAD", "", &[], b"").await.headers()["content-length"], "5");
        store.delete(&path(&draft)).await;
    }
}

#[tokio::test]
async fn any_version_of_the_blob_service_will_do() {
    let store = Store::at(Pace::Manual).await;
    let draft = store.draft().await;
    let url = draft["fileUploadUrl"].as_str().unwrap();
    for version in ["2011-08-18", "2014-02-14", "2017-04-17", "2019-12-12", "2024-05-04", "2026-02-06", "2099-12-31"] {
        let headers = [("x-ms-blob-type", "BlockBlob"), ("x-ms-version", version)];
        let put = blob(&store, url, "PUT", "", &headers, b"content").await;
        assert_eq!((put.status().as_u16(), &put.headers()["x-ms-version"]), (201, &version.parse().unwrap()));
    }
}
