//! The arguments of `flightline explain`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  flightline explain AADSTS7000215        a number of Entra's; 7000215 will do
  flightline explain InvalidState         a code of the Store; in every meaning that it has
  flightline explain 409                  an HTTP status; 7 is an exit code
  flightline explain 10.1.1               a policy that a certification report names
  flightline explain --search secret      every code that is about secrets
  flightline explain                      all of them

A whole message can be pasted, in quotes.";

/// Which code.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The code, in any case; all that are known, where it is left out
    #[arg(value_name = "CODE", num_args = 0.., conflicts_with = "search")]
    pub(crate) code: Vec<String>,
    /// List the codes that have all of these words in what is said about them
    #[arg(long, value_name = "WORDS", num_args = 1..)]
    pub(crate) search: Vec<String>,
}
