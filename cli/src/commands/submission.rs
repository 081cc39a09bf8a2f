//! `flightline submission`: one method of the API at a time.

use crate::args::{Common, OneSubmission, Output, Product, SubmissionCommand, WaitFor};
use crate::input;
use crate::profile::{Session, session};
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::progress::Teller;
use crate::view::{View, human, list};
use clap::Args;
use flightline_client::api::{Fetched, Writer};
use flightline_client::upload::{FileContent, UploadReceipt};
use flightline_client::watch::{Ending, Goal, watch};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::pricing::BasePrice;
use flightline_protocol::submission::{StatusReport, Submission};
use flightline_protocol::target::Target;
use flightline_publish::error::{Error, Trail, product};
use flightline_publish::event::{Event, Observer as _};
use flightline_publish::once;
use jiff::SignedDuration;
use serde_json::Value;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use tokio::time::Instant;

pub(crate) async fn run<P: Args + Product>(command: SubmissionCommand<P>, common: &Common, view: View) -> Result<Exit, Failure> {
    match command {
        SubmissionCommand::Get(one) => get(&session(common)?, &one, view).await,
        SubmissionCommand::Create { product } => create(session(common)?, &product.target(), view).await,
        SubmissionCommand::Update { one, input } => {
            let document = read_json(&input)?;
            update(session(common)?, &one, document, view).await
        }
        SubmissionCommand::Upload { one, file } => upload(session(common)?, &one, &file, view).await,
        SubmissionCommand::Commit(one) => commit(session(common)?, &one, view).await,
        SubmissionCommand::Status(one) => status(&session(common)?, &one, view).await,
        SubmissionCommand::Watch { one, wait, timeout } => {
            let session = session(common)?;
            let id = pending_or(&session, &one).await?;
            let fetched = session.reader.submission(&target(&one), &id).await?;
            let report = follow(&session, &target(&one), &fetched, wait, timeout, view).await?;
            show(&id, &report, view);
            Ok(Exit::Done)
        }
        SubmissionCommand::Delete { one, yes } => delete(session(common)?, &one, yes, view).await,
    }
}

async fn get<P: Args + Product>(session: &Session, one: &OneSubmission<P>, view: View) -> Result<Exit, Failure> {
    let id = match &one.id {
        Some(id) => id.clone(),
        None => {
            let (pending, live) = session.reader.references(&target(one)).await?;
            pending.or(live).ok_or_else(|| no_submission(&target(one)))?
        }
    };
    print(&session.reader.submission(&target(one), &id).await?.submission, view);
    Ok(Exit::Done)
}

async fn create(session: Session, target: &Target, view: View) -> Result<Exit, Failure> {
    let writer = Writer::new(session.reader);
    print(&once::create_submission(&writer, target).await?.submission, view);
    Ok(Exit::Done)
}

async fn update<P: Args + Product>(
    session: Session,
    one: &OneSubmission<P>,
    mut document: Value,
    view: View,
) -> Result<Exit, Failure> {
    let Some(members) = document.as_object_mut() else {
        return Err(
            Failure::usage("no-document", "the input is no JSON object").hint("give the document as `submission get` prints it")
        );
    };
    let is_priced = !matches!(target(one), Target::Flight(..));
    if is_priced && matches!(BasePrice::of(members), BasePrice::Absent | BasePrice::ReadOnly) {
        return Err(Failure::usage("price-unknown", "the document states no price that the Store takes: pricing.priceId")
            .hint("a document without one makes the app free, and \"Base\" is refused: state Free, or a tier such as Tier1020"));
    }
    let id = pending_or(&session, one).await?;
    members.insert("id".to_owned(), id.as_str().into());
    let (submission, _) = Submission::read(document).map_err(|error| Failure::trouble("no-document", &error))?;
    let stored = Writer::new(session.reader).update_submission(&target(one), &submission).await?;
    print(&stored.submission, view);
    Ok(Exit::Done)
}

async fn upload<P: Args + Product>(session: Session, one: &OneSubmission<P>, file: &Path, view: View) -> Result<Exit, Failure> {
    let content =
        FileContent::open(file).map_err(|error| Failure::usage("file-unreadable", format!("{}: {error}", file.display())))?;
    let id = pending_or(&session, one).await?;
    let fetched = session.reader.submission(&target(one), &id).await?;
    let url = fetched
        .upload_url
        .ok_or_else(|| Failure::from(flightline_client::error::Error::NoUploadUrl { submission: id.to_string() }))?;
    let teller = Teller::new(view);
    let started = Instant::now();
    let progress = |progress| teller.hear(&Event::Uploading(progress));
    let receipt = Writer::new(session.reader).upload(&target(one), &id, &url, Arc::new(content), &progress).await?;
    teller.hear(&Event::Uploaded(receipt.length(), started.elapsed()));
    if view.output == Output::Json {
        json::print(
            &serde_json::json!({ "submission": id.as_str(), "blob": receipt.blob(), "bytes": receipt.length() }),
            Lines::Many,
        );
    }
    Ok(Exit::Done)
}

