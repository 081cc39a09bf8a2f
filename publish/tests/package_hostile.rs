//! Files made or damaged to hurt their reader: refused or read, but always quickly and without a panic.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

mod support;

use std::path::Path;

use flightline_publish::package::{FaultCode, Package};
use support::{Bundle, Msix, Upload, write};

const NAME: &str = "Harbour.PaperBoats";
const PUBLISHER: &str = "CN=Harbour";

/// A small generator with a printed seed: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % limit
    }
}

fn msix() -> Msix {
    Msix::new(NAME, PUBLISHER, "1.2.0.0").architecture("x64").family("Windows.Desktop", "10.0.17763.0").language("en-us")
}

fn bundle() -> Bundle {
    Bundle::new(NAME, PUBLISHER, "2.0.0.0").package("x64.msix", msix())
}

/// Opens a file many times, each time with some of its bytes changed.
fn shake(folder: &Path, name: &str, whole: &[u8], seed: u64) {
    let mut random = Random(seed);
    for round in 0..600 {
        let mut bytes = whole.to_vec();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = match random.below(4) {
                0 => 0,
                1 => 0xFF,
                2 => bytes[at] ^ (1 << random.below(8)),
                _ => u8::try_from(random.below(256)).unwrap_or(0),
            };
        }
        let path = write(folder, name, &bytes);
        if let Err(faults) = Package::open(&path) {
            assert!(!faults.0.is_empty(), "seed {seed}, round {round}");
        }
    }
}

#[test]
fn changed_bytes_never_panic() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let upload = Upload::new().file("a.msixbundle", &bundle().bytes());
    let stored = std::fs::read(upload.write(folder.path(), "s.msixupload")).expect("the upload file is read");
    let deflated = std::fs::read(upload.compressed().write(folder.path(), "d.msixupload")).expect("the upload file is read");
    for (seed, (name, bytes)) in
        [("a.msix", msix().bytes()), ("a.msixbundle", bundle().bytes()), ("s.msixupload", stored), ("d.msixupload", deflated)]
            .into_iter()
            .enumerate()
    {
        shake(folder.path(), name, &bytes, 0x9E37_79B9_7F4A_7C15 ^ seed as u64);
    }
}

/// The end of a ZIP file with ZIP64 records that claim these numbers.
fn claiming(entries: u64, size: u64, start: u64, record: u64) -> Vec<u8> {
    let mut bytes = b"PK\x06\x06".to_vec();
    bytes.extend(44_u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [entries, entries, size, start] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(record.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([0xFF; 12]);
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn huge_claims_are_refused_without_making_room_for_them() {
    let folder = tempfile::tempdir().expect("a folder is made");
    for entries in [1, 1 << 40, u64::MAX] {
        for (size, start) in [(0, 0), (u64::MAX, 0), (0, u64::MAX), (u64::MAX, u64::MAX), (46, 1)] {
            for record in [0, 1, 56, u64::MAX, u64::MAX - 40] {
                let path = write(folder.path(), "a.msix", &claiming(entries, size, start, record));
                assert!(Package::open(&path).is_err(), "{entries} {size} {start} {record}");
            }
        }
    }
}

#[test]
fn a_manifest_that_unpacks_to_far_more_is_not_unpacked() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let bomb = msix().manifest(&vec![b' '; 64 * 1024 * 1024]);
    let faults = Package::open(&bomb.write(folder.path(), "a.msix")).expect_err("the manifest is too large");
    assert_eq!(faults.0[0].code, FaultCode::ManifestTooLarge);
}

#[test]
fn an_upload_file_that_unpacks_to_far_more_is_not_unpacked() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let upload = Upload::new().file("a.msix", &vec![0; 64 * 1024 * 1024]).compressed();
    let faults = Package::open(&upload.write(folder.path(), "a.msixupload")).expect_err("it unpacks to too much");
    assert_eq!(faults.0[0].code, FaultCode::UploadPacking);
}

#[test]
fn a_bundle_that_lists_the_same_bytes_many_times_is_refused() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let packages: String = (0..5_000)
        .map(|at| format!(r#"<Package Type="application" Version="1.0.0.0" FileName="{at}.msix" Offset="38" Size="1"/>"#))
        .collect();
    let text = format!(
        r#"<Bundle><Identity Name="{NAME}" Publisher="{PUBLISHER}" Version="1.0.0.0"/><Packages>{packages}</Packages></Bundle>"#
    );
    let path = bundle().manifest(&text).write(folder.path(), "a.msixbundle");
    let faults = Package::open(&path).expect_err("it lists too much");
    assert!(faults.0.iter().any(|fault| fault.code == FaultCode::BundleTooLarge), "{faults}");
}

#[test]
fn words_from_inside_a_package_do_not_control_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let text = "<Package><Identity Name=\"&#27;[2Jx\" Publisher=\"&#10;CN=x\" Version=\"1.&#27;.0.0\"/></Package>";
    let path = msix().manifest(text.as_bytes()).file("\u{1b}[2J.appx", b"x").write(folder.path(), "a.msix");
    let faults = Package::open(&path).expect_err("an escape is no name");
    for fault in &faults.0 {
        assert!(!fault.message().chars().any(char::is_control), "{fault:?}");
    }
}
