//! The last error of a command, kept beside the state files for `support bundle`, as it was shown: people close their terminals.

use crate::clock;
use crate::input;
use crate::report::{Exit, Failure};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;

/// The file, which no state file is called.
const NAME: &str = "last-error.json";

/// Keeps an error in the place of the one before, unless it is wrong input, of which nothing is left behind, or that somebody stopped
/// the command. A machine on which that cannot be done has told its error all the same.
pub(crate) fn keep(folder: &Path, command: &str, failure: &Failure) {
    if matches!(failure.exit(), Exit::Invalid | Exit::Interrupted | Exit::Terminated) {
        return;
    }
    let document = json!({
        "at": clock::now().to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "command": command,
        "error": failure.to_json(),
    });
    let _ = std::fs::create_dir_all(folder).and_then(|()| {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        writeln!(file, "{document:#}")?;
        file.persist(folder.join(NAME)).map_err(|error| error.error)
    });
}

/// The error that was kept last.
pub(crate) fn read(folder: &Path) -> Option<Value> {
    let text = input::text(&folder.join(NAME)).ok()?;
    serde_json::from_str(&text).ok()
}
