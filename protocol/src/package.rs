//! What a package is in the Store's eyes: a version, an architecture and the device families that it serves.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Packages that one submission may hold (O-002).
pub const MOST_PACKAGES: usize = 25;

/// A version of four parts, each of 16 bits, compared from the left.
///
/// <https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-package-requirements>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub [u16; 4]);

/// Text that is not a version of four parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version of four numbers from 0 to 65535, such as 1.2.3.0")]
pub struct VersionError(String);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, build, revision] = self.0;
        write!(f, "{major}.{minor}.{build}.{revision}")
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let error = || VersionError(text.chars().take(80).collect());
        let parts: Vec<u16> = text.split('.').map(|part| part.parse().map_err(|_| error())).collect::<Result<_, _>>()?;
        parts.try_into().map(Self).map_err(|_| error())
    }
}

/// The processor that a package runs on. The Store's casing varies (`x64`, `Arm64`), so words are compared without it (O-003).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Architecture {
    /// Runs on all of them.
    Neutral,
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X64,
    /// 32-bit ARM.
    Arm,
    /// 64-bit ARM.
    Arm64,
    /// A word that we do not know, in lower case.
    Other(String),
}

impl Architecture {
    /// The word in lower case, as manifests write it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Neutral => "neutral",
            Self::X86 => "x86",
            Self::X64 => "x64",
            Self::Arm => "arm",
            Self::Arm64 => "arm64",
            Self::Other(word) => word,
        }
    }

    /// Whether a package for this architecture runs wherever one for `other` does.
    pub fn covers(&self, other: &Self) -> bool {
        self == other || *self == Self::Neutral
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Architecture {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word.to_ascii_lowercase().as_str() {
            "neutral" => Self::Neutral,
            "x86" => Self::X86,
            "x64" => Self::X64,
            "arm" => Self::Arm,
            "arm64" => Self::Arm64,
            other => Self::Other(other.to_owned()),
        })
    }
}

/// A device family such as `Windows.Desktop`, with the oldest system that the package runs on where that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeviceFamily {
    /// The family's name, as manifests write it.
    pub name: String,
    /// The oldest system version, where it is known.
    pub min_version: Option<Version>,
}

impl DeviceFamily {
    /// The family that stands for all others.
    pub const UNIVERSAL: &'static str = "Windows.Universal";

    /// Whether a package for this family reaches all the devices that one for the family `other` reaches.
    pub fn covers(&self, other: &str) -> bool {
        self.name.eq_ignore_ascii_case(other) || self.name.eq_ignore_ascii_case(Self::UNIVERSAL)
    }
}

/// The Store's way of writing it: `Windows.Desktop min version 10.0.19041.0`.
impl fmt::Display for DeviceFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.min_version {
            Some(version) => write!(f, " min version {version}"),
            None => Ok(()),
        }
    }
}

impl FromStr for DeviceFamily {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (name, version) = text.split_once(" min version ").unwrap_or((text, ""));
        Ok(Self { name: name.trim().to_owned(), min_version: version.trim().parse().ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() -> Result<(), VersionError> {
        assert!("1.10.0.0".parse::<Version>()? > "1.9.9.9".parse()?);
        for bad in ["", "1.2.3", "1.2.3.4.5", "1.2.3.65536", "1.2.3.x", "1.2.3.-1"] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
        Ok(())
    }

    #[test]
    fn a_device_family_reads_as_the_store_writes_it() {
        let text = "Windows.Desktop min version 10.0.19041.0";
        let Ok(family) = text.parse::<DeviceFamily>();
        assert_eq!((family.name.as_str(), family.min_version), ("Windows.Desktop", Some(Version([10, 0, 19041, 0]))));
        assert_eq!(family.to_string(), text);
        let Ok(universal) = DeviceFamily::UNIVERSAL.parse::<DeviceFamily>();
        assert!(universal.covers("Windows.Xbox") && !family.covers("Windows.Xbox"));
    }

    #[test]
    fn architectures_are_compared_without_case() {
        let parsed: Vec<Architecture> = ["Arm64", "ARM64", "arm64"].iter().filter_map(|word| word.parse().ok()).collect();
        assert_eq!(parsed, [Architecture::Arm64, Architecture::Arm64, Architecture::Arm64]);
    }
}
