//! Looks at the Store: what is live, and what is on its way.

use flightline_client::api::{Fetched, Reader};
use flightline_client::error::Error;
use flightline_protocol::application::Application;
use flightline_protocol::flight::Flight;
use flightline_protocol::id::{AppId, FlightId};
use flightline_protocol::status::Phase;
use flightline_protocol::submission::Submission;
use flightline_protocol::target::Target;
use std::borrow::Cow;

/// Where packages are published to: an app, or a flight of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The app.
    pub app: AppId,
    /// The flight, if not everybody is to get them.
    pub flight: Option<FlightId>,
}

impl Destination {
    /// The product that the submissions are of.
    pub fn target(&self) -> Target {
        match &self.flight {
            Some(flight) => Target::Flight(self.app.clone(), flight.clone()),
            None => Target::App(self.app.clone()),
        }
    }
}

/// An app or a flight of it, as the Store has it.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The app. Its identity is that of the packages of its flights as well.
    pub app: Application,
    /// The flight, if that is what is looked at.
    pub flight: Option<Flight>,
    /// The submission that customers or testers have today.
    pub live: Option<Submission>,
    /// The one that is not through yet.
    pub pending: Option<Fetched>,
}

impl Observed {
    /// Looks at an app, or at a flight of it: one request for each, and one for each submission.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn look(reader: &Reader, destination: &Destination) -> Result<Self, Error> {
        let app = reader.app(&destination.app).await?;
        let flight = match &destination.flight {
            Some(flight) => Some(reader.flight(&destination.app, flight).await?),
            None => None,
        };
        let (last_published, pending) = match &flight {
            Some(flight) => (flight.last_published.clone(), flight.pending.clone()),
            None => (app.last_published.clone(), app.pending.clone()),
        };
        let mut observed = Self { app, flight, live: None, pending: None };
        let target = destination.target();
        if let Some(id) = last_published {
            observed.live = Some(reader.submission(&target, &id).await?.submission);
        }
        if let Some(id) = pending {
            observed.pending = Some(reader.submission(&target, &id).await?);
        }
        Ok(observed)
    }

    /// What is looked at.
    pub fn target(&self) -> Target {
        match &self.flight {
            Some(flight) => Target::Flight(self.app.id.clone(), flight.id.clone()),
            None => Target::App(self.app.id.clone()),
        }
    }

    /// Its name.
    pub fn name(&self) -> String {
        match &self.flight {
            Some(flight) => format!("{}, flight {}", self.app.primary_name, flight.friendly_name),
            None => self.app.primary_name.clone(),
        }
    }

    /// What a new draft begins as: a clone of what is live. A flight that was never published begins with the empty draft that it was
    /// made with (O-033).
    pub fn base(&self) -> Option<Cow<'_, Submission>> {
        match (&self.live, &self.flight) {
            (Some(live), _) => Some(Cow::Borrowed(live)),
            (None, None) => None,
            (None, Some(_)) => {
                let untouched = |pending: &&Fetched| {
                    let draft = &pending.submission;
                    draft.status().phase() == Phase::Draft && draft.packages().is_empty()
                };
                match self.pending.as_ref().filter(untouched) {
                    Some(first) => Some(Cow::Borrowed(&first.submission)),
                    None => empty_flight().map(Cow::Owned),
                }
            }
        }
    }
}

/// The submission of a flight that has none.
fn empty_flight() -> Option<Submission> {
    let document = serde_json::json!({ "id": "0", "flightPackages": [], "targetPublishMode": "Immediate" });
    Submission::read(document).ok().map(|(submission, _)| submission)
}
