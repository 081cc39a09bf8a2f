//! Files that are no packages, or broken ones: each is refused with the right word, and all that is wrong is said at once.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

mod support;

use std::fs::File;
use std::path::Path;

use flightline_publish::package::{FaultCode, LARGEST_PACKAGE, Package};
use support::{Msix, write};
use tempfile::TempDir;

const NAME: &str = "Harbour.PaperBoats";
const PUBLISHER: &str = "CN=Harbour";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder is made")
}

fn msix(version: &str) -> Msix {
    Msix::new(NAME, PUBLISHER, version).architecture("x64").family("Windows.Desktop", "10.0.17763.0").language("en-us")
}

/// The codes of what is wrong with a file. Each fault has to name the file and say what to do.
fn codes(path: &Path) -> Vec<FaultCode> {
    let Err(faults) = Package::open(path) else { return Vec::new() };
    assert!(!faults.0.is_empty());
    for fault in &faults.0 {
        assert!(fault.message().starts_with(&path.display().to_string()), "{fault}");
        assert!(fault.remedy().ends_with('.'), "{}", fault.remedy());
        assert!(!fault.message().chars().any(char::is_control), "{fault:?}");
    }
    faults.0.iter().map(|fault| fault.code).collect()
}

fn message(path: &Path) -> String {
    Package::open(path).map_or_else(|faults| faults.to_string(), |_| String::new())
}

fn codes_of(name: &str, bytes: &[u8]) -> Vec<FaultCode> {
    let folder = folder();
    codes(&write(folder.path(), name, bytes))
}

#[test]
fn what_is_no_file_with_bytes_is_refused() {
    let folder = folder();
    assert_eq!(codes(&folder.path().join("nowhere.msix")), [FaultCode::FileMissing]);
    let inner = folder.path().join("folder.msix");
    std::fs::create_dir(&inner).expect("a folder is made");
    assert_eq!(codes(&inner), [FaultCode::FileIsFolder]);
    assert_eq!(codes(&write(folder.path(), "empty.msix", b"")), [FaultCode::FileEmpty]);
}

#[test]
fn what_is_no_zip_file_is_refused() {
    assert_eq!(codes_of("page.msix", b"<html><body>502 Bad Gateway</body></html>"), [FaultCode::NotZip]);
    assert_eq!(codes_of("short.msix", b"PK\x03\x04 and no more"), [FaultCode::ZipTruncated]);
}

#[test]
fn a_package_that_is_cut_off_anywhere_is_refused() {
    let folder = folder();
    let whole = msix("1.0.0.0").bytes();
    for length in 1..whole.len() {
        let found = codes(&write(folder.path(), "cut.msix", &whole[..length]));
        assert!(
            matches!(found[..], [FaultCode::NotZip | FaultCode::ZipTruncated | FaultCode::ZipDamaged]),
            "{length} of {}: {found:?}",
            whole.len()
        );
    }
}

#[test]
fn a_directory_that_is_not_where_its_end_says_is_refused() {
    let mut bytes = msix("1.0.0.0").bytes();
    let end = bytes.len() - 22;
    bytes[end + 19] = 0x7F;
    assert_eq!(codes_of("past.msix", &bytes), [FaultCode::ZipTruncated]);
    let mut bytes = msix("1.0.0.0").bytes();
    bytes[end + 12] ^= 1;
    assert_eq!(codes_of("size.msix", &bytes), [FaultCode::ZipDamaged]);
    let mut prefixed = b"#!/bin/sh\n".to_vec();
    prefixed.extend(msix("1.0.0.0").bytes());
    assert_eq!(codes_of("prefixed.msix", &prefixed), [FaultCode::ZipDamaged]);
    let mut longer = msix("1.0.0.0").bytes();
    longer.extend_from_slice(b"more");
    assert_eq!(codes_of("longer.msix", &longer), [FaultCode::ZipDamaged]);
}

