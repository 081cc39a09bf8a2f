//! `flightline rehearse`.

use crate::args::RehearseArgs;
use crate::commands::emulator::{account, failure, faults, plus, tell_seed};
use crate::rehearse::process::{Signals, could_not_run};
use crate::rehearse::report::Report;
use crate::rehearse::stage::Stage;
use crate::report::{Exit, Failure};
use crate::view::View;
use flightline_emulator::fault::Fault;
use flightline_emulator::{Account, Emulator, Options};
use tokio::process::Command;

pub(crate) async fn run(args: &RehearseArgs, view: View) -> Result<Exit, Failure> {
    let faults = faults(&args.fault)?;
    let by_chance = faults.iter().any(Fault::is_by_chance);
    #[cfg(target_os = "linux")]
    if args.inside.is_none() && !args.no_isolation {
        return crate::rehearse::outside::run().await;
    }
    let report = args.report.as_deref().map(Report::open).transpose()?;
    let account = match &args.account {
        Some(file) => account(file)?,
        None => Account::sample().map_err(failure)?,
    };
    let (pace, plus) = (args.pace.pace(), plus(args.raw_plus));
    let (per_minute, fault_seed) = (args.per_minute, args.fault.seed);
    let options = Options { pace, per_minute, plus, faults, fault_seed, ..Options::new(account) };
    let emulator = Emulator::open(options).map_err(failure)?;
    if by_chance {
        tell_seed(&emulator);
    }
    let stage = Stage::set(args, emulator.clone()).await?;
    if view.tells {
        stage.tell();
    }
    let before = emulator.state().map_err(failure)?;
    let played = play(args, &stage).await;
    let mut signals = crate::stop::Signals::listen().map_err(|error| Failure::trouble("signals", &error))?;
    tokio::select! {
        () = stage.strike() => {}
        _ = signals.next() => {}
    }
    let code = played.map_err(|error| could_not_run(&args.command[0], &error))?;
    let seen = Report::new(code, &before, emulator.state().map_err(failure)?);
    if view.tells {
        seen.tell();
    }
    if let Some(mut file) = report {
        seen.write(&mut file)?;
    }
    Ok(Exit::Passed(code))
}

/// Runs the command to its end, and answers its exit code.
async fn play(args: &RehearseArgs, stage: &Stage) -> std::io::Result<u8> {
    let signals = Signals::listen()?;
    let mut command = Command::new(&args.command[0]);
    stage.dress(command.args(&args.command[1..]));
    signals.wait(command.spawn()?, stage.abandoned()).await
}
