//! Many schedules side by side, each with a clock of its own that a test may turn.

use crate::log;
use crate::schedule::Schedule;
use crate::stage::Prepared;
use crate::verdict::play;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once};
use std::thread;

/// Stories that are told in full; the others go wrong in one line.
const MOST_STORIES: usize = 3;

/// Wrong schedules that are named.
const MOST_NAMED: usize = 60;

/// Says something while tests run, whether their output is shown or not.
pub(crate) fn say(what: &str) {
    // The test harness keeps back only what the print macros write.
    writeln!(std::io::stderr(), "{what}").expect("somebody listens");
}

/// A runtime whose clock stands still while anything is done.
fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().expect("a runtime")
}

/// Keeps state files and blobs in memory, where the system has a place for that: what a disk forgets is a matter of its own.
fn settle_in() {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        log::listen();
        let memory = Path::new("/dev/shm");
        if memory.is_dir() {
            tempfile::env::override_temp_dir(memory).expect("nobody else has chosen a place");
        }
    });
}

/// Does one thing with a clock of its own.
pub(crate) fn alone<T>(work: impl Future<Output = T>) -> T {
    settle_in();
    runtime().block_on(work)
}

/// Plays one schedule, and tells its story to whoever has asked.
pub(crate) fn replay(prepared: &Prepared, schedule: &Schedule, is_asked: bool) {
    match alone(play(prepared, schedule)) {
        Ok(_) if !is_asked => {}
        Ok(story) => say(&format!("{schedule}\n{story}")),
        Err(what) => panic!("{schedule}\n{what}"),
    }
}

/// Plays every schedule, and fails with all that went wrong in any of them.
pub(crate) fn play_all(what: &str, schedules: &[(&Prepared, Schedule)]) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = runtime();
                while let Some((prepared, schedule)) = schedules.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(what) = runtime.block_on(play(prepared, schedule)) {
                        wrong.lock().expect("no panic").push((schedule.to_string(), what));
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.sort();
    let mut text = format!("{} of {} schedules of {what} go wrong:\n", wrong.len(), schedules.len());
    for (at, (schedule, what)) in wrong.iter().take(MOST_NAMED).enumerate() {
        let what = if at < MOST_STORIES { what } else { what.lines().next().unwrap_or_default() };
        text += &format!("FLIGHTLINE_SCHEDULE='{schedule}' cargo test -p flightline-publish --test matrix replay\n    {what}\n");
    }
    Err(text)
}
