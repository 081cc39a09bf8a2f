//! The arguments of `flightline support`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What somebody who helps needs to know.
#[derive(Debug, Subcommand)]
pub(crate) enum SupportCommand {
    /// Put it into one ZIP file, without secrets: version, settings, history, the last error
    Bundle(BundleArgs),
}

/// Where to, and with what.
#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    /// The file to make; one that is there is not written over
    #[arg(long, value_name = "FILE", default_value = "flightline-support.zip")]
    pub(crate) file: PathBuf,
    /// A log that you kept, such as with `-vv 2> run.log`: its last lines go in, with known secrets taken out
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Vec<PathBuf>,
}
