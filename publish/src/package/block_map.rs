//! The block map: which files a package has, how large they are, and what each of their blocks hashes to. The hashes are left to
//! the Store, as they cost a read of the whole package; that the files are those that are listed is seen at once.
//!
//! <https://learn.microsoft.com/uwp/schemas/blockmapschema/app-package-block-map>

use std::collections::HashSet;

use super::container::{self, BLOCK_MAP, CONTENT_TYPES, Container, Member};
use super::fault::{FaultCode, Report};
use super::name::quoted;
use crate::manifest::{ManifestError, attribute, children, decode, parse};

/// The largest block map that is looked into, in bytes; larger ones, of packages of many gigabytes, are left to the Store.
const LIMIT: usize = 8 * 1024 * 1024;

/// Files that the block map never lists.
const NEVER: [&str; 3] = [BLOCK_MAP, CONTENT_TYPES, "AppxSignature.p7x"];

/// Compares the block map with the ZIP's directory. `payload` are the packages of a bundle, which it does not list.
///
/// A block map without any file says nothing that could be compared, and is left to the Store.
pub(super) fn check(container: &Container, member: &Member, payload: &[String], report: &mut Report) {
    if member.size > LIMIT as u64 || !report.spend(member.size) {
        return;
    }
    let Ok(bytes) = container.read(member, LIMIT) else {
        report.add(FaultCode::BlockMapMismatch, format_args!("its {BLOCK_MAP} is damaged"));
        return;
    };
    if let Err(why) = compare(container, &bytes, payload) {
        report.add(FaultCode::BlockMapMismatch, why);
    }
}

fn compare(container: &Container, bytes: &[u8], payload: &[String]) -> Result<(), String> {
    let unreadable = |error: ManifestError| match std::error::Error::source(&error) {
        Some(source) => format!("its {BLOCK_MAP} {error}: {source}"),
        None => format!("its {BLOCK_MAP} {error}"),
    };
    let text = decode(bytes).map_err(unreadable)?;
    let document = parse(&text, "BlockMap").map_err(unreadable)?;
    let root = document.root_element();
    let payload: HashSet<u64> = payload.iter().map(|name| container::key(name)).collect();
    let mut listed: HashSet<u64> = HashSet::new();
    for file in children(root, "File") {
        let Some(name) = attribute(file, "Name").map(|name| name.replace('\\', "/")) else { continue };
        let key = container::key(&name);
        if !listed.insert(key) {
            return Err(format!("its {BLOCK_MAP} lists {} twice", quoted(&name)));
        }
        if payload.contains(&key) {
            return Err(format!("its {BLOCK_MAP} lists the package {}, which has a block map of its own", quoted(&name)));
        }
        if NEVER.iter().any(|never| name.eq_ignore_ascii_case(never)) {
            return Err(format!("its {BLOCK_MAP} lists {}, which block maps never do", quoted(&name)));
        }
        let Some(size) = container.size(key) else {
            return Err(format!("its {BLOCK_MAP} lists {}, which is not in it", quoted(&name)));
        };
        if let Some(stated) = attribute(file, "Size").filter(|stated| stated.parse() != Ok(size)) {
            return Err(format!("its {BLOCK_MAP} gives {} {} bytes, but it has {size}", quoted(&name), quoted(stated)));
        }
    }
    if listed.is_empty() {
        let stranger = root.children().find(roxmltree::Node::is_element).map(|node| quoted(node.tag_name().name()));
        return stranger.map_or(Ok(()), |stranger| Err(format!("its {BLOCK_MAP} lists no file but has the element {stranger}")));
    }
    let optional: HashSet<u64> = NEVER.into_iter().chain(["AppxMetadata/CodeIntegrity.cat"]).map(container::key).collect();
    let strangers = container.keys().filter(|key| ![&listed, &optional, &payload].iter().any(|known| known.contains(key)));
    match strangers.count() {
        0 => Ok(()),
        1 => Err(format!("its {BLOCK_MAP} does not list one of the files in it")),
        count => Err(format!("its {BLOCK_MAP} does not list {count} of the files in it")),
    }
}
