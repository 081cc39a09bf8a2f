//! The state file: what is found in it again, whatever happened to it meanwhile.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use flightline_protocol::target::Target;
use flightline_publish::journal::{FORMAT, Journal, JournalError, Line};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;
use tempfile::TempDir;

type Done = Result<(), Box<dyn Error>>;

fn app() -> Target {
    Target::App("9WZDNCRD0001".parse().expect("an id"))
}

fn open(folder: &TempDir) -> Result<Journal, JournalError> {
    Journal::open(folder.path(), "https://store", &app())
}

fn created(id: &str) -> Line {
    Line::Created { submission: id.to_owned() }
}

fn settled(end: &str) -> Line {
    Line::Settled { end: end.to_owned(), code: None }
}

#[test]
fn a_run_that_was_broken_off_goes_on_where_it_stopped() -> Done {
    let folder = tempfile::tempdir()?;
    let mut journal = open(&folder)?;
    journal.begin(&app(), "wish", Value::Null)?;
    journal.write(Line::CreateStarted)?;
    assert!(journal.run().create_is_open);
    journal.write(created("11"))?;
    drop(journal);

    let mut journal = open(&folder)?;
    let run = journal.begin(&app(), "wish", json!("again"))?;
    assert_eq!((run.draft, run.create_is_open, run.arguments), ("11".parse().ok(), false, json!("again")));
    let run = journal.begin(&app(), "another wish", Value::Null)?;
    assert_eq!(run.draft, None);
    assert!(journal.has_made(&"11".parse()?) && !journal.has_made(&"12".parse()?));
    assert_eq!(Journal::unfinished(folder.path())?.len(), 0, "a run is at work on it");
    drop(journal);
    assert_eq!(Journal::unfinished(folder.path())?.len(), 1);

    let mut journal = open(&folder)?;
    journal.write(settled("stopped"))?;
    assert_eq!(journal.run().wish, "wish", "the other one did nothing, so the first is still to be gone on with");
    journal.write(settled("delivered"))?;
    drop(journal);
    assert_eq!(Journal::unfinished(folder.path())?.len(), 0);
    Ok(())
}

/// A draft that was left as one needs no going on by itself, and whoever goes on with it finds what was uploaded.
#[test]
fn a_draft_that_was_left_is_gone_on_with() -> Done {
    let folder = tempfile::tempdir()?;
    let mut journal = open(&folder)?;
    journal.begin(&app(), "wish", json!("no commit"))?;
    journal.write(created("11"))?;
    journal.write(Line::Uploaded { submission: "11".into(), blob: "b".into(), length: 7, content: "c".into() })?;
    journal.write(settled("draft"))?;
    drop(journal);
    assert_eq!(Journal::unfinished(folder.path())?.len(), 0);

    let mut journal = open(&folder)?;
    let run = journal.begin(&app(), "wish", json!("commit"))?;
    assert_eq!(run.uploaded, Some(("b".into(), 7, "c".into())));
    drop(journal);
    let unfinished = Journal::unfinished(folder.path())?;
    assert_eq!(unfinished[0].1.arguments, json!("commit"), "what it was called with last is what goes on");
    let mut journal = open(&folder)?;
    journal.write(Line::CommitStarted { submission: "11".into() })?;
    journal.write(settled("delivered"))?;
    assert_eq!(journal.begin(&app(), "wish", Value::Null)?.draft, None);
    Ok(())
}

/// Every kind of line, as it was written.
#[test]
fn every_line_is_read_as_it_was_written() -> Done {
    let id = || "11".to_owned();
    let lines = [
        Line::CreateStarted,
        Line::CreateRefused,
        created("11"),
        Line::Adopted { submission: id() },
        Line::Updated { submission: id(), document: Some("d".into()) },
        Line::Uploaded { submission: id(), blob: "b".into(), length: u64::MAX, content: "c".into() },
        Line::CommitStarted { submission: id() },
        Line::Committed { submission: id(), correlation_id: Some("0b5c".into()) },
        Line::DeleteStarted { submission: id() },
        Line::Deleted { submission: id() },
        Line::RolloutStarted { submission: id(), action: "halt".into() },
        Line::RolloutEnded { submission: id(), action: "halt".into() },
        Line::Stopped { code: "deadline".into() },
        Line::Settled { end: "failed".into(), code: Some("CommitFailed".into()) },
    ];
    let folder = tempfile::tempdir()?;
    let mut journal = open(&folder)?;
    journal.begin(&app(), "wish", json!({ "packages": ["a"], "keep": 1 }))?;
    for line in lines {
        journal.write(line)?;
    }
    let written = journal.entries().to_vec();
    let path = journal.path().to_owned();
    drop(journal);
    assert_eq!(Journal::files(folder.path())?, std::slice::from_ref(&path));
    let read = Journal::read(&path)?;
    assert_eq!(read, written);
    assert!(read.iter().all(|entry| entry.at.is_some()));
    assert_eq!(Journal::files(&folder.path().join("nowhere"))?, Vec::<std::path::PathBuf>::new());
    Ok(())
}

