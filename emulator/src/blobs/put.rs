//! Put Blob, Put Block and Put Block List (<https://learn.microsoft.com/rest/api/storageservices/put-blob>,
//! <https://learn.microsoft.com/rest/api/storageservices/put-block>,
//! <https://learn.microsoft.com/rest/api/storageservices/put-block-list>).

use super::condition::Conditions;
use super::intake::{Claim, Digests, Intake, text};
use super::ledger::{self, Entry, Part, Properties};
use super::list::{self, Source};
use super::refusal::{Code, Refusal, Stop};
use super::reply::put;
use super::{Call, Upload, date, step};
use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use http::header::{ETAG, HeaderName, HeaderValue, LAST_MODIFIED};
use http::{HeaderMap, StatusCode};
use rusqlite::Transaction;
use std::collections::HashMap;
use tempfile::NamedTempFile;
use uuid::Uuid;

const MIB: u64 = 1 << 20;

/// Blocks that may wait for a block list at one time.
const MOST_WAITING: u64 = 100_000;

/// The longest block id, in bytes before its base64.
const LONGEST_ID: usize = 64;

/// Puts a whole blob in one request, in place of what was there and of all blocks that wait.
pub(super) async fn put_blob(call: &Call, upload: &mut Upload) -> Result<Response, Stop> {
    match text(&call.headers, "x-ms-blob-type").as_deref() {
        Some("BlockBlob") => {}
        Some("AppendBlob" | "PageBlob") => return Err(Code::BlobTypeNotSupported.into()),
        Some(other) => return Err(Refusal::header("x-ms-blob-type", other).into()),
        None => return Err(Refusal::from(Code::MissingRequiredHeader).with("HeaderName", "x-ms-blob-type").into()),
    }
    let length = upload.length(&call.headers)?;
    let most = by_version(call, [64 * MIB, 256 * MIB, 5_000 * MIB]);
    if length > most {
        return Err(too_large(most).into());
    }
    let claim = Claim::read(&call.headers)?;
    let conditions = Conditions::read(&call.headers);
    let mut properties = properties(&call.headers, Whose::Body)?;
    let (asked, wanted) = (call.clone(), conditions.clone());
    step(move || asked.blobs.store.transact(|tx| allow_commit(tx, &asked, &wanted))).await?;

    let (file, digests) = receive(call, upload, length, Digests::both()).await?;
    digests.check(&claim)?;
    properties.content_md5 = text(&call.headers, "x-ms-blob-content-md5").or_else(|| digests.md5());
    let call = call.clone();
    let written = step(move || {
        if length == 0 {
            return call.commit(&conditions, &properties, |_, _| Ok(Vec::new()));
        }
        let file = call.blobs.disk.keep(file)?;
        let part = Part { block: None, file, size: length };
        let committed = call.commit(&conditions, &properties, |_, _| Ok(vec![part]));
        if committed.is_err() {
            call.blobs.disk.discard([file]);
        }
        committed
    });
    let entry = written.await?;

    let mut response = created();
    let headers = response.headers_mut();
    put_entry(headers, &entry);
    if let Some(md5) = digests.md5() {
        put(headers, HeaderName::from_static("content-md5"), &md5);
    }
    put(headers, HeaderName::from_static("x-ms-content-crc64"), &digests.crc64());
    Ok(response)
}

/// Lets one block wait for a block list.
pub(super) async fn put_block(call: &Call, upload: &mut Upload) -> Result<Response, Stop> {
    let id = block_id(call)?;
    let length = upload.length(&call.headers)?;
    if length == 0 {
        // O-203.
        return Err(Refusal::header("Content-Length", "0").into());
    }
    let most = by_version(call, [4 * MIB, 100 * MIB, 4_000 * MIB]);
    if length > most {
        return Err(too_large(most).into());
    }
    let claim = Claim::read(&call.headers)?;
    let (asked, wanted) = (call.clone(), id.clone());
    let stale = step(move || asked.blobs.store.transact(|tx| allow_block(tx, &asked, &wanted))).await?;
    call.blobs.disk.discard(stale);

    let (file, digests) = receive(call, upload, length, Digests::for_claim(&claim)).await?;
    digests.check(&claim)?;
    let call = call.clone();
    let written = step(move || call.keep_block(&id, file, length));
    written.await?;

    let mut response = created();
    match digests.md5() {
        Some(md5) => put(response.headers_mut(), HeaderName::from_static("content-md5"), &md5),
        None => put(response.headers_mut(), HeaderName::from_static("x-ms-content-crc64"), &digests.crc64()),
    }
    Ok(response)
}

