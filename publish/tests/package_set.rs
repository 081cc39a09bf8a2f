//! Files that are submitted together.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

mod support;

use std::path::PathBuf;

use flightline_publish::package::{FaultCode, Package};
use support::{Bundle, Msix, write};
use tempfile::TempDir;

const NAME: &str = "Harbour.PaperBoats";
const PUBLISHER: &str = "CN=Harbour";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder is made")
}

fn msix(architecture: &str, version: &str) -> Msix {
    Msix::new(NAME, PUBLISHER, version).architecture(architecture).family("Windows.Desktop", "10.0.17763.0")
}

fn codes(paths: &[PathBuf]) -> Vec<FaultCode> {
    Package::open_all(paths).map_or_else(|faults| faults.iter().map(|fault| fault.code).collect(), |_| Vec::new())
}

#[test]
fn packages_for_several_processors_belong_together() {
    let folder = folder();
    let paths = ["x64", "x86", "arm64"].map(|word| msix(word, "1.0.0.0").write(folder.path(), &format!("{word}.msix")));
    let packages = Package::open_all(&paths).expect("nothing is wrong");
    assert_eq!(
        packages.iter().map(|package| package.file_name.as_str()).collect::<Vec<_>>(),
        ["x64.msix", "x86.msix", "arm64.msix"]
    );
    assert_eq!(codes(&[]), []);
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let folder = folder();
    let paths = [
        msix("x64", "1.0.0.1").write(folder.path(), "version.msix"),
        folder.path().join("nowhere.msix"),
        msix("x86", "1.0.0.0").without("AppxBlockMap.xml").write(folder.path(), "bare.msix"),
        write(folder.path(), "text.msix", b"text"),
    ];
    let expected = [FaultCode::VersionFourthPart, FaultCode::FileMissing, FaultCode::BlockMapMissing, FaultCode::NotZip];
    assert_eq!(codes(&paths), expected);
}

#[test]
fn the_same_file_is_refused_under_any_path() {
    let folder = folder();
    let path = msix("x64", "1.0.0.0").write(folder.path(), "a.msix");
    std::fs::create_dir(folder.path().join("inner")).expect("a folder is made");
    let other = folder.path().join("inner").join("..").join("a.msix");
    assert_eq!(codes(&[path.clone(), other]), [FaultCode::FileTwice]);
    let missing = folder.path().join("nowhere.msix");
    assert_eq!(codes(&[missing.clone(), missing]), [FaultCode::FileMissing, FaultCode::FileTwice]);
}

#[test]
fn two_files_of_one_name_in_two_folders_are_what_builds_make() {
    let folder = folder();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).expect("a folder is made");
    let paths = [msix("x64", "1.0.0.0").write(folder.path(), "a.msix"), msix("x86", "1.0.0.0").write(&inner, "A.msix")];
    assert_eq!(codes(&paths), []);
}

#[test]
fn two_packages_that_are_one_to_the_store_are_refused() {
    let folder = folder();
    let first = msix("x64", "1.0.0.0").write(folder.path(), "a.msix");
    // Another device family does not make it another package.
    let second = msix("x64", "1.0.0.0").family("Windows.Xbox", "10.0.0.0").write(folder.path(), "b.msix");
    assert_eq!(codes(&[first.clone(), second]), [FaultCode::SamePackage]);
    let newer = msix("x64", "1.0.1.0").write(folder.path(), "c.msix");
    assert_eq!(codes(&[first.clone(), newer]), []);
    let bundle = Bundle::new(NAME, PUBLISHER, "3.0.0.0").package("x64.msix", msix("x64", "1.0.0.0"));
    assert_eq!(codes(&[first, bundle.write(folder.path(), "d.msixbundle")]), [FaultCode::SamePackage]);
}

#[test]
fn two_bundles_of_one_version_are_refused() {
    let folder = folder();
    let bundle = |word: &str| Bundle::new(NAME, PUBLISHER, "3.0.0.0").package(&format!("{word}.msix"), msix(word, "1.0.0.0"));
    let paths = [bundle("x64").write(folder.path(), "a.msixbundle"), bundle("x86").write(folder.path(), "b.msixbundle")];
    assert_eq!(codes(&paths), [FaultCode::SamePackage]);
}

#[test]
fn packages_of_different_apps_are_refused() {
    let folder = folder();
    let first = msix("x64", "1.0.0.0").write(folder.path(), "a.msix");
    let other =
        Msix::new("Harbour.Kites", "CN=Somebody", "1.0.0.0").architecture("x64").family("Windows.Desktop", "10.0.17763.0");
    let faults = Package::open_all(&[first, other.write(folder.path(), "b.msix")]).expect_err("the apps differ");
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), [FaultCode::OtherIdentity, FaultCode::OtherIdentity]);
    assert!(faults[0].message().contains("\"Harbour.Kites\"") && faults[1].message().contains("\"CN=Somebody\""), "{faults:?}");
}

#[test]
fn a_package_of_a_flat_bundle_is_not_given_a_second_time() {
    let folder = folder();
    let flat = Bundle::new(NAME, PUBLISHER, "3.0.0.0").package("x64.msix", msix("x64", "1.0.0.0")).flat();
    let bundle = flat.write(folder.path(), "a.msixbundle");
    assert!(codes(&[bundle, folder.path().join("x64.msix")]).contains(&FaultCode::FileTwice));
}
