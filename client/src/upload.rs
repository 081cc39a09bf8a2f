//! Uploads one blob through a signed address: small ones in one request, others in parallel blocks that are named by their content,
//! so that whoever uploads the same bytes again sends only what is missing.

use crate::error::{Error, Outcome};
use crate::retry::{self, Failure};
use crate::secret::SasUrl;
use crate::transport::Transport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::route::Effect;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http::{Method, Request, Response, StatusCode, header};
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The version of the blob service whose rules we follow; the first with CRC-64 was 2019-02-02.
const VERSION: &str = "2021-12-02";

/// Up to this many bytes travel in one request.
const WHOLE: u64 = 8 << 20;

/// The smallest block, in bytes. A block grows beyond it only so that their number stays within [`MOST_BLOCKS`].
const BLOCK: u64 = 8 << 20;

/// Blocks that one blob may have. <https://learn.microsoft.com/rest/api/storageservices/put-block-list#remarks>
const MOST_BLOCKS: u64 = 50_000;

/// Blocks that are on their way at the same time; with the size of a block this bounds the memory of an upload.
const AT_ONCE: usize = 4;

/// The longest block list that is read, in bytes, and the most nodes in it: with all the blocks that may wait it stays below.
const LONGEST_LIST: usize = 32 << 20;
const MOST_NODES: u32 = 1_000_000;

/// What is uploaded: bytes that can be read in any order, any number of times, from several tasks.
pub trait Content: Send + Sync {
    /// The length in bytes.
    fn len(&self) -> u64;

    /// Whether there is nothing in it.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `length` bytes from `offset` on. Blocks the thread while it reads.
    ///
    /// # Errors
    /// When the bytes cannot be read, or are no longer what they were.
    fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;
}

/// A file as it is.
#[derive(Debug)]
pub struct FileContent {
    file: Mutex<File>,
    length: u64,
}

impl FileContent {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        // Looked at first: opening a pipe waits until somebody writes into it.
        if !std::fs::metadata(path)?.is_file() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = File::open(path)?;
        Ok(Self { length: file.metadata()?.len(), file: Mutex::new(file) })
    }
}

impl Content for FileContent {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut piece = vec![0; length];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut piece)?;
        Ok(piece.into())
    }
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that the blob holds.
    pub done: u64,
    /// Bytes that it will hold.
    pub total: u64,
}

/// The proof that a submission's files are where the Store will look for them. A commit cannot be asked for without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadReceipt {
    submission: SubmissionId,
    blob: String,
    length: u64,
}

impl UploadReceipt {
    /// The receipt of an upload that somebody else made and vouches for: a script that uploads by its own means, or a journal that
    /// recorded it. `blob` is the address without its signature, empty where nothing had to be uploaded.
    pub fn vouched(submission: SubmissionId, blob: String, length: u64) -> Self {
        Self { submission, blob, length }
    }

    /// The receipt for a submission that names no new file.
    pub fn nothing_to_upload(submission: SubmissionId) -> Self {
        Self { submission, blob: String::new(), length: 0 }
    }

    /// The submission that the files belong to.
    pub fn submission(&self) -> &SubmissionId {
        &self.submission
    }

