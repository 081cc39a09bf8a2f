//! The command line: every command and flag, with the words that `--help` says.

mod auth;
mod emulator;
mod explain;
mod history;
mod product;
mod publish;
mod rehearse;
mod resource;
mod support;
mod text;

use crate::env;
use crate::stop::Stop;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub(crate) use auth::AuthCommand;
pub(crate) use emulator::{EmulatorArgs, FaultArgs, PaceArg};
pub(crate) use explain::ExplainArgs;
pub(crate) use history::HistoryArgs;
pub(crate) use product::{AddOnArg, AppArg, FlightArg, Product};
pub(crate) use publish::{
    CourseArgs, ExistingRolloutArg, IfBusyArg, PlanArgs, PublishArgs, ResumeArgs, StatusArgs, WaitFor, WishArgs,
};
pub(crate) use rehearse::{INSIDE, RehearseArgs};
pub(crate) use resource::{
    AddOnPublishArgs, AddOnsCommand, ApiArgs, AppsCommand, FlightsCommand, LiveSubmission, MethodArg, OneSubmission,
    RolloutCommand, SubmissionCommand,
};
pub(crate) use support::{BundleArgs, SupportCommand};
use text::rate;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  flightline demo                                 a whole publish, without account and network
  flightline publish *.msix --app 9PXXXXXXXXXX    publish to the real Store
  flightline plan *.msix --app 9PXXXXXXXXXX       the same, and nothing is changed
  flightline status --app 9PXXXXXXXXXX --watch    follow the submission on its way
  flightline emulator --pace fast                 a Store for any client of the API

Credentials:
  FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and FLIGHTLINE_CLIENT_SECRET
  (or Azure's AZURE_… names), or a profile file; `flightline auth --help`
  lists every other way, `flightline auth doctor` says what is wrong

Exit codes:
   0  done, or nothing to do               7  the submission failed
   1  other trouble                        8  still in progress
   2  wrong input, nothing was sent        9  published, but not as planned
   3  credentials                         10  differences (plan)
   4  conflict                            11  skipped (--if-busy skip)
   5  throttled                          130  interrupted
   6  not found                          143  ended by the system";

/// Publish apps to the Microsoft Store, and rehearse it against a Store of your own.
#[derive(Debug, Parser)]
#[command(name = "flightline", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the command line, and ends the process where it is none.
    pub(crate) fn read() -> Self {
        let matches = without_empty(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// The command without the variables that are set to nothing, which count as not set here as well.
fn without_empty(command: clap::Command) -> clap::Command {
    let unset = |arg: clap::Arg| {
        let is_empty = arg.get_env().is_some_and(env::is_empty);
        if is_empty { arg.env(None) } else { arg }
    };
    command.mut_args(unset).mut_subcommands(without_empty)
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// How data is written to stdout [default: table on a terminal, json otherwise]
    #[arg(
        long,
        global = true,
        value_enum,
        ignore_case = true,
        value_name = "FORMAT",
        env = "FLIGHTLINE_OUTPUT",
        hide_env_values = true
    )]
    pub(crate) output: Option<Output>,
    /// The profile of the profile file to take credentials from
    #[arg(long, global = true, value_name = "NAME", env = "FLIGHTLINE_PROFILE", hide_env_values = true)]
    pub(crate) profile: Option<String>,
    /// The profile file [default: flightline/profiles.toml in the user's configuration folder]
    #[arg(long, global = true, value_name = "FILE", env = "FLIGHTLINE_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the state files [default: flightline in the user's state folder]
    #[arg(long, global = true, value_name = "DIR", env = "FLIGHTLINE_STATE", hide_env_values = true)]
    pub(crate) state: Option<PathBuf>,
    /// Send at most so many requests a minute, all commands on this machine together [default: 20, as the Store allows]
    #[arg(long, global = true, value_name = "N", value_parser = rate, env = "FLIGHTLINE_RATE", hide_env_values = true)]
    pub(crate) rate: Option<usize>,
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say more: -v what is tried again, -vv every request
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// What stops the command.
    #[arg(skip)]
    pub(crate) stop: Stop,
}

/// How data is written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON document a line, as things happen.
    Ndjson,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish packages: plan, draft, upload, commit, and follow until customers have them
    Publish(PublishArgs),
    /// Show what `publish` would do, and change nothing
    Plan(PlanArgs),
    /// Show what is live and what is on its way
    Status(StatusArgs),
    /// Go on with a publish that was interrupted
    Resume(ResumeArgs),
    /// Show what this machine has published: when, what, and how it ended
    History(HistoryArgs),
    /// The apps of the account
    #[command(subcommand)]
    Apps(AppsCommand),
    /// The submissions of an app, one method of the API at a time
    #[command(subcommand)]
    Submission(SubmissionCommand<AppArg>),
    /// Package flights, and their submissions
    #[command(subcommand)]
    Flights(FlightsCommand),
    /// Add-ons (in-app products), and their submissions
    #[command(subcommand)]
    Addons(AddOnsCommand),
    /// The gradual rollout of what is live
    #[command(subcommand)]
    Rollout(RolloutCommand),
    /// Call any method of the API, signed in, with retries
    Api(ApiArgs),
    /// How we sign in, and what is wrong with it
    #[command(subcommand)]
    Auth(AuthCommand),
    /// Say what an error code means, and what to do about it
    Explain(ExplainArgs),
    /// What somebody who helps needs to know
    #[command(subcommand)]
    Support(SupportCommand),
    /// Run a Store of your own: token endpoint, API and blob service
    Emulator(EmulatorArgs),
    /// Run any publishing script against a Store of its own, from which nothing gets out
    Rehearse(RehearseArgs),
    /// Publish a sample app to an embedded Store: no account, no network
    Demo,
    /// Print a completion script for a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// The name of a command whose errors are worth keeping: of those that work with a Store.
    pub(crate) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Publish(_) => Some("publish"),
            Self::Plan(_) => Some("plan"),
            Self::Status(_) => Some("status"),
            Self::Resume(_) => Some("resume"),
            Self::Apps(_) => Some("apps"),
            Self::Submission(_) => Some("submission"),
            Self::Flights(_) => Some("flights"),
            Self::Addons(_) => Some("addons"),
            Self::Rollout(_) => Some("rollout"),
            Self::Api(_) => Some("api"),
            Self::Auth(_) => Some("auth"),
            Self::History(_)
            | Self::Explain(_)
            | Self::Support(_)
            | Self::Emulator(_)
            | Self::Rehearse(_)
            | Self::Demo
            | Self::Completion { .. } => None,
        }
    }
}
