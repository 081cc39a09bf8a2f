//! The blob service behind an upload address: what it hands out, keeps, gives back and refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use flightline_emulator::blobs::{Blobs, Plus};
use flightline_emulator::clock::Clock;
use flightline_emulator::store::Store;
use futures::stream;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use rawzip::ReaderAt;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const BASE: &str = "https://127.0.0.1:1/devstoreaccount1";
const DAY: SignedDuration = SignedDuration::from_hours(24);

struct Service {
    blobs: Blobs,
    store: Arc<Store>,
    clock: Arc<Clock>,
    folder: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Service {
    fn start() -> Self {
        Self::on(tempfile::tempdir().unwrap())
    }

    /// Opens what an earlier one left in `folder`.
    fn on(folder: TempDir) -> Self {
        let clock = Arc::new(Clock::start());
        let store = Arc::new(Store::open(Some(&folder.path().join("store.db"))).unwrap());
        let blobs = Blobs::open(Arc::clone(&store), Arc::clone(&clock), folder.path()).unwrap();
        Self { blobs, store, clock, folder }
    }

    fn url(&self, blob: &str) -> String {
        self.blobs.upload_url(BASE, "ingestion", blob, DAY).unwrap()
    }

    async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let path = request.uri().path().strip_prefix("/devstoreaccount1").unwrap().to_owned();
        Answer::of(self.blobs.answer(&path, request).await).await
    }

    async fn put(&self, url: &str, body: impl Into<Body>) -> Answer {
        self.send("PUT", url, &[("x-ms-blob-type", "BlockBlob")], body).await
    }

    async fn block(&self, url: &str, id: &str, body: impl Into<Body>) -> Answer {
        self.send("PUT", &format!("{url}&comp=block&blockid={}", id.replace('=', "%3D")), &[], body).await
    }

    async fn commit(&self, url: &str, ids: &[&str]) -> Answer {
        let list: String = ids.iter().map(|id| format!("<Latest>{id}</Latest>")).collect();
        self.send("PUT", &format!("{url}&comp=blocklist"), &[], format!("<BlockList>{list}</BlockList>")).await
    }

    async fn get(&self, url: &str) -> Answer {
        self.send("GET", url, &[], Body::empty()).await
    }

    fn files(&self) -> usize {
        files(self.folder.path())
    }
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    fn code(&self) -> &str {
        self.headers.get("x-ms-error-code").map_or("", |code| code.to_str().unwrap())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("blocks")).unwrap().count()
}

/// A body whose length nobody knows beforehand.
fn streamed(pieces: Vec<Result<&'static [u8], std::io::Error>>) -> Body {
    Body::from_stream(stream::unfold(pieces.into_iter(), async |mut rest| rest.next().map(|piece| (piece, rest))))
}

#[tokio::test]
async fn an_upload_address_is_good_as_it_comes() {
    let service = Service::start();
    for at in 0..20 {
        let url = service.blobs.upload_url(BASE, "ingestion", &format!("blob-{at}"), DAY).unwrap();
        let signature = url.split_once("&sig=").unwrap().1;
        assert!(signature.contains("%2B") && !signature.contains(['+', '/', '=']), "{signature}");
        assert_eq!(service.put(&url, "zip").await.status, 201);
        // Decoded, it is another one.
        assert_eq!(service.put(&url.replace("%2B", "+"), "zip").await.code(), "AuthenticationFailed");
    }
}

#[tokio::test]
async fn an_upload_address_of_earlier_years_fails_until_its_plus_is_mended() {
    let service = Service::start();
    service.blobs.spell(Plus::Raw);
    for at in 0..20 {
        let raw = service.blobs.upload_url(BASE, "ingestion", &format!("blob-{at}"), DAY).unwrap();
        let signature = raw.split_once("&sig=").unwrap().1;
        assert!(signature.contains('+') && !signature.contains('/') && !signature.contains('='), "{signature}");
        let refused = service.put(&raw, "zip").await;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, "AuthenticationFailed"));
        assert!(refused.text().contains("<AuthenticationErrorDetail>"), "{}", refused.text());
        assert_eq!(service.put(&raw.replace('+', "%2B"), "zip").await.status, 201);
    }
}

