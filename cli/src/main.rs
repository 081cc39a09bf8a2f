//! `flightline`: publishes apps to the Microsoft Store, and carries a Store to rehearse against.

mod args;
mod clock;
mod commands;
mod credential;
mod env;
mod explanation;
mod input;
mod last_error;
mod profile;
mod rehearse;
mod report;
mod sample;
mod stop;
mod support;
mod view;

use crate::args::{Cli, Common};
use crate::report::Failure;
use crate::view::View;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::read();
    log(&cli.common);
    let view = View::new(&cli.common);
    // A process with several threads cannot change its user namespace, so that comes before there is a second one.
    if let Err(failure) = rehearse::enter(&cli.command) {
        return failure.tell(view.is_json()).into();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::trouble("no-runtime", &error).tell(view.is_json()).into(),
    };
    let (command, state) = (cli.command.name(), profile::state_folder(&cli.common).ok());
    let end = runtime.block_on(commands::run(cli.command, cli.common, view));
    // What still reads from a disk or a socket when the answer is there need not be waited for. It goes with the process: taking the
    // runtime away from under it would make it panic.
    std::mem::forget(runtime);
    match end {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if let Some((command, state)) = command.zip(state) {
                last_error::keep(&state, command, &failure);
            }
            failure.tell(view.is_json()).into()
        }
    }
}

/// Sends our own remarks to stderr. Other libraries stay silent: some of them print addresses with the signature in them.
fn log(common: &Common) {
    let level = match common.verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let level = if common.quiet { "off" } else { level };
    let ours = ["flightline", "flightline_client", "flightline_publish", "flightline_emulator"];
    let filter: Vec<String> = ours.iter().map(|name| format!("{name}={level}")).collect();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter.join(",")))
        .with_writer(|| view::screen::Stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .without_time()
        .with_target(false);
    subscriber.init();
}
