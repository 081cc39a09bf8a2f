//! What somebody who helps needs to know of this machine, put together so that no secret can be in it: whatever is not on a list of
//! what may be said stays out, and what goes in passes the [`Censor`] besides.

mod censor;
mod log;
mod setting;
mod state;

use crate::args::Common;
use crate::env::Surroundings;
use crate::profile::{profile_file, state_folder};
use crate::report::Failure;
use crate::view::history;
use crate::{clock, input, last_error};
use censor::Censor;
use flightline_publish::history::History;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A file of the bundle.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) text: String,
}

const README: &str = "\
What is in here
===============

Made by `flightline support bundle` for somebody who helps you. Look through it before you send it: it is plain text throughout.

  about.json        version, platform, and when this was made
  settings.json     which settings and variables are set, by their names. A value stands here only where it is on a short list of
                    what may be told: ids of tenant and application, the hosts of services and proxies, words such as `json`
  history.json      what this machine has published, and how it ended, with Microsoft's correlation ids
  last-error.json   the last error of a command, as it was shown, with its correlation id
  state/            the state files, line by line as far as they can be understood; the paths of packages are in them
  log/              the last lines of logs that you named with --log

What is not in here: secrets, tokens, certificates and passwords, the signatures of upload addresses, the values of any other variable,
the packages, and anything that was not asked for. The home folder is written ~.

flightline keeps no log. `flightline -vv … 2> run.log` makes one, and `--log run.log` puts it in here.
";

/// Puts the entries together. A part that cannot be read says so, and hides no other.
pub(crate) fn entries(common: &Common, logs: &[PathBuf]) -> Result<Vec<Entry>, Failure> {
    let surroundings = Surroundings::read();
    let profiles = profile_file(common).map(|file| setting::profiles(&file));
    let censor = Censor::new(setting::secrets(&surroundings, profiles.as_ref()), surroundings.home.clone());
    let mut entries = Vec::new();
    let mut add = |name: &str, text: &str| entries.push(Entry { name: name.to_owned(), text: censor.clean(text) });
    add("README.txt", README);
    add("about.json", &pretty(&about()));
    add("settings.json", &pretty(&setting::document(common, &surroundings, profiles.as_ref())));
    let folder = state_folder(common).ok();
    let runs = folder.as_deref().map(History::read).transpose();
    let runs = runs.map_or_else(|error| json!({ "unreadable": error.to_string() }), |runs| told(&runs.unwrap_or_default()));
    add("history.json", &pretty(&runs));
    let last = folder.as_deref().and_then(last_error::read);
    add("last-error.json", &pretty(&last.unwrap_or(Value::Null)));
    for (name, text) in folder.as_deref().map(state::files).unwrap_or_default() {
        add(&format!("state/{name}"), &text);
    }
    for (at, file) in logs.iter().enumerate() {
        let text = input::file(file).map_err(|error| {
            Failure::usage("file-unreadable", format!("{}: {error}", file.display()))
                .hint("name a log that you kept, such as run.log")
        })?;
        add(&format!("log/{}.log", at + 1), &log::tail(&text));
    }
    Ok(entries)
}

fn told(history: &History) -> Value {
    let unreadable = history.unreadable.iter();
    let unreadable = unreadable
        .map(|(file, error)| json!({ "file": file.file_name().map(|name| name.to_string_lossy()), "why": error.to_string() }));
    json!({ "runs": history::documents(history), "unreadable": unreadable.collect::<Vec<_>>() })
}

fn about() -> Value {
    let system = input::text("/etc/os-release".as_ref()).ok().filter(|_| cfg!(target_os = "linux"));
    let system = system.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")));
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "made": clock::now().to_string(),
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "system": system.map(|name| name.trim_matches('"')),
        "processors": std::thread::available_parallelism().ok().map(std::num::NonZeroUsize::get),
    })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
