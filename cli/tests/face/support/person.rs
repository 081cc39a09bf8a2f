//! Somebody who types commands on a clean machine: no proxy, no settings, an empty home.

use super::Process;
use super::process::End;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The machine's own variables that a process cannot do without.
const KEPT: [&str; 3] = ["PATH", "SystemRoot", "LD_LIBRARY_PATH"];

/// Somebody with a home folder, in which they also work.
pub(crate) struct Person {
    home: TempDir,
    env: Vec<(String, String)>,
}

/// The binary in a clean environment, with `home` for all that it may want to write.
#[allow(clippy::disallowed_methods, reason = "a process cannot start without some of the machine's variables")]
pub(crate) fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flightline"));
    command.env_clear().current_dir(home);
    for name in KEPT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    for name in ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TMP", "TEMP"] {
        command.env(name, home);
    }
    command
}

impl Person {
    /// Somebody without any credentials.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let state = home.path().join("state").to_str().expect("a plain path").to_owned();
        // The budget is for all commands of a machine together; a Store without a limit need not be spared.
        Self { home, env: Vec::new() }.env("FLIGHTLINE_STATE", &state).env("FLIGHTLINE_RATE", "10000")
    }

    /// With a variable set, in place of what it was.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a variable.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// The folder that commands run in.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The folder of the state files.
    pub(crate) fn state(&self) -> PathBuf {
        self.home().join("state")
    }

    /// Puts a file into the folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        std::fs::write(&path, content).expect("the file is written");
        path
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.start(args).finish(args)
    }

    /// Runs a command line of plain words.
    pub(crate) fn says(&self, line: &str) -> Run {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs a command that reads its stdin.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command();
        Process::start(command.args(args), Some(input)).finish(args)
    }

    /// Starts a command.
    pub(crate) fn start(&self, args: &[&str]) -> Process {
        Process::start(self.command().args(args), None)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = command(self.home());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// How a command went.
pub(crate) struct Run {
    line: String,
    pub(crate) code: Option<i32>,
    /// What it wrote to stdout.
    pub(crate) out: String,
    /// What it wrote to stderr.
    pub(crate) err: String,
}

impl Process {
    /// Waits for the end of a command.
    pub(crate) fn finish(self, args: &[&str]) -> Run {
        let End { code, out, err } = self.end();
        let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
        let run = Run { line: args.join(" "), code, out: text(out), err: text(err) };
        assert!(!run.err.contains("panicked"), "{}", run.shown());
        run
    }
}

impl Run {
    /// Expects an exit code.
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.shown());
        self
    }

    /// Expects words on stderr.
    pub(crate) fn tells(self, words: &str) -> Self {
        assert!(self.err.contains(words), "{words:?} is not in {}", self.shown());
        self
    }

    /// Expects words on stdout.
    pub(crate) fn shows(self, words: &str) -> Self {
        assert!(self.out.contains(words), "{words:?} is not in {}", self.shown());
        self
    }

    /// Expects nothing on stdout.
    pub(crate) fn silent(self) -> Self {
        assert!(self.out.is_empty(), "{}", self.shown());
        self
    }

    /// All of stdout as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON document ({error}): {}", self.shown()))
    }

    /// Each line of stdout as a JSON document.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line} ({error}): {}", self.shown()));
        self.out.lines().map(read).collect()
    }

    /// The error in JSON, which is the last line on stderr.
    pub(crate) fn error(&self) -> Value {
        let last = self.err.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{last} ({error}): {}", self.shown()));
        value["error"].clone()
    }

    pub(crate) fn shown(&self) -> String {
        let Self { line, code, out, err } = self;
        format!("`{line}` ended with {code:?}\n--- stdout\n{out}--- stderr\n{err}---")
    }
}
