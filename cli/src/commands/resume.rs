//! `flightline resume`: runs the command line that the state file remembers.

use crate::args::{Common, Output, ResumeArgs};
use crate::commands::publish::{Arguments, publish, read_wish};
use crate::profile::{session, state_folder};
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_protocol::id::IdError;
use flightline_publish::error::Error;
use flightline_publish::journal::Journal;
use flightline_publish::observe::Destination;

pub(crate) async fn run(args: ResumeArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let folder = state_folder(common)?;
    let runs = Journal::unfinished(&folder).map_err(Error::from)?;
    let mut found: Vec<Arguments> = runs.into_iter().filter_map(|(_, run)| serde_json::from_value(run.arguments).ok()).collect();
    if let Some(app) = &args.app {
        found.retain(|arguments: &Arguments| arguments.app == app.as_str());
    }
    let apps: Vec<&str> = found.iter().map(|arguments| arguments.app.as_str()).collect();
    if apps.len() > 1 {
        let message = format!("{} publishes were interrupted: of the apps {}", apps.len(), apps.join(", "));
        return Err(Failure::usage("several-interrupted", message).hint("say which one goes on: --app <ID>"));
    }
    let Some(mut arguments) = found.pop() else {
        let nothing = serde_json::json!({ "outcome": "nothing-to-resume" });
        match view.output {
            Output::Table => human::nothing_to_resume(),
            Output::Json => json::print(&nothing, Lines::Many),
            Output::Ndjson => json::print(&json::event_of("ended", nothing), Lines::One),
        }
        return Ok(Exit::Done);
    };
    if let Some(timeout) = args.timeout {
        arguments.course.timeout = timeout;
    }
    let unusable = |error: IdError| Failure::trouble("state-file", &error);
    let app = arguments.app.parse().map_err(unusable)?;
    let flight = arguments.flight.as_deref().map(str::parse).transpose().map_err(unusable)?;
    let destination = Destination { app, flight };
    let wish = read_wish(&arguments.wish)?;
    let session = session(common)?;
    publish(&session, &destination, &arguments.wish, wish, &arguments.course, view).await
}
