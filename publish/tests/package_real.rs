//! Packages that Microsoft's own tools made: the test data of its MSIX SDK (<https://github.com/microsoft/msix-packaging>, MIT).
//! They are not kept here; `FLIGHTLINE_REAL_PACKAGES` names a folder that has some of them, good and broken ones.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use std::path::{Path, PathBuf};

use flightline_publish::package::{FaultCode, Kind, Package};

/// The folder, or `None` with a printed line when the tests have nothing to look at.
#[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "a test's own switch")]
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("FLIGHTLINE_REAL_PACKAGES").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("FLIGHTLINE_REAL_PACKAGES is not set: no real packages were read");
    }
    folder
}

/// A file of the SDK, whose folders may be part of its name here. `None` when the folder does not have it.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    path.is_file().then_some(path)
}

#[test]
fn good_packages_are_read_as_what_they_are() {
    let Some(folder) = folder() else { return };
    const GOOD: [(&str, Kind, &str, &str, &str); 7] = [
        ("TestAppxPackage_x64.appx", Kind::Package, "1.0.0.0", "x64", "Windows.Universal min version 10.0.10586.0"),
        ("TestAppxPackage_Win32.appx", Kind::Package, "1.0.0.0", "x86", "Windows.Universal min version 10.0.10586.0"),
        ("TestAppxPackage_1.0.1.0_ARM.appx", Kind::Package, "1.0.1.0", "arm", "Windows.Universal min version 10.0.10586.0"),
        ("existingPackage.msix", Kind::Package, "1.0.0.0", "x86", "Windows.Universal min version 10.0.17763.0"),
        ("existingBundle.msixbundle", Kind::Bundle, "4.0.0.0", "x86 x64 arm", "Windows.Universal min version 10.0.17763.0"),
        (
            "platforms__TestWindows.msix",
            Kind::Package,
            "1.0.0.0",
            "neutral",
            "Windows8.Desktop min version 0.0.0.0, Windows7.Desktop min version 0.0.0.0, Windows.Universal min version 0.0.0.0",
        ),
        ("BlockMap__Invalid_Bad_Block.msix", Kind::Package, "1.0.0.0", "x64", "Windows.Universal min version 10.0.17134.0"),
    ];
    for (name, kind, version, architectures, families) in GOOD {
        let Some(path) = find(&folder, name) else { continue };
        let package = Package::open(&path).unwrap_or_else(|faults| panic!("{faults}"));
        let words: Vec<String> = package.architectures.iter().map(ToString::to_string).collect();
        let known: Vec<String> = package.device_families.iter().map(ToString::to_string).collect();
        assert_eq!((package.kind, package.identity.version.to_string().as_str()), (kind, version), "{name}");
        assert_eq!((words.join(" ").as_str(), known.join(", ").as_str()), (architectures, families), "{name}");
    }
}

#[test]
fn packages_of_one_app_belong_together() {
    let Some(folder) = folder() else { return };
    let names = ["TestAppxPackage_x64.appx", "TestAppxPackage_Win32.appx", "TestAppxPackage_1.0.1.0_ARM.appx"];
    let paths: Vec<PathBuf> = names.iter().filter_map(|name| find(&folder, name)).collect();
    assert!(Package::open_all(&paths).is_ok_and(|packages| packages.len() == paths.len()));
}

