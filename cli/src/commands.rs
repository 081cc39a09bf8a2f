//! One file a command, each of them wiring: arguments in, library called, result shown.

mod addons;
mod api;
mod apps;
mod auth;
mod completion;
mod demo;
pub(crate) mod emulator;
mod explain;
mod flights;
mod history;
mod plan;
mod publish;
mod rehearse;
mod resume;
mod rollout;
mod status;
mod submission;
mod support;

use crate::args::{Command, Common};
use crate::report::{Exit, Failure};
use crate::stop::{self, Signals};
use crate::view::View;
use std::time::Duration;
use tokio::runtime::Handle;

pub(crate) use publish::Arguments;

/// How long a command that was stopped may take to put things away.
const TIDY: Duration = Duration::from_millis(200);

/// Runs a command to its end, or until somebody stops it: the first time where that leaves no doubt, the second time at once.
pub(crate) async fn run(command: Command, common: Common, view: View) -> Result<Exit, Failure> {
    if matches!(command, Command::Emulator(_) | Command::Rehearse(_)) {
        // They end by themselves, in order.
        return dispatch(command, &common, view).await;
    }
    let mut signals = Signals::listen().map_err(|error| Failure::trouble("signals", &error))?;
    let (runtime, stop) = (Handle::current(), common.stop.clone());
    // On a thread of its own: while it waits for a file or for the keyboard, a signal is still heard.
    let mut work = tokio::task::spawn_blocking(move || {
        let stop = common.stop.clone();
        runtime.block_on(async {
            tokio::select! {
                // What has just been answered is noted before anything stops.
                biased;
                end = dispatch(command, &common, view) => end,
                signal = stop.safe() => Err(stop.failure(signal)),
            }
        })
    });
    let ended = |end: Result<_, tokio::task::JoinError>| end.unwrap_or_else(|error| Err(Failure::trouble("crashed", &error)));
    let first = tokio::select! {
        end = &mut work => return ended(end),
        signal = signals.next() => signal,
    };
    stop.ask(first);
    if stop.is_writing() && view.tells {
        stop::tell();
    }
    let tidied = async {
        stop.written().await;
        tokio::time::sleep(TIDY).await;
    };
    tokio::select! {
        end = &mut work => ended(end),
        // It waits for something that nobody can end, such as the keyboard.
        () = tidied => Err(stop.failure(first)),
        second = signals.next() => Err(stop.failure(second)),
    }
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
        Command::Explain(args) => explain::run(&args, view),
        Command::History(args) => history::run(&args, common, view),
        Command::Support(command) => support::run(&command, common, view),
        Command::Emulator(args) => emulator::run(args).await,
        Command::Rehearse(args) => rehearse::run(&args, view).await,
        Command::Demo => demo::run(common, view).await,
        Command::Completion { shell } => Ok(completion::run(shell)),
    }
}
