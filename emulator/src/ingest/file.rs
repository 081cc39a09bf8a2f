//! The files that a submission names: which of them have to be in the archive, and what becomes of their entries.

use crate::account::Kind;
use crate::members;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The names of all files that wait for their content, in the form in which an archive has them.
pub(super) fn wanted(kind: Kind, document: &Map<String, Value>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut want = |entry: &Map<String, Value>, member: &str| {
        names.extend(members::text(entry, member).map(|name| name.replace('\\', "/")));
    };
    let packages = kind.packages().into_iter().flat_map(|list| members::entries(document, list));
    for entry in packages.chain(images(document)).chain(icons(document)) {
        if is(entry, "PendingUpload") {
            want(entry, "fileName");
        }
    }
    for trailer in members::entries(document, "trailers") {
        if members::text(trailer, "id").is_none() {
            want(trailer, "videoFileName");
        }
        let assets = members::find(trailer, "trailerAssets").and_then(Value::as_object);
        for asset in assets.into_iter().flat_map(Map::values).filter_map(Value::as_object) {
            for image in members::entries(asset, "imageList").filter(|image| members::text(image, "id").is_none()) {
                want(image, "fileName");
            }
        }
    }
    names
}

pub(super) fn is(entry: &Map<String, Value>, status: &str) -> bool {
    members::text(entry, "fileStatus") == Some(status)
}

fn images(document: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let bases = listings(document).filter_map(|listing| members::find(listing, "baseListing")?.as_object());
    bases.flat_map(|base| members::entries(base, "images"))
}

/// The icons of an add-on's listings.
fn icons(document: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    listings(document).filter_map(|listing| members::find(listing, "icon")?.as_object())
}

fn listings(document: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let listings = members::find(document, "listings").and_then(Value::as_object);
    listings.into_iter().flat_map(Map::values).filter_map(Value::as_object)
}

/// After the files have been taken in, nothing waits any more, and what was to go is gone.
pub(super) fn settle(kind: Kind, document: &mut Map<String, Value>) {
    if let Some(list) = kind.packages() {
        settle_list(document.get_mut(list));
    }
    let listings = document.get_mut("listings").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    for listing in listings.filter_map(Value::as_object_mut) {
        if listing.get("icon").is_some_and(|icon| icon["fileStatus"] == "PendingDelete") {
            listing.shift_remove("icon");
        }
        if let Some(icon) = listing.get_mut("icon").and_then(Value::as_object_mut) {
            icon.insert("fileStatus".to_owned(), Value::from("Uploaded"));
        }
        if let Some(base) = listing.get_mut("baseListing") {
            settle_list(base.get_mut("images"));
        }
    }
}

fn settle_list(list: Option<&mut Value>) {
    let Some(list) = list.and_then(Value::as_array_mut) else { return };
    list.retain(|entry| entry["fileStatus"] != "PendingDelete");
    for entry in list.iter_mut().filter(|entry| entry["fileStatus"] == "PendingUpload") {
        entry["fileStatus"] = Value::from("Uploaded");
    }
}
