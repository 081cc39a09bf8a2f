//! The upload itself: reads each block once, and sends what the blob does not hold.

use super::address::{Address, Renew, Stop};
use super::blob::Blob;
use super::block::{Block, Marker, Name};
use super::content::{Content, Filled};
use super::lanes::Lanes;
use super::meter::Meter;
use super::pool::Pool;
use super::{Progress, UploadReceipt};
use crate::chain::chain;
use crate::error::Error;
use crate::secret::SasUrl;
use crate::transport::Transport;
use bytes::Bytes;
use flightline_protocol::id::SubmissionId;
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Up to this many bytes travel in one request.
const WHOLE: u64 = 8 << 20;

/// The usual length of a block. Above four mebibytes Azure writes blocks fast
/// (<https://learn.microsoft.com/azure/storage/blobs/scalability-targets>), and small ones let more connections fit into the same memory.
const BLOCK: u64 = 6 << 20;

/// The longest block before version 2016-05-31 of the blob service, which allows far longer ones.
/// <https://learn.microsoft.com/rest/api/storageservices/put-block#remarks>
const OLD_BLOCK: u64 = 4 << 20;
const OLD: &str = "2016-05-31";

/// Blocks that one blob may have. <https://learn.microsoft.com/rest/api/storageservices/put-block-list#remarks>
const MOST_BLOCKS: usize = 50_000;

/// Bytes of blocks that are in memory at the same time, unless a single one is longer.
const MEMORY: usize = 48 << 20;

/// How often progress is told; less and less often where there is none, down to the second of these.
const TICK: Duration = Duration::from_millis(200);
const SLOWEST_TICK: Duration = Duration::from_secs(10);

/// How often an upload is begun anew because the blob is not what it was.
const MOST_BEGINNINGS: u32 = 3;

pub(crate) async fn upload(
    transport: &dyn Transport,
    submission: &SubmissionId,
    url: &SasUrl,
    content: Arc<dyn Content>,
    renew: &dyn Renew,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<UploadReceipt, Error> {
    let length = content.len();
    let blob = Blob::new(transport, Address::new(url.clone(), renew), Meter::new(length, progress));
    let pieces = Pieces::new(content, longest_block(url));
    let mut beginnings = 1;
    let names = loop {
        match send(&blob, &pieces).await {
            Ok(names) => break names,
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Anew(why)) if beginnings == MOST_BEGINNINGS => return Err(why),
            Err(Stop::Anew(_)) => beginnings += 1,
        }
        blob.meter.anew();
    };
    blob.meter.tell();
    let (url, _) = blob.address.current().await;
    Ok(UploadReceipt { submission: submission.clone(), blob: url.blob().to_owned(), length, digest: digest_of(&names) })
}

/// What stands for all the bytes of content, without sending any: an upload of the same bytes has it in its receipt, unless the address
/// is of so old a version of the service that its blocks are shorter.
///
/// # Errors
/// When the content cannot be read.
pub async fn digest(content: Arc<dyn Content>) -> Result<String, Error> {
    let pieces = Pieces::new(content, BLOCK);
    let mut names: Vec<Option<Name>> = vec![None; pieces.spans.len()];
    // What depends on other bytes can be read once those were.
    for _pass in 0..2 {
        let left: Vec<usize> = (0..names.len()).filter(|at| names[*at].is_none()).collect();
        let mut reads = futures::stream::iter(left.into_iter().map(|at| {
            let pieces = &pieces;
            async move { (at, pieces.read(at).await) }
        }))
        .buffered(2);
        while let Some((at, block)) = reads.next().await {
            names[at] = block?.map(|block| block.mark.name);
        }
    }
    let names: Option<Vec<Name>> = names.into_iter().collect();
    names.as_deref().map(digest_of).ok_or_else(circular)
}

