//! The arguments of the commands that publish, and of those that look at what was published.

use super::AppArg;
use super::text::{Text, duration, seconds};
use clap::{Args, ValueEnum};
use flightline_protocol::id::{AddOnId, AppId, FlightId};
use flightline_protocol::package::Architecture;
use flightline_protocol::rollout::Percentage;
use flightline_publish::wish::PublishAt;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::path::PathBuf;

const PUBLISH_EXAMPLES: &str = "\
Examples:
  flightline publish App_x64.msix App_arm64.msix --app 9PXXXXXXXXXX
  flightline publish App.msixbundle --app 9PXXXXXXXXXX --notes whats-new.json --rollout 10
  flightline publish App.msixbundle --app 9PXXXXXXXXXX --wait committed --timeout 15m
  flightline publish App_x64.msix --app 9PXXXXXXXXXX --replace-all --allow-drop arm

Run it again after anything went wrong: it looks at the Store first and does only what is left.";

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
    /// What to do when the packages that are live are still rolled out gradually
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = ExistingRolloutArg::Fail)]
    #[serde(default)]
    pub(crate) existing_rollout: ExistingRolloutArg,
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
    /// Leave with exit code 11, and a ticket that `resume` picks up
    Skip,
    /// Delete it if this machine made it; stop otherwise
    ReplaceOwn,
}

/// What to do when the packages that are live are still rolled out gradually.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExistingRolloutArg {
    /// Stop with exit code 4
    #[default]
    Fail,
    /// Give them to all customers first
    Finalize,
    /// Give them to no more customers
    Halt,
}

#[derive(Debug, Args)]
#[command(after_help = PUBLISH_EXAMPLES)]
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
    /// The flight, where several were interrupted
    #[arg(long, value_name = "ID")]
    pub(crate) flight: Option<FlightId>,
    /// The add-on, where several were interrupted
    #[arg(long, value_name = "ID")]
    pub(crate) add_on: Option<AddOnId>,
    /// How long to wait at the most; then exit code 8
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<SignedDuration>,
}
