//! The command line: every command and flag, with the words that `--help` says.

use crate::env;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use flightline_protocol::id::{AppId, FlightId, SubmissionId};
use flightline_protocol::package::Architecture;
use flightline_protocol::rollout::Percentage;
use flightline_publish::observe::Destination;
use flightline_publish::wish::PublishAt;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

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
  (or Azure's AZURE_… names), or a profile file

Exit codes:
   0  done, or nothing to do               7  the submission failed
   1  other trouble                        8  still in progress
   2  wrong input, nothing was sent        9  published, but not as planned
   3  credentials                         10  differences (plan)
   4  conflict                            11  skipped (--if-busy skip)
   5  throttled                          130  interrupted
   6  not found";

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
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say more: -v what is tried again, -vv every request
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
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
    #[command(after_help = PUBLISH_EXAMPLES)]
    Publish(PublishArgs),
    /// Show what `publish` would do, and change nothing
    Plan(PlanArgs),
    /// Show what is live and what is on its way
    Status(StatusArgs),
    /// Go on with a publish that was interrupted
    Resume(ResumeArgs),
    /// The apps of the account
    #[command(subcommand)]
    Apps(AppsCommand),
    /// One method of the API at a time, for scripts
    #[command(subcommand)]
    Submission(SubmissionCommand),
    /// Call any method of the API, signed in, with retries
    Api(ApiArgs),
    /// Run a Store of your own: token endpoint, API and blob service
    Emulator(EmulatorArgs),
    /// Publish a sample app to an embedded Store: no account, no network
    Demo,
    /// Print a completion script for a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

const PUBLISH_EXAMPLES: &str = "\
Examples:
  flightline publish App_x64.msix App_arm64.msix --app 9PXXXXXXXXXX
  flightline publish App.msixbundle --app 9PXXXXXXXXXX --notes whats-new.json --rollout 10
  flightline publish App.msixbundle --app 9PXXXXXXXXXX --wait committed --timeout 15m
  flightline publish App_x64.msix --app 9PXXXXXXXXXX --replace-all --allow-drop arm

Run it again after anything went wrong: it looks at the Store first and does only what is left.";

/// Which app, or which flight of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct AppArg {
    /// The Store id of the app
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
    pub(crate) app: AppId,
    /// The id of a package flight of the app, to publish to its testers only
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_FLIGHT", hide_env_values = true)]
    pub(crate) flight: Option<FlightId>,
}

impl AppArg {
    /// Where packages are published to.
    pub(crate) fn destination(&self) -> Destination {
        Destination { app: self.app.clone(), flight: self.flight.clone() }
    }
}

/// What is to be published. Kept in the state file, so that `resume` can go on with it.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct WishArgs {
    /// .msix, .appx, .msixbundle, .appxbundle, .msixupload or .appxupload files
    #[arg(required = true, value_name = "PACKAGE")]
    pub(crate) packages: Vec<PathBuf>,
    /// What's new: a text for all languages, or a .json or .toml file with one for each
    #[arg(long, value_name = "FILE")]
    pub(crate) notes: Option<PathBuf>,
    /// Give the packages to so many percent of the customers first
    #[arg(long, value_name = "PERCENT")]
    pub(crate) rollout: Option<Text<Percentage>>,
    /// When to go live after certification: immediate, manual, or a date
    #[arg(long, value_name = "MODE|DATE")]
    pub(crate) publish_mode: Option<Text<PublishAt>>,
    /// How many versions stay for each kind of device, the new one included
    #[arg(long, value_name = "N", default_value = "1", conflicts_with = "replace_all")]
    pub(crate) keep: NonZeroU32,
    /// Let every package go that is not given here
    #[arg(long)]
    pub(crate) replace_all: bool,
    /// An architecture that customers may lose (can be given several times)
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    pub(crate) allow_drop: Vec<Text<Architecture>>,
    /// The base price to state, where the Store does not give it back: Free, or a tier such as Tier1020
    #[arg(long, value_name = "PRICE")]
    pub(crate) price: Option<String>,
}

/// How far to go.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct CourseArgs {
    /// Make and upload the draft, and do not commit it
    #[arg(long)]
    pub(crate) no_commit: bool,
    /// How far to wait
    #[arg(long, value_enum, value_name = "MILESTONE", default_value_t = WaitFor::Published)]
    pub(crate) wait: WaitFor,
    /// How long to wait at the most, such as 15m or 2h; then exit code 8
    #[arg(long, value_name = "TIME", default_value = "3h", value_parser = duration)]
    #[serde(with = "seconds")]
    pub(crate) timeout: SignedDuration,
    /// What to do when another submission is pending
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = IfBusyArg::Fail)]
    pub(crate) if_busy: IfBusyArg,
}

/// How far to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WaitFor {
    /// Until the Store has taken the upload in
    Committed,
    /// Until certification has passed
    Certified,
    /// Until publishing has begun
    Released,
    /// Until customers get it, with the package list read back
    Published,
}

