//! What is small and means much: refused or read, within bounds of memory and of processor time that the system enforces where it can.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use flate2::Compression;
use flate2::write::DeflateEncoder;
use flightline_hostile as hostile;
use flightline_hostile::limit;
use std::fmt::Write as _;
use std::io::{Cursor, Write};
use std::sync::Once;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const IDENTITY: &str = r#"<Identity Name="SaltmarshSoftware.HarbourLights" Publisher="CN=a" Version="1.0.0.0"/>"#;
const BLOCK_MAP: &str = "<BlockMap/>";

/// The bounds of this test program as a whole: what its bombs unpack to would take a hundred times of either.
fn bounded() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| limit(3 << 30, 240));
}

fn zip(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A package with this manifest, and a bundle with it.
fn package(manifest: &str) -> Vec<u8> {
    zip(CompressionMethod::Deflated, &[("AppxManifest.xml", manifest.as_bytes()), ("AppxBlockMap.xml", BLOCK_MAP.as_bytes())])
}

fn bundle(manifest: &str, block_map: &str) -> Vec<u8> {
    let manifest = ("AppxMetadata/AppxBundleManifest.xml", manifest.as_bytes());
    zip(CompressionMethod::Deflated, &[manifest, ("AppxBlockMap.xml", block_map.as_bytes())])
}

fn many(count: usize, mut one: impl FnMut(&mut String, usize)) -> String {
    let mut text = String::new();
    (0..count).for_each(|at| one(&mut text, at));
    text
}

/// Every reader of packages reads it: ours, and the emulator's, for which it lies in a sound archive.
fn read(package: &[u8]) {
    hostile::package(package);
    hostile::inner(package);
}

#[test]
fn entities_that_unfold_without_an_end() {
    bounded();
    let laughs = many(20, |text, at| {
        let _ = write!(text, "<!ENTITY l{} \"{}\">", at + 1, format!("&l{at};").repeat(10));
    });
    let text = format!("<!DOCTYPE Package [<!ENTITY l0 \"ha\">{laughs}]><Package>{IDENTITY}&l20;</Package>");
    read(&package(&text));
    hostile::manifest(text.as_bytes());
    hostile::blocks(text.as_bytes());
    hostile::list(text.as_bytes());
}

#[test]
fn elements_that_are_nested_without_an_end() {
    bounded();
    for text in ["<a>".repeat(200_000), format!("<Package>{}", "<a b='c'>".repeat(150_000)), "<a xmlns:a='b'>".repeat(499)] {
        read(&package(&text));
        read(&bundle(&text, &text));
        hostile::blocks(text.as_bytes());
        hostile::list(text.as_bytes());
    }
}

#[test]
fn one_element_with_attributes_without_an_end() {
    bounded();
    let attributes = many(60_000, |text, at| {
        let _ = write!(text, " a{at:x}=''");
    });
    let namespaces = many(60_000, |text, at| {
        let _ = write!(text, " xmlns:a{at:x}=''");
    });
    for many in [attributes, namespaces] {
        for root in ["Package", "Bundle", "BlockMap", "BlockList"] {
            let text = format!("<{root}{many}>{IDENTITY}</{root}>");
            read(&package(&text));
            read(&bundle(&text, &text));
            hostile::blocks(text.as_bytes());
            hostile::list(text.as_bytes());
        }
    }
}

#[test]
fn lists_of_forty_thousand_different_things() {
    bounded();
    let listed = |element: &str, attribute: &str| {
        many(40_000, |text, at| {
            let _ = write!(text, "<{element} {attribute}='{at:06}'/>");
        })
    };
    for (list, element, attribute) in [
        ("Resources", "Resource", "Language"),
        ("Dependencies", "TargetDeviceFamily", "Name"),
        ("Capabilities", "Capability", "Name"),
    ] {
        let things = listed(element, attribute);
        read(&package(&format!("<Package>{IDENTITY}<{list}>{things}</{list}></Package>")));
        let payload =
            format!("<Package Type='application' Version='1.0.0.0' FileName='a.msix'><{list}>{things}</{list}></Package>");
        read(&bundle(&format!("<Bundle>{IDENTITY}<Packages>{payload}</Packages></Bundle>"), BLOCK_MAP));
    }
    let files = listed("File", "Name");
    read(&bundle(&format!("<Bundle>{IDENTITY}</Bundle>"), &format!("<BlockMap>{files}</BlockMap>")));
}

/// Each package of a bundle is looked into, and a bundle may list as many as it likes.
#[test]
fn a_bundle_of_the_same_package_over_and_over() {
    bounded();
    let inner = package(&format!("<Package>{IDENTITY}<!--{}--></Package>", " ".repeat(3 << 20)));
    for names in [1, 1_900] {
        let payload = many(40_000 / if names == 1 { 1 } else { 21 }, |text, at| {
            let name = at % names;
            let _ = write!(text, "<Package Type='application' Version='1.0.0.0' FileName='{name}.msix' Architecture='{at}'/>");
        });
        let manifest = format!("<Bundle>{IDENTITY}<Packages>{payload}</Packages></Bundle>");
        let mut entries =
            vec![("AppxMetadata/AppxBundleManifest.xml", manifest.as_bytes()), ("AppxBlockMap.xml", BLOCK_MAP.as_bytes())];
        entries.push(("0.msix", &inner));
        read(&sharing(&zip(CompressionMethod::Stored, &entries), "0.msix", names));
    }
}

/// The archive with more entries in its directory that all lie where `name` lies.
fn sharing(archive: &[u8], name: &str, times: usize) -> Vec<u8> {
    let start = archive.len() - 22 - 46 - name.len();
    let (record, end) = archive[start..].split_at(46 + name.len());
    let mut shared = archive[..start + record.len()].to_vec();
    for at in 1..times {
        let other = name.replacen('0', &at.to_string(), 1);
        let length = u16::try_from(other.len()).unwrap().to_le_bytes();
        shared.extend([&record[..28], &length, &record[30..46], other.as_bytes()].concat());
    }
    let entries = u16::try_from(2 + times).unwrap().to_le_bytes();
    let directory = u32::from_le_bytes(end[16..20].try_into().unwrap());
    let size = (u32::try_from(shared.len()).unwrap() - directory).to_le_bytes();
    shared.extend([&end[..8], &entries, &entries, &size, &end[16..]].concat());
    shared
}

#[test]
fn an_archive_that_unpacks_to_gigabytes() {
    bounded();
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    (0..200).for_each(|_| packed.write_all(&zeros).unwrap());
    let bomb = packed.finish().unwrap();
    for (name, claimed) in [
        ("AppxManifest.xml", 1),
        ("AppxManifest.xml", u32::MAX - 1),
        ("AppxBlockMap.xml", 200 << 20),
        ("AppxMetadata/AppxBundleManifest.xml", 200 << 20),
        ("a.msix", 200 << 20),
        ("a.msixbundle", 1),
    ] {
        let archive = deflated(name, &bomb, claimed);
        read(&archive);
        hostile::archive(&archive);
    }
}

/// An archive of one deflated entry that claims to have so many bytes.
fn deflated(name: &str, packed: &[u8], claimed: u32) -> Vec<u8> {
    let [length, size] = [name.len(), packed.len()].map(|count| u32::try_from(count).unwrap().to_le_bytes());
    let common =
        [&[20, 0, 0, 8, 8, 0, 0, 0, 33, 0, 1, 2, 3, 4][..], &size, &claimed.to_le_bytes(), &length[..2], &[0, 0]].concat();
    let mut archive = [b"PK\x03\x04", &common[..], name.as_bytes(), packed].concat();
    let start = u32::try_from(archive.len()).unwrap().to_le_bytes();
    archive.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 14], name.as_bytes()].concat());
    let size = u32::try_from(46 + name.len()).unwrap().to_le_bytes();
    archive.extend([&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &size, &start, &[0, 0]].concat());
    archive
}

