//! Being told to stop: the first time at the next safe point, the second time at once.
//!
//! A point is safe where no request is under way that may change the Store: what the journal says is all that there is to know then.

mod signal;

use crate::report::{Exit, Failure};
use crate::view::human;
use flightline_client::api::Reader;
use flightline_client::pulse::Pulse;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::target::Target;
use flightline_publish::error::product;
use flightline_publish::journal::{Journal, Run};
pub(crate) use signal::{Signal, Signals};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Whether somebody wants this run to stop, and what it is about. Clones are of the same one.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    asked: Arc<watch::Sender<Option<Signal>>>,
    work: Arc<Mutex<Work>>,
}

/// What runs.
#[derive(Debug, Default)]
struct Work {
    /// The signs of life of what speaks to the Store.
    pulse: Option<Pulse>,
    /// The product that is published, and the folder of its state file.
    publish: Option<(Target, PathBuf)>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { asked: Arc::new(watch::Sender::default()), work: Arc::default() }
    }
}

impl Stop {
    /// This run speaks to a Store.
    pub(crate) fn follow(&self, reader: &Reader) {
        self.work().pulse = Some(reader.pulse().clone());
    }

    /// This run publishes a product, and keeps track of it in a folder.
    pub(crate) fn publishes(&self, target: &Target, state: &Path) {
        self.work().publish = Some((target.clone(), state.to_owned()));
    }

    /// Somebody wants it to stop.
    pub(crate) fn ask(&self, signal: Signal) {
        self.asked.send_replace(Some(signal));
    }

    /// Whether something is under way that is better waited for.
    pub(crate) fn is_writing(&self) -> bool {
        self.pulse().is_some_and(|pulse| pulse.is_writing())
    }

    /// Is over when nothing is under way that is better waited for.
    pub(crate) async fn written(&self) {
        if let Some(pulse) = self.pulse() {
            pulse.written().await;
        }
    }

    /// Is over when somebody wants it to stop, and it may.
    pub(crate) async fn safe(&self) -> Signal {
        let mut asked = self.asked.subscribe();
        loop {
            let signal = *asked.borrow_and_update();
            if let Some(signal) = signal {
                self.written().await;
                return signal;
            }
            // The sender is ours, so it cannot have gone.
            let _ = asked.changed().await;
        }
    }

    /// How a run ends that was stopped: what has happened, and how it goes on.
    pub(crate) fn failure(&self, signal: Signal) -> Failure {
        let exit = match signal {
            Signal::Interrupt => Exit::Interrupted,
            Signal::Terminate => Exit::Terminated,
        };
        let failure = Failure::of(exit, "interrupted", "stopped before the end");
        let failure = match self.is_writing() {
            true => failure.line("a request was under way, and nobody knows what the Store did with it"),
            false => failure,
        };
        let Some((target, state)) = self.work().publish.clone() else { return failure };
        let resume = format!("`flightline resume {}` goes on where this stopped, and so does the same command", product(&target));
        match unfinished(&state, &target) {
            Found::Run(run) => {
                let [happened, next] = told(&run);
                let failure = failure.line(happened).line(next).hint(resume);
                if let Some(draft) = &run.draft { failure.about(draft) } else { failure }
            }
            Found::Nothing => failure.line("the Store was not changed").hint("the same command begins anew"),
            Found::Unknown => failure.hint(resume),
        }
    }

    fn pulse(&self) -> Option<Pulse> {
        self.work().pulse.clone()
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a state file says about a run that was stopped.
enum Found {
    Run(Box<Run>),
    Nothing,
    Unknown,
}

/// The run of a product that is to be gone on with. Its state file is ours again only when the run has let go of it.
fn unfinished(state: &Path, target: &Target) -> Found {
    let Ok(runs) = Journal::unfinished(state) else { return Found::Unknown };
    let ours = runs.into_iter().map(|(_, run)| run).find(|run| is_of(run, target));
    match ours {
        Some(run) if run.has_begun() => Found::Run(Box::new(run)),
        Some(_) => Found::Nothing,
        None => Found::Unknown,
    }
}

fn is_of(run: &Run, target: &Target) -> bool {
    let arguments: Option<crate::commands::Arguments> = serde_json::from_value(run.arguments.clone()).ok();
    arguments.and_then(|arguments| arguments.target().ok()).is_some_and(|of| of == *target)
}

/// What has happened so far, and what comes next.
fn told(run: &Run) -> [String; 2] {
    let draft = run.draft.as_ref().map(SubmissionId::as_str).unwrap_or_default();
    match run {
        Run { draft: Some(_), commit_was_sent: true, .. } => [
            format!("submission {draft} is handed to the Store, and goes on there without this machine"),
            "next: following it, and reading back what customers get".to_owned(),
        ],
        Run { draft: Some(_), uploaded: Some(_), .. } => {
            [format!("draft {draft} is made and its files are uploaded; it is not committed"), "next: committing it".to_owned()]
        }
        Run { draft: Some(_), .. } => [
            format!("draft {draft} is made; its files are not uploaded, or not all of them, and it is not committed"),
            "next: uploading what is missing, and committing it".to_owned(),
        ],
        Run { draft: None, .. } => [
            "a draft was asked for, and the answer has not come".to_owned(),
            "next: looking whether the Store has made it".to_owned(),
        ],
    }
}

/// Says that a run ends as soon as it may.
pub(crate) fn tell() {
    human::step("stopping", "when the Store has answered; once more (Ctrl-C) stops at once, and then nobody knows what it did");
}
