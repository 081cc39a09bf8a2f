//! How the runs of this machine look.

use crate::args::Output;
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_protocol::id::AppId;
use flightline_protocol::target::Target;
use flightline_publish::history::{End, History, PastRun};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::path::Path;

/// The runs, and a remark for each file that cannot be read.
pub(crate) fn show(history: &History, view: View) {
    for (file, error) in &history.unreadable {
        let why = std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        human::remark(&format!("{name} is left out: {error}{why}"));
    }
    match view.output {
        Output::Table if history.runs.is_empty() => human::no_history(),
        Output::Table => table(&history.runs),
        Output::Json => json::print(&documents(history), Lines::Many),
        Output::Ndjson => history.runs.iter().for_each(|run| json::print(&document(run), Lines::One)),
    }
}

/// All of it as one document.
pub(crate) fn documents(history: &History) -> Value {
    history.runs.iter().map(document).collect()
}

fn table(runs: &[PastRun]) {
    let mut table = human::table(&["began", "product", "what", "submission", "how it ended", "took"]);
    for run in runs {
        let dash = || "-".to_owned();
        let end = match &run.code {
            Some(code) => format!("{} ({code})", end(&run.end)),
            None => end(&run.end).to_owned(),
        };
        table.add_row([
            run.started_at.map_or_else(dash, |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()),
            run.target.as_ref().map_or_else(dash, human::place),
            what(&run.arguments).unwrap_or_else(dash),
            run.submission.as_ref().map_or_else(dash, ToString::to_string),
            end,
            took(run).map_or_else(dash, |time| human::time(time.unsigned_abs())),
        ]);
    }
    human::print_table(&table);
}

/// How it ended, in the words of people.
fn end(end: &End) -> &str {
    match end {
        End::Settled(code) => code,
        End::Stopped => "stopped, to be resumed",
        End::Interrupted => "broken off, to be resumed",
        End::Running => "at work",
    }
}

fn document(run: &PastRun) -> Value {
    let (flight, add_on) = match &run.target {
        Some(Target::Flight(_, flight)) => (Some(flight.as_str()), None),
        Some(Target::AddOn(add_on)) => (None, Some(add_on.as_str())),
        Some(Target::App(_)) | None => (None, None),
    };
    json!({
        "app": run.target.as_ref().and_then(Target::app).map(AppId::as_str),
        "flight": flight,
        "addOn": add_on,
        "what": what(&run.arguments),
        "startedAt": run.started_at.map(|at| at.to_string()),
        "lastAt": run.last_at.map(|at| at.to_string()),
        "seconds": took(run).map(|time| time.as_secs_f64()),
        "resumed": run.resumed,
        "submission": run.submission.as_ref().map(|id| id.as_str()),
        "end": run.end.code(),
        "code": run.code,
        "correlationId": run.correlation_id,
        "file": run.file.file_name().map(|name| name.to_string_lossy()),
    })
}

/// From the first line to the last: pauses between attempts are part of it.
fn took(run: &PastRun) -> Option<SignedDuration> {
    let took = run.last_at?.duration_since(run.started_at?);
    // Clocks can be set back.
    (!took.is_negative()).then_some(took)
}

/// The files that it was about, by their names.
fn what(arguments: &Value) -> Option<String> {
    let name = |path: &Value| Some(Path::new(path.as_str()?).file_name()?.to_string_lossy().into_owned());
    let files = match arguments.pointer("/packages/wish/packages").and_then(Value::as_array) {
        Some(packages) => packages.iter().filter_map(name).collect(),
        None => vec![name(arguments.pointer("/addOn/from")?)?],
    };
    (!files.is_empty()).then(|| files.join(", "))
}
