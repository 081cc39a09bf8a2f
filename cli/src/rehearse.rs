//! A rehearsal: any command, against a Store that was made for it.
//!
//! On Linux there are three processes. The one that was called stays `outside`: it makes a folder, starts itself again and waits. The
//! second goes into a `namespace` while it still has one thread, then has the Store (`stage`) and runs the third, the command. Only the
//! first can say which users there are in the new namespace, since it is not in it.

pub(crate) mod environment;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
pub(crate) mod outside;
pub(crate) mod process;
pub(crate) mod report;
pub(crate) mod stage;
pub(crate) mod trust;

use crate::args::Command;
use crate::report::Failure;

/// Takes the process into namespaces of its own, if it is the inside of a rehearsal. It must have one thread.
pub(crate) fn enter(command: &Command) -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    if let Command::Rehearse(args) = command
        && let Some(folder) = &args.inside
    {
        return namespace::enter(folder);
    }
    let _ = command;
    Ok(())
}
