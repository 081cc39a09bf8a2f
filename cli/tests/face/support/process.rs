//! A process whose output is read as it comes, and which never outlives its test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take before the test gives up. Far more than any of it needs.
const LIMIT: Duration = Duration::from_secs(90);

/// A running process.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<Vec<u8>>,
    /// What was read of stdout so far.
    pub(crate) out: Vec<u8>,
    told: Receiver<Vec<u8>>,
    err: Option<JoinHandle<Vec<u8>>>,
}

/// How a process ended.
pub(crate) struct End {
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
}

impl Process {
    pub(crate) fn start(command: &mut Command, input: Option<&str>) -> Self {
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(input.as_bytes()).expect("the binary reads its stdin");
        }
        let (sender, lines) = channel();
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                if sender.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
        let (sender, told) = channel();
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let err = std::thread::spawn(move || {
            let (mut text, mut line) = (Vec::new(), Vec::new());
            while stderr.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                text.extend_from_slice(&line);
                // Most tests read it when all is over, and not as it comes.
                let _ = sender.send(std::mem::take(&mut line));
            }
            text
        });
        Self { child, lines, out: Vec::new(), told, err: Some(err) }
    }

    /// Reads stdout up to the line that holds `word`, and gives that line.
    pub(crate) fn until(&mut self, word: &str) -> String {
        let last = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(last.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.out.extend_from_slice(&line);
                    let line = String::from_utf8_lossy(&line).into_owned();
                    if line.contains(word) {
                        return line;
                    }
                }
                Err(why) => {
                    self.kill();
                    let (out, err) = (String::from_utf8_lossy(&self.out).into_owned(), self.stderr());
                    panic!("{word:?} never came ({why}):\n{out}\n{}", String::from_utf8_lossy(&err));
                }
            }
        }
    }

    /// Reads stderr up to the line that holds `word`, and gives that line.
    pub(crate) fn until_told(&mut self, word: &str) -> String {
        let last = Instant::now() + LIMIT;
        loop {
            match self.told.recv_timeout(last.saturating_duration_since(Instant::now())) {
                Ok(line) if String::from_utf8_lossy(&line).contains(word) => return String::from_utf8_lossy(&line).into_owned(),
                Ok(_) => {}
                Err(why) => {
                    self.kill();
                    panic!("{word:?} was never told ({why}):\n{}", String::from_utf8_lossy(&self.stderr()));
                }
            }
        }
    }

    /// Says to it what a system says: `SIGINT`, `SIGTERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process");
        rustix::process::kill_process(pid, signal).expect("it is there");
    }

    /// Its number.
    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> End {
        let last = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(last.saturating_duration_since(Instant::now())) {
                Ok(line) => self.out.extend_from_slice(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.kill();
                    let err = self.stderr();
                    panic!("it does not end:\n{}\n{}", String::from_utf8_lossy(&self.out), String::from_utf8_lossy(&err));
                }
            }
        }
        let code = self.child.wait().expect("it ends").code();
        End { code, out: std::mem::take(&mut self.out), err: self.stderr() }
    }

    /// Ends it as a machine that loses its power does.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn stderr(&mut self) -> Vec<u8> {
        self.err.take().and_then(|err| err.join().ok()).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