#[tokio::test]
async fn an_upload_address_has_the_form_that_the_store_hands_out() {
    let service = Service::start();
    let url = service.blobs.upload_url(&format!("{BASE}/"), "ingestion", "a b/é.zip", DAY).unwrap();
    let (path, query) = url.split_once('?').unwrap();
    assert_eq!(path, format!("{BASE}/ingestion/a%20b/%C3%A9.zip"));
    let names: Vec<&str> = query.split('&').map(|pair| pair.split_once('=').unwrap().0).collect();
    assert_eq!(names, ["skoid", "sktid", "skt", "ske", "sks", "skv", "sv", "se", "sr", "sp", "sig"]);
    assert!(query.contains("&sks=b&") && query.contains("&sr=b&") && query.contains("&sp=rwl&"));
    assert_eq!(service.put(&url, "zip").await.status, 201);
    assert_eq!(service.get(&url).await.body, "zip");
    let content = service.blobs.content("ingestion", "a b/é.zip").unwrap().unwrap();
    assert_eq!((content.len(), content.is_empty()), (3, false));
    assert!(service.blobs.content("ingestion", "other").unwrap().is_none());
    assert!(service.blobs.content("../..", "etc/passwd").unwrap().is_none());
    assert!(service.blobs.upload_url(BASE, "Ingestion", "x", DAY).is_err());
    assert!(service.blobs.upload_url(BASE, "ingestion", "x", SignedDuration::MAX).is_err());
}

#[tokio::test]
async fn an_upload_address_is_for_one_blob_and_one_day() {
    let service = Service::start();
    let (one, other) = (service.url("one"), service.url("other"));
    let (path, _) = one.split_once('?').unwrap();
    let (_, query) = other.split_once('?').unwrap();
    assert_eq!(service.put(&format!("{path}?{query}"), "zip").await.code(), "AuthenticationFailed");
    assert_eq!(service.send("DELETE", &one, &[], "").await.code(), "AuthorizationPermissionMismatch");

    service.clock.put_forward(DAY - SignedDuration::from_secs(10));
    assert_eq!(service.put(&one, "zip").await.status, 201);
    service.clock.put_forward(SignedDuration::from_secs(11));
    let late = service.put(&one, vec![0_u8; 3 << 20]).await;
    assert_eq!((late.status.as_u16(), late.code()), (403, "AuthenticationFailed"));
    assert!(late.text().contains("Signed expiry time ["), "{}", late.text());
    assert_eq!(service.put(&service.url("one"), "zip").await.status, 201);
}

#[tokio::test]
async fn addresses_blobs_and_waiting_blocks_outlive_a_restart() {
    let service = Service::start();
    let (whole, blocks) = (service.url("whole"), service.url("blocks"));
    assert_eq!(service.put(&whole, "whole").await.status, 201);
    assert_eq!(service.block(&blocks, "YQ==", "one, ").await.status, 201);
    let Service { blobs, store, folder, .. } = service;
    drop((blobs, store));
    // What a kill leaves behind: a body that never ended, and a block that was never written down.
    let stray = folder.path().join("blocks").join("0123456789abcdef0123456789abcdef.block");
    std::fs::write(&stray, "stray").unwrap();
    std::fs::write(folder.path().join("blocks").join("x.unfinished"), "stray").unwrap();
    std::fs::write(folder.path().join("blocks").join("note.txt"), "somebody's").unwrap();

    let service = Service::on(folder);
    assert_eq!(service.files(), 3);
    assert_eq!(service.get(&whole).await.body, "whole");
    assert_eq!(service.block(&blocks, "Yg==", "two").await.status, 201);
    assert_eq!(service.commit(&blocks, &["YQ==", "Yg=="]).await.status, 201);
    assert_eq!(service.get(&blocks).await.body, "one, two");
}

