//! The proof of an upload.

use flightline_protocol::id::SubmissionId;

/// The proof that a submission's files are where the Store will look for them. A commit cannot be asked for without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadReceipt {
    pub(super) submission: SubmissionId,
    pub(super) blob: String,
    pub(super) length: u64,
    pub(super) digest: String,
}

impl UploadReceipt {
    /// The receipt of an upload that somebody else made and vouches for: a script that uploads by its own means, or a journal that
    /// recorded it. `blob` is the address without its signature, empty where nothing had to be uploaded.
    pub fn vouched(submission: SubmissionId, blob: String, length: u64) -> Self {
        Self { submission, blob, length, digest: String::new() }
    }

    /// The receipt for a submission that names no new file.
    pub fn nothing_to_upload(submission: SubmissionId) -> Self {
        Self::vouched(submission, String::new(), 0)
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

    /// What stands for all of its bytes (see [`digest`](super::digest)); empty where nobody has looked at them.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}
