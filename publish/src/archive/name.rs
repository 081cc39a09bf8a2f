//! Names that are safe in an archive, wherever it is unpacked.

use std::collections::{HashMap, HashSet};

use super::ArchiveError;

/// Refuses names that are no safe relative paths, and names that cannot be in one archive together.
pub(super) fn check<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ArchiveError> {
    let mut files: HashMap<String, &str> = HashMap::new();
    let mut folders: HashSet<String> = HashSet::new();
    for name in names {
        if let Some(why) = fault(name) {
            return Err(ArchiveError::Name { name: name.to_owned(), why });
        }
        let folded = name.to_lowercase();
        for (at, _) in folded.match_indices('/') {
            folders.insert(folded[..at].to_owned());
        }
        if let Some(first) = files.insert(folded, name) {
            return Err(ArchiveError::Clash { first: first.to_owned(), second: name.to_owned() });
        }
    }
    for (folded, name) in files {
        if folders.contains(&folded) {
            return Err(ArchiveError::Clash { first: name.to_owned(), second: format!("{name}/…") });
        }
    }
    Ok(())
}

fn fault(name: &str) -> Option<&'static str> {
    if name.len() > usize::from(u16::MAX) {
        Some("it is too long")
    } else if name.chars().any(char::is_control) {
        Some("it has control characters")
    } else if name.contains('\\') {
        Some("folders are separated by /")
    } else if name.contains(':') {
        Some("it has a colon")
    } else if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Some("it is not a plain path below the upload's root")
    } else {
        None
    }
}
