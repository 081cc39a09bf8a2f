//! What the database knows of blobs: containers, committed blobs with their parts in order, and blocks that wait for a block
//! list.

use super::address::Address;
use super::error::Error;
use super::refusal::Code;
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS blob_secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    bytes BLOB NOT NULL CHECK (length(bytes) = 32)
) STRICT;
CREATE TABLE IF NOT EXISTS blob_container (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob (
    id INTEGER PRIMARY KEY,
    container TEXT NOT NULL REFERENCES blob_container (name),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    length INTEGER NOT NULL CHECK (length >= 0),
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    properties TEXT NOT NULL,
    UNIQUE (container, name)
) STRICT;
CREATE TABLE IF NOT EXISTS blob_part (
    blob INTEGER NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    block TEXT,
    file BLOB NOT NULL CHECK (length(file) = 16),
    size INTEGER NOT NULL CHECK (size > 0),
    PRIMARY KEY (blob, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob_waiting (
    container TEXT NOT NULL REFERENCES blob_container (name),
    name TEXT NOT NULL,
    block TEXT NOT NULL,
    file BLOB NOT NULL CHECK (length(file) = 16),
    size INTEGER NOT NULL CHECK (size > 0),
    came INTEGER NOT NULL,
    PRIMARY KEY (container, name, block)
) STRICT, WITHOUT ROWID;
";

/// Blocks that nobody commits are forgotten a week after the last of them came
/// (<https://learn.microsoft.com/rest/api/storageservices/put-block#remarks>).
const UNCOMMITTED_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Ticks of 100 ns between the year 1 and 1970; Azure's ETags are such ticks.
const TICKS_TO_1970: i64 = 621_355_968_000_000_000;

/// A committed blob.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    id: i64,
    version: i64,
    pub(super) length: u64,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) properties: Properties,
}

/// What a writer says about a blob and a reader is told again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Properties {
    pub(super) content_type: String,
    pub(super) content_encoding: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) cache_control: Option<String>,
    /// Base64.
    pub(super) content_md5: Option<String>,
    /// Header names behind `x-ms-meta-`, with their values.
    pub(super) metadata: Vec<(String, String)>,
}

/// One stretch of a blob's content: a block, or the whole of it where it came by Put Blob and `block` is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) block: Option<String>,
    pub(super) file: Uuid,
    /// Bytes, at least one.
    pub(super) size: u64,
}

impl Entry {
    /// With its quotes.
    pub(super) fn etag(&self) -> String {
        format!("\"0x{:X}\"", self.version)
    }
}

/// Makes the tables and answers the secret that user delegation signatures are made with, drawn when it is first asked for.
pub(super) fn open(store: &Store) -> Result<Vec<u8>, Error> {
    store.create(SCHEMA)?;
    let mut drawn = [0_u8; 32];
    SystemRandom::new().fill(&mut drawn).map_err(|_| Error::Random)?;
    store.transact(|tx| {
        tx.execute("INSERT INTO blob_secret (id, bytes) VALUES (1, ?1) ON CONFLICT DO NOTHING", [&drawn[..]])?;
        Ok(tx.query_row("SELECT bytes FROM blob_secret", [], |row| row.get(0))?)
    })
}

/// The names of all files that are part of a blob or wait to be.
pub(super) fn files(tx: &Transaction<'_>) -> Result<HashSet<Uuid>, Error> {
    let mut query = tx.prepare("SELECT file FROM blob_part UNION SELECT file FROM blob_waiting")?;
    let files = query.query_map([], |row| file(row, 0))?.collect::<Result<_, _>>()?;
    Ok(files)
}

