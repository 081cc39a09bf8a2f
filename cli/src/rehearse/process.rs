//! Runs a process to its end. What people and systems say to us is passed on to it, and so is its end to them.

use crate::report::{Exit, Failure};
use std::ffi::OsStr;
use std::future::Future;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Child;

/// How long a command may take to end when nobody waits for it any more.
const GRACE: Duration = Duration::from_secs(5);

/// A command that could not be started or waited for.
pub(crate) fn could_not_run(command: &OsStr, error: &io::Error) -> Failure {
    let name = command.to_string_lossy();
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "there is no such program on the PATH",
        io::ErrorKind::PermissionDenied => "the file cannot be executed by this user",
        _ => return Failure::trouble("command", error).within(&name),
    };
    Failure::of(Exit::Invalid, "command", format!("{name}: {error}")).hint(hint)
}

/// The exit code that says how a process ended: its own, or 128 and the signal that ended it, as shells have it.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(signal).map_or(u8::MAX, |signal| 128_u8.saturating_add(signal));
    }
    // Windows has codes that do not fit.
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Ends a process that does not end by itself.
async fn end(mut child: Child) -> io::Result<u8> {
    if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
        return Ok(code(status?));
    }
    child.kill().await?;
    Ok(code(child.wait().await?))
}

#[cfg(unix)]
pub(crate) use unix::Signals;

#[cfg(unix)]
mod unix {
    use super::{Child, Future, code, end, io};
    use rustix::process::{Pid, Signal, getpgrp, kill_process};
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// The signals that we get, from now on.
    pub(crate) struct Signals {
        interrupt: Stream,
        quit: Stream,
        terminate: Stream,
        hangup: Stream,
    }

    impl Signals {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
            })
        }

        /// Waits for the process to end, and passes signals on to it. When `abandoned` is over it is asked to end.
        pub(crate) async fn wait(mut self, mut child: Child, abandoned: impl Future<Output = ()>) -> io::Result<u8> {
            let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            tokio::pin!(abandoned);
            loop {
                let signal = tokio::select! {
                    status = child.wait() => return Ok(code(status?)),
                    _ = self.interrupt.recv() => typed(Signal::INT),
                    _ = self.quit.recv() => typed(Signal::QUIT),
                    _ = self.terminate.recv() => Some(Signal::TERM),
                    _ = self.hangup.recv() => Some(Signal::HUP),
                    () = &mut abandoned => {
                        send(pid, Signal::TERM);
                        return end(child).await;
                    }
                };
                if let Some(signal) = signal {
                    send(pid, signal);
                }
            }
        }
    }

    fn send(pid: Option<Pid>, signal: Signal) {
        // It may have ended just now, and then there is nothing to say.
        let _ = pid.map(|pid| kill_process(pid, signal));
    }

    /// The signal, unless it was typed on a terminal: that gives it to all processes in front, the command among them.
    fn typed(signal: Signal) -> Option<Signal> {
        let in_front = std::fs::File::open("/dev/tty").ok().and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
        (in_front != Some(getpgrp())).then_some(signal)
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::Signals;

#[cfg(not(unix))]
mod elsewhere {
    use super::{Child, Future, code, end, io};

    /// Ctrl-C goes to all processes of a console; we stay to see how the command ends.
    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits for the process to end. When `abandoned` is over it is made to end.
        pub(crate) async fn wait(self, mut child: Child, abandoned: impl Future<Output = ()>) -> io::Result<u8> {
            tokio::pin!(abandoned);
            loop {
                tokio::select! {
                    status = child.wait() => return Ok(code(status?)),
                    pressed = tokio::signal::ctrl_c() => pressed?,
                    () = &mut abandoned => return end(child).await,
                }
            }
        }
    }
}
