//! How a command ends: the exit code, and the words on stderr.

use crate::explanation::{self, Origin};
use crate::view::screen;
use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use flightline_client::api::Reader;
use flightline_client::chain::causes;
use flightline_client::error as client;
use flightline_client::pulse::Exchange;
use flightline_client::secret::redact;
use flightline_client::wire::WireError;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::submission::StatusDetails;
use flightline_publish::error::{self as publish, Trail};
use serde_json::{Value, json};
use std::process::ExitCode;

const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What stands before the name of an exchange.
const CORRELATION: &str = "MS-CorrelationId ";

const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// The exit codes. Scripts rely on them; a new meaning gets a new number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Trouble,
    Invalid,
    Credentials,
    Conflict,
    Throttled,
    NotFound,
    Failed,
    Deadline,
    NotAsPlanned,
    Differences,
    Skipped,
    Interrupted,
    Terminated,
    /// That of a command which was run for somebody, whatever it means.
    Passed(u8),
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Trouble => 1,
            Self::Invalid => 2,
            Self::Credentials => 3,
            Self::Conflict => 4,
            Self::Throttled => 5,
            Self::NotFound => 6,
            Self::Failed => 7,
            Self::Deadline => 8,
            Self::NotAsPlanned => 9,
            Self::Differences => 10,
            Self::Skipped => 11,
            // As shells have it: 128 and the signal.
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Passed(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A command that did not do what it was for.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

/// What is said about it.
#[derive(Debug)]
struct Parts {
    exit: Exit,
    code: String,
    /// What went wrong, and below it why.
    lines: Vec<String>,
    /// Further remarks of the Store, such as the errors of a failed submission.
    details: Vec<String>,
    hints: Vec<String>,
    status: Option<u16>,
    correlation_id: Option<String>,
    submission: Option<String>,
    retry_after: Option<u64>,
    /// The last exchanges with the Store, for support.
    exchanges: Vec<Exchange>,
}

impl Failure {
    fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            exit,
            code: code.into(),
            lines: vec![message.into()],
            details: Vec::new(),
            hints: Vec::new(),
            status: None,
            correlation_id: None,
            submission: None,
            retry_after: None,
            exchanges: Vec::new(),
        }))
    }

    /// Wrong input: nothing was sent.
    pub(crate) fn usage(code: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, code, message)
    }

    /// Trouble on this machine.
    pub(crate) fn trouble(code: &str, error: &dyn std::error::Error) -> Self {
        let mut failure = Self::new(Exit::Trouble, code, error.to_string());
        failure.0.lines.extend(causes(error));
        failure
    }

    pub(crate) fn of(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self::new(exit, code, message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Says more, on a line of its own.
    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.0.lines.push(line.into());
        self
    }

    /// Says which submission it is about.
    pub(crate) fn about(mut self, submission: &SubmissionId) -> Self {
        self.0.submission = Some(submission.to_string());
        self
    }

    /// Adds what was last said to the Store, where that is what support asks for: the Store has failed, or does not move.
    pub(crate) fn with_exchanges(mut self, reader: &Reader) -> Self {
        if matches!(self.0.exit, Exit::Trouble | Exit::Failed | Exit::Deadline | Exit::NotAsPlanned | Exit::Throttled) {
            self.0.exchanges = reader.pulse().exchanges();
        }
        // An exchange that is listed whole need not be named again.
        let named = |line: &String, exchange: &Exchange| {
            line.strip_suffix(&exchange.correlation_id).is_some_and(|line| line.ends_with(CORRELATION))
        };
        let Parts { details, exchanges, .. } = self.0.as_mut();
        details.retain(|line| !exchanges.iter().any(|exchange| named(line, exchange)));
        self
    }

    /// Says which product it is about, where a hint left that to be filled in.
    pub(crate) fn for_product(mut self, product: &str) -> Self {
        for hint in &mut self.0.hints {
            *hint = hint.replace("--app <ID>", product);
        }
        self
    }

    /// Says which file it is about.
    pub(crate) fn within(mut self, place: &str) -> Self {
        if let Some(first) = self.0.lines.first_mut() {
            *first = format!("{place}: {first}");
        }
        self
    }

    /// Makes it wrong input.
    pub(crate) fn into_usage(mut self, code: &str) -> Self {
        (self.0.exit, self.0.code) = (Exit::Invalid, code.to_owned());
        self
    }

    fn with_client(mut self, error: &client::Error) -> Self {
        self.0.status = error.status();
        self.0.correlation_id = error.correlation_id().map(str::to_owned);
        self.0.retry_after = error.retry_after().map(|wait| wait.as_secs());
        self
    }

    /// What support asks for, ready to be pasted.
    fn with_trail(mut self, trail: &Trail) -> Self {
        let line = |what: &str, id: &String| format!("{what}: {CORRELATION}{id}");
        self.0.details.extend(trail.commit.iter().map(|id| line("the commit", id)));
        self.0.details.extend(trail.look.iter().map(|id| line("the last look", id)));
        self
    }

    fn with_details(mut self, details: &StatusDetails) -> Self {
        for error in &details.errors {
            self.0.details.push(format!("{}: {}", error.code, redact(&error.details)));
        }
        for url in &details.certification_reports {
            self.0.details.push(format!("certification report: {}", redact(url)));
        }
        self
    }

    /// Says it on stderr: for people, and as the last line in JSON where a program reads along.
    pub(crate) fn tell(&self, as_json: bool) -> Exit {
        screen::aside(|| self.say(as_json));
        self.0.exit
    }

    fn say(&self, as_json: bool) {
        let mut lines = self.0.lines.iter();
        if let Some(first) = lines.next() {
            eprintln!("{ERROR}error:{ERROR:#} {}", plain(first));
        }
        for line in lines {
            eprintln!("  {}", plain(line));
        }
        // One thing that is wrong is the error itself, and stands above already.
        let said = self.0.lines.first().cloned().unwrap_or_default();
        for detail in self.0.details.iter().filter(|detail| !detail.ends_with(&said)) {
            eprintln!("  {}", plain(detail));
        }
        let is_listed = |id: &String| self.0.exchanges.iter().any(|exchange| exchange.correlation_id == *id);
        if let Some(id) = self.0.correlation_id.as_ref().filter(|id| !is_listed(id)) {
            eprintln!("  correlation id for support: {id}");
        }
        if !self.0.exchanges.is_empty() {
            eprintln!("  the last exchanges with the Store, for Microsoft's support:");
        }
        for exchange in &self.0.exchanges {
            eprintln!("    {}", plain(&in_words(exchange)));
        }
        for hint in &self.0.hints {
            eprintln!("{HINT}hint:{HINT:#} {hint}");
        }
        if let Some(code) = self.code_worth_asking() {
            eprintln!("{HINT}hint:{HINT:#} `flightline explain {code}` says more");
        }
        if as_json {
            eprintln!("{}", json!({ "error": self.to_json() }));
        }
    }

    /// The code that says most of what can be looked up: that of a remark of the Store before that of the whole.
    fn code_worth_asking(&self) -> Option<&str> {
        let of_details = self.0.details.iter().filter_map(|detail| detail.split_once(':')).map(|(code, _)| code);
        of_details.chain([self.0.code.as_str()]).find(|code| explanation::worth_asking(code))
    }

    /// What the command ends with.
    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    /// What went wrong and why, in one line.
    pub(crate) fn words(&self) -> String {
        self.0.lines.join(": ")
    }

    /// What a person should do next.
    pub(crate) fn remedy(&self) -> Option<String> {
        (!self.0.hints.is_empty()).then(|| self.0.hints.join("\n"))
    }

    /// It as a document.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({
            "code": self.0.code,
            "message": self.words(),
            "exitCode": self.0.exit.code(),
        });
        let mut add = |name: &str, value: Option<Value>| {
            if let (Some(value), Some(members)) = (value, error.as_object_mut()) {
                members.insert(name.to_owned(), value);
            }
        };
        add("remedy", self.remedy().map(Into::into));
        add("details", (!self.0.details.is_empty()).then(|| self.0.details.clone().into()));
        add("status", self.0.status.map(Into::into));
        add("correlationId", self.0.correlation_id.clone().map(Into::into));
        add("submissionId", self.0.submission.clone().map(Into::into));
        add("retryAfter", self.0.retry_after.map(Into::into));
        let origin = if self.0.status.is_some() { Origin::Answer } else { Origin::Elsewhere };
        let codes = [self.code_worth_asking(), Some(self.0.code.as_str())];
        let docs = codes.into_iter().flatten().find_map(|code| explanation::docs(code, origin));
        add("docs", docs.map(Into::into));
        add("exchanges", (!self.0.exchanges.is_empty()).then(|| self.0.exchanges.iter().map(in_json).collect()));
        error
    }
}

