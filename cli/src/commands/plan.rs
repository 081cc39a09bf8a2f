//! `flightline plan`: the same code as `publish`, without anything that could write.

use crate::args::{Common, Output, PlanArgs, Product as _};
use crate::clock;
use crate::commands::publish::read_wish;
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_publish::apply::look_and_plan;
use flightline_publish::event::{Event, Observer};

pub(crate) async fn run(args: PlanArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let wish = read_wish(&args.wish)?;
    let session = session(common)?;
    let (plan, _) = look_and_plan(&session.reader, &args.app.target(), &wish, clock::now(), &Silent).await?;
    match view.output {
        Output::Table => human::plan(&plan),
        Output::Json => json::print(&json::plan(&plan), Lines::Many),
        Output::Ndjson => json::print(&json::plan(&plan), Lines::One),
    }
    Ok(if args.detailed_exitcode && !plan.is_empty() { Exit::Differences } else { Exit::Done })
}

/// The plan is the result, and nothing else is told.
struct Silent;

impl Observer for Silent {
    fn hear(&self, _: &Event<'_>) {}
}
