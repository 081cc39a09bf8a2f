//! The rules of an update, in the order in which they are looked at.

use super::add_on;
use super::app;
use super::delivery;
use super::file;
use super::flight;
use super::shape::{Member, Shape};
use crate::account::Kind;
use crate::members;
use crate::reply::Refusal;
use flightline_protocol::error::ErrorCode;
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The device families that an update has to speak about.
const FAMILIES: [&str; 4] = ["Desktop", "Mobile", "Xbox", "Holographic"];

/// The most distinct words in the keywords of one listing.
const MOST_KEYWORDS: usize = 21;

/// The members of a submission, in the order of the wire.
pub(crate) fn members_of(kind: Kind) -> &'static [Member] {
    match kind {
        Kind::App => app::MEMBERS,
        Kind::AddOn => add_on::MEMBERS,
        Kind::Flight => flight::MEMBERS,
    }
}

/// What an empty submission of this kind is called in refusals.
fn whole(kind: Kind) -> &'static str {
    match kind {
        Kind::App => "applicationSubmission",
        Kind::AddOn => "inAppProductSubmission",
        Kind::Flight => "flightSubmission",
    }
}

/// The document that `kept` becomes when `request` replaces it.
pub(crate) fn update(kind: Kind, kept: &Map<String, Value>, id: &str, request: &Value) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(given) = request else { return Err(no_submission(kind)) };
    if members::find(given, "id").is_some_and(|other| !other.is_null() && other.as_str() != Some(id)) {
        return Err(Refusal::parameter("The id in the request is not that of the submission.", Some("id")));
    }
    if kind == Kind::Flight {
        flight::refuse_strangers(given)?;
    }
    let mut document = read(kind, request)?;
    match kind {
        Kind::App => {
            price(kept, &mut document)?;
            listings(&document, "AppListings", "appListings")?;
            device_families(&document)?;
        }
        Kind::AddOn => {
            price(kept, &mut document)?;
            listings(&document, "Listings", "listings")?;
            add_on::icons(kept, &mut document)?;
        }
        Kind::Flight => {}
    }
    if let Some(list) = kind.packages() {
        file::packages(kept, &mut document, list)?;
    }
    file::images(kept, &mut document)?;
    file::trailers(kept, &mut document)?;
    let (shape, value) = (Shape::Object(members_of(kind)), Value::Object(document.clone()));
    shape.limits(&value, whole(kind))?;
    keywords(&document)?;
    shape.choices(&value, whole(kind))?;
    delivery::hold_back(&mut document);
    Ok(document)
}

/// The document of a new draft: the clone, or what a body that should not have been there makes of it.
///
/// A body is taken for submission data, and then it has to be whole: an empty object is refused for what it lacks (O-104).
pub(crate) fn draft(kind: Kind, clone: &Map<String, Value>, id: &str, body: &Value) -> Result<Map<String, Value>, Refusal> {
    let given = match body {
        Value::Null => return Ok(clone.clone()),
        Value::Object(given) => given,
        _ => return Err(no_submission(kind)),
    };
    if kind == Kind::Flight && members::find(given, "flightPackages").is_none() {
        return Err(Refusal::parameter("The request holds no flight packages.", Some("packages")));
    }
    if let (Kind::App, Some(list)) = (kind, kind.packages().filter(|list| members::find(given, list).is_some())) {
        file::packages(clone, &mut read(kind, body)?, list)?;
    }
    if kind != Kind::Flight && members::find(given, "listings").and_then(Value::as_object).is_none_or(Map::is_empty) {
        let target = if kind == Kind::App { "appListings" } else { "listings" };
        listings(&Map::new(), "Listings", target)?;
    }
    update(kind, clone, id, body)
}

fn read(kind: Kind, request: &Value) -> Result<Map<String, Value>, Refusal> {
    match Shape::Object(members_of(kind)).read(request, whole(kind))? {
        Value::Object(document) => Ok(document),
        _ => Err(no_submission(kind)),
    }
}

