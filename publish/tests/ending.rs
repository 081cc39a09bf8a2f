//! What each of the fifteen states means for a publish that follows its submission, up to the kind that an exit code is made of.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;
#[path = "support/store.rs"]
mod store;
mod support;
#[path = "support/weather.rs"]
mod weather;

use async_trait::async_trait;
use bytes::Bytes;
use flightline_client::transport::{Transport, TransportError};
use flightline_emulator::Pace;
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::target::Target;
use flightline_publish::apply::{self, Course, Outcome};
use flightline_publish::error::Error;
use flightline_publish::journal::Journal;
use flightline_publish::wish::{PublishAt, Wish};
use http::{Request, Response};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use store::{Desk, Line, app, course, what};
use tokio::time::Instant;

/// A Store that takes everything, and then says one word about it for ever.
struct Saying {
    line: Arc<Line>,
    word: String,
}

#[async_trait]
impl Transport for Saying {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if !what(&request).ends_with("/status") {
            return self.line.send(request).await;
        }
        let details = json!({ "errors": [], "warnings": [], "certificationReports": [] });
        let body = json!({ "status": self.word, "statusDetails": details }).to_string();
        let answer = Response::builder().header("MS-CorrelationId", "look-1").body(Bytes::from(body));
        Ok(answer.expect("an answer"))
    }
}

/// How a publish ends whose submission stays in a state, and how the state file has it.
async fn end(status: &SubmissionStatus, publish_at: Option<PublishAt>) -> (Result<Outcome, Error>, String) {
    let desk = Desk::new(Pace::Instant);
    let wish = Wish { publish_at, ..desk.wish() };
    let target = Target::App(app());
    let saying = Saying { line: Arc::clone(&desk.line), word: status.to_string() };
    let mut journal = Journal::open(desk.folder.path(), "in process", &target).expect("a journal");
    journal.begin(&target, &wish.digest(), Value::Null).expect("a run");
    let course = Course { deadline: Some(Instant::now() + Duration::from_secs(7200)), ..course() };
    let outcome = apply::publish(&desk.writer_over(Arc::new(saying)), &mut journal, &target, &wish, &course, &desk).await;
    let settled = journal.run().settled.unwrap_or_else(|| "open".to_owned());
    (outcome, settled)
}

fn cell((outcome, settled): &(Result<Outcome, Error>, String)) -> String {
    match outcome {
        Ok(outcome) => format!("{} ({settled})", outcome.code()),
        Err(error) => format!("{:?} {} ({settled})", error.kind(), error.code()),
    }
}

/// Columns: a submission that goes live by itself, and one that waits for a person. In brackets is what the state file says: a run that
/// is open is gone on with. `Deadline` is after two hours.
#[tokio::test(start_paused = true)]
async fn every_state_has_its_end() {
    let mut table = String::new();
    for status in SubmissionStatus::all().chain([SubmissionStatus::Unknown("Quarantined".to_owned())]) {
        let (by_itself, by_hand) = (end(&status, None).await, end(&status, Some(PublishAt::Manual)).await);
        writeln!(table, "{status:20} | {:44} | {}", cell(&by_itself), cell(&by_hand)).expect("text grows");
    }
    assert_snapshot!(table, @r"
    None                 | Deadline deadline (open)                     | Deadline deadline (open)
    Canceled             | Failed Canceled (failed)                     | Failed Canceled (failed)
    PendingCommit        | Failed commit-undone (open)                  | Failed commit-undone (open)
    CommitStarted        | Deadline deadline (open)                     | Deadline deadline (open)
    CommitFailed         | Failed CommitFailed (failed)                 | Failed CommitFailed (failed)
    PendingPublication   | Deadline deadline (open)                     | Deadline deadline (open)
    Publishing           | Deadline deadline (open)                     | Deadline deadline (open)
    Published            | delivered (delivered)                        | delivered (delivered)
    PublishFailed        | Failed PublishFailed (failed)                | Failed PublishFailed (failed)
    PreProcessing        | Deadline deadline (open)                     | Deadline deadline (open)
    PreProcessingFailed  | Failed PreProcessingFailed (failed)          | Failed PreProcessingFailed (failed)
    Certification        | Deadline deadline (open)                     | Deadline deadline (open)
    CertificationFailed  | Failed CertificationFailed (failed)          | Failed CertificationFailed (failed)
    Release              | Deadline deadline (open)                     | resting (resting)
    ReleaseFailed        | Failed ReleaseFailed (failed)                | Failed ReleaseFailed (failed)
    Quarantined          | Deadline deadline (open)                     | Deadline deadline (open)
    ");
}

/// A submission that the Store does not finish reading: it is told what support asks for, and that nothing is lost.
#[tokio::test(start_paused = true)]
async fn a_submission_that_is_stuck_in_its_commit_is_told_in_words_of_its_own() {
    let (outcome, _) = end(&SubmissionStatus::CommitStarted, None).await;
    let error = outcome.expect_err("it is stuck");
    let Error::Deadline { trail, .. } = &error else { panic!("{error:?}") };
    assert!(trail.commit.as_ref().is_some_and(|id| id != "look-1"), "{trail:?}");
    assert_eq!(trail.look.as_deref(), Some("look-1"));
    assert!(error.to_string().contains("has taken the commit"), "{error}");
    let hint = error.hint().expect("a hint");
    assert!(hint.contains("flightline resume") && hint.contains("support"), "{hint}");
}
