//! The upload's ZIP: read back by other libraries, in any pieces, and refused where it would not be what was planned.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use flightline_client::upload::{Content, Filled, digest};
use flightline_publish::archive::{Archive, ArchiveError, Entry};
use tempfile::TempDir;
use zip::ZipArchive;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder is made")
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the file is written");
    path
}

fn entry(name: &str, path: &Path) -> Entry {
    Entry { name: name.to_owned(), path: path.to_owned() }
}

/// A small generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(self.next() & 0xFF).unwrap_or(0)).collect()
    }
}

/// Files of several sizes, an empty one and one in a folder and with other letters among them.
fn sample(folder: &Path) -> Vec<Entry> {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    [("b.msix", 70_000), ("a.msixbundle", 1), ("empty.bin", 0), ("en-us/Bild – größer.png", 4_096), ("z.msix", 33)]
        .iter()
        .enumerate()
        .map(|(at, (name, length))| entry(name, &write(folder, &format!("file{at}"), &random.bytes(*length))))
        .collect()
}

fn whole(archive: &Archive) -> Vec<u8> {
    let length = usize::try_from(archive.len()).expect("it is small");
    archive.read_at(0, length).expect("it is read").to_vec()
}

#[test]
fn another_library_reads_what_was_planned() {
    let folder = folder();
    let entries = sample(folder.path());
    let archive = Archive::plan(entries.clone()).expect("it is planned");
    let mut read = ZipArchive::new(Cursor::new(whole(&archive))).expect("it is a ZIP file");
    assert_eq!(read.len(), entries.len());
    for entry in entries {
        let mut file = read.by_name(&entry.name).expect("the entry is there");
        assert_eq!(file.compression(), zip::CompressionMethod::Stored);
        assert_eq!(file.last_modified().map(|time| (time.year(), time.month(), time.day())), Some((1980, 1, 1)));
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("the checksum is right");
        assert_eq!(bytes, fs::read(&entry.path).expect("the file is read"), "{}", entry.name);
    }
}

#[test]
fn the_directory_and_the_local_headers_say_the_same() {
    let folder = folder();
    let archive = Archive::plan(sample(folder.path())).expect("it is planned");
    let bytes = whole(&archive);
    let read = rawzip::ZipArchive::from_slice(&bytes).expect("it is a ZIP file");
    let mut names = Vec::new();
    let mut entries = read.entries();
    while let Some(record) = entries.next_entry().expect("the directory is in order") {
        let local = read.get_entry(record.wayfinder()).expect("the local header is there");
        let header = local.local_header();
        assert!(!record.flags().has_data_descriptor() && record.flags().bits() == header.flags().bits());
        assert_eq!(header.crc32(), record.crc32());
        assert_eq!(header.uncompressed_size_hint(), record.uncompressed_size_hint());
        assert_eq!(header.file_path().as_bytes(), record.file_path().as_bytes());
        assert_eq!(rawzip::crc32(local.data()), record.crc32());
        names.push(String::from_utf8_lossy(record.file_path().as_bytes()).into_owned());
    }
    assert_eq!(names, ["a.msixbundle", "b.msix", "empty.bin", "en-us/Bild – größer.png", "z.msix"]);
    assert_eq!(archive.names().collect::<Vec<_>>(), names);
}

#[test]
fn any_pieces_make_the_same_bytes_from_any_thread() {
    let folder = folder();
    let archive = Arc::new(Archive::plan(sample(folder.path())).expect("it is planned"));
    let expected = Arc::new(whole(&archive));
    thread::scope(|scope| {
        for seed in 1..=3_u64 {
            let (archive, expected) = (Arc::clone(&archive), Arc::clone(&expected));
            scope.spawn(move || {
                let mut random = Random(seed);
                for round in 0..400 {
                    let start = usize::try_from(random.next()).unwrap_or(0) % (expected.len() + 1);
                    let most = if round % 2 == 0 { 64 } else { expected.len() } + 1;
                    let length = (usize::try_from(random.next()).unwrap_or(0) % most).min(expected.len() - start);
                    let piece = archive.read_at(start as u64, length).expect("it is read");
                    assert!(piece == expected[start..start + length], "seed {seed}: {length} bytes at {start}");
                }
            });
        }
    });
}

#[test]
fn every_single_byte_can_be_asked_for() {
    let folder = folder();
    let files = [entry("a", &write(folder.path(), "a", b"one")), entry("b/c", &write(folder.path(), "b", b""))];
    let archive = Archive::plan(files.to_vec()).expect("it is planned");
    let one_by_one: Vec<u8> = (0..archive.len()).flat_map(|at| archive.read_at(at, 1).expect("it is read").to_vec()).collect();
    assert_eq!(one_by_one, whole(&archive));
}

