//! What an update may say. Written from the service's documentation and what was observed of it, never from our own client.

pub(crate) mod app;
mod choice;
mod file;
mod language;
mod rule;
pub(crate) mod shape;

pub(crate) use rule::{draft, media_type, origin_portal, update};
