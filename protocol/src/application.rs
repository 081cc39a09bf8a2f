//! An app as the Store lists it.

use crate::id::{AppId, SubmissionId};
use crate::json;
use serde_json::{Map, Value};

/// A document that lacks what every document of its kind has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {document} has no usable \"{member}\"")]
pub struct DocumentError {
    /// The kind of document.
    pub document: &'static str,
    /// The member that is missing or of the wrong kind.
    pub member: &'static str,
}

/// An app of the account.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/get-app-data#application-resource>
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// The Store id.
    pub id: AppId,
    /// The name that customers see.
    pub primary_name: String,
    /// The package family name, which the wire spells with a capital P (O-010).
    pub package_family_name: String,
    /// The identity name that packages must carry.
    pub package_identity_name: String,
    /// The publisher that packages must carry: `CN=` and a GUID.
    pub publisher_name: String,
    /// The submission that customers have today, absent before the first one.
    pub last_published: Option<SubmissionId>,
    /// The one submission that is not through yet.
    pub pending: Option<SubmissionId>,
    /// The document as it came.
    pub document: Map<String, Value>,
}

impl Application {
    /// Reads the document of an app.
    ///
    /// # Errors
    /// When the document is no object or has no id.
    pub fn read(value: Value) -> Result<Self, DocumentError> {
        let missing = |member| DocumentError { document: "app", member };
        let Value::Object(document) = value else { return Err(missing("id")) };
        let text = |name| json::field(&document, name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            id: text("id").parse().map_err(|_| missing("id"))?,
            primary_name: text("primaryName"),
            package_family_name: text("packageFamilyName"),
            package_identity_name: text("packageIdentityName"),
            publisher_name: text("publisherName"),
            last_published: reference(&document, "lastPublishedApplicationSubmission"),
            pending: reference(&document, "pendingApplicationSubmission"),
            document,
        })
    }
}

/// The submission that a reference points to. `"0"` has been seen for "none" (O-011).
pub(crate) fn reference(document: &Map<String, Value>, name: &str) -> Option<SubmissionId> {
    let id = json::field(json::field(document, name)?.as_object()?, "id")?.as_str()?;
    if id == "0" { None } else { id.parse().ok() }
}

/// One page of a collection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Collection {
    /// The entries of this page, as they came.
    pub value: Vec<Value>,
    /// The address of the next page, relative to the root; absent on the last one (O-012).
    pub next_link: Option<String>,
    /// The number of entries on all pages together.
    pub total_count: Option<u64>,
}

impl Collection {
    /// Reads a page.
    ///
    /// # Errors
    /// When the document has no `value` array.
    pub fn read(value: Value) -> Result<Self, DocumentError> {
        let missing = DocumentError { document: "page", member: "value" };
        let Value::Object(mut members) = value else { return Err(missing) };
        let next_link = json::field(&members, "@nextLink").and_then(Value::as_str).map(str::to_owned);
        let total_count = json::field(&members, "totalCount").and_then(Value::as_u64);
        match json::field_mut(&mut members, "value").map(Value::take) {
            Some(Value::Array(value)) => Ok(Self { value, next_link, total_count }),
            _ => Err(missing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_app_whatever_its_references_look_like() -> Result<(), DocumentError> {
        let app = Application::read(serde_json::json!({
            "id": "9WZDNCRD0001", "primaryName": "Tern", "PackageFamilyName": "Tern_1", "packageIdentityName": "Tern",
            "publisherName": "CN=1", "pendingApplicationSubmission": {"id": "0"},
            "lastPublishedApplicationSubmission": {"id": "1152921505690000001", "resourceLocation": "…"},
        }))?;
        assert_eq!((app.pending, app.package_family_name.as_str()), (None, "Tern_1"));
        assert_eq!(app.last_published.map(|id| id.to_string()).as_deref(), Some("1152921505690000001"));
        assert!(Application::read(serde_json::json!({"primaryName": "Tern"})).is_err());
        Ok(())
    }
}
