//! Opens packages where they lie and says what they are, or all that is wrong with them.
//!
//! A file is never unpacked: its ZIP directory is walked, the manifests are read, and packages inside bundles are looked into in
//! place, in bounded memory. The bytes of the app itself are not read and signatures are not checked; the Store does both.

mod application;
mod block_map;
mod bundle;
mod container;
mod directory;
mod fault;
mod inflated;
mod name;
mod set;
mod source;
mod upload;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use flightline_protocol::package::{Architecture, DeviceFamily, Version};

use self::container::{BUNDLE_MANIFEST, Container, MANIFEST};
use self::fault::Report;
use self::name::Extension;
use self::source::Source;
use crate::manifest::{Identity, distinct};

pub use self::fault::{Fault, FaultCode, PackageFaults};

/// The largest package file that the Store takes, in bytes: 25 GB.
///
/// <https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-package-requirements>
pub const LARGEST_PACKAGE: u64 = 25 * 1024 * 1024 * 1024;

/// A package file that can be submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The file, as it was named to us.
    pub path: PathBuf,
    /// Its name without folders, under which a submission knows it.
    pub file_name: String,
    /// What it is.
    pub kind: Kind,
    /// Its size in bytes, without its companions.
    pub size: u64,
    /// Who it is. A bundle's version is the bundle's own.
    pub identity: Identity,
    /// The architectures of its applications, each once, sorted.
    pub architectures: Vec<Architecture>,
    /// The device families of its applications, each once, in the manifests' order.
    pub device_families: Vec<DeviceFamily>,
    /// The languages of all its packages, each once, in the manifests' order and casing.
    pub languages: Vec<String>,
    /// Its applications: one of a package, one or more of a bundle.
    pub applications: Vec<Application>,
    /// The packages of a flat bundle, which lie beside it and have to be uploaded with it.
    pub companions: Vec<PathBuf>,
}

/// What a package file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One package, `.msix` or `.appx`.
    Package,
    /// A bundle with its packages inside, `.msixbundle` or `.appxbundle`.
    Bundle,
    /// A bundle whose packages lie beside it. The Store takes these by agreement only.
    ///
    /// <https://learn.microsoft.com/windows/msix/package/flat-bundles>
    FlatBundle,
    /// A package with its symbols, `.msixupload` or `.appxupload`.
    PackageUpload,
    /// A bundle with its symbols, `.msixupload` or `.appxupload`.
    BundleUpload,
}

/// One application package of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its own version.
    pub version: Version,
    /// The processor that it runs on.
    pub architecture: Architecture,
    /// The device families that it serves; see [`crate::manifest::Manifest::device_families`] for those from before Windows 10.
    pub device_families: Vec<DeviceFamily>,
}

impl Package {
    /// Opens a file and looks into it.
    ///
    /// # Errors
    /// All that is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, PackageFaults> {
        let mut report = Report::new(path);
        let package = look(path, &mut report);
        report.finish(package)
    }

    /// Opens several files that are to be submitted together, and compares them with each other.
    ///
    /// # Errors
    /// All that is wrong with all of them: files given twice, packages that are the same to the Store, and
    /// packages of different apps are faults, too.
    pub fn open_all(paths: &[PathBuf]) -> Result<Vec<Self>, Vec<Fault>> {
        set::open_all(paths)
    }

    /// What the package covers: each architecture with each device family of the same application, every pair once.
    pub fn cells(&self) -> impl Iterator<Item = (Architecture, DeviceFamily)> {
        let cells = self.applications.iter().flat_map(|application| {
            application.device_families.iter().map(|family| (application.architecture.clone(), family.clone()))
        });
        distinct(cells, Clone::clone).into_iter()
    }
}

/// What was found in a package, a bundle or an upload file.
#[derive(Debug)]
struct Contents {
    kind: Kind,
    identity: Identity,
    applications: Vec<Application>,
    languages: Vec<String>,
    companions: Vec<PathBuf>,
}

fn look(path: &Path, report: &mut Report) -> Option<Package> {
    let file_name = file_name(path, report);
    let source = open_file(path, report)?;
    let size = source.len();
    let extension = path.extension().and_then(OsStr::to_str).and_then(|text| Extension::of(&format!(".{text}")));
    if !judge_kind(path, extension, source.magic(), report) {
        return None;
    }
    let container = Container::open(source, report)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let contents = contents(&container, extension, folder, report)?;
    let mut architectures: Vec<Architecture> = contents.applications.iter().map(|one| one.architecture.clone()).collect();
    architectures.sort();
    architectures.dedup();
    let families = contents.applications.iter().flat_map(|application| application.device_families.iter().cloned());
    let device_families = distinct(families, DeviceFamily::clone);
    Some(Package {
        path: path.to_owned(),
        file_name: file_name?,
        kind: contents.kind,
        size,
        identity: contents.identity,
        architectures,
        device_families,
        languages: contents.languages,
        applications: contents.applications,
        companions: contents.companions,
    })
}

