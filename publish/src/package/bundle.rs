//! A bundle: its manifest, and the packages that it lists, each looked into where it lies.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::application::{footprint, judge_application, judge_version, read as read_package};
use super::container::{self, BUNDLE_MANIFEST, Container, Member, PACKAGE_LIMIT};
use super::fault::{FaultCode, Report};
use super::name::{self, Extension, quoted};
use super::source::Source;
use super::{Application, Contents, Kind, open_file};
use crate::manifest::{BundleManifest, Identity, Manifest, ManifestKind, Payload, PayloadKind, distinct, is_legacy};
use flightline_protocol::package::Architecture;

/// Where a flat bundle's packages are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beside<'a> {
    /// In the folder that the bundle is in.
    Folder(&'a Path),
    /// In the upload file that the bundle is in.
    Upload(&'a Container),
}

/// Reads a bundle; what is wrong with it or its packages is reported.
pub(super) fn read(container: &Container, beside: Beside<'_>, report: &mut Report) -> Option<Contents> {
    let manifest = container.manifest(BUNDLE_MANIFEST, BundleManifest::parse, report);
    let listed = manifest.iter().flat_map(|manifest| &manifest.payload).map(|one| one.file_name.clone());
    let packages = listed.chain(container.packages().map(|(member, _)| member.name.clone()));
    footprint(container, &packages.collect::<Vec<_>>(), report);
    let manifest = manifest?;
    if manifest.payload.len() > PACKAGE_LIMIT || container.is_overfull() {
        report.add(FaultCode::BundleTooLarge, format_args!("it has more than {PACKAGE_LIMIT} packages"));
        return None;
    }
    judge_list(container, &manifest, report);
    let mut reading =
        Reading { container, beside, identity: &manifest.identity, companions: Vec::new(), flat: false, taken: Vec::new() };
    let mut applications: Vec<Application> = Vec::new();
    let mut languages: Vec<String> = Vec::new();
    for payload in &manifest.payload {
        let found = report.inside(quoted(&payload.file_name), |report| reading.payload(payload, report));
        let known = found.as_ref().map_or(&payload.languages, |found| &found.languages);
        languages.extend(known.iter().cloned());
        if payload.kind == PayloadKind::Application {
            applications.push(found.as_ref().map_or_else(|| Application::listed(payload), Application::of));
        }
    }
    let languages = distinct(languages, |language| language.to_ascii_lowercase());
    judge_applications(&applications, report);
    // Bundles from before Windows 10 may have any version. Only the families of its applications tell when a bundle is from.
    if applications.iter().any(|one| !one.device_families.is_empty() && !is_legacy(&one.device_families)) {
        judge_version(manifest.identity.version, report);
    }
    let kind = if reading.flat { Kind::FlatBundle } else { Kind::Bundle };
    let companions = reading.companions;
    Some(Contents { kind, identity: manifest.identity, applications, languages, companions })
}

/// Compares what is listed with what is in the bundle, by names alone.
fn judge_list(container: &Container, manifest: &BundleManifest, report: &mut Report) {
    let mut listed = HashSet::new();
    for payload in &manifest.payload {
        if !listed.insert(container::key(&payload.file_name)) {
            let name = quoted(&payload.file_name);
            report.add(FaultCode::PayloadDuplicate, format_args!("its manifest lists the package {name} twice"));
        }
    }
    for (member, _) in container.packages().filter(|(member, _)| !listed.contains(&container::key(&member.name))) {
        let name = quoted(&member.name);
        report.add(FaultCode::PayloadUnlisted, format_args!("it holds the package {name}, which its manifest does not list"));
    }
}

/// There has to be an application, and no two for the same architecture (a bundle picks by it).
fn judge_applications(applications: &[Application], report: &mut Report) {
    if applications.is_empty() {
        report.add(FaultCode::BundleNoApplication, "it has no application package");
    }
    let mut seen: HashSet<(&Architecture, Vec<&str>)> = HashSet::new();
    for Application { architecture, device_families, .. } in applications {
        if !seen.insert((architecture, device_families.iter().map(|family| family.name.as_str()).collect())) {
            report.add(FaultCode::PayloadDuplicate, format_args!("it has two application packages for {architecture}"));
        }
    }
}

/// What is known while a bundle's packages are read.
struct Reading<'a> {
    container: &'a Container,
    beside: Beside<'a>,
    identity: &'a Identity,
    companions: Vec<PathBuf>,
    flat: bool,
    /// The ranges of the bundle's file that packages were found in.
    taken: Vec<(u64, u64)>,
}