/// Whatever byte the machine stops at, the lines before it are read and new ones can follow.
#[test]
fn a_journal_cut_anywhere_is_read_as_far_as_it_is_whole() -> Done {
    let folder = tempfile::tempdir()?;
    let mut journal = open(&folder)?;
    journal.begin(&app(), "wish", Value::Null)?;
    journal.write(created("11"))?;
    let path = journal.path().to_owned();
    drop(journal);
    let text = std::fs::read(&path)?;
    let begins = text.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
    for length in 0..=text.len() {
        // What the disk did not get may be missing, or be zeros, with the end of the line behind them.
        for rest in [0, text.len() - length] {
            let mut torn = text[..length].to_vec();
            torn.resize(length + rest, 0);
            if rest > 1 && length > begins {
                torn.pop();
                torn.push(b'\n');
            }
            std::fs::write(&path, &torn)?;
            let mut journal = open(&folder)?;
            journal.begin(&app(), "wish", Value::Null)?;
            journal.write(Line::CreateStarted)?;
            let is_whole = torn == text;
            assert_eq!(journal.run().draft.is_some(), is_whole, "{length} {rest}");
            drop(journal);
            assert!(open(&folder)?.run().create_is_open, "{length} {rest}");
        }
    }
    Ok(())
}

#[test]
fn two_runs_cannot_hold_the_same_journal() -> Done {
    let folder = tempfile::tempdir()?;
    let held = open(&folder)?;
    assert!(matches!(open(&folder), Err(JournalError::Locked { .. })));
    drop(held);
    assert!(open(&folder).is_ok());
    Ok(())
}

fn write(path: &Path, text: &str) -> Done {
    Ok(std::fs::write(path, text)?)
}

#[test]
fn a_damaged_line_is_named_and_a_later_version_is_not_guessed_at() -> Done {
    let folder = tempfile::tempdir()?;
    let path = open(&folder)?.path().to_owned();
    write(&path, "{\"line\":\"createStarted\"}\nnonsense\n{\"line\":\"createStarted\"}\n")?;
    assert!(matches!(open(&folder), Err(JournalError::Damaged { line: 2, .. })));
    // A whole line that says nothing to us was not torn by a disk.
    write(&path, "{\"line\":\"createStarted\"}\n{\"line\":\"unheardOf\"}\n")?;
    assert!(matches!(open(&folder), Err(JournalError::Damaged { line: 2, .. })));
    for word in ["run", "resumed", "unheardOf"] {
        let later = FORMAT + 1;
        write(&path, &format!("{{\"line\":\"createStarted\"}}\n{{\"line\":\"{word}\",\"format\":{later}}}\n"))?;
        assert!(matches!(open(&folder), Err(JournalError::Later { .. })));
        assert!(matches!(Journal::read(&path), Err(JournalError::Later { .. })));
    }
    Ok(())
}

/// What the first version wrote is read, gone on with, and closed to that version by the first line of this one.
#[test]
fn the_first_format_is_read() -> Done {
    let folder = tempfile::tempdir()?;
    let path = open(&folder)?.path().to_owned();
    let old = concat!(
        r#"{"line":"run","format":1,"product":"applications/9WZDNCRD0001","wish":"w","arguments":{"keep":1},"at":"2027-03-01T09:00:00Z"}"#,
        "\n",
        r#"{"line":"createStarted"}"#,
        "\n",
        r#"{"line":"created","submission":"11"}"#,
        "\n",
        r#"{"line":"updated","submission":"11"}"#,
        "\n",
        r#"{"line":"uploaded","submission":"11","blob":"b","length":7,"content":"c"}"#,
        "\n",
        r#"{"line":"commitStarted","submission":"11"}"#,
        "\n",
        r#"{"line":"committed","submission":"11"}"#,
        "\n",
        r#"{"line":"deleted","submission":"12"}"#,
        "\n",
        r#"{"line":"createRefused"}"#,
        "\n",
    );
    write(&path, old)?;
    let mut journal = open(&folder)?;
    let at = |at: usize| journal.entries()[at].at.map(|at| at.to_string());
    assert_eq!((at(0).as_deref(), at(1)), (Some("2027-03-01T09:00:00Z"), None));
    let run = journal.begin(&app(), "w", Value::Null)?;
    assert_eq!((run.draft, run.commit_was_sent, run.written), ("11".parse().ok(), true, None));
    drop(journal);
    let text = std::fs::read_to_string(&path)?;
    let new: Value = serde_json::from_str(text.strip_prefix(old).expect("nothing is rewritten"))?;
    assert_eq!((&new["line"], &new["format"]), (&json!("resumed"), &json!(FORMAT)));
    Ok(())
}

/// A folder that is none is named, with what was tried.
#[test]
fn a_folder_that_cannot_be_made_is_named() -> Done {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    write(&file, "")?;
    let refused = Journal::open(&file.join("state"), "s", &app()).map(drop).expect_err("a file is in the way");
    assert!(refused.to_string().starts_with("could not make the folder of the state file"), "{refused}");
    Ok(())
}
