//! Bundles and upload files that contradict themselves.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

mod support;

use flightline_publish::package::{FaultCode, Package};
use support::{Bundle, Msix, Upload, write};
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
    Bundle::new(NAME, PUBLISHER, "2.0.0.0").package("x64.msix", msix("x64")).package("x86.msix", msix("x86"))
}

fn codes_at(path: &std::path::Path) -> Vec<FaultCode> {
    Package::open(path).map_or_else(|faults| faults.0.iter().map(|fault| fault.code).collect(), |_| Vec::new())
}

fn codes(bundle: &Bundle) -> Vec<FaultCode> {
    let folder = folder();
    codes_at(&bundle.write(folder.path(), "a.msixbundle"))
}

fn uploaded(upload: &Upload) -> Vec<FaultCode> {
    let folder = folder();
    codes_at(&upload.write(folder.path(), "a.msixupload"))
}

#[test]
fn a_sound_bundle_has_no_faults() {
    assert_eq!(codes(&bundle()), []);
    assert_eq!(codes(&bundle().flat()), []);
}

#[test]
fn a_bundle_without_an_application_is_refused() {
    assert_eq!(codes(&Bundle::new(NAME, PUBLISHER, "2.0.0.0")), [FaultCode::BundleNoApplication]);
    let resource = Msix::new(NAME, PUBLISHER, "1.2.0.0").resource("split.language-de");
    let only = Bundle::new(NAME, PUBLISHER, "2.0.0.0").package("de.msix", resource);
    assert_eq!(codes(&only), [FaultCode::BundleNoApplication]);
}

#[test]
fn a_bundle_without_its_footprint_files_is_refused() {
    let bare = bundle().without("AppxBlockMap.xml").without("[Content_Types].xml");
    assert_eq!(codes(&bare), [FaultCode::BlockMapMissing, FaultCode::ContentTypesMissing]);
    assert!(codes(&bundle().without("AppxMetadata/AppxBundleManifest.xml")).contains(&FaultCode::ManifestMissing));
    assert_eq!(codes(&bundle().manifest("<Bundle>")), [FaultCode::ManifestUnreadable]);
}

#[test]
fn a_listed_package_has_to_be_there() {
    // Without the last one, so that the others stay where the manifest says.
    assert_eq!(codes(&bundle().without("x86.msix")), [FaultCode::PayloadMissing]);
    assert_eq!(codes(&bundle().flat().without("x86.msix")), [FaultCode::CompanionMissing]);
}

#[test]
fn a_package_that_is_there_has_to_be_listed() {
    let bundle = bundle().edit("FileName=\"x86.msix\"", "FileName=\"other.msix\"");
    assert_eq!(codes(&bundle), [FaultCode::PayloadUnlisted, FaultCode::PayloadMissing]);
}

#[test]
fn a_package_lies_where_the_bundle_says_and_is_as_large() {
    assert_eq!(codes(&bundle().edit("Offset=\"38\"", "Offset=\"39\"")), [FaultCode::PayloadPlace]);
    let size = msix("x64").bytes().len();
    let other = bundle().edit(&format!("Offset=\"38\" Size=\"{size}\""), "Offset=\"38\" Size=\"1\"");
    assert_eq!(codes(&other), [FaultCode::PayloadPlace]);
    let folder = folder();
    let path = bundle().flat().write(folder.path(), "a.msixbundle");
    msix("x64").file("more", b"more").write(folder.path(), "x64.msix");
    assert_eq!(codes_at(&path), [FaultCode::PayloadPlace]);
}

#[test]
fn a_package_is_what_the_bundle_says_of_it() {
    let one = |package: Msix| Bundle::new(NAME, PUBLISHER, "2.0.0.0").package("x64.msix", package);
    let other_name = Msix::new("Harbour.Other", PUBLISHER, "1.2.0.0").family("Windows.Desktop", "10.0.17763.0");
    assert_eq!(codes(&one(other_name)), [FaultCode::PayloadMismatch]);
    let other_publisher = Msix::new(NAME, "CN=Other", "1.2.0.0").family("Windows.Desktop", "10.0.17763.0");
    assert_eq!(codes(&one(other_publisher)), [FaultCode::PayloadMismatch]);
    assert_eq!(codes(&one(msix("x64")).edit("Architecture=\"x64\"", "Architecture=\"arm\"")), [FaultCode::PayloadMismatch]);
    assert_eq!(codes(&one(msix("x64")).edit("Version=\"1.2.0.0\"", "Version=\"1.3.0.0\"")), [FaultCode::PayloadMismatch]);
    let resource = Msix::new(NAME, PUBLISHER, "1.2.0.0").resource("split.language-de").family("Windows.Desktop", "10.0.17763.0");
    assert_eq!(codes(&one(resource).edit("\"resource\"", "\"application\"")), [FaultCode::PayloadMismatch]);
}

#[test]
fn two_packages_for_one_processor_are_refused() {
    let twice = Bundle::new(NAME, PUBLISHER, "2.0.0.0").package("a.msix", msix("x64")).package("b.msix", msix("x64"));
    assert_eq!(codes(&twice), [FaultCode::PayloadDuplicate]);
    let listed_twice = bundle().edit("FileName=\"x86.msix\"", "FileName=\"X64.msix\"");
    assert!(codes(&listed_twice).contains(&FaultCode::PayloadDuplicate));
}

