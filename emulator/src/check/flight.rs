//! The flight submission, member by member in the order of the wire, and the rule that only it has.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-flight-submissions#flight-submission-object>

use super::app;
use super::choice;
use super::delivery::{self, DELIVERY, PACKAGE};
use super::shape::{ANY, Absent, Member, Shape, member};
use crate::date;
use crate::reply::Refusal;
use serde_json::{Map, Value, json};

/// Its members.
pub(super) const MEMBERS: &[Member] = &[
    member("id", Shape::Text(ANY), Absent::Server),
    member("flightId", Shape::Any, Absent::Server),
    member("status", Shape::Any, Absent::Server),
    member("statusDetails", Shape::Any, Absent::Server),
    member("flightPackages", Shape::List(ANY, &PACKAGE), Absent::List),
    member("packageDeliveryOptions", DELIVERY, Absent::Whole),
    member("fileUploadUrl", Shape::Any, Absent::Server),
    member("targetPublishMode", Shape::Choice(choice::PUBLISH_MODE), Absent::Text("Immediate")),
    member("targetPublishDate", Shape::Date, Absent::NoDate),
    member("notesForCertification", Shape::Text(2000), Absent::Text("")),
];

/// The first submission of a flight.
pub(crate) fn blank() -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("flightPackages".to_owned(), json!([]));
    document.insert("packageDeliveryOptions".to_owned(), delivery::blank());
    document.insert("targetPublishMode".to_owned(), Value::from("Immediate"));
    document.insert("targetPublishDate".to_owned(), Value::from(date::NONE));
    document.insert("notesForCertification".to_owned(), Value::from(""));
    document
}

/// A flight has packages and nothing to show: what else an app submission can say is refused (O-129).
pub(super) fn refuse_strangers(given: &Map<String, Value>) -> Result<(), Refusal> {
    let is_of = |members: &[Member], name: &str| {
        members.iter().any(|member| member.absent != Absent::Server && member.name.eq_ignore_ascii_case(name))
    };
    let stranger = given.iter().find(|(name, value)| !value.is_null() && is_of(app::MEMBERS, name) && !is_of(MEMBERS, name));
    match stranger {
        Some((name, _)) => {
            Err(Refusal::parameter(format!("The property '{name}' is not supported in a flight submission."), Some(name)))
        }
        None => Ok(()),
    }
}
