//! Takes the body of a request to a file, a piece at a time, with the digests made on the way.
//!
//! File steps run on tokio's blocking threads: a slow disk then holds up neither other connections nor TLS, and a paused clock
//! does not jump while such a step runs (tokio holds it back), which it would with threads of our own.

use super::error::Error;
use super::refusal::{Code, Refusal, Stop};
use axum::body::BodyDataStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use futures::StreamExt;
use futures::stream::Fuse;
use http::HeaderMap;
use md5::{Digest, Md5};
use std::io::Write;
use tempfile::NamedTempFile;
use tokio::task::{JoinHandle, spawn_blocking};

/// How much is gathered before it goes to the disk, in bytes. Twice this is what a request holds at most.
const BATCH: usize = 1 << 20;

/// The digests of a body.
#[derive(Clone)]
pub(super) struct Digests {
    md5: Option<Md5>,
    crc: crc_fast::Digest,
}

/// A body on its way to a file.
pub(super) struct Intake {
    file: NamedTempFile,
    digests: Digests,
}

/// What the sender says about the body, in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    Nothing,
    Md5(String),
    Crc64(String),
}

impl Digests {
    /// Both digests.
    pub(super) fn both() -> Self {
        Self { md5: Some(Md5::new()), crc: crc_fast::Digest::new(Crc64Nvme) }
    }

    /// CRC-64 always, and MD5, which takes far longer, only to check one that was sent.
    pub(super) fn for_claim(claim: &Claim) -> Self {
        let md5 = matches!(claim, Claim::Md5(_)).then(Md5::new);
        Self { md5, crc: crc_fast::Digest::new(Crc64Nvme) }
    }

    /// Both digests of `bytes`.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut digests = Self::both();
        digests.update(bytes);
        digests
    }

    /// Base64 of the 16 bytes, where they were counted.
    pub(super) fn md5(&self) -> Option<String> {
        self.md5.as_ref().map(|md5| STANDARD.encode(md5.clone().finalize()))
    }

    /// Base64 of the eight bytes, lowest first.
    pub(super) fn crc64(&self) -> String {
        STANDARD.encode(self.crc.finalize().to_le_bytes())
    }

    /// Refuses a body that is not what its sender says.
    pub(super) fn check(&self, claim: &Claim) -> Result<(), Refusal> {
        match claim {
            Claim::Nothing => Ok(()),
            Claim::Md5(md5) if Some(md5) == self.md5().as_ref() => Ok(()),
            Claim::Md5(md5) => Err(Refusal::from(Code::Md5Mismatch)
                .with("UserSpecifiedMd5", md5)
                .with("ServerCalculatedMd5", self.md5().unwrap_or_default())),
            Claim::Crc64(crc) if *crc == self.crc64() => Ok(()),
            Claim::Crc64(crc) => {
                Err(Refusal::from(Code::Crc64Mismatch).with("UserSpecifiedCrc", crc).with("ServerCalculatedCrc", self.crc64()))
            }
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        self.crc.update(bytes);
    }
}

impl Claim {
    /// Reads `Content-MD5` and `x-ms-content-crc64`, of which a request may have one.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let bytes_of = |value: &str| STANDARD.decode(value).map_or(0, |bytes| bytes.len());
        match (text(headers, "content-md5"), text(headers, "x-ms-content-crc64")) {
            (None, None) => Ok(Self::Nothing),
            (Some(_), Some(_)) => Err(Code::BothCrc64AndMd5HeaderPresent.into()),
            (Some(md5), None) if bytes_of(&md5) == 16 => Ok(Self::Md5(md5)),
            (Some(_), None) => Err(Code::InvalidMd5.into()),
            (None, Some(crc)) if bytes_of(&crc) == 8 => Ok(Self::Crc64(crc)),
            (None, Some(crc)) => Err(Refusal::header("x-ms-content-crc64", crc)),
        }
    }
}

/// A header's text, whatever bytes it has.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl Intake {
    pub(super) fn new(file: NamedTempFile, digests: Digests) -> Self {
        Self { file, digests }
    }

    /// Takes exactly `length` bytes of `body`. A body that is shorter, longer or breaks off is refused, and its file is gone.
    pub(super) async fn fill(self, body: &mut Fuse<BodyDataStream>, length: u64) -> Result<(NamedTempFile, Digests), Stop> {
        let mut writing = self.write(Vec::new());
        let mut left = length;
        loop {
            let batch = batch(body, &mut left).await;
            // Waited for also when the body is refused: the file is then gone before the answer is there.
            let intake = writing.await.map_err(|_| Error::Interrupted)??;
            match batch? {
                batch if batch.is_empty() => return Ok((intake.file, intake.digests)),
                batch => writing = intake.write(batch),
            }
        }
    }

    fn write(mut self, batch: Vec<Bytes>) -> JoinHandle<Result<Self, Error>> {
        spawn_blocking(move || {
            for piece in &batch {
                self.digests.update(piece);
                self.file.write_all(piece).map_err(Error::file(self.file.path()))?;
            }
            Ok(self)
        })
    }
}

/// The next pieces of the body, about [`BATCH`] bytes, of which at most `left` may come; none at the end.
async fn batch(body: &mut Fuse<BodyDataStream>, left: &mut u64) -> Result<Vec<Bytes>, Refusal> {
    let incomplete =
        || Refusal::from(Code::InvalidInput).with("Reason", "The request body is not as long as Content-Length says.");
    let (mut batch, mut held) = (Vec::new(), 0_usize);
    while held < BATCH {
        let Some(piece) = body.next().await else {
            return if *left == 0 { Ok(batch) } else { Err(incomplete()) };
        };
        let piece = piece.map_err(|_| incomplete())?;
        *left = left.checked_sub(piece.len() as u64).ok_or_else(incomplete)?;
        held = held.saturating_add(piece.len());
        if !piece.is_empty() {
            batch.push(piece);
        }
    }
    Ok(batch)
}
