//! The file in which all processes of a machine note what they send to one Store: locked while it is read and written, and never
//! trusted further than it can be understood.

use super::window::{Claim, Window};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

/// The longest file that is read, in bytes. Ours stay below a tenth of it.
const LONGEST: u64 = 64 << 10;

/// The most requests that are taken from a file.
const MOST_NOTED: usize = 1000;

/// The clock that all processes of a machine share, in milliseconds.
pub(super) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The file.
#[derive(Clone)]
pub(super) struct Ledger {
    path: PathBuf,
    clock: Clock,
}

/// What came of asking it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The request may be sent, and is noted.
    Noted,
    /// It may be sent in so many milliseconds at the earliest.
    In(i64),
}

/// Why it could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    /// Another process has it just now.
    #[error("another process has it")]
    Held,
    /// It cannot be used here.
    #[error(transparent)]
    Unusable(#[from] io::Error),
}

impl Ledger {
    pub(super) fn new(path: PathBuf, clock: Clock) -> Self {
        Self { path, clock }
    }

    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Notes a request if there is room for it.
    pub(super) fn take(&self, claim: Claim, most: usize) -> Result<Entry, LedgerError> {
        let (mut file, mut window) = self.open()?;
        let (now, read) = ((self.clock)(), window.clone());
        let wait = window.free_at(now, claim, most).saturating_sub(now);
        if wait > 0 {
            if window != read {
                // Times that lie ahead have become now; left as they are they would be now for ever.
                write(&mut file, &window)?;
            }
            return Ok(Entry::In(wait));
        }
        window.note(now, claim);
        write(&mut file, &window)?;
        Ok(Entry::Noted)
    }

    /// Notes that the Store had no room for a request.
    pub(super) fn refused(&self, claim: Claim, pause: i64) -> Result<(), LedgerError> {
        let (mut file, mut window) = self.open()?;
        window.refused((self.clock)(), claim, pause);
        Ok(write(&mut file, &window)?)
    }

    /// Opens, locks and reads it. The lock lasts as long as the file is open, and ends with the process however that ends.
    fn open(&self) -> Result<(File, Window), LedgerError> {
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut file = match options.open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                options.open(&self.path)?
            }
            opened => opened?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::Held),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut bytes = Vec::new();
        (&mut file).take(LONGEST).read_to_end(&mut bytes)?;
        Ok((file, parse(&String::from_utf8_lossy(&bytes))))
    }
}

/// Reads what can be read: a line each, a word and a number. Every other line is passed over.
fn parse(text: &str) -> Window {
    let mut window = Window::default();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(word), Some(Ok(number)), None) = (words.next(), words.next().map(str::parse::<i64>), words.next()) else {
            continue;
        };
        // Far from what overflows when times are added to it.
        let number = number.clamp(0, i64::MAX / 4);
        match word {
            "sent" if window.sent.len() < MOST_NOTED => window.sent.push_back(number),
            "paused-until" => window.paused_until = number,
            "add-on-commit" => window.last_commit = Some(number),
            "add-on-commit-gap" => window.commit_gap = number,
            _ => {}
        }
    }
    window
}

