//! Uploads one blob through a signed address: a small one in one request, any other in parallel blocks that are named by their content,
//! so that whoever uploads the same bytes again, from whatever machine, sends only what is missing.

mod address;
mod blob;
mod block;
mod content;
mod engine;
mod lanes;
mod meter;
mod pool;
mod receipt;

pub(crate) use self::address::Renew;
pub use self::content::{Content, FileContent, Filled};
pub use self::engine::digest;
pub(crate) use self::engine::upload;
pub use self::receipt::UploadReceipt;

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that the blob holds, or that are on their way to it.
    pub done: u64,
    /// Bytes that it will hold.
    pub total: u64,
}
