//! Reads the manifests of packages and bundles: only what the Store shows of them.
//!
//! <https://learn.microsoft.com/uwp/schemas/appxpackage/uapmanifestschema/schema-root>

use roxmltree::{Document, Node, ParsingOptions};
use std::collections::HashSet;

/// Nodes that a manifest may have.
const MOST_NODES: u32 = 200_000;

/// Equals signs from one tag to the next, and namespaces in all, that a manifest may have.
const MOST_ATTRIBUTES: usize = 1_000;
const MOST_NAMESPACES: usize = 1_000;

/// Packages that a bundle may list.
const MOST_PAYLOAD: usize = 2_000;

/// Depth to which its elements may be nested.
const DEEPEST: usize = 64;

/// What a package says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) identity: Identity,
    /// As the manifest writes it; `neutral` if it does not.
    pub(crate) architecture: String,
    pub(crate) languages: Vec<String>,
    pub(crate) capabilities: Vec<String>,
    /// In the Store's way of writing: `Windows.Desktop min version 10.0.17763.0`.
    pub(crate) families: Vec<String>,
    pub(crate) platform: &'static str,
}

/// Who a package is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) publisher: String,
    pub(crate) version: [u16; 4],
}

/// What a bundle says it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub(crate) identity: Identity,
    pub(crate) payload: Vec<Payload>,
}

/// One package of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) file: String,
    pub(crate) role: PayloadRole,
    pub(crate) languages: Vec<String>,
}

/// What a package is in its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadRole {
    Application,
    Resource,
}

/// Reads `AppxManifest.xml`.
pub(crate) fn package(bytes: &[u8]) -> Result<Manifest, String> {
    let text = decode(bytes)?;
    let document = parse(&text)?;
    let root = document.root_element();
    if root.tag_name().name() != "Package" {
        return Err("its manifest is not one of a package".to_owned());
    }
    let element = child(root, "Identity").ok_or("its manifest has no Identity")?;
    let families = descendants(root, "Dependencies", "TargetDeviceFamily").filter_map(|family| {
        let name = family.attribute("Name")?;
        Some(match family.attribute("MinVersion") {
            Some(version) => format!("{name} min version {version}"),
            None => name.to_owned(),
        })
    });
    let capabilities = child(root, "Capabilities").into_iter().flat_map(|list| list.children());
    Ok(Manifest {
        identity: identity(element)?,
        architecture: element.attribute("ProcessorArchitecture").unwrap_or("neutral").to_owned(),
        languages: distinct(descendants(root, "Resources", "Resource").filter_map(|entry| attribute(entry, "Language"))),
        capabilities: distinct(capabilities.filter_map(|entry| attribute(entry, "Name"))),
        families: distinct(families),
        platform: platform(root),
    })
}

/// Reads `AppxBundleManifest.xml`.
pub(crate) fn bundle(bytes: &[u8]) -> Result<Bundle, String> {
    let text = decode(bytes)?;
    let document = parse(&text)?;
    let root = document.root_element();
    if root.tag_name().name() != "Bundle" {
        return Err("its manifest is not one of a bundle".to_owned());
    }
    let element = child(root, "Identity").ok_or("its bundle manifest has no Identity")?;
    let (mut payload, mut files) = (Vec::new(), HashSet::new());
    for package in descendants(root, "Packages", "Package") {
        let file = attribute(package, "FileName").ok_or("its bundle manifest lists a package without a file name")?;
        if payload.len() == MOST_PAYLOAD {
            return Err(format!("its bundle manifest lists more than {MOST_PAYLOAD} packages"));
        }
        if !files.insert(file.to_lowercase()) {
            return Err(format!("its bundle manifest lists {file} twice"));
        }
        let role = match package.attribute("Type") {
            Some(word) if word.eq_ignore_ascii_case("application") => PayloadRole::Application,
            _ => PayloadRole::Resource,
        };
        let languages = descendants(package, "Resources", "Resource").filter_map(|entry| attribute(entry, "Language"));
        payload.push(Payload { file, role, languages: languages.collect() });
    }
    Ok(Bundle { identity: identity(element)?, payload })
}

/// Whether these bytes are a block map.
pub(crate) fn is_block_map(bytes: &[u8]) -> bool {
    decode(bytes).is_ok_and(|text| parse(&text).is_ok_and(|map| map.root_element().tag_name().name() == "BlockMap"))
}

/// Reads a version of four numbers.
pub(crate) fn version(text: &str) -> Option<[u16; 4]> {
    let parts: Option<Vec<u16>> = text.split('.').map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}

fn identity(element: Node<'_, '_>) -> Result<Identity, String> {
    let wanted = |name: &str| attribute(element, name).ok_or_else(|| format!("its Identity has no {name}"));
    let text = wanted("Version")?;
    let version = version(&text).ok_or_else(|| format!("its version {text:?} is not one of four numbers"))?;
    Ok(Identity { name: wanted("Name")?, publisher: wanted("Publisher")?, version })
}

