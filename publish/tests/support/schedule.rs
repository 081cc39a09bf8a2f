//! Many runs side by side, each with a clock of its own that a test may turn. What they wait for is mostly the disk.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]
#![allow(clippy::print_stderr, reason = "the number of schedules is shown with --nocapture")]

use std::fmt::Debug;
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Threads that run schedules.
const AT_ONCE: usize = 8;

/// Runs every schedule, and fails with all that went wrong in any of them.
pub(crate) fn run_all<T, F>(what: &str, schedules: &[T], run: impl Fn(T) -> F + Sync)
where
    T: Debug + Copy + Sync,
    F: Future<Output = Result<(), String>>,
{
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime");
                while let Some(&schedule) = schedules.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(what) = runtime.block_on(run(schedule)) {
                        wrong.lock().expect("no panic").push(format!("{schedule:?}: {what}"));
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort();
    eprintln!("{} schedules of {what}", schedules.len());
    assert!(wrong.is_empty(), "{} of {} schedules of {what} go wrong:\n{}", wrong.len(), schedules.len(), wrong.join("\n"));
}

/// Does one thing with a clock of its own.
#[allow(dead_code, reason = "every test file takes what it needs")]
pub(crate) fn alone<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().expect("a runtime").block_on(work)
}
