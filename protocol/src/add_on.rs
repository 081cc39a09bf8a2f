//! An add-on (in-app product) as the Store lists it.

use crate::application::{DocumentError, reference};
use crate::id::{AddOnId, AppId, SubmissionId};
use crate::json;
use serde_json::{Map, Value};

/// An add-on of an app.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/get-an-add-on>
#[derive(Debug, Clone, PartialEq)]
pub struct AddOn {
    /// The Store id.
    pub id: AddOnId,
    /// The id that the app's code knows it by.
    pub product_id: String,
    /// `Durable`, `Consumable`, or a word that we do not know.
    pub product_type: String,
    /// The apps that it belongs to: one.
    pub applications: Vec<AppId>,
    /// The submission that customers have today.
    pub last_published: Option<SubmissionId>,
    /// The one submission that is not through yet.
    pub pending: Option<SubmissionId>,
    /// The document as it came.
    pub document: Map<String, Value>,
}

impl AddOn {
    /// Reads the document of an add-on.
    ///
    /// # Errors
    /// When the document is no object or has no id.
    pub fn read(value: Value) -> Result<Self, DocumentError> {
        let missing = DocumentError { document: "add-on", member: "id" };
        let Value::Object(document) = value else { return Err(missing) };
        let text = |name| json::field(&document, name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let apps = json::field(&document, "applications").and_then(Value::as_object);
        let apps = apps.and_then(|apps| json::field(apps, "value")).and_then(Value::as_array);
        let app = |app: &Value| json::field(app.as_object()?, "id")?.as_str()?.parse().ok();
        Ok(Self {
            id: text("id").parse().map_err(|_| missing)?,
            product_id: text("productId"),
            product_type: text("productType"),
            applications: apps.into_iter().flatten().filter_map(app).collect(),
            last_published: reference(&document, "lastPublishedInAppProductSubmission"),
            pending: reference(&document, "pendingInAppProductSubmission"),
            document,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_add_on_with_nothing_published() -> Result<(), DocumentError> {
        let add_on = AddOn::read(serde_json::json!({
            "applications": {"value": [{"id": "9WZDNCRD0001", "resourceLocation": "applications/9WZDNCRD0001"}], "totalCount": 1},
            "id": "9WZDNCRD0002", "productId": "lamp", "productType": "Durable", "pendingInAppProductSubmission": {"id": "0"},
        }))?;
        assert_eq!((add_on.product_id.as_str(), add_on.applications.len()), ("lamp", 1));
        assert_eq!((add_on.last_published, add_on.pending), (None, None));
        assert!(AddOn::read(serde_json::json!([])).is_err());
        Ok(())
    }
}