#[test]
fn a_compressed_package_in_a_bundle_is_refused() {
    assert_eq!(codes(&bundle().compressed()), [FaultCode::PayloadCompressed, FaultCode::PayloadCompressed]);
}

#[test]
fn what_is_no_package_in_a_bundle_is_refused() {
    let text = |bytes: &[u8]| {
        let entry = ("x64.msix".to_owned(), bytes.to_vec());
        let size = bytes.len();
        let manifest = format!(
            r#"<Bundle><Identity Name="{NAME}" Publisher="{PUBLISHER}" Version="1.0.0.0"/><Packages>
<Package Type="application" Version="1.0.0.0" FileName="x64.msix" Offset="38" Size="{size}"/></Packages></Bundle>"#
        );
        let entries = [
            entry,
            ("AppxMetadata/AppxBundleManifest.xml".to_owned(), manifest.into_bytes()),
            ("AppxBlockMap.xml".to_owned(), b"<BlockMap/>".to_vec()),
            ("[Content_Types].xml".to_owned(), b"<Types/>".to_vec()),
        ];
        let folder = folder();
        codes_at(&write(folder.path(), "a.msixbundle", &support::archive(&entries, zip::CompressionMethod::Stored)))
    };
    assert_eq!(text(b"text"), [FaultCode::NotZip]);
    assert_eq!(text(b""), [FaultCode::FileEmpty]);
    assert_eq!(codes(&Bundle::new(NAME, PUBLISHER, "1.0.0.0").package("x64.txt", msix("x64"))), [FaultCode::PayloadName]);
}

#[test]
fn names_in_a_flat_bundle_do_not_lead_out_of_its_folder() {
    for name in ["..\\x64.msix", "/etc/x64.msix", "C:\\x64.msix", "http://example.com/x64.msix"] {
        let elsewhere = bundle().flat().edit("FileName=\"x64.msix\"", &format!("FileName=\"{name}\""));
        assert_eq!(codes(&elsewhere), [FaultCode::PayloadName], "{name}");
    }
}

#[test]
fn the_version_of_a_bundle_is_its_own() {
    let bundle = |version: &str| Bundle::new(NAME, PUBLISHER, version).package("x64.msix", msix("x64"));
    assert_eq!(codes(&bundle("2.0.0.1")), [FaultCode::VersionFourthPart]);
    assert_eq!(codes(&bundle("0.1.0.0")), [FaultCode::VersionFirstPart]);
    assert_eq!(codes(&bundle("2017.1107.2305.0")), []);
    assert_eq!(codes(&bundle("1.0.x.0")), [FaultCode::ManifestVersion]);
}

#[test]
fn an_upload_file_holds_exactly_one_package_or_bundle() {
    let package = msix("x64").bytes();
    assert_eq!(uploaded(&Upload::new().file("readme.txt", b"nothing here")), [FaultCode::UploadEmpty]);
    let several = Upload::new().file("x64.msix", &package).file("x86.msix", &msix("x86").bytes());
    assert_eq!(uploaded(&several), [FaultCode::UploadSeveral]);
    assert!(FaultCode::UploadSeveral.remedy().contains("silently"));
    let bundles = Upload::new().file("a.msixbundle", &bundle().bytes()).file("b.msixbundle", &bundle().bytes());
    assert_eq!(uploaded(&bundles), [FaultCode::UploadSeveral]);
    let beside = Upload::new().file("a.msixbundle", &bundle().bytes()).file("x64.msix", &package);
    assert_eq!(uploaded(&beside), [FaultCode::UploadSeveral]);
    assert_eq!(uploaded(&Upload::new().file("folder/x64.msix", &package)), [FaultCode::UploadNested]);
    assert_eq!(uploaded(&Upload::new().file("x64.eappx", b"EXPH")), [FaultCode::PackageEncrypted]);
}

#[test]
fn faults_inside_an_upload_file_say_where_they_are() {
    let folder = folder();
    let inner = Bundle::new(NAME, PUBLISHER, "2.0.0.0").package("x64.msix", msix("x64").without("AppxBlockMap.xml"));
    let upload = Upload::new().file("Boats.msixbundle", &inner.bytes());
    let faults = Package::open(&upload.write(folder.path(), "a.msixupload")).expect_err("the block map is missing");
    assert_eq!(faults.0.len(), 1);
    assert!(
        faults.to_string().contains(r#"a.msixupload: "Boats.msixbundle": "x64.msix": it has no AppxBlockMap.xml"#),
        "{faults}"
    );
}

#[test]
fn a_damaged_package_in_a_compressed_upload_file_is_refused() {
    let folder = folder();
    let path = Upload::new().file("x64.msix", &msix("x64").bytes()).compressed().write(folder.path(), "a.msixupload");
    let mut bytes = std::fs::read(&path).expect("the upload file is read");
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x55;
    let found = codes_at(&write(folder.path(), "b.msixupload", &bytes));
    assert!(matches!(found[..], [FaultCode::ZipDamaged | FaultCode::ZipChecksum]), "{found:?}");
}