#[test]
fn encrypted_packages_are_refused() {
    for name in ["a.eappx", "a.emsix", "a.eappxbundle", "a.EMSIXBUNDLE"] {
        assert_eq!(codes_of(name, b"anything"), [FaultCode::PackageEncrypted], "{name}");
    }
    for magic in [b"EXPH", b"EXBH", b"EXSH"] {
        assert_eq!(codes_of("renamed.msix", magic), [FaultCode::PackageEncrypted]);
    }
    // The flags of the first entry in the directory.
    let mut bytes = msix("1.0.0.0").bytes();
    let at = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("there is a directory");
    bytes[at + 8] |= 1;
    assert_eq!(codes_of("flag.msix", &bytes), [FaultCode::PackageEncrypted]);
}

#[test]
fn installers_are_sent_to_the_other_api() {
    for (name, bytes) in
        [("setup.exe", b"MZ\x90\0".as_slice()), ("setup.msi", b"\xD0\xCF\x11\xE0"), ("renamed.msix", b"MZ\x90\0")]
    {
        assert_eq!(codes_of(name, bytes), [FaultCode::ExtensionInstaller], "{name}");
    }
    assert!(FaultCode::ExtensionInstaller.remedy().contains("different API"));
}

#[test]
fn a_name_that_says_something_else_than_the_content_is_refused() {
    let bytes = msix("1.0.0.0").bytes();
    assert_eq!(codes_of("a.zip", &bytes), [FaultCode::ExtensionUnknown]);
    assert_eq!(codes_of("package", &bytes), [FaultCode::ExtensionUnknown]);
    assert_eq!(codes_of("a.msixbundle", &bytes), [FaultCode::ExtensionMismatch]);
    assert_eq!(codes_of("a.msixupload", &bytes), [FaultCode::ExtensionMismatch]);
}

#[test]
fn a_package_without_its_footprint_files_is_refused_with_all_of_them() {
    let bare = msix("1.0.0.0").without("AppxManifest.xml").without("AppxBlockMap.xml").without("[Content_Types].xml");
    assert_eq!(
        codes_of("a.msix", &bare.bytes()),
        [FaultCode::ManifestMissing, FaultCode::BlockMapMissing, FaultCode::ContentTypesMissing]
    );
}

#[test]
fn a_manifest_that_cannot_be_read_is_refused() {
    let with = |manifest: &str| codes_of("a.msix", &msix("1.0.0.0").manifest(manifest.as_bytes()).bytes());
    assert_eq!(with("<Package"), [FaultCode::ManifestUnreadable]);
    assert_eq!(with("<!DOCTYPE x [<!ENTITY a 'aa'>]><Package>&a;</Package>"), [FaultCode::ManifestUnreadable]);
    assert_eq!(with("<html/>"), [FaultCode::ManifestInvalid]);
    assert_eq!(with("<Package/>"), [FaultCode::ManifestInvalid]);
    assert_eq!(with(&" ".repeat(5 * 1024 * 1024)), [FaultCode::ManifestTooLarge]);
    assert_eq!(codes_of("a.msix", &msix("1.0.0.0").manifest(b"\xC3\x28").bytes()), [FaultCode::ManifestUnreadable]);
}

#[test]
fn all_that_is_wrong_with_an_identity_is_said_at_once() {
    let identity = r#"<Package><Identity Name="a b" Publisher="Harbour" Version="1.2.3"/></Package>"#;
    let found = codes_of("a.msix", &msix("1.0.0.0").manifest(identity.as_bytes()).without("[Content_Types].xml").bytes());
    let expected =
        [FaultCode::ManifestInvalid, FaultCode::ManifestInvalid, FaultCode::ManifestVersion, FaultCode::ContentTypesMissing];
    assert_eq!(found, expected);
}

#[test]
fn a_manifest_whose_bytes_were_changed_is_refused() {
    // The manifest is stored here, so that one of its bytes can be changed without touching what unpacks it.
    let entries = [("AppxManifest.xml".to_owned(), b"<Package/>".to_vec())];
    let mut bytes = support::archive(&entries, zip::CompressionMethod::Stored);
    bytes[30 + "AppxManifest.xml".len() + 1] = b'Q';
    assert!(codes_of("a.msix", &bytes).contains(&FaultCode::ZipChecksum));
}

