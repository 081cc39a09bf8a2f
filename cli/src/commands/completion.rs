//! `flightline completion`.

use crate::args::Cli;
use crate::report::Exit;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io::Write as _;

pub(crate) fn run(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "flightline", &mut script);
    let _ = std::io::stdout().write_all(&script);
    Exit::Done
}
