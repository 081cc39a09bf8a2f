//! What a submission is of.

use crate::id::{AddOnId, AppId, FlightId};
use std::fmt;

/// One of the three products that have submissions. The six submission verbs are the same for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An app.
    App(AppId),
    /// A package flight of an app.
    Flight(AppId, FlightId),
    /// An add-on (in-app product).
    AddOn(AddOnId),
}

impl Target {
    /// The app that it is, or is a flight of. An add-on does not say.
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::App(app) | Self::Flight(app, _) => Some(app),
            Self::AddOn(_) => None,
        }
    }

    /// The path of the product below `/v1.0/my/`, which its submissions hang under.
    pub fn path(&self) -> String {
        match self {
            Self::App(app) => format!("applications/{app}"),
            Self::Flight(app, flight) => format!("applications/{app}/flights/{flight}"),
            Self::AddOn(add_on) => format!("inappproducts/{add_on}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(app) => write!(f, "app {app}"),
            Self::Flight(app, flight) => write!(f, "flight {flight} of app {app}"),
            Self::AddOn(add_on) => write!(f, "add-on {add_on}"),
        }
    }
}
