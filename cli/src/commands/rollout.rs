//! `flightline rollout`.

use crate::args::{AppArg, Common, LiveSubmission, Product as _, RolloutCommand};
use crate::commands::submission;
use crate::profile::{Session, session};
use crate::report::{Exit, Failure};
use crate::view::{View, list};
use flightline_client::api::Writer;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::target::Target;
use flightline_publish::once;
use flightline_publish::rollout::RolloutEnd;

pub(crate) async fn run(command: RolloutCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    let session = session(common)?;
    let rollout = match command {
        RolloutCommand::Get(one) => {
            let (target, id) = find(&session, one).await?;
            session.reader.rollout(&target, &id).await?
        }
        RolloutCommand::Set { percent, one } => {
            let (target, id) = find(&session, one).await?;
            Writer::new(session.reader).set_rollout(&target, &id, percent.value).await?
        }
        RolloutCommand::Halt { one, yes } => {
            let (target, id) = find(&session, one).await?;
            if !yes {
                submission::confirm(&format!("Halt the rollout of submission {id}? It cannot be taken up again."))?;
            }
            once::end_rollout(&Writer::new(session.reader), &target, &id, RolloutEnd::Halt).await?
        }
        RolloutCommand::Finalize(one) => {
            let (target, id) = find(&session, one).await?;
            once::end_rollout(&Writer::new(session.reader), &target, &id, RolloutEnd::Finalize).await?
        }
    };
    list::one(&rollout.document, view);
    Ok(Exit::Done)
}

/// The submission that is named, or the live one: rollouts are of what is published.
async fn find(session: &Session, one: LiveSubmission) -> Result<(Target, SubmissionId), Failure> {
    let target = AppArg { app: one.app, flight: one.flight }.target();
    let live = match one.submission {
        Some(id) => Some(id),
        None => session.reader.references(&target).await?.1,
    };
    match live {
        Some(id) => Ok((target, id)),
        None => Err(Failure::of(Exit::NotFound, "never-published", format!("{target} has no published submission"))),
    }
}