/// Writes it in one go, so that a process which is killed leaves the old text or the new one.
fn write(file: &mut File, window: &Window) -> io::Result<()> {
    let mut text = String::from("# what flightline has sent to the Store in the last minute, in milliseconds since 1970\n");
    let mut line = |word: &str, number: i64| text += &format!("{word} {number}\n");
    window.sent.iter().for_each(|sent| line("sent", *sent));
    if window.paused_until > 0 {
        line("paused-until", window.paused_until);
    }
    if let Some(last) = window.last_commit {
        line("add-on-commit", last);
        line("add-on-commit-gap", window.commit_gap);
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::super::window::{LONGEST_PAUSE, WINDOW};
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};
    use tempfile::TempDir;

    const NOW: i64 = 1_763_000_000_000;

    fn scene() -> (TempDir, Ledger, Arc<AtomicI64>) {
        let folder = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicI64::new(NOW));
        let clock = Arc::clone(&time);
        let ledger = Ledger::new(folder.path().join("deep").join("budget"), Arc::new(move || clock.load(Ordering::Relaxed)));
        (folder, ledger, time)
    }

    #[test]
    fn what_one_has_sent_the_other_counts() {
        let (_folder, one, time) = scene();
        let other = one.clone();
        for at in 0..20 {
            let ledger = if at % 2 == 0 { &one } else { &other };
            assert_eq!(ledger.take(Claim::Work, 20).unwrap(), Entry::Noted);
        }
        assert_eq!(one.take(Claim::Work, 20).unwrap(), Entry::In(WINDOW));
        time.fetch_add(WINDOW, Ordering::Relaxed);
        assert_eq!(other.take(Claim::Work, 20).unwrap(), Entry::Noted);
        other.refused(Claim::Work, 14_000).unwrap();
        assert_eq!(one.take(Claim::Look, 20).unwrap(), Entry::In(14_000));
    }

    #[test]
    fn whatever_is_in_the_file_it_is_read_and_put_right() {
        let (_folder, ledger, _) = scene();
        ledger.take(Claim::AddOnCommit, 20).unwrap();
        let good = std::fs::read(ledger.path()).unwrap();
        let huge = "sent 1763000000000\n".repeat(1 << 16);
        let ahead = format!("paused-until {}\nadd-on-commit {0}\nadd-on-commit-gap {0}\n", i64::MAX).repeat(3);
        let mut bad: Vec<Vec<u8>> = (0..good.len()).map(|length| good[..length].to_vec()).collect();
        bad.extend([vec![0xff; 5000], vec![0; 5000], b"sent\nsent -5\nsent 1e9 x\n\n{\"a\":1}".to_vec(), ahead.into_bytes()]);
        for text in bad {
            std::fs::write(ledger.path(), &text).unwrap();
            if let Entry::In(wait) = ledger.take(Claim::AddOnCommit, 20).unwrap() {
                assert!(wait <= LONGEST_PAUSE, "{wait}");
            }
        }
        std::fs::write(ledger.path(), huge).unwrap();
        assert_eq!(ledger.take(Claim::Work, 20).unwrap(), Entry::In(WINDOW));
        std::fs::write(ledger.path(), "nonsense").unwrap();
        ledger.take(Claim::Work, 20).unwrap();
        let text = std::fs::read_to_string(ledger.path()).unwrap();
        assert!(text.starts_with("# ") && text.ends_with(&format!("sent {NOW}\n")) && text.len() < 200, "{text}");
    }

    #[test]
    fn a_clock_that_was_set_back_costs_a_minute_and_not_a_day() {
        let (_folder, ledger, time) = scene();
        (0..20).for_each(|_| assert_eq!(ledger.take(Claim::Work, 20).unwrap(), Entry::Noted));
        ledger.refused(Claim::Work, 20_000).unwrap();
        time.fetch_sub(86_400_000, Ordering::Relaxed);
        let mut waited = 0;
        while let Entry::In(wait) = ledger.take(Claim::Work, 20).unwrap() {
            waited += wait;
            assert!(waited <= LONGEST_PAUSE, "{waited}");
            time.fetch_add(wait, Ordering::Relaxed);
        }
        assert!(waited >= WINDOW);
    }

    #[test]
    fn a_file_that_another_holds_or_that_is_none_is_told_apart() {
        let (folder, ledger, _) = scene();
        ledger.take(Claim::Work, 20).unwrap();
        let held = File::open(ledger.path()).unwrap();
        held.lock().unwrap();
        assert!(matches!(ledger.take(Claim::Work, 20), Err(LedgerError::Held)));
        drop(held);
        assert_eq!(ledger.take(Claim::Work, 20).unwrap(), Entry::Noted);
        let none = Ledger::new(folder.path().join("deep"), Arc::new(|| NOW));
        assert!(matches!(none.take(Claim::Work, 20), Err(LedgerError::Unusable(_))));
        let below_a_file = Ledger::new(ledger.path().join("budget"), Arc::new(|| NOW));
        assert!(matches!(below_a_file.refused(Claim::Work, 1), Err(LedgerError::Unusable(_))));
    }

    #[test]
    fn days_of_work_leave_a_small_file() {
        let (_folder, ledger, time) = scene();
        for _ in 0..2000 {
            time.fetch_add(WINDOW / 20, Ordering::Relaxed);
            assert_eq!(ledger.take(Claim::Look, 30).unwrap(), Entry::Noted);
        }
        assert!(std::fs::metadata(ledger.path()).unwrap().len() < 1000);
    }
}
