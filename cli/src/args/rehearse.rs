//! The arguments of `flightline rehearse`.

use super::{FaultArgs, PaceArg};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// The variable that tells a process which rehearsal it is the inside of.
pub(crate) const INSIDE: &str = "FLIGHTLINE_REHEARSAL";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flightline rehearse -- ./publish.sh
  flightline rehearse --pace fast --per-minute 20 -- python3 publish.py --wait
  flightline rehearse --account account.json --report seen.json -- npm run release
  flightline rehearse --fault commit=504-after --fault 'upload=503~10%' -- ./publish.sh

On Linux the command runs in namespaces of its own, where the hosts of the Store, of its sign-in and of its blob service are a Store
made for this run, whose certificate it trusts, and where nothing else can be reached. Elsewhere, and with --no-isolation, the Store is
on a free port of this machine, and the command has to be told its addresses; it can still reach everything else.

The command finds in its environment FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and FLIGHTLINE_CLIENT_SECRET to sign in with,
FLIGHTLINE_APPLICATION_ID, FLIGHTLINE_IN_APP_PRODUCT_ID and FLIGHTLINE_FLIGHT_ID to publish to, and FLIGHTLINE_API_URL,
FLIGHTLINE_LOGIN_URL and FLIGHTLINE_CONTROL_URL. Its exit code is passed on.

`flightline emulator --help` says how a fault is written.")]
pub(crate) struct RehearseArgs {
    /// The account that the Store begins with [default: a sample account]
    #[arg(long, value_name = "FILE")]
    pub(crate) account: Option<PathBuf>,
    /// How fast submissions move
    #[arg(long, value_enum, default_value_t = PaceArg::Instant)]
    pub(crate) pace: PaceArg,
    /// Answer so many requests to the API in a minute and refuse the rest, as the real Store does with 20 [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) per_minute: Option<u32>,
    #[command(flatten)]
    pub(crate) fault: FaultArgs,
    /// Hand out upload addresses as in earlier years: with a + in their signature that clients have to mend
    #[arg(long)]
    pub(crate) raw_plus: bool,
    /// Also hand the Store's certificate to Java programs, through JAVA_TOOL_OPTIONS; needs a JDK's keytool
    #[arg(long)]
    pub(crate) java_trust_store: bool,
    /// Write what the Store saw to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Leave the command where it is, with the Store beside it
    #[arg(long)]
    pub(crate) no_isolation: bool,
    /// The folder of the rehearsal that this process is the inside of
    #[arg(long, value_name = "DIR", env = INSIDE, hide = true, hide_env = true)]
    pub(crate) inside: Option<PathBuf>,
    /// The command, and what it is given
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}