async fn send(blob: &Blob<'_>, pieces: &Arc<Pieces>) -> Result<Vec<Name>, Stop> {
    if let [_] = pieces.spans.as_slice() {
        let block = pieces.read_whole().await?;
        ticking(blob, blob.put_whole(&block)).await?;
        return Ok(vec![block.mark.name]);
    }
    let mut held = blob.held().await?;
    if !held.names.iter().all(|name| Name::is_ours(name)) {
        tracing::info!("another tool has left blocks; clearing them");
        clear(blob).await?;
        held = super::blob::Held::default();
    }
    let names = ticking(blob, put_blocks(blob, pieces, held.names)).await;
    let names = or_clear(blob, names).await?;
    if !held.committed.iter().map(String::as_str).eq(names.iter().map(Name::as_str)) {
        let listed = blob.put_block_list(&names).await;
        or_clear(blob, listed).await?;
    }
    Ok(names)
}

/// Where the blob turns out not to hold what its list said, or to hold blocks of another kind, it is emptied and the upload begun anew.
async fn or_clear<T>(blob: &Blob<'_>, done: Result<T, Stop>) -> Result<T, Stop> {
    match done {
        Err(Stop::Error(error)) if matches!(error.code().as_str(), "InvalidBlockList" | "InvalidBlobOrBlock") => {
            tracing::warn!(error = %chain(&error), "the blob is not what it was; beginning anew");
            clear(blob).await?;
            Err(Stop::Anew(error))
        }
        done => done,
    }
}

/// Blocks of one blob have names of one length. Whatever is put whole takes the place of all of them.
async fn clear(blob: &Blob<'_>) -> Result<(), Stop> {
    blob.put_whole(&Block { body: Bytes::new(), mark: Marker::new().finish() }).await
}

/// Does something, and tells meanwhile how far it is.
async fn ticking<T>(blob: &Blob<'_>, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    let mut tick = TICK;
    loop {
        match tokio::time::timeout(tick, &mut work).await {
            Ok(done) => return done,
            Err(_) if blob.meter.tell() => tick = TICK,
            Err(_) => tick = (tick * 2).min(SLOWEST_TICK),
        }
    }
}

/// Sends every block that the blob does not hold, and gives the names of all in order.
async fn put_blocks(blob: &Blob<'_>, pieces: &Arc<Pieces>, held: HashSet<String>) -> Result<Vec<Name>, Stop> {
    let taken = Mutex::new(held);
    let unread = AtomicUsize::new(pieces.spans.len());
    let mut lanes = Lanes::new(MEMORY, pieces.longest);
    let mut names: Vec<Option<Name>> = vec![None; pieces.spans.len()];
    let mut queue: VecDeque<usize> = (0..pieces.spans.len()).collect();
    let mut later = Vec::new();
    let mut was_late = vec![false; pieces.spans.len()];
    let mut flying = FuturesUnordered::new();
    loop {
        // Once all others are read, what depends on them can be.
        if unread.load(Ordering::Relaxed) == 0 && queue.is_empty() {
            queue.extend(later.drain(..));
        }
        while flying.len() < lanes.open()
            && let Some(at) = queue.pop_front()
        {
            flying.push(put_one(blob, pieces, at, &taken, &unread));
        }
        match flying.next().await {
            Some(done) => match done? {
                (at, None) if was_late[at] => return Err(circular().into()),
                (at, None) => {
                    was_late[at] = true;
                    later.push(at);
                }
                (at, Some((name, bytes))) => {
                    names[at] = Some(name);
                    if bytes > 0 {
                        lanes.through(bytes);
                    }
                }
            },
            None => break,
        }
        if blob.was_busy() {
            lanes.busy();
        }
    }
    let names: Option<Vec<Name>> = names.into_iter().collect();
    names.ok_or_else(|| circular().into())
}

