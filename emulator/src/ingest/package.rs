//! Opens a package as the Store does: a plain one, a bundle with its payload, or an upload around one of them.

use super::archive::{Archive, ArchiveError, Names, Part};
use super::manifest::{self, Bundle, Identity, Manifest, Payload, PayloadRole};
use std::collections::BTreeSet;

/// Bytes of a manifest or block map that are read.
const LARGEST_MANIFEST: u64 = 8 << 20;
const LARGEST_BLOCK_MAP: u64 = 64 << 20;

const MANIFEST: &str = "AppxManifest.xml";
const BUNDLE_MANIFEST: &str = "AppxMetadata/AppxBundleManifest.xml";
const BLOCK_MAP: &str = "AppxBlockMap.xml";

/// What the Store makes of an uploaded package.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is taken in with these facts.
    Package(Facts),
    /// It is dropped without a word: an upload with several plain packages and no bundle around them (O-112).
    Dropped,
}

/// What the Store shows of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) identity: Identity,
    pub(crate) architecture: String,
    pub(crate) languages: Vec<String>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) families: Vec<String>,
    pub(crate) platform: &'static str,
}

/// Gives what lies beside a package, by its file name.
pub(crate) type Beside<'a> = &'a dyn Fn(&str) -> Result<Option<Part>, ArchiveError>;

/// Opens the package called `name`; the answer is why not, in words that go after its name.
pub(crate) fn open(name: &str, part: Part, beside: Beside<'_>) -> Result<Taken, String> {
    match kind(name) {
        Some(Form::Package) => read_package(part).map(|manifest| Taken::Package(facts(manifest))),
        Some(Form::Bundle) => read_bundle(part, beside).map(Taken::Package),
        Some(Form::Upload) => read_upload(part),
        None => Err("it is no package: .msix, .appx, .msixbundle, .appxbundle, .msixupload or .appxupload is wanted".to_owned()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Package,
    Bundle,
    Upload,
}

fn kind(name: &str) -> Option<Form> {
    match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "msix" | "appx" => Some(Form::Package),
        "msixbundle" | "appxbundle" => Some(Form::Bundle),
        "msixupload" | "appxupload" => Some(Form::Upload),
        _ => None,
    }
}

fn facts(manifest: Manifest) -> Facts {
    Facts {
        architecture: architecture(&manifest.architecture).to_owned(),
        identity: manifest.identity,
        languages: manifest.languages,
        capabilities: manifest.capabilities,
        families: manifest.families,
        platform: manifest.platform,
    }
}

/// The Store's spelling of an architecture (O-003).
fn architecture(word: &str) -> &'static str {
    match word.to_ascii_lowercase().as_str() {
        "x86" => "x86",
        "x64" => "x64",
        "arm" => "ARM",
        "arm64" => "Arm64",
        _ => "neutral",
    }
}

fn open_archive(part: Part) -> Result<Archive, String> {
    // Encrypted packages begin with a header of their own instead of a ZIP's.
    if matches!(&part.magic(), b"EXPH" | b"EXBH" | b"EXSH") {
        return Err("it is encrypted".to_owned());
    }
    Archive::open(part, Names::Package).map_err(|error| error.to_string())
}

fn read_package(part: Part) -> Result<Manifest, String> {
    let archive = open_archive(part)?;
    let bytes = archive.read(MANIFEST, LARGEST_MANIFEST).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("it has no {MANIFEST}"))?;
    let manifest = manifest::package(&bytes)?;
    has_block_map(&archive)?;
    Ok(manifest)
}

fn has_block_map(archive: &Archive) -> Result<(), String> {
    let bytes = archive.read(BLOCK_MAP, LARGEST_BLOCK_MAP).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("it has no {BLOCK_MAP}"))?;
    if manifest::is_block_map(&bytes) { Ok(()) } else { Err(format!("its {BLOCK_MAP} is no block map")) }
}

