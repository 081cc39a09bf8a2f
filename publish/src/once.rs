//! Single requests that must not be sent twice: where nobody knows what became of one, the Store is looked at, and only then is it said
//! whether it was done.
//!
//! A publish does the same with its journal at hand; this is for whoever sends one request by hand. Nothing is sent a second time: what
//! turns out not to be done is told as that, and whoever asked for it can ask again.

use crate::error::Error;
use crate::rollout::RolloutEnd;
use flightline_client::api::{Fetched, NewFlight, Writer};
use flightline_client::chain::chain;
use flightline_client::error::{Error as ClientError, Outcome};
use flightline_client::upload::UploadReceipt;
use flightline_protocol::add_on::AddOn;
use flightline_protocol::flight::Flight;
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use flightline_protocol::rollout::PackageRollout;
use flightline_protocol::status::Phase;
use flightline_protocol::submission::StatusReport;
use flightline_protocol::target::Target;
use std::collections::HashSet;

/// What a request has done, as far as the request itself tells.
enum Answer<T> {
    Certain(T),
    /// Nobody knows; with what was lost.
    Open(ClientError),
}

/// Sorts an answer: a refusal that changed nothing is an error, and a lost answer is a question to the Store.
fn sort<T>(answer: Result<T, ClientError>, doing: &'static str) -> Result<Answer<T>, Error> {
    match answer {
        Ok(value) => Ok(Answer::Certain(value)),
        Err(error) if error.outcome() == Outcome::NotDone => Err(Error::Call { doing, source: error }),
        Err(error) => {
            tracing::warn!(error = %chain(&error), "nobody knows whether it was done; looking at the Store");
            Ok(Answer::Open(error))
        }
    }
}

fn not_done(doing: &'static str, source: ClientError) -> Error {
    Error::NotDone { doing, source }
}

fn unclear(source: ClientError) -> Error {
    Error::Unclear { source }
}

/// Makes a draft. One that was not there before the request is taken for its effect only while it is all there is: the slot was seen
/// empty first, so it is ours or that of somebody who asked at the same moment.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn create_submission(writer: &Writer, target: &Target) -> Result<Fetched, Error> {
    const DOING: &str = "could not make a draft";
    let reader = writer.reader();
    let before = reader.references(target).await.map_err(|source| Error::Call { doing: DOING, source })?.0;
    match sort(writer.create_submission(target).await, DOING)? {
        Answer::Certain(draft) => Ok(draft),
        Answer::Open(lost) => match reader.pending(target).await.map_err(unclear)? {
            Some(id) if before.as_ref() != Some(&id) => reader.submission(target, &id).await.map_err(unclear),
            _ => Err(not_done(DOING, lost)),
        },
    }
}

/// Commits a draft. Where the answer is lost, anything but a draft means that the commit was taken.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn commit(writer: &Writer, target: &Target, receipt: &UploadReceipt) -> Result<StatusReport, Error> {
    const DOING: &str = "could not commit the draft";
    match sort(writer.commit(target, receipt).await, DOING)? {
        Answer::Certain(report) => Ok(report),
        Answer::Open(lost) => {
            let now = writer.reader().status(target, receipt.submission()).await.map_err(unclear)?;
            if now.status.phase() == Phase::Draft { Err(not_done(DOING, lost)) } else { Ok(now) }
        }
    }
}

/// Deletes a submission.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn delete_submission(writer: &Writer, target: &Target, id: &SubmissionId) -> Result<(), Error> {
    const DOING: &str = "could not delete the submission";
    match sort(writer.delete_submission(target, id).await, DOING)? {
        Answer::Certain(()) => Ok(()),
        Answer::Open(lost) => is_gone(writer.reader().submission(target, id).await, DOING, lost),
    }
}