impl Reading<'_> {
    /// Reads one package and compares it with what the bundle says of it.
    fn payload(&mut self, payload: &Payload, report: &mut Report) -> Option<Manifest> {
        if Extension::of(&payload.file_name) != Some(Extension::Package) {
            report.add(FaultCode::PayloadName, "a package in a bundle has a name that ends in .msix or .appx");
            return None;
        }
        let inside = self.container.package(&payload.file_name);
        let source = match inside {
            Some(member) => self.inside(member, payload, report)?,
            None if payload.offset.is_none() => {
                self.flat = true;
                self.outside(payload, report)?
            }
            None => {
                report.add(FaultCode::PayloadMissing, "the manifest lists this package, but it is not in the bundle");
                return None;
            }
        };
        let inner = Container::open(source, report)?;
        let manifest = read_package(&inner, report)?;
        self.compare(payload, &manifest, report);
        if payload.kind == PayloadKind::Application {
            judge_application(&manifest, report);
        }
        Some(manifest)
    }

    /// A package in the bundle's file.
    fn inside(&mut self, member: &Member, payload: &Payload, report: &mut Report) -> Option<Source> {
        if !member.is_stored() {
            report.add(FaultCode::PayloadCompressed, "the package is compressed in the bundle");
            return None;
        }
        judge_size(payload, member.packed, report);
        let Some(offset) = self.container.offset(member) else {
            report.add(FaultCode::ZipDamaged, "the package is not where the ZIP directory says");
            return None;
        };
        if let Some(stated) = payload.offset.filter(|stated| *stated != offset) {
            let why = format_args!("the manifest says that the package starts at byte {stated}, but it starts at {offset}");
            report.add(FaultCode::PayloadPlace, why);
        }
        let end = offset.saturating_add(member.packed);
        if self.taken.iter().any(|(start, stop)| offset < *stop && *start < end) {
            report.add(FaultCode::PayloadPlace, "the package lies in the same place as another one");
            return None;
        }
        self.taken.push((offset, end));
        if member.size == 0 {
            report.add(FaultCode::FileEmpty, "the package is empty");
            return None;
        }
        self.container.nested(member, report)
    }

    /// A package beside the bundle.
    fn outside(&mut self, payload: &Payload, report: &mut Report) -> Option<Source> {
        if !name::is_plain(&payload.file_name) {
            let why = "the manifest names a package in another place; here a flat bundle's packages lie in its own folder";
            report.add(FaultCode::PayloadName, why);
            return None;
        }
        let source = match self.beside {
            Beside::Folder(folder) => {
                let path = folder.join(&payload.file_name);
                if !path.exists() {
                    let why = "the flat bundle lists this package, but it does not lie beside the bundle";
                    report.add(FaultCode::CompanionMissing, why);
                    return None;
                }
                let source = open_file(&path, report)?;
                self.companions.push(path);
                source
            }
            Beside::Upload(upload) => {
                let Some(member) = upload.package(&payload.file_name) else {
                    let why =
                        "the flat bundle lists this package, but it is neither in the bundle nor beside it in the upload file";
                    report.add(FaultCode::CompanionMissing, why);
                    return None;
                };
                upload.nested(member, report)?
            }
        };
        judge_size(payload, source.len(), report);
        Some(source)
    }

    /// Compares a package with what the bundle says of it.
    fn compare(&self, payload: &Payload, manifest: &Manifest, report: &mut Report) {
        let mut differs = |what: &str, bundle: &str, package: &str| {
            let why = format!("the bundle says that its {what} is {}, the package says {}", quoted(bundle), quoted(package));
            report.add(FaultCode::PayloadMismatch, why);
        };
        let identity = &manifest.identity;
        if identity.name != self.identity.name {
            differs("name", &self.identity.name, &identity.name);
        }
        if identity.publisher != self.identity.publisher {
            differs("publisher", &self.identity.publisher, &identity.publisher);
        }
        if identity.version != payload.version {
            differs("version", &payload.version.to_string(), &identity.version.to_string());
        }
        if manifest.architecture != payload.architecture {
            differs("architecture", payload.architecture.as_str(), manifest.architecture.as_str());
        }
        let resource_id = |id: &Option<String>| id.clone().unwrap_or_default();
        if !resource_id(&identity.resource_id).eq_ignore_ascii_case(&resource_id(&payload.resource_id)) {
            differs("resource id", &resource_id(&payload.resource_id), &resource_id(&identity.resource_id));
        }
        let is_resource = manifest.kind == ManifestKind::Resource;
        if is_resource != (payload.kind == PayloadKind::Resource) {
            let word = |resource: bool| if resource { "resource" } else { "application" };
            differs("type", word(!is_resource), word(is_resource));
        }
    }
}

impl Application {
    /// What the bundle says of a package that could not be read.
    fn listed(payload: &Payload) -> Self {
        Self {
            version: payload.version,
            architecture: payload.architecture.clone(),
            device_families: payload.device_families.clone(),
        }
    }
}

fn judge_size(payload: &Payload, size: u64, report: &mut Report) {
    if let Some(stated) = payload.size.filter(|stated| *stated != size) {
        let why = format_args!("the manifest says that the package has {stated} bytes, but it has {size}");
        report.add(FaultCode::PayloadPlace, why);
    }
}
