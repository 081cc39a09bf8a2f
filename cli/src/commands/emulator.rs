//! `flightline emulator`.

use crate::args::{EmulatorArgs, FaultArgs, PaceArg};
use crate::input;
use crate::report::{Exit, Failure};
use crate::stop::Signals;
use crate::view::human;
use flightline_emulator::blobs::Plus;
use flightline_emulator::fault::{self, Fault, GRAMMAR};
use flightline_emulator::serve::{Listen, Server, Tls};
use flightline_emulator::{Account, Emulator, Error, Options, Pace};
use std::io::Write as _;
use std::path::Path;

pub(crate) async fn run(args: EmulatorArgs) -> Result<Exit, Failure> {
    let faults = faults(&args.fault)?;
    let account = match &args.account {
        Some(file) => account(file)?,
        None => Account::sample().map_err(failure)?,
    };
    let options = Options {
        pace: args.pace.pace(),
        data: args.data,
        plus: plus(args.raw_plus),
        per_minute: args.per_minute,
        faults,
        fault_seed: args.fault.seed,
        ..Options::new(account)
    };
    let by_chance = options.faults.iter().any(Fault::is_by_chance);
    let mut signals = Signals::listen().map_err(|error| Failure::trouble("signals", &error))?;
    let emulator = Emulator::open(options).map_err(failure)?;
    if by_chance {
        tell_seed(&emulator);
    }
    let tls = if args.http { Tls::Off } else { Tls::Own };
    let listen = Listen { listen: args.listen, control: args.control, tls, blob_url: args.blob_url };
    let server = Server::start(emulator, listen).map_err(failure)?;
    announce(&server, args.ready_file.as_deref())?;
    signals.next().await;
    tokio::select! {
        () = server.stop() => {}
        // Whoever is being answered is not waited for any longer.
        _ = signals.next() => {}
    }
    Ok(Exit::Done)
}

/// Says where the Store is: one JSON line on stdout, and in the file that was asked for.
fn announce(server: &Server, file: Option<&Path>) -> Result<(), Failure> {
    let line = serde_json::to_string(&server.ready()).map_err(|error| Failure::trouble("ready-line", &error))?;
    if let Some(file) = file {
        // Whoever waits for the file must never see half of it.
        let part = file.with_extension("part");
        std::fs::write(&part, format!("{line}\n"))
            .and_then(|()| std::fs::rename(&part, file))
            .map_err(|error| Failure::usage("ready-file", format!("{}: {error}", file.display())))?;
    }
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        human::step("emulator", "ready; Ctrl-C ends it");
    }
    Ok(())
}

/// The account of a file.
pub(crate) fn account(file: &Path) -> Result<Account, Failure> {
    let text = input::text(file).map_err(|error| Failure::usage("account-file", format!("{}: {error}", file.display())))?;
    Account::parse(&text).map_err(|error| failure(error).within(&file.display().to_string()))
}

/// The faults as they are given, or all that is wrong with them, with how they are written.
pub(crate) fn faults(args: &FaultArgs) -> Result<Vec<Fault>, Failure> {
    fault::read_all(args.faults.iter().map(String::as_str)).map_err(|error| {
        let mistakes: String = error.mistakes().iter().map(|mistake| format!("\n  {mistake}")).collect();
        let message = format!("what is to go wrong cannot be understood:{mistakes}");
        Failure::usage("fault", message).hint(format!("a fault is written {GRAMMAR}"))
    })
}

/// Says what plays the same faults again.
pub(crate) fn tell_seed(emulator: &Emulator) {
    human::step("faults", &format!("--fault-seed {} plays these again", emulator.fault_seed()));
}

pub(crate) fn failure(error: Error) -> Failure {
    if let Error::InUse { .. } = error {
        return Failure::of(Exit::Conflict, "data-in-use", error.to_string())
            .hint("end the other one first, or give this one a folder of its own with --data");
    }
    let invalid = matches!(error, Error::Account(_) | Error::Pace(_));
    let failure = Failure::trouble("emulator", &error);
    if invalid { failure.into_usage("account-file") } else { failure }
}

/// How upload addresses are spelled.
pub(crate) fn plus(is_raw: bool) -> Plus {
    if is_raw { Plus::Raw } else { Plus::Escaped }
}

impl PaceArg {
    pub(crate) fn pace(self) -> Pace {
        match self {
            Self::Instant => Pace::Instant,
            Self::Fast => Pace::Fast,
            Self::Real => Pace::Real,
            Self::Manual => Pace::Manual,
        }
    }
}
