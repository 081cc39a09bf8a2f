//! What the codes mean that a publish can end with: one table of them, for hints, for `flightline explain` and for the manual.
//!
//! A code is what somebody has in hand and types into a search box. Each one says what it means, what usually lies behind it, what to
//! do, and where that is known from: a page of Microsoft's, or an entry of `docs/observed.md`.

mod azure;
mod entra;
mod http;
mod policy;
mod status;
mod store;

/// What one code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// Whose code it is.
    pub family: Family,
    /// The code in its owner's spelling.
    pub code: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// What usually lies behind it, the most frequent first; empty where the meaning says it all.
    pub causes: &'static [&'static str],
    /// What to do about it.
    pub remedy: &'static str,
    /// Where it is known from: addresses, and ids of `docs/observed.md`.
    pub sources: &'static [&'static str],
}

/// Whose code it is. The same word can be several families', with a meaning for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// The `code` of an answer of the submission API that refuses.
    Refusal,
    /// The `code` of an entry in a submission's `statusDetails`.
    Detail,
    /// A word within the details of a failed commit.
    Validation,
    /// The status of a submission.
    Status,
    /// A number of the Store Policies, as certification reports name them.
    Policy,
    /// The HTTP status of an answer.
    Http,
    /// One of Entra's numbers.
    Entra,
    /// The code of an answer of Azure's blob service.
    Azure,
    /// An exit code of this program.
    Exit,
    /// A fault that this program finds in a package.
    Package,
    /// Any other code of this program's own.
    Flightline,
}

impl Family {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 11] = [
        Self::Exit,
        Self::Flightline,
        Self::Package,
        Self::Status,
        Self::Detail,
        Self::Validation,
        Self::Refusal,
        Self::Http,
        Self::Policy,
        Self::Entra,
        Self::Azure,
    ];

    /// Whether its codes are numbers: then the beginning of a code is not that code.
    pub fn is_numbered(self) -> bool {
        matches!(self, Self::Policy | Self::Http | Self::Entra | Self::Exit)
    }

    /// A word for it that scripts may rely on.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refusal => "refusal",
            Self::Detail => "detail",
            Self::Validation => "validation",
            Self::Status => "status",
            Self::Policy => "policy",
            Self::Http => "http",
            Self::Entra => "entra",
            Self::Azure => "azure",
            Self::Exit => "exit",
            Self::Package => "package",
            Self::Flightline => "flightline",
        }
    }

    /// The same for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Refusal => "a refusal of the submission API",
            Self::Detail => "in the status details of a submission",
            Self::Validation => "in the words of a failed commit",
            Self::Status => "a status of a submission",
            Self::Policy => "a Store Policy, in a certification report",
            Self::Http => "an HTTP status of the submission API",
            Self::Entra => "a refusal of Entra, at sign-in",
            Self::Azure => "a refusal of Azure's blob service, at the upload",
            Self::Exit => "an exit code of flightline",
            Self::Package => "a fault that flightline finds in a package",
            Self::Flightline => "a code of flightline",
        }
    }
}

/// Every code of the Store, of Entra and of Azure that is known, family by family.
pub fn all() -> impl Iterator<Item = &'static Explanation> {
    let tables = [status::TABLE, store::DETAILS, store::VALIDATIONS, store::REFUSALS, http::TABLE, policy::TABLE];
    tables.into_iter().chain([entra::TABLE, azure::TABLE]).flatten()
}

/// What a code means in a family, in whatever case it is written.
pub fn of(family: Family, code: &str) -> Option<&'static Explanation> {
    all().find(|known| known.family == family && known.code.eq_ignore_ascii_case(code))
}

/// What to do about one of Entra's numbers, without the letters in front of it.
pub fn entra(number: u32) -> Option<&'static Explanation> {
    of(Family::Entra, &format!("AADSTS{number}"))
}

/// What an HTTP status means; one that is not known by itself, what the first of its hundred means.
pub fn http(status: u16) -> Option<&'static Explanation> {
    of(Family::Http, &status.to_string()).or_else(|| of(Family::Http, &(status / 100 * 100).to_string()))
}

/// One row of a table.
const fn row(
    family: Family,
    code: &'static str,
    meaning: &'static str,
    causes: &'static [&'static str],
    remedy: &'static str,
    sources: &'static [&'static str],
) -> Explanation {
    Explanation { family, code, meaning, causes, remedy, sources }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{DetailCode, ErrorCode};
    use crate::status::SubmissionStatus;

    #[test]
    fn every_word_of_the_store_that_we_know_is_explained() {
        for code in ErrorCode::known() {
            assert!(of(Family::Refusal, code.as_str()).is_some(), "{code}");
        }
        for code in DetailCode::known() {
            assert!(of(Family::Detail, code.as_str()).is_some(), "{code}");
        }
        for status in SubmissionStatus::all() {
            assert!(of(Family::Status, status.as_str()).is_some(), "{status}");
        }
        assert_eq!(all().filter(|known| known.family == Family::Status).count(), 15);
    }

    #[test]
    fn every_row_says_all_that_a_row_says_and_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for known in all() {
            let code = known.code;
            assert!(seen.insert((known.family, code.to_ascii_lowercase())), "{code} stands twice");
            let sentence = |text: &str| text.len() > 12 && !text.ends_with('.') && !text.contains("  ") && text.trim() == text;
            assert!(sentence(known.meaning) && sentence(known.remedy), "{code}: {known:?}");
            assert!(known.causes.iter().all(|cause| sentence(cause)), "{code}: {:?}", known.causes);
            let is_source = |source: &&str| source.starts_with("https://") || source.starts_with("O-");
            assert!(!known.sources.is_empty() && known.sources.iter().all(is_source), "{code}: {:?}", known.sources);
        }
    }

    #[test]
    fn a_code_is_found_in_any_case_and_by_its_number() {
        assert_eq!(of(Family::Detail, "missingfiles").map(|known| known.code), Some("MissingFiles"));
        assert_eq!(of(Family::Azure, "MissingFiles"), None);
        assert_eq!(entra(7_000_222).map(|known| known.code), Some("AADSTS7000222"));
        assert_eq!((http(409).map(|known| known.code), http(418).map(|known| known.code)), (Some("409"), Some("400")));
        assert_eq!(http(200), None);
    }
}