fn platform(root: Node<'_, '_>) -> &'static str {
    match root.tag_name().namespace() {
        Some("http://schemas.microsoft.com/appx/2010/manifest") => "Windows80",
        Some("http://schemas.microsoft.com/appx/2013/manifest") => "Windows81",
        _ => "Windows10",
    }
}

fn decode(bytes: &[u8]) -> Result<String, String> {
    let wide = |units: &mut dyn Iterator<Item = u16>| String::from_utf16(&units.collect::<Vec<u16>>());
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(&mut rest.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair))),
        [0xFE, 0xFF, rest @ ..] => wide(&mut rest.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair))),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => {
            return String::from_utf8(rest.to_vec()).map_err(|_| "its manifest is not text".to_owned());
        }
    }
    .map_err(|_| "its manifest is not text".to_owned())
}

fn parse(text: &str) -> Result<Document<'_>, String> {
    // Looked at before parsing, so that nothing deep is ever built.
    if depth(text) > DEEPEST {
        return Err("its manifest is nested too deep".to_owned());
    }
    if !is_plain(text) {
        return Err("its manifest has far more attributes or namespaces than any real one".to_owned());
    }
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| format!("its manifest is no sound XML ({error})"))
}

/// How deep elements are nested at most, roughly: text that only looks like a tag may count as one.
fn depth(text: &str) -> usize {
    let (mut now, mut most) = (0_usize, 0_usize);
    for tag in text.split('<').skip(1) {
        let whole = tag.split('>').next().unwrap_or_default();
        match tag.as_bytes().first() {
            Some(b'/') => now = now.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) if whole.ends_with('/') => {}
            Some(_) => now = now.saturating_add(1),
        }
        most = most.max(now);
    }
    most
}

/// Whether the parser is quick with it: it compares each attribute of a tag with all others, and carries namespaces into all tags
/// below. What only looks like a tag or a namespace counts as well.
fn is_plain(text: &str) -> bool {
    let is_crowded = |tag: &str| tag.bytes().filter(|byte| *byte == b'=').nth(MOST_ATTRIBUTES).is_some();
    text.matches("xmlns").nth(MOST_NAMESPACES).is_none() && !text.split('<').any(is_crowded)
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// The elements called `name` directly below the one called `list`.
fn descendants<'a, 'input: 'a>(node: Node<'a, 'input>, list: &str, name: &'static str) -> impl Iterator<Item = Node<'a, 'input>> {
    child(node, list).into_iter().flat_map(|list| list.children()).filter(move |entry| entry.tag_name().name() == name)
}

fn attribute(node: Node<'_, '_>, name: &str) -> Option<String> {
    node.attribute(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn distinct(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    words.filter(|word| seen.insert(word.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
        <Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10" xmlns:r="urn:r">
          <Identity Name="Saltmarsh.Lamp" Publisher="CN=Salt" Version="1.2.3.0" ProcessorArchitecture="x64"/>
          <Dependencies><TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.1.0" MaxVersionTested="10.0.2.0"/></Dependencies>
          <Resources><Resource Language="EN-us"/><Resource Scale="200"/><Resource Language="en-US"/></Resources>
          <Capabilities><Capability Name="internetClient"/><r:Capability Name="runFullTrust"/></Capabilities>
        </Package>"#;

    #[test]
    fn a_package_says_who_it_is_and_where_it_runs() {
        for bytes in [
            PACKAGE.as_bytes().to_vec(),
            PACKAGE.encode_utf16().fold(vec![0xFF, 0xFE], |mut bytes, unit| {
                bytes.extend(unit.to_le_bytes());
                bytes
            }),
        ] {
            let manifest = package(&bytes).unwrap();
            assert_eq!((manifest.identity.version, manifest.architecture.as_str()), ([1, 2, 3, 0], "x64"));
            assert_eq!(manifest.languages, ["EN-us"]);
            assert_eq!(manifest.capabilities, ["internetClient", "runFullTrust"]);
            assert_eq!(manifest.families, ["Windows.Desktop min version 10.0.1.0"]);
            assert_eq!(manifest.platform, "Windows10");
        }
    }

    #[test]
    fn hostile_xml_is_refused_quickly() {
        let deep = "<a>".repeat(200_000);
        assert!(package(deep.as_bytes()).unwrap_err().contains("too deep"));
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><Package>&b;</Package>";
        assert!(package(bomb.as_bytes()).is_err());
        assert!(package(b"\xff\xff\xff").is_err());
        assert!(package(b"").is_err());
        let wide = format!("<Package>{}</Package>", "<a/>".repeat(300_000));
        assert!(package(wide.as_bytes()).is_err());
    }
}
