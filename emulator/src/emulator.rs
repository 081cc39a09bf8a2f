//! The emulator as a whole: one database, one clock, one account, and everything that answers.

use crate::account::{Account, Kind};
use crate::blobs::{Blobs, Plus};
use crate::clock::Clock;
use crate::entra::token::Signer;
use crate::entra::{self, Credentials, Principal, Role};
use crate::error::Error;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Pace;
use crate::limit::Limit;
use crate::log::Log;
use crate::products::{self, Product};
use crate::store::Store;
use crate::submissions::{self, Submission};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;
use serde_json::{Map, Value};
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tempfile::TempDir;

/// Where uploads go when nobody listens: whatever calls the emulator in process need not resolve it.
const IN_PROCESS: &str = "https://127.0.0.1/devstoreaccount1";

/// How an emulator is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// The account it stands for. Where `data` holds one already, that one goes on.
    pub account: Account,
    /// How fast submissions move.
    pub pace: Pace,
    /// Where its state is kept; in memory and in a temporary folder if it is nowhere.
    pub data: Option<PathBuf>,
    /// The base that upload URLs are handed out under, if it is not the listener.
    pub blob_url: Option<String>,
    /// The most requests to the API that are answered in a minute, as the Store allows 20 to a tenant (O-023); no limit if `None`.
    pub per_minute: Option<u32>,
    /// How upload addresses are spelled.
    pub plus: Plus,
    /// What is to go wrong.
    pub faults: Vec<Fault>,
    /// What the dice of faults that strike by chance are thrown from; any if it is not said ([`Emulator::fault_seed`] tells it).
    pub fault_seed: Option<u64>,
}

impl Options {
    /// An emulator of `account` in memory, at the pace [`Pace::Instant`] and without a limit.
    pub fn new(account: Account) -> Self {
        Self {
            account,
            pace: Pace::default(),
            data: None,
            blob_url: None,
            per_minute: None,
            plus: Plus::default(),
            faults: Vec::new(),
            fault_seed: None,
        }
    }
}

/// A Store to rehearse against. Clones are the same Store.
#[derive(Clone)]
pub struct Emulator(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    clock: Arc<Clock>,
    blobs: Blobs,
    pace: Pace,
    principal: Principal,
    signer: Signer,
    blob_url: RwLock<String>,
    folder: PathBuf,
    log: Log,
    limit: Limit,
    faults: Faults,
    /// Keeps other emulators out of the folder, and goes with this one.
    _lock: Option<File>,
    /// Goes with the emulator.
    _temporary: Option<TempDir>,
}

