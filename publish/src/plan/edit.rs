//! Writes a plan into a draft: in place, touching nothing else.

use crate::plan::{FieldChange, Plan, Verb};
use flightline_protocol::json;
use flightline_protocol::pricing::BasePrice;
use flightline_protocol::submission::Submission;
use flightline_protocol::target::Target;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// A draft that the plan does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The draft is not a clone of the live submission that the plan was made for.
    #[error("draft {draft} has no package {package}, which the live submission has")]
    NotAClone {
        /// The draft.
        draft: String,
        /// The package.
        package: String,
    },
    /// A listing that the plan writes into is not there.
    #[error("draft {draft} has no listing in {language}")]
    NoListing {
        /// The draft.
        draft: String,
        /// The language.
        language: String,
    },
    /// The Store gives no price that could be sent back.
    #[error("draft {draft} has no price that could be sent back, and would make the app free")]
    NoPrice {
        /// The draft.
        draft: String,
    },
}

/// Device families that the Store wants an answer for (O-031).
const FAMILIES: [&str; 4] = ["Desktop", "Mobile", "Xbox", "Holographic"];

impl Plan {
    /// Writes the plan into a draft. Doing it twice is the same as once, so a draft that was edited before can be edited again.
    ///
    /// # Errors
    /// When the draft is not a clone of the submission that the plan was made for, or would make a paid app free.
    pub fn edit(&self, draft: &mut Submission, live: &Submission) -> Result<(), EditError> {
        for change in &self.fields {
            if let Some(language) = change.listing().filter(|language| draft.base_listing(language).is_none()) {
                return Err(EditError::NoListing { draft: draft.id().to_string(), language: language.to_owned() });
            }
            change.write(draft.document_mut());
        }
        if !matches!(self.target, Target::AddOn(_)) {
            self.edit_packages(draft)?;
            edit_rollout(draft, self.fields.iter().find(|change| change.field.ends_with("packageRolloutPercentage")));
        }
        if !matches!(self.target, Target::Flight(..)) {
            edit_price(draft, live)?;
        }
        if matches!(self.target, Target::App(_)) {
            complete_families(draft);
        }
        Ok(())
    }

    /// Sets the status of every package that the Store has, and adds those that come.
    fn edit_packages(&self, draft: &mut Submission) -> Result<(), EditError> {
        let name = draft.id().to_string();
        let entries = draft.packages_mut();
        // Entries without an id are those that an earlier, broken run added.
        entries.retain(|entry| entry.as_object().and_then(|entry| json::field(entry, "id")).is_some_and(Value::is_string));
        let mut found = HashSet::new();
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            let id = json::field(entry, "id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(line) = self.packages.iter().find(|line| line.id.as_deref() == Some(&id)) {
                let status = if line.verb == Verb::Go { "PendingDelete" } else { "Uploaded" };
                json::set(entry, "fileStatus", status.into());
                found.insert(id);
            }
        }
        let known = self.packages.iter().filter_map(|line| line.id.as_ref());
        if let Some(package) = known.into_iter().find(|id| !found.contains(*id)) {
            return Err(EditError::NotAClone { draft: name, package: package.clone() });
        }
        entries.extend(self.coming().map(|line| {
            serde_json::json!({
                "fileName": line.file_name,
                "fileStatus": "PendingUpload",
                "minimumDirectXVersion": "None",
                "minimumSystemRam": "None",
            })
        }));
        Ok(())
    }
}

impl FieldChange {
    /// The language of the base listing that it is in: an app has listings for each language, or has not.
    fn listing(&self) -> Option<&str> {
        let (language, rest) = self.field.strip_prefix("listings.")?.split_once('.')?;
        rest.starts_with("baseListing.").then_some(language)
    }
}

/// Says in so many words whether the packages are rolled out gradually: a clone may have inherited it (O-032), or have no place for it.
fn edit_rollout(draft: &mut Submission, wished: Option<&FieldChange>) {
    let options = object(draft.document_mut(), "packageDeliveryOptions");
    let rollout = object(options, "packageRollout");
    let percentage = wished.map_or_else(|| Value::from(0.0), |change| change.to.clone());
    json::set(rollout, "isPackageRollout", wished.is_some().into());
    json::set(rollout, "packageRolloutPercentage", percentage);
}

/// The clone of a paid app may say `Base`, which is refused; then the live price goes back (O-013).
fn edit_price(draft: &mut Submission, live: &Submission) -> Result<(), EditError> {
    match (draft.base_price(), live.base_price()) {
        (BasePrice::Free | BasePrice::Tier(_), _) => Ok(()),
        (_, BasePrice::Tier(price)) => {
            json::set(object(draft.document_mut(), "pricing"), "priceId", price.into());
            Ok(())
        }
        (_, BasePrice::Free) => {
            json::set(object(draft.document_mut(), "pricing"), "priceId", "Free".into());
            Ok(())
        }
        _ => Err(EditError::NoPrice { draft: draft.id().to_string() }),
    }
}

/// An update that leaves one of these out is refused; some clones do.
fn complete_families(draft: &mut Submission) {
    let families = object(draft.document_mut(), "allowTargetFutureDeviceFamilies");
    for family in FAMILIES {
        if json::field(families, family).is_none_or(Value::is_null) {
            json::set(families, family, false.into());
        }
    }
}

/// The object called `name`, made where there is none.
pub(super) fn object<'a>(members: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    if json::field(members, name).is_none_or(|value| !value.is_object()) {
        json::set(members, name, Value::Object(Map::new()));
    }
    match json::field_mut(members, name) {
        Some(Value::Object(object)) => object,
        _ => unreachable!("the member was just made an object"),
    }
}
