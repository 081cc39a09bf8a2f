//! `AppxManifest.xml`, the manifest of one package.

use flightline_protocol::package::{Architecture, DeviceFamily};
use roxmltree::Node;

use super::document::{self, attribute, child, children};
use super::{Identity, MANIFEST_LIMIT, ManifestError};

/// What `AppxManifest.xml` says of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Who the package is.
    pub identity: Identity,
    /// The processor that it runs on; neutral when the manifest does not say.
    pub architecture: Architecture,
    /// The device families that it serves.
    ///
    /// Packages from before Windows 10 name none. The Store then reports the word `None` as their family and tells them apart by
    /// a `targetPlatform` (O-300), so they get that platform's word as the name of a family without a version: `Windows80`,
    /// `Windows81`, `WindowsPhone80` or `WindowsPhone81`.
    pub device_families: Vec<DeviceFamily>,
    /// The languages of its resources, in the manifest's casing.
    pub languages: Vec<String>,
    /// The capabilities that it asks for, of all kinds.
    pub capabilities: Vec<String>,
    /// What the package is for.
    pub kind: ManifestKind,
    /// Its name for people, or a reference to one (`ms-resource:…`).
    pub display_name: Option<String>,
}

/// What a package is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestKind {
    /// An app.
    Application,
    /// An addition to another app that is submitted by itself.
    Optional,
    /// A library for other packages.
    Framework,
    /// Languages, scales or assets of an app.
    Resource,
}

impl Manifest {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// All that is wrong with it, at least one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<ManifestError>> {
        if bytes.len() > MANIFEST_LIMIT {
            return Err(vec![ManifestError::TooLarge]);
        }
        let text = document::decode(bytes).map_err(|error| vec![error])?;
        let document = document::parse(&text, "Package").map_err(|error| vec![error])?;
        let root = document.root_element();
        let mut errors = Vec::new();
        let identity = document::identity(root, &mut errors);
        let Some(identity) = identity.filter(|_| errors.is_empty()) else { return Err(errors) };
        let properties = child(root, "Properties");
        Ok(Self {
            identity,
            architecture: architecture(child(root, "Identity").and_then(|node| attribute(node, "ProcessorArchitecture"))),
            device_families: families(root),
            languages: document::languages(root),
            capabilities: capabilities(root),
            kind: kind(root),
            display_name: properties.and_then(|node| document::text(node, "DisplayName")).map(document::shown),
        })
    }

    /// Whether it is a package from before Windows 10, for which the Store's rules about versions do not hold.
    pub fn is_legacy(&self) -> bool {
        is_legacy(&self.device_families)
    }
}

/// Whether these are the families that stand for the platforms before Windows 10.
pub(crate) fn is_legacy(families: &[DeviceFamily]) -> bool {
    const PLATFORMS: [&str; 4] = ["Windows80", "Windows81", "WindowsPhone80", "WindowsPhone81"];
    families.first().is_some_and(|family| PLATFORMS.contains(&family.name.as_str()))
}

/// The architecture that a manifest's word stands for.
pub(super) fn architecture(word: Option<&str>) -> Architecture {
    let Ok(architecture) = document::shown(word.unwrap_or("neutral")).parse();
    architecture
}

fn families(root: Node<'_, '_>) -> Vec<DeviceFamily> {
    let families: Vec<DeviceFamily> = children(root, "Dependencies").flat_map(document::device_families).collect();
    if families.is_empty() { legacy_family(root).into_iter().collect() } else { families }
}

/// The platform before Windows 10 that the package is for, by its oldest system and by whether it has a phone's identity.
fn legacy_family(root: Node<'_, '_>) -> Option<DeviceFamily> {
    let oldest = child(root, "Prerequisites").and_then(|node| document::text(node, "OSMinVersion"))?;
    let platform = match oldest.get(..3)? {
        "6.2" => "80",
        "6.3" => "81",
        _ => return None,
    };
    let system = if child(root, "PhoneIdentity").is_some() { "WindowsPhone" } else { "Windows" };
    Some(DeviceFamily { name: format!("{system}{platform}"), min_version: None })
}

fn kind(root: Node<'_, '_>) -> ManifestKind {
    let says = |name: &str| {
        let text = child(root, "Properties").and_then(|properties| document::text(properties, name));
        matches!(text, Some("true" | "1"))
    };
    if says("Framework") {
        ManifestKind::Framework
    } else if says("ResourcePackage") {
        ManifestKind::Resource
    } else if child(root, "Dependencies").is_some_and(|node| child(node, "MainPackageDependency").is_some()) {
        ManifestKind::Optional
    } else {
        ManifestKind::Application
    }
}

fn capabilities(root: Node<'_, '_>) -> Vec<String> {
    let nodes = children(root, "Capabilities").flat_map(|node| node.children().filter(Node::is_element));
    document::distinct(nodes.filter_map(|node| attribute(node, "Name")).map(document::shown), String::clone)
}