#[tokio::test]
async fn the_bytes_depend_on_names_and_contents_alone() {
    let (one, other, third) = (folder(), folder(), folder());
    let first = Archive::plan(sample(one.path())).expect("it is planned");
    let mut entries = sample(other.path());
    entries.reverse();
    for entry in &entries {
        let file = File::options().write(true).open(&entry.path).expect("the file is opened");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400)).expect("its time is set");
    }
    let second = Archive::plan(entries).expect("it is planned");
    assert_eq!(whole(&first), whole(&second));
    let mut fewer = sample(third.path());
    fewer.pop();
    let fewer = Archive::plan(fewer).expect("it is planned");
    let mut digests = Vec::new();
    for archive in [first, second, fewer] {
        digests.push(digest(Arc::new(archive)).await.expect("it is read"));
    }
    assert!(digests[0] == digests[1] && digests[0] != digests[2], "{digests:?}");
}

#[test]
fn an_archive_without_files_is_one() {
    let archive = Archive::plan(Vec::new()).expect("it is planned");
    assert_eq!(archive.len(), 22);
    assert_eq!(ZipArchive::new(Cursor::new(whole(&archive))).map(|read| read.len()).ok(), Some(0));
}

#[test]
fn a_range_past_the_end_is_refused() {
    let folder = folder();
    let archive = Archive::plan(sample(folder.path())).expect("it is planned");
    assert!(archive.read_at(archive.len(), 0).is_ok_and(|bytes| bytes.is_empty()));
    for (offset, length) in [(archive.len(), 1), (0, usize::MAX), (u64::MAX, 1), (archive.len() - 1, 2)] {
        assert!(matches!(archive.read_at(offset, length), Err(ArchiveError::Range { .. })), "{length} bytes at {offset}");
    }
}

#[test]
fn a_file_that_has_changed_is_refused_by_its_name() {
    let folder = folder();
    let path = write(folder.path(), "a.msix", b"some bytes");
    let archive = Archive::plan(vec![entry("a.msix", &path)]).expect("it is planned");
    let refused = || {
        let error = archive.read_at(36, 4).expect_err("the file has changed");
        assert!(matches!(error, ArchiveError::Changed { .. }) && error.to_string().contains("a.msix"), "{error}");
    };
    // Another time, with the same bytes.
    let planned = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("it has a time");
    let file = File::options().write(true).open(&path).expect("the file is opened");
    file.set_modified(planned + Duration::from_secs(2)).expect("its time is set");
    refused();
    file.set_modified(planned).expect("its time is set");
    assert!(archive.read_at(36, 4).is_ok_and(|bytes| bytes == b"some"[..]));
    // Another length, at the same time.
    file.set_len(9).and_then(|()| file.set_modified(planned)).expect("it is cut");
    refused();
    file.set_len(0).and_then(|()| (&file).write_all(b"some bytes")).expect("it is written");
    file.set_modified(planned).expect("its time is set");
    drop(file);
    let _ = whole(&archive);
    fs::remove_file(&path).expect("the file is removed");
    assert!(matches!(archive.read_at(36, 4), Err(ArchiveError::Read { .. })));
    // What needs no file is still there.
    assert!(archive.read_at(0, 36).is_ok());
}

/// A file with other bytes, as long and as old as before, is found out when a part of it is read for the second time.
#[test]
fn a_file_that_was_exchanged_in_secret_is_refused_by_its_name() {
    let folder = folder();
    let path = write(folder.path(), "a.msix", b"some bytes");
    let archive = Archive::plan(vec![entry("a.msix", &path)]).expect("it is planned");
    let mut buffer = [0; 46];
    assert_eq!(Content::fill(&archive, 0, &mut buffer, &mut |_| {}).expect("it is read"), Filled::Later);
    let planned = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("it has a time");
    fs::write(&path, b"some bites").expect("it is written");
    File::options().write(true).open(&path).and_then(|file| file.set_modified(planned)).expect("its time is set");
    let error = Content::fill(&archive, 0, &mut buffer, &mut |_| {}).expect_err("the file has changed");
    assert!(error.to_string().contains("a.msix"), "{error}");
}