#[tokio::test]
async fn files_go_when_nothing_needs_them() {
    let service = Service::start();
    let url = service.url("blob");
    for (id, body) in [("YQ==", "a"), ("YQ==", "a again"), ("Yg==", "b"), ("Yw==", "c")] {
        assert_eq!(service.block(&url, id, body).await.status, 201);
    }
    assert_eq!(service.files(), 3);
    assert_eq!(service.commit(&url, &["YQ==", "YQ==", "Yw=="]).await.status, 201);
    assert_eq!(service.files(), 2);
    assert_eq!(service.commit(&url, &["ZA=="]).await.code(), "InvalidBlockList");
    assert_eq!(service.get(&url).await.body, "a againa againc");
    assert_eq!(service.put(&url, "whole").await.status, 201);
    assert_eq!(service.files(), 1);
    assert_eq!(service.put(&url, Body::empty()).await.code(), "MissingContentLengthHeader");
    let empty = [("x-ms-blob-type", "BlockBlob"), ("content-length", "0")];
    assert_eq!(service.send("PUT", &url, &empty, "").await.status, 201);
    assert_eq!(service.files(), 0);
    let content = service.blobs.content("ingestion", "blob").unwrap().unwrap();
    assert!(content.is_empty());
    assert_eq!(content.read_at(&mut [0; 4], 0).unwrap(), 0);
}

#[tokio::test]
async fn a_reader_keeps_what_it_reads_while_the_blob_is_replaced() {
    let service = Service::start();
    let url = service.url("blob");
    let long = vec![b'a'; 700_000];
    for id in ["YQ==", "Yg=="] {
        assert_eq!(service.block(&url, id, long.clone()).await.status, 201);
    }
    assert_eq!(service.commit(&url, &["YQ==", "Yg=="]).await.status, 201);
    let content = service.blobs.content("ingestion", "blob").unwrap().unwrap();
    let request = Request::builder().uri(&url).body(Body::empty()).unwrap();
    let response = service.blobs.answer("/ingestion/blob", request).await;
    assert_eq!(response.headers()["content-length"], "1400000");

    assert_eq!(service.put(&url, "new").await.status, 201);
    assert_eq!(service.files(), 3);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), vec![b'a'; 1_400_000]);
    let mut buf = [0; 10];
    content.read_exact_at(&mut buf, 699_995).unwrap();
    assert_eq!(&buf, b"aaaaaaaaaa");
    drop(content);
    assert_eq!(service.files(), 1);
    assert_eq!(service.get(&url).await.body, "new");
}

#[tokio::test]
async fn content_is_read_in_any_order_over_the_borders_of_blocks() {
    let service = Service::start();
    let url = service.url("blob");
    let (ids, words) = (["YQ==", "Yg==", "Yw=="], ["first ", "second ", "third"]);
    for (id, word) in ids.iter().zip(words) {
        service.block(&url, id, word).await;
    }
    service.commit(&url, &["Yw==", "YQ==", "Yg=="]).await;
    let content = service.blobs.content("ingestion", "blob").unwrap().unwrap();
    let whole = b"thirdfirst second ";
    assert_eq!(content.len(), whole.len() as u64);
    for start in (0..whole.len()).rev() {
        for end in start..=whole.len() {
            let mut buf = vec![0; end - start];
            content.read_exact_at(&mut buf, start as u64).unwrap();
            assert_eq!(buf, whole[start..end]);
        }
    }
    assert_eq!(content.read_at(&mut [0; 50], 15).unwrap(), 3);
    assert_eq!(content.read_at(&mut [0; 50], u64::MAX).unwrap(), 0);
}

#[tokio::test]
async fn a_body_that_is_not_as_long_as_it_says_leaves_nothing() {
    let service = Service::start();
    let url = service.url("blob");
    let typed = |length: &'static str| [("x-ms-blob-type", "BlockBlob"), ("content-length", length)];
    let broken = || std::io::Error::other("cut off");
    for (length, body) in [
        ("10", streamed(vec![Ok(b"short")])),
        ("3", streamed(vec![Ok(b"too"), Ok(b"long")])),
        ("10", streamed(vec![Ok(b"cut"), Err(broken())])),
    ] {
        assert_eq!(service.send("PUT", &url, &typed(length), body).await.code(), "InvalidInput");
    }
    assert_eq!(service.put(&url, streamed(vec![Ok(b"no length")])).await.status, 411);
    for length in ["17179869184", "18446744073709551615"] {
        let refused = service.send("PUT", &url, &typed(length), "x").await;
        assert_eq!((refused.status.as_u16(), refused.code()), (413, "RequestBodyTooLarge"));
        let refused = service.send("PUT", &format!("{url}&comp=block&blockid=YQ%3D%3D"), &typed(length), "x").await;
        assert_eq!(refused.status, 413);
        let refused = service.send("PUT", &format!("{url}&comp=blocklist"), &typed(length), "x").await;
        assert_eq!(refused.status, 413);
    }
    for length in ["-1", "0x10", "18446744073709551616", "1, 1"] {
        assert_eq!(service.send("PUT", &url, &typed(length), "x").await.code(), "InvalidHeaderValue");
    }
    assert_eq!(service.files(), 0);
    assert_eq!(service.get(&url).await.code(), "BlobNotFound");
    assert_eq!(service.send("PUT", &url, &typed("9"), streamed(vec![Ok(b"as long a"), Ok(b"")])).await.status, 201);
}