impl Emulator {
    /// Opens the emulator: its database, its blobs, and on first use its account.
    ///
    /// # Errors
    /// When its folder or database cannot be used.
    pub fn open(options: Options) -> Result<Self, Error> {
        let (folder, temporary) = match &options.data {
            Some(folder) => {
                let failed = |source| Error::File { doing: "making the folder", path: folder.clone(), source };
                std::fs::create_dir_all(folder).map_err(failed)?;
                (folder.clone(), None)
            }
            None => {
                let failed = |source| Error::File { doing: "making a folder in", path: std::env::temp_dir(), source };
                let temporary = tempfile::Builder::new().prefix("flightline-emulator-").tempdir().map_err(failed)?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let lock = options.data.as_deref().map(lock).transpose()?;
        let file = options.data.as_ref().map(|folder| folder.join("store.sqlite"));
        let store = Arc::new(Store::open(file.as_deref())?);
        for schema in [entra::SCHEMA, products::SCHEMA, submissions::SCHEMA] {
            store.create(schema)?;
        }
        let clock = Arc::new(Clock::start());
        let (principal, signer) = store.transact(|tx| {
            if let Some(ahead) = entra::setting(tx, "clockAhead")?.and_then(|seconds| seconds.parse().ok()) {
                clock.put_forward(SignedDuration::from_secs(ahead));
            }
            let principal = admit(tx, &options.account, clock.now())?;
            Ok::<_, Error>((principal, Signer::open(tx)?))
        })?;
        let blobs = Blobs::open(Arc::clone(&store), Arc::clone(&clock), &folder.join("blobs"))?;
        blobs.spell(options.plus);
        let blob_url = options.blob_url.unwrap_or_else(|| IN_PROCESS.to_owned());
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            blobs,
            pace: options.pace,
            principal,
            signer,
            blob_url: RwLock::new(blob_url.trim_end_matches('/').to_owned()),
            folder,
            log: Log::default(),
            limit: Limit::new(options.per_minute),
            faults: Faults::new(options.faults, options.fault_seed),
            _lock: lock,
            _temporary: temporary,
        })))
    }

    /// The time in the Store.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The base that upload URLs are handed out under, without a slash at its end.
    pub fn blob_url(&self) -> String {
        self.0.blob_url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands out upload URLs under another base from now on.
    pub(crate) fn set_blob_url(&self, base: &str) {
        let base = base.trim_end_matches('/').to_owned();
        *self.0.blob_url.write().unwrap_or_else(PoisonError::into_inner) = base;
    }

    /// Puts the Store's clock forward, and keeps it there over a restart.
    pub(crate) fn put_forward(&self, by: SignedDuration) -> Result<(), Error> {
        self.transact(|tx| {
            let before: i64 = entra::setting(tx, "clockAhead")?.and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
            entra::set(tx, "clockAhead", &before.saturating_add(by.as_secs()).to_string())
        })?;
        self.0.clock.put_forward(by);
        Ok(())
    }

    /// Does `work` in one transaction.
    pub(crate) fn transact<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.store.transact(work)
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    pub(crate) fn pace(&self) -> Pace {
        self.0.pace
    }

    pub(crate) fn principal(&self) -> &Principal {
        &self.0.principal
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    pub(crate) fn log(&self) -> &Log {
        &self.0.log
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// What the dice of faults that strike by chance are thrown from. The same seed, faults and requests meet the same again.
    pub fn fault_seed(&self) -> u64 {
        self.0.faults.seed()
    }

    pub(crate) fn limit(&self) -> &Limit {
        &self.0.limit
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The products that a newcomer is shown: of each kind the first that has something live, or the first at all. The flight is of
    /// the app, since its calls name both.
    pub(crate) fn first(&self) -> Result<First, Error> {
        self.transact(|tx| {
            let app = first(tx, Kind::App, |_| true)?;
            let flight = first(tx, Kind::Flight, |flight| app.is_none() || flight.application == app)?;
            Ok(First { add_on: first(tx, Kind::AddOn, |_| true)?, app, flight })
        })
    }
}

/// Makes the folder this emulator's own for as long as the file is open. The file stays: one that went away could be locked by two.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let failed = |source| Error::File { doing: "locking the folder with", path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// An app, an add-on and a flight to begin with.
pub(crate) struct First {
    pub(crate) app: Option<String>,
    pub(crate) add_on: Option<String>,
    pub(crate) flight: Option<String>,
}

fn first(tx: &Transaction<'_>, kind: Kind, fits: impl Fn(&Product) -> bool) -> rusqlite::Result<Option<String>> {
    let mut any = None;
    for product in Product::all(tx, kind)?.into_iter().filter(fits) {
        if Submission::published(tx, &product)?.is_some() {
            return Ok(Some(product.id));
        }
        any.get_or_insert(product.id);
    }
    Ok(any)
}

/// Without the secret.
impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("folder", &self.0.folder)
            .field("pace", &self.0.pace)
            .field("tenant", &self.0.principal.tenant)
            .finish_non_exhaustive()
    }
}

/// The principal that the database knows; on first use it takes the account in.
fn admit(tx: &Transaction<'_>, account: &Account, now: Timestamp) -> Result<Principal, Error> {
    let kept = |name| entra::setting(tx, name);
    if let (Some(tenant), Some(client), Some(secret)) = (kept("tenantId")?, kept("clientId")?, kept("clientSecret")?) {
        let role = if kept("role")?.as_deref() == Some("none") { Role::Nobody } else { Role::Manager };
        let credentials = credentials(kept("credentials")?.as_deref().unwrap_or("{}"))?;
        return Ok(Principal { tenant, client, secret, role, credentials });
    }
    submissions::load(tx, &account.products, now)?;
    let principal = &account.principal;
    let role = match principal.role {
        Role::Manager => "manager",
        Role::Nobody => "none",
    };
    for (name, value) in [
        ("tenantId", principal.tenant.as_str()),
        ("clientId", principal.client.as_str()),
        ("clientSecret", principal.secret.as_str()),
        ("role", role),
        ("credentials", &Value::Object(principal.credentials.given.clone()).to_string()),
    ] {
        entra::set(tx, name, value)?;
    }
    Ok(principal.clone())
}

fn credentials(text: &str) -> Result<Credentials, Error> {
    let given: Map<String, Value> =
        serde_json::from_str(text).map_err(|source| Error::Kept { what: "the credentials", source })?;
    let mut faults = Vec::new();
    let credentials = Credentials::read(&given, &mut faults);
    if faults.is_empty() { Ok(credentials) } else { Err(Error::Account(faults)) }
}