fn read_bundle(part: Part, beside: Beside<'_>) -> Result<Facts, String> {
    let archive = open_archive(part)?;
    let bytes = archive.read(BUNDLE_MANIFEST, LARGEST_MANIFEST).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("it has no {BUNDLE_MANIFEST}"))?;
    let bundle = manifest::bundle(&bytes)?;
    has_block_map(&archive)?;
    all_listed(&archive, &bundle)?;
    let mut packages = Vec::new();
    for payload in &bundle.payload {
        let manifest =
            read_payload(&archive, payload, beside).map_err(|reason| format!("{} in the bundle: {reason}", payload.file))?;
        if (&manifest.identity.name, &manifest.identity.publisher) != (&bundle.identity.name, &bundle.identity.publisher) {
            return Err(format!("{} in the bundle is of another identity", payload.file));
        }
        if payload.role == PayloadRole::Application {
            packages.push(manifest);
        }
    }
    if packages.is_empty() {
        return Err("it holds no application package".to_owned());
    }
    Ok(together(bundle, &packages))
}

/// A package that lies in the bundle has to be in its manifest.
fn all_listed(archive: &Archive, bundle: &Bundle) -> Result<(), String> {
    let listed: BTreeSet<String> = bundle.payload.iter().map(|payload| payload.file.replace('\\', "/").to_lowercase()).collect();
    let stray = archive.names().find(|name| kind(name) == Some(Form::Package) && !listed.contains(*name));
    match stray {
        Some(name) => Err(format!("{name} lies in the bundle and is not in its manifest")),
        None => Ok(()),
    }
}

/// A payload package lies in the bundle, or beside it if the bundle is flat.
fn read_payload(bundle: &Archive, payload: &Payload, beside: Beside<'_>) -> Result<Manifest, String> {
    let words = |error: ArchiveError| error.to_string();
    let part = match bundle.nested(&payload.file).map_err(words)? {
        Some(part) => Some(part),
        None => beside(&payload.file).map_err(words)?,
    };
    read_package(part.ok_or_else(|| "it is missing".to_owned())?)
}

/// What a bundle shows as a whole. It reports one architecture: the one that all of its application packages have, otherwise
/// `neutral` (O-113).
fn together(bundle: Bundle, packages: &[Manifest]) -> Facts {
    let mut architectures = packages.iter().map(|package| architecture(&package.architecture));
    let first = architectures.next().unwrap_or("neutral");
    let architecture = if architectures.all(|other| other == first) { first } else { "neutral" };
    let union = |of: fn(&Manifest) -> &Vec<String>| distinct(packages.iter().flat_map(of));
    let listed = bundle.payload.iter().flat_map(|payload| &payload.languages);
    Facts {
        identity: bundle.identity.clone(),
        architecture: architecture.to_owned(),
        languages: distinct(packages.iter().flat_map(|package| &package.languages).chain(listed)),
        capabilities: union(|package| &package.capabilities),
        families: union(|package| &package.families),
        platform: packages.first().map_or("Windows10", |package| package.platform),
    }
}

fn distinct<'a>(words: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    words.filter(|word| seen.insert(word.to_lowercase())).cloned().collect()
}

/// An upload holds one bundle or one package, and symbols beside it.
fn read_upload(part: Part) -> Result<Taken, String> {
    let archive = Archive::open(part, Names::Exact).map_err(|error| error.to_string())?;
    let of_form = |form| archive.names().filter(move |name| kind(name) == Some(form)).map(str::to_owned).collect::<Vec<_>>();
    let (bundles, packages) = (of_form(Form::Bundle), of_form(Form::Package));
    let name = match (bundles.as_slice(), packages.as_slice()) {
        ([bundle], _) => bundle,
        ([], [package]) => package,
        ([], []) => return Err("it holds neither a package nor a bundle".to_owned()),
        ([], _) => return Ok(Taken::Dropped),
        _ => return Err("it holds more than one bundle".to_owned()),
    };
    let inner = archive.nested(name).map_err(|error| error.to_string())?.ok_or("it holds no package")?;
    let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    open(name, inner, &|file| archive.nested(&format!("{folder}{file}"))).map_err(|reason| format!("{name} in it: {reason}"))
}
