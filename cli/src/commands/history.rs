//! `flightline history`.

use crate::args::{Common, HistoryArgs};
use crate::profile::state_folder;
use crate::report::{Exit, Failure};
use crate::view::{View, history};
use flightline_protocol::target::Target;
use flightline_publish::error::Error;
use flightline_publish::history::{History, PastRun};

pub(crate) fn run(args: &HistoryArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let mut found = History::read(&state_folder(common)?).map_err(Error::from)?;
    found.runs.retain(|run| args.asks_for(run));
    found.runs.truncate(args.limit.unwrap_or(usize::MAX));
    history::show(&found, view);
    Ok(Exit::Done)
}

impl HistoryArgs {
    /// Whether the run is of a product that is asked for. Ids are the same in any case (O-001).
    fn asks_for(&self, run: &PastRun) -> bool {
        let is =
            |asked: Option<&str>, id: Option<&str>| asked.is_none_or(|asked| id.is_some_and(|id| id.eq_ignore_ascii_case(asked)));
        let (flight, add_on) = match &run.target {
            Some(Target::Flight(_, flight)) => (Some(flight.as_str()), None),
            Some(Target::AddOn(add_on)) => (None, Some(add_on.as_str())),
            Some(Target::App(_)) | None => (None, None),
        };
        let app = run.target.as_ref().and_then(Target::app).map(|app| app.as_str());
        is(self.app.as_ref().map(|app| app.as_str()), app)
            && is(self.flight.as_ref().map(|flight| flight.as_str()), flight)
            && is(self.add_on.as_ref().map(|add_on| add_on.as_str()), add_on)
    }
}
