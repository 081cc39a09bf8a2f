//! What the Store does with the files of a committed submission: looks for each in the ZIP, opens the packages, and writes into the
//! document what it found, or says what was wrong.

mod archive;
mod manifest;
mod package;

use crate::members;
use archive::{Archive, ArchiveError, Names, Part};
use flightline_protocol::error::DetailCode;
use package::{Facts, Taken};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub(crate) use archive::Source;

/// What came out of reading a submission's files.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The document that the submission has from then on.
    pub(crate) document: Map<String, Value>,
    errors: Vec<Value>,
    warnings: Vec<Value>,
}

impl Outcome {
    pub(crate) fn into_members(self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("document".to_owned(), Value::Object(self.document));
        members.insert("errors".to_owned(), Value::Array(self.errors));
        members.insert("warnings".to_owned(), Value::Array(self.warnings));
        members
    }

    fn error(&mut self, code: DetailCode, details: String) {
        self.errors.push(json!({ "code": code.as_str(), "details": details }));
    }

    fn warn(&mut self, code: DetailCode, details: String) {
        self.warnings.push(json!({ "code": code.as_str(), "details": details }));
    }
}

/// The uploaded ZIP: where it can be read, and how long it is.
pub(crate) type Upload = (Source, u64);

/// Reads the files of `draft`, the submission of an app with this `resource`, whose live document is `published`.
pub(crate) fn ingest(
    resource: &Map<String, Value>,
    draft: &Map<String, Value>,
    published: Option<&Map<String, Value>>,
    upload: Option<Upload>,
) -> Outcome {
    let mut outcome = Outcome { document: draft.clone(), errors: Vec::new(), warnings: Vec::new() };
    languages(&mut outcome, draft, published);
    let wanted = wanted(draft);
    if !wanted.is_empty() {
        match open(upload) {
            Ok(archive) => {
                let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|name| !archive.has(name)).collect();
                if !missing.is_empty() {
                    let details = format!("The uploaded archive does not hold these files: {}", missing.join(", "));
                    outcome.error(DetailCode::MissingFiles, details);
                }
                packages(&mut outcome, resource, &archive);
            }
            Err(reason) => outcome.error(DetailCode::InvalidArchive, reason),
        }
    }
    settle_files(&mut outcome.document);
    if outcome.errors.is_empty() {
        titles(&mut outcome);
    }
    outcome
}

fn open(upload: Option<Upload>) -> Result<Archive, String> {
    let Some((source, length)) = upload else {
        return Err("No archive was uploaded, and the submission names files to upload".to_owned());
    };
    Archive::open(Part::new(source, length), Names::Exact)
        .map_err(|error| format!("The uploaded archive cannot be read: {error}"))
}

/// Languages that came or went since what is live.
fn languages(outcome: &mut Outcome, draft: &Map<String, Value>, published: Option<&Map<String, Value>>) {
    let codes = |document: &Map<String, Value>| -> BTreeSet<String> {
        let listings = members::find(document, "listings").and_then(Value::as_object);
        listings.into_iter().flat_map(|listings| listings.keys().cloned()).collect()
    };
    let Some(published) = published else { return };
    let (now, before) = (codes(draft), codes(published));
    for code in now.difference(&before) {
        outcome.warn(DetailCode::ListingOptInWarning, format!("The listing in {code} was added"));
    }
    for code in before.difference(&now) {
        outcome.warn(DetailCode::ListingOptOutWarning, format!("The listing in {code} was taken away"));
    }
}

/// The names of all files that wait for their content, in the form in which an archive has them.
fn wanted(document: &Map<String, Value>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut want = |entry: &Map<String, Value>, member: &str| {
        names.extend(members::text(entry, member).map(|name| name.replace('\\', "/")));
    };
    for entry in members::entries(document, "applicationPackages").chain(images(document)) {
        if is(entry, "PendingUpload") {
            want(entry, "fileName");
        }
    }
    for trailer in members::entries(document, "trailers") {
        if members::text(trailer, "id").is_none() {
            want(trailer, "videoFileName");
        }
        let assets = members::find(trailer, "trailerAssets").and_then(Value::as_object);
        for asset in assets.into_iter().flat_map(Map::values).filter_map(Value::as_object) {
            for image in members::entries(asset, "imageList").filter(|image| members::text(image, "id").is_none()) {
                want(image, "fileName");
            }
        }
    }
    names
}

fn is(entry: &Map<String, Value>, status: &str) -> bool {
    members::text(entry, "fileStatus") == Some(status)
}

fn images(document: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let listings = members::find(document, "listings").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let bases = listings.filter_map(|listing| members::find(listing.as_object()?, "baseListing")?.as_object());
    bases.flat_map(|base| members::entries(base, "images"))
}