/// What to do when another submission is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IfBusyArg {
    /// Stop with exit code 4
    Fail,
    /// Wait until it is through
    Wait,
    /// Leave with exit code 11
    Skip,
    /// Delete it if this machine made it; stop otherwise
    ReplaceOwn,
}

#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    #[command(flatten)]
    pub(crate) app: AppArg,
    #[command(flatten)]
    pub(crate) wish: WishArgs,
    #[command(flatten)]
    pub(crate) course: CourseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) app: AppArg,
    #[command(flatten)]
    pub(crate) wish: WishArgs,
    // Accepted so that a publish command line can be turned into a plan by its first word.
    #[command(flatten)]
    pub(crate) course: CourseArgs,
    /// Exit with 10 when there is something to do
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) app: AppArg,
    /// Follow the pending submission until it is through
    #[arg(long)]
    pub(crate) watch: bool,
    /// How long to follow it at the most; then exit code 8
    #[arg(long, value_name = "TIME", default_value = "3h", value_parser = duration)]
    pub(crate) timeout: SignedDuration,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The app, where several publishes were interrupted
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
    pub(crate) app: Option<AppId>,
    /// How long to wait at the most; then exit code 8
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<SignedDuration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppsCommand {
    /// List all apps
    List,
    /// Show one app
    Get {
        /// The Store id of the app
        #[arg(env = "FLIGHTLINE_APP", hide_env_values = true)]
        app: AppId,
    },
}

/// A submission of an app.
#[derive(Debug, Args)]
pub(crate) struct OneSubmission {
    #[command(flatten)]
    pub(crate) app: AppArg,
    /// The submission [default: the pending one]
    pub(crate) id: Option<SubmissionId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubmissionCommand {
    /// Print a submission's document (by default the pending one, else the live one)
    Get(OneSubmission),
    /// Make a draft: a clone of what is live
    Create {
        #[command(flatten)]
        app: AppArg,
    },
    /// Put a document in place of the draft's
    Update {
        #[command(flatten)]
        one: OneSubmission,
        /// The document, as `get` prints it; - for stdin
        #[arg(long, value_name = "FILE")]
        input: PathBuf,
    },
    /// Upload a ZIP with the files that the draft names
    Upload {
        #[command(flatten)]
        one: OneSubmission,
        /// The ZIP
        #[arg(long, value_name = "ZIP")]
        file: PathBuf,
    },
    /// Hand the draft to the Store
    Commit(OneSubmission),
    /// Print where a submission stands
    Status(OneSubmission),
    /// Follow a submission until it is through
    Watch {
        #[command(flatten)]
        one: OneSubmission,
        /// How far to wait
        #[arg(long, value_enum, value_name = "MILESTONE", default_value_t = WaitFor::Published)]
        wait: WaitFor,
        /// How long to wait at the most; then exit code 8
        #[arg(long, value_name = "TIME", default_value = "3h", value_parser = duration)]
        timeout: SignedDuration,
    },
    /// Delete a draft or a failed submission
    Delete {
        #[command(flatten)]
        one: OneSubmission,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  flightline api GET applications/9PXXXXXXXXXX/listflights?top=5")]
pub(crate) struct ApiArgs {
    /// GET, POST, PUT or DELETE
    pub(crate) method: MethodArg,
    /// The path below /v1.0/my/, with its query
    pub(crate) path: String,
    /// A file with the JSON to send; - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
}

/// An HTTP method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum MethodArg {
    #[value(alias = "get")]
    Get,
    #[value(alias = "post")]
    Post,
    #[value(alias = "put")]
    Put,
    #[value(alias = "delete")]
    Delete,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flightline emulator
  flightline emulator --listen 127.0.0.1:0 --ready-file ready.json --pace instant
  flightline emulator --data store --account account.json

When it is ready it prints one JSON line with the addresses and the credentials of its account. Point any client at it: the CA that
has signed its certificate is in the file `ca`.")]
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
    /// Serve plain HTTP
    #[arg(long)]
    pub(crate) http: bool,
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

/// A value that is kept as the text it was given as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text<T> {
    text: String,
    pub(crate) value: T,
}

impl<T: std::str::FromStr> std::str::FromStr for Text<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        Ok(Self { text: text.to_owned(), value: text.parse()? })
    }
}

impl<T> Serialize for Text<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T: std::str::FromStr> Deserialize<'de> for Text<T>
where
    T::Err: std::fmt::Display,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_positive() => Ok(duration),
        Ok(_) => Err("a time to wait is longer than nothing".to_owned()),
        Err(_) => Err("give a number and a unit, such as 90s, 15m or 2h".to_owned()),
    }
}

/// A duration as whole seconds.
mod seconds {
    use super::SignedDuration;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &SignedDuration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(duration.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
        i64::deserialize(deserializer).map(SignedDuration::from_secs)
    }
}
