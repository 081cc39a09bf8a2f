//! The real binary as people run it, and a real Store for it.

pub(crate) mod account;
#[cfg(unix)]
pub(crate) mod gate;
pub(crate) mod package;
pub(crate) mod person;
pub(crate) mod process;
pub(crate) mod store;
pub(crate) mod stub;

pub(crate) use account::{APP, Account};
#[cfg(unix)]
pub(crate) use gate::Gate;
pub(crate) use package::Msix;
pub(crate) use person::{Person, Run};
pub(crate) use process::Process;
pub(crate) use store::Store;
