//! A Store, a state file and a command that is run again and again, for one schedule.

use crate::document::today;
use crate::job::{Job, app, flight};
use crate::line::{Line, Seen, Stop, Trouble};
use crate::log;
use crate::person::writer;
use crate::schedule::Memory;
use flightline_client::transport::Transport;
use flightline_emulator::{Account, Emulator, Options, Pace};
use flightline_protocol::status::Milestone;
use flightline_protocol::target::Target;
use flightline_publish::apply::{self, Course, Outcome, Until};
use flightline_publish::error::Error;
use flightline_publish::event::{Event, Observer};
use flightline_publish::journal::Journal;
use flightline_publish::promote;
use flightline_publish::rollout::ExistingRollout;
use flightline_publish::step::IfBusy;
use flightline_publish::wish::Wish;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::future::{Future, poll_fn};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any run takes that comes to an end.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// A job with all that its schedules share.
pub(crate) struct Prepared {
    pub(crate) job: Job,
    account: Account,
    target: Target,
    wish: Arc<Wish>,
    /// What goes up, as a digest.
    content: Option<blake3::Hash>,
    /// The requests of a run that nothing happens to.
    pub(crate) clean: Vec<Seen>,
    /// How often such a run is polled.
    pub(crate) polls: usize,
    /// The lines that it leaves in the state file.
    pub(crate) lines: usize,
    /// Holds the files that are wished.
    _folder: TempDir,
}

impl Prepared {
    /// Does the job once where nothing goes wrong.
    pub(crate) async fn new(job: Job) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (account, target, wish) = (job.account(), job.target(), Arc::new(job.wish(folder.path())));
        let mut prepared =
            Self { job, account, target, wish, content: None, clean: Vec::new(), polls: 0, lines: 0, _folder: folder };
        let stage = Stage::new(&prepared);
        let end = stage.run(Trouble::default()).await;
        let is_blocked = matches!(&end, End::Ended(Err(Error::RolloutOpen { .. })));
        assert!(
            matches!(&end, End::Ended(Ok(Outcome::Delivered(_)))) || job == Job::AppRollingOut && is_blocked,
            "{}: {end:?}",
            job.word()
        );
        let (content, clean) = (stage.line.uploaded(), stage.line.seen());
        let polls = *stage.polls.lock().expect("no panic");
        let lines = stage.journal().lines().count();
        drop(stage);
        (prepared.content, prepared.clean, prepared.polls, prepared.lines) = (content, clean, polls, lines);
        prepared
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum End {
    Ended(Result<Outcome, Error>),
    /// The process is gone.
    Killed,
    /// It had not ended after a month.
    Hung,
}

/// One Store, and the machine that publishes to it.
pub(crate) struct Stage<'a> {
    prepared: &'a Prepared,
    pub(crate) line: Arc<Line>,
    state: TempDir,
    /// All that was told and written during all runs, for secrets to be looked for in.
    told: Mutex<String>,
    polls: Mutex<usize>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(prepared: &'a Prepared) -> Self {
        log::take();
        let options = Options { pace: Pace::Fast, ..Options::new(prepared.account.clone()) };
        let emulator = Emulator::open(options).expect("an emulator");
        let line = Arc::new(Line::new(emulator, prepared.job, Arc::clone(&prepared.wish), prepared.content));
        let state = tempfile::tempdir().expect("a folder");
        Self { prepared, line, state, told: Mutex::default(), polls: Mutex::default() }
    }

    /// One run of the command.
    pub(crate) async fn run(&self, trouble: Trouble) -> End {
        let last = match trouble.stop {
            Some(Stop::Poll(last)) => last,
            _ => usize::MAX,
        };
        self.line.begin(trouble);
        let end = {
            let mut command = pin!(self.command());
            let mut polls = 0;
            let command = poll_fn(|context| {
                if polls == last {
                    return Poll::Ready(None);
                }
                polls += 1;
                *self.polls.lock().expect("no panic") = polls;
                command.as_mut().poll(context).map(Some)
            });
            tokio::select! {
                biased;
                () = self.line.stopped() => End::Killed,
                ended = tokio::time::timeout(LONGEST, command) => match ended {
                    Ok(Some(result)) => End::Ended(result),
                    Ok(None) => End::Killed,
                    Err(_) => End::Hung,
                },
            }
        };
        self.tell(&end);
        end
    }

