//! Which product a command is about.

use clap::Args;
use flightline_protocol::id::{AddOnId, AppId, FlightId};
use flightline_protocol::target::Target;

/// Arguments that name a product which has submissions.
pub(crate) trait Product {
    /// The product.
    fn target(&self) -> Target;
}

/// Which app, or which flight of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct AppArg {
    /// The Store id of the app
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
    pub(crate) app: AppId,
    /// The id of a package flight of the app, to publish to its testers only
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_FLIGHT", hide_env_values = true)]
    pub(crate) flight: Option<FlightId>,
}

impl Product for AppArg {
    fn target(&self) -> Target {
        match &self.flight {
            Some(flight) => Target::Flight(self.app.clone(), flight.clone()),
            None => Target::App(self.app.clone()),
        }
    }
}

/// Which flight.
#[derive(Debug, Clone, Args)]
pub(crate) struct FlightArg {
    /// The Store id of the app
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
    pub(crate) app: AppId,
    /// The id of the package flight
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_FLIGHT", hide_env_values = true)]
    pub(crate) flight: FlightId,
}

impl Product for FlightArg {
    fn target(&self) -> Target {
        Target::Flight(self.app.clone(), self.flight.clone())
    }
}

/// Which add-on.
#[derive(Debug, Clone, Args)]
pub(crate) struct AddOnArg {
    /// The Store id of the add-on
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_ADD_ON", hide_env_values = true)]
    pub(crate) add_on: AddOnId,
}

impl Product for AddOnArg {
    fn target(&self) -> Target {
        Target::AddOn(self.add_on.clone())
    }
}