    /// The blob, without a signature.
    pub fn blob(&self) -> &str {
        &self.blob
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

pub(crate) async fn upload(
    transport: &Arc<dyn Transport>,
    submission: &SubmissionId,
    url: &SasUrl,
    content: Arc<dyn Content>,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<UploadReceipt, Error> {
    let blob = Blob { transport: transport.as_ref(), url };
    let total = content.len();
    progress(Progress { done: 0, total });
    if total <= WHOLE {
        blob.put_whole(read(&content, 0, total).await?).await?;
    } else {
        let ids = blob.put_blocks(&content, progress).await?;
        blob.put_block_list(&ids).await?;
    }
    progress(Progress { done: total, total });
    Ok(UploadReceipt { submission: submission.clone(), blob: url.blob().to_owned(), length: total })
}

struct Blob<'a> {
    transport: &'a dyn Transport,
    url: &'a SasUrl,
}

impl Blob<'_> {
    /// <https://learn.microsoft.com/rest/api/storageservices/put-blob>
    async fn put_whole(&self, body: Bytes) -> Result<(), Error> {
        let crc = crc64(&body);
        let headers =
            [("x-ms-blob-type", "BlockBlob"), ("content-type", "application/zip"), ("x-ms-content-crc64", crc.as_str())];
        self.send(&Method::PUT, "", &headers, body).await.map(drop)
    }

    /// Sends every block that the blob does not hold, and gives the names of all in order.
    async fn put_blocks(
        &self,
        content: &Arc<dyn Content>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Vec<String>, Error> {
        let total = content.len();
        let size = BLOCK.max(total.div_ceil(MOST_BLOCKS).next_multiple_of(1 << 20));
        let mut held = self.held_blocks().await?;
        let is_ours = |id: &String| BASE64.decode(id).is_ok_and(|id| id.len() == blake3::OUT_LEN);
        if !held.iter().all(is_ours) {
            // Blocks of one blob have names of one length, and another tool has left some of another. Whatever is put whole takes
            // their place. <https://learn.microsoft.com/rest/api/storageservices/put-block#uri-parameters>
            tracing::info!(blob = self.url.blob(), "another tool has left blocks; clearing them");
            self.put_whole(Bytes::new()).await?;
            held.clear();
        }
        let done = AtomicU64::new(0);
        let blocks = (0..total.div_ceil(size)).map(|index| index * size).map(|offset| {
            let (held, done) = (&held, &done);
            async move {
                let length = size.min(total - offset);
                let body = read(content, offset, length).await?;
                let id = BASE64.encode(blake3::hash(&body).as_bytes());
                if !held.contains(&id) {
                    self.put_block(&id, body).await?;
                }
                let done = done.fetch_add(length, Ordering::Relaxed) + length;
                progress(Progress { done, total });
                Ok(id)
            }
        });
        stream::iter(blocks).buffered(AT_ONCE).try_collect().await
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/put-block>
    async fn put_block(&self, id: &str, body: Bytes) -> Result<(), Error> {
        let crc = crc64(&body);
        let query = format!("comp=block&blockid={}", id.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"));
        self.send(&Method::PUT, &query, &[("x-ms-content-crc64", crc.as_str())], body).await.map(drop)
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/put-block-list>
    async fn put_block_list(&self, ids: &[String]) -> Result<(), Error> {
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for id in ids {
            body.push_str("<Latest>");
            body.push_str(id);
            body.push_str("</Latest>");
        }
        body.push_str("</BlockList>");
        let headers = [("content-type", "application/xml"), ("x-ms-blob-content-type", "application/zip")];
        self.send(&Method::PUT, "comp=blocklist", &headers, Bytes::from(body)).await.map(drop)
    }

    /// The names of the blocks that were sent before and wait for their list.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-block-list>
    async fn held_blocks(&self) -> Result<HashSet<String>, Error> {
        let query = "comp=blocklist&blocklisttype=uncommitted";
        let answer = match self.send(&Method::GET, query, &[], Bytes::new()).await {
            Err(Error::Upload { status: 404, .. }) => return Ok(HashSet::new()),
            answer => answer?,
        };
        // A list that cannot be read costs sending the blocks again, no more.
        Ok(names(answer.body()).unwrap_or_default())
    }

    async fn send(&self, method: &Method, query: &str, headers: &[(&str, &str)], body: Bytes) -> Result<Response<Bytes>, Error> {
        // What is written is answered with 201 and nothing else: a proxy's page with 200 is no proof that the bytes are there.
        let done = if method == Method::PUT { StatusCode::CREATED } else { StatusCode::OK };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut request = Request::builder().method(method).uri(self.url.with(query)).header("x-ms-version", VERSION);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            if method == Method::PUT {
                request = request.header(header::CONTENT_LENGTH, body.len());
            }
            let request = request.body(body.clone()).map_err(|_| Error::Address { given: self.url.blob().to_owned() })?;
            let (failure, error, asked) = match self.transport.send(request).await {
                Ok(answer) if answer.status() == done => return Ok(answer),
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    let error = Error::upload(self.url.blob(), status, answer.body());
                    // A checksum that did not match was harmed on the way; what is here is whole.
                    let harmed = matches!(&error, Error::Upload { code, .. } if code == "Crc64Mismatch" || code == "Md5Mismatch");
                    let foreign = answer.status().is_success();
                    let failure = if harmed || foreign { Failure::NoAnswer } else { Failure::Status(status) };
                    (failure, error, retry::asked_wait(&answer, ""))
                }
                Err(source) => {
                    let failure = Failure::of(&source);
                    let what = format!("could not upload to {}", self.url.blob());
                    (failure, Error::Transport { what, effect: Outcome::NotDone, source }, None)
                }
            };
            match retry::wait(Effect::Repeatable, failure, attempt, asked, retry::jitter()) {
                Some(wait) => {
                    tracing::info!(blob = self.url.blob(), attempt, ?failure, "sending again");
                    tokio::time::sleep(wait).await;
                }
                None => return Err(error),
            }
        }
    }
}

/// The names in a block list.
fn names(body: &[u8]) -> Option<HashSet<String>> {
    let body = body.get(..LONGEST_LIST.min(body.len()))?;
    let text = String::from_utf8_lossy(body);
    let options = roxmltree::ParsingOptions { nodes_limit: MOST_NODES, ..Default::default() };
    let list = roxmltree::Document::parse_with_options(text.trim_start_matches('\u{feff}'), options).ok()?;
    let names = list.descendants().filter(|node| node.has_tag_name("Name"));
    Some(names.filter_map(|node| node.text().map(str::to_owned)).collect())
}

/// Reads a piece on a thread that may wait for the disk.
async fn read(content: &Arc<dyn Content>, offset: u64, length: u64) -> Result<Bytes, Error> {
    let content = Arc::clone(content);
    let length = usize::try_from(length).map_err(|error| Error::Content(error.into()))?;
    let read = tokio::task::spawn_blocking(move || content.read_at(offset, length)).await;
    let body = read.map_err(|error| Error::Content(error.into()))?.map_err(Error::Content)?;
    if body.len() == length { Ok(body) } else { Err(Error::Content("fewer bytes than there should be".into())) }
}

/// The checksum that Azure checks: CRC-64/NVME, its eight bytes from the lowest, in base64.
fn crc64(body: &[u8]) -> String {
    BASE64.encode(crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, body).to_le_bytes())
}
