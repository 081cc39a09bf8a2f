//! Block files: one file for each block or whole blob that came, named after nothing from outside, never changed once it has its
//! name, and removed when neither the database nor a reader holds on to it.

use super::error::Error;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;
use uuid::Uuid;

const BLOCK: &str = "block";
const UNFINISHED: &str = ".unfinished";

/// The folder of block files.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    readers: Mutex<Readers>,
}

#[derive(Debug, Default)]
struct Readers {
    /// How many readers hold each file.
    held: HashMap<Uuid, usize>,
    /// Files to remove once their last reader has gone.
    doomed: HashSet<Uuid>,
}

impl Disk {
    /// Makes the folder where it is missing.
    pub(super) fn open(directory: &Path) -> Result<Self, Error> {
        let folder = directory.join("blocks");
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        Ok(Self { folder, readers: Mutex::default() })
    }

    /// A file without its name yet; dropped, it is gone.
    pub(super) fn begin(&self) -> Result<NamedTempFile, Error> {
        tempfile::Builder::new().prefix("").suffix(UNFINISHED).tempfile_in(&self.folder).map_err(Error::file(&self.folder))
    }

    /// Gives `file` its name. What is written survives the end of this process, however sudden; that the machine loses power is
    /// nothing that a rehearsal has to survive, and waiting for the disk would make it slow.
    pub(super) fn keep(&self, file: NamedTempFile) -> Result<Uuid, Error> {
        let name = Uuid::new_v4();
        let path = self.path(name);
        file.persist(&path).map_err(|error| Error::File { path, source: error.error })?;
        Ok(name)
    }

    /// Opens one file for reading.
    pub(super) fn read(&self, name: Uuid) -> std::io::Result<File> {
        File::open(self.path(name))
    }

    /// Keeps `names` from being removed until the lease is dropped. Take it inside the transaction that read the names.
    pub(super) fn lease(self: &Arc<Self>, names: impl IntoIterator<Item = Uuid>) -> Lease {
        let names: HashSet<Uuid> = names.into_iter().collect();
        let mut readers = self.readers();
        for name in &names {
            *readers.held.entry(*name).or_default() += 1;
        }
        drop(readers);
        Lease { disk: Arc::clone(self), names }
    }

    /// Removes files that the database no longer names, now or when their last reader goes.
    pub(super) fn discard(&self, names: impl IntoIterator<Item = Uuid>) {
        for name in names {
            let mut readers = self.readers();
            if readers.held.contains_key(&name) {
                readers.doomed.insert(name);
            } else {
                drop(readers);
                self.remove(name);
            }
        }
    }

    /// Removes what a killed process left: files without their name, and blocks that the database does not know.
    pub(super) fn sweep(&self, known: &HashSet<Uuid>) -> Result<(), Error> {
        for entry in fs::read_dir(&self.folder).map_err(Error::file(&self.folder))? {
            let path = entry.map_err(Error::file(&self.folder))?.path();
            let unfinished = path.to_str().is_some_and(|path| path.ends_with(UNFINISHED));
            let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| Uuid::try_parse(stem).ok());
            let block = stem.filter(|_| path.extension().is_some_and(|extension| extension == BLOCK));
            if unfinished || block.is_some_and(|name| !known.contains(&name)) {
                fs::remove_file(&path).map_err(Error::file(&path))?;
            }
        }
        Ok(())
    }

    fn remove(&self, name: Uuid) {
        let path = self.path(name);
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "a block file stays behind until the next start");
        }
    }

    fn path(&self, name: Uuid) -> PathBuf {
        self.folder.join(name.simple().to_string()).with_extension(BLOCK)
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        // Nothing that panics runs under this lock.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds block files for a reader.
#[derive(Debug)]
pub(super) struct Lease {
    disk: Arc<Disk>,
    names: HashSet<Uuid>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut free = Vec::new();
        let mut readers = self.disk.readers();
        for name in &self.names {
            let Some(count) = readers.held.get_mut(name) else { continue };
            *count -= 1;
            if *count == 0 {
                readers.held.remove(name);
                if readers.doomed.remove(name) {
                    free.push(*name);
                }
            }
        }
        drop(readers);
        free.into_iter().for_each(|name| self.disk.remove(name));
    }
}
