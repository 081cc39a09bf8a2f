//! One package: its manifest and the files that go with every manifest.

use flightline_protocol::package::Version;

use super::block_map;
use super::container::{BLOCK_MAP, CONTENT_TYPES, Container, MANIFEST};
use super::fault::{FaultCode, Report};
use super::{Application, Contents, Kind};
use crate::manifest::{Manifest, ManifestKind};

/// Reads a package that is submitted by itself; what is wrong with it is reported.
pub(super) fn read_alone(container: &Container, report: &mut Report) -> Option<Contents> {
    let manifest = read(container, report)?;
    let name = &manifest.identity.name;
    match manifest.kind {
        ManifestKind::Application | ManifestKind::Optional => {
            judge_application(&manifest, report);
        }
        ManifestKind::Framework => {
            report.add(FaultCode::FrameworkAlone, format_args!("it is a framework package ({name}), not an app"));
        }
        ManifestKind::Resource => {
            report.add(FaultCode::ResourceAlone, format_args!("it is a resource package of {name}, not an app"));
        }
    }
    let application = Application::of(&manifest);
    Some(Contents {
        kind: Kind::Package,
        identity: manifest.identity,
        applications: vec![application],
        languages: manifest.languages,
        companions: Vec::new(),
    })
}

/// Reads a package's manifest and checks the files that go with it; what is wrong with them is reported.
pub(super) fn read(container: &Container, report: &mut Report) -> Option<Manifest> {
    let manifest = container.manifest(MANIFEST, Manifest::parse, report);
    footprint(container, &[], report);
    manifest
}

/// Checks the files that packages and bundles have in common. The block map describes all files but the `payload`.
pub(super) fn footprint(container: &Container, payload: &[String], report: &mut Report) {
    match container.member(BLOCK_MAP) {
        Some(member) => block_map::check(container, member, payload, report),
        None => report.add(FaultCode::BlockMapMissing, format_args!("it has no {BLOCK_MAP}")),
    }
    if container.member(CONTENT_TYPES).is_none() {
        report.add(FaultCode::ContentTypesMissing, format_args!("it has no {CONTENT_TYPES}"));
    }
}

/// Checks what the Store wants of applications; those from before Windows 10 may have any version.
pub(super) fn judge_application(manifest: &Manifest, report: &mut Report) {
    if !manifest.is_legacy() {
        judge_version(manifest.identity.version, report);
    }
    if manifest.device_families.is_empty() {
        report.add(FaultCode::NoDeviceFamily, "its manifest names no device family that it is for");
    }
}

/// Checks a version against the Store's rules for Windows 10 and later.
///
/// <https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-package-requirements>
pub(super) fn judge_version(version: Version, report: &mut Report) {
    let [major, _, _, revision] = version.0;
    if major == 0 {
        report.add(FaultCode::VersionFirstPart, format_args!("its version {version} starts with 0; the Store takes 1 to 65535"));
    }
    if revision != 0 {
        let why =
            format_args!("its version {version} ends in {revision}; the Store keeps the fourth part for itself and wants 0");
        report.add(FaultCode::VersionFourthPart, why);
    }
}

impl Application {
    pub(super) fn of(manifest: &Manifest) -> Self {
        Self {
            version: manifest.identity.version,
            architecture: manifest.architecture.clone(),
            device_families: manifest.device_families.clone(),
        }
    }
}
