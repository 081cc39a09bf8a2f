//! What somebody wants published, and how: the input of a plan.

use crate::add_on::AddOnFile;
use crate::manifest::Identity;
use crate::notes::Notes;
use crate::package::Package;
use flightline_protocol::package::Architecture;
use flightline_protocol::rollout::Percentage;
use flightline_protocol::schedule::{NO_DATE, PublishMode};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::num::NonZeroU32;
use std::str::FromStr;

/// What somebody wants published.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The packages that customers shall get, opened and read.
    pub packages: Vec<Package>,
    /// What becomes of the packages that customers have.
    pub policy: PackagePolicy,
    /// What's new, per language.
    pub notes: Option<Notes>,
    /// The share of customers that gets the packages first.
    pub rollout: Option<Percentage>,
    /// When the submission goes live after certification; `None` leaves it as it is in the live one.
    pub publish_at: Option<PublishAt>,
    /// What an add-on is to say.
    pub members: Option<AddOnFile>,
    /// The base price to state where the Store does not give it back, such as `Free` or `Tier1020`.
    pub price: Option<String>,
}

impl Wish {
    /// A digest of all of it: a run that was broken off is gone on with only for the same wish.
    pub fn digest(&self) -> String {
        let packages: Vec<String> = self
            .packages
            .iter()
            .map(|package| {
                let architectures: Vec<&str> = package.architectures.iter().map(Architecture::as_str).collect();
                let Identity { name, version, .. } = &package.identity;
                format!("{name} {version} {} {} {}", architectures.join("+"), package.file_name, package.size)
            })
            .collect();
        let rest = (&self.policy, &self.notes, &self.rollout, &self.publish_at, &self.price, &self.members);
        blake3::hash(format!("{packages:?} {rest:?}").as_bytes()).to_hex().to_string()
    }
}

/// What becomes of the packages that customers have.
#[derive(Debug, Clone)]
pub struct PackagePolicy {
    /// Which of them go.
    pub replace: Replace,
    /// Architectures that may be lost.
    pub allow_drop: Vec<Architecture>,
}

/// Which packages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Those that a new package serves all customers of, but for the newest few: so many versions stay for each kind of device, the
    /// new one included.
    Keep(NonZeroU32),
    /// All of them.
    All,
}

impl Default for PackagePolicy {
    fn default() -> Self {
        Self { replace: Replace::Keep(NonZeroU32::MIN), allow_drop: Vec::new() }
    }
}

/// When a submission goes live after certification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishAt {
    /// At once.
    Immediate,
    /// When a person presses the button in Partner Center.
    Manual,
    /// At this time.
    Date(Timestamp),
}

/// Text that is no publish mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither `immediate` nor `manual` nor a date such as 2027-03-01 or 2027-03-01T09:00:00Z")]
pub struct PublishAtError(String);

impl PublishAt {
    /// The mode on the wire.
    pub fn mode(self) -> PublishMode {
        match self {
            Self::Immediate => PublishMode::Immediate,
            Self::Manual => PublishMode::Manual,
            Self::Date(_) => PublishMode::SpecificDate,
        }
    }

    /// The date on the wire, with seven digits of a second.
    pub fn date(self) -> String {
        match self {
            Self::Immediate | Self::Manual => NO_DATE.to_owned(),
            Self::Date(time) => time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string(),
        }
    }
}

impl FromStr for PublishAt {
    type Err = PublishAtError;

    fn from_str(text: &str) -> Result<Self, PublishAtError> {
        let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
        match text.to_ascii_lowercase().as_str() {
            "immediate" => Ok(Self::Immediate),
            "manual" => Ok(Self::Manual),
            _ => {
                let time = text.parse().ok().or_else(day);
                time.map(Self::Date).ok_or_else(|| PublishAtError(text.chars().take(60).collect()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_mode_is_a_word_or_a_date() {
        assert_eq!("Manual".parse(), Ok(PublishAt::Manual));
        let date = |text: &str| text.parse::<PublishAt>().map(PublishAt::date);
        assert_eq!(date("2027-03-01"), Ok("2027-03-01T00:00:00.0000000Z".into()));
        assert_eq!(date("2027-03-01T09:30:00+02:00"), Ok("2027-03-01T07:30:00.0000000Z".into()));
        assert_eq!(date("immediate"), Ok(NO_DATE.into()));
        assert!(date("tomorrow").is_err() && date("2027-13-01").is_err());
    }
}
