//! `flightline status`.

use crate::args::{Common, Output, StatusArgs, WaitFor};
use crate::commands::submission;
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_publish::observe::Observed;

pub(crate) async fn run(args: StatusArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let session = session(common)?;
    let observed = Observed::look(&session.reader, &args.app.app).await?;
    match view.output {
        Output::Table => human::status(&observed),
        Output::Json if !args.watch => json::print(&json::status(&observed), Lines::Many),
        Output::Json | Output::Ndjson => json::print(&json::status(&observed), Lines::One),
    }
    match &observed.pending {
        Some(pending) if args.watch => {
            submission::follow(&session, &args.app.app, pending, WaitFor::Published, args.timeout, view).await
        }
        _ => Ok(Exit::Done),
    }
}