/// Reads one block and sends it where it is missing: its name and the bytes that were sent, or `None` where it has to be read later.
async fn put_one(
    blob: &Blob<'_>,
    pieces: &Arc<Pieces>,
    at: usize,
    taken: &Mutex<HashSet<String>>,
    unread: &AtomicUsize,
) -> Result<(usize, Option<(Name, u64)>), Stop> {
    let block = pieces.read(at).await?;
    unread.fetch_sub(usize::from(unread.load(Ordering::Relaxed) > 0), Ordering::Relaxed);
    let Some(block) = block else { return Ok((at, None)) };
    let length = block.body.len() as u64;
    // What is alike travels once: a list may name a block several times (O-207).
    let is_new = taken.lock().unwrap_or_else(PoisonError::into_inner).insert(block.mark.name.as_str().to_owned());
    if !is_new {
        blob.meter.held(length);
        return Ok((at, Some((block.mark.name, 0))));
    }
    blob.put_block(&block).await?;
    Ok((at, Some((block.mark.name, length))))
}

/// Content in the pieces that it is sent in.
struct Pieces {
    content: Arc<dyn Content>,
    /// Offset and length of each.
    spans: Vec<(u64, u64)>,
    longest: usize,
    pool: Arc<Pool>,
}

impl Pieces {
    fn new(content: Arc<dyn Content>, usual: u64) -> Arc<Self> {
        let lengths = if content.len() <= WHOLE { vec![content.len()] } else { blocks(content.as_ref(), usual) };
        let mut offset = 0;
        let spans: Vec<(u64, u64)> = lengths
            .into_iter()
            .map(|length| {
                offset += length;
                (offset - length, length)
            })
            .collect();
        let longest = spans.iter().map(|(_, length)| *length).max().unwrap_or(0);
        // What no machine can hold is refused when it is read.
        let longest = usize::try_from(longest).unwrap_or(0);
        Arc::new(Self { content, spans, longest, pool: Pool::new(longest) })
    }

    /// Reads a piece on a thread that may wait for the disk; `None` where it depends on others.
    async fn read(self: &Arc<Self>, at: usize) -> Result<Option<Block>, Error> {
        let pieces = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let (offset, length) = pieces.spans[at];
            let mut buffer = pieces.pool.take();
            let room = buffer.first(usize::try_from(length)?);
            let mut marker = Marker::new();
            let mut seen = 0;
            let filled = pieces.content.fill(offset, room, &mut |part| {
                seen += part.len() as u64;
                marker.update(part);
            })?;
            match filled {
                Filled::Later => Ok(None),
                Filled::Whole if seen == length => Ok(Some(Block { body: buffer.freeze(), mark: marker.finish() })),
                Filled::Whole => Err(Box::<dyn std::error::Error + Send + Sync>::from("other bytes than there should be")),
            }
        });
        read.await.map_err(|error| Error::Content(error.into()))?.map_err(Error::Content)
    }

    /// Reads all of it, which is one piece.
    async fn read_whole(self: &Arc<Self>) -> Result<Block, Error> {
        match self.read(0).await? {
            Some(block) => Ok(block),
            None => self.read(0).await?.ok_or_else(circular),
        }
    }
}

/// The lengths of the blocks: the usual one, and longer ones only where there would be too many.
fn blocks(content: &dyn Content, usual: u64) -> Vec<u64> {
    let mut most = usual;
    loop {
        let lengths = content.blocks(most);
        if lengths.len() <= MOST_BLOCKS || most >= content.len() {
            return lengths;
        }
        most *= 2;
    }
}

/// The longest block that the address allows, or the usual one.
fn longest_block(url: &SasUrl) -> u64 {
    if url.service_version().is_some_and(|version| version < OLD) { OLD_BLOCK } else { BLOCK }
}

fn digest_of(names: &[Name]) -> String {
    let mut hasher = blake3::Hasher::new();
    names.iter().for_each(|name| {
        hasher.update(name.as_str().as_bytes());
    });
    hasher.finalize().to_hex().to_string()
}

/// Content whose pieces depend on each other in a circle.
fn circular() -> Error {
    Error::Content("a part of it depends on itself".into())
}
