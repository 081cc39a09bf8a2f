//! One thing that is wrong with what somebody wants published. All of them are listed at once, before anything is sent.

use crate::package;
use std::fmt;

/// One thing that is wrong: a stable code for scripts, words for people, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A word that scripts may rely on.
    pub code: String,
    /// What is wrong, naming the file or field and the limit.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Fault {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), remedy: None }
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<package::Fault> for Fault {
    fn from(fault: package::Fault) -> Self {
        Self { code: fault.code.as_str().to_owned(), message: fault.message(), remedy: Some(fault.remedy().to_owned()) }
    }
}