async fn commit<P: Args + Product>(session: Session, one: &OneSubmission<P>, view: View) -> Result<Exit, Failure> {
    let id = pending_or(&session, one).await?;
    // Whoever commits by hand vouches for what was uploaded; the Store says so if a file is missing.
    let receipt = UploadReceipt::vouched(id.clone(), String::new(), 0);
    let report = once::commit(&Writer::new(session.reader), &target(one), &receipt).await?;
    show(&id, &report, view);
    Ok(Exit::Done)
}

async fn status<P: Args + Product>(session: &Session, one: &OneSubmission<P>, view: View) -> Result<Exit, Failure> {
    let id = pending_or(session, one).await?;
    show(&id, &session.reader.status(&target(one), &id).await?, view);
    Ok(Exit::Done)
}

async fn delete<P: Args + Product>(session: Session, one: &OneSubmission<P>, yes: bool, view: View) -> Result<Exit, Failure> {
    let id = pending_or(&session, one).await?;
    if !yes {
        confirm(&format!("Delete submission {id} of {}?", target(one)))?;
    }
    once::delete_submission(&Writer::new(session.reader), &target(one), &id).await?;
    list::deleted("submission", id.as_str(), view);
    Ok(Exit::Done)
}

/// Follows a submission to where it was waited for, and gives what the Store says of it then.
pub(crate) async fn follow(
    session: &Session,
    target: &Target,
    fetched: &Fetched,
    wait: WaitFor,
    timeout: SignedDuration,
    view: View,
) -> Result<StatusReport, Failure> {
    let id = fetched.submission.id().clone();
    let goal = Goal {
        milestone: wait.milestone(),
        publish_mode: fetched.submission.publish_mode(),
        deadline: Some(Instant::now() + timeout.unsigned_abs()),
    };
    let teller = Teller::new(view);
    let changed = |report: &StatusReport| teller.hear(&Event::Status(report, std::time::Duration::ZERO));
    let ending = watch(&session.reader, target, &id, &goal, &changed).await;
    drop(teller);
    let ending = ending.map_err(|error| Failure::from(error).with_exchanges(&session.reader).for_product(&product(target)))?;
    let (submission, error) =
        (id.clone(), |error: Error| Err(Failure::from(error).with_exchanges(&session.reader).for_product(&product(target))));
    match ending {
        Ending::Reached(report) | Ending::Resting(report) | Ending::BackToDraft(report) => Ok(report),
        Ending::Failed(report) => error(Error::Failed { submission, report }),
        Ending::Canceled(_) => error(Error::Canceled { submission }),
        Ending::Deadline(report) => {
            let trail = Trail { look: session.reader.correlation_id(), ..Trail::default() };
            error(Error::Deadline { submission, status: report.status, trail })
        }
    }
}

fn target<P: Args + Product>(one: &OneSubmission<P>) -> Target {
    one.product.target()
}

/// The submission that is named, or the pending one.
async fn pending_or<P: Args + Product>(session: &Session, one: &OneSubmission<P>) -> Result<SubmissionId, Failure> {
    match &one.id {
        Some(id) => Ok(id.clone()),
        None => session.reader.pending(&target(one)).await?.ok_or_else(|| no_submission(&target(one))),
    }
}

fn no_submission(target: &Target) -> Failure {
    Failure::of(Exit::NotFound, "no-pending-submission", format!("{target} has no pending submission"))
        .hint("name a submission, or make one with `flightline submission create`")
}

fn print(submission: &Submission, view: View) {
    let lines = if view.output == Output::Ndjson { Lines::One } else { Lines::Many };
    json::print(&json::redacted(Value::Object(submission.document().clone())), lines);
}

pub(crate) fn show(id: &SubmissionId, report: &StatusReport, view: View) {
    match view.output {
        Output::Table => human::report(id, report),
        Output::Json => json::print(&json::status_report(id, report), Lines::Many),
        Output::Ndjson => json::print(&json::status_report(id, report), Lines::One),
    }
}

/// Reads a JSON file, or stdin where the file is `-`.
pub(crate) fn read_json(file: &Path) -> Result<Value, Failure> {
    let unreadable = |error: std::io::Error| Failure::usage("file-unreadable", format!("{}: {error}", file.display()));
    let text = if file == Path::new("-") { input::all(std::io::stdin()) } else { input::file(file) };
    let text = text.map_err(unreadable)?;
    serde_json::from_slice(&text).map_err(|error| Failure::usage("not-json", format!("{} is not JSON: {error}", file.display())))
}

/// Asks on a terminal; elsewhere nobody could answer.
pub(crate) fn confirm(question: &str) -> Result<(), Failure> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(Failure::usage("not-confirmed", format!("{question} Nobody can be asked here")).hint("say --yes"));
    }
    anstream::eprint!("{question} [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::usage("not-confirmed", "nothing was done"))
    }
}
