//! Which requests a fault is for.

use crate::log::Asked;
use flightline_protocol::route::{Call, Method};
use std::fmt;

/// The kinds of requests that have a word.
pub(super) const KINDS: [&str; 12] =
    ["any", "api", "token", "upload", "list", "product", "create", "get", "update", "delete", "commit", "status"];

/// The methods that can be asked for.
pub(super) const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"];

/// A method or any, and a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct When {
    pub(super) method: Option<&'static str>,
    pub(super) place: Place,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// One of [`KINDS`].
    Kind(&'static str),
    /// A path with `*` for any run of characters, in any case; with a query where it has a `?`.
    Path(String),
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = self.method {
            write!(f, "{method} ")?;
        }
        match &self.place {
            Place::Kind(kind) => f.write_str(kind),
            Place::Path(path) => f.write_str(path),
        }
    }
}

/// A request as it stands before the door.
#[derive(Debug)]
pub(crate) struct Knock {
    pub(crate) method: http::Method,
    /// Path and query.
    line: String,
    pub(crate) service: Asked,
    kind: &'static str,
}

impl Knock {
    pub(crate) fn new(method: &http::Method, line: &str, service: Asked) -> Self {
        Self { method: method.clone(), line: line.to_owned(), service, kind: kind(method, line, service) }
    }

    pub(super) fn is_commit(&self) -> bool {
        self.kind == "commit"
    }

    fn path(&self) -> &str {
        self.line.split('?').next().unwrap_or_default()
    }
}

impl When {
    pub(super) fn fits(&self, knock: &Knock) -> bool {
        if self.method.is_some_and(|method| method != knock.method.as_str()) {
            return false;
        }
        match &self.place {
            Place::Kind("any") => true,
            Place::Kind("api") => knock.service == Asked::Api,
            Place::Kind(kind) => *kind == knock.kind,
            Place::Path(path) if path.contains('?') => fits(path, &knock.line),
            Place::Path(path) => fits(path, knock.path()),
        }
    }
}

/// Whether a text is as a pattern with stars says, from end to end.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// What kind of request it is; nothing where it is none that the Store knows.
fn kind(method: &http::Method, line: &str, service: Asked) -> &'static str {
    match service {
        Asked::Blob => return "upload",
        Asked::SignIn => return "token",
        Asked::Nothing => return "",
        Asked::Api => {}
    }
    let method = match *method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::DELETE => Method::Delete,
        _ => return "",
    };
    match Call::parse(method, line) {
        None => "",
        Some(Call::Applications(_) | Call::AddOns(_) | Call::ApplicationAddOns(..) | Call::ApplicationFlights(..)) => "list",
        Some(Call::Application(_) | Call::AddOn(_) | Call::Flight(..) | Call::Rollout(..)) => "product",
        Some(Call::CreateSubmission(_) | Call::CreateAddOn | Call::CreateFlight(_)) => "create",
        Some(Call::Submission(..)) => "get",
        Some(Call::UpdateSubmission(..) | Call::SetRollout(..) | Call::HaltRollout(..) | Call::FinalizeRollout(..)) => "update",
        Some(Call::DeleteSubmission(..) | Call::DeleteAddOn(_) | Call::DeleteFlight(..)) => "delete",
        Some(Call::CommitSubmission(..)) => "commit",
        Some(Call::SubmissionStatus(..)) => "status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_from_end_to_end_in_any_case() {
        for (pattern, text, is_so) in [
            ("/v1.0/my/*", "/V1.0/My/applications", true),
            ("*/commit", "/v1.0/my/x/commit", true),
            ("*/commit", "/v1.0/my/x/commits", false),
            ("/a*b*c", "/a-b-b-c", true),
            ("/a*b*c", "/a-c-b", false),
            ("/ab*ba", "/aba", false),
            ("/ab", "/ab", true),
            ("/ab", "/abc", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, text), is_so, "{pattern} {text}");
        }
    }

    #[test]
    fn a_query_counts_where_the_pattern_has_one() {
        let knock = Knock::new(&http::Method::PUT, "/devstoreaccount1/i/b?comp=block&x=1", Asked::Blob);
        let when = |method, path: &str| When { method, place: Place::Path(path.to_owned()) };
        assert!(when(None, "/*/i/b").fits(&knock));
        assert!(when(Some("PUT"), "*?comp=block&*").fits(&knock));
        assert!(!when(None, "*?comp=blocklist*").fits(&knock));
        assert!(!when(Some("GET"), "*").fits(&knock));
    }
}
