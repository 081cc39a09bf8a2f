//! What the Microsoft Store submission API says: its ids, routes, documents, statuses and errors. No I/O, no clock, no opinion.

pub mod error;
pub mod id;
pub mod json;
pub mod package;
pub mod route;
pub mod status;
pub mod target;
