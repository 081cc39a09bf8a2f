//! Signs of life while nothing happens: a moving line on a terminal, and a line now and then elsewhere.

use crate::view::{View, human, screen};
use flightline_client::pulse::{Pulse, Wait};
use flightline_protocol::status::SubmissionStatus;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How often the moving line is drawn.
const TICK: Duration = Duration::from_secs(1);

/// How long nothing is said elsewhere than on a terminal while a submission stands still.
const SILENCE: Duration = Duration::from_secs(600);

/// The shortest wait for the rate budget that is worth a line elsewhere than on a terminal.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// For how long no other of these lines follows one.
const TOLD_ONCE_IN: Duration = Duration::from_secs(60);

/// Tells what is waited for, until it is dropped.
pub(crate) struct Waiting {
    foot: Arc<Mutex<Foot>>,
    teller: Option<JoinHandle<()>>,
}

/// The moving line at the foot of the terminal, which is there only while there is something to say.
#[derive(Default)]
struct Foot {
    bar: Option<ProgressBar>,
    is_over: bool,
}

impl Waiting {
    /// Begins to tell, unless nothing is to be told.
    pub(crate) fn new(view: View, pulse: &Pulse) -> Self {
        let foot = Arc::<Mutex<Foot>>::default();
        let (wait, on_terminal) = (pulse.wait(), std::io::stderr().is_terminal());
        let teller = view.tells.then(|| match on_terminal {
            true => tokio::spawn(show(wait, Arc::clone(&foot))),
            false => tokio::spawn(tell(wait)),
        });
        Self { foot, teller }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(teller) = &self.teller {
            teller.abort();
        }
        let mut foot = self.foot.lock().unwrap_or_else(PoisonError::into_inner);
        foot.is_over = true;
        foot.clear();
    }
}

impl Foot {
    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Keeps a moving line at the foot of the terminal while something is waited for.
async fn show(mut wait: Receiver<Wait>, foot: Arc<Mutex<Foot>>) {
    loop {
        let line = now(&wait.borrow_and_update(), Instant::now());
        let is_idle = line.is_none();
        {
            let mut foot = foot.lock().unwrap_or_else(PoisonError::into_inner);
            match line {
                _ if foot.is_over => return,
                Some(line) => foot.bar.get_or_insert_with(bar).set_message(line),
                None => foot.clear(),
            }
        }
        tokio::select! {
            changed = wait.changed() => if changed.is_err() { return },
            () = sleep(TICK), if !is_idle => {}
        }
    }
}

/// A line that is cut where the terminal ends.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    screen::add(ProgressBar::new_spinner().with_style(style))
}

/// Says on lines of their own what is waited for, and seldom.
async fn tell(mut wait: Receiver<Wait>) {
    let mut said = Said::default();
    while wait.changed().await.is_ok() {
        let wait = wait.borrow_and_update().clone();
        if let Some((name, text)) = said.next(&wait, Instant::now()) {
            human::step(name, &text);
        }
    }
}

/// What was said of late.
#[derive(Default)]
struct Said {
    /// Where the submission was, and when that was last said.
    status: Option<(SubmissionStatus, Instant)>,
    budget: Option<Instant>,
}

impl Said {
    /// What is worth a line.
    fn next(&mut self, wait: &Wait, now: Instant) -> Option<(&'static str, String)> {
        match wait {
            Wait::Look { status, since, .. } => match &mut self.status {
                Some((said, at)) if said == status => {
                    (now.saturating_duration_since(*at) >= SILENCE).then(|| *at = now)?;
                    Some(("store", format!("still {} for {}", place(status), lasting(now - *since))))
                }
                // That it has changed is said as it is seen.
                other => {
                    *other = Some((status.clone(), now));
                    None
                }
            },
            Wait::Budget { until } => {
                let left = until.saturating_duration_since(now);
                let is_news = self.budget.is_none_or(|at| now.saturating_duration_since(at) >= TOLD_ONCE_IN);
                (is_news && left >= WORTH_TELLING).then(|| self.budget = Some(now))?;
                Some(("waiting", format!("{} for the Store's rate limit", lasting(left))))
            }
            Wait::Retry { .. } | Wait::Nothing => None,
        }
    }
}