/// Opens the new packages and fills their entries.
fn packages(outcome: &mut Outcome, resource: &Map<String, Value>, archive: &Archive) {
    let mut document = std::mem::take(&mut outcome.document);
    let mut taken: BTreeSet<Likeness> =
        members::entries(&document, "applicationPackages").filter(|package| is(package, "Uploaded")).map(Likeness::of).collect();
    let mut dropped = Vec::new();
    for package in members::entries_mut(&mut document, "applicationPackages") {
        let name = members::text(package, "fileName").unwrap_or_default().replace('\\', "/");
        if !is(package, "PendingUpload") || !archive.has(&name) {
            continue;
        }
        match take(&name, resource, archive) {
            Ok(Taken::Dropped) => dropped.push(name),
            Ok(Taken::Package(facts)) => {
                fill(package, facts);
                if !taken.insert(Likeness::of(package)) {
                    let reason = "another package of the submission has the same version, architecture and device families";
                    outcome.error(DetailCode::PackageValidationFailed, format!("{name}: {reason}"));
                }
            }
            Err(reason) => outcome.error(DetailCode::PackageValidationFailed, format!("{name}: {reason}")),
        }
    }
    if let Some(list) = document.get_mut("applicationPackages").and_then(Value::as_array_mut) {
        list.retain(|package| {
            let name = package["fileName"].as_str().unwrap_or_default().replace('\\', "/");
            package["fileStatus"] != "PendingUpload" || !dropped.contains(&name)
        });
    }
    outcome.document = document;
}

fn take(name: &str, resource: &Map<String, Value>, archive: &Archive) -> Result<Taken, String> {
    let words = |error: ArchiveError| error.to_string();
    let part = archive.nested(name).map_err(words)?.ok_or("it is missing")?;
    let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let taken = package::open(name, part, &|file| archive.nested(&format!("{folder}{file}")))?;
    if let Taken::Package(facts) = &taken {
        validate(facts, resource)?;
    }
    Ok(taken)
}

/// What the Store asks of a package that it could read.
///
/// <https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-package-requirements>
fn validate(facts: &Facts, resource: &Map<String, Value>) -> Result<(), String> {
    let declared = |name: &str| members::text(resource, name).unwrap_or_default();
    let (name, publisher) = (declared("packageIdentityName"), declared("publisherName"));
    if facts.identity.name != name {
        return Err(format!("its identity name is {}, and the app's is {name}", facts.identity.name));
    }
    if facts.identity.publisher != publisher {
        return Err(format!("its publisher is {}, and the app's is {publisher}", facts.identity.publisher));
    }
    match facts.identity.version {
        [0, ..] => Err("the first part of its version is 0".to_owned()),
        [_, _, _, last] if last != 0 && facts.platform == "Windows10" => {
            Err(format!("the last part of its version is {last}, and it is reserved for the Store: 0 is wanted"))
        }
        _ => Ok(()),
    }
}

/// What makes two packages the same to the Store.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness(String, String, BTreeSet<String>);

impl Likeness {
    fn of(package: &Map<String, Value>) -> Self {
        let text = |name: &str| members::text(package, name).unwrap_or_default().to_lowercase();
        let families = members::find(package, "targetDeviceFamilies").and_then(Value::as_array).into_iter().flatten();
        let families = families
            .filter_map(Value::as_str)
            .map(|family| family.split(" min version ").next().unwrap_or_default().to_lowercase());
        Self(text("version"), text("architecture"), families.collect())
    }
}

/// Writes what was read from a package into its entry, in the order of the wire.
fn fill(package: &mut Map<String, Value>, facts: Facts) {
    let given = std::mem::take(package);
    let version = facts.identity.version.map(|part| part.to_string()).join(".");
    let mut put = |name: &str, value: Value| {
        package.insert(name.to_owned(), value);
    };
    put("fileName", given.get("fileName").cloned().unwrap_or_default());
    put("fileStatus", Value::from("Uploaded"));
    put("version", Value::from(version));
    put("architecture", Value::from(facts.architecture));
    put("targetPlatform", Value::from(facts.platform));
    put("languages", Value::from(facts.languages));
    put("capabilities", Value::from(facts.capabilities));
    for name in ["minimumDirectXVersion", "minimumSystemRam"] {
        put(name, given.get(name).cloned().unwrap_or_else(|| Value::from("None")));
    }
    put("targetDeviceFamilies", Value::from(facts.families));
}

/// After the files have been taken in, nothing waits any more, and what was to go is gone.
fn settle_files(document: &mut Map<String, Value>) {
    settle_list(document.get_mut("applicationPackages"));
    let listings = document.get_mut("listings").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    for base in listings.filter_map(|listing| listing.get_mut("baseListing")) {
        settle_list(base.get_mut("images"));
    }
}

fn settle_list(list: Option<&mut Value>) {
    let Some(list) = list.and_then(Value::as_array_mut) else { return };
    list.retain(|entry| entry["fileStatus"] != "PendingDelete");
    for entry in list.iter_mut().filter(|entry| entry["fileStatus"] == "PendingUpload") {
        entry["fileStatus"] = Value::from("Uploaded");
    }
}

/// A listing without a title needs a package in its language, and in exactly that one (O-114).
fn titles(outcome: &mut Outcome) {
    let document = &outcome.document;
    let covered: BTreeSet<String> = members::entries(document, "applicationPackages")
        .filter_map(|package| members::find(package, "languages").and_then(Value::as_array))
        .flatten()
        .filter_map(|code| code.as_str().map(str::to_lowercase))
        .collect();
    let listings = members::find(document, "listings").and_then(Value::as_object);
    let is_untitled = listings.into_iter().flatten().any(|(code, listing)| {
        let title = listing["baseListing"]["title"].as_str().unwrap_or_default();
        title.trim().is_empty() && !covered.contains(&code.to_lowercase())
    });
    if is_untitled {
        outcome.error(DetailCode::InvalidParameterValue, "Validation error: MissingTitle".to_owned());
    }
}
