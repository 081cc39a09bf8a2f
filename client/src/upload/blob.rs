//! The requests of the blob service that an upload is made of.

use super::address::{Address, Stop};
use super::block::{Block, Name};
use super::meter::Meter;
use crate::error::{Error, Outcome};
use crate::retry::{self, Failure, MOST_ATTEMPTS};
use crate::transport::{Moved, Stall, Transport};
use bytes::Bytes;
use flightline_protocol::route::Effect;
use http::{Method, Request, Response, StatusCode, header};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The version of the blob service whose rules we follow; the first with CRC-64 was 2019-02-02.
const VERSION: &str = "2021-12-02";

/// The longest block list that is read, in bytes, and the most nodes in it: with all the blocks that may wait it stays below.
const LONGEST_LIST: usize = 32 << 20;
const MOST_NODES: u32 = 1_000_000;

/// The longest tag in it, in bytes, and how deep tags are: list, kind of blocks, block, name.
const LONGEST_TAG: usize = 256;
const DEEPEST: usize = 4;

/// How long nothing of a request may move. What the system has taken and not yet sent drains in that time on any line worth waiting for.
const STALL: Stall = Stall(Duration::from_secs(120));

/// How long an upload that was under way keeps trying while nothing gets through.
const PATIENCE: Duration = Duration::from_secs(300);

/// One blob at its address.
pub(super) struct Blob<'a> {
    pub(super) transport: &'a dyn Transport,
    pub(super) address: Address<'a>,
    pub(super) meter: Meter<'a>,
    /// When something was last put.
    last_put: Mutex<Option<Instant>>,
    busy: AtomicBool,
}

/// What a blob holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// The names of all blocks, those of the blob and those that wait for a list.
    pub(super) names: HashSet<String>,
    /// The blocks that the blob is made of, in order.
    pub(super) committed: Vec<String>,
}

impl<'a> Blob<'a> {
    pub(super) fn new(transport: &'a dyn Transport, address: Address<'a>, meter: Meter<'a>) -> Self {
        Self { transport, address, meter, last_put: Mutex::new(None), busy: AtomicBool::new(false) }
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/put-blob>
    pub(super) async fn put_whole(&self, block: &Block) -> Result<(), Stop> {
        let crc = block.mark.crc64();
        let headers =
            [("x-ms-blob-type", "BlockBlob"), ("content-type", "application/zip"), ("x-ms-content-crc64", crc.as_str())];
        self.send(&Method::PUT, "", &headers, &block.body).await.map(drop)
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/put-block>
    pub(super) async fn put_block(&self, block: &Block) -> Result<(), Stop> {
        let crc = block.mark.crc64();
        let query = format!("comp=block&blockid={}", block.mark.name.in_query());
        self.send(&Method::PUT, &query, &[("x-ms-content-crc64", crc.as_str())], &block.body).await.map(drop)
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/put-block-list>
    pub(super) async fn put_block_list(&self, names: &[Name]) -> Result<(), Stop> {
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for name in names {
            body.push_str("<Latest>");
            body.push_str(name.as_str());
            body.push_str("</Latest>");
        }
        body.push_str("</BlockList>");
        let headers = [("content-type", "application/xml"), ("x-ms-blob-content-type", "application/zip")];
        self.send(&Method::PUT, "comp=blocklist", &headers, &Bytes::from(body)).await.map(drop)
    }

    /// What was sent before, by whomever. <https://learn.microsoft.com/rest/api/storageservices/get-block-list>
    pub(super) async fn held(&self) -> Result<Held, Stop> {
        let answer = match self.send(&Method::GET, "comp=blocklist&blocklisttype=all", &[], &Bytes::new()).await {
            Err(Stop::Error(Error::Upload { status: 404, .. })) => return Ok(Held::default()),
            answer => answer?,
        };
        // A list that cannot be read costs sending the blocks again, no more.
        Ok(read(answer.body()).unwrap_or_default())
    }

    /// Whether the service has asked for less since the last time this was asked.
    pub(super) fn was_busy(&self) -> bool {
        self.busy.swap(false, Ordering::Relaxed)
    }

    async fn send(&self, method: &Method, query: &str, headers: &[(&str, &str)], body: &Bytes) -> Result<Response<Bytes>, Stop> {
        // What is written is answered with 201 and nothing else: a proxy's page with 200 is no proof that the bytes are there.
        let done = if method == Method::PUT { StatusCode::CREATED } else { StatusCode::OK };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (url, turn) = self.address.current().await;
            let flight = self.meter.fly();
            let request = request(method, &url.with(query), headers, body, &flight.moved);
            let request = request.map_err(|_| Error::Address { given: url.blob().to_owned() })?;
            let (failure, error, asked, is_line) = match self.transport.send(request).await {
                Ok(answer) if answer.status() == done => {
                    self.address.is_good(turn).await;
                    if method == Method::PUT {
                        *self.last_put.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                    }
                    if query.is_empty() || query.starts_with("comp=block&") {
                        flight.landed(body.len() as u64);
                    }
                    return Ok(answer);
                }
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    let error = Error::upload(url.blob(), status, answer.body());
                    if error.is_stale_url() {
                        drop(flight);
                        self.address.replace(turn, error).await?;
                        attempt -= 1;
                        continue;
                    }
                    // A checksum that did not match was harmed on the way; what is here is whole.
                    let harmed = matches!(&error, Error::Upload { code, .. } if code == "Crc64Mismatch" || code == "Md5Mismatch");
                    let foreign = answer.status().is_success();
                    let failure = if harmed || foreign { Failure::NoAnswer } else { Failure::Status(status) };
                    self.busy.fetch_or(status == 503 || status == 429, Ordering::Relaxed);
                    (failure, error, retry::asked_wait(&answer, ""), !harmed && !foreign)
                }
                Err(source) => {
                    let failure = Failure::of(&source);
                    let what = format!("could not upload to {}", url.blob());
                    (failure, Error::Transport { what, effect: Outcome::NotDone, source }, None, true)
                }
            };
            drop(flight);
            // What was under way outlasts a line that is down for minutes.
            let counted = if is_line && self.is_under_way() { attempt.min(MOST_ATTEMPTS - 1) } else { attempt };
            match retry::wait(Effect::Repeatable, failure, counted, asked, retry::jitter()) {
                Some(wait) => {
                    tracing::info!(blob = url.blob(), attempt, ?failure, "sending again");
                    tokio::time::sleep(wait).await;
                }
                None => return Err(error.into()),
            }
        }
    }

    fn is_under_way(&self) -> bool {
        self.last_put.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|last| last.elapsed() < PATIENCE)
    }
}

