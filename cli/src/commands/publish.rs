//! `flightline publish`.

use crate::args::Common;
use crate::args::{AddOnPublishArgs, CourseArgs, ExistingRolloutArg, IfBusyArg, PublishArgs, WaitFor, WishArgs};
use crate::profile::{Session, session};
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::progress::Teller;
use crate::view::{View, human};
use crate::{args::Output, clock};
use flightline_client::api::Writer;
use flightline_protocol::id::IdError;
use flightline_protocol::status::Milestone;
use flightline_protocol::target::Target;
use flightline_publish::add_on::AddOnFile;
use flightline_publish::apply::{self, Course, Outcome, Until};
use flightline_publish::error::{Error, product};
use flightline_publish::fault::Fault;
use flightline_publish::journal::Journal;
use flightline_publish::notes::Notes;
use flightline_publish::package::Package;
use flightline_publish::rollout::{ExistingRollout, RolloutEnd};
use flightline_publish::step::IfBusy;
use flightline_publish::ticket::{self, Ticket};
use flightline_publish::wish::{PackagePolicy, Replace, Wish};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tokio::time::Instant;

/// What the state file keeps of a command line, so that `resume` can run it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Arguments {
    /// Packages to an app or a flight of it.
    Packages { app: String, flight: Option<String>, wish: WishArgs, course: CourseArgs },
    /// What a file says to an add-on.
    AddOn { add_on: String, from: PathBuf, course: CourseArgs },
}

pub(crate) async fn run(args: PublishArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let arguments = Arguments::Packages {
        app: args.app.app.to_string(),
        flight: args.app.flight.as_ref().map(ToString::to_string),
        wish: args.wish.absolute(),
        course: args.course,
    };
    let wish = arguments.wish()?;
    publish(&session(common)?, arguments, wish, view).await
}

pub(crate) async fn run_add_on(args: AddOnPublishArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let from = std::path::absolute(&args.from).unwrap_or(args.from);
    let arguments = Arguments::AddOn { add_on: args.add_on.add_on.to_string(), from, course: args.course };
    let wish = arguments.wish()?;
    publish(&session(common)?, arguments, wish, view).await
}

impl Arguments {
    /// What they are about.
    pub(crate) fn target(&self) -> Result<Target, IdError> {
        Ok(match self {
            Self::Packages { app, flight: None, .. } => Target::App(app.parse()?),
            Self::Packages { app, flight: Some(flight), .. } => Target::Flight(app.parse()?, flight.parse()?),
            Self::AddOn { add_on, .. } => Target::AddOn(add_on.parse()?),
        })
    }

    /// What they wish: every file that they name is opened, and all that is wrong is listed.
    pub(crate) fn wish(&self) -> Result<Wish, Failure> {
        match self {
            Self::Packages { wish, .. } => read_wish(wish),
            Self::AddOn { from, .. } => {
                let members = AddOnFile::open(from).map_err(Error::Faults)?;
                Ok(Wish { members: Some(members), ..Wish::default() })
            }
        }
    }

    pub(crate) fn course(&self) -> &CourseArgs {
        match self {
            Self::Packages { course, .. } | Self::AddOn { course, .. } => course,
        }
    }

    pub(crate) fn course_mut(&mut self) -> &mut CourseArgs {
        match self {
            Self::Packages { course, .. } | Self::AddOn { course, .. } => course,
        }
    }
}

impl WishArgs {
    /// The same files, wherever `resume` is called from.
    fn absolute(mut self) -> Self {
        for path in self.packages.iter_mut().chain(self.notes.iter_mut()) {
            *path = std::path::absolute(&*path).unwrap_or_else(|_| path.clone());
        }
        self
    }
}

