//! Files that are submitted together, compared with each other.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use flightline_protocol::package::Version;

use super::{Fault, FaultCode, Kind, Package};

/// Opens all files, and compares those that are packages.
pub(super) fn open_all(paths: &[PathBuf]) -> Result<Vec<Package>, Vec<Fault>> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut packages: Vec<Package> = Vec::new();
    let mut seen: HashMap<PathBuf, &Path> = HashMap::new();
    for path in paths {
        if let Some(first) = seen.insert(place(path), path) {
            faults.push(fault(path, FaultCode::FileTwice, format!("it is the same file as {}", first.display())));
            continue;
        }
        match Package::open(path) {
            Ok(package) => packages.push(package),
            Err(found) => faults.extend(found.0),
        }
    }
    same_companion(&packages, &mut faults);
    same_package(&packages, &mut faults);
    other_identity(&packages, &mut faults);
    if faults.is_empty() { Ok(packages) } else { Err(faults) }
}

/// A package of a flat bundle is not given a second time by itself.
fn same_companion(packages: &[Package], faults: &mut Vec<Fault>) {
    let mut owners: HashMap<PathBuf, &Package> = HashMap::new();
    for package in packages {
        for companion in &package.companions {
            if let Some(other) = owners.insert(place(companion), package) {
                let why = format!("it shares the package {} with {}", companion.display(), other.path.display());
                faults.push(fault(&package.path, FaultCode::FileTwice, why));
            }
        }
    }
    for package in packages {
        if let Some(owner) = owners.get(&place(&package.path)) {
            let why = format!("it comes with the flat bundle {} already", owner.path.display());
            faults.push(fault(&package.path, FaultCode::FileTwice, why));
        }
    }
}

/// To the Store a package is its identity, version and architecture; device families do not tell packages apart.
///
/// <https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/package-version-numbering>
fn same_package(packages: &[Package], faults: &mut Vec<Fault>) {
    let mut names: HashMap<(String, Version, String), &Package> = HashMap::new();
    for package in packages {
        let mut own: Vec<(Version, String)> =
            package.applications.iter().map(|one| (one.version, one.architecture.to_string())).collect();
        if package.is_bundle() {
            own.push((package.identity.version, "bundle".to_owned()));
        }
        let mut told = false;
        for (version, word) in own {
            let full = (package.identity.name.to_lowercase(), version, word.clone());
            let Some(other) = names.get(&full) else {
                names.insert(full, package);
                continue;
            };
            if other.path != package.path && !told {
                told = true;
                let what = if word == "bundle" { word } else { format!("package for {word}") };
                let why = format!("it holds the same {what} of version {version} as {}", other.path.display());
                faults.push(fault(&package.path, FaultCode::SamePackage, why));
            }
        }
    }
}

/// All files are of the app that the first one is of.
fn other_identity(packages: &[Package], faults: &mut Vec<Fault>) {
    let Some((first, others)) = packages.split_first() else { return };
    for package in others {
        let (ours, theirs) = (&package.identity, &first.identity);
        let pairs = [("name", &ours.name, &theirs.name), ("publisher", &ours.publisher, &theirs.publisher)];
        for (what, ours, theirs) in pairs.into_iter().filter(|(_, ours, theirs)| ours != theirs) {
            let why = format!("its {what} is {ours:?}, but that of {} is {theirs:?}", first.path.display());
            faults.push(fault(&package.path, FaultCode::OtherIdentity, why));
        }
    }
}

impl Package {
    /// Whether the Store sees a bundle.
    fn is_bundle(&self) -> bool {
        match self.kind {
            Kind::Bundle | Kind::FlatBundle | Kind::BundleUpload => true,
            Kind::Package | Kind::PackageUpload => false,
        }
    }
}

/// What stands for a file, under whatever path it is named.
fn place(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn fault(path: &Path, code: FaultCode, detail: String) -> Fault {
    Fault { path: path.to_owned(), code, detail }
}
