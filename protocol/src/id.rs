//! The names things have on the wire. Each is a type of its own, so that an app id cannot be handed over as a submission id.

use std::fmt;
use std::str::FromStr;

/// An identifier that could not be one of the Store's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not {what}: {rule}")]
pub struct IdError {
    what: &'static str,
    given: String,
    rule: &'static str,
}

const RULE: &str = "letters, digits, '-' and '_' only, 1 to 64 of them";

fn checked(what: &'static str, given: &str) -> Result<String, IdError> {
    let fits =
        (1..=64).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if fits { Ok(given.to_owned()) } else { Err(IdError { what, given: given.chars().take(80).collect(), rule: RULE }) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The id as the Store writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(given: &str) -> Result<Self, IdError> {
                checked($what, given.trim()).map(Self)
            }
        }
    };
}

id! {
    /// The Store id of an app: twelve letters and digits such as `9P4XKD7QH2LM`.
    AppId, "an app id"
}
id! {
    /// The Store id of an add-on (in-app product), of the same form as an app's.
    AddOnId, "an add-on id"
}
id! {
    /// The id of a package flight, a GUID.
    FlightId, "a flight id"
}
id! {
    /// The id of a submission: a decimal string of 19 digits. Opaque; it does not fit a JSON number safely.
    SubmissionId, "a submission id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_smuggle_a_path() {
        for bad in ["", "a/b", "..", "9P4X?x=1", "9P4X KD7Q", "é"] {
            assert!(bad.parse::<AppId>().is_err(), "{bad:?}");
        }
        assert_eq!(" 9P4XKD7QH2LM\n".parse::<AppId>().map(|id| id.to_string()), Ok("9P4XKD7QH2LM".into()));
    }
}