/// What is waited for, in one line.
fn now(wait: &Wait, now: Instant) -> Option<String> {
    let left = |until: &Instant| lasting(until.saturating_duration_since(now));
    let (name, text) = match wait {
        Wait::Nothing => return None,
        Wait::Budget { until } => ("waiting", format!("{} for the Store's rate limit", left(until))),
        Wait::Retry { until } => ("waiting", format!("{} before it is tried again", left(until))),
        Wait::Look { status, since, next } => {
            let standing = lasting(now.saturating_duration_since(*since));
            let usual = usual(status).map(|usual| format!("; usually {usual}")).unwrap_or_default();
            ("store", format!("{} for {standing}; next look in {}{usual}", place(status), left(next)))
        }
    };
    Some(format!("  {name:<11} {text}"))
}

/// Where a submission is, as it goes on after "still".
fn place(status: &SubmissionStatus) -> String {
    match status {
        SubmissionStatus::CommitStarted => "being read by the Store".to_owned(),
        SubmissionStatus::PreProcessing => "in pre-processing".to_owned(),
        SubmissionStatus::Certification => "in certification".to_owned(),
        SubmissionStatus::Release => "certified and not released".to_owned(),
        SubmissionStatus::PendingPublication => "waiting to be published".to_owned(),
        SubmissionStatus::Publishing => "being published".to_owned(),
        other => format!("in {other}"),
    }
}

/// How long a state usually lasts, as far as anybody has said it (O-042).
fn usual(status: &SubmissionStatus) -> Option<&'static str> {
    match status {
        SubmissionStatus::CommitStarted => Some("minutes"),
        SubmissionStatus::PreProcessing => Some("minutes to an hour"),
        SubmissionStatus::Certification => Some("hours to days"),
        _ => None,
    }
}

/// A time in words, in whole seconds, minutes and hours.
fn lasting(time: Duration) -> String {
    let seconds = time.as_millis().div_ceil(1000);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(status: SubmissionStatus, since: Instant, next: Instant) -> Wait {
        Wait::Look { status, since, next }
    }

    #[tokio::test]
    async fn the_moving_line_says_where_it_is_for_how_long_and_what_comes_next() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let text = |wait: Wait, seconds| now(&wait, at(seconds)).unwrap_or_default();
        assert_eq!(
            text(look(SubmissionStatus::Certification, start, at(7845)), 7800),
            "  store       in certification for 2 h 10 min; next look in 45 s; usually hours to days"
        );
        assert_eq!(
            text(look(SubmissionStatus::Release, start, at(9)), 12),
            "  store       certified and not released for 12 s; next look in 0 s"
        );
        assert_eq!(text(Wait::Budget { until: at(14) }, 0), "  waiting     14 s for the Store's rate limit");
        assert_eq!(text(Wait::Retry { until: at(150) }, 0), "  waiting     2 min before it is tried again");
        assert_eq!(now(&Wait::Nothing, start), None);
    }

    /// Three days of looks every two minutes, one of which waits for the rate budget each time.
    #[tokio::test]
    async fn elsewhere_a_line_comes_now_and_then() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut said = Said::default();
        let mut lines = Vec::new();
        for looks in 0..3 * 24 * 30 {
            let seconds = looks * 120;
            lines.extend(said.next(&Wait::Nothing, at(seconds)));
            lines.extend(said.next(&look(SubmissionStatus::Certification, start, at(seconds + 120)), at(seconds)));
        }
        assert_eq!(lines.len(), 3 * 24 * 6 - 1);
        assert_eq!(lines[12], ("store", "still in certification for 2 h 10 min".to_owned()));
        // A change is told elsewhere, and begins the silence anew.
        assert_eq!(said.next(&look(SubmissionStatus::Publishing, at(259_200), at(259_201)), at(259_200)), None);
        assert_eq!(said.next(&look(SubmissionStatus::Publishing, at(259_200), at(259_201)), at(259_700)), None);
    }

    #[tokio::test]
    async fn long_waits_for_the_rate_limit_are_told_once_a_minute() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut said = Said::default();
        assert_eq!(said.next(&Wait::Budget { until: at(9) }, start), None);
        assert_eq!(
            said.next(&Wait::Budget { until: at(31) }, start),
            Some(("waiting", "31 s for the Store's rate limit".to_owned()))
        );
        assert_eq!(said.next(&Wait::Budget { until: at(60) }, at(31)), None);
        assert!(said.next(&Wait::Budget { until: at(92) }, at(61)).is_some());
    }
}
