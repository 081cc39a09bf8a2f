//! Every way to sign in, against a Store in process: that it brings a token, and what is said where it brings none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod certificate;
mod federated;
mod given;
mod managed;
mod scene;