#[tokio::test]
async fn old_versions_of_the_service_take_less() {
    let service = Service::start();
    let url = format!("{}&comp=block&blockid=YQ%3D%3D", service.url("blob"));
    for (version, length, status) in
        [("2015-04-05", "4194305", 413), ("2016-05-31", "104857601", 413), ("2019-12-12", "4194304001", 413), ("soon", "1", 400)]
    {
        let headers = [("x-ms-version", version), ("content-length", length)];
        assert_eq!(service.send("PUT", &url, &headers, "x").await.status, status, "{version}");
    }
    let answer = service.send("PUT", &url, &[("x-ms-version", "2031-01-01")], "x").await;
    assert_eq!((answer.status.as_u16(), answer.headers["x-ms-version"].to_str().unwrap()), (201, "2031-01-01"));
}

#[tokio::test]
async fn digests_are_checked_and_answered() {
    let service = Service::start();
    let url = format!("{}&comp=block&blockid=YQ%3D%3D", service.url("blob"));
    let digits = "123456789";
    let answer = service.send("PUT", &url, &[], digits).await;
    assert_eq!(answer.headers["x-ms-content-crc64"], "iJh5CoYUi64=");
    assert!(!answer.headers.contains_key("content-md5"));
    let answer = service.send("PUT", &url, &[("x-ms-content-crc64", "iJh5CoYUi64=")], digits).await;
    assert_eq!(answer.status, 201);
    let answer = service.send("PUT", &url, &[("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==")], digits).await;
    assert_eq!((answer.status.as_u16(), &answer.headers["content-md5"]), (201, &"JfnnlDI7RTiF9RgfG2JNCw==".parse().unwrap()));
    let wrong = service.send("PUT", &url, &[("x-ms-content-crc64", "iJh5CoYUi64=")], "12345678").await;
    assert_eq!(wrong.code(), "Crc64Mismatch");
    assert!(wrong.text().contains("<UserSpecifiedCrc>iJh5CoYUi64=</UserSpecifiedCrc><ServerCalculatedCrc>"));
    let both = [("content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="), ("x-ms-content-crc64", "iJh5CoYUi64=")];
    assert_eq!(service.send("PUT", &url, &both, digits).await.code(), "BothCrc64AndMd5HeaderPresent");
    assert_eq!(service.send("PUT", &url, &[("x-ms-content-crc64", "AAAA")], digits).await.code(), "InvalidHeaderValue");
    assert_eq!(service.files(), 1);

    let list = format!("{}&comp=blocklist", service.url("blob"));
    let body = "<BlockList><Latest>YQ==</Latest></BlockList>";
    let wrong = service.send("PUT", &list, &[("x-ms-content-crc64", "iJh5CoYUi64=")], body).await;
    assert_eq!(wrong.code(), "Crc64Mismatch");
    let named = [("x-ms-blob-content-md5", "JfnnlDI7RTiF9RgfG2JNCw==")];
    assert_eq!(service.send("PUT", &list, &named, body).await.status, 201);
    let url = service.url("blob");
    let range = [("x-ms-range", "bytes=0-8"), ("x-ms-range-get-content-crc64", "true")];
    let part = service.send("GET", &url, &range, "").await;
    assert_eq!(part.headers["x-ms-content-crc64"], "iJh5CoYUi64=");
    assert_eq!(part.headers["x-ms-blob-content-md5"], "JfnnlDI7RTiF9RgfG2JNCw==");
    let whole = [("x-ms-range-get-content-md5", "true")];
    assert_eq!(service.send("GET", &url, &whole, "").await.code(), "InvalidHeaderValue");
}

