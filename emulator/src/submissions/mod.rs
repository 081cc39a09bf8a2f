//! Submissions: how they are kept, and what may be done with them.

mod change;
mod create;
mod load;
pub(crate) mod rollout;
mod view;

use crate::account::Kind;
use crate::products::Product;
use crate::reply::Refusal;
use crate::row::{Document, Moment};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::SubmissionStatus;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value, json};

pub(crate) use change::{commit, delete, forget, to_ingest, update};
pub(crate) use create::create;
pub(crate) use load::load;
pub(crate) use view::{CONTAINER, Extent, Uploads, details, show, status};

/// The tables of this room. The unique index is the rule that a product has one pending submission: no race gets around it. The others
/// are for the questions that come with every request, whatever has been published by then.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS submission (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        product TEXT NOT NULL COLLATE NOCASE,
        origin TEXT NOT NULL CHECK (origin IN ('api', 'portal')),
        status TEXT NOT NULL,
        since INTEGER NOT NULL,
        number INTEGER NOT NULL,
        document TEXT NOT NULL,
        details TEXT NOT NULL,
        outcome TEXT,
        fate TEXT,
        blob TEXT NOT NULL,
        revision INTEGER NOT NULL,
        FOREIGN KEY (kind, product) REFERENCES product (kind, id)
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS one_pending_submission
        ON submission (kind, product) WHERE status NOT IN ('Published', 'Canceled');
    CREATE INDEX IF NOT EXISTS submission_of_product ON submission (kind, product, status, number);
    CREATE INDEX IF NOT EXISTS submission_by_status ON submission (status);
    CREATE TABLE IF NOT EXISTS sequence (
        name TEXT PRIMARY KEY,
        next INTEGER NOT NULL
    ) STRICT;";

/// One submission as it is kept. Status, details, upload address and friendly name are not in the document.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) product: String,
    pub(crate) origin: Origin,
    pub(crate) status: SubmissionStatus,
    /// Since when it has had its status.
    pub(crate) since: Timestamp,
    /// The N of its name, "Submission N".
    pub(crate) number: i64,
    pub(crate) document: Map<String, Value>,
    pub(crate) details: Map<String, Value>,
    /// What the commit found, until it shows.
    pub(crate) outcome: Option<Map<String, Value>>,
    /// A failure that waits for it, prepared through the control port.
    pub(crate) fate: Option<Map<String, Value>>,
    /// The blob that its files are uploaded to.
    pub(crate) blob: String,
    /// Counts the changes of the document.
    pub(crate) revision: i64,
}

/// Where a submission was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Api,
    Portal,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Portal => "portal",
        }
    }
}

const COLUMNS: &str = "id, kind, product, origin, status, since, number, document, details, outcome, fate, blob, revision";

/// The submission that holds a product's slot.
const PENDING: &str = "kind = ?1 AND product = ?2 AND status NOT IN ('Published', 'Canceled')";

/// The submission of a product that was published last.
const PUBLISHED: &str = "kind = ?1 AND product = ?2 AND status = 'Published' ORDER BY number DESC LIMIT 1";

/// Submissions that are on their way.
const MOVING: &str =
    "status IN ('CommitStarted', 'PreProcessing', 'Certification', 'Release', 'PendingPublication', 'Publishing')";

impl Submission {
    /// The submission that holds the product's slot.
    pub(crate) fn pending(tx: &Transaction<'_>, product: &Product) -> rusqlite::Result<Option<Self>> {
        Self::one(tx, PENDING, product)
    }

    /// The submission that was published last.
    pub(crate) fn published(tx: &Transaction<'_>, product: &Product) -> rusqlite::Result<Option<Self>> {
        Self::one(tx, PUBLISHED, product)
    }

    fn one(tx: &Transaction<'_>, which: &str, product: &Product) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM submission WHERE {which}");
        tx.prepare_cached(&sql)?.query_row(params![product.kind, product.id], Self::of_row).optional()
    }