/// Makes the listed blocks the blob, and forgets those that are not listed.
pub(super) async fn put_block_list(call: &Call, upload: &mut Upload) -> Result<Response, Stop> {
    let length = upload.length(&call.headers)?;
    if length > list::LONGEST {
        return Err(too_large(list::LONGEST).into());
    }
    let claim = Claim::read(&call.headers)?;
    let conditions = Conditions::read(&call.headers);
    let mut properties = properties(&call.headers, Whose::Blob)?;
    properties.content_md5 = text(&call.headers, "x-ms-blob-content-md5");
    let mut body = Vec::new();
    while let Some(piece) = upload.body.next().await {
        let piece = piece.map_err(|_| Code::InvalidInput)?;
        if body.len().saturating_add(piece.len()) as u64 > length {
            return Err(Code::InvalidInput.into());
        }
        body.extend_from_slice(&piece);
    }
    if body.len() as u64 != length {
        return Err(Code::InvalidInput.into());
    }
    let digests = Digests::of(&body);
    digests.check(&claim)?;

    let owned = call.clone();
    let written = step(move || {
        let wanted = list::read(&body)?;
        owned.commit(&conditions, &properties, |tx, before| choose(tx, &owned, before, &wanted))
    });
    let entry = written.await?;

    let mut response = created();
    let headers = response.headers_mut();
    put_entry(headers, &entry);
    match (claim, digests.md5()) {
        (Claim::Md5(_), Some(md5)) => put(headers, HeaderName::from_static("content-md5"), &md5),
        _ => put(headers, HeaderName::from_static("x-ms-content-crc64"), &digests.crc64()),
    }
    Ok(response)
}