#[tokio::test]
async fn hostile_block_lists_are_refused_and_change_nothing() {
    let service = Service::start();
    let url = service.url("blob");
    assert_eq!(service.block(&url, "YQ==", "a").await.status, 201);
    let list = format!("{url}&comp=blocklist");
    let bomb = "<!DOCTYPE x [<!ENTITY a \"YQ==\">]><BlockList><Latest>&a;</Latest></BlockList>";
    for body in [bomb.to_owned(), "<BlockList>".repeat(100_000), "\0".repeat(1000), "<BlockList".to_owned()] {
        assert_eq!(service.send("PUT", &list, &[], body).await.code(), "InvalidXmlDocument");
    }
    let many = format!("<BlockList>{}</BlockList>", "<Latest>YQ==</Latest>".repeat(50_001));
    assert_eq!(service.send("PUT", &list, &[], many).await.code(), "BlockListTooLong");
    assert_eq!(service.send("PUT", &list, &[], " ".repeat((8 << 20) + 1)).await.status, 413);
    let most = format!("<BlockList>{}</BlockList>", "<Latest>YQ==</Latest>".repeat(50_000));
    assert_eq!(service.send("PUT", &list, &[], most).await.status, 201);
    assert_eq!(service.get(&url).await.body.len(), 50_000);
    assert_eq!(service.files(), 1);
}

#[tokio::test]
async fn names_lead_nowhere_but_to_blobs() {
    let service = Service::start();
    let url = service.blobs.upload_url(BASE, "ingestion", "../../escape", DAY).unwrap();
    assert_eq!(service.put(&url, "inside").await.status, 201);
    assert_eq!(service.files(), 1);
    assert!(!service.folder.path().parent().unwrap().join("escape").exists());
    let (_, query) = url.split_once('?').unwrap();
    for path in ["/", "", "/ingestion", "/%2e%2e/x", "/ingestion/%00", "/ingestion/%ff%fe", "/ingestion//"] {
        let request = Request::builder().method("PUT").uri(format!("https://store.test/x?{query}"));
        let request = request.header("content-length", "1").body(Body::from("x")).unwrap();
        let answer = Answer::of(service.blobs.answer(path, request).await).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn callers_without_a_signature_learn_nothing() {
    let service = Service::start();
    let url = service.url("blob");
    assert_eq!(service.put(&url, "zip").await.status, 201);
    let bare = url.split_once('?').unwrap().0;
    let hidden = service.get(bare).await;
    assert_eq!((hidden.status.as_u16(), hidden.code()), (404, "ResourceNotFound"));
    let challenged = service.send("GET", bare, &[("x-ms-version", "2024-05-04")], "").await;
    assert_eq!((challenged.status.as_u16(), challenged.code()), (401, "NoAuthenticationInformation"));
    assert!(challenged.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer "));
    let shared = service.send("GET", &url, &[("authorization", "SharedKey devstoreaccount1:AAAA")], "").await;
    assert_eq!((shared.status.as_u16(), shared.code()), (403, "AuthenticationFailed"));
    let head = service.send("HEAD", bare, &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len(), &head.headers["content-length"]), (404, 0, &"0".parse().unwrap()));
    let twice = service.get(&format!("{url}&sp=racwd")).await;
    assert_eq!(twice.code(), "AuthenticationFailed");
}

#[tokio::test]
async fn error_bodies_say_what_azure_says() {
    let service = Service::start();
    let url = service.url("blob");
    let missing = service.send("GET", &url, &[("x-ms-client-request-id", "mine")], "").await;
    let id = missing.headers["x-ms-request-id"].to_str().unwrap();
    let head = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound</Code>\
                <Message>The specified blob does not exist.\n";
    let text = missing.text();
    assert!(text.starts_with(&format!("{head}RequestId:{id}\nTime:2")), "{text}");
    assert!(text.ends_with("Z</Message></Error>"), "{text}");
    let time = text.split_once("Time:").unwrap().1.split_once('<').unwrap().0;
    assert_eq!(time.len(), "2026-03-04T10:00:00.0000000Z".len());
    assert_eq!(missing.headers["x-ms-client-request-id"], "mine");
    assert_eq!(missing.headers["content-length"], missing.body.len().to_string());

    let id = service.send("PUT", &format!("{url}&comp=block&blockid=%3Ca%3E%01"), &[], "x").await;
    assert!(id.text().contains("<QueryParameterValue>&lt;a&gt;?</QueryParameterValue>"), "{}", id.text());
    let behind = {
        service.put(&url, "0123456789").await;
        service.send("GET", &url, &[("range", "bytes=10-")], "").await
    };
    assert_eq!((behind.status.as_u16(), &behind.headers["content-range"]), (416, &"bytes */10".parse().unwrap()));
}

#[tokio::test]
async fn blocks_that_nobody_commits_are_forgotten_after_a_week() {
    let service = Service::start();
    let life = SignedDuration::from_hours(24 * 6);
    let url = || service.blobs.upload_url(BASE, "ingestion", "blob", DAY).unwrap();
    service.block(&url(), "YQ==", "a").await;
    service.clock.put_forward(life);
    service.block(&url(), "Yg==", "b").await;
    service.clock.put_forward(life);
    let list = service.get(&format!("{}&comp=blocklist&blocklisttype=uncommitted", url())).await;
    assert_eq!(list.text().matches("<Block>").count(), 2);
    service.clock.put_forward(SignedDuration::from_hours(25));
    assert_eq!(service.block(&url(), "bG9uZ2Vy", "another length of id").await.status, 201);
    assert_eq!(service.files(), 1);
}

#[tokio::test]
async fn a_hundred_thousand_blocks_wait_and_no_more() {
    let service = Service::start();
    let url = service.url("blob");
    let rows = "WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 100000)
                INSERT INTO blob_waiting SELECT 'ingestion', 'blob', printf('%08d', at), randomblob(16), 1, ?1 FROM n";
    let now = service.clock.now().as_microsecond();
    service.store.transact(|tx| tx.execute(rows, [now])).unwrap();
    let refused = service.block(&url, "99999999", "x").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "BlockCountExceedsLimit"));
    assert_eq!(service.block(&url, "00000001", "x").await.status, 201);
    let list = service.get(&format!("{url}&comp=blocklist&blocklisttype=uncommitted")).await;
    assert_eq!(list.text().matches("<Block>").count(), 100_000);
    assert_eq!(service.put(&url, "whole").await.status, 201);
    assert_eq!(service.files(), 1);
}

