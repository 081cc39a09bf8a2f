//! How explanations look.

use crate::args::Output;
use crate::view::json::{self, Lines};
use crate::view::{View, human};
use flightline_protocol::explanation::Explanation;
use serde_json::{Value, json};

/// Codes, each in full.
pub(crate) fn these(found: &[Explanation], view: View) {
    match view.output {
        Output::Table => human::explanations(found),
        Output::Json | Output::Ndjson => data(found, view),
    }
}

/// Codes, each on a line.
pub(crate) fn list(found: &[Explanation], view: View) {
    match view.output {
        Output::Table => {
            let mut table = human::table(&["code", "family", "what it means"]);
            for known in found {
                table.add_row([known.code, known.family.name(), known.meaning]);
            }
            human::print_table(&table);
        }
        Output::Json | Output::Ndjson => data(found, view),
    }
}

fn data(found: &[Explanation], view: View) {
    let documents = found.iter().map(document);
    match view.output {
        Output::Ndjson => documents.for_each(|document| json::print(&document, Lines::One)),
        Output::Json | Output::Table => json::print(&documents.collect(), Lines::Many),
    }
}

fn document(known: &Explanation) -> Value {
    json!({
        "code": known.code,
        "family": known.family.name(),
        "meaning": known.meaning,
        "causes": known.causes,
        "remedy": known.remedy,
        "sources": known.sources,
    })
}