/// The blocks of an upload: what comes in order, what has to wait for it, and what was shown of it on the way.
#[test]
fn blocks_that_need_no_checksum_are_read_once_and_the_others_afterwards() {
    let folder = folder();
    let mut random = Random(7);
    let mut files = Vec::new();
    for (name, length) in [("a.msix", 3 << 20), ("b.txt", 900), ("c.msix", (1 << 20) + 1), ("d.png", 0)] {
        files.push(entry(name, &write(folder.path(), name, &random.bytes(length))));
    }
    let expected = whole(&Archive::plan(files.clone()).expect("it is planned"));
    let archive = Archive::plan(files).expect("it is planned");
    let blocks = archive.blocks(2 << 20);
    assert_eq!(blocks[..3], [36, 2 << 20, 1 << 20]);
    let mut made = vec![0; expected.len()];
    let mut waiting = Vec::new();
    let mut at = 0_usize;
    for length in &blocks {
        let end = at + usize::try_from(*length).expect("it is small");
        let mut seen = Vec::new();
        match Content::fill(&archive, at as u64, &mut made[at..end], &mut |part| seen.extend_from_slice(part)) {
            Ok(Filled::Whole) => assert!(seen == made[at..end]),
            Ok(Filled::Later) => waiting.push((at, end)),
            Err(error) => panic!("{error}"),
        }
        at = end;
    }
    assert_eq!((at, waiting.len()), (expected.len(), 2), "the first header, and what is between the large files");
    for (at, end) in waiting {
        let filled = Content::fill(&archive, at as u64, &mut made[at..end], &mut |_| {});
        assert_eq!(filled.expect("it is read"), Filled::Whole);
    }
    assert!(made == expected);
}

/// A file that grew moves those behind it: their blocks are the same, and so are their names.
#[test]
fn a_change_to_one_file_changes_its_own_blocks_and_the_small_ones() {
    let folder = folder();
    let mut random = Random(11);
    let contents: Vec<Vec<u8>> = (0..10).map(|_| random.bytes(3 << 20)).collect();
    let files: Vec<Entry> = contents
        .iter()
        .enumerate()
        .map(|(at, bytes)| entry(&format!("f{at}"), &write(folder.path(), &format!("f{at}"), bytes)))
        .collect();
    let blocks = || -> HashSet<Vec<u8>> {
        let archive = Archive::plan(files.clone()).expect("it is planned");
        let mut at = 0;
        let blocks = archive.blocks(1 << 20).into_iter().map(|length| {
            at += length;
            archive.read_at(at - length, usize::try_from(length).expect("it is small")).expect("it is read").to_vec()
        });
        blocks.collect()
    };
    let before = blocks();
    write(folder.path(), "f3", &random.bytes((3 << 20) + 77));
    let new: usize = blocks().difference(&before).map(Vec::len).sum();
    assert!((3 << 20..(3 << 20) + 2000).contains(&new), "{new} new bytes");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let folder = folder();
    let path = write(folder.path(), "a", b"a");
    let long = "x".repeat(65_536);
    for name in ["", "/a", "a/", "../a", "a/../b", "a//b", "./a", "a\\b", "C:a", "a\0b", "a\nb", long.as_str()] {
        let refused = Archive::plan(vec![entry(name, &path)]);
        assert!(matches!(refused, Err(ArchiveError::Name { .. })), "{:?}", &name[..name.len().min(9)]);
    }
    assert!(Archive::plan(vec![entry("...", &path), entry("a b/c..d", &path)]).is_ok());
}

#[test]
fn names_that_cannot_be_together_are_refused() {
    let folder = folder();
    let path = write(folder.path(), "a", b"a");
    for (first, second) in [("a.msix", "a.msix"), ("a.msix", "A.MSIX"), ("Ä", "ä"), ("en-us", "EN-US/a.png")] {
        let refused = Archive::plan(vec![entry(first, &path), entry(second, &path)]);
        assert!(matches!(refused, Err(ArchiveError::Clash { .. })), "{first} {second}");
    }
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let folder = folder();
    assert!(matches!(Archive::plan(vec![entry("a", folder.path())]), Err(ArchiveError::NotRegular { .. })));
    let missing = folder.path().join("nowhere");
    let error = Archive::plan(vec![entry("a", &missing)]).expect_err("there is no such file");
    assert!(matches!(error, ArchiveError::Read { .. }) && error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn more_entries_than_a_plain_zip_counts_are_read_back() {
    let folder = folder();
    let path = write(folder.path(), "a", b"a");
    let count = 65_536;
    let archive = Archive::plan((0..count).map(|at| entry(&format!("f{at:05}"), &path)).collect()).expect("it is planned");
    let bytes = whole(&archive);
    let mut read = ZipArchive::new(Cursor::new(&bytes)).expect("it is a ZIP file");
    assert_eq!(read.len(), count);
    let mut last = String::new();
    read.by_name("f65535").expect("the last entry is there").read_to_string(&mut last).expect("it is read");
    assert_eq!(last, "a");
    assert_eq!(rawzip::ZipArchive::from_slice(&bytes).map(|read| read.entries_hint()).ok(), Some(count as u64));
}