fn request(
    method: &Method,
    address: &str,
    headers: &[(&str, &str)],
    body: &Bytes,
    moved: &Moved,
) -> http::Result<Request<Bytes>> {
    let mut request = Request::builder().method(method).uri(address).header("x-ms-version", VERSION);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if method == Method::PUT {
        request = request.header(header::CONTENT_LENGTH, body.len()).extension(moved.clone());
    }
    request.extension(STALL).body(body.clone())
}

/// A block list as it is answered.
fn read(body: &[u8]) -> Option<Held> {
    let body = body.get(..LONGEST_LIST.min(body.len()))?;
    let text = String::from_utf8_lossy(body);
    if !is_plain(&text) {
        return None;
    }
    let options = roxmltree::ParsingOptions { nodes_limit: MOST_NODES, ..Default::default() };
    let list = roxmltree::Document::parse_with_options(text.trim_start_matches('\u{feff}'), options).ok()?;
    let mut held = Held::default();
    for node in list.descendants().filter(|node| node.has_tag_name("Name")) {
        let name = node.text()?.to_owned();
        if node.ancestors().any(|above| above.has_tag_name("CommittedBlocks")) {
            held.committed.push(name.clone());
        }
        held.names.insert(name);
    }
    Some(held)
}

/// Whether every tag is short and none is deeper than in a block list: the parser's time grows with the square of a tag's attributes,
/// and ours with the depth. Comments, sections and types could hide a tag, and are in no block list.
fn is_plain(text: &str) -> bool {
    let mut depth = 0_usize;
    text.match_indices('<').all(|(at, _)| {
        let rest = &text.as_bytes()[at + 1..];
        let Some(end) = rest.iter().take(LONGEST_TAG).position(|byte| *byte == b'>') else { return false };
        match (rest.first(), rest[..end].last()) {
            (Some(b'!'), _) => return false,
            (Some(b'?'), _) | (_, Some(b'/')) => {}
            (Some(b'/'), _) => depth = depth.saturating_sub(1),
            _ => depth += 1,
        }
        depth <= DEEPEST
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_list_tells_what_the_blob_is_made_of_from_what_waits() {
        let list = "\u{feff}<?xml version=\"1.0\"?><BlockList><CommittedBlocks><Block><Name>YQ==</Name><Size>1</Size></Block>\
            <Block><Name>Yg==</Name><Size>1</Size></Block><Block><Name>YQ==</Name><Size>1</Size></Block></CommittedBlocks>\
            <UncommittedBlocks><Block><Name>Yw==</Name><Size>1</Size></Block></UncommittedBlocks></BlockList>";
        let held = read(list.as_bytes()).unwrap();
        assert_eq!(held.committed, ["YQ==", "Yg==", "YQ=="]);
        assert_eq!(held.names.len(), 3);
        assert_eq!(read(b"<html>"), None);
        assert_eq!(read("<a>".repeat(1 << 20).as_bytes()), None);
        let attributes: String = (0..1 << 20).map(|at| format!("a{at:x}='' ")).collect();
        assert_eq!(read(format!("<BlockList {attributes}/>").as_bytes()), None);
        assert_eq!(read(b"<BlockList/>"), Some(Held::default()));
    }
}
