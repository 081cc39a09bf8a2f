//! What a system says to a process that is to end.

use std::io;

/// How a process is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Somebody at the keyboard: Ctrl-C, or Ctrl-Break.
    Interrupt,
    /// A system: `SIGTERM`, or the end of a session.
    Terminate,
}

/// The signals that this process gets, from now on. As long as it is there none of them ends the process by itself.
pub(crate) struct Signals(Streams);

impl Signals {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        Streams::listen().map(Self)
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Signal {
        self.0.next().await
    }
}

#[cfg(unix)]
use unix::Streams;

#[cfg(unix)]
mod unix {
    use super::{Signal, io};
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    pub(super) struct Streams {
        interrupt: Stream,
        terminate: Stream,
    }

    impl Streams {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
        }

        pub(super) async fn next(&mut self) -> Signal {
            tokio::select! {
                Some(()) = self.interrupt.recv() => Signal::Interrupt,
                Some(()) = self.terminate.recv() => Signal::Terminate,
                else => std::future::pending().await,
            }
        }
    }
}

#[cfg(windows)]
use windows::Streams;

#[cfg(windows)]
mod windows {
    use super::{Signal, io};
    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

    pub(super) struct Streams {
        interrupt: CtrlC,
        stop: CtrlBreak,
        close: CtrlClose,
        shutdown: CtrlShutdown,
    }

    impl Streams {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self { interrupt: ctrl_c()?, stop: ctrl_break()?, close: ctrl_close()?, shutdown: ctrl_shutdown()? })
        }

        pub(super) async fn next(&mut self) -> Signal {
            tokio::select! {
                Some(()) = self.interrupt.recv() => Signal::Interrupt,
                Some(()) = self.stop.recv() => Signal::Interrupt,
                Some(()) = self.close.recv() => Signal::Terminate,
                Some(()) = self.shutdown.recv() => Signal::Terminate,
                else => std::future::pending().await,
            }
        }
    }
}
