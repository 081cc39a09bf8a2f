//! What a document says, without what the Store itself changes when it clones or stores one.

use flightline_protocol::json;
use flightline_protocol::schedule::NO_DATE;
use flightline_protocol::submission::Submission;
use serde_json::{Map, Value};

/// How many changed places are named.
const MOST_PLACES: usize = 8;

/// How deep a place is named: `listings.en-us.baseListing.description`.
const DEEPEST: usize = 4;

/// The document without what the Store itself changes when it clones or stores one.
pub(super) fn essence(submission: &Submission) -> Value {
    const OWN: [&str; 6] = ["id", "flightId", "status", "statusDetails", "fileUploadUrl", "friendlyName"];
    let mut document = submission.document().clone();
    document.retain(|name, _| !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)));
    if let Some(Value::Object(options)) = json::field_mut(&mut document, "packageDeliveryOptions") {
        options.retain(|name, _| !name.eq_ignore_ascii_case("packageRollout"));
    }
    if let Some(Value::Object(pricing)) = json::field_mut(&mut document, "pricing") {
        pricing.retain(|name, _| !name.eq_ignore_ascii_case("isAdvancedPricingModel"));
    }
    Value::Object(document)
}

/// What a draft says, as a digest: the same for documents that say the same in other words.
pub(crate) fn digest(submission: &Submission) -> String {
    let mut text = String::new();
    spell(&told(submission), &mut text);
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Where a draft says something else than it did, at the most a few places.
pub(crate) fn changes(before: &Submission, after: &Submission) -> Vec<String> {
    let mut places = Vec::new();
    compare(&told(before), &told(after), "", 1, &mut places);
    places.truncate(MOST_PLACES);
    places
}

/// The essence, and the rollout that was asked for, without what says nothing.
fn told(submission: &Submission) -> Value {
    let mut essence = essence(submission);
    if let (Some(rollout), Value::Object(members)) = (submission.rollout().filter(|asked| asked.is_package_rollout), &mut essence)
    {
        members.insert("packageRollout".to_owned(), rollout.percentage.into());
    }
    without_blanks(essence)
}

fn without_blanks(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.into_iter().filter(|(_, value)| !is_blank(value));
            Value::Object(said.map(|(name, value)| (name.to_lowercase(), without_blanks(value))).collect())
        }
        Value::Array(entries) => Value::Array(entries.into_iter().map(without_blanks).collect()),
        // Ten is ten, with or without a fraction.
        Value::Number(number) => number.as_f64().map_or(Value::Number(number), Value::from),
        other => other,
    }
}

/// Whether a value says no more than its absence: the Store has it where nobody has said anything.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => ["", "None", "NotSet", "Forever", "Public", NO_DATE].contains(&text.as_str()),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(members) => members.values().all(is_blank),
    }
}

/// The value in one spelling: members in the order of their names.
fn spell(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            out.push('{');
            for name in names {
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                spell(&members[name], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(entries) => {
            out.push('[');
            for entry in entries {
                spell(entry, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn compare(before: &Value, after: &Value, place: &str, depth: usize, places: &mut Vec<String>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) if depth <= DEEPEST => {
            let nothing = Value::Object(Map::new());
            let new = after.keys().filter(|name| !before.contains_key(*name));
            for name in before.keys().chain(new) {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                let value = |members: &Map<String, Value>| members.get(name).unwrap_or(&nothing).clone();
                compare(&value(before), &value(after), &place, depth + 1, places);
            }
        }
        _ => places.push(place.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(document: Value) -> Submission {
        Submission::read(document).expect("a submission").0
    }

    /// Other words for the same are no change; anything else is, and its place is named.
    #[test]
    fn a_change_is_told_from_other_words_for_the_same() {
        let stored = draft(json!({
            "id": "7", "status": "PendingCommit", "friendlyName": "Submission 2", "notes": "Try the red boat.", "trailers": [],
            "pricing": { "priceId": "Free", "trialPeriod": "NotSet", "isAdvancedPricingModel": true },
            "packageDeliveryOptions": { "packageRollout": { "isPackageRollout": true, "packageRolloutPercentage": 10.0,
                                        "packageRolloutStatus": "PackageRolloutNotStarted" } },
        }));
        let same = draft(json!({
            "id": "7", "status": "PendingCommit", "Notes": "Try the red boat.", "pricing": { "priceId": "Free" },
            "packageDeliveryOptions": { "packageRollout": { "isPackageRollout": true, "packageRolloutPercentage": 10,
                                        "packageRolloutStatus": "PackageRolloutNotStarted" } },
        }));
        assert_eq!((digest(&stored), changes(&stored, &same)), (digest(&same), Vec::new()));
        let other = draft(json!({
            "id": "7", "status": "PendingCommit", "notes": "Try the blue boat.", "pricing": { "priceId": "Tier2" },
            "listings": { "en-us": { "baseListing": { "title": "Boats" } } },
        }));
        assert_ne!(digest(&stored), digest(&other));
        assert_eq!(changes(&stored, &other), ["notes", "pricing.priceid", "packagerollout", "listings.en-us.baselisting.title"]);
    }
}
