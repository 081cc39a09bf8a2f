//! The state file of a product's releases: what was started and what was finished, line by line. The state is the fold of the lines.
//!
//! A line is on the disk before the effect that it announces begins, so a run that was killed anywhere is found as far as it came.
//! The file holds no secret, and it is locked while a run works on it.

mod disk;
mod line;
mod run;

use crate::clock;
use flightline_client::chain::chain;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::target::Target;
use serde_json::Value;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

pub use line::{Entry, FORMAT, Line};
pub use run::Run;

/// The end of a run that was to leave a draft.
pub(crate) const DRAFT: &str = "draft";

/// The longest journal that is read, in bytes: thousands of releases.
const LONGEST: u64 = 64 << 20;

/// A journal that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("could not {act} the state file {}", file.display())]
    File {
        /// What was being done.
        act: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Another run works on the same product.
    #[error("another flightline is publishing this product on this machine (it holds {})", file.display())]
    Locked {
        /// The file.
        file: PathBuf,
    },
    /// A line in the middle is no line of ours.
    #[error("line {line} of the state file {} cannot be understood", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A later version wrote it.
    #[error("the state file {} was written by a later version of flightline", file.display())]
    Later {
        /// The file.
        file: PathBuf,
    },
}

/// The state file of one product, locked.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
    /// How much of the file is whole lines, in bytes.
    length: u64,
    /// A line was begun that can be neither finished nor taken back: nothing may follow it.
    is_torn: bool,
}

impl Journal {
    /// Opens the journal of a product in a folder, and makes both where they are not there. `store` tells Stores apart: the address of
    /// the API.
    ///
    /// # Errors
    /// When the file cannot be used, or another run works on it.
    pub fn open(folder: &Path, store: &str, target: &Target) -> Result<Self, JournalError> {
        let product = match target {
            Target::App(app) => app.to_string(),
            Target::Flight(app, flight) => format!("{app}-{flight}"),
            Target::AddOn(add_on) => add_on.to_string(),
        };
        // The Store does not tell ids apart by their case (O-001).
        let product = product.to_ascii_uppercase();
        let path = folder.join(format!("{product}-{}.jsonl", &blake3::hash(store.as_bytes()).to_hex()[..8]));
        let is_new = !path.exists();
        make_folder(folder).map_err(failed("make the folder of", &path))?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut file = options.open(&path).map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked { file: path }),
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        let text = text_of(&mut file, &path)?;
        let (entries, whole) = line::parse(&text, &path)?;
        if whole < text.len() {
            // The last line was being written when the machine stopped; what it announced had not begun.
            file.set_len(whole as u64).map_err(failed("mend", &path))?;
        }
        file.seek(SeekFrom::Start(whole as u64)).map_err(failed("mend", &path))?;
        if is_new {
            // A file whose name the disk does not have is gone after a power cut, whatever was written into it.
            disk::sync_folder(folder).map_err(failed("make", &path))?;
        }
        Ok(Self { path, file, entries, length: whole as u64, is_torn: false })
    }

    /// The state files in a folder, in the order of their names; none where there is no folder.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn files(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("list", folder)(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed("list", folder))?.path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// All that a state file holds, whoever works on it meanwhile. A last line that is not whole is left out.
    ///
    /// # Errors
    /// When the file cannot be read or understood. Where locks are mandatory, one that a run holds cannot be read.
    pub fn read(file: &Path) -> Result<Vec<Entry>, JournalError> {
        let mut open = File::open(file).map_err(failed("open", file))?;
        let text = text_of(&mut open, file)?;
        line::parse(&text, file).map(|(entries, _)| entries)
    }

    /// The journals in a folder whose latest run is not over, with that run, the latest first.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read; or when a journal cannot be understood and there is no other to go on with.
    pub fn unfinished(folder: &Path) -> Result<Vec<(PathBuf, Run)>, JournalError> {
        let (mut found, mut unusable) = (Vec::new(), None);
        for path in Self::files(folder)? {
            let mut file = File::open(&path).map_err(failed("open", &path))?;
            if file.try_lock_shared().is_err() {
                // A run is at work on it right now.
                continue;
            }
            let run = match text_of(&mut file, &path).and_then(|text| line::parse(&text, &path)) {
                Ok((entries, _)) => run::fold(&entries),
                // One that cannot be understood is no reason not to go on with the others.
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "passed over");
                    unusable = Some(error);
                    continue;
                }
            };
            if run.settled.is_none() && !run.wish.is_empty() {
                let changed = path.metadata().and_then(|metadata| metadata.modified()).map_err(failed("read", &path))?;
                found.push((changed, path, run));
            }
        }
        if let Some(error) = unusable.filter(|_| found.is_empty()) {
            return Err(error);
        }
        found.sort_by(|(left, ..), (right, ..)| right.cmp(left));
        Ok(found.into_iter().map(|(_, path, run)| (path, run)).collect())
    }

    /// Begins a run, or goes on with the one that was broken off if it has the same wish.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&mut self, target: &Target, wish: &str, arguments: Value) -> Result<Run, JournalError> {
        let run = self.run();
        // A draft that was left as one is gone on with as well: what was uploaded for it need not be uploaded again.
        if run.wish == wish && run.settled.as_deref().is_none_or(|end| end == DRAFT) {
            self.write(Line::Resumed { format: FORMAT, arguments })?;
        } else {
            self.write(Line::Run { format: FORMAT, product: target.path(), wish: wish.to_owned(), arguments })?;
        }
        Ok(self.run())
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All lines, the oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The latest run.
    pub fn run(&self) -> Run {
        run::fold(&self.entries)
    }

    /// Whether a submission was made, or taken over, by a run in this journal.
    pub fn has_made(&self, id: &SubmissionId) -> bool {
        let made = |line: &Line| match line {
            Line::Created { submission } | Line::Adopted { submission } => submission == id.as_str(),
            _ => false,
        };
        self.entries.iter().any(|entry| made(&entry.line))
    }

    /// Whether a submission was found and taken over by a run in this journal, rather than made by it as far as any answer told.
    pub fn was_adopted(&self, id: &SubmissionId) -> bool {
        self.entries.iter().any(|entry| matches!(&entry.line, Line::Adopted { submission } if submission == id.as_str()))
    }

    /// Writes a line and waits until the disk has it.
    ///
    /// # Errors
    /// When the file cannot be written, such as on a full disk: then the line is not there, and what it announces must not begin.
    pub fn write(&mut self, line: Line) -> Result<(), JournalError> {
        let entry = Entry { at: Some(clock::now()), line };
        let text = serde_json::to_string(&entry).map_err(io::Error::from).map(|text| text + "\n");
        let written = text.and_then(|text| self.append(text.as_bytes()));
        written.map_err(failed("write", &self.path))?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes all of it or nothing: half a line would make the next one unreadable.
    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        if self.is_torn {
            return Err(io::Error::other("an earlier line could be neither written nor taken back"));
        }
        let written = self.file.write_all(text).and_then(|()| self.file.sync_data());
        if written.is_ok() {
            self.length += text.len() as u64;
        } else {
            let mended = self.file.set_len(self.length).and_then(|()| self.file.seek(SeekFrom::Start(self.length)));
            self.is_torn = mended.is_err();
        }
        written
    }
}