/// Makes an add-on, and reads it back: one that the Store does not know afterwards was not made, whatever was answered.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn create_add_on(writer: &Writer, app: &AppId, product_id: &str, product_type: &str) -> Result<AddOn, Error> {
    const DOING: &str = "could not make the add-on";
    let reader = writer.reader();
    match sort(writer.create_add_on(app, product_id, product_type).await, DOING)? {
        Answer::Certain(add_on) => Ok(add_on),
        Answer::Open(lost) => {
            // An app has no two add-ons of one product id (O-062), so whatever has it now is what was asked for.
            let mut pages = reader.list_add_ons();
            while let Some(page) = pages.next().await.map_err(unclear)? {
                let is_it = |add_on: &AddOn| add_on.product_id == product_id && add_on.applications.contains(app);
                if let Some(add_on) = page.into_iter().find(is_it) {
                    return whole(reader.add_on(&add_on.id).await.map_err(unclear)?, product_type);
                }
            }
            Err(not_done(DOING, lost))
        }
    }
}

/// An add-on of a creation that failed may be there and hold nothing of what it was made with (O-034).
fn whole(add_on: AddOn, product_type: &str) -> Result<AddOn, Error> {
    if add_on.product_type.eq_ignore_ascii_case(product_type) { Ok(add_on) } else { Err(Error::HalfMade { add_on: add_on.id }) }
}

/// Deletes an add-on.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn delete_add_on(writer: &Writer, add_on: &AddOnId) -> Result<(), Error> {
    const DOING: &str = "could not delete the add-on";
    match sort(writer.delete_add_on(add_on).await, DOING)? {
        Answer::Certain(()) => Ok(()),
        Answer::Open(lost) => is_gone(writer.reader().add_on(add_on).await, DOING, lost),
    }
}

/// Makes a flight. Names of flights need not differ (O-062), so the flights of the app are looked at before.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn create_flight(writer: &Writer, app: &AppId, flight: &NewFlight) -> Result<Flight, Error> {
    const DOING: &str = "could not make the flight";
    let before = flights(writer, app).await.map_err(|source| Error::Call { doing: DOING, source })?;
    let before: HashSet<FlightId> = before.into_iter().map(|flight| flight.id).collect();
    match sort(writer.create_flight(app, flight).await, DOING)? {
        Answer::Certain(flight) => Ok(flight),
        Answer::Open(lost) => {
            let now = flights(writer, app).await.map_err(unclear)?;
            let is_it = |found: &Flight| found.friendly_name == flight.friendly_name && !before.contains(&found.id);
            now.into_iter().find(is_it).ok_or_else(|| not_done(DOING, lost))
        }
    }
}

async fn flights(writer: &Writer, app: &AppId) -> Result<Vec<Flight>, ClientError> {
    writer.reader().list_flights(app).all().await
}

/// Deletes a flight with its draft.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn delete_flight(writer: &Writer, app: &AppId, flight: &FlightId) -> Result<(), Error> {
    const DOING: &str = "could not delete the flight";
    match sort(writer.delete_flight(app, flight).await, DOING)? {
        Answer::Certain(()) => Ok(()),
        Answer::Open(lost) => is_gone(writer.reader().flight(app, flight).await, DOING, lost),
    }
}

/// Ends a rollout.
///
/// # Errors
/// When the Store refuses, or nobody can find out what became of it.
pub async fn end_rollout(writer: &Writer, target: &Target, id: &SubmissionId, end: RolloutEnd) -> Result<PackageRollout, Error> {
    const DOING: &str = "could not end the rollout";
    match sort(end.send(writer, target, id).await, DOING)? {
        Answer::Certain(rollout) => Ok(rollout),
        Answer::Open(lost) => {
            let now = writer.reader().rollout(target, id).await.map_err(unclear)?;
            if now.status == end.status() { Ok(now) } else { Err(not_done(DOING, lost)) }
        }
    }
}

/// Whether what was to be deleted is not there any more.
fn is_gone<T>(look: Result<T, ClientError>, doing: &'static str, lost: ClientError) -> Result<(), Error> {
    match look {
        Err(error) if error.status() == Some(404) => Ok(()),
        Err(error) => Err(unclear(error)),
        Ok(_) => Err(not_done(doing, lost)),
    }
}