/// An exchange as support can find it: when it was, what was asked, what came, and what the Store calls it.
fn in_words(exchange: &Exchange) -> String {
    let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let at = exchange.at.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!("{at} {} {status} {CORRELATION}{}", exchange.what, exchange.correlation_id)
}

fn in_json(exchange: &Exchange) -> Value {
    json!({
        "at": exchange.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "request": exchange.what,
        "status": exchange.status,
        "correlationId": exchange.correlation_id,
    })
}

/// Text that can be shown on a terminal whoever wrote it: it cannot move the cursor or change the colours.
fn plain(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && letter != '\n', "\u{fffd}")
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        let exit = match error.kind() {
            client::Kind::Invalid => Exit::Invalid,
            client::Kind::Credentials => Exit::Credentials,
            client::Kind::Conflict => Exit::Conflict,
            client::Kind::Throttled => Exit::Throttled,
            client::Kind::NotFound => Exit::NotFound,
            client::Kind::Trouble => Exit::Trouble,
        };
        let mut failure = Self::new(exit, error.code(), error.to_string()).with_client(&error);
        failure.0.lines.extend(causes(&error));
        failure.0.hints.extend(error.hint());
        failure
    }
}

impl From<publish::Error> for Failure {
    fn from(error: publish::Error) -> Self {
        let exit = match error.kind() {
            publish::Kind::Invalid => Exit::Invalid,
            publish::Kind::Credentials => Exit::Credentials,
            publish::Kind::Conflict => Exit::Conflict,
            publish::Kind::Throttled => Exit::Throttled,
            publish::Kind::NotFound => Exit::NotFound,
            publish::Kind::Failed => Exit::Failed,
            publish::Kind::Deadline => Exit::Deadline,
            publish::Kind::NotAsPlanned => Exit::NotAsPlanned,
            publish::Kind::Trouble => Exit::Trouble,
        };
        let mut failure = Self::new(exit, error.code(), error.to_string());
        failure.0.lines.extend(causes(&error));
        failure.0.submission = error.submission().map(ToString::to_string);
        failure.0.hints.extend(error.hint());
        match &error {
            publish::Error::Faults(faults) => {
                for fault in faults {
                    failure.0.details.push(format!("{}: {}", fault.code, fault.message));
                    let hint = fault.remedy.clone().unwrap_or_default();
                    if !hint.is_empty() && !failure.0.hints.contains(&hint) {
                        failure.0.hints.push(hint);
                    }
                }
            }
            publish::Error::Call { source, .. } | publish::Error::Midway { source, .. } => failure = failure.with_client(source),
            publish::Error::NotDone { source, .. } | publish::Error::Unclear { source } => failure = failure.with_client(source),
            publish::Error::Failed { report, .. } => failure = failure.with_details(&report.details),
            publish::Error::Busy { busy, .. } => failure = failure.with_details(&busy.details),
            publish::Error::Deadline { trail, .. } => failure = failure.with_trail(trail),
            _ => {}
        }
        failure
    }
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        let mut failure = Self::trouble("https-setup", &error);
        if matches!(error, WireError::Roots { .. }) {
            failure.0.exit = Exit::Invalid;
            failure.0.hints.push("FLIGHTLINE_CA_FILE and SSL_CERT_FILE name files with certificates in PEM form".to_owned());
        }
        failure
    }
}
