//! `AppxMetadata/AppxBundleManifest.xml`, the manifest of a bundle.

use flightline_protocol::package::{Architecture, DeviceFamily, Version};
use roxmltree::Node;

use super::application::architecture;
use super::document::{self, attribute, child, children};
use super::{Identity, MANIFEST_LIMIT, ManifestError};

/// What a bundle says of itself and of the packages that it holds.
///
/// <https://learn.microsoft.com/uwp/schemas/bundlemanifestschema/bundle-manifest>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleManifest {
    /// Who the bundle is. Its version is its own, and may differ from that of its packages.
    pub identity: Identity,
    /// The packages, in the manifest's order.
    pub payload: Vec<Payload>,
}

/// One package of a bundle, as the bundle describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Its path in the bundle with `/` between folders, or the name of the file that lies beside a flat bundle.
    pub file_name: String,
    /// What it is for.
    pub kind: PayloadKind,
    /// The processor that it runs on; neutral when the bundle does not say.
    pub architecture: Architecture,
    /// Its own version.
    pub version: Version,
    /// What tells resource packages of one version apart.
    pub resource_id: Option<String>,
    /// The languages of its resources.
    pub languages: Vec<String>,
    /// The device families that it serves; only bundles of the schema of 2018 and later say it.
    pub device_families: Vec<DeviceFamily>,
    /// Its size in bytes; `None` when the bundle does not say.
    pub size: Option<u64>,
    /// Where its first byte lies in the bundle's file; `None` in flat bundles.
    pub offset: Option<u64>,
}

/// What a bundle's package is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadKind {
    /// The app itself.
    Application,
    /// The app's stand-in that is installed before the app is wanted.
    Stub,
    /// Languages, scales or assets.
    Resource,
}

impl BundleManifest {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// All that is wrong with it, at least one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<ManifestError>> {
        if bytes.len() > MANIFEST_LIMIT {
            return Err(vec![ManifestError::TooLarge]);
        }
        let text = document::decode(bytes).map_err(|error| vec![error])?;
        let document = document::parse(&text, "Bundle").map_err(|error| vec![error])?;
        let root = document.root_element();
        let mut errors = Vec::new();
        let identity = document::identity(root, &mut errors);
        let mut payload = Vec::new();
        match child(root, "Packages") {
            Some(packages) => payload.extend(children(packages, "Package").filter_map(|node| read(node, &mut errors))),
            None => errors.push(ManifestError::NoElement("Packages")),
        }
        match identity {
            Some(identity) if errors.is_empty() => Ok(Self { identity, payload }),
            _ => Err(errors),
        }
    }
}

fn read(node: Node<'_, '_>, errors: &mut Vec<ManifestError>) -> Option<Payload> {
    const ELEMENT: &str = "Package";
    let file_name = document::required(node, ELEMENT, "FileName", errors);
    let version = document::version(node, ELEMENT, errors);
    let kind = kind(node, errors);
    let size = number(node, "Size", errors);
    let offset = number(node, "Offset", errors);
    Some(Payload {
        file_name: file_name?.replace('\\', "/"),
        kind: kind?,
        architecture: architecture(attribute(node, "Architecture")),
        version: version?,
        resource_id: attribute(node, "ResourceId").map(document::shown),
        languages: document::languages(node),
        device_families: children(node, "Dependencies").flat_map(document::device_families).collect(),
        size: size?,
        offset: offset?,
    })
}

/// A package without a type is a resource package, as the schema has it.
fn kind(node: Node<'_, '_>, errors: &mut Vec<ManifestError>) -> Option<PayloadKind> {
    let stub = matches!(attribute(node, "IsStub"), Some("true" | "1"));
    match attribute(node, "Type").unwrap_or("resource") {
        word if word.eq_ignore_ascii_case("application") => Some(if stub { PayloadKind::Stub } else { PayloadKind::Application }),
        word if word.eq_ignore_ascii_case("resource") => Some(PayloadKind::Resource),
        word => {
            errors.push(ManifestError::BadType(document::shown(word)));
            None
        }
    }
}

/// The outer option is empty for an attribute that is no number, the inner one for an attribute that is not there.
fn number(node: Node<'_, '_>, name: &'static str, errors: &mut Vec<ManifestError>) -> Option<Option<u64>> {
    let Some(value) = attribute(node, name) else { return Some(None) };
    match value.parse() {
        Ok(number) => Some(Some(number)),
        Err(_) => {
            errors.push(ManifestError::BadNumber { attribute: name, value: document::shown(value) });
            None
        }
    }
}
