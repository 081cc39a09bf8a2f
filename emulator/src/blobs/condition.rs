//! Conditional requests
//! (<https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations>).

use super::date;
use super::ledger::Entry;
use super::refusal::{Code, Refusal};
use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use jiff::Timestamp;

/// The conditions that one request sets.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions {
    matches: Option<String>,
    none_match: Option<String>,
    modified_since: Option<Timestamp>,
    unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// Reads the four headers; a date that is none is ignored, as HTTP has it.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        Self {
            matches: text(&IF_MATCH).map(str::to_owned),
            none_match: text(&IF_NONE_MATCH).map(str::to_owned),
            modified_since: text(&IF_MODIFIED_SINCE).and_then(date::from_http),
            unmodified_since: text(&IF_UNMODIFIED_SINCE).and_then(date::from_http),
        }
    }

    /// Before a write: `existing` is the committed blob, where there is one.
    pub(super) fn allow_write(&self, existing: Option<&Entry>) -> Result<(), Refusal> {
        if let Some(wanted) = &self.matches
            && !existing.is_some_and(|entry| is_match(wanted, entry))
        {
            return Err(Code::ConditionNotMet.into());
        }
        let Some(existing) = existing else { return Ok(()) };
        match self.none_match.as_deref() {
            Some("*") => return Err(Code::BlobAlreadyExists.into()),
            Some(unwanted) if is_match(unwanted, existing) => return Err(Code::ConditionNotMet.into()),
            Some(_) | None => {}
        }
        if self.is_too_old(existing) || self.is_too_new(existing) {
            return Err(Code::ConditionNotMet.into());
        }
        Ok(())
    }

    /// Before a read of a blob that is there.
    pub(super) fn allow_read(&self, entry: &Entry) -> Result<(), Refusal> {
        if self.matches.as_ref().is_some_and(|wanted| !is_match(wanted, entry)) || self.is_too_new(entry) {
            return Err(Code::ConditionNotMet.into());
        }
        match self.none_match.as_deref() {
            Some("*") => Err(Code::UnsatisfiableCondition.into()),
            Some(unwanted) if is_match(unwanted, entry) => Err(Code::NotModified.into()),
            Some(_) => Ok(()),
            None if self.is_too_old(entry) => Err(Code::NotModified.into()),
            None => Ok(()),
        }
    }

    fn is_too_old(&self, entry: &Entry) -> bool {
        self.modified_since.is_some_and(|since| entry.modified.as_second() <= since.as_second())
    }

    fn is_too_new(&self, entry: &Entry) -> bool {
        self.unmodified_since.is_some_and(|since| entry.modified.as_second() > since.as_second())
    }
}

fn is_match(wanted: &str, entry: &Entry) -> bool {
    wanted == "*" || wanted.trim_matches('"') == entry.etag().trim_matches('"')
}