/// Publishes, once the wish is read and the way to the Store is known.
pub(crate) async fn publish(session: &Session, arguments: Arguments, wish: Wish, view: View) -> Result<Exit, Failure> {
    let target = arguments.target().map_err(|error| Failure::trouble("arguments", &error))?;
    let course = arguments.course().to_course();
    let arguments = serde_json::to_value(arguments).map_err(|error| Failure::trouble("arguments", &error))?;
    session.stop.publishes(&target, &session.state);
    let mut journal = Journal::open(&session.state, &session.api_url, &target).map_err(Error::from)?;
    journal.begin(&target, &wish.digest(), arguments).map_err(Error::from)?;

    let writer = Writer::new(session.reader.clone());
    let teller = Teller::new(view);
    let outcome = apply::publish(&writer, &mut journal, &target, &wish, &course, &teller).await;
    drop(teller);
    let outcome = outcome.map_err(|error| Failure::from(error).with_exchanges(&session.reader).for_product(&product(&target)))?;
    let ticket = ticket::keep(&journal, &target, &outcome).map_err(Error::from)?;
    show(&outcome, ticket, view);
    Ok(match outcome {
        Outcome::Skipped(_) => Exit::Skipped,
        _ => Exit::Done,
    })
}

/// Opens everything that is named, and lists all that is wrong with it.
pub(crate) fn read_wish(args: &WishArgs) -> Result<Wish, Failure> {
    let mut faults: Vec<Fault> = Vec::new();
    let notes = args.notes.as_deref().map(|file: &Path| Notes::open(file)).transpose();
    let notes = notes.map_err(|fault| faults.push(fault)).unwrap_or_default();
    let packages = Package::open_all(&args.packages);
    let packages = packages.map_err(|found| faults.extend(found.into_iter().map(Fault::from))).unwrap_or_default();
    if !faults.is_empty() {
        return Err(Error::Faults(faults).into());
    }
    Ok(Wish {
        packages,
        notes,
        policy: PackagePolicy {
            replace: if args.replace_all { Replace::All } else { Replace::Keep(args.keep) },
            allow_drop: args.allow_drop.iter().map(|architecture| architecture.value.clone()).collect(),
        },
        rollout: args.rollout.as_ref().map(|rollout| rollout.value),
        publish_at: args.publish_mode.as_ref().map(|mode| mode.value),
        members: None,
        price: args.price.clone(),
    })
}

impl CourseArgs {
    fn to_course(&self) -> Course {
        let until = match self.wait {
            _ if self.no_commit => Until::Draft,
            wait => Until::Milestone(wait.milestone()),
        };
        let if_busy = match self.if_busy {
            IfBusyArg::Fail => IfBusy::Fail,
            IfBusyArg::Wait => IfBusy::Wait,
            IfBusyArg::Skip => IfBusy::Skip,
            IfBusyArg::ReplaceOwn => IfBusy::ReplaceOwn,
        };
        let existing_rollout = match self.existing_rollout {
            ExistingRolloutArg::Fail => ExistingRollout::Fail,
            ExistingRolloutArg::Finalize => ExistingRollout::End(RolloutEnd::Finalize),
            ExistingRolloutArg::Halt => ExistingRollout::End(RolloutEnd::Halt),
        };
        let deadline = Some(Instant::now() + self.timeout.unsigned_abs());
        Course { until, deadline, if_busy, existing_rollout, now: clock::now() }
    }
}

impl WaitFor {
    pub(crate) fn milestone(self) -> Milestone {
        match self {
            Self::Committed => Milestone::Committed,
            Self::Certified => Milestone::Certified,
            Self::Released => Milestone::Released,
            Self::Published => Milestone::Published,
        }
    }
}

fn show(outcome: &Outcome, ticket: Option<(PathBuf, Ticket)>, view: View) {
    let ticket = ticket.as_ref();
    match view.output {
        Output::Json => json::print(&json::outcome(outcome, ticket), Lines::Many),
        Output::Ndjson => json::print(&json::event_of("ended", json::outcome(outcome, ticket)), Lines::One),
        Output::Table => human::outcome(outcome, ticket),
    }
}
