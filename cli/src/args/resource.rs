//! The arguments of the commands that are one method of the API each.

use super::text::{Text, duration};
use super::{AddOnArg, CourseArgs, FlightArg, PublishArgs, WaitFor};
use clap::{Args, Subcommand, ValueEnum};
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use flightline_protocol::rollout::Percentage;
use jiff::SignedDuration;
use std::path::PathBuf;

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

/// Package flights.
#[derive(Debug, Subcommand)]
pub(crate) enum FlightsCommand {
    /// List the flights of an app
    List {
        /// The Store id of the app
        #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
        app: AppId,
    },
    /// Show one flight
    Get(FlightArg),
    /// Make a flight; its first draft is made with it
    Create {
        /// The Store id of the app
        #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
        app: AppId,
        /// Its name
        #[arg(long)]
        name: String,
        /// The id of a flight group that gets it, from Partner Center (can be given several times)
        #[arg(long = "group", value_name = "ID", required = true, value_delimiter = ',')]
        groups: Vec<String>,
        /// The flight that it ranks directly above [default: above all others]
        #[arg(long, value_name = "NAME")]
        rank_higher_than: Option<String>,
    },
    /// Delete a flight, and its draft with it
    Delete {
        #[command(flatten)]
        flight: FlightArg,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Publish packages to a flight: `publish` with --flight
    Publish(PublishArgs),
    /// Publish the packages that a flight has live to everybody; the API cannot hand them on, so give the same files
    Promote(PublishArgs),
    /// The submissions of a flight, one method of the API at a time
    #[command(subcommand)]
    Submission(SubmissionCommand<FlightArg>),
}

const ADD_ON_EXAMPLE: &str = "\
Example of a file; what it leaves out stays as it is in the Store:
  { \"contentType\": \"OnlineDataStorage\",
    \"pricing\": { \"priceId\": \"Tier1012\" },
    \"listings\": { \"en-us\": { \"title\": \"Pro\", \"description\": \"All themes.\", \"icon\": \"icons/pro.png\" } } }";

/// What an add-on is to be.
#[derive(Debug, Args)]
pub(crate) struct AddOnPublishArgs {
    #[command(flatten)]
    pub(crate) add_on: AddOnArg,
    /// A JSON file with the members of the submission to set; icons by the path of a PNG of 300 x 300 pixels
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    #[command(flatten)]
    pub(crate) course: CourseArgs,
}

/// Add-ons.
#[derive(Debug, Subcommand)]
pub(crate) enum AddOnsCommand {
    /// List the add-ons of the account, or the ids of those of an app
    List {
        /// Only those of this app
        #[arg(long, value_name = "ID")]
        app: Option<AppId>,
    },
    /// Show one add-on
    Get {
        /// The Store id of the add-on
        #[arg(env = "FLIGHTLINE_ADD_ON", hide_env_values = true)]
        add_on: AddOnId,
    },
    /// Make an add-on, without any submission
    Create {
        /// The Store id of the app that it belongs to
        #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
        app: AppId,
        /// The id that the app's code knows it by; it cannot be changed later
        #[arg(long, value_name = "PRODUCT_ID")]
        product_id: String,
        /// Durable or Consumable
        #[arg(long = "type", value_name = "TYPE")]
        product_type: String,
    },
    /// Delete an add-on that was never published
    Delete {
        /// The Store id of the add-on
        #[arg(env = "FLIGHTLINE_ADD_ON", hide_env_values = true)]
        add_on: AddOnId,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Publish what a file says of an add-on: draft, upload, commit, and follow until customers have it
    #[command(after_help = ADD_ON_EXAMPLE)]
    Publish(AddOnPublishArgs),
    /// The submissions of an add-on, one method of the API at a time
    #[command(subcommand)]
    Submission(SubmissionCommand<AddOnArg>),
}

/// What is rolled out.
#[derive(Debug, Args)]
pub(crate) struct LiveSubmission {
    /// The Store id of the app
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_APP", hide_env_values = true)]
    pub(crate) app: AppId,
    /// The id of a package flight of the app, if the rollout is among its testers
    #[arg(long, value_name = "ID", env = "FLIGHTLINE_FLIGHT", hide_env_values = true)]
    pub(crate) flight: Option<FlightId>,
    /// The submission [default: the live one]
    #[arg(long, value_name = "ID")]
    pub(crate) submission: Option<SubmissionId>,
}

/// The gradual rollout of the live submission of an app or a flight.
#[derive(Debug, Subcommand)]
pub(crate) enum RolloutCommand {
    /// Show how far it is
    Get(LiveSubmission),
    /// Give the packages to so many percent of the customers; 100 does not end it
    Set {
        /// The share of customers
        percent: Text<Percentage>,
        #[command(flatten)]
        one: LiveSubmission,
    },
    /// Stop it for good: the next draft will be a clone of the halted submission
    Halt {
        #[command(flatten)]
        one: LiveSubmission,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Give the packages to all customers and end it
    Finalize(LiveSubmission),
}

/// A submission of a product.
#[derive(Debug, Args)]
pub(crate) struct OneSubmission<P: Args> {
    #[command(flatten)]
    pub(crate) product: P,
    /// The submission [default: the pending one]
    pub(crate) id: Option<SubmissionId>,
}

/// The six methods that every product's submissions have, and what goes with them.
#[derive(Debug, Subcommand)]
pub(crate) enum SubmissionCommand<P: Args> {
    /// Print a submission's document (by default the pending one, else the live one)
    Get(OneSubmission<P>),
    /// Make a draft: a clone of what is live
    Create {
        #[command(flatten)]
        product: P,
    },
    /// Put a document in place of the draft's
    Update {
        #[command(flatten)]
        one: OneSubmission<P>,
        /// The document, as `get` prints it; - for stdin
        #[arg(long, value_name = "FILE")]
        input: PathBuf,
    },
    /// Upload a ZIP with the files that the draft names
    Upload {
        #[command(flatten)]
        one: OneSubmission<P>,
        /// The ZIP
        #[arg(long, value_name = "ZIP")]
        file: PathBuf,
    },
    /// Hand the draft to the Store
    Commit(OneSubmission<P>),
    /// Print where a submission stands
    Status(OneSubmission<P>),
    /// Follow a submission until it is through
    Watch {
        #[command(flatten)]
        one: OneSubmission<P>,
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
        one: OneSubmission<P>,
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
