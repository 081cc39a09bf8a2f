//! Uploads on a line without faults: what is sent, in which order, and what the blob holds in the end.

use crate::content::{BLOCK, Held, MIB, WHOLE, noise};
use crate::line::{Act, Line, Seen, Service};
use crate::scene::{Scene, target, upload};
use bytes::Bytes;
use flightline_client::error::Error;
use flightline_client::secret::SasUrl;
use flightline_client::upload::{Content, FileContent, Filled, Progress, UploadReceipt, digest};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// How often each operation was asked for, in the order of their first time.
pub(crate) fn operations(line: &Line) -> Vec<(&'static str, usize)> {
    let mut counted: Vec<(&'static str, usize)> = Vec::new();
    for seen in line.of(Service::Blob) {
        match counted.iter_mut().find(|(operation, _)| *operation == seen.operation()) {
            Some((_, count)) => *count += 1,
            None => counted.push((seen.operation(), 1)),
        }
    }
    counted
}

pub(crate) fn held(bytes: Bytes) -> Arc<Held> {
    Arc::new(Held(bytes))
}

#[tokio::test(start_paused = true)]
async fn a_small_blob_travels_in_one_request() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    for length in [0, 1, 3 * MIB, WHOLE] {
        scene.line.forget();
        let receipt = upload(&writer, &draft, &held(noise(length))).await.unwrap();
        assert_eq!(operations(&scene.line), [("Put Blob", 1)]);
        let put = scene.line.of(Service::Blob).pop().unwrap();
        assert_eq!(put.header("x-ms-blob-type"), "BlockBlob");
        assert_eq!(put.header("content-length"), length.to_string());
        assert_eq!(put.header("content-type"), "application/zip");
        assert!(!put.header("x-ms-content-crc64").is_empty());
        assert_eq!(scene.blob(&draft.1).await.into_body(), noise(length));
        assert_eq!((receipt.submission(), receipt.length()), (&draft.0, length as u64));
        assert_eq!(Some(receipt.blob()), draft.1.split('?').next());
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_blob_travels_in_blocks_and_is_the_same_in_the_end() {
    // The last block is let through first, and the first one last.
    let scene = Scene::with(Service::Blob, |seen| match seen.operation() {
        "Put Block" => Act::Late(std::time::Duration::from_secs(90 - 10 * seen.before as u64)),
        _ => Act::Pass,
    });
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    let content = noise(40 * MIB);
    let steps = Mutex::new(Vec::new());
    let url = SasUrl::parse(&draft.1).unwrap();
    let progress = |progress: Progress| steps.lock().unwrap().push(progress);
    let receipt = writer.upload(&target(), &draft.0, &url, held(content.clone()), &progress).await.unwrap();
    assert_eq!(operations(&scene.line), [("Get Block List", 1), ("Put Block", 7), ("Put Block List", 1)]);
    assert_eq!(receipt.length(), content.len() as u64);
    let blob = scene.blob(&draft.1).await;
    assert_eq!(blob.headers()["content-type"], "application/zip");
    assert!(blob.into_body() == content, "the blob is another");

    let steps = steps.into_inner().unwrap();
    assert!(steps.iter().all(|step| step.total == content.len() as u64));
    assert!(steps.is_sorted_by_key(|step| step.done) && steps.len() > 3, "{steps:?}");
    assert_eq!((steps[0].done, steps.last().unwrap().done), (0, content.len() as u64));
    assert!(
        scene.line.of(Service::Blob).iter().all(|seen| seen.body.len() <= BLOCK),
        "what is in memory at a time is bounded by blocks"
    );
}

#[tokio::test(start_paused = true)]
async fn a_length_at_the_border_of_a_block_loses_nothing() {
    for (length, blocks) in [(WHOLE + 1, 2), (2 * BLOCK - 1, 2), (2 * BLOCK, 2), (2 * BLOCK + 1, 3)] {
        let scene = Scene::new();
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        upload(&writer, &draft, &held(noise(length))).await.unwrap();
        let sizes: usize = puts(&scene.line).iter().map(|seen| seen.body.len()).sum();
        assert_eq!((puts(&scene.line).len(), sizes), (blocks, length));
        assert!(scene.blob(&draft.1).await.into_body() == noise(length), "{length}");
    }
}

/// A finished upload whose receipt was lost is not made again.
#[tokio::test(start_paused = true)]
async fn what_the_blob_is_made_of_already_is_not_sent_again() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    let receipt = upload(&writer, &draft, &held(noise(40 * MIB))).await.unwrap();
    scene.line.forget();
    assert_eq!(upload(&scene.writer(), &draft, &held(noise(40 * MIB))).await.unwrap(), receipt);
    assert_eq!(operations(&scene.line), [("Get Block List", 1)]);
    assert_eq!(digest(held(noise(40 * MIB))).await.unwrap(), receipt.digest());

    // One byte is another: one block travels, and those of the blob are used beside it.
    let mut other = noise(40 * MIB).to_vec();
    other[20 * MIB] ^= 1;
    scene.line.forget();
    let other = Bytes::from(other);
    upload(&scene.writer(), &draft, &held(other.clone())).await.unwrap();
    assert_eq!(operations(&scene.line), [("Get Block List", 1), ("Put Block", 1), ("Put Block List", 1)]);
    assert!(scene.blob(&draft.1).await.into_body() == other, "the blob is another");
}

fn puts(line: &Line) -> Vec<Seen> {
    line.of(Service::Blob).into_iter().filter(|seen| seen.operation() == "Put Block").collect()
}

#[tokio::test(start_paused = true)]
async fn blocks_that_are_alike_are_all_in_their_places() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    let mut content = vec![0; 2 * BLOCK];
    content.extend_from_slice(&noise(BLOCK));
    content.extend_from_slice(&vec![0; BLOCK]);
    content.extend_from_slice(&[0; 5]);
    let content = Bytes::from(content);
    upload(&writer, &draft, &held(content.clone())).await.unwrap();
    assert!(scene.blob(&draft.1).await.into_body() == content, "the blob is another");
    let list = scene.line.of(Service::Blob).pop().unwrap();
    let list = String::from_utf8(list.body.to_vec()).unwrap();
    let ids: Vec<&str> = list.split("<Latest>").skip(1).map(|rest| &rest[..44]).collect();
    assert_eq!(ids.len(), 5);
    assert!(ids[0] == ids[1] && ids[0] == ids[3] && ids[0] != ids[2] && ids[0] != ids[4]);
    assert_eq!(puts(&scene.line).len(), 3, "what is alike travels once");
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_on_sends_only_what_is_missing() {
    let scene = Scene::new();
    let content = held(noise(40 * MIB));
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    scene.line.rule(|seen| match seen.operation() {
        // The first is the list; three blocks go through, and then the line breaks.
        "Put Block" if seen.before > 3 => Act::LoseRequest,
        _ => Act::Pass,
    });
    scene.line.forget();
    upload(&writer, &draft, &content).await.unwrap_err();

    let list = scene.past("GET", &format!("{}&comp=blocklist&blocklisttype=all", draft.1), &[], Bytes::new()).await;
    let kept = String::from_utf8(list.body().to_vec()).unwrap().matches("<Name>").count();
    assert!((1..7).contains(&kept), "{kept}");

    // Another machine, which knows nothing of the first, with the same bytes.
    scene.line.rule(|_| Act::Pass);
    let other = scene.writer();
    scene.line.forget();
    upload(&other, &draft, &content).await.unwrap();
    assert_eq!(operations(&scene.line), [("Get Block List", 1), ("Put Block", 7 - kept), ("Put Block List", 1)]);
    assert!(scene.blob(&draft.1).await.into_body() == content.0, "the blob is another");
}

#[tokio::test(start_paused = true)]
async fn what_was_left_of_other_bytes_is_not_used() {
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    scene.line.rule(|seen| match seen.operation() {
        "Put Block List" => Act::Instead(crate::line::answer(400, "")),
        _ => Act::Pass,
    });
    let mut other = noise(2 * BLOCK).to_vec();
    other[BLOCK + 7] ^= 1;
    upload(&writer, &draft, &held(Bytes::from(other))).await.unwrap_err();
    scene.line.rule(|_| Act::Pass);
    scene.line.forget();
    upload(&writer, &draft, &held(noise(2 * BLOCK))).await.unwrap();
    assert_eq!(puts(&scene.line).len(), 1, "the first half is the same");
    assert!(scene.blob(&draft.1).await.into_body() == noise(2 * BLOCK), "the blob is another");
}

/// A plus in a signature is read as a space unless it is escaped, and then nothing fits any more.
#[tokio::test(start_paused = true)]
async fn a_raw_plus_in_the_signature_is_repaired() {
    let scene = Scene::new();
    let writer = scene.writer();
    scene.control("/addresses?plus=raw").await;
    let draft = scene.draft(&writer).await;
    let query = draft.1.split_once('?').unwrap().1;
    assert!(query.contains('+'), "{query}");
    upload(&writer, &draft, &held(noise(WHOLE + 1))).await.unwrap();
    let seen = scene.line.of(Service::Blob);
    assert_eq!(seen.len(), 4);
    for seen in seen {
        assert!(seen.query.starts_with(&query.replace('+', "%2B")) && !seen.query.contains('+'), "{}", seen.operation());
    }
}

/// Blocks of one blob must have names of one length: Azure refuses a block beside others, until those are gone.
#[tokio::test(start_paused = true)]
async fn blocks_that_another_tool_left_do_not_stop_us() {
    for left in ["YQ==", "MDAwMDAwMDA=", "not base64, as some service might list it"] {
        let scene = Scene::new();
        let writer = scene.writer();
        let draft = scene.draft(&writer).await;
        if left.ends_with('=') {
            let address = format!("{}&comp=block&blockid={}", draft.1, left.replace('=', "%3D"));
            let put = scene.past("PUT", &address, &[("content-length", "3")], Bytes::from_static(b"old")).await;
            assert_eq!(put.status(), 201);
        } else {
            scene.line.rule(move |seen| match (seen.operation(), seen.again) {
                ("Get Block List", 0) => {
                    let list = format!(
                        "<BlockList><UncommittedBlocks><Block><Name>{left}</Name></Block></UncommittedBlocks></BlockList>"
                    );
                    Act::Instead(crate::line::answer(200, list))
                }
                _ => Act::Pass,
            });
        }
        scene.line.forget();
        upload(&writer, &draft, &held(noise(2 * BLOCK))).await.unwrap();
        assert_eq!(
            operations(&scene.line),
            [("Get Block List", 1), ("Put Blob", 1), ("Put Block", 2), ("Put Block List", 1)],
            "{left}"
        );
        assert!(scene.blob(&draft.1).await.into_body() == noise(2 * BLOCK), "the blob is another");
    }
}

#[test]
fn a_receipt_says_what_it_is_for() {
    let id: flightline_protocol::id::SubmissionId = "1152921505700310002".parse().unwrap();
    let nothing = UploadReceipt::nothing_to_upload(id.clone());
    assert_eq!((nothing.submission(), nothing.blob(), nothing.length()), (&id, "", 0));
    let vouched = UploadReceipt::vouched(id.clone(), "https://h/c/b".to_owned(), 7);
    assert_eq!((vouched.submission(), vouched.blob(), vouched.length()), (&id, "https://h/c/b", 7));
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    path
}

#[tokio::test(start_paused = true)]
async fn a_file_is_uploaded_as_it_is() {
    let content = noise(WHOLE + 3);
    let file = Arc::new(FileContent::open(&file("voice-upload.zip", &content)).unwrap());
    assert_eq!((file.len(), file.is_empty()), (content.len() as u64, false));
    let mut end = [0; 3];
    assert_eq!(file.fill(WHOLE as u64, &mut end, &mut |_| {}).unwrap(), Filled::Whole);
    assert_eq!(end, content[WHOLE..]);
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    upload(&writer, &draft, &file).await.unwrap();
    assert!(scene.blob(&draft.1).await.into_body() == content, "the blob is another");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_none_or_no_longer_is_one_is_not_uploaded() {
    assert!(FileContent::open(&PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).is_err());
    assert!(FileContent::open(&PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("voice-none.zip")).is_err());

    let path = file("voice-shrunk.zip", &noise(WHOLE + 3));
    let content = Arc::new(FileContent::open(&path).unwrap());
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(100).unwrap();
    let scene = Scene::new();
    let writer = scene.writer();
    let draft = scene.draft(&writer).await;
    let error = upload(&writer, &draft, &content).await.unwrap_err();
    assert!(matches!(error, Error::Content(_)), "{error:?}");
    assert_ne!(scene.blob(&draft.1).await.status(), 200);
}
