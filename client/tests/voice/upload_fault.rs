//! Uploads on a line that loses, delays and harms, and to a service that refuses.

use crate::content::{BLOCK, Held, MIB, WHOLE, noise};
use crate::line::{Act, PAGE, Service, answer, busy};
use crate::scene::{APP, Scene, upload};
use crate::upload::{held, operations};
use bytes::Bytes;
use flightline_client::api::Writer;
use flightline_client::error::{Error, Kind, Outcome};
use flightline_client::upload::{Content, Filled};
use flightline_protocol::id::SubmissionId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// The lengths of a blob that goes in one request and of one that goes in three blocks.
const LENGTHS: [usize; 2] = [1000, 2 * BLOCK + 1];

fn azure(status: u16, code: &str, message: &str) -> http::Response<Bytes> {
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:1</Message></Error>"
    );
    answer(status, body)
}

/// An old address that the service refuses brings a fresh one, as long as the Store gives one out.
#[tokio::test(start_paused = true)]
async fn an_address_that_has_run_out_is_replaced() {
    for length in LENGTHS {
        let scene = Scene::new();
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        scene.control("/clock?forward=604800").await;
        scene.line.forget();
        upload(&writer, &draft, &held(noise(length))).await.unwrap();
        assert_eq!(asked_for_addresses(&scene), 2, "the token has run out as well");
        let first = scene.line.of(Service::Blob)[0].operation();
        let again = operations(&scene.line).into_iter().find(|(operation, _)| *operation == first).unwrap().1;
        assert_eq!(again, 2, "one refusal is enough");
        let fresh = fresh(&writer, &draft.0).await;
        assert!(scene.blob(&fresh).await.into_body() == noise(length), "the blob is another");
    }
}

/// What was sent before the address ran out is not sent again, and all lanes together ask for one fresh address.
#[tokio::test(start_paused = true)]
async fn an_address_that_runs_out_in_the_middle_is_replaced_once() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    scene.control("/clock?forward=1800").await;
    let (old, refused) = (draft.1.split_once('?').unwrap().1.to_owned(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&refused);
    scene.line.rule(move |seen| {
        if seen.operation() == "Put Block" && seen.before > 5 && seen.query.starts_with(&old) {
            count.fetch_add(1, Ordering::Relaxed);
            return Act::Instead(azure(403, "AuthenticationFailed", "Signature not valid in the specified time frame"));
        }
        Act::Pass
    });
    scene.line.forget();
    upload(&writer, &draft, &held(noise(40 * MIB))).await.unwrap();
    assert!(scene.blob(&draft.1).await.into_body() == noise(40 * MIB), "the blob is another");
    assert_eq!(asked_for_addresses(&scene), 1, "one fresh address is enough");
    let refused = refused.load(Ordering::Relaxed);
    assert!(refused > 0 && operations(&scene.line).contains(&("Put Block", 7 + refused)), "{:?}", operations(&scene.line));
}

/// A fresh address that is refused as well is told, and nothing goes round in circles.
#[tokio::test(start_paused = true)]
async fn an_address_that_is_never_good_is_known_as_such() {
    for length in LENGTHS {
        let scene = Scene::with(Service::Blob, |_| Act::Instead(azure(403, "AuthenticationFailed", "No.")));
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        scene.control("/clock?forward=60").await;
        scene.line.forget();
        let error = upload(&writer, &draft, &held(noise(length))).await.unwrap_err();
        assert!(error.is_stale_url(), "{error:?}");
        assert_eq!((error.kind(), error.outcome(), error.status()), (Kind::Trouble, Outcome::NotDone, Some(403)));
        assert_eq!(error.code(), "AuthenticationFailed");
        let hint = error.hint().unwrap();
        assert!(hint.contains("clock") && hint.contains("proxy") && hint.contains("signature"), "{hint}");
        assert!(!hint.contains("run the same command again"), "a circle: {hint}");
        assert!((1..=2).contains(&scene.line.of(Service::Blob).len()), "asking again would not help");
        let text = format!("{error} {error:?}");
        assert!(text.contains(draft.1.split('?').next().unwrap()) && !text.contains("sig="), "{text}");
    }
}

