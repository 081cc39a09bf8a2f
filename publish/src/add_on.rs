//! An add-on as somebody keeps it in a file: the members of its submission that are to be as the file says, icons by their path.

use crate::archive::Entry;
use crate::fault::Fault;
use flightline_protocol::json;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The members that a file may have.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-add-on-submissions#add-on-submission-object>
const MEMBERS: [&str; 7] = ["contentType", "keywords", "lifetime", "listings", "pricing", "tag", "visibility"];

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 4 << 20;

/// The largest icon that is read, in bytes (50 MB, the portal's limit for images).
const LARGEST_ICON: u64 = 50 << 20;

/// The side of an icon, in pixels.
const ICON: u32 = 300;

/// What an add-on is to say. Members that are left out stay as they are in the Store.
#[derive(Debug, Clone, PartialEq)]
pub struct AddOnFile {
    /// The members, in the Store's form.
    pub members: Map<String, Value>,
    /// The icons that they name.
    pub icons: Vec<Entry>,
}

impl AddOnFile {
    /// Reads a JSON file of the form of an add-on's submission, in which the `icon` of a listing is the path of a PNG file, relative
    /// to the file itself.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn open(path: &Path) -> Result<Self, Vec<Fault>> {
        let shown = path.display();
        let fault = |what: String| Fault::new("add-on-file", format!("{shown}: {what}"));
        let text = read(path, LARGEST_FILE).map_err(|error| vec![fault(error)])?;
        let value = json::parse(&text).map_err(|error| vec![fault(error.to_string())])?;
        let Value::Object(mut members) = value else { return Err(vec![fault("there is no JSON object in it".to_owned())]) };

        let mut faults = Vec::new();
        for name in members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            let remedy = format!("it may have {}", MEMBERS.join(", "));
            faults.push(fault(format!("an add-on has no {name:?} that could be set")).remedy(remedy));
        }
        let icons = icons(&mut members, path.parent().unwrap_or(Path::new("")), &mut faults);
        limits(&members, &mut faults, &fault);
        if faults.is_empty() { Ok(Self { members, icons }) } else { Err(faults) }
    }
}

/// Puts the Store's form in place of the paths. An icon is named for its content, so the same icon is known again.
fn icons(members: &mut Map<String, Value>, folder: &Path, faults: &mut Vec<Fault>) -> Vec<Entry> {
    let mut icons: Vec<Entry> = Vec::new();
    let listings = members.get_mut("listings").and_then(Value::as_object_mut);
    for (language, listing) in listings.into_iter().flatten() {
        let Some(icon) = listing.get_mut("icon") else { continue };
        let Some(given) = icon.as_str().map(PathBuf::from) else {
            let message = format!("the icon for {language} is not the path of a file");
            let remedy = "leave it out to keep the icon; one is taken away with `addons submission update`";
            faults.push(Fault::new("icon-invalid", message).remedy(remedy));
            continue;
        };
        let path = folder.join(given);
        match digest(&path) {
            Ok(digest) => {
                let name = format!("icons/{}.png", &digest.to_hex()[..16]);
                *icon = serde_json::json!({ "fileName": name, "fileStatus": "PendingUpload" });
                if !icons.iter().any(|known| known.name == name) {
                    icons.push(Entry { name, path });
                }
            }
            Err(what) => {
                let message = format!("{}: {what}", path.display());
                let remedy = format!("give a PNG of exactly {ICON} x {ICON} pixels");
                faults.push(Fault::new("icon-invalid", message).remedy(remedy));
            }
        }
    }
    icons
}

/// The digest of a PNG file of the right size.
fn digest(path: &Path) -> Result<blake3::Hash, String> {
    let content = read(path, LARGEST_ICON)?;
    let is_png = content.starts_with(b"\x89PNG\r\n\x1a\n") && content.get(12..16) == Some(b"IHDR");
    let side = |at: usize| content.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    match (is_png, side(16), side(20)) {
        (true, Some(ICON), Some(ICON)) => Ok(blake3::hash(&content)),
        (true, Some(width), Some(height)) => Err(format!("the icon has {width} x {height} pixels")),
        _ => Err("it is not a PNG file".to_owned()),
    }
}

/// Reads a file whose size nobody vouches for.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut content));
    match read {
        Ok(length) if length as u64 > most => Err(format!("it has more than the {most} bytes that are read")),
        Ok(_) => Ok(content),
        Err(error) => Err(error.to_string()),
    }
}

/// Texts that the Store would refuse for their length.
fn limits(members: &Map<String, Value>, faults: &mut Vec<Fault>, fault: &dyn Fn(String) -> Fault) {
    let mut check = |what: String, text: Option<&Value>, most: usize| {
        let length = text.and_then(Value::as_str).map_or(0, |text| text.encode_utf16().count());
        if length > most {
            faults.push(fault(format!("{what} has {length} characters, and the Store takes {most}")).remedy("shorten it"));
        }
    };
    let listings = members.get("listings").and_then(Value::as_object);
    for (language, listing) in listings.into_iter().flatten() {
        check(format!("the title for {language}"), listing.get("title"), 100);
        check(format!("the description for {language}"), listing.get("description"), 200);
    }
    check("the tag".to_owned(), members.get("tag"), 3000);
    let keywords = members.get("keywords").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for keyword in keywords {
        check(format!("the keyword {keyword}"), Some(keyword), 30);
    }
    if keywords.len() > 10 {
        faults.push(
            fault(format!("{} keywords are more than the 10 that the Store takes", keywords.len())).remedy("leave some out"),
        );
    }
    // The Store knows languages in lower case only (O-101).
    let is_code =
        |language: &str| language.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    for language in listings.into_iter().flat_map(Map::keys).filter(|language| !is_code(language)) {
        faults.push(fault(format!("{language:?} is no language code")).remedy("write it in lower case, such as en-us"));
    }
}
