//! The arguments of `flightline emulator`.

use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flightline emulator
  flightline emulator --listen 127.0.0.1:0 --ready-file ready.json --pace instant
  flightline emulator --data store --account account.json
  flightline emulator --fault create=504-after --fault 'upload=cut@2'
  flightline emulator --fault 'api=503~10%' --fault-seed 7

When it is ready it prints one JSON line with the addresses and the credentials of its account. Point any client at it: the CA that
has signed its certificate is in the file `ca`.

A fault is written WHEN=WHAT[@N][xN][~P%]: which requests, what goes wrong, from the N-th of them on, how often, how likely.
  create=504-after           the draft is made, and the gateway says 504
  commit=429:30sx2           two commits are refused, with Retry-After: 30
  'PUT upload=cut@3'         the third block breaks off
  api=expire-token@5         the token has expired at the fifth call
  commit=stick:2h            the submission stays in CommitStarted for two hours
  commit=drop                pre-processing loses a package and says nothing
  commit=fail                certification fails, with a report
  'api=503~10%'              one call in ten; the seed is printed, and --fault-seed plays it again
A fault that is none is refused with all that can be said. docs/faults.md has every word with what it is good for.")]
pub(crate) struct EmulatorArgs {
    /// Where to serve the API, the token endpoint and the blobs; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// Where to serve the control port, for looking into the Store and moving it by hand
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub(crate) control: SocketAddr,
    /// Keep the Store in this folder [default: in memory]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The account that the Store begins with [default: a sample account]
    #[arg(long, value_name = "FILE")]
    pub(crate) account: Option<PathBuf>,
    /// How fast submissions move
    #[arg(long, value_enum, default_value_t = PaceArg::Fast)]
    pub(crate) pace: PaceArg,
    /// The base of the upload addresses [default: the listener itself]
    #[arg(long, value_name = "URL")]
    pub(crate) blob_url: Option<String>,
    /// Also write the ready line to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// Hand out upload addresses as in earlier years: with a + in their signature that clients have to mend
    #[arg(long)]
    pub(crate) raw_plus: bool,
    /// Allow a tenant so many requests of the API a minute, as the Store does with about 20 [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) per_minute: Option<u32>,
    #[command(flatten)]
    pub(crate) fault: FaultArgs,
    /// Serve plain HTTP
    #[arg(long)]
    pub(crate) http: bool,
}

/// What is to go wrong.
#[derive(Debug, Args)]
pub(crate) struct FaultArgs {
    /// Let something go wrong, as in create=504-after or commit=503x2 (can be given several times)
    #[arg(long = "fault", value_name = "WHEN=WHAT")]
    pub(crate) faults: Vec<String>,
    /// Throw the dice of faults with a probability from this number [default: any; it is printed]
    #[arg(long = "fault-seed", value_name = "N", requires = "faults")]
    pub(crate) seed: Option<u64>,
}

/// How fast submissions move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaceArg {
    /// Published before anybody looks
    Instant,
    /// About a second in each state
    Fast,
    /// Minutes and hours, as in the real Store
    Real,
    /// Only by the control port
    Manual,
}
