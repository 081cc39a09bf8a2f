//! Makes package flights and deletes them, and keeps the order in which customers are served: a flight says which one is next below.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-flights>

use super::{Product, pending_to_delete};
use crate::account::Kind;
use crate::check;
use crate::lifecycle;
use crate::members;
use crate::reply::Refusal;
use crate::submissions;
use flightline_protocol::id::{AppId, FlightId};
use flightline_protocol::target::Target;
use jiff::Timestamp;
use rusqlite::Transaction;
use serde_json::{Map, Value};
use uuid::Uuid;

/// What all flights rank above.
pub(super) const PUBLIC: &str = "Non-flighted submission";

/// The member that says which flight is next below.
pub(super) const BELOW: &str = "rankHigherThan";

/// `POST applications/{id}/flights`: a flight, and with it its first submission (O-123).
pub(crate) fn create(tx: &Transaction<'_>, app: AppId, body: &Value, now: Timestamp) -> Result<Value, Refusal> {
    let app = Product::of(tx, &Target::App(app))?;
    let request = check::NewFlight::read(body)?;
    let flights = of_app(tx, &app)?;
    let below = match &request.above {
        Some(wanted) => next_below(&flights, wanted)?,
        None => highest(&flights),
    };
    let id = Uuid::new_v4().to_string();
    let mut resource = Map::new();
    resource.insert("flightId".to_owned(), Value::from(id.as_str()));
    if let Some(name) = request.name {
        resource.insert("friendlyName".to_owned(), Value::from(name));
    }
    resource.insert("groupIds".to_owned(), Value::from(request.groups));
    resource.insert(BELOW.to_owned(), Value::from(below.as_str()));
    let flight = Product { kind: Kind::Flight, id, application: Some(app.id.clone()), unsupported: false, resource };
    // Whatever stood directly above that place stands above the new flight now.
    relink(tx, flights, &below, flight.title())?;
    flight.append(tx)?;
    submissions::create(tx, &flight, &Value::Null, now)?;
    Ok(flight.show(tx)?)
}

/// `DELETE applications/{id}/flights/{flight}`: unless a submission of it is between commit and publication (O-124).
pub(crate) fn delete(tx: &Transaction<'_>, app: AppId, flight: FlightId) -> Result<(), Refusal> {
    let flight = Product::of(tx, &Target::Flight(app.clone(), flight))?;
    if pending_to_delete(tx, &flight)?.is_some_and(|pending| lifecycle::is_moving(&pending.status)) {
        return Err(Refusal::state("A submission of the flight is being processed", Some("flightId")));
    }
    let app = Product::of(tx, &Target::App(app))?;
    flight.remove(tx)?;
    let below = members::text(&flight.resource, BELOW).unwrap_or(PUBLIC);
    Ok(relink(tx, of_app(tx, &app)?, flight.title(), below)?)
}

fn of_app(tx: &Transaction<'_>, app: &Product) -> rusqlite::Result<Vec<Product>> {
    Ok(Product::all(tx, Kind::Flight)?.into_iter().filter(|flight| flight.is_of(app)).collect())
}

/// The name of the flight that the request gives by name or id.
fn next_below(flights: &[Product], wanted: &str) -> Result<String, Refusal> {
    if wanted.eq_ignore_ascii_case(PUBLIC) {
        return Ok(PUBLIC.to_owned());
    }
    let found = flights.iter().find(|flight| flight.title() == wanted || flight.id.eq_ignore_ascii_case(wanted));
    let unknown = || Refusal::parameter(format!("The application has no package flight {wanted}"), Some(BELOW));
    found.map(|flight| flight.title().to_owned()).ok_or_else(unknown)
}

/// The name of the flight that ranks above all others: the one that none ranks above.
fn highest(flights: &[Product]) -> String {
    let is_below = |name: &str| flights.iter().any(|flight| members::text(&flight.resource, BELOW) == Some(name));
    flights.iter().map(Product::title).find(|name| !is_below(name)).unwrap_or(PUBLIC).to_owned()
}

/// Lets the flight that ranked directly above `from` rank directly above `to`.
fn relink(tx: &Transaction<'_>, flights: Vec<Product>, from: &str, to: &str) -> rusqlite::Result<()> {
    for mut flight in flights {
        if members::text(&flight.resource, BELOW) == Some(from) {
            flight.resource.insert(BELOW.to_owned(), Value::from(to));
            flight.save_resource(tx)?;
        }
    }
    Ok(())
}

impl Product {
    /// What other flights call this one: by its name, or by its id if nobody gave it one.
    fn title(&self) -> &str {
        members::text(&self.resource, "friendlyName").unwrap_or(&self.id)
    }
}
