//! A package flight as the Store lists it.

use crate::application::{DocumentError, reference};
use crate::id::{FlightId, SubmissionId};
use crate::json;
use serde_json::{Map, Value};

/// A package flight of an app: other packages for a group of testers.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/get-a-flight>
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Its id.
    pub id: FlightId,
    /// The name that the publisher gave it.
    pub friendly_name: String,
    /// The ids of the flight groups that get it.
    pub group_ids: Vec<String>,
    /// The flight that it ranks directly above.
    pub rank_higher_than: Option<String>,
    /// The submission that testers have today.
    pub last_published: Option<SubmissionId>,
    /// The one submission that is not through yet. A new flight has one from the beginning (O-033).
    pub pending: Option<SubmissionId>,
    /// The document as it came.
    pub document: Map<String, Value>,
}

impl Flight {
    /// Reads the document of a flight.
    ///
    /// # Errors
    /// When the document is no object or has no id.
    pub fn read(value: Value) -> Result<Self, DocumentError> {
        let missing = DocumentError { document: "flight", member: "flightId" };
        let Value::Object(document) = value else { return Err(missing) };
        let text = |name| json::field(&document, name).and_then(Value::as_str).map(str::to_owned);
        let groups = json::field(&document, "groupIds").and_then(Value::as_array);
        Ok(Self {
            id: text("flightId").and_then(|id| id.parse().ok()).ok_or(missing)?,
            friendly_name: text("friendlyName").unwrap_or_default(),
            group_ids: groups.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
            rank_higher_than: text("rankHigherThan"),
            last_published: reference(&document, "lastPublishedFlightSubmission"),
            pending: reference(&document, "pendingFlightSubmission"),
            document,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_flight_that_was_just_made() -> Result<(), DocumentError> {
        let flight = Flight::read(serde_json::json!({
            "flightId": "0a1b2c3d-0000-4000-8000-000000000001", "friendlyName": "Crew", "groupIds": ["11", "12"],
            "pendingFlightSubmission": {"id": "1152921505690000009", "resourceLocation": "flights/…"},
        }))?;
        assert_eq!((flight.friendly_name.as_str(), flight.group_ids.len(), flight.last_published), ("Crew", 2, None));
        assert_eq!(flight.pending.map(|id| id.to_string()).as_deref(), Some("1152921505690000009"));
        assert!(Flight::read(serde_json::json!({"friendlyName": "Crew"})).is_err());
        Ok(())
    }
}
