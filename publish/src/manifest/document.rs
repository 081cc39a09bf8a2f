//! XML from strangers: decoded, bounded, and searched by local names.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::Hash;

use flightline_protocol::package::{DeviceFamily, Version};
use roxmltree::{Document, Node, ParsingOptions};

use super::{Identity, ManifestError};

/// Nodes that one document may have; the limit keeps the tree's memory within a small multiple of the text's.
const NODE_LIMIT: u32 = 500_000;

/// Attributes that one element may have. The parser compares each with all others, so this bounds its time.
const ATTRIBUTE_LIMIT: usize = 500;

/// Namespace declarations that one document may have. The parser copies them to inner elements, so this bounds its memory.
const NAMESPACE_LIMIT: usize = 500;

/// The text of XML bytes in UTF-8 or, by its byte order mark, UTF-16.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ManifestError> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().map(Cow::Owned).map_err(|_| ManifestError::Encoding)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        rest => utf8(rest),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, ManifestError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| ManifestError::Encoding)
}

/// The tree of a document whose outermost element has the local name `root`.
pub(crate) fn parse<'a>(text: &'a str, root: &'static str) -> Result<Document<'a>, ManifestError> {
    bound(text)?;
    let options = ParsingOptions { nodes_limit: NODE_LIMIT, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(ManifestError::NotXml)?;
    let found = document.root_element().tag_name().name();
    if found != root {
        return Err(ManifestError::WrongRoot { expected: root, found: found.chars().take(80).collect() });
    }
    Ok(document)
}

/// Refuses text that would cost the parser more than its size suggests. It counts what looks like attributes, so it may only be
/// wrong by counting too many.
fn bound(text: &str) -> Result<(), ManifestError> {
    if text.matches("xmlns").nth(NAMESPACE_LIMIT).is_some() {
        return Err(ManifestError::TooComplex { what: "namespaces", limit: NAMESPACE_LIMIT });
    }
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = ["<!--", "<![CDATA["].iter().zip(["-->", "]]>"]).find(|(open, _)| rest.starts_with(**open));
        if let Some((_, close)) = end {
            rest = rest.find(close).map_or("", |at| &rest[at..]);
            continue;
        }
        rest = tag(rest)?;
    }
    Ok(())
}

/// What follows the tag that `text` starts with.
fn tag(text: &str) -> Result<&str, ManifestError> {
    let mut attributes = 0_usize;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => attributes += 1,
            (None, b'>') => return Ok(&text[at..]),
            (None, _) => {}
        }
        if attributes > ATTRIBUTE_LIMIT {
            return Err(ManifestError::TooComplex { what: "attributes on one element", limit: ATTRIBUTE_LIMIT });
        }
    }
    Ok("")
}

/// The first child element with this local name.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// All child elements with this local name.
pub(crate) fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The trimmed value of the attribute with this local name, if it says anything.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|attribute| attribute.name() == name)
        .map(|found| found.value().trim())
        .filter(|value| !value.is_empty())
}

/// The trimmed text of a child element.
pub(super) fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name).and_then(|child| child.text()).map(str::trim)
}

/// The `Identity` element below a manifest's root; what is wrong with it is added to `errors`.
pub(super) fn identity(root: Node<'_, '_>, errors: &mut Vec<ManifestError>) -> Option<Identity> {
    const ELEMENT: &str = "Identity";
    let Some(node) = child(root, ELEMENT) else {
        errors.push(ManifestError::NoElement(ELEMENT));
        return None;
    };
    let before = errors.len();
    let name = required(node, ELEMENT, "Name", errors);
    if name.is_some_and(|name| !is_name(name)) {
        errors.push(ManifestError::BadName(shown(name.unwrap_or_default())));
    }
    let publisher = required(node, ELEMENT, "Publisher", errors);
    if publisher.is_some_and(|publisher| !publisher.contains('=') || publisher.chars().any(char::is_control)) {
        errors.push(ManifestError::BadPublisher(shown(publisher.unwrap_or_default())));
    }
    let version = version(node, ELEMENT, errors);
    let resource_id = attribute(node, "ResourceId").map(shown);
    let (Some(name), Some(publisher), Some(version)) = (name, publisher, version) else { return None };
    (errors.len() == before).then(|| Identity { name: name.to_owned(), publisher: publisher.to_owned(), version, resource_id })
}

/// The required attribute `Version` of an element.
pub(super) fn version(node: Node<'_, '_>, element: &'static str, errors: &mut Vec<ManifestError>) -> Option<Version> {
    match required(node, element, "Version", errors)?.parse() {
        Ok(version) => Some(version),
        Err(source) => {
            errors.push(ManifestError::BadVersion { element, source });
            None
        }
    }
}

/// The value of an attribute that has to be there.
pub(super) fn required<'a>(
    node: Node<'a, '_>,
    element: &'static str,
    name: &'static str,
    errors: &mut Vec<ManifestError>,
) -> Option<&'a str> {
    let value = attribute(node, name);
    if value.is_none() {
        errors.push(ManifestError::NoAttribute { element, attribute: name });
    }
    value
}

/// The device families below a `Dependencies` element.
pub(super) fn device_families(dependencies: Node<'_, '_>) -> Vec<DeviceFamily> {
    let families = children(dependencies, "TargetDeviceFamily").filter_map(|node| {
        let name = shown(attribute(node, "Name")?);
        Some(DeviceFamily { name, min_version: attribute(node, "MinVersion").and_then(|text| text.parse().ok()) })
    });
    distinct(families, DeviceFamily::clone)
}

/// The languages below a `Resources` element, each once, in the manifest's order and casing.
pub(super) fn languages(parent: Node<'_, '_>) -> Vec<String> {
    let nodes = children(parent, "Resources").flat_map(|resources| children(resources, "Resource"));
    distinct(nodes.filter_map(|node| attribute(node, "Language").map(shown)), |language| language.to_ascii_lowercase())
}

/// The first of those that have the same key, in their order. A manifest may list a hundred thousand of anything, so they are not
/// compared with each other.
pub(crate) fn distinct<T, K: Hash + Eq>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| seen.insert(key(item))).collect()
}

/// A stranger's word made fit for a terminal: at most 200 characters, and none that controls it.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(200) {
        if character.is_control() {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}", character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_name(name: &str) -> bool {
    (3..=50).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
}