#[tokio::test]
async fn many_blocks_at_once_all_arrive() {
    let service = Service::start();
    let url = service.url("blob");
    let ids: Vec<String> = (0..64).map(|at| format!("{at:04}")).collect();
    let sent = ids.iter().map(|id| service.block(&url, id, vec![id.as_bytes()[3]; 100_000]));
    for answer in futures::future::join_all(sent).await {
        assert_eq!(answer.status, 201);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let commits = futures::future::join_all((0..4).map(|_| service.commit(&url, &ids))).await;
    assert!(commits.iter().all(|answer| answer.status == 201));
    let tags: std::collections::HashSet<_> = commits.iter().map(|answer| answer.headers["etag"].clone()).collect();
    assert_eq!(tags.len(), 4);
    assert_eq!(service.get(&url).await.body.len(), 6_400_000);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_stands_still_over_file_steps() {
    let service = Service::start();
    let url = service.url("blob");
    let (before, alarm) = (tokio::time::Instant::now(), tokio::time::sleep(std::time::Duration::from_secs(3600)));
    tokio::pin!(alarm);
    let work = async {
        service.block(&url, "YQ==", vec![7_u8; 5 << 20]).await;
        service.commit(&url, &["YQ=="]).await;
        service.get(&url).await.body.len()
    };
    tokio::select! {
        biased;
        () = &mut alarm => panic!("the clock ran away"),
        length = work => assert_eq!(length, 5 << 20),
    }
    assert_eq!(before, tokio::time::Instant::now());
}

#[tokio::test]
async fn secrets_are_not_printed() {
    let service = Service::start();
    let url = service.url("blob");
    let signature = url.split_once("&sig=").unwrap().1.to_owned();
    let text = format!("{:?}", service.blobs);
    assert!(text.starts_with("Blobs {") && !text.contains("secret") && !text.contains("Key"), "{text}");
    let refused = service.get(&url.replace("sp=rwl", "sp=rwd")).await.text();
    assert!(refused.contains("Signature did not match") && !refused.contains(&signature[..20]), "{refused}");
}
