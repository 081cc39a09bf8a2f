//! What is known of the blobs: names and lengths.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Everything that came in.
#[derive(Default)]
pub(crate) struct Store {
    blobs: Mutex<HashMap<String, Blob>>,
    /// Bytes of all bodies of blobs and blocks, those of broken requests included.
    received: AtomicU64,
    open: AtomicU64,
    most_open: AtomicU64,
    connections: AtomicU64,
    requests: Mutex<HashMap<&'static str, u64>>,
}

/// One blob.
#[derive(Default)]
struct Blob {
    waiting: HashMap<String, u64>,
    committed: Option<Vec<(String, u64)>>,
    length: u64,
}

impl Store {
    pub(crate) fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_open.fetch_max(open, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn asked(&self, operation: &'static str) {
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn put_blob(&self, path: &str, length: u64) {
        self.with(|blobs| {
            blobs.insert(path.to_owned(), Blob { waiting: HashMap::new(), committed: Some(Vec::new()), length });
        });
    }

    pub(crate) fn put_block(&self, path: &str, id: String, length: u64) {
        self.with(|blobs| {
            blobs.entry(path.to_owned()).or_default().waiting.insert(id, length);
        });
    }

    /// Commits the blocks of a list; `None` where one of them never came.
    pub(crate) fn put_block_list(&self, path: &str, body: &str) -> Option<()> {
        self.with(|blobs| {
            let blob = blobs.get_mut(path)?;
            let mut list = Vec::new();
            for id in body.split('<').filter_map(listed) {
                let held = blob.committed.iter().flatten().find(|(name, _)| name == id).map(|(_, length)| *length);
                list.push((id.to_owned(), blob.waiting.get(id).copied().or(held)?));
            }
            blob.length = list.iter().map(|(_, length)| length).sum();
            blob.waiting.clear();
            blob.committed = Some(list);
            Some(())
        })
    }

    /// The answer to Get Block List; `None` where nothing is known of the blob.
    pub(crate) fn block_list(&self, path: &str) -> Option<String> {
        self.with(|blobs| {
            let blob = blobs.get(path)?;
            let block = |(id, length): (&String, &u64)| format!("<Block><Name>{id}</Name><Size>{length}</Size></Block>");
            let committed: String = blob.committed.iter().flatten().map(|(id, length)| block((id, length))).collect();
            let waiting: String = blob.waiting.iter().map(block).collect();
            Some(format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><CommittedBlocks>{committed}</CommittedBlocks>\
                 <UncommittedBlocks>{waiting}</UncommittedBlocks></BlockList>"
            ))
        })
    }

    /// The length of a blob that is committed.
    pub(crate) fn length(&self, path: &str) -> Option<u64> {
        self.with(|blobs| blobs.get(path).filter(|blob| blob.committed.is_some()).map(|blob| blob.length))
    }

    /// All of it, as JSON.
    pub(crate) fn report(&self) -> String {
        let blobs: serde_json::Map<String, serde_json::Value> = self.with(|blobs| {
            let one = |(path, blob): (&String, &Blob)| {
                let waiting: u64 = blob.waiting.values().sum();
                let report = serde_json::json!({
                    "waitingBlocks": blob.waiting.len(),
                    "waitingBytes": waiting,
                    "committedBlocks": blob.committed.as_ref().map(Vec::len),
                    "length": blob.length,
                });
                (path.clone(), report)
            };
            blobs.iter().map(one).collect()
        });
        serde_json::json!({
            "received": self.received.load(Ordering::Relaxed),
            "open": self.open.load(Ordering::Relaxed),
            "connections": self.connections.load(Ordering::Relaxed),
            "mostOpen": self.most_open.load(Ordering::Relaxed),
            "requests": *self.requests.lock().unwrap_or_else(PoisonError::into_inner),
            "blobs": blobs,
        })
        .to_string()
    }

    pub(crate) fn forget(&self) {
        self.with(HashMap::clear);
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.received.store(0, Ordering::Relaxed);
        self.connections.store(0, Ordering::Relaxed);
        self.most_open.store(self.open.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Blob>) -> T) -> T {
        act(&mut self.blobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The name in an element of a block list, given from its tag on.
fn listed(element: &str) -> Option<&str> {
    ["Latest>", "Uncommitted>", "Committed>"].iter().find_map(|tag| element.strip_prefix(tag)).map(str::trim)
}
