//! The blob service behind an upload address: the part of Azure Blob Storage that a client of the Store meets.
//!
//! Put Blob, Put Block, Put Block List, Get Block List, Get Blob and Get Blob Properties, for block blobs, under shared access
//! signatures, with Azure's checks, limits, headers and error bodies
//! (<https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api>). Blocks are files, a committed blob is a list
//! of them: no body is ever held in memory or copied.
//!
//! | file | holds |
//! |---|---|
//! | `address`, `query`, `date` | how a request is read |
//! | `signature` | who may do what |
//! | `condition`, `range`, `list` | what a request asks for |
//! | `put`, `get` | the operations |
//! | `intake`, `disk`, `content` | bytes: in, kept, out |
//! | `ledger` | what the database knows |
//! | `reply`, `refusal`, `error` | what is answered |

mod address;
mod condition;
mod content;
mod date;
mod disk;
mod error;
mod get;
mod intake;
mod ledger;
mod list;
mod put;
mod query;
mod range;
mod refusal;
mod reply;
mod signature;

pub use content::Content;
pub use error::Error;

use crate::clock::Clock;
use crate::store::Store;
use address::Address;
use axum::body::{BodyDataStream, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use disk::Disk;
use futures::StreamExt;
use futures::stream::Fuse;
use http::header::EXPECT;
use http::{HeaderMap, Method};

use intake::text;
use jiff::{SignedDuration, Unit};
use query::Query;
use refusal::{Code, Refusal, Stop};
use reply::Stamp;
use signature::{Intent, Keys, Permission};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use uuid::Uuid;

/// The version of the service that upload addresses are signed for.
const SIGNED_VERSION: &str = "2024-05-04";

/// How long a user delegation key lives at most
/// (<https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key>).
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often a signature is drawn before giving up; one in two has a `+`.
const DRAWS: usize = 256;

/// How much of a refused body is read and thrown away, so that its sender hears the refusal and not a broken connection.
const DRAINED: u64 = 64 << 20;

/// How long that may take, and how long a sender may pause in it.
const DRAIN_TIME: Duration = Duration::from_secs(10);
const DRAIN_PAUSE: Duration = Duration::from_secs(1);

/// How the `+` of a signature stands in an upload address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plus {
    /// As `%2B`: the address is good as it is, like those of today (O-200).
    #[default]
    Escaped,
    /// As it is, like in earlier years: a client has to mend it (O-201).
    Raw,
}

/// Marks a request whose signature counts as expired, whatever it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expired;

/// The blob service. Clones share everything.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    clock: Arc<Clock>,
    disk: Arc<Disk>,
    keys: Keys,
    /// Whether [`Plus::Raw`] is in use.
    raw_plus: AtomicBool,
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blobs").field("disk", &self.0.disk).finish_non_exhaustive()
    }
}

impl Blobs {
    /// Opens the service with its files under `directory` and its tables in `store`. The signing secret is kept in the store, so
    /// addresses outlive a restart. Files under `directory` that a killed process left are removed.
    ///
    /// # Errors
    /// When the tables or the folder cannot be made or read.
    pub fn open(store: Arc<Store>, clock: Arc<Clock>, directory: &Path) -> Result<Self, Error> {
        let secret = ledger::open(&store)?;
        let disk = Arc::new(Disk::open(directory)?);
        disk.sweep(&store.transact(ledger::files)?)?;
        Ok(Self(Arc::new(Inner { store, clock, disk, keys: Keys::new(&secret), raw_plus: AtomicBool::new(false) })))
    }

    /// Spells the upload addresses that are handed out from now on.
    pub fn spell(&self, plus: Plus) {
        self.0.raw_plus.store(plus == Plus::Raw, Ordering::Relaxed);
    }

