//! `flightline resume`: runs the command line that the state file remembers.

use crate::args::{Common, Output, ResumeArgs};
use crate::commands::publish::{Arguments, publish};
use crate::profile::{session, state_folder};
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_protocol::id::{AddOnId, AppId, FlightId};
use flightline_protocol::target::Target;
use flightline_publish::error::Error;
use flightline_publish::journal::Journal;
use flightline_publish::ticket;
use std::collections::HashSet;

pub(crate) async fn run(args: ResumeArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let folder = state_folder(common)?;
    let runs = Journal::unfinished(&folder).map_err(Error::from)?;
    let tickets = ticket::all(&folder).map_err(Error::from)?;
    // What was broken off goes first, and then what was put off.
    let known = runs.into_iter().map(|(_, run)| run.arguments).chain(tickets.into_iter().map(|ticket| ticket.arguments));
    let known = known.filter_map(|arguments| serde_json::from_value::<Arguments>(arguments).ok());
    let known = known.filter_map(|arguments| Some((arguments.target().ok()?, arguments)));
    let mut found: Vec<(Target, Arguments)> = known.filter(|(target, _)| args.means(target)).collect();
    let mut products = HashSet::new();
    found.retain(|(target, _)| products.insert(target.clone()));
    if found.len() > 1 {
        let targets: Vec<String> = found.iter().map(|(target, _)| target.to_string()).collect();
        let message = format!("{} publishes were interrupted or put off: of {}", found.len(), targets.join(", of "));
        return Err(
            Failure::usage("several-interrupted", message).hint("say which one goes on: --app, --flight or --add-on <ID>")
        );
    }
    let Some((_, mut arguments)) = found.pop() else {
        let nothing = serde_json::json!({ "outcome": "nothing-to-resume" });
        match view.output {
            Output::Table => human::nothing_to_resume(),
            Output::Json => json::print(&nothing, Lines::Many),
            Output::Ndjson => json::print(&json::event_of("ended", nothing), Lines::One),
        }
        return Ok(Exit::Done);
    };
    if let Some(timeout) = args.timeout {
        arguments.course_mut().timeout = timeout;
    }
    let wish = arguments.wish()?;
    publish(&session(common)?, arguments, wish, view).await
}

impl ResumeArgs {
    /// Whether this product may be the one that is meant.
    fn means(&self, target: &Target) -> bool {
        let is =
            |asked: Option<&str>, id: Option<&str>| asked.is_none_or(|asked| id.is_some_and(|id| id.eq_ignore_ascii_case(asked)));
        let (flight, add_on) = match target {
            Target::App(_) => (None, None),
            Target::Flight(_, flight) => (Some(flight.as_str()), None),
            Target::AddOn(add_on) => (None, Some(add_on.as_str())),
        };
        is(self.app.as_ref().map(AppId::as_str), target.app().map(AppId::as_str))
            && is(self.flight.as_ref().map(FlightId::as_str), flight)
            && is(self.add_on.as_ref().map(AddOnId::as_str), add_on)
    }
}