fn no_submission(kind: Kind) -> Refusal {
    Refusal::parameter("The request holds no submission.", Some(whole(kind)))
}

/// Pricing has to be there, may not say `Base`, and without a price id it makes the product free without a word (O-105).
fn price(kept: &Map<String, Value>, document: &mut Map<String, Value>) -> Result<(), Refusal> {
    let Some(pricing) = document.get_mut("pricing").and_then(Value::as_object_mut) else {
        return Err(Refusal::parameter("Pricing data was not provided in the request.", Some("pricing")));
    };
    match pricing.get("priceId").and_then(Value::as_str) {
        Some("Base") => {
            return Err(Refusal::parameter("'Base' is not a valid PriceId for base price.", Some("pricing")));
        }
        Some(_) => {}
        None => {
            pricing.insert("priceId".to_owned(), Value::from("Free"));
        }
    }
    let price = pricing.shift_remove("priceId").unwrap_or(Value::Null);
    let before = members::find(kept, "pricing").and_then(Value::as_object);
    let advanced = before.and_then(|before| members::find(before, "isAdvancedPricingModel")).cloned();
    pricing.insert("sales".to_owned(), json!([]));
    pricing.insert("priceId".to_owned(), price);
    pricing.insert("isAdvancedPricingModel".to_owned(), advanced.unwrap_or(Value::Bool(true)));
    Ok(())
}

fn listings(document: &Map<String, Value>, field: &str, target: &str) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::parameter(message, Some(target)));
    let listings = document.get("listings").and_then(Value::as_object).filter(|listings| !listings.is_empty());
    let Some(listings) = listings else {
        return refuse(format!("The size of {field} must be 1 or more"));
    };
    match Shape::strangers(listings).as_slice() {
        [] => Ok(()),
        strangers => refuse(format!("Language codes: {} not supported", strangers.join(", "))),
    }
}

fn device_families(document: &Map<String, Value>) -> Result<(), Refusal> {
    let families = document.get("allowTargetFutureDeviceFamilies").and_then(Value::as_object);
    if families.is_some_and(|families| FAMILIES.iter().all(|family| families.contains_key(*family))) {
        return Ok(());
    }
    let message =
        format!("AllowTargetFutureDeviceFamilies needs to be initialized for all supported platform, [{}]", FAMILIES.join(", "));
    Err(Refusal::parameter(message, Some("allowTargetFutureDeviceFamilies")))
}

/// At most so many distinct words in one listing's keywords. What exactly the service counts is not settled (O-106).
fn keywords(document: &Map<String, Value>) -> Result<(), Refusal> {
    let listings = document.get("listings").and_then(Value::as_object).into_iter().flat_map(Map::values);
    for listing in listings {
        let keywords = listing["baseListing"]["keywords"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words: BTreeSet<String> = keywords.flat_map(str::split_whitespace).map(str::to_lowercase).collect();
        if words.len() > MOST_KEYWORDS {
            let message = format!("The size of KeywordsTotalCount must be {MOST_KEYWORDS} or less");
            return Err(Refusal::parameter(message, None));
        }
    }
    Ok(())
}

/// Refuses a body that is announced as anything but JSON. Without an announcement it is taken for JSON.
pub(crate) fn media_type(announced: Option<&str>) -> Result<(), Refusal> {
    let is_json =
        |announced: &str| announced.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
    match announced {
        Some(announced) if !is_json(announced) => Err(Refusal::parameter("Only JSON content is accepted", Some("mediaType"))),
        _ => Ok(()),
    }
}

/// Refuses what is done through the API to a submission that a person began in the portal.
pub(crate) fn origin_portal() -> Refusal {
    let message = "Ingestion API can only update, delete, and commit submissions that are created through the API. \
                   Please delete the current in-progress submission and create one using the API";
    Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidOperation, message, Some("applicationSubmission"))
}
