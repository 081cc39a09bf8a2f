//! How things look: for people, and for programs.

pub(crate) mod auth;
pub(crate) mod bundle;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod list;
pub(crate) mod progress;
pub(crate) mod screen;
pub(crate) mod waiting;

use crate::args::{Common, Output};
use std::io::IsTerminal as _;

/// How this run writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) output: Output,
    /// Whether steps are told on stderr.
    pub(crate) tells: bool,
}

impl View {
    pub(crate) fn new(common: &Common) -> Self {
        let default = if std::io::stdout().is_terminal() { Output::Table } else { Output::Json };
        Self { output: common.output.unwrap_or(default), tells: !common.quiet }
    }

    /// Whether a program reads along.
    pub(crate) fn is_json(self) -> bool {
        self.output != Output::Table
    }
}
