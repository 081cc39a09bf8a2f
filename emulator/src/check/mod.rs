//! What an update may say. Written from the service's documentation and what was observed of it, never from our own client.

mod add_on;
mod app;
mod choice;
pub(crate) mod delivery;
mod file;
mod flight;
mod language;
mod product;
mod rule;
mod shape;

pub(crate) use add_on::blank as blank_add_on;
pub(crate) use flight::blank as blank_flight;
pub(crate) use product::{NewAddOn, NewFlight};
pub(crate) use rule::{draft, media_type, members_of, origin_portal, update};