async fn fresh(writer: &Writer, id: &SubmissionId) -> String {
    let document = writer.reader().raw(&format!("applications/{APP}/submissions/{id}")).await.unwrap().unwrap();
    document["fileUploadUrl"].as_str().unwrap().to_owned()
}

fn asked_for_addresses(scene: &Scene) -> usize {
    scene.line.of(Service::Api).len()
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_are_asked_for_again() {
    for length in LENGTHS {
        let scene = Scene::with(Service::Blob, |seen| match seen.again {
            0 => Act::LoseAnswer,
            1 => Act::LoseRequest,
            2 => Act::Refused,
            3 => Act::Disguise(answer(500, "")),
            _ => Act::Pass,
        });
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        upload(&writer, &draft, &held(noise(length))).await.unwrap();
        assert!(scene.blob(&draft.1).await.into_body() == noise(length), "the blob is another");
        for (operation, count) in operations(&scene.line) {
            assert_eq!(count, if operation == "Put Block" { 15 } else { 5 }, "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_stays_dead_ends_it() {
    for length in LENGTHS {
        let scene = Scene::with(Service::Blob, |seen| if seen.method == "PUT" { Act::LoseRequest } else { Act::Pass });
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        let error = upload(&writer, &draft, &held(noise(length))).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (Kind::Trouble, Outcome::NotDone));
        assert_eq!(error.code(), "ConnectionBroken");
        assert!(error.to_string().starts_with("could not upload to https://"), "{error}");
        assert!(!error.is_stale_url());
        assert!(scene.line.of(Service::Blob).iter().all(|seen| seen.again < 5));
    }
}

/// A bit that falls over on the way is noticed at the other end, and what is here is sent again.
#[tokio::test(start_paused = true)]
async fn bytes_that_were_harmed_on_the_way_are_sent_again() {
    let harm = |body: &Bytes| {
        let mut body = body.to_vec();
        let middle = body.len() / 2;
        body[middle] ^= 1;
        Act::Alter(Bytes::from(body))
    };
    for length in LENGTHS {
        let scene = Scene::with(Service::Blob, move |seen| match (seen.operation(), seen.again) {
            ("Put Blob" | "Put Block", 0) => harm(&seen.body),
            _ => Act::Pass,
        });
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        upload(&writer, &draft, &held(noise(length))).await.unwrap();
        assert!(scene.blob(&draft.1).await.into_body() == noise(length), "the blob is another");

        scene
            .line
            .rule(move |seen| if matches!(seen.operation(), "Put Blob" | "Put Block") { harm(&seen.body) } else { Act::Pass });
        let other = held(noise(length + 1).slice(1..));
        let error = upload(&writer, &draft, &other).await.unwrap_err();
        assert_eq!((error.code().as_str(), error.kind()), ("Crc64Mismatch", Kind::Trouble));
        assert!(scene.blob(&draft.1).await.into_body() == noise(length), "what was there was touched");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_pleads_overload_is_waited_for() {
    let scene = Scene::with(Service::Blob, |seen| match seen.again {
        0 => Act::Instead(busy(503, "40")),
        1 => Act::Instead(azure(503, "ServerBusy", "The server is busy.")),
        2 => Act::Instead(azure(500, "OperationTimedOut", "Later.")),
        _ => Act::Pass,
    });
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    let started = Instant::now();
    upload(&writer, &draft, &held(noise(2 * BLOCK))).await.unwrap();
    let waited = started.elapsed();
    assert!(waited > Duration::from_secs(120) && waited < Duration::from_secs(150), "list, blocks, list: {waited:?}");
    assert!(scene.blob(&draft.1).await.into_body() == noise(2 * BLOCK), "the blob is another");

    for length in LENGTHS {
        let scene = Scene::with(Service::Blob, |seen| match seen.method.as_str() {
            "PUT" => Act::Instead(azure(503, "ServerBusy", "The server is busy.")),
            _ => Act::Pass,
        });
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        let error = upload(&writer, &draft, &held(noise(length))).await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.code().as_str()), (Kind::Trouble, Some(503), "ServerBusy"));
        assert!(error.to_string().ends_with(": 503 ServerBusy: The server is busy."), "{error}");
        assert!(error.hint().unwrap().contains("not done twice"));
    }
}

/// What was under way is not given up because a line is down for three minutes, or the service busy; what never began is.
#[tokio::test(start_paused = true)]
async fn a_storm_in_the_middle_is_outlasted() {
    for lost in [true, false] {
        let scene = Scene::new();
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        let began = Instant::now();
        scene.line.rule(move |seen| {
            let is_storm = (0..180).contains(&began.elapsed().as_secs());
            match seen.operation() {
                "Put Block" if seen.before <= 4 => Act::Late(Duration::from_secs(1)),
                "Put Block" if is_storm && lost => Act::LoseRequest,
                "Put Block" if is_storm => Act::Instead(azure(503, "ServerBusy", "The server is busy.")),
                _ => Act::Pass,
            }
        });
        upload(&writer, &draft, &held(noise(40 * MIB))).await.unwrap();
        assert!(began.elapsed() > Duration::from_secs(180), "{:?}", began.elapsed());
        assert!(scene.blob(&draft.1).await.into_body() == noise(40 * MIB), "the blob is another");
        let puts = operations(&scene.line).into_iter().find(|(operation, _)| *operation == "Put Block").unwrap().1;
        assert!(puts < 8 + 8 * 60, "each lane waits longer and longer: {puts}");
    }
}

/// A storm without an end has one for us.
#[tokio::test(start_paused = true)]
async fn a_storm_that_does_not_end_is_given_up_after_minutes() {
    let scene = Scene::with(Service::Blob, |seen| match seen.operation() {
        "Put Block" if seen.before > 4 => Act::LoseRequest,
        _ => Act::Pass,
    });
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    let began = Instant::now();
    let error = upload(&writer, &draft, &held(noise(40 * MIB))).await.unwrap_err();
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Trouble, "ConnectionBroken"));
    assert!((300..400).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

/// Somebody else writes to the same blob: its blocks are gone when they are to be listed.
#[tokio::test(start_paused = true)]
async fn an_upload_whose_blocks_were_thrown_away_begins_anew() {
    let scene = Scene::with(Service::Blob, |seen| match (seen.operation(), seen.again) {
        ("Put Block List", 0) => Act::Instead(azure(400, "InvalidBlockList", "The specified block list is invalid.")),
        _ => Act::Pass,
    });
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    upload(&writer, &draft, &held(noise(2 * BLOCK))).await.unwrap();
    assert!(scene.blob(&draft.1).await.into_body() == noise(2 * BLOCK), "the blob is another");
    let sent = operations(&scene.line);
    assert_eq!(sent, [("Get Block List", 2), ("Put Block", 4), ("Put Block List", 2), ("Put Blob", 1)]);

    // For ever, it is told.
    scene.line.rule(|seen| match seen.operation() {
        "Put Block List" => Act::Instead(azure(400, "InvalidBlockList", "The specified block list is invalid.")),
        _ => Act::Pass,
    });
    let error = upload(&writer, &draft, &held(noise(2 * BLOCK + 1))).await.unwrap_err();
    assert_eq!(error.code(), "InvalidBlockList");
}

/// Whoever answers an upload with 200 is not the blob service, which says 201, and has kept the bytes to itself.
#[tokio::test(start_paused = true)]
async fn a_proxy_that_welcomes_an_upload_has_not_made_it() {
    for length in LENGTHS {
        for status in [200, 202, 204, 302, 403, 407] {
            let scene = Scene::with(Service::Blob, move |seen| match seen.method.as_str() {
                "PUT" => Act::Instead(answer(status, PAGE)),
                _ => Act::Pass,
            });
            let writer = scene.writer();
            let draft = scene.draft(&writer).await;
            let error = upload(&writer, &draft, &held(noise(length))).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (Kind::Trouble, Some(status)));
            assert_eq!(error.code(), format!("Http{status}"));
            assert!(error.to_string().contains("Harbour Hotel"), "{error}");
            assert!(error.hint().unwrap().contains("proxy"));
            assert!(!error.is_stale_url());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_block_list_that_cannot_be_read_costs_no_more_than_sending_again() {
    let bomb = "<!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY c \"&a;&a;&a;&a;\">]><BlockList><Name>&c;</Name></BlockList>";
    let many = "<a/>".repeat(2 << 20);
    for body in [PAGE.to_owned(), String::new(), bomb.to_owned(), format!("<BlockList>{many}</BlockList>"), "\0".to_owned()] {
        let scene = Scene::with(Service::Blob, move |seen| match seen.method.as_str() {
            "GET" => Act::Instead(answer(200, body.clone())),
            _ => Act::Pass,
        });
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        upload(&writer, &draft, &held(noise(WHOLE + 1))).await.unwrap();
        let sent = operations(&scene.line);
        assert!(sent.contains(&("Put Block", 2)) && sent.contains(&("Put Block List", 1)), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_azure_refuses_is_told_in_its_words() {
    for (status, code) in
        [(400, "InvalidBlockList"), (404, "ContainerNotFound"), (409, "LeaseIdMissing"), (413, "RequestBodyTooLarge")]
    {
        let scene = Scene::with(Service::Blob, move |seen| match seen.method.as_str() {
            "PUT" => Act::Instead(azure(status, code, "No &amp; no.")),
            _ => Act::Pass,
        });
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        let error = upload(&writer, &draft, &held(noise(10))).await.unwrap_err();
        assert!(error.to_string().ends_with(&format!(": {status} {code}: No & no.")), "{error}");
        assert_eq!((error.code().as_str(), error.is_stale_url()), (code, false));
        assert_eq!(scene.line.of(Service::Blob).len(), 1);
    }
}

/// Content that fails in one way or another.
enum Odd {
    Unreadable,
    Short,
    Long,
    Circular,
    Panics,
}

impl Content for Odd {
    fn len(&self) -> u64 {
        3 * BLOCK as u64
    }

    fn fill(
        &self,
        offset: u64,
        buffer: &mut [u8],
        seen: &mut dyn FnMut(&[u8]),
    ) -> Result<Filled, Box<dyn std::error::Error + Send + Sync>> {
        match self {
            _ if offset < BLOCK as u64 => return Held(noise(2 * BLOCK)).fill(offset, buffer, seen),
            Self::Unreadable => return Err("the disk is gone".into()),
            Self::Short => seen(&buffer[1..]),
            Self::Long => (0..2).for_each(|_| seen(buffer)),
            Self::Circular => return Ok(Filled::Later),
            Self::Panics => panic!("this panic belongs to the test"),
        }
        Ok(Filled::Whole)
    }
}

#[tokio::test(start_paused = true)]
async fn content_that_cannot_be_read_ends_the_upload_before_the_blob_is_touched() {
    for (odd, why) in [
        (Odd::Unreadable, "the disk is gone"),
        (Odd::Short, "other bytes"),
        (Odd::Long, "other bytes"),
        (Odd::Circular, "depends on itself"),
        (Odd::Panics, "panic"),
    ] {
        let scene = Scene::new();
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        let error = upload(&writer, &draft, &Arc::new(odd)).await.unwrap_err();
        assert!(matches!(&error, Error::Content(source) if source.to_string().contains(why)), "{error:?}");
        assert_eq!((error.code().as_str(), error.outcome()), ("UnreadableFile", Outcome::NotDone));
        assert!(operations(&scene.line).iter().all(|(operation, _)| *operation != "Put Block List"));
        assert_eq!(scene.blob(&draft.1).await.status(), 404);
    }
}