pub(super) fn make_container(tx: &Transaction<'_>, name: &str) -> Result<(), Error> {
    tx.execute("INSERT INTO blob_container (name) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
    Ok(())
}

pub(super) fn has_container(tx: &Transaction<'_>, name: &str) -> Result<bool, Error> {
    Ok(tx.prepare_cached("SELECT 1 FROM blob_container WHERE name = ?1")?.exists([name])?)
}

/// The committed blob.
pub(super) fn entry(tx: &Transaction<'_>, address: &Address) -> Result<Option<Entry>, Error> {
    let mut query = tx.prepare_cached(
        "SELECT id, version, length, created, modified, properties FROM blob WHERE container = ?1 AND name = ?2",
    )?;
    let found = query
        .query_row([address.container(), address.blob()], |row| {
            let numbers = [row.get::<_, i64>(2)?, row.get(3)?, row.get(4)?];
            Ok((row.get(0)?, row.get(1)?, numbers, row.get::<_, String>(5)?))
        })
        .optional()?;
    let Some((id, version, [length, created, modified], properties)) = found else { return Ok(None) };
    let unreadable = Error::Record { what: "a blob" };
    let (Ok(length), Ok(created), Ok(modified), Ok(properties)) = (
        u64::try_from(length),
        Timestamp::from_microsecond(created),
        Timestamp::from_microsecond(modified),
        serde_json::from_str(&properties),
    ) else {
        return Err(unreadable);
    };
    Ok(Some(Entry { id, version, length, created, modified, properties }))
}

/// The parts of a committed blob, in order.
pub(super) fn parts(tx: &Transaction<'_>, entry: &Entry) -> Result<Vec<Part>, Error> {
    let mut query = tx.prepare_cached("SELECT block, file, size FROM blob_part WHERE blob = ?1 ORDER BY place")?;
    let parts = query.query_map([entry.id], part)?.collect::<Result<_, _>>()?;
    Ok(parts)
}

/// The blocks that wait for a block list, in the order of their ids.
pub(super) fn waiting(tx: &Transaction<'_>, address: &Address) -> Result<Vec<Part>, Error> {
    let mut query =
        tx.prepare_cached("SELECT block, file, size FROM blob_waiting WHERE container = ?1 AND name = ?2 ORDER BY block")?;
    let parts = query.query_map([address.container(), address.blob()], part)?.collect::<Result<_, _>>()?;
    Ok(parts)
}

/// How many blocks wait beside the one of this id, and one of their ids.
pub(super) fn count_other_waiting(tx: &Transaction<'_>, address: &Address, block: &str) -> Result<(u64, Option<String>), Error> {
    let mut query =
        tx.prepare_cached("SELECT count(*), min(block) FROM blob_waiting WHERE container = ?1 AND name = ?2 AND block <> ?3")?;
    let (count, other) =
        query.query_row([address.container(), address.blob(), block], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    Ok((u64::try_from(count).unwrap_or_default(), other))
}

/// Forgets blocks that nobody came to commit; answers their files.
pub(super) fn forget_stale(tx: &Transaction<'_>, address: &Address, now: Timestamp) -> Result<Vec<Uuid>, Error> {
    let limit = now.checked_sub(UNCOMMITTED_LIFE).unwrap_or(Timestamp::MIN).as_microsecond();
    let mut newest = tx.prepare_cached("SELECT max(came) FROM blob_waiting WHERE container = ?1 AND name = ?2")?;
    let newest: Option<i64> = newest.query_row([address.container(), address.blob()], |row| row.get(0))?;
    if newest.is_some_and(|newest| newest < limit) { forget_waiting(tx, address) } else { Ok(Vec::new()) }
}

/// Lets a block wait, in place of one with the same id; answers the file that is no longer needed.
pub(super) fn wait(
    tx: &Transaction<'_>,
    address: &Address,
    block: &str,
    part: &Part,
    now: Timestamp,
) -> Result<Option<Uuid>, Error> {
    let key = params![address.container(), address.blob(), block];
    let mut before = tx.prepare_cached("SELECT file FROM blob_waiting WHERE container = ?1 AND name = ?2 AND block = ?3")?;
    let before = before.query_row(key, |row| file(row, 0)).optional()?;
    tx.prepare_cached(
        "INSERT INTO blob_waiting (container, name, block, file, size, came) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET file = excluded.file, size = excluded.size, came = excluded.came",
    )?
    .execute(params![
        address.container(),
        address.blob(),
        block,
        part.file.as_bytes(),
        signed(part.size),
        now.as_microsecond()
    ])?;
    Ok(before)
}

/// Makes `parts` the content of the blob and forgets the blocks that wait. Answers the blob and the files that are no longer
/// needed.
pub(super) fn commit(
    tx: &Transaction<'_>,
    address: &Address,
    parts: &[Part],
    properties: &Properties,
    now: Timestamp,
) -> Result<(Entry, Vec<Uuid>), Error> {
    let before = entry(tx, address)?;
    let mut dropped: HashSet<Uuid> = forget_waiting(tx, address)?.into_iter().collect();
    if let Some(before) = &before {
        dropped.extend(self::parts(tx, before)?.into_iter().map(|part| part.file));
    }
    parts.iter().for_each(|part| {
        dropped.remove(&part.file);
    });

    // Two commits may see the same time; their versions still differ.
    let version = ticks(now).max(before.as_ref().map_or(0, |before| before.version.saturating_add(1)));
    let length = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.size));
    let created = before.as_ref().map_or(now, |before| before.created);
    let text = serde_json::to_string(properties).map_err(|_| Error::Record { what: "a blob" })?;
    tx.execute("DELETE FROM blob WHERE container = ?1 AND name = ?2", [address.container(), address.blob()])?;
    tx.execute(
        "INSERT INTO blob (container, name, version, length, created, modified, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            address.container(),
            address.blob(),
            version,
            signed(length),
            created.as_microsecond(),
            now.as_microsecond(),
            text
        ],
    )?;
    let id = tx.last_insert_rowid();
    let mut insert = tx.prepare_cached("INSERT INTO blob_part (blob, place, block, file, size) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (place, part) in (0_i64..).zip(parts) {
        insert.execute(params![id, place, part.block, part.file.as_bytes(), signed(part.size)])?;
    }
    let entry = Entry { id, version, length, created, modified: now, properties: properties.clone() };
    Ok((entry, dropped.into_iter().collect()))
}

/// Refuses work on a container that is not there.
pub(super) fn require_container(tx: &Transaction<'_>, address: &Address) -> Result<(), super::refusal::Stop> {
    if has_container(tx, address.container())? { Ok(()) } else { Err(Code::ContainerNotFound.into()) }
}

fn forget_waiting(tx: &Transaction<'_>, address: &Address) -> Result<Vec<Uuid>, Error> {
    let mut delete = tx.prepare_cached("DELETE FROM blob_waiting WHERE container = ?1 AND name = ?2 RETURNING file")?;
    let files = delete.query_map([address.container(), address.blob()], |row| file(row, 0))?.collect::<Result<_, _>>()?;
    Ok(files)
}

fn part(row: &Row<'_>) -> rusqlite::Result<Part> {
    let size: i64 = row.get(2)?;
    Ok(Part { block: row.get(0)?, file: file(row, 1)?, size: size.unsigned_abs() })
}

fn file(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

/// SQLite counts in signed numbers; no blob comes near their end.
fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn ticks(now: Timestamp) -> i64 {
    now.as_microsecond().saturating_mul(10).saturating_add(TICKS_TO_1970)
}
