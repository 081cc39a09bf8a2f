//! The files that a submission names: which of them it has to keep naming, and which are new.

use super::shape::pascal;
use crate::members;
use crate::reply::Refusal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The most packages in one submission (O-002).
const MOST_PACKAGES: usize = 25;

/// Every package that is there has to be named again, to stay or to go; new ones wait for their file.
pub(super) fn packages(kept: &Map<String, Value>, document: &mut Map<String, Value>, list: &str) -> Result<(), Refusal> {
    let before = by_id(members::entries(kept, list));
    let mut named = BTreeSet::new();
    let mut pending = BTreeSet::new();
    let mut staying = 0_usize;
    for package in members::entries_mut(document, list) {
        let id = members::text(package, "id").unwrap_or_default().to_owned();
        let status = members::text(package, "fileStatus").unwrap_or_default().to_owned();
        let name = members::text(package, "fileName").unwrap_or_default().to_owned();
        staying += usize::from(status != "PendingDelete");
        match (before.get(id.as_str()), status.as_str()) {
            (Some(existing), "Uploaded" | "PendingDelete") if named.insert(id.clone()) => {
                let given = std::mem::replace(package, (*existing).clone());
                for member in ["fileStatus", "minimumDirectXVersion", "minimumSystemRam"] {
                    if let Some(value) = given.get(member) {
                        package.insert(member.to_owned(), value.clone());
                    }
                }
            }
            (Some(_), "Uploaded" | "PendingDelete") => {
                return refuse(format!("Package {id} is named twice."));
            }
            // To mark a package that is there for another upload counts as leaving it out.
            (Some(_), _) => {}
            (None, "PendingUpload") if name.is_empty() => return refuse("A new package has no file name.".to_owned()),
            (None, "PendingUpload") => {
                package.shift_remove("id");
                if !pending.insert(name.replace('\\', "/")) {
                    return refuse(format!("The file {name} is to be uploaded twice."));
                }
            }
            (None, _) => {
                let which = if id.is_empty() { name } else { id };
                return refuse(format!("Package {which} is not in the submission; a new one is marked PendingUpload."));
            }
        }
    }
    let missing: Vec<&str> = before.keys().copied().filter(|id| !named.contains(*id)).collect();
    if !missing.is_empty() {
        return refuse(format!(
            "Please keep all file entries for existing packages. If you wish to remove a package, mark it as PendingDelete. \
             The following packages are missing in your update: {}",
            missing.join(", ")
        ));
    }
    if staying > MOST_PACKAGES {
        return Err(Refusal::parameter(format!("The size of {} must be {MOST_PACKAGES} or less", pascal(list)), None));
    }
    Ok(())
}

fn refuse(message: String) -> Result<(), Refusal> {
    Err(Refusal::parameter(message, Some("packages")))
}

/// Images that are there are named by their id. One that a request does not name stays: only `PendingDelete` takes it away (O-107).
pub(super) fn images(kept: &Map<String, Value>, document: &mut Map<String, Value>) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::parameter(message, Some("images")));
    let none = Map::new();
    let before = members::find(kept, "listings").and_then(Value::as_object).unwrap_or(&none);
    let known = by_id(before.values().flat_map(of_listing));
    let Some(listings) = document.get_mut("listings").and_then(Value::as_object_mut) else { return Ok(()) };
    for (language, listing) in listings {
        let images = listing.get_mut("baseListing").and_then(|base| base.get_mut("images")).and_then(Value::as_array_mut);
        let Some(images) = images else { continue };
        let mut named = BTreeSet::new();
        for image in images.iter_mut().filter_map(Value::as_object_mut) {
            let id = members::text(image, "id").unwrap_or_default().to_owned();
            let name = members::text(image, "fileName").unwrap_or_default().to_owned();
            let status = members::text(image, "fileStatus").unwrap_or_default().to_owned();
            match (id.as_str(), status.as_str()) {
                ("", "PendingUpload") if name.is_empty() => return refuse("A new image has no file name.".to_owned()),
                ("", "PendingUpload") => {}
                ("", _) => return refuse(format!("Existing Image ({name}) should contain Id")),
                (id, "Uploaded" | "PendingDelete") => match known.get(id) {
                    Some(existing) => {
                        named.insert(id.to_owned());
                        if let Some(name) = existing.get("fileName") {
                            image.insert("fileName".to_owned(), name.clone());
                        }
                    }
                    None => return refuse(format!("Image {id} is not in the submission.")),
                },
                (id, _) => return refuse(format!("Image {id} is in the submission already: a new one has no Id.")),
            }
        }
        let left_out = before
            .get(language)
            .into_iter()
            .flat_map(of_listing)
            .filter(|image| members::text(image, "id").is_some_and(|id| !named.contains(id)));
        images.extend(left_out.cloned().map(Value::Object));
    }
    Ok(())
}

fn of_listing(listing: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let base = listing.as_object().and_then(|listing| members::find(listing, "baseListing")).and_then(Value::as_object);
    base.into_iter().flat_map(|base| members::entries(base, "images"))
}

/// A trailer that is there is named by its id and keeps its files; one without is new and wants its files.
pub(super) fn trailers(kept: &Map<String, Value>, document: &mut Map<String, Value>) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::parameter(message, Some("trailers")));
    let before = by_id(members::entries(kept, "trailers"));
    for trailer in members::entries_mut(document, "trailers") {
        match members::text(trailer, "id").map(str::to_owned) {
            None if members::text(trailer, "videoFileName").is_none_or(str::is_empty) => {
                return refuse("A new trailer has no video file.".to_owned());
            }
            None => {}
            Some(id) => match before.get(id.as_str()) {
                Some(existing) => {
                    for member in ["videoFileName", "videoFileId"] {
                        if let Some(value) = members::find(existing, member) {
                            trailer.insert(member.to_owned(), value.clone());
                        }
                    }
                }
                None => return refuse(format!("Trailer {id} is not in the submission.")),
            },
        }
    }
    Ok(())
}

fn by_id<'a>(entries: impl Iterator<Item = &'a Map<String, Value>>) -> BTreeMap<&'a str, &'a Map<String, Value>> {
    entries.filter_map(|entry| Some((members::text(entry, "id")?, entry))).collect()
}
