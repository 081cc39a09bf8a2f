//! Get Blob, Get Blob Properties and Get Block List
//! (<https://learn.microsoft.com/rest/api/storageservices/get-blob>,
//! <https://learn.microsoft.com/rest/api/storageservices/get-blob-properties>,
//! <https://learn.microsoft.com/rest/api/storageservices/get-block-list>).

use super::condition::Conditions;
use super::content::Content;
use super::error::Error;
use super::intake::{Digests, text};
use super::ledger::{self, Entry};
use super::list::{self, Kind};
use super::range::Range;
use super::refusal::{Code, Refusal, Stop};
use super::reply::put;
use super::{Call, date, step};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderName, HeaderValue, LAST_MODIFIED,
};
use http::{HeaderMap, StatusCode};
use rawzip::ReaderAt;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// How much of a blob is read at a time, in bytes.
const PIECE: u64 = 256 << 10;

/// The longest range whose digest is counted on request, in bytes.
const LONGEST_DIGEST: u64 = 4 << 20;

/// An answer and the length of its body, which `HEAD` tells without sending it.
pub(super) type Measured = (Response, u64);

/// The content, or a range of it.
pub(super) async fn blob(call: &Call) -> Result<Measured, Stop> {
    let range = Range::read(&call.headers)?;
    let owned = call.clone();
    let (entry, content) = step(move || {
        owned.blobs.store.transact(|tx| {
            let entry = readable(tx, &owned)?;
            let parts = ledger::parts(tx, &entry)?;
            Ok::<_, Stop>((entry, Content::new(&owned.blobs.disk, &parts)))
        })
    })
    .await?;
    let content = Arc::new(content);
    let (first, length) = range.within(content.len())?;
    let digest = asked_digest(call, range, length)?;

    let mut response = Response::new(Body::empty());
    put_properties(response.headers_mut(), call, &entry);
    if range != Range::Whole {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = first.saturating_add(length).saturating_sub(1);
        put(response.headers_mut(), CONTENT_RANGE, &format!("bytes {first}-{last}/{}", entry.length));
        // The whole's digest would be taken for the range's.
        if let Some(whole) = response.headers_mut().remove("content-md5") {
            response.headers_mut().insert("x-ms-blob-content-md5", whole);
        }
    }
    if let Some(digest) = digest {
        let content = Arc::clone(&content);
        let bytes = step(move || Ok(read(&content, first, length)?)).await?;
        let digests = Digests::of(&bytes);
        match digest {
            Digest::Md5 => {
                put(response.headers_mut(), HeaderName::from_static("content-md5"), &digests.md5().unwrap_or_default());
            }
            Digest::Crc64 => {
                put(response.headers_mut(), HeaderName::from_static("x-ms-content-crc64"), &digests.crc64());
            }
        }
    }
    *response.body_mut() = pieces(content, first, length);
    Ok((response, length))
}

/// What is known of the blob, without its content.
pub(super) async fn properties(call: &Call) -> Result<Measured, Stop> {
    let owned = call.clone();
    let entry = step(move || owned.blobs.store.transact(|tx| readable(tx, &owned))).await?;
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    put_properties(headers, call, &entry);
    headers.insert("x-ms-access-tier", HeaderValue::from_static("Hot"));
    headers.insert("x-ms-access-tier-inferred", HeaderValue::from_static("true"));
    Ok((response, entry.length))
}

/// The blocks that are the blob, those that wait to be, or both.
pub(super) async fn block_list(call: &Call) -> Result<Measured, Stop> {
    let kind = Kind::read(call.query.value("blocklisttype").as_deref())?;
    let owned = call.clone();
    let (entry, body, stale) = step(move || {
        owned.blobs.store.transact(|tx| {
            ledger::require_container(tx, &owned.address)?;
            let stale = ledger::forget_stale(tx, &owned.address, owned.stamp.now())?;
            let entry = ledger::entry(tx, &owned.address)?;
            let waiting = ledger::waiting(tx, &owned.address)?;
            if entry.is_none() && waiting.is_empty() {
                return Err(Stop::from(Code::BlobNotFound));
            }
            let committed = entry.as_ref().map(|entry| ledger::parts(tx, entry)).transpose()?.unwrap_or_default();
            Ok((entry, list::write(kind, &committed, &waiting), stale))
        })
    })
    .await?;
    call.blobs.disk.discard(stale);

    let length = body.len() as u64;
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    headers.insert("x-ms-blob-content-length", entry.as_ref().map_or(0, |entry| entry.length).into());
    if let Some(entry) = &entry {
        put(headers, ETAG, &entry.etag());
        put(headers, LAST_MODIFIED, &date::http(entry.modified));
    }
    Ok((response, length))
}

