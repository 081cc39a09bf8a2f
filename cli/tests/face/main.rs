//! The face: the real binary, run as people and scripts run it, against a Store on real ports.

#![allow(clippy::expect_used, clippy::panic, reason = "clippy does not see that the helpers of tests are tests")]

mod api;
mod budget;
mod bundle;
mod busy;
mod credential;
mod deadline;
mod disk;
mod emulator;
mod explain;
mod fault;
mod history;
mod interrupt;
mod midway;
mod network;
mod output;
mod plan;
mod product;
mod publish;
mod real;
mod rehearse;
mod rollout;
mod schema;
mod secret;
mod setting;
mod sign_in;
mod status;
#[cfg(unix)]
mod stop;
mod submission;
mod support;
mod surface;
mod trouble;