    /// The submission with this id, whosever it is.
    pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM submission WHERE id = ?");
        tx.prepare_cached(&sql)?.query_row(params![id], Self::of_row).optional()
    }

    /// The submission of this product with this id, or why there is none.
    pub(crate) fn of(tx: &Transaction<'_>, product: &Product, id: &SubmissionId) -> Result<Self, Refusal> {
        let found = Self::find(tx, id.as_str())?;
        let submission = found.ok_or_else(|| Refusal::missing("Submission not found", Some("submissionId")))?;
        if submission.kind == product.kind && submission.product.eq_ignore_ascii_case(&product.id) {
            Ok(submission)
        } else {
            Err(Refusal::state(format!("Submission {id} is not of {}", product.location()), Some("submissionId")))
        }
    }

    /// All of them, in the order in which they were made.
    pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM submission ORDER BY kind, product, number");
        tx.prepare_cached(&sql)?.query_map([], Self::of_row)?.collect()
    }

    /// Those that are on their way between commit and publication.
    pub(crate) fn moving(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM submission WHERE {MOVING}");
        tx.prepare_cached(&sql)?.query_map([], Self::of_row)?.collect()
    }

    pub(crate) fn insert(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let sql = format!("INSERT INTO submission ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
        self.write(tx, &sql)
    }

    pub(crate) fn save(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let sql = "UPDATE submission SET kind = ?2, product = ?3, origin = ?4, status = ?5, since = ?6, number = ?7, \
                   document = ?8, details = ?9, outcome = ?10, fate = ?11, blob = ?12, revision = ?13 WHERE id = ?1";
        self.write(tx, sql)
    }

    pub(crate) fn remove(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        tx.execute("DELETE FROM submission WHERE id = ?", params![self.id])?;
        Ok(())
    }

    fn write(&self, tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<()> {
        tx.prepare_cached(sql)?.execute(params![
            self.id,
            self.kind,
            self.product,
            self.origin.as_str(),
            self.status.as_str(),
            Moment(self.since),
            self.number,
            Document(self.document.clone()),
            Document(self.details.clone()),
            self.outcome.clone().map(Document),
            self.fate.clone().map(Document),
            self.blob,
            self.revision,
        ])?;
        Ok(())
    }

    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let object = |at: usize| row.get::<_, Option<Document>>(at).map(|document| document.map(|Document(members)| members));
        let Ok(status) = row.get::<_, String>(4)?.parse();
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            product: row.get(2)?,
            origin: if row.get::<_, String>(3)? == "portal" { Origin::Portal } else { Origin::Api },
            status,
            since: row.get::<_, Moment>(5)?.0,
            number: row.get(6)?,
            document: object(7)?.unwrap_or_default(),
            details: object(8)?.unwrap_or_default(),
            outcome: object(9)?,
            fate: object(10)?,
            blob: row.get(11)?,
            revision: row.get(12)?,
        })
    }
}

/// A reference to a submission, as product resources hold it.
pub(crate) fn reference(product: &Product, id: &str) -> Value {
    json!({ "id": id, "resourceLocation": format!("{}/submissions/{id}", product.location()) })
}

/// What ids are given to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Numbered {
    Submission,
    Package,
    Image,
    Trailer,
    Video,
    Thumbnail,
}

impl Numbered {
    /// The name of its sequence, and the id that is given before any other.
    fn sequence(self) -> (&'static str, i64) {
        match self {
            Self::Submission => ("submission", 1_152_921_505_701_000_001),
            Self::Package => ("package", 2_000_000_000_400_000_001),
            Self::Image => ("image", 1_152_922_700_400_000_001),
            Self::Trailer => ("trailer", 1_158_943_556_400_000_001),
            Self::Video => ("video", 1_159_761_554_400_000_001),
            Self::Thumbnail => ("thumbnail", 1_155_546_904_400_000_001),
        }
    }

    /// The next id: 19 digits that nothing else has.
    pub(crate) fn next(self, tx: &Transaction<'_>) -> rusqlite::Result<String> {
        let (name, first) = self.sequence();
        let sql = "INSERT INTO sequence (name, next) VALUES (?1, ?2) \
                   ON CONFLICT (name) DO UPDATE SET next = next + 1 RETURNING next";
        tx.prepare_cached(sql)?.query_row(params![name, first], |row| row.get::<_, i64>(0)).map(|id| id.to_string())
    }

    /// Makes sure that the sequence never gives out `id`, which is in use.
    pub(crate) fn pass(self, tx: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
        let (name, first) = self.sequence();
        let Ok(used) = id.parse::<i64>() else { return Ok(()) };
        // Only ids near its own can be met; one far above would use the sequence up.
        if (first..first.saturating_add(1_000_000_000)).contains(&used) {
            let sql = "INSERT INTO sequence (name, next) VALUES (?1, ?2) \
                       ON CONFLICT (name) DO UPDATE SET next = max(next, ?2)";
            tx.prepare_cached(sql)?.execute(params![name, used])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::products;
    use crate::store::Store;

    /// A Store that has published thousands of submissions answers as it did on its first day.
    #[test]
    fn no_request_looks_at_all_submissions() {
        let store = Store::open(None).unwrap();
        store.create(products::SCHEMA).unwrap();
        store.create(SCHEMA).unwrap();
        for which in [PENDING, PUBLISHED, MOVING] {
            let plan: Vec<String> = store
                .transact(|tx| {
                    let sql = format!("EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM submission WHERE {which}");
                    let mut explained = tx.prepare(&sql)?;
                    for number in 1..=explained.parameter_count() {
                        explained.raw_bind_parameter(number, "x")?;
                    }
                    let mut rows = explained.raw_query();
                    let mut plan = Vec::new();
                    while let Some(row) = rows.next()? {
                        plan.push(row.get(3)?);
                    }
                    Ok::<_, rusqlite::Error>(plan)
                })
                .unwrap();
            let searches = plan.iter().all(|line| line.starts_with("SEARCH submission USING INDEX"));
            assert!(searches && !plan.is_empty(), "{which}: {plan:?}");
        }
    }
}
