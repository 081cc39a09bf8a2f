//! What this machine has published, read from the state files as they are.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use flightline_protocol::target::Target;
use flightline_publish::history::{End, History, PastRun};
use flightline_publish::journal::{Journal, JournalError, Line};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;

type Done = Result<(), Box<dyn Error>>;

fn app(id: &str) -> Target {
    Target::App(id.parse().expect("an id"))
}

fn open(folder: &Path, id: &str) -> Journal {
    Journal::open(folder, "https://store", &app(id)).expect("a journal")
}

fn settled(end: &str, code: Option<&str>) -> Line {
    Line::Settled { end: end.to_owned(), code: code.map(str::to_owned) }
}

fn created(id: &str) -> Line {
    Line::Created { submission: id.to_owned() }
}

/// How each run ended, with its submission and its code, the newest first.
fn told(runs: &[PastRun]) -> Vec<String> {
    let text = |run: &PastRun| {
        let submission = run.submission.as_ref().map_or("-", |id| id.as_str());
        format!("{} {submission} {}", run.end.code(), run.code.as_deref().unwrap_or("-"))
    };
    runs.iter().map(text).collect()
}

#[test]
fn every_run_is_told_with_its_end() -> Done {
    let folder = tempfile::tempdir()?;
    let mut journal = open(folder.path(), "9WZDNCRD0001");
    for (wish, lines) in [
        ("one", vec![Line::CreateStarted, created("11"), settled("delivered", None)]),
        ("two", vec![settled("nothing-to-do", None)]),
        ("three", vec![Line::CreateStarted, created("12"), settled("failed", Some("CommitFailed"))]),
        ("four", vec![Line::CreateStarted, created("13"), Line::Stopped { code: "Http503".to_owned() }]),
    ] {
        journal.begin(&app("9WZDNCRD0001"), wish, json!(wish))?;
        lines.into_iter().try_for_each(|line| journal.write(line))?;
    }
    let expected = ["to-resume 13 Http503", "failed 12 CommitFailed", "nothing-to-do - -", "delivered 11 -"];
    let mut runs = History::read(folder.path())?.runs;
    // Lines that are written within one tick of the clock have one time.
    runs.sort_by_key(|run| expected.iter().position(|told_so| told(std::slice::from_ref(run))[0] == *told_so));
    assert_eq!(told(&runs), expected);
    assert!(runs.iter().all(|run| run.started_at.is_some() && run.last_at >= run.started_at && run.resumed == 0), "{runs:?}");

    // Who goes on with it: the same run.
    let correlation_id = Some("c-1".to_owned());
    journal.begin(&app("9WZDNCRD0001"), "four", json!("again"))?;
    journal.write(Line::CommitStarted { submission: "13".to_owned() })?;
    let at_work = History::read(folder.path())?.runs;
    assert_eq!(at_work.iter().filter(|run| run.end == End::Running).count(), 1, "{at_work:?}");
    journal.write(Line::Committed { submission: "13".to_owned(), correlation_id: correlation_id.clone() })?;
    drop(journal);
    let runs = History::read(folder.path())?.runs;
    let last = runs.iter().find(|run| run.arguments == "again").ok_or("the run that was gone on with")?;
    assert_eq!((runs.len(), last.resumed, &last.end, &last.correlation_id), (4, 1, &End::Interrupted, &correlation_id));
    Ok(())
}

/// As the fold of the journal has it: what did nothing does not end what was broken off before it.
#[test]
fn a_run_that_did_nothing_leaves_the_broken_one_as_it_is() -> Done {
    let folder = tempfile::tempdir()?;
    let mut journal = open(folder.path(), "9WZDNCRD0001");
    journal.begin(&app("9WZDNCRD0001"), "wish", json!(1))?;
    journal.write(Line::CreateStarted)?;
    journal.write(created("11"))?;
    journal.begin(&app("9WZDNCRD0001"), "another", json!(2))?;
    journal.write(settled("stopped", Some("slot-busy")))?;
    assert_eq!(journal.run().wish, "wish");
    journal.begin(&app("9WZDNCRD0001"), "wish", json!(3))?;
    journal.write(settled("delivered", None))?;
    drop(journal);
    let runs = History::read(folder.path())?.runs;
    let mut ends: Vec<(Value, String, u32)> =
        runs.iter().map(|run| (run.arguments.clone(), run.end.code().to_owned(), run.resumed)).collect();
    ends.sort_by_key(|(arguments, ..)| arguments.to_string());
    assert_eq!(ends, [(json!(2), "stopped".to_owned(), 0), (json!(3), "delivered".to_owned(), 1)]);
    Ok(())
}

#[test]
fn a_damaged_file_hides_no_other_and_an_old_one_is_read() -> Done {
    let folder = tempfile::tempdir()?;
    assert!(History::read(&folder.path().join("nowhere"))?.runs.is_empty());
    let mut journal = open(folder.path(), "9WZDNCRD0001");
    journal.begin(&app("9WZDNCRD0001"), "wish", json!(1))?;
    journal.write(settled("delivered", None))?;
    drop(journal);
    let old = r#"{"line":"run","format":1,"product":"inappproducts/9NBLGGH4TN00","wish":"w","arguments":null,"at":"2026-01-02T03:04:05Z"}
{"line":"createStarted"}
{"line":"created","submission":"77"}
"#;
    std::fs::write(folder.path().join("old.jsonl"), old)?;
    std::fs::write(folder.path().join("damaged.jsonl"), "{\"line\":\n{\"line\":\"createStarted\"}\n")?;
    std::fs::write(folder.path().join("later.jsonl"), "{\"line\":\"run\",\"format\":99}\n")?;
    std::fs::write(folder.path().join("empty.jsonl"), "")?;
    std::fs::write(folder.path().join("other.txt"), "not ours")?;
    std::fs::create_dir(folder.path().join("folder.jsonl"))?;

    let history = History::read(folder.path())?;
    assert_eq!(told(&history.runs), ["delivered - -", "interrupted 77 -"]);
    let oldest = history.runs.last().ok_or("a run")?;
    assert_eq!(oldest.started_at.map(|at| at.to_string()).as_deref(), Some("2026-01-02T03:04:05Z"));
    assert_eq!(oldest.target.as_ref().map(ToString::to_string).as_deref(), Some("add-on 9NBLGGH4TN00"));
    let names: Vec<_> = history.unreadable.iter().filter_map(|(file, _)| file.file_name()?.to_str()).collect();
    assert_eq!(names, ["damaged.jsonl", "folder.jsonl", "later.jsonl"]);
    assert!(matches!(history.unreadable[0].1, JournalError::Damaged { line: 1, .. }), "{:?}", history.unreadable[0]);
    assert!(matches!(history.unreadable[2].1, JournalError::Later { .. }), "{:?}", history.unreadable[2]);
    Ok(())
}
