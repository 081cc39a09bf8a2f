//! How a support bundle is told.

use crate::args::Output;
use crate::support::Entry;
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use serde_json::json;
use std::path::Path;

/// Where it is, and what is in it.
pub(crate) fn show(file: &Path, entries: &[Entry], view: View) {
    let list: Vec<_> = entries.iter().map(|entry| json!({ "name": entry.name, "bytes": entry.text.len() })).collect();
    let document = json!({ "file": file.to_string_lossy(), "entries": list });
    match view.output {
        Output::Table => human::bundle(file, entries.iter().map(|entry| (entry.name.as_str(), entry.text.len() as u64))),
        Output::Json => json::print(&document, Lines::Many),
        Output::Ndjson => json::print(&document, Lines::One),
    }
}