#[test]
fn versions_that_the_store_keeps_for_itself_are_refused() {
    assert_eq!(codes_of("a.msix", &msix("1.2.3.4").bytes()), [FaultCode::VersionFourthPart]);
    assert_eq!(codes_of("a.msix", &msix("0.2.3.0").bytes()), [FaultCode::VersionFirstPart]);
    assert_eq!(codes_of("a.msix", &msix("0.0.0.1").bytes()), [FaultCode::VersionFirstPart, FaultCode::VersionFourthPart]);
    assert_eq!(codes_of("a.msix", &msix("65535.65535.65535.0").bytes()), []);
}

#[test]
fn a_framework_or_resource_package_is_refused_by_itself() {
    assert_eq!(codes_of("a.msix", &msix("1.0.0.0").framework().bytes()), [FaultCode::FrameworkAlone]);
    assert_eq!(codes_of("a.msix", &msix("1.0.0.0").resource("split.scale-200").bytes()), [FaultCode::ResourceAlone]);
}

#[test]
fn an_application_for_no_device_is_refused() {
    assert_eq!(codes_of("a.msix", &Msix::new(NAME, PUBLISHER, "1.0.0.0").bytes()), [FaultCode::NoDeviceFamily]);
}

#[test]
fn a_block_map_that_describes_other_files_is_refused() {
    let with = |text: &str| codes_of("a.msix", &msix("1.0.0.0").block_map(text).bytes());
    let manifest = r#"<File Name="AppxManifest.xml"/>"#;
    for files in [
        r#"<File Name="App.exe" Size="24"/>"#.to_owned(),
        format!(r#"<File Name="App.exe" Size="23"/>{manifest}"#),
        format!(r#"<File Name="App.exe"/><File Name="Gone.dll"/>{manifest}"#),
        format!(r#"<File Name="App.exe"/><File Name="app.EXE"/>{manifest}"#),
        format!(r#"<File Name="App.exe"/><File Name="[Content_Types].xml"/>{manifest}"#),
        "<Files/>".to_owned(),
        "<File".to_owned(),
    ] {
        assert_eq!(with(&format!("<BlockMap>{files}</BlockMap>")), [FaultCode::BlockMapMismatch], "{files}");
    }
    assert_eq!(with("<Other/>"), [FaultCode::BlockMapMismatch]);
    assert_eq!(with(&format!(r#"<BlockMap><File Name="App.exe" Size="24"/>{manifest}</BlockMap>"#)), []);
}

#[test]
fn two_entries_of_one_name_are_refused() {
    // The ZIP library refuses duplicates itself, so the second one's name is changed afterwards, in both of its places.
    let bytes = msix("1.0.0.0").file("Bpp.exe", b"another").bytes();
    let places: Vec<usize> = bytes.windows(7).enumerate().filter(|(_, seven)| seven == b"Bpp.exe").map(|(at, _)| at).collect();
    let mut changed = bytes;
    for at in places {
        changed[at..at + 3].copy_from_slice(b"aPP");
    }
    assert!(codes_of("a.msix", &changed).contains(&FaultCode::ZipDuplicate));
}

#[test]
fn a_directory_that_lists_more_than_its_end_counts_is_refused() {
    let mut bytes = msix("1.0.0.0").bytes();
    let end = bytes.len() - 22;
    bytes[end + 8] -= 1;
    bytes[end + 10] -= 1;
    assert!(codes_of("a.msix", &bytes).contains(&FaultCode::ZipDamaged));
}

#[test]
fn a_file_larger_than_the_store_takes_is_refused_before_it_is_read() {
    let folder = folder();
    let path = folder.path().join("huge.msix");
    let file = File::create(&path).expect("the file is made");
    // A sparse file; where the disk cannot hold one there is nothing to see.
    if file.set_len(LARGEST_PACKAGE + 1).is_ok() {
        assert_eq!(codes(&path)[0], FaultCode::FileTooLarge);
        assert!(message(&path).contains("25 GB"));
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_refused_without_reading_it() {
    let found =
        Package::open(Path::new("/dev/zero")).map_err(|faults| faults.0.iter().any(|one| one.code == FaultCode::FileNotRegular));
    assert_eq!(found.map(|_| ()), Err(true));
}

#[test]
fn codes_are_words_that_scripts_can_rely_on() {
    assert_eq!(FaultCode::VersionFourthPart.as_str(), "version-fourth-part");
    assert_eq!(FaultCode::UploadSeveral.to_string(), "upload-several");
}