#[test]
fn broken_packages_are_refused_for_what_is_wrong_with_them() {
    let Some(folder) = folder() else { return };
    const BROKEN: [(&str, &[FaultCode]); 30] = [
        ("BlockMap__No_blockmap.appx", &[FaultCode::BlockMapMissing]),
        ("BlockMap__Bad_Namespace_Blockmap.appx", &[FaultCode::BlockMapMismatch, FaultCode::FrameworkAlone]),
        ("BlockMap__ContentTypes_in_blockmap.appx", &[FaultCode::BlockMapMismatch]),
        ("BlockMap__Duplicate_file_in_blockmap.appx", &[FaultCode::BlockMapMismatch]),
        ("BlockMap__Extra_file_in_blockmap.msix", &[FaultCode::BlockMapMismatch]),
        ("BlockMap__File_missing_from_blockmap.msix", &[FaultCode::BlockMapMismatch]),
        ("BlockMap__Missing_Manifest_in_blockmap.appx", &[FaultCode::BlockMapMismatch]),
        ("BlockMap__Size_wrong_uncompressed.msix", &[FaultCode::BlockMapMismatch]),
        ("Empty.appx", &[FaultCode::NotZip]),
        ("HelloWorld.appx", &[FaultCode::VersionFourthPart]),
        ("OPC_E_ZIP_CORRUPTED_ARCHIVE.appx", &[FaultCode::ZipDamaged]),
        ("bundles__BlockMapContainsPayloadPackage.appxbundle", &[FaultCode::BlockMapMismatch]),
        ("bundles__BlockMapIsMissing.appxbundle", &[FaultCode::BlockMapMissing]),
        ("bundles__BlockMapViolatesSchema.appxbundle", &[FaultCode::BlockMapMismatch]),
        ("bundles__ContainsNoPayload.appxbundle", &[FaultCode::BundleNoApplication]),
        ("bundles__ContainsOnlyResourcePackages.appxbundle", &[FaultCode::BundleNoApplication]),
        ("bundles__ContainsTwoNeutralAppPackages.appxbundle", &[FaultCode::PayloadDuplicate]),
        ("bundles__ManifestDeclaresAppPackageForResourcePackage.appxbundle", &[FaultCode::PayloadMismatch]),
        ("bundles__ManifestHasExtraPackage.appxbundle", &[FaultCode::PayloadMissing]),
        ("bundles__ManifestPackageHasIncorrectArchitecture.appxbundle", &[FaultCode::PayloadMismatch]),
        ("bundles__ManifestPackageHasIncorrectName.appxbundle", &[FaultCode::PayloadMismatch]),
        ("bundles__ManifestPackageHasIncorrectPublisher.appxbundle", &[FaultCode::PayloadMismatch]),
        ("bundles__ManifestPackageHasIncorrectSize.appxbundle", &[FaultCode::PayloadPlace]),
        ("bundles__ManifestPackageHasIncorrectVersion.appxbundle", &[FaultCode::PayloadMismatch]),
        ("bundles__ManifestPackageHasInvalidOffset.appxbundle", &[FaultCode::PayloadPlace]),
        ("bundles__PayloadPackageIsCompressed.appxbundle", &[FaultCode::PayloadCompressed]),
        ("bundles__PayloadPackageIsEmpty.appxbundle", &[FaultCode::FileEmpty]),
        ("bundles__PayloadPackageIsNotAppxPackage.appxbundle", &[FaultCode::NotZip]),
        ("bundles__PayloadPackageNotListedInManifest.appxbundle", &[FaultCode::PayloadUnlisted]),
        ("flat__language-de.appx", &[FaultCode::ResourceAlone]),
    ];
    for (name, expected) in BROKEN {
        let Some(path) = find(&folder, name) else { continue };
        let faults = Package::open(&path).expect_err(name);
        let codes: Vec<FaultCode> = faults.0.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, expected, "{faults}");
    }
}

#[test]
fn a_flat_bundle_without_its_packages_names_each_of_them() {
    let Some(path) = folder().and_then(|folder| find(&folder, "flat__FlatBundleWithAsset.appxbundle")) else { return };
    let faults = Package::open(&path).expect_err("its packages are not there under their own names");
    assert_eq!(faults.0.len(), 19, "{faults}");
    assert!(faults.0.iter().all(|fault| fault.code == FaultCode::CompanionMissing), "{faults}");
    assert!(faults.to_string().contains("\"main_ARM.appx\""), "{faults}");
}
