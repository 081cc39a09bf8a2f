//! The signed address, and a fresh one when it has run out: an upload may take longer than the day that an address lives (O-018).

use crate::error::Error;
use crate::secret::SasUrl;
use async_trait::async_trait;
use tokio::sync::Mutex;

/// Who can get a fresh address of the same submission.
#[async_trait]
pub(crate) trait Renew: Send + Sync {
    async fn fresh(&self) -> Result<SasUrl, Error>;
}

/// Why an upload cannot go on as it is.
#[derive(Debug)]
pub(super) enum Stop {
    /// The blob is another now, or what was known of it is no longer true: to be begun anew.
    Anew(Error),
    /// It cannot be done.
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

pub(super) struct Address<'a> {
    current: Mutex<Current>,
    renew: &'a dyn Renew,
}

struct Current {
    url: SasUrl,
    /// Counts the addresses.
    turn: u64,
    /// Whether the service has taken it once.
    proven: bool,
}

impl<'a> Address<'a> {
    /// The first address may be an old one, so that its refusal is always worth another.
    pub(super) fn new(url: SasUrl, renew: &'a dyn Renew) -> Self {
        Self { current: Mutex::new(Current { url, turn: 0, proven: true }), renew }
    }

    /// The address to use, and its number.
    pub(super) async fn current(&self) -> (SasUrl, u64) {
        let current = self.current.lock().await;
        (current.url.clone(), current.turn)
    }

    /// The service has taken the address with this number.
    pub(super) async fn is_good(&self, turn: u64) {
        let mut current = self.current.lock().await;
        current.proven |= current.turn == turn;
    }

    /// The service has refused the address with this number. Whoever comes first gets a fresh one for all.
    pub(super) async fn replace(&self, turn: u64, refusal: Error) -> Result<(), Stop> {
        let mut current = self.current.lock().await;
        if current.turn != turn {
            return Ok(());
        }
        if !current.proven {
            return Err(refusal.of_fresh_address().into());
        }
        tracing::info!(blob = current.url.blob(), "the upload address has run out; asking for a fresh one");
        let fresh = self.renew.fresh().await?;
        if fresh == current.url {
            return Err(refusal.of_fresh_address().into());
        }
        let is_same_blob = fresh.blob() == current.url.blob();
        *current = Current { url: fresh, turn: turn + 1, proven: false };
        if is_same_blob { Ok(()) } else { Err(Stop::Anew(refusal)) }
    }
}
