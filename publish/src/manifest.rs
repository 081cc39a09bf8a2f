//! Reads the two manifests of packaged apps, of all schema versions since Windows 8: `AppxManifest.xml` and
//! `AppxMetadata/AppxBundleManifest.xml`.
//!
//! Elements and attributes are found by their local names: the schema versions differ in namespaces, not in the words that
//! matter here. What a manifest says is taken as it is; whether the Store would have it is judged in [`crate::package`].

mod application;
mod bundle;
mod document;

pub(crate) use application::is_legacy;
pub use application::{Manifest, ManifestKind};
pub use bundle::{BundleManifest, Payload, PayloadKind};
pub(crate) use document::{attribute, children, decode, distinct, parse, shown};

use flightline_protocol::package::{Version, VersionError};

/// The largest manifest that is read, in bytes. Real ones have some kilobytes, those of big bundles some hundreds.
pub const MANIFEST_LIMIT: usize = 4 * 1024 * 1024;

/// Who a package is: the attributes of the `Identity` element.
///
/// <https://learn.microsoft.com/uwp/schemas/appxpackage/uapmanifestschema/element-identity>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The package's name, such as `Contoso.Notes`; the Store gives it when an app's name is reserved.
    pub name: String,
    /// The publisher as a distinguished name, such as `CN=4B1E6B0E-…`.
    pub publisher: String,
    /// The package's version.
    pub version: Version,
    /// What tells resource packages of one version apart.
    pub resource_id: Option<String>,
}

/// What can be wrong with a manifest's text.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ManifestError {
    /// It has more bytes than [`MANIFEST_LIMIT`].
    #[error("is larger than {MANIFEST_LIMIT} bytes")]
    TooLarge,
    /// It is neither UTF-8 nor UTF-16.
    #[error("is neither UTF-8 nor UTF-16 text")]
    Encoding,
    /// It is no well-formed XML, or has a DTD.
    #[error("is not well-formed XML")]
    NotXml(#[source] roxmltree::Error),
    /// It has more attributes on one element, or more namespaces, than any real one.
    #[error("has more than {limit} {what}")]
    TooComplex {
        /// What there is too much of.
        what: &'static str,
        /// How many are read at most.
        limit: usize,
    },
    /// Its outermost element is not that of a manifest.
    #[error("starts with the element {found:?}, not with {expected:?}")]
    WrongRoot {
        /// The element that a manifest of this kind starts with.
        expected: &'static str,
        /// The element that is there.
        found: String,
    },
    /// An element that every manifest has is missing.
    #[error("has no element {0:?}")]
    NoElement(&'static str),
    /// An attribute that every manifest has is missing or empty.
    #[error("has no attribute {attribute:?} on its element {element:?}")]
    NoAttribute {
        /// The element's local name.
        element: &'static str,
        /// The attribute's local name.
        attribute: &'static str,
    },
    /// A name that is no package name.
    #[error("has the name {0:?}; a package name has 3 to 50 letters, digits, dots and dashes")]
    BadName(String),
    /// A publisher that is no distinguished name.
    #[error("has the publisher {0:?}, which is not a distinguished name such as CN=Contoso")]
    BadPublisher(String),
    /// A version that is not one.
    #[error("has a bad version on its element {element:?}")]
    BadVersion {
        /// The element's local name.
        element: &'static str,
        /// What is wrong with it.
        #[source]
        source: VersionError,
    },
    /// A number that is not one.
    #[error("has the {attribute} {value:?}, which is not a number of bytes")]
    BadNumber {
        /// The attribute's local name.
        attribute: &'static str,
        /// What it says.
        value: String,
    },
    /// A package in a bundle that is neither application nor resource.
    #[error("lists a package of the type {0:?}; there are only \"application\" and \"resource\"")]
    BadType(String),
}

impl ManifestError {
    /// Whether it is a version that is wrong, rather than the manifest around it.
    pub fn is_version(&self) -> bool {
        matches!(self, Self::BadVersion { .. })
    }
}
