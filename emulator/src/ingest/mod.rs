//! What the Store does with the files of a committed submission: looks for each in the ZIP, opens the packages, and writes into the
//! document what it found, or says what was wrong.

mod archive;
mod file;
mod manifest;
mod package;
mod rule;

use crate::account::Kind;
use crate::members;
use archive::{Archive, ArchiveError, Names, Part};
use file::is;
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

/// Reads the files of `draft`, whose live document is `published` and whose packages have to be of the app with this `resource`.
pub(crate) fn ingest(
    kind: Kind,
    resource: &Map<String, Value>,
    draft: &Map<String, Value>,
    published: Option<&Map<String, Value>>,
    upload: Option<Upload>,
) -> Outcome {
    let mut outcome = Outcome { document: draft.clone(), errors: Vec::new(), warnings: Vec::new() };
    rule::languages(&mut outcome, draft, published);
    let wanted = file::wanted(kind, draft);
    if !wanted.is_empty() {
        match open(upload) {
            Ok(archive) => {
                let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|name| !archive.has(name)).collect();
                if !missing.is_empty() {
                    let details = format!("The uploaded archive does not hold these files: {}", missing.join(", "));
                    outcome.error(DetailCode::MissingFiles, details);
                }
                if let Some(list) = kind.packages() {
                    packages(&mut outcome, list, resource, &archive);
                }
            }
            Err(reason) => outcome.error(DetailCode::InvalidArchive, reason),
        }
    }
    file::settle(kind, &mut outcome.document);
    if outcome.errors.is_empty() {
        rule::whole(kind, &mut outcome);
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

/// Opens the new packages and fills their entries.
fn packages(outcome: &mut Outcome, list: &str, resource: &Map<String, Value>, archive: &Archive) {
    let mut document = std::mem::take(&mut outcome.document);
    let mut taken: BTreeSet<Likeness> =
        members::entries(&document, list).filter(|package| is(package, "Uploaded")).map(Likeness::of).collect();
    let mut dropped = Vec::new();
    for package in members::entries_mut(&mut document, list) {
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
    if let Some(packages) = document.get_mut(list).and_then(Value::as_array_mut) {
        packages.retain(|package| {
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
