//! Decides what a publish to the Microsoft Store should do next, and does it. It prints nothing and knows no HTTP library.
//!
//! | room | what it holds |
//! |---|---|
//! | [`manifest`], [`package`] | packages, opened and read, with all that is wrong with them |
//! | [`wish`], [`notes`], [`add_on`], [`fault`] | what somebody wants, and what is wrong with it |
//! | [`observe`], [`slot`] | what the Store has |
//! | [`plan`] | the difference, as a value |
//! | [`promote`], [`rollout`] | from a flight, or from some customers, to everybody |
//! | [`journal`], [`step`], [`apply`] | what was done, what is next, and doing it |
//! | [`once`] | single requests, and what became of them |
//! | [`ticket`] | what was put off |
//! | [`history`] | what this machine has published |
//! | [`archive`], [`deliver`] | the bytes that go up, and the proof that they arrived |
//! | [`event`], [`error`] | what is told meanwhile, and why it stopped |

pub mod add_on;
pub mod apply;
pub mod archive;
mod clock;
pub mod deliver;
pub mod error;
pub mod event;
pub mod fault;
pub mod history;
pub mod journal;
pub mod manifest;
pub mod notes;
pub mod observe;
pub mod once;
pub mod package;
pub mod plan;
pub mod promote;
pub mod rollout;
pub mod slot;
pub mod step;
pub mod ticket;
pub mod wish;
