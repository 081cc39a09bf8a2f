//! One file a command, each of them wiring: arguments in, library called, result shown.

mod addons;
mod api;
mod apps;
mod auth;
mod completion;
mod demo;
pub(crate) mod emulator;
mod flights;
mod plan;
mod publish;
mod rehearse;
mod resume;
mod rollout;
mod status;
mod submission;

use crate::args::{Command, Common};
use crate::report::{Exit, Failure};
use crate::view::View;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;

/// How long a command that was stopped may take to put things away.
const TIDY: Duration = Duration::from_millis(200);

/// Runs a command to its end, or until somebody presses Ctrl-C.
pub(crate) async fn run(command: Command, common: Common, view: View) -> Result<Exit, Failure> {
    if matches!(command, Command::Emulator(_) | Command::Rehearse(_)) {
        // They end by themselves, in order.
        return dispatch(command, &common, view).await;
    }
    let goes_on = matches!(command, Command::Publish(_) | Command::Resume(_));
    let (runtime, stop) = (Handle::current(), Arc::new(Notify::new()));
    let stopped = Arc::clone(&stop);
    // On a thread of its own: while it waits for a file or for the keyboard, Ctrl-C is still heard.
    let mut work = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! {
                end = dispatch(command, &common, view) => end,
                () = stopped.notified() => Err(interrupted(goes_on)),
            }
        })
    });
    tokio::select! {
        end = &mut work => end.unwrap_or_else(|error| Err(Failure::trouble("crashed", &error))),
        _ = tokio::signal::ctrl_c() => {
            stop.notify_one();
            match tokio::time::timeout(TIDY, work).await {
                Ok(Ok(end)) => end,
                _ => Err(interrupted(goes_on)),
            }
        }
    }
}

/// A run that a person stopped.
fn interrupted(goes_on: bool) -> Failure {
    let failure = Failure::of(Exit::Interrupted, "interrupted", "stopped before the end");
    if goes_on { failure.hint("`flightline resume` goes on where this stopped, and so does the same command") } else { failure }
}

async fn dispatch(command: Command, common: &Common, view: View) -> Result<Exit, Failure> {
    match command {
        Command::Publish(args) => publish::run(args, common, view).await,
        Command::Plan(args) => plan::run(args, common, view).await,
        Command::Status(args) => status::run(args, common, view).await,
        Command::Resume(args) => resume::run(args, common, view).await,
        Command::Apps(command) => apps::run(command, common, view).await,
        Command::Submission(command) => submission::run(command, common, view).await,
        Command::Flights(command) => flights::run(command, common, view).await,
        Command::Addons(command) => addons::run(command, common, view).await,
        Command::Rollout(command) => rollout::run(command, common, view).await,
        Command::Api(args) => api::run(args, common).await,
        Command::Auth(command) => auth::run(command, common, view).await,
        Command::Emulator(args) => emulator::run(args).await,
        Command::Rehearse(args) => rehearse::run(&args, view).await,
        Command::Demo => demo::run(common, view).await,
        Command::Completion { shell } => Ok(completion::run(shell)),
    }
}