    /// A signed address for one blob under `base` (such as `https://127.0.0.1:10000/devstoreaccount1`), good for `life` from now.
    /// The container is made if it is not there yet.
    ///
    /// The address has the form that the Store hands out (O-200): a user delegation signature with `sp=rwl`. Its signature always
    /// has a `+`, so that a client that does the wrong thing about it fails in every rehearsal and not in half of them: undoing
    /// `%2B` where it is [`Plus::Escaped`], leaving it where it is [`Plus::Raw`].
    ///
    /// # Errors
    /// When Azure would not take the names, the end is beyond the calendar, or the database refuses the container.
    pub fn upload_url(&self, base: &str, container: &str, blob: &str, life: SignedDuration) -> Result<String, Error> {
        let address =
            Address::new(container, blob).map_err(|_| Error::Name { container: container.to_owned(), blob: blob.to_owned() })?;
        self.0.store.transact(|tx| ledger::make_container(tx, container))?;

        let now = self.0.clock.now();
        let hour = now.round(jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor));
        let start = hour.map_err(|_| Error::Life)?;
        let end = now.checked_add(life).map_err(|_| Error::Life)?;
        let key_end = start.checked_add(KEY_LIFE).map_err(|_| Error::Life)?.max(end);
        let (start, end, key_end) = (date::signed(start), date::signed(end), date::signed(key_end));
        let tenant = Uuid::new_v4().to_string();
        for _ in 0..DRAWS {
            let object = Uuid::new_v4().to_string();
            let pairs = [
                ("skoid", object.as_str()),
                ("sktid", &tenant),
                ("skt", &start),
                ("ske", &key_end),
                ("sks", "b"),
                ("skv", SIGNED_VERSION),
                ("sv", SIGNED_VERSION),
                ("se", &end),
                ("sr", "b"),
                ("sp", "rwl"),
            ];
            let signature = self.0.keys.sign(&Query::of(&pairs), &address).ok_or(Error::Random)?;
            if signature.contains('+') {
                let query: String = pairs.iter().map(|(name, value)| format!("{name}={}&", value.replace(':', "%3A"))).collect();
                let mut signature = signature.replace('/', "%2F").replace('=', "%3D");
                if !self.0.raw_plus.load(Ordering::Relaxed) {
                    signature = signature.replace('+', "%2B");
                }
                return Ok(format!("{}{}?{query}sig={signature}", base.trim_end_matches('/'), address.path()));
            }
        }
        Err(Error::Random)
    }

    /// Answers one request of the blob service. `path` is `/{container}/{blob}` as it came, percent signs and all, with the
    /// account already taken off; the query is taken from the request.
    pub async fn answer(&self, path: &str, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let query = Query::read(parts.uri.query().unwrap_or_default());
        let stamp = Stamp::new(&parts.headers, query.value("sv").as_deref(), self.0.clock.now());
        let exact = body.size_hint().exact();
        let mut upload = Upload { body: body.into_data_stream().fuse(), exact };
        let acted = match parts.extensions.get() {
            Some(Expired) => Err(signature::expired(&stamp).into()),
            None => self.act(path, &parts.method, &parts.headers, query, &stamp, &mut upload).await,
        };
        let stop = match acted {
            Ok((mut response, length)) => {
                stamp.put_on(&mut response, length);
                return response;
            }
            Err(stop) => stop,
        };
        let long = upload.length(&parts.headers).is_ok_and(|length| length > DRAINED);
        if !long && !parts.headers.contains_key(EXPECT) {
            upload.drain().await;
        }
        match stop {
            Stop::Refused(refusal) => refusal.answer(&stamp, &parts.method),
            Stop::Broken(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the blob service failed");
                Refusal::from(Code::InternalError).answer(&stamp, &parts.method)
            }
        }
    }

    /// The committed content of a blob, to be read in any order; `None` where there is no such blob.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn content(&self, container: &str, blob: &str) -> Result<Option<Content>, Error> {
        let Ok(address) = Address::new(container, blob) else { return Ok(None) };
        self.0.store.transact(|tx| {
            let Some(entry) = ledger::entry(tx, &address)? else { return Ok(None) };
            Ok(Some(Content::new(&self.0.disk, &ledger::parts(tx, &entry)?)))
        })
    }

    async fn act(
        &self,
        path: &str,
        method: &Method,
        headers: &HeaderMap,
        query: Query,
        stamp: &Stamp,
        upload: &mut Upload,
    ) -> Result<get::Measured, Stop> {
        if let Some(version) = text(headers, "x-ms-version").filter(|version| !reply::is_version(version)) {
            return Err(Refusal::header("x-ms-version", version).into());
        }
        let address = Address::read(path)?;
        let comp = query.value("comp");
        let operation = match (method.as_str(), comp.as_deref()) {
            ("PUT", None) => Operation::PutBlob,
            ("PUT", Some("block")) => Operation::PutBlock,
            ("PUT", Some("blocklist")) => Operation::PutBlockList,
            ("GET", None) => Operation::Blob,
            ("HEAD", None) => Operation::Properties,
            ("GET", Some("blocklist")) => Operation::BlockList,
            ("DELETE", None) => Operation::Delete,
            ("PUT" | "GET" | "HEAD", Some(comp)) => {
                return Err(Refusal::parameter(Code::InvalidQueryParameterValue, "comp", comp, "Not known here.").into());
            }
            _ => return Err(Code::UnsupportedHttpVerb.into()),
        };
        let permission = self.0.keys.check(&query, headers, &address, operation.intent(), stamp)?;
        for name in ["snapshot", "versionid"] {
            if let Some(value) = query.value(name) {
                return Err(Refusal::parameter(Code::InvalidQueryParameterValue, name, value, "Not known here.").into());
            }
        }
        if headers.contains_key("x-ms-lease-id") {
            return Err(Code::LeaseNotPresent.into());
        }
        if headers.contains_key("x-ms-copy-source") {
            return Err(Code::NotImplemented.into());
        }
        let call = Call {
            blobs: Arc::clone(&self.0),
            query: Arc::new(query),
            headers: Arc::new(headers.clone()),
            address,
            permission,
            stamp: stamp.clone(),
        };
        let empty = |response| (response, 0);
        match operation {
            Operation::PutBlob => put::put_blob(&call, upload).await.map(empty),
            Operation::PutBlock => put::put_block(&call, upload).await.map(empty),
            Operation::PutBlockList => put::put_block_list(&call, upload).await.map(empty),
            Operation::Blob => get::blob(&call).await,
            Operation::Properties => get::properties(&call).await,
            Operation::BlockList => get::block_list(&call).await,
            Operation::Delete => Err(Code::NotImplemented.into()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    PutBlob,
    PutBlock,
    PutBlockList,
    Blob,
    Properties,
    BlockList,
    /// Never done, since no upload address allows it; refused in Azure's order.
    Delete,
}

impl Operation {
    fn intent(self) -> Intent {
        match self {
            Self::PutBlob => Intent::Create,
            Self::PutBlock | Self::PutBlockList => Intent::Write,
            Self::Blob | Self::Properties | Self::BlockList => Intent::Read,
            Self::Delete => Intent::Delete,
        }
    }
}

/// One request that is signed as it should be.
#[derive(Clone)]
struct Call {
    blobs: Arc<Inner>,
    query: Arc<Query>,
    headers: Arc<HeaderMap>,
    address: Address,
    permission: Permission,
    stamp: Stamp,
}

/// The body of a request, and its length where it is known without a header.
struct Upload {
    body: Fuse<BodyDataStream>,
    exact: Option<u64>,
}

impl Upload {
    /// How long the body says it is. Callers in the same process send no header with a body that is all there.
    fn length(&self, headers: &HeaderMap) -> Result<u64, Refusal> {
        match text(headers, "content-length") {
            Some(text) => text.parse().map_err(|_| Refusal::header("Content-Length", text)),
            None => self.exact.filter(|length| *length > 0).ok_or_else(|| Code::MissingContentLengthHeader.into()),
        }
    }

    /// Reads what is left and throws it away, in some bounds of size and time.
    async fn drain(&mut self) {
        let drained = async {
            let mut total = 0_u64;
            while let Ok(Some(Ok(piece))) = timeout(DRAIN_PAUSE, self.body.next()).await {
                total = total.saturating_add(piece.len() as u64);
                if total > DRAINED {
                    break;
                }
            }
        };
        // Out of time is as good as done: the answer goes out, and the connection with it.
        let _answered_anyway = timeout(DRAIN_TIME, drained).await;
    }
}

/// Does `work` where file steps are done (see `intake`): the database waits for the disk as they do.
async fn step<T: Send + 'static>(work: impl FnOnce() -> Result<T, Stop> + Send + 'static) -> Result<T, Stop> {
    spawn_blocking(work).await.map_err(|_| Error::Interrupted)?
}
