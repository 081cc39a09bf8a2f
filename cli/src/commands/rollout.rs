//! `flightline rollout`.

use crate::args::{AppArg, Common, Product as _, RolloutCommand};
use crate::commands::submission;
use crate::profile::{Session, session};
use crate::report::{Exit, Failure};
use crate::view::{View, list};
use flightline_client::api::Writer;
use flightline_protocol::id::SubmissionId;

pub(crate) async fn run(command: RolloutCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    let session = session(common)?;
    let rollout = match command {
        RolloutCommand::Get(one) => {
            let id = live_or(&session, &one.product, one.id).await?;
            session.reader.rollout(&one.product.target(), &id).await?
        }
        RolloutCommand::Set { percent, product, submission } => {
            let id = live_or(&session, &product, submission).await?;
            Writer::new(session.reader).set_rollout(&product.target(), &id, percent.value).await?
        }
        RolloutCommand::Halt { one, yes } => {
            let id = live_or(&session, &one.product, one.id).await?;
            if !yes {
                submission::confirm(&format!("Halt the rollout of submission {id}? It cannot be taken up again."))?;
            }
            Writer::new(session.reader).halt_rollout(&one.product.target(), &id).await?
        }
        RolloutCommand::Finalize(one) => {
            let id = live_or(&session, &one.product, one.id).await?;
            Writer::new(session.reader).finalize_rollout(&one.product.target(), &id).await?
        }
    };
    list::one(&rollout.document, view);
    Ok(Exit::Done)
}

/// The submission that is named, or the live one: rollouts are of what is published.
async fn live_or(session: &Session, product: &AppArg, id: Option<SubmissionId>) -> Result<SubmissionId, Failure> {
    let target = product.target();
    match id {
        Some(id) => Ok(id),
        None => session
            .reader
            .references(&target)
            .await?
            .1
            .ok_or_else(|| Failure::of(Exit::NotFound, "never-published", format!("{target} has no published submission"))),
    }
}
