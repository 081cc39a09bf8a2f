//! The steps of a publish as they happen: words on stderr, a bar on a terminal, JSON lines on stdout where they are asked for.

use crate::args::Output;
use crate::view::json::{self, Lines};
use crate::view::{View, human, screen};
use flightline_client::secret::redact;
use flightline_client::upload::Progress;
use flightline_protocol::status::SubmissionStatus;
use flightline_publish::deliver::package_list;
use flightline_publish::event::{Event, Observer};
use flightline_publish::rollout::RolloutEnd;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often the bar is drawn while nothing is delivered.
const TICK: Duration = Duration::from_millis(500);

/// Tells what happens.
pub(crate) struct Teller {
    view: View,
    bar: Mutex<Option<ProgressBar>>,
}

impl Teller {
    pub(crate) fn new(view: View) -> Self {
        Self { view, bar: Mutex::new(None) }
    }

    fn step(&self, name: &str, text: &str) {
        if self.view.tells {
            human::step(name, text);
        }
    }

    /// Moves the bar. It draws nothing unless stderr is a terminal.
    fn move_bar(&self, progress: Progress) {
        if !self.view.tells {
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("  upload      [{bar:30}] {bytes}/{total_bytes} {pace}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("pace", pace)
                .progress_chars("=> ");
            let bar = screen::add(ProgressBar::new(progress.total));
            bar.set_style(style);
            // A slow line delivers seldom; the estimate goes on meanwhile.
            bar.enable_steady_tick(TICK);
            bar
        });
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    }

    fn drop_bar(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.drop_bar();
    }
}

impl Observer for Teller {
    fn hear(&self, event: &Event<'_>) {
        if self.view.output == Output::Ndjson
            && let Some(line) = json::event(event)
        {
            json::print(&line, Lines::One);
        }
        match event {
            Event::SignedIn => self.step("token", "signed in"),
            Event::Planned(plan) => {
                self.step("product", &format!("{} ({})", plan.name, human::place(&plan.target)));
                if self.view.tells {
                    human::plan_steps(plan);
                }
            }
            Event::WaitingForSlot(id, status) => {
                self.step("slot", &format!("submission {id} is in {status}; waiting until the slot is free"));
            }
            Event::LettingLie(id, time) => {
                let time = human::time(*time);
                self.step(
                    "slot",
                    &format!("draft {id} is untouched, and others may be about to write into it; looking again in {time}"),
                );
            }
            Event::RolloutEnded(id, end) => {
                let what = if *end == RolloutEnd::Halt { "is halted" } else { "is finalized: everybody gets its packages" };
                self.step("rollout", &format!("that of submission {id} {what}"));
            }
            Event::Deleted(id) => self.step("draft", &format!("our old submission {id} is deleted")),
            Event::Created(id) => self.step("draft", &format!("{id} created")),
            Event::Adopted(id) => self.step("draft", &format!("{id} is there already; going on with it")),
            Event::Updated(id) => self.step("draft", &format!("{id} updated")),
            Event::Uploading(progress) => self.move_bar(*progress),
            Event::Uploaded(bytes, time) => {
                self.drop_bar();
                let rate = rate(*bytes, *time);
                self.step("upload", &format!("{} in {} ({rate}/s)", human::bytes(*bytes), human::time(*time)));
            }
            Event::CommitUnclear(id, time) => {
                let time = human::time(*time);
                self.step("commit", &format!("the answer was lost; looking for {time} whether the Store has taken {id}"));
            }
            Event::Committed(id) => self.step("commit", &format!("{id} handed to the Store")),
            Event::Status(report, standing) => {
                let after = if standing.as_secs() > 0 { format!(" (after {})", human::time(*standing)) } else { String::new() };
                self.step("store", &format!("{}{after}", words(&report.status)));
                if self.view.tells {
                    for warning in report.details.telling_warnings() {
                        human::remark(&format!("{}: {}", warning.code, redact(&warning.details)));
                    }
                }
            }
            Event::Delivered(submission) => {
                self.step("delivered", "the Store's package list is what was planned");
                if self.view.tells {
                    package_list(submission).iter().for_each(|package| human::continued(package));
                }
            }
            _ => {}
        }
    }
}

/// Rate and time left, once there is something to tell them from.
fn pace(state: &ProgressState, out: &mut dyn Write) {
    if state.pos() > 0 {
        let rate = indicatif::HumanBytes(whole(state.per_sec()));
        let _ = write!(out, "{rate}/s ETA {:#}", indicatif::HumanDuration(state.eta()));
    }
}

fn rate(bytes: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64().max(0.001);
    #[allow(clippy::cast_precision_loss, reason = "shown with two digits")]
    human::bytes(whole(bytes as f64 / seconds))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shown with two digits")]
fn whole(number: f64) -> u64 {
    number as u64
}

/// A status in words.
fn words(status: &SubmissionStatus) -> String {
    match status {
        SubmissionStatus::CommitStarted => "reading the upload".to_owned(),
        SubmissionStatus::PreProcessing => "pre-processing".to_owned(),
        SubmissionStatus::Certification => "certification".to_owned(),
        SubmissionStatus::Release => "release: certification has passed".to_owned(),
        SubmissionStatus::PendingPublication => "waiting to be published".to_owned(),
        SubmissionStatus::Publishing => "publishing".to_owned(),
        SubmissionStatus::Published => "published".to_owned(),
        other => other.to_string(),
    }
}
