//! The voice against a Store in process and in virtual time, with faults of every kind on the line between; and the wire on real
//! sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod content;
mod line;
mod method;
mod method_page;
mod outcome;
mod paging;
mod pulse;
mod redaction;
mod scene;
mod service;
mod sign_in;
mod upload;
mod upload_fault;
mod watch;
mod wire;
mod wire_tls;
