//! The state file of a product's releases: what was started and what was finished, line by line. The state is the fold of the lines.
//!
//! A line is on the disk before the effect that it announces begins, so a run that was killed anywhere is found as far as it came.
//! The file holds no secret, and it is locked while a run works on it.

use flightline_protocol::id::SubmissionId;
use flightline_protocol::target::Target;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The format of the lines.
const FORMAT: u32 = 1;

/// The end of a run that was to leave a draft.
pub(crate) const DRAFT: &str = "draft";

/// The longest journal that is read, in bytes: thousands of releases.
const LONGEST: u64 = 64 << 20;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Line {
    /// A run begins.
    Run {
        /// The format of the lines that follow.
        format: u32,
        /// The path of the product.
        product: String,
        /// What is wished, as a digest: the same wish goes on, another one begins anew.
        wish: String,
        /// The arguments that the run was called with, for `resume`.
        arguments: Value,
        /// When, for people.
        at: String,
    },
    /// A draft is about to be made.
    CreateStarted,
    /// The draft is there: made by us, or found as the untouched clone that a lost answer left.
    Created {
        /// The draft.
        submission: String,
    },
    /// The Store has refused to make one.
    CreateRefused,
    /// The document was stored.
    Updated {
        /// The draft.
        submission: String,
    },
    /// The files are in the blob.
    Uploaded {
        /// The draft.
        submission: String,
        /// The blob, without a signature.
        blob: String,
        /// Its length in bytes.
        length: u64,
        /// What it is the archive of, as a digest.
        content: String,
    },
    /// The draft is about to be committed.
    CommitStarted {
        /// The draft.
        submission: String,
    },
    /// The Store has taken the commit.
    Committed {
        /// The submission.
        submission: String,
    },
    /// A submission of ours is about to be deleted, or was.
    Deleted {
        /// The submission.
        submission: String,
    },
    /// The run is over.
    Settled {
        /// How it ended.
        end: String,
    },
}

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

/// What the lines of the latest run add up to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// The digest of the wish.
    pub wish: String,
    /// The arguments that it was called with.
    pub arguments: Value,
    /// A draft was asked for and no answer was noted.
    pub create_is_open: bool,
    /// The draft.
    pub draft: Option<SubmissionId>,
    /// What was uploaded: blob, length, digest of the content.
    pub uploaded: Option<(String, u64, String)>,
    /// The commit was asked for, and perhaps answered.
    pub commit_was_sent: bool,
    /// How it ended.
    pub settled: Option<String>,
}

impl Run {
    /// Whether the Store may have been changed.
    pub fn has_begun(&self) -> bool {
        self.create_is_open || self.draft.is_some()
    }
}

