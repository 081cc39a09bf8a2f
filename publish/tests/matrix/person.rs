//! Somebody else who uses the same Store: a person in Partner Center, or another program.

use crate::job::{CLIENT, Job, SECRET, TENANT};
use crate::line::{Line, direct};
use crate::stage;
use crate::word::words;
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::api::{Fetched, Reader, Writer};
use flightline_client::auth::Credentials;
use flightline_client::budget::Budget;
use flightline_client::secret::ClientSecret;
use flightline_client::transport::Transport;
use flightline_client::upload::UploadReceipt;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::status::Phase;
use flightline_protocol::target::Target;
use flightline_publish::event::{Event, Observer};
use flightline_publish::wish::Wish;
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;

words! {
    /// What somebody else does.
    Act {
        /// Begins a draft in Partner Center, where none is.
        DraftsInPortal = "person-drafts",
        /// Saves the draft that is there in Partner Center.
        SavesInPortal = "person-saves",
        /// Changes the draft that is there through the API.
        ChangesDraft = "other-changes",
        /// Deletes the draft that is there.
        DeletesDraft = "other-deletes",
        /// Commits the draft that is there, whatever it says by then.
        CommitsDraft = "other-commits",
        /// Publishes something else, where no draft is.
        PublishesOther = "other-publishes",
        /// Runs the same command on another machine, to its end.
        RunsTheSame = "other-runs-the-same",
        /// Finalizes the rollout of what is live.
        Finalizes = "person-finalizes",
        /// Halts the rollout of what is live.
        Halts = "person-halts",
    }
}

/// Does it, where the Store lets it be done.
pub(crate) async fn act(line: &Line, job: Job, wish: &Wish, act: Act) {
    let (writer, target) = (writer(direct(line)), job.target());
    let done = match act {
        Act::DraftsInPortal => drafts_in_portal(line, &writer, &target).await,
        Act::SavesInPortal => match draft(&writer, &target).await {
            Some(draft) => saves_in_portal(line, draft.submission.id()).await,
            None => None,
        },
        Act::ChangesDraft => match draft(&writer, &target).await {
            Some(draft) => changes(&writer, &target, draft).await,
            None => None,
        },
        Act::DeletesDraft => match draft(&writer, &target).await {
            Some(draft) => writer.delete_submission(&target, draft.submission.id()).await.ok(),
            None => None,
        },
        Act::CommitsDraft => match draft(&writer, &target).await {
            Some(draft) => {
                let receipt = UploadReceipt::nothing_to_upload(draft.submission.id().clone());
                writer.commit(&target, &receipt).await.ok().map(drop)
            }
            None => None,
        },
        Act::PublishesOther => publishes_other(line, &writer, &target).await,
        Act::RunsTheSame => {
            let machine = tempfile::tempdir().expect("a folder");
            let result = stage::publish(direct(line), job, &target, wish, machine.path(), &Deaf).await;
            line.tell(&format!("  -- on another machine: {result:?}"));
            result.ok().map(drop)
        }
        Act::Finalizes => match live(&writer, &target).await {
            Some(live) => writer.finalize_rollout(&target, &live).await.ok().map(drop),
            None => None,
        },
        Act::Halts => match live(&writer, &target).await {
            Some(live) => writer.halt_rollout(&target, &live).await.ok().map(drop),
            None => None,
        },
    };
    let done = if done.is_some() { "" } else { " (cannot)" };
    line.tell(&format!("  -- {}{done}", act.word()));
}

/// Makes room: takes a draft or a failed submission back, or ends a rollout.
pub(crate) async fn give_way(line: &Line, job: Job) {
    let (writer, target) = (writer(direct(line)), job.target());
    if let Ok(Some(id)) = writer.reader().pending(&target).await
        && control(line, &format!("/discard?submission={id}"), Value::Null).await.is_some()
    {
        line.is_given_up(id.as_str());
        line.tell("  -- what is in the slot is discarded");
    }
    if let Some(live) = live(&writer, &target).await
        && writer.finalize_rollout(&target, &live).await.is_ok()
    {
        line.tell("  -- the rollout is finalized");
    }
}

/// Somebody who is signed in on a line of their own.
pub(crate) fn writer(transport: Arc<dyn Transport>) -> Writer {
    let credentials =
        Credentials { tenant_id: TENANT.to_owned(), client_id: CLIENT.to_owned(), client_secret: ClientSecret::new(SECRET) };
    Writer::new(Reader::new(transport, Addresses::default(), credentials, Budget::per_minute(Budget::PER_MINUTE)))
}

/// What the Store keeps of a submission.
pub(crate) fn kept(line: &Line, id: &str) -> Option<Value> {
    let mut state = line.emulator.state().expect("a state");
    let submissions = state["submissions"].as_array_mut()?;
    submissions.iter_mut().find(|submission| submission["id"] == id).map(Value::take)
}

/// Does not listen.
struct Deaf;

impl Observer for Deaf {
    fn hear(&self, _: &Event<'_>) {}
}

async fn drafts_in_portal(line: &Line, writer: &Writer, target: &Target) -> Option<()> {
    let draft = writer.create_submission(target).await.ok()?;
    saves_in_portal(line, draft.submission.id()).await
}

async fn saves_in_portal(line: &Line, id: &SubmissionId) -> Option<()> {
    control(line, &format!("/edit?submission={id}"), json!({ "notesForCertification": "Try the red boat." })).await?;
    keep(line, id);
    Some(())
}

async fn changes(writer: &Writer, target: &Target, draft: Fetched) -> Option<()> {
    let mut submission = draft.submission;
    let member = if matches!(target, Target::AddOn(_)) { "tag" } else { "notesForCertification" };
    submission.document_mut().insert(member.to_owned(), "Try the red boat.".into());
    writer.update_submission(target, &submission).await.ok().map(drop)
}

async fn publishes_other(line: &Line, writer: &Writer, target: &Target) -> Option<()> {
    let draft = writer.create_submission(target).await.ok()?;
    let id = draft.submission.id().clone();
    changes(writer, target, draft).await?;
    let committed = writer.commit(target, &UploadReceipt::nothing_to_upload(id.clone())).await;
    keep(line, &id);
    committed.ok().map(drop)
}

/// Has the line watch over a submission as it is now.
fn keep(line: &Line, id: &SubmissionId) {
    let document = kept(line, id.as_str()).map(|mut kept| kept["document"].take()).unwrap_or_default();
    line.is_foreign(id.as_str(), document);
}

async fn draft(writer: &Writer, target: &Target) -> Option<Fetched> {
    let id = writer.reader().pending(target).await.ok()??;
    let pending = writer.reader().submission(target, &id).await.ok()?;
    (pending.submission.status().phase() == Phase::Draft).then_some(pending)
}

async fn live(writer: &Writer, target: &Target) -> Option<SubmissionId> {
    writer.reader().references(target).await.ok()?.1
}

async fn control(line: &Line, path: &str, body: Value) -> Option<()> {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let answer = line.emulator.control(Request::post(path).body(body).expect("a request")).await;
    answer.status().is_success().then_some(())
}