impl Call {
    /// Makes what `parts` chooses the content of the blob, in one transaction with all checks, and removes files nobody needs.
    fn commit(
        &self,
        conditions: &Conditions,
        properties: &Properties,
        parts: impl FnOnce(&Transaction<'_>, Option<&Entry>) -> Result<Vec<Part>, Stop>,
    ) -> Result<Entry, Stop> {
        let now = self.stamp.now();
        let (entry, dropped) = self.blobs.store.transact(|tx| {
            let before = allow_commit(tx, self, conditions)?;
            let stale = ledger::forget_stale(tx, &self.address, now)?;
            let parts = parts(tx, before.as_ref())?;
            let (entry, mut dropped) = ledger::commit(tx, &self.address, &parts, properties, now)?;
            dropped.extend(stale);
            Ok::<_, Stop>((entry, dropped))
        })?;
        self.blobs.disk.discard(dropped);
        Ok(entry)
    }

    /// Names the block's file, then writes it down: killed between the two, the file is swept at the next start.
    fn keep_block(&self, id: &str, file: NamedTempFile, size: u64) -> Result<(), Stop> {
        let file = self.blobs.disk.keep(file)?;
        let part = Part { block: Some(id.to_owned()), file, size };
        let noted = self.blobs.store.transact(|tx| {
            let mut dropped = allow_block(tx, self, id)?;
            dropped.extend(ledger::wait(tx, &self.address, id, &part, self.stamp.now())?);
            Ok::<_, Stop>(dropped)
        });
        match noted {
            Ok(dropped) => {
                self.blobs.disk.discard(dropped);
                Ok(())
            }
            Err(stop) => {
                self.blobs.disk.discard([file]);
                Err(stop)
            }
        }
    }
}

/// Whether the blob may be written as a whole: asked before the body is read, so that nobody sends it in vain, and again with it.
fn allow_commit(tx: &Transaction<'_>, call: &Call, conditions: &Conditions) -> Result<Option<Entry>, Stop> {
    ledger::require_container(tx, &call.address)?;
    let before = ledger::entry(tx, &call.address)?;
    conditions.allow_write(before.as_ref())?;
    if before.is_some() && !call.permission.overwrites() {
        return Err(Code::UnauthorizedBlobOverwrite.into());
    }
    Ok(before)
}

/// Whether a block with this id may wait; answers files of blocks that waited too long.
fn allow_block(tx: &Transaction<'_>, call: &Call, id: &str) -> Result<Vec<Uuid>, Stop> {
    ledger::require_container(tx, &call.address)?;
    let stale = ledger::forget_stale(tx, &call.address, call.stamp.now())?;
    let (count, other) = ledger::count_other_waiting(tx, &call.address, id)?;
    // Base64 of one length is of one length before it, but for the padding, which the ids themselves show.
    let length = |id: &str| id.trim_end_matches('=').len();
    if other.is_some_and(|other| length(&other) != length(id)) {
        return Err(Code::InvalidBlobOrBlock.into());
    }
    if count >= MOST_WAITING {
        return Err(Code::UncommittedBlocksExceedLimit.into());
    }
    Ok(stale)
}

/// Finds the listed blocks.
fn choose(tx: &Transaction<'_>, call: &Call, before: Option<&Entry>, wanted: &[(Source, String)]) -> Result<Vec<Part>, Stop> {
    let by_id = |parts: Vec<Part>| -> HashMap<String, Part> {
        parts.into_iter().filter_map(|part| Some((part.block.clone()?, part))).collect()
    };
    let waiting = by_id(ledger::waiting(tx, &call.address)?);
    let committed = match before {
        Some(before) => by_id(ledger::parts(tx, before)?),
        None => HashMap::new(),
    };
    let found = wanted.iter().map(|(source, id)| match source {
        Source::Uncommitted => waiting.get(id),
        Source::Committed => committed.get(id),
        Source::Latest => waiting.get(id).or_else(|| committed.get(id)),
    });
    found.map(|part| part.cloned().ok_or_else(|| Code::InvalidBlockList.into())).collect()
}

/// Takes the body to a file that has no name yet.
async fn receive(call: &Call, upload: &mut Upload, length: u64, digests: Digests) -> Result<(NamedTempFile, Digests), Stop> {
    let blobs = call.blobs.clone();
    let file = step(move || Ok(blobs.disk.begin()?)).await?;
    Intake::new(file, digests).fill(&mut upload.body, length).await
}

/// The block's id: base64 as it is written canonically, of at most 64 bytes.
fn block_id(call: &Call) -> Result<String, Refusal> {
    let Some(id) = call.query.value("blockid") else {
        return Err(Refusal::from(Code::MissingRequiredQueryParameter).with("QueryParameterName", "blockid"));
    };
    match STANDARD.decode(&id) {
        Ok(bytes) if bytes.len() <= LONGEST_ID => Ok(id),
        Ok(_) => Err(Refusal::parameter(Code::OutOfRangeInput, "blockid", id, "Block ID length cannot exceed 64.")),
        Err(_) => {
            let reason = "Not a valid base64 string.";
            Err(Refusal::parameter(Code::InvalidQueryParameterValue, "blockid", id, reason))
        }
    }
}

/// The greatest size of a request: before 2016-05-31, before 2019-12-12, and since.
fn by_version(call: &Call, [first, second, third]: [u64; 3]) -> u64 {
    match call.stamp.version() {
        version if version < "2016-05-31" => first,
        version if version < "2019-12-12" => second,
        _ => third,
    }
}

fn too_large(most: u64) -> Refusal {
    Refusal::from(Code::RequestBodyTooLarge).with("MaxLimit", most.to_string())
}

/// Whose headers describe the blob: with Put Blob those of the body too, with Put Block List the body is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Body,
    Blob,
}

fn properties(headers: &HeaderMap, whose: Whose) -> Result<Properties, Refusal> {
    let either = |blob: &str, body: &str| match whose {
        Whose::Body => text(headers, blob).or_else(|| text(headers, body)),
        Whose::Blob => text(headers, blob),
    };
    let mut metadata = Vec::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("x-ms-meta-") else { continue };
        // Azure asks for the names that C# takes.
        let identifier = name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        if !identifier || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Code::InvalidMetadata.into());
        }
        metadata.push((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    }
    Ok(Properties {
        content_type: either("x-ms-blob-content-type", "content-type").unwrap_or("application/octet-stream".to_owned()),
        content_encoding: either("x-ms-blob-content-encoding", "content-encoding"),
        content_language: either("x-ms-blob-content-language", "content-language"),
        content_disposition: text(headers, "x-ms-blob-content-disposition"),
        cache_control: either("x-ms-blob-cache-control", "cache-control"),
        content_md5: None,
        metadata,
    })
}

fn created() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().insert("x-ms-request-server-encrypted", HeaderValue::from_static("true"));
    response
}

fn put_entry(headers: &mut HeaderMap, entry: &Entry) {
    put(headers, ETAG, &entry.etag());
    put(headers, LAST_MODIFIED, &date::http(entry.modified));
}
