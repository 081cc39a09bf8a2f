//! Lists and single resources of the API, as tables or as the documents that the Store gave.

use crate::args::Output;
use crate::view::View;
use crate::view::human;
use crate::view::json::{self, Lines};
use flightline_protocol::add_on::AddOn;
use flightline_protocol::application::Application;
use flightline_protocol::flight::Flight;
use flightline_protocol::id::SubmissionId;
use serde_json::{Map, Value};

/// A list that is shown as its pages come: line by line at once where lines are asked for, whole at the end otherwise.
pub(crate) struct List {
    view: View,
    table: comfy_table::Table,
    documents: Vec<Value>,
}

impl List {
    pub(crate) fn new(view: View, header: &[&str]) -> Self {
        Self { view, table: human::table(header), documents: Vec::new() }
    }

    /// Takes one entry: its cells, and its document.
    pub(crate) fn add(&mut self, cells: Vec<String>, document: &Map<String, Value>) {
        match self.view.output {
            Output::Table => {
                self.table.add_row(cells);
            }
            Output::Json => self.documents.push(Value::Object(document.clone())),
            Output::Ndjson => json::print(&Value::Object(document.clone()), Lines::One),
        }
    }

    /// Shows what has waited for the end.
    pub(crate) fn end(self) {
        match self.view.output {
            Output::Table => human::print_table(&self.table),
            Output::Json => json::print(&Value::Array(self.documents), Lines::Many),
            Output::Ndjson => {}
        }
    }
}

/// One resource.
pub(crate) fn one(document: &Map<String, Value>, view: View) {
    match view.output {
        Output::Table => human::members(document),
        Output::Json => json::print(&Value::Object(document.clone()), Lines::Many),
        Output::Ndjson => json::print(&Value::Object(document.clone()), Lines::One),
    }
}

/// That something is gone.
pub(crate) fn deleted(kind: &str, id: &str, view: View) {
    let name = if kind == "add-on" { "addOn" } else { kind };
    let deleted = serde_json::json!({ name: id, "deleted": true });
    match view.output {
        Output::Table => human::deleted(kind, id),
        Output::Json => json::print(&deleted, Lines::Many),
        Output::Ndjson => json::print(&deleted, Lines::One),
    }
}

pub(crate) fn app(app: &Application) -> Vec<String> {
    let (live, pending) = (id(app.last_published.as_ref()), id(app.pending.as_ref()));
    vec![app.id.to_string(), app.primary_name.clone(), app.package_identity_name.clone(), live, pending]
}

pub(crate) fn flight(flight: &Flight) -> Vec<String> {
    let above = flight.rank_higher_than.clone().unwrap_or_else(|| "-".to_owned());
    let (live, pending) = (id(flight.last_published.as_ref()), id(flight.pending.as_ref()));
    vec![flight.id.to_string(), flight.friendly_name.clone(), flight.group_ids.join(", "), above, live, pending]
}

pub(crate) fn add_on(add_on: &AddOn) -> Vec<String> {
    let apps: Vec<&str> = add_on.applications.iter().map(|app| app.as_str()).collect();
    let (live, pending) = (id(add_on.last_published.as_ref()), id(add_on.pending.as_ref()));
    vec![add_on.id.to_string(), add_on.product_id.clone(), add_on.product_type.clone(), apps.join(", "), live, pending]
}

fn id(id: Option<&SubmissionId>) -> String {
    id.map_or_else(|| "-".to_owned(), ToString::to_string)
}
