//! `flightline status`.

use crate::args::{Common, Output, Product as _, StatusArgs, WaitFor};
use crate::commands::submission;
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_publish::observe::Observed;

pub(crate) async fn run(args: StatusArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let session = session(common)?;
    let observed = Observed::look(&session.reader, &args.app.target()).await?;
    let followed = observed.pending.as_ref().filter(|_| args.watch);
    match view.output {
        Output::Table => human::status(&observed),
        // One document only: how things are when the watch is over.
        Output::Json if followed.is_some() => {}
        Output::Json => json::print(&json::status(&observed), Lines::Many),
        Output::Ndjson => json::print(&json::status(&observed), Lines::One),
    }
    let Some(pending) = followed else { return Ok(Exit::Done) };
    let report = submission::follow(&session, &args.app.target(), pending, WaitFor::Published, args.timeout, view).await?;
    match view.output {
        Output::Json => {
            let observed = Observed::look(&session.reader, &args.app.target()).await?;
            json::print(&json::status(&observed), Lines::Many);
        }
        Output::Table | Output::Ndjson => submission::show(pending.submission.id(), &report, view),
    }
    Ok(Exit::Done)
}