/// The committed blob, if the request's conditions let it be read. A blob that only has blocks waiting is not there.
fn readable(tx: &rusqlite::Transaction<'_>, call: &Call) -> Result<Entry, Stop> {
    ledger::require_container(tx, &call.address)?;
    let entry = ledger::entry(tx, &call.address)?.ok_or(Code::BlobNotFound)?;
    Conditions::read(&call.headers).allow_read(&entry)?;
    Ok(entry)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digest {
    Md5,
    Crc64,
}

/// A digest of the range, where one is asked for; only for ranges that are named and short.
fn asked_digest(call: &Call, range: Range, length: u64) -> Result<Option<Digest>, Refusal> {
    let asked = [("x-ms-range-get-content-md5", Digest::Md5), ("x-ms-range-get-content-crc64", Digest::Crc64)];
    for (name, digest) in asked {
        let Some(value) = text(&call.headers, name).filter(|value| value.eq_ignore_ascii_case("true")) else { continue };
        if range == Range::Whole || length > LONGEST_DIGEST {
            return Err(Refusal::header(name, value));
        }
        return Ok(Some(digest));
    }
    Ok(None)
}

/// The body, a piece at a time.
fn pieces(content: Arc<Content>, first: u64, length: u64) -> Body {
    let end = first.saturating_add(length);
    Body::from_stream(stream::try_unfold(first, move |at| {
        let content = Arc::clone(&content);
        async move {
            if at >= end {
                return Ok(None);
            }
            let piece = spawn_blocking(move || read(&content, at, PIECE.min(end - at))).await;
            let piece = piece.map_err(|_| Error::Interrupted)??;
            let next = at.saturating_add(piece.len() as u64);
            Ok::<_, Error>(Some((piece, next)))
        }
    }))
}

fn read(content: &Content, at: u64, length: u64) -> Result<Bytes, Error> {
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| Error::Record { what: "a length" })?];
    content.read_exact_at(&mut bytes, at).map_err(Error::file("a block of the blob"))?;
    Ok(bytes.into())
}

fn put_properties(headers: &mut HeaderMap, call: &Call, entry: &Entry) {
    let properties = &entry.properties;
    let fixed = [
        ("x-ms-blob-type", "BlockBlob"),
        ("x-ms-lease-status", "unlocked"),
        ("x-ms-lease-state", "available"),
        ("x-ms-server-encrypted", "true"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    put(headers, ETAG, &entry.etag());
    put(headers, LAST_MODIFIED, &date::http(entry.modified));
    put(headers, HeaderName::from_static("x-ms-creation-time"), &date::http(entry.created));
    if let Some(md5) = &properties.content_md5 {
        put(headers, HeaderName::from_static("content-md5"), md5);
    }
    for (name, value) in &properties.metadata {
        if let Ok(name) = HeaderName::try_from(format!("x-ms-meta-{name}")) {
            put(headers, name, value);
        }
    }
    // A signature can say how a reader is to take what it reads.
    let described = [
        (CONTENT_TYPE, "rsct", Some(&properties.content_type)),
        (CONTENT_ENCODING, "rsce", properties.content_encoding.as_ref()),
        (CONTENT_LANGUAGE, "rscl", properties.content_language.as_ref()),
        (CONTENT_DISPOSITION, "rscd", properties.content_disposition.as_ref()),
        (CACHE_CONTROL, "rscc", properties.cache_control.as_ref()),
    ];
    for (name, parameter, value) in described {
        if let Some(value) = call.query.value(parameter).or_else(|| value.cloned()) {
            put(headers, name, &value);
        }
    }
}
