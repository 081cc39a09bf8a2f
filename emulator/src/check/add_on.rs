//! The add-on submission, member by member in the order of the wire, and the rules that only it has.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-add-on-submissions#add-on-submission-object>

use super::choice;
use super::shape::{ANY, Absent, Keys, Member, Shape, member};
use crate::date;
use crate::members;
use crate::reply::Refusal;
use serde_json::{Map, Value, json};

/// Its members.
pub(super) const MEMBERS: &[Member] = &[
    member("id", Shape::Text(ANY), Absent::Server),
    member("contentType", Shape::Choice(choice::CONTENT), Absent::Text("NotSet")),
    member("keywords", Shape::List(10, &Shape::Text(30)), Absent::List),
    member("lifetime", Shape::Choice(choice::LIFETIME), Absent::Text("Forever")),
    member("listings", Shape::Map(Keys::Language, &LISTING), Absent::Map),
    member("pricing", PRICING, Absent::Omit),
    member("targetPublishDate", Shape::Date, Absent::NoDate),
    member("targetPublishMode", Shape::Choice(choice::PUBLISH_MODE), Absent::Text("Immediate")),
    member("tag", Shape::Text(3000), Absent::Text("")),
    member("visibility", Shape::Choice(choice::VISIBILITY), Absent::Text("NotSet")),
    member("status", Shape::Any, Absent::Server),
    member("statusDetails", Shape::Any, Absent::Server),
    member("fileUploadUrl", Shape::Any, Absent::Server),
    member("friendlyName", Shape::Any, Absent::Server),
];

const LISTING: Shape = Shape::Object(&[
    member("description", Shape::Text(200), Absent::Text("")),
    member("icon", ICON, Absent::Omit),
    member("title", Shape::Text(100), Absent::Omit),
]);

const ICON: Shape = Shape::Object(&[
    member("fileName", Shape::Text(255), Absent::Omit),
    member("fileStatus", Shape::Choice(choice::FILE_STATUS), Absent::Text("None")),
]);

const PRICING: Shape = Shape::Object(&[
    member("marketSpecificPricings", Shape::Map(Keys::Market, &Shape::Price), Absent::Map),
    member("sales", Shape::Any, Absent::Server),
    member("priceId", Shape::Price, Absent::Omit),
    member("isAdvancedPricingModel", Shape::Any, Absent::Server),
]);

/// The first submission of an add-on. It cannot be committed as it is: no update may say what it says (O-125).
pub(crate) fn blank() -> Map<String, Value> {
    let document = json!({
        "contentType": "NotSet",
        "keywords": [],
        "lifetime": "Forever",
        "listings": {},
        "pricing": {
            "marketSpecificPricings": {},
            "sales": [],
            "priceId": "Base",
            "isAdvancedPricingModel": true,
        },
        "targetPublishDate": date::NONE,
        "targetPublishMode": "Immediate",
        "tag": "",
        "visibility": "Public",
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

/// An icon has no id, so its state alone says what is to happen: a new one waits for its file, one that is there stays or goes. One
/// that a request does not name stays (O-128).
pub(super) fn icons(kept: &Map<String, Value>, document: &mut Map<String, Value>) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::parameter(message, Some("icon")));
    let Some(listings) = document.get_mut("listings").and_then(Value::as_object_mut) else { return Ok(()) };
    for (language, listing) in listings {
        let Some(listing) = listing.as_object_mut() else { continue };
        let there = icon_of(kept, language).filter(|icon| members::text(icon, "fileStatus") != Some("PendingUpload"));
        let Some(icon) = listing.get_mut("icon").and_then(Value::as_object_mut) else {
            if let Some(icon) = there {
                // Between description and title, as the service has it.
                listing.shift_insert(1, "icon".to_owned(), Value::Object(icon.clone()));
            }
            continue;
        };
        let name = members::text(icon, "fileName").unwrap_or_default();
        match (members::text(icon, "fileStatus").unwrap_or_default(), there) {
            ("PendingUpload", _) if name.is_empty() => {
                return refuse(format!("The new icon of the listing in {language} has no file name."));
            }
            ("PendingUpload", _) => {}
            ("Uploaded" | "PendingDelete", Some(there)) => {
                if let Some(name) = members::find(there, "fileName") {
                    icon.insert("fileName".to_owned(), name.clone());
                }
            }
            ("Uploaded" | "PendingDelete", None) => {
                return refuse(format!("The listing in {language} has no icon; a new one is marked PendingUpload."));
            }
            (status, _) => {
                return refuse(format!("The icon of the listing in {language} has the status {status}, which says nothing."));
            }
        }
    }
    Ok(())
}

fn icon_of<'a>(document: &'a Map<String, Value>, language: &str) -> Option<&'a Map<String, Value>> {
    let listing = members::find(document, "listings")?.get(language)?.as_object()?;
    members::find(listing, "icon")?.as_object()
}
