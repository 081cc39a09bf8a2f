//! Packages and how they reach customers: what app and flight submissions have in common.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-flight-submissions#flight-submission-object>

use super::choice;
use super::shape::{ANY, Absent, Shape, member};
use crate::date;
use serde_json::{Map, Value, json};

/// Version, architecture, languages and the like are the service's: it reads them from the package.
pub(super) const PACKAGE: Shape = Shape::Object(&[
    member("fileName", Shape::Text(255), Absent::Omit),
    member("fileStatus", Shape::Choice(choice::FILE_STATUS), Absent::Text("None")),
    member("id", Shape::Text(ANY), Absent::Omit),
    member("minimumDirectXVersion", Shape::Choice(choice::DIRECT_X), Absent::Text("None")),
    member("minimumSystemRam", Shape::Choice(choice::MEMORY), Absent::Text("None")),
]);

pub(super) const DELIVERY: Shape = Shape::Object(&[
    member("packageRollout", ROLLOUT, Absent::Whole),
    member("isMandatoryUpdate", Shape::Flag, Absent::No),
    member("mandatoryUpdateEffectiveDate", Shape::Date, Absent::NoDate),
]);

const ROLLOUT: Shape = Shape::Object(&[
    member("isPackageRollout", Shape::Flag, Absent::No),
    member("packageRolloutPercentage", Shape::Percentage, Absent::Omit),
    member("packageRolloutStatus", Shape::Any, Absent::Server),
    member("fallbackSubmissionId", Shape::Any, Absent::Server),
]);

/// What a submission without packages of its own choice starts with.
pub(crate) fn blank() -> Value {
    json!({
        "packageRollout": no_rollout(),
        "isMandatoryUpdate": false,
        "mandatoryUpdateEffectiveDate": date::NONE,
    })
}

/// The rollout of a submission that never asked for one.
pub(crate) fn no_rollout() -> Value {
    json!({
        "isPackageRollout": false,
        "packageRolloutPercentage": 0.0,
        "packageRolloutStatus": "PackageRolloutNotStarted",
        "fallbackSubmissionId": "0",
    })
}

/// A rollout starts with publication: whatever the request says, until then it has not.
pub(super) fn hold_back(document: &mut Map<String, Value>) {
    let rollout = document.get_mut("packageDeliveryOptions").and_then(|options| options.get_mut("packageRollout"));
    if let Some(rollout) = rollout.and_then(Value::as_object_mut) {
        rollout.entry("packageRolloutPercentage").or_insert_with(|| Value::from(0.0));
        rollout.insert("packageRolloutStatus".to_owned(), Value::from("PackageRolloutNotStarted"));
        rollout.insert("fallbackSubmissionId".to_owned(), Value::from("0"));
    }
}
