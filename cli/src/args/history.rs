//! The arguments of `flightline history`.

use clap::Args;
use flightline_protocol::id::{AddOnId, AppId, FlightId};

/// Which runs.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Only publishes of this app, and of its flights
    #[arg(long, value_name = "ID")]
    pub(crate) app: Option<AppId>,
    /// Only publishes to this flight
    #[arg(long, value_name = "ID")]
    pub(crate) flight: Option<FlightId>,
    /// Only publishes of this add-on
    #[arg(long, value_name = "ID", conflicts_with_all = ["app", "flight"])]
    pub(crate) add_on: Option<AddOnId>,
    /// Only the newest so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}