/// The state file of one product, locked.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    lines: Vec<Line>,
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
        let failed = |act, file: &Path| {
            let file = file.to_owned();
            move |source| JournalError::File { act, file, source }
        };
        std::fs::create_dir_all(folder).map_err(failed("make the folder of", &path))?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut file = options.open(&path).map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked { file: path }),
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        let mut text = Vec::new();
        (&mut file).take(LONGEST).read_to_end(&mut text).map_err(failed("read", &path))?;
        let (lines, whole) = parse(&text, &path)?;
        if whole < text.len() {
            // The last line was being written when the machine stopped; what it announced had not begun.
            file.set_len(whole as u64).map_err(failed("mend", &path))?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed("mend", &path))?;
        Ok(Self { path, file, lines })
    }

    /// The journals in a folder whose latest run is not over, with that run, the latest first.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read; or when a journal cannot be understood and there is no other to go on with.
    pub fn unfinished(folder: &Path) -> Result<Vec<(PathBuf, Run)>, JournalError> {
        let failed = |act, file: &Path| {
            let file = file.to_owned();
            move |source| JournalError::File { act, file, source }
        };
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("list", folder)(error)),
        };
        let (mut found, mut unusable) = (Vec::new(), None);
        for entry in entries {
            let path = entry.map_err(failed("list", folder))?.path();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let mut file = File::open(&path).map_err(failed("open", &path))?;
            if file.try_lock_shared().is_err() {
                // A run is at work on it right now.
                continue;
            }
            let mut text = Vec::new();
            (&mut file).take(LONGEST).read_to_end(&mut text).map_err(failed("read", &path))?;
            let run = match parse(&text, &path) {
                Ok((lines, _)) => fold(&lines),
                // One that cannot be understood is no reason not to go on with the others.
                Err(error) => {
                    tracing::warn!(%error, "passed over");
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
    pub fn begin(&mut self, target: &Target, wish: &str, arguments: Value, at: &str) -> Result<Run, JournalError> {
        let run = self.run();
        // A draft that was left as one is gone on with as well: what was uploaded for it need not be uploaded again.
        if run.wish == wish && run.settled.as_deref().is_none_or(|end| end == DRAFT) {
            return Ok(run);
        }
        self.write(Line::Run { format: FORMAT, product: target.path(), wish: wish.to_owned(), arguments, at: at.to_owned() })?;
        Ok(self.run())
    }

    /// The latest run.
    pub fn run(&self) -> Run {
        fold(&self.lines)
    }

    /// Whether a submission was made by a run in this journal.
    pub fn has_made(&self, id: &SubmissionId) -> bool {
        self.lines.iter().any(|line| matches!(line, Line::Created { submission } if submission == id.as_str()))
    }

    /// Writes a line and waits until the disk has it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, line: Line) -> Result<(), JournalError> {
        let failed = |source| JournalError::File { act: "write", file: self.path.clone(), source };
        let mut text = serde_json::to_string(&line).map_err(|error| failed(error.into()))?;
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.lines.push(line);
        Ok(())
    }
}

/// The lines, and how many bytes they take up: fewer than there are when the last line is not whole.
fn parse(text: &[u8], path: &Path) -> Result<(Vec<Line>, usize), JournalError> {
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let mut lines = Vec::new();
    for (number, line) in text[..whole].split(|&byte| byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let damaged = || JournalError::Damaged { file: path.to_owned(), line: number + 1 };
        let value: Value = serde_json::from_slice(line).map_err(|_| damaged())?;
        if value.get("format").and_then(Value::as_u64).is_some_and(|format| format > u64::from(FORMAT)) {
            return Err(JournalError::Later { file: path.to_owned() });
        }
        lines.push(serde_json::from_value(value).map_err(|_| damaged())?);
    }
    Ok((lines, whole))
}

fn fold(lines: &[Line]) -> Run {
    let mut run = Run::default();
    // A run that was broken off, while a later one may yet turn out to have done nothing.
    let mut before = None;
    for line in lines {
        let is_open = run.settled.take().is_none();
        match line {
            Line::Run { wish, arguments, .. } => {
                if is_open && run.has_begun() {
                    before = Some(run);
                }
                run = Run { wish: wish.clone(), arguments: arguments.clone(), ..Run::default() };
            }
            Line::CreateStarted => run.create_is_open = true,
            Line::CreateRefused => run.create_is_open = false,
            Line::Created { submission } => {
                run.create_is_open = false;
                run.draft = submission.parse().ok();
                (run.uploaded, run.commit_was_sent) = (None, false);
            }
            Line::Updated { .. } => {}
            Line::Uploaded { blob, length, content, .. } => {
                run.uploaded = Some((blob.clone(), *length, content.clone()));
            }
            Line::CommitStarted { .. } | Line::Committed { .. } => run.commit_was_sent = true,
            Line::Deleted { submission } => {
                if run.draft.as_ref().is_some_and(|draft| draft.as_str() == submission) {
                    run = Run { wish: run.wish, arguments: run.arguments, ..Run::default() };
                }
            }
            Line::Settled { end } => match before.take() {
                Some(before) if !run.has_begun() => run = before,
                _ => run.settled = Some(end.clone()),
            },
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> Target {
        Target::App("9WZDNCRD0001".parse().expect("an id"))
    }

    #[test]
    fn a_run_that_was_broken_off_goes_on_where_it_stopped() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut journal = Journal::open(folder.path(), "https://store", &app())?;
        journal.begin(&app(), "wish", Value::Null, "now")?;
        journal.write(Line::CreateStarted)?;
        assert!(journal.run().create_is_open);
        journal.write(Line::Created { submission: "11".into() })?;
        drop(journal);

        let mut journal = Journal::open(folder.path(), "https://store", &app())?;
        let run = journal.begin(&app(), "wish", Value::Null, "later")?;
        assert_eq!((run.draft, run.create_is_open), ("11".parse().ok(), false));
        let run = journal.begin(&app(), "another wish", Value::Null, "later")?;
        assert_eq!(run.draft, None);
        assert!(journal.has_made(&"11".parse()?) && !journal.has_made(&"12".parse()?));
        assert_eq!(Journal::unfinished(folder.path())?.len(), 0, "a run is at work on it");
        drop(journal);
        assert_eq!(Journal::unfinished(folder.path())?.len(), 1);

        let mut journal = Journal::open(folder.path(), "https://store", &app())?;
        journal.write(Line::Settled { end: "stopped".into() })?;
        assert_eq!(journal.run().wish, "wish", "the other one did nothing, so the first is still to be gone on with");
        journal.write(Line::Settled { end: "delivered".into() })?;
        drop(journal);
        assert_eq!(Journal::unfinished(folder.path())?.len(), 0);
        Ok(())
    }

    /// A draft that was left as one needs no going on by itself, and whoever goes on with it finds what was uploaded.
    #[test]
    fn a_draft_that_was_left_is_gone_on_with() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut journal = Journal::open(folder.path(), "s", &app())?;
        journal.begin(&app(), "wish", Value::Null, "now")?;
        journal.write(Line::Created { submission: "11".into() })?;
        journal.write(Line::Uploaded { submission: "11".into(), blob: "b".into(), length: 7, content: "c".into() })?;
        journal.write(Line::Settled { end: DRAFT.into() })?;
        let run = journal.begin(&app(), "wish", Value::Null, "later")?;
        assert_eq!((run.uploaded, run.settled.as_deref()), (Some(("b".into(), 7, "c".into())), Some(DRAFT)));
        journal.write(Line::CommitStarted { submission: "11".into() })?;
        assert_eq!(journal.run().settled, None);
        journal.write(Line::Settled { end: "delivered".into() })?;
        assert_eq!(journal.begin(&app(), "wish", Value::Null, "later")?.draft, None);
        Ok(())
    }

    /// Whatever byte the machine stops at, the lines before it are read and new ones can follow.
    #[test]
    fn a_journal_cut_anywhere_is_read_as_far_as_it_is_whole() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut journal = Journal::open(folder.path(), "s", &app())?;
        journal.begin(&app(), "wish", Value::Null, "now")?;
        journal.write(Line::Created { submission: "11".into() })?;
        let path = journal.path.clone();
        drop(journal);
        let text = std::fs::read(&path)?;
        for length in 0..=text.len() {
            std::fs::write(&path, &text[..length])?;
            let mut journal = Journal::open(folder.path(), "s", &app())?;
            journal.begin(&app(), "wish", Value::Null, "again")?;
            journal.write(Line::CreateStarted)?;
            assert_eq!(journal.run().draft.is_some(), length == text.len(), "{length}");
            assert!(journal.run().create_is_open);
            drop(journal);
            assert!(Journal::open(folder.path(), "s", &app())?.run().create_is_open, "{length}");
        }
        Ok(())
    }

    #[test]
    fn two_runs_cannot_hold_the_same_journal() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let held = Journal::open(folder.path(), "s", &app())?;
        assert!(matches!(Journal::open(folder.path(), "s", &app()), Err(JournalError::Locked { .. })));
        drop(held);
        assert!(Journal::open(folder.path(), "s", &app()).is_ok());
        Ok(())
    }

    #[test]
    fn a_damaged_line_is_named() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = Journal::open(folder.path(), "s", &app())?.path;
        std::fs::write(&path, "{\"line\":\"createStarted\"}\nnonsense\n")?;
        assert!(matches!(Journal::open(folder.path(), "s", &app()), Err(JournalError::Damaged { line: 2, .. })));
        std::fs::write(&path, "{\"line\":\"run\",\"format\":99}\n")?;
        assert!(matches!(Journal::open(folder.path(), "s", &app()), Err(JournalError::Later { .. })));
        Ok(())
    }
}