/// What becomes of an error at a file.
fn failed(act: &'static str, file: &Path) -> impl FnOnce(io::Error) -> JournalError + use<> {
    let file = file.to_owned();
    move |source| JournalError::File { act, file, source }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), disk::sync_folder)
}

/// The file's bytes. One that is longer than any journal is refused, and never cut.
fn text_of(file: &mut File, path: &Path) -> Result<Vec<u8>, JournalError> {
    let mut text = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(failed("read", path))?;
    if text.len() as u64 > LONGEST {
        return Err(failed("read", path)(io::Error::other("it is longer than 64 MiB")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that takes no more, as far as a file can tell: the line is not there, and later ones are not written after half of it.
    #[test]
    fn a_line_that_cannot_be_written_is_not_there() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let target = Target::App("9WZDNCRD0001".parse()?);
        let mut journal = Journal::open(folder.path(), "s", &target)?;
        journal.begin(&target, "wish", Value::Null)?;
        let before = std::fs::read(journal.path())?;
        journal.file = File::open(journal.path())?;
        let refused = journal.write(Line::CreateStarted);
        assert!(matches!(refused, Err(JournalError::File { act: "write", .. })), "{refused:?}");
        assert!(!journal.run().create_is_open);
        journal.file = OpenOptions::new().append(true).open(journal.path())?;
        assert!(journal.write(Line::CreateStarted).is_err(), "nobody knows what stands at the end of the file");
        assert_eq!(std::fs::read(journal.path())?, before);
        Ok(())
    }
}
