//! What changes in an add-on: its members, one by one.

use super::{FieldChange, Weight};
use crate::fault::Fault;
use crate::wish::Wish;
use flightline_protocol::json;
use flightline_protocol::pricing::BasePrice;
use flightline_protocol::submission::Submission;
use serde_json::{Map, Value};

/// What the file says otherwise than the Store; and what is wrong with what comes of it.
pub(super) fn changes(wish: &Wish, base: &Submission, faults: &mut Vec<Fault>) -> Vec<FieldChange> {
    if !wish.packages.is_empty() {
        faults.push(Fault::new("add-on-lacks", "an add-on has no packages of its own").remedy("publish them to the app"));
    }
    let Some(file) = &wish.members else { return Vec::new() };
    let mut changes = Vec::new();
    differ("", base.document(), &file.members, &mut changes);
    let mut after = base.clone();
    for change in &changes {
        change.write(after.document_mut());
    }
    incomplete(&after, faults);
    changes
}

/// The members that say something else, down to the last object.
fn differ(place: &str, base: &Map<String, Value>, wished: &Map<String, Value>, changes: &mut Vec<FieldChange>) {
    let nothing = Map::new();
    for (name, to) in wished {
        let field = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        let from = json::field(base, name).cloned().unwrap_or_default();
        match to {
            // An icon is the same when its name is: it is named for its content.
            Value::Object(icon) if name == "icon" => {
                if from.get("fileName") != icon.get("fileName") {
                    changes.push(FieldChange { field, from, to: to.clone(), weight: Weight::Content });
                }
            }
            Value::Object(members) => differ(&field, from.as_object().unwrap_or(&nothing), members, changes),
            _ if from == *to => {}
            _ => changes.push(FieldChange { field, from, to: to.clone(), weight: Weight::Content }),
        }
    }
}

/// What the Store would refuse at once, or fail at the commit.
fn incomplete(after: &Submission, faults: &mut Vec<Fault>) {
    let mut lacks = |what: &str, remedy: &str| faults.push(Fault::new("add-on-incomplete", what).remedy(remedy));
    let document = after.document();
    if json::field(document, "contentType").and_then(Value::as_str).is_none_or(|word| word == "NotSet") {
        lacks("the add-on has no content type", "state contentType, such as OnlineDataStorage");
    }
    if matches!(after.base_price(), BasePrice::ReadOnly | BasePrice::Absent) {
        lacks(
            "the add-on's price is not known, and a document without one makes it free",
            "state pricing.priceId: Free, or a tier such as Tier1012",
        );
    }
    let listings = json::field(document, "listings").and_then(Value::as_object);
    if listings.is_none_or(Map::is_empty) {
        lacks("the add-on has no listing", "state listings with a title for at least one language");
    }
    for (language, listing) in listings.into_iter().flatten() {
        if listing.get("title").and_then(Value::as_str).is_none_or(str::is_empty) {
            lacks(&format!("the listing for {language} has no title"), "state its title");
        }
    }
}
