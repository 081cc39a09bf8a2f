//! The Store's memory: one SQLite database, in memory or in a file, behind one lock. Every change is a transaction.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Statements that are kept prepared: more than all rooms have.
const STATEMENTS: usize = 64;

/// The database. Each room that keeps something in it brings the tables that it needs ([`Store::create`]).
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the database file, or an empty one in memory.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub fn open(file: Option<&Path>) -> rusqlite::Result<Self> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Nothing is lost with the process; only a machine that loses power may lose the last moments.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Makes tables that are not there yet; `schema` is a batch of `CREATE … IF NOT EXISTS`.
    ///
    /// # Errors
    /// When SQLite refuses the batch.
    pub fn create(&self, schema: &str) -> rusqlite::Result<()> {
        self.lock().execute_batch(schema)
    }

    /// Does `work` in one transaction: all of it is kept when it answers `Ok`, none of it otherwise.
    ///
    /// # Errors
    /// What `work` answers, or what SQLite says to the transaction.
    pub fn transact<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answer = work(&transaction)?;
        transaction.commit()?;
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held rolled its transaction back, so what is behind the lock is sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
