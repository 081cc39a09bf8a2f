//! An error with all that lies behind it: the one place that walks a chain of causes.

use crate::secret::redact;
use std::error::Error;

/// What lies behind an error, one line each, signatures taken out of words that are not ours.
pub fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut above = redact(&error.to_string());
    let mut next = error.source();
    while let Some(cause) = next {
        let line = redact(&cause.to_string());
        if line != above {
            // What the line above says need not be said again.
            let rest = line.strip_prefix(&above).and_then(|rest| rest.strip_prefix(": "));
            causes.push(rest.unwrap_or(&line).to_owned());
            above = line;
        }
        next = cause.source();
    }
    causes
}

/// An error and what lies behind it in one line, for a log.
pub fn chain(error: &dyn Error) -> String {
    let mut lines = vec![redact(&error.to_string())];
    lines.extend(causes(error));
    lines.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Outcome;
    use crate::transport::TransportError;

    #[test]
    fn a_line_of_the_log_has_every_cause_once_and_no_signature() {
        let source = TransportError::Broken { host: "store.example".to_owned(), source: "reset after ?sig=c2VjcmV0".into() };
        let what = "POST applications/9N/submissions".to_owned();
        let line = chain(&crate::error::Error::Transport { what, effect: Outcome::Unknown, source });
        let (words, signature) = line.split_once("?sig=").unwrap();
        assert_eq!(
            words,
            "POST applications/9N/submissions: the connection to store.example broke before the answer was there: reset after "
        );
        assert!(!signature.contains("c2VjcmV0"), "{line}");
        let twice = std::io::Error::other(std::io::Error::other("no room"));
        assert_eq!(causes(&crate::error::Error::Content(twice.into())), ["no room"]);
        let again = crate::error::Error::Credential {
            what: "could not sign in".to_owned(),
            fault: crate::auth::Fault::TokenRefused,
            source: Some("could not sign in: no such tenant".into()),
        };
        assert_eq!(chain(&again), "could not sign in: no such tenant");
    }
}
