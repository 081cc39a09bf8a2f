//! What the Store finds out about a submission as a whole, after its files have been read.

use super::Outcome;
use crate::account::Kind;
use crate::members;
use flightline_protocol::error::DetailCode;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What the Store says where it does not say more.
const OPAQUE: &str = "Submission has active validation errors which cannot be exposed via API, please visit \
                      https://developer.microsoft.com to see the issue.";

/// Languages that came or went since what is live.
pub(super) fn languages(outcome: &mut Outcome, draft: &Map<String, Value>, published: Option<&Map<String, Value>>) {
    let codes = |document: &Map<String, Value>| -> BTreeSet<String> {
        let listings = members::find(document, "listings").and_then(Value::as_object);
        listings.into_iter().flat_map(|listings| listings.keys().cloned()).collect()
    };
    let Some(published) = published else { return };
    let (now, before) = (codes(draft), codes(published));
    for code in now.difference(&before) {
        outcome.warn(DetailCode::ListingOptInWarning, format!("The listing in {code} was added"));
    }
    for code in before.difference(&now) {
        outcome.warn(DetailCode::ListingOptOutWarning, format!("The listing in {code} was taken away"));
    }
}

/// Looks at what no file shows.
pub(super) fn whole(kind: Kind, outcome: &mut Outcome) {
    let document = &outcome.document;
    match kind {
        Kind::App => titles(outcome),
        Kind::AddOn if is_untouched(document) => outcome.error(DetailCode::InvalidState, OPAQUE.to_owned()),
        Kind::AddOn if is_untitled(document) => missing_title(outcome),
        // Nobody can be given nothing.
        Kind::Flight if members::entries(document, "flightPackages").next().is_none() => {
            outcome.error(DetailCode::InvalidState, OPAQUE.to_owned());
        }
        Kind::AddOn | Kind::Flight => {}
    }
}

/// Whether an add-on's first draft still says what it said when it was made (O-125).
fn is_untouched(document: &Map<String, Value>) -> bool {
    let price =
        members::find(document, "pricing").and_then(Value::as_object).and_then(|pricing| members::text(pricing, "priceId"));
    let listings = members::find(document, "listings").and_then(Value::as_object);
    members::text(document, "contentType") == Some("NotSet") || price == Some("Base") || listings.is_none_or(Map::is_empty)
}

/// Whether a listing of an add-on has no title. No package could give it one.
fn is_untitled(document: &Map<String, Value>) -> bool {
    let listings = members::find(document, "listings").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let mut titles = listings.map(|listing| listing["title"].as_str().unwrap_or_default());
    titles.any(|title| title.trim().is_empty())
}

fn missing_title(outcome: &mut Outcome) {
    outcome.error(DetailCode::InvalidParameterValue, "Validation error: MissingTitle".to_owned());
}

/// A listing without a title needs a package in its language, and in exactly that one (O-114).
fn titles(outcome: &mut Outcome) {
    let document = &outcome.document;
    let covered: BTreeSet<String> = members::entries(document, "applicationPackages")
        .filter_map(|package| members::find(package, "languages").and_then(Value::as_array))
        .flatten()
        .filter_map(|code| code.as_str().map(str::to_lowercase))
        .collect();
    let listings = members::find(document, "listings").and_then(Value::as_object);
    let is_untitled = listings.into_iter().flatten().any(|(code, listing)| {
        let title = listing["baseListing"]["title"].as_str().unwrap_or_default();
        title.trim().is_empty() && !covered.contains(&code.to_lowercase())
    });
    if is_untitled {
        missing_title(outcome);
    }
}
