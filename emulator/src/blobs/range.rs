//! Ranges of a blob
//! (<https://learn.microsoft.com/rest/api/storageservices/specifying-the-range-header-for-blob-service-operations>).

use super::refusal::Refusal;
use http::HeaderMap;

/// What a reader wants of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    Whole,
    /// First byte, and the last one where it is named.
    Part(u64, Option<u64>),
}

impl Range {
    /// Reads `x-ms-range`, or `Range` where that is absent. Azure knows no ranges from the end and not more than one.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        for name in ["x-ms-range", "range"] {
            if let Some(value) = headers.get(name) {
                let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                return parse(&text).ok_or_else(|| Refusal::header(name, text));
            }
        }
        Ok(Self::Whole)
    }

    /// The first byte and the number of bytes, for a blob of `length`.
    pub(super) fn within(self, length: u64) -> Result<(u64, u64), Refusal> {
        match self {
            Self::Whole => Ok((0, length)),
            Self::Part(first, _) if first >= length => Err(Refusal::range(length)),
            Self::Part(first, last) => {
                let last = last.map_or(length - 1, |last| last.min(length - 1));
                Ok((first, last - first + 1))
            }
        }
    }
}

fn parse(text: &str) -> Option<Range> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let first = number(first)?;
    if last.is_empty() {
        return Some(Range::Part(first, None));
    }
    let last = number(last)?;
    (first <= last).then_some(Range::Part(first, Some(last)))
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{Range, parse};

    #[test]
    fn reads_the_two_forms_of_azure_and_no_other() {
        assert_eq!(parse("bytes=5-"), Some(Range::Part(5, None)));
        assert_eq!(parse("bytes=0-0"), Some(Range::Part(0, Some(0))));
        for text in
            ["bytes=-5", "bytes=5", "bytes=5-4", "bytes=0-1,3-4", "bytes=+1-2", "items=0-1", "bytes=0-99999999999999999999"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_is_cut_at_the_end_and_refused_behind_it() {
        assert_eq!(Range::Part(3, Some(u64::MAX)).within(10).unwrap(), (3, 7));
        assert_eq!(Range::Part(9, None).within(10).unwrap(), (9, 1));
        assert!(Range::Part(10, None).within(10).is_err());
        assert!(Range::Part(0, None).within(0).is_err());
        assert_eq!(Range::Whole.within(0).unwrap(), (0, 0));
    }
}
