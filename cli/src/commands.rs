//! One file a command, each of them wiring: arguments in, library called, result shown.

mod api;
mod apps;
mod completion;
mod demo;
mod emulator;
mod plan;
mod publish;
mod resume;
mod status;
mod submission;

use crate::args::{Command, Common};
use crate::report::{Exit, Failure};
use crate::view::View;

/// Runs a command to its end, or until somebody presses Ctrl-C.
pub(crate) async fn run(command: Command, common: &Common, view: View) -> Result<Exit, Failure> {
    let stops_by_itself = matches!(command, Command::Emulator(_));
    let work = dispatch(command, common, view);
    if stops_by_itself {
        return work.await;
    }
    tokio::select! {
        end = work => end,
        _ = tokio::signal::ctrl_c() => Err(crate::interrupted()),
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
        Command::Api(args) => api::run(args, common).await,
        Command::Emulator(args) => emulator::run(args).await,
        Command::Demo => demo::run(common, view).await,
        Command::Completion { shell } => Ok(completion::run(shell)),
    }
}