/// The name that the submission's JSON and the upload's ZIP give the file.
fn file_name(path: &Path, report: &mut Report) -> Option<String> {
    let Some(name) = path.file_name() else {
        report.add(FaultCode::FileName, "the path does not end in a file name");
        return None;
    };
    let name = name.to_str().filter(|name| name::is_plain(name) && !name.chars().any(char::is_control));
    if name.is_none() {
        report.add(FaultCode::FileName, "its name cannot be written into a submission");
    }
    name.map(str::to_owned)
}

/// Opens a file for reading, if it is one that can be a package at all.
fn open_file(path: &Path, report: &mut Report) -> Option<Source> {
    // The kind is looked at before the file is opened: to open a pipe waits for someone to write.
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            report.add(FaultCode::FileMissing, "there is no such file");
            return None;
        }
        Err(error) => {
            report.add(FaultCode::FileUnreadable, format_args!("it cannot be read: {error}"));
            return None;
        }
    };
    if metadata.is_dir() {
        report.add(FaultCode::FileIsFolder, "it is a folder, not a package file");
        return None;
    }
    if !metadata.is_file() {
        report.add(FaultCode::FileNotRegular, "it is not a regular file");
        return None;
    }
    if metadata.len() == 0 {
        report.add(FaultCode::FileEmpty, "it is empty");
        return None;
    }
    if metadata.len() > LARGEST_PACKAGE {
        let size = metadata.len();
        report
            .add(FaultCode::FileTooLarge, format_args!("it has {size} bytes; the Store takes at most {LARGEST_PACKAGE} (25 GB)"));
    }
    match File::open(path).and_then(Source::file) {
        Ok(source) => Some(source),
        Err(error) => {
            report.add(FaultCode::FileUnreadable, format_args!("it cannot be read: {error}"));
            None
        }
    }
}

/// Judges a file by its extension and its first bytes; false when it is no use to look further.
fn judge_kind(path: &Path, extension: Option<Extension>, magic: Option<[u8; 4]>, report: &mut Report) -> bool {
    // Encrypted packages, bundles and their older form start with their own words instead of a ZIP's.
    const ENCRYPTED: [&[u8; 4]; 3] = [b"EXPH", b"EXBH", b"EXSH"];
    let word = path.extension().map_or(String::new(), |text| format!(".{}", crate::manifest::shown(&text.to_string_lossy())));
    if extension == Some(Extension::Encrypted) {
        report.add(FaultCode::PackageEncrypted, format_args!("it is an encrypted package, as its extension {word} says"));
        return false;
    }
    if magic.is_some_and(|magic| ENCRYPTED.contains(&&magic)) {
        report.add(FaultCode::PackageEncrypted, "it is an encrypted package, as its first bytes say");
        return false;
    }
    let installer = magic.is_some_and(|magic| magic.starts_with(b"MZ") || magic == [0xD0, 0xCF, 0x11, 0xE0]);
    if extension == Some(Extension::Installer) || installer {
        report.add(FaultCode::ExtensionInstaller, "it is an MSI or EXE installer, not a package");
        return false;
    }
    if extension.is_none() {
        let why = if word.is_empty() { "it has no extension".to_owned() } else { format!("packages do not end in {word}") };
        report.add(FaultCode::ExtensionUnknown, why);
    }
    true
}

/// Looks into a ZIP file according to what is in it, and compares that with its extension.
fn contents(container: &Container, extension: Option<Extension>, folder: &Path, report: &mut Report) -> Option<Contents> {
    let found = if container.member(BUNDLE_MANIFEST).is_some() {
        Some((Extension::Bundle, "a bundle", ".msixbundle"))
    } else if container.member(MANIFEST).is_some() {
        Some((Extension::Package, "a package", ".msix"))
    } else {
        None
    };
    if let (Some((found, what, name)), Some(extension)) = (found, extension)
        && found != extension
    {
        report.add(FaultCode::ExtensionMismatch, format_args!("it is {what}, whose name should end in {name}"));
    }
    match found.map(|(found, ..)| found).or(extension) {
        Some(Extension::Bundle) => bundle::read(container, bundle::Beside::Folder(folder), report),
        Some(Extension::Package) => application::read_alone(container, report),
        Some(Extension::Upload | Extension::Encrypted | Extension::Installer) => upload::read(container, report),
        None => {
            report.add(FaultCode::ManifestMissing, format_args!("it has neither {MANIFEST} nor {BUNDLE_MANIFEST}"));
            None
        }
    }
}
