//! From a flight to everybody: the packages that testers have had, and no others.
//!
//! The API cannot hand a flight's packages on: they are uploaded again from the same files. What can be held is that these files are
//! the packages that the flight has live.

use crate::error::Error;
use crate::fault::Fault;
use crate::plan::PackageLine;
use crate::wish::Wish;
use flightline_client::api::Reader;
use flightline_protocol::id::{AppId, FlightId};
use flightline_protocol::target::Target;

/// Checks that every package that is wished is live on the flight.
///
/// # Errors
/// When one is not, or the Store cannot be looked at.
pub async fn check(reader: &Reader, app: &AppId, flight: &FlightId, wish: &Wish) -> Result<(), Error> {
    let call = |source| Error::Call { doing: "could not look at the flight", source };
    let found = reader.flight(app, flight).await.map_err(call)?;
    let live = match &found.last_published {
        Some(id) => {
            let target = Target::Flight(app.clone(), flight.clone());
            Some(reader.submission(&target, id).await.map_err(call)?.submission)
        }
        None => None,
    };
    let entries = live.iter().flat_map(|live| live.packages());
    let on_flight: Vec<PackageLine> = entries.map(|entry| PackageLine::live(&entry)).collect();
    let untried = wish.packages.iter().filter(|package| {
        let line = PackageLine::new(package);
        !on_flight.iter().any(|live| live.is_same(&line))
    });
    let faults: Vec<Fault> = untried
        .map(|package| {
            let version = package.identity.version;
            let message = format!("{}: version {version} is not live on flight {}", package.path.display(), found.friendly_name);
            Fault::new("not-on-flight", message)
                .remedy("publish it to the flight first, or give the packages that its testers have")
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Faults(faults)) }
}
