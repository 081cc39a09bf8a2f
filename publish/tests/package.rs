//! Packages that are in order, read where they lie.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

mod support;

use flightline_protocol::package::{Architecture, Version};
use flightline_publish::package::{Kind, Package, PackageFaults};
use support::{Bundle, Msix, Upload};
use tempfile::TempDir;

const NAME: &str = "Harbour.PaperBoats";
const PUBLISHER: &str = "CN=Harbour";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder is made")
}

fn msix(architecture: &str) -> Msix {
    Msix::new(NAME, PUBLISHER, "1.2.0.0").architecture(architecture).family("Windows.Desktop", "10.0.17763.0").language("en-us")
}

fn bundle() -> Bundle {
    Bundle::new(NAME, PUBLISHER, "2026.1.2.0")
        .package("x64.msix", msix("x64"))
        .package("arm64.msix", msix("arm64").family("Windows.Holographic", "10.0.18362.0"))
        .package("de.msix", Msix::new(NAME, PUBLISHER, "1.2.0.0").resource("split.language-de").language("de"))
}

fn families(package: &Package) -> Vec<String> {
    package.device_families.iter().map(ToString::to_string).collect()
}

#[test]
fn a_package_says_what_it_is() -> Result<(), PackageFaults> {
    let folder = folder();
    let path = msix("x64").family("Windows.Xbox", "10.0.18362.0").language("fr").write(folder.path(), "Boats_1.2.0.0_x64.msix");
    let package = Package::open(&path)?;
    assert_eq!(package.kind, Kind::Package);
    assert_eq!(package.file_name, "Boats_1.2.0.0_x64.msix");
    assert_eq!(package.size, std::fs::metadata(&path).map_or(0, |metadata| metadata.len()));
    assert_eq!((package.identity.name.as_str(), package.identity.publisher.as_str()), (NAME, PUBLISHER));
    assert_eq!(package.identity.version, Version([1, 2, 0, 0]));
    assert_eq!(package.architectures, [Architecture::X64]);
    assert_eq!(families(&package), ["Windows.Desktop min version 10.0.17763.0", "Windows.Xbox min version 10.0.18362.0"]);
    assert_eq!(package.languages, ["en-us", "fr"]);
    assert_eq!(package.cells().count(), 2);
    assert!(package.companions.is_empty());
    Ok(())
}

#[test]
fn a_package_without_an_architecture_is_neutral() -> Result<(), PackageFaults> {
    let folder = folder();
    let path = Msix::new(NAME, PUBLISHER, "1.2.0.0").family("Windows.Universal", "10.0.0.0").write(folder.path(), "a.APPX");
    assert_eq!(Package::open(&path)?.architectures, [Architecture::Neutral]);
    Ok(())
}

#[test]
fn a_bundle_covers_what_its_applications_cover_and_no_more() -> Result<(), PackageFaults> {
    let folder = folder();
    let package = Package::open(&bundle().write(folder.path(), "Boats.msixbundle"))?;
    assert_eq!(package.kind, Kind::Bundle);
    assert_eq!(package.identity.version, Version([2026, 1, 2, 0]));
    assert_eq!(package.architectures, [Architecture::X64, Architecture::Arm64]);
    assert_eq!(package.languages, ["en-us", "de"]);
    let cells: Vec<String> = package.cells().map(|(architecture, family)| format!("{architecture} {}", family.name)).collect();
    assert_eq!(cells, ["x64 Windows.Desktop", "arm64 Windows.Desktop", "arm64 Windows.Holographic"]);
    Ok(())
}

#[test]
fn device_families_that_a_bundle_does_not_list_come_from_its_packages() -> Result<(), PackageFaults> {
    let folder = folder();
    let old = bundle().edit("TargetDeviceFamily", "SomethingElse");
    let package = Package::open(&old.write(folder.path(), "Boats.appxbundle"))?;
    assert_eq!(families(&package)[0], "Windows.Desktop min version 10.0.17763.0");
    Ok(())
}

#[test]
fn the_packages_of_a_flat_bundle_are_its_companions() -> Result<(), PackageFaults> {
    let folder = folder();
    let package = Package::open(&bundle().flat().write(folder.path(), "Boats.msixbundle"))?;
    assert_eq!(package.kind, Kind::FlatBundle);
    let names = ["x64.msix", "arm64.msix", "de.msix"].map(|name| folder.path().join(name));
    assert_eq!(package.companions, names);
    assert_eq!(package.cells().count(), 3);
    Ok(())
}

#[test]
fn names_of_packages_in_a_bundle_may_be_percent_encoded() -> Result<(), PackageFaults> {
    let folder = folder();
    let encoded = Bundle::new(NAME, PUBLISHER, "1.0.0.0").package("my%20boats.msix", msix("x64"));
    let path = encoded.edit("my%20boats.msix", "my boats.msix").write(folder.path(), "a.msixbundle");
    assert_eq!(Package::open(&path)?.architectures, [Architecture::X64]);
    Ok(())
}

#[test]
fn an_upload_file_is_what_it_holds() -> Result<(), PackageFaults> {
    let folder = folder();
    let bundled = Upload::new().file("Boats.msixbundle", &bundle().bytes()).file("Boats_x64.appxsym", b"symbols");
    let package = Package::open(&bundled.write(folder.path(), "stored.msixupload"))?;
    assert_eq!((package.kind, package.cells().count()), (Kind::BundleUpload, 3));
    let package = Package::open(&bundled.compressed().write(folder.path(), "deflated.msixupload"))?;
    assert_eq!((package.kind, package.cells().count()), (Kind::BundleUpload, 3));
    let single = Upload::new().file("Boats.msix", &msix("x86").bytes());
    let package = Package::open(&single.write(folder.path(), "single.appxupload"))?;
    assert_eq!((package.kind, package.architectures), (Kind::PackageUpload, vec![Architecture::X86]));
    Ok(())
}

#[test]
fn a_flat_bundle_in_an_upload_file_has_its_packages_there() -> Result<(), PackageFaults> {
    let folder = folder();
    let flat = bundle().flat();
    let upload = flat.payload().iter().fold(Upload::new(), |upload, (name, bytes)| upload.file(name, bytes));
    let path = upload.file("Boats.msixbundle", &flat.bytes()).write(folder.path(), "flat.msixupload");
    let package = Package::open(&path)?;
    assert_eq!((package.kind, package.companions.len(), package.cells().count()), (Kind::BundleUpload, 0, 3));
    Ok(())
}

#[test]
fn a_deflated_upload_larger_than_the_windows_is_read_back_and_forth() -> Result<(), PackageFaults> {
    let folder = folder();
    // What does not deflate: the bytes of a xorshift generator.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut noise = Vec::new();
    while noise.len() < 3 * 1024 * 1024 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    let large = |architecture: &str| msix(architecture).file("noise.bin", &noise);
    let bundle = Bundle::new(NAME, PUBLISHER, "1.0.0.0").package("x64.msix", large("x64")).package("x86.msix", large("x86"));
    let path = Upload::new().file("Boats.msixbundle", &bundle.bytes()).compressed().write(folder.path(), "a.msixupload");
    assert_eq!(Package::open(&path)?.architectures, [Architecture::X86, Architecture::X64]);
    Ok(())
}

#[test]
fn entries_whose_names_lead_elsewhere_are_never_followed() -> Result<(), PackageFaults> {
    let folder = folder();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).expect("a folder is made");
    let path = msix("x64").file("../evil.txt", b"evil").file("/evil.txt", b"evil").write(&inner, "a.msix");
    Package::open(&path)?;
    assert!(!folder.path().join("evil.txt").exists());
    Ok(())
}