#[test]
fn documents_that_are_nested_without_an_end() {
    bounded();
    for text in [
        "[".repeat(4 << 20),
        "{\"a\":".repeat(1 << 20),
        format!("{{\"id\":\"1\",\"a\":{}1{}}}", "[".repeat(126), "]".repeat(126)),
    ] {
        hostile::document(text.as_bytes());
        hostile::answer(text.as_bytes());
        hostile::token(text.as_bytes());
        hostile::update(text.as_bytes());
        hostile::journal(format!("{text}\n{text}\n").as_bytes());
        hostile::account(text.as_bytes());
        hostile::addon(text.as_bytes());
    }
    hostile::document(format!("{{\"id\":\"1\",\"a\":{}}}", "9".repeat(4 << 20)).as_bytes());
}

#[test]
fn a_block_list_of_a_million_nodes() {
    bounded();
    let block = "<Block><Name>YQ==</Name><Size>1</Size></Block>";
    let answered = format!("<BlockList><CommittedBlocks>{}</CommittedBlocks></BlockList>", block.repeat(300_000));
    hostile::blocks(answered.as_bytes());
    hostile::list(format!("<BlockList>{}</BlockList>", "<Latest>YQ==</Latest>".repeat(350_000)).as_bytes());
}

#[test]
fn text_of_nothing_but_beginnings_of_secrets() {
    bounded();
    for word in ["sig=", "sig", "eyJ0eXAi", "Bearer ", "sig%3D", "client_secret :=\\\"", "access_token'", "sig=[redacted]"] {
        hostile::redaction(word.repeat((1 << 18) / word.len()).as_bytes());
    }
}

#[test]
fn a_journal_of_many_lines_and_one_of_a_single_line() {
    bounded();
    hostile::journal("{\"line\":\"createStarted\"}\n".repeat(30_000).as_bytes());
    hostile::journal(&vec![b'\n'; 8 << 20]);
    hostile::journal(&vec![b' '; 65 << 20]);
}