    async fn command(&self) -> Result<Outcome, Error> {
        let Prepared { job, target, wish, .. } = self.prepared;
        let transport: Arc<dyn Transport> = Arc::clone(&self.line) as _;
        publish(transport, *job, target, wish, self.state.path(), self).await
    }

    /// Notes all that a run says and leaves.
    fn tell(&self, end: &End) {
        let mut words = format!("{end:?}\n");
        if let End::Ended(Err(error)) = end {
            writeln!(words, "{error}\n{:?} {} {:?}", error.kind(), error.code(), error.hint()).expect("a text takes it");
            let mut source = std::error::Error::source(error);
            while let Some(error) = source {
                writeln!(words, "{error}").expect("a text takes it");
                source = error.source();
            }
        }
        self.line.tell(words.trim_end());
        words.push_str(&self.journal());
        words.push_str(&log::take());
        self.told.lock().expect("no panic").push_str(&words);
    }

    /// The state file's text, empty if there is none.
    fn journal(&self) -> String {
        self.journal_file().and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default()
    }

    fn journal_file(&self) -> Option<PathBuf> {
        let mut entries = fs::read_dir(self.state.path()).ok()?.map(|entry| entry.expect("an entry").path());
        entries.find(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
    }

    /// Does to the state file what is to be done.
    pub(crate) fn remember(&self, memory: Memory) {
        let Some(file) = self.journal_file() else { return };
        match memory {
            Memory::Kept => {}
            Memory::Wiped => fs::remove_file(file).expect("the state file goes"),
            Memory::Cut(halves) => {
                let text = self.journal();
                let mut ends = text.match_indices('\n').map(|(end, _)| end + 1);
                let whole = halves.checked_div(2).filter(|whole| *whole > 0).map_or(Some(0), |whole| ends.nth(whole - 1));
                let Some(whole) = whole else { return };
                let next = text[whole..].find('\n').unwrap_or(0);
                let torn = if halves % 2 == 1 { whole + next / 2 } else { whole };
                fs::write(file, &text[..torn]).expect("the state file is cut");
            }
        }
    }

    /// What of all that was told should be in nobody's hands.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.line.secrets_in(&self.told.lock().expect("no panic"))
    }

    /// All submissions of the product, the oldest first.
    pub(crate) fn submissions(&self) -> Vec<Value> {
        let (kind, id) = match &self.prepared.target {
            Target::App(app) => ("app", app.as_str()),
            Target::Flight(_, flight) => ("flight", flight.as_str()),
            Target::AddOn(add_on) => ("addOn", add_on.as_str()),
        };
        let mut state = self.line.emulator.state().expect("a state");
        let all = state["submissions"].as_array_mut().expect("a list");
        all.iter_mut().filter(|one| one["kind"] == kind && one["product"] == id).map(Value::take).collect()
    }

    /// Whether customers have all that is wished, if these are the submissions.
    pub(crate) fn are_published(&self, submissions: &[Value]) -> bool {
        let published = submissions.iter().rfind(|submission| submission["status"] == "Published");
        published.is_some_and(|live| self.prepared.job.is_in(&live["document"]))
    }
}

/// The command: it signs in, opens its state file, and goes all the way unless something is in it.
pub(crate) async fn publish(
    transport: Arc<dyn Transport>,
    job: Job,
    target: &Target,
    wish: &Wish,
    state: &Path,
    observer: &dyn Observer,
) -> Result<Outcome, Error> {
    let writer = writer(transport);
    if job == Job::Promote {
        promote::check(writer.reader(), &app(), &flight(), wish).await?;
    }
    let mut journal = Journal::open(state, "in process", target)?;
    journal.begin(target, &wish.digest(), Value::Null)?;
    let until = Until::Milestone(Milestone::Published);
    let course = Course { until, deadline: None, if_busy: IfBusy::Fail, existing_rollout: ExistingRollout::Fail, now: today() };
    apply::publish(&writer, &mut journal, target, wish, &course, observer).await
}

impl Observer for Stage<'_> {
    fn hear(&self, event: &Event<'_>) {
        // A plan and a live document are long, and hold what the Store shows to everybody.
        let words = match event {
            Event::Planned(_) | Event::Delivered(_) => return,
            event => format!("{event:?}\n"),
        };
        self.told.lock().expect("no panic").push_str(&words);
    }
}
