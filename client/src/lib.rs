//! Speaks the Microsoft Store submission API over HTTP: it signs in, retries where that is safe, keeps to the rate budget, uploads
//! and watches. What should be done is for others to decide.
pub mod api;
pub mod auth;
pub mod budget;
pub mod error;
mod retry;
pub mod secret;
mod service;
pub mod transport;
pub mod upload;
pub mod watch;
pub mod wire;

pub use service::Addresses;
