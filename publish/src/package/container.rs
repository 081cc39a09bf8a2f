//! One ZIP file, looked into without unpacking it: its directory is walked once and the entries that matter are kept.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::sync::Arc;

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipFileHeaderRecord};

use super::directory;
use super::fault::{FaultCode, Report};
use super::inflated::{InflateError, Inflated};
use super::name::{self, Extension};
use super::source::Source;
use crate::manifest::{MANIFEST_LIMIT, ManifestError};

/// The name of a package's manifest.
pub(super) const MANIFEST: &str = "AppxManifest.xml";
/// The name of a bundle's manifest.
pub(super) const BUNDLE_MANIFEST: &str = "AppxMetadata/AppxBundleManifest.xml";
/// The name of the list of all blocks of all files.
pub(super) const BLOCK_MAP: &str = "AppxBlockMap.xml";
/// The name of the list of content types.
pub(super) const CONTENT_TYPES: &str = "[Content_Types].xml";

/// Entries that one ZIP file may have; each costs some memory while the file is looked into.
const ENTRY_LIMIT: u64 = 1_000_000;

/// Entries that are packages themselves and are kept by name.
pub(super) const PACKAGE_LIMIT: usize = 2_000;

/// Duplicate entries that are named.
const NAMED: usize = 5;

/// An open ZIP file and what its directory says.
#[derive(Debug)]
pub(super) struct Container {
    archive: ZipArchive<Arc<Source>>,
    /// The entries that are footprint files or packages.
    members: Vec<Member>,
    /// How many entries are packages.
    packages: usize,
    /// The size of each entry that is no folder, by [`key`].
    sizes: HashMap<u64, u64>,
    /// Where the directory starts, and the data of entries has to end.
    directory: u64,
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Its path with `/` between folders and without percent encoding.
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) packed: u64,
    /// What stands for its name.
    key: u64,
    method: CompressionMethod,
    checksum: u32,
    wayfinder: ZipArchiveEntryWayfinder,
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadError {
    /// It is larger than asked for.
    TooLarge,
    /// It is not where the directory says, or not as long.
    Damaged,
    /// Its CRC-32 is another one.
    Checksum,
    /// It is packed in a way that packages do not use.
    Method(u16),
}

impl Member {
    /// Whether the entry lies in the file as it is.
    pub(super) fn is_stored(&self) -> bool {
        self.method == CompressionMethod::STORE
    }
}

/// What stands for an entry's name: names that differ in case only are the same.
pub(super) fn key(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.to_lowercase().hash(&mut hasher);
    hasher.finish()
}

impl Container {
    /// Opens a ZIP file and walks its directory; what is wrong with it is reported. `None` when it cannot be walked at all.
    pub(super) fn open(source: Source, report: &mut Report) -> Option<Self> {
        let source = Arc::new(source);
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let (archive, directory) = directory::locate(&source, &mut buffer, report)?;
        if directory.entries > ENTRY_LIMIT {
            let count = directory.entries;
            report.add(FaultCode::ZipEntries, format_args!("it has {count} entries; at most {ENTRY_LIMIT} are read"));
            return None;
        }
        let mut container = Self { archive, members: Vec::new(), packages: 0, sizes: HashMap::new(), directory: directory.start };
        container.walk(&mut buffer, directory.entries, report)?;
        Some(container)
    }

    fn walk(&mut self, buffer: &mut [u8], expected: u64, report: &mut Report) -> Option<()> {
        let mut encrypted = None;
        let mut duplicates: Vec<String> = Vec::new();
        let mut duplicate_count = 0_usize;
        let mut outside = None;
        let mut found = 0_u64;
        let archive = &self.archive;
        let mut entries = archive.entries(buffer);
        loop {
            let record = match entries.next_entry() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(error) => {
                    report.add(FaultCode::ZipDamaged, format_args!("its ZIP directory cannot be read: {error}"));
                    return None;
                }
            };
            found += 1;
            if found > expected {
                break;
            }
            let name = name::decoded(record.file_path().as_bytes());
            if record.flags().is_encrypted() {
                encrypted.get_or_insert_with(|| name.clone());
            }
            let end = record.local_header_offset().checked_add(record.compressed_size_hint());
            if end.is_none_or(|end| end > self.directory) {
                outside.get_or_insert_with(|| name.clone());
                continue;
            }
            if record.is_dir() {
                continue;
            }
            let key = key(&name);
            if self.sizes.insert(key, record.uncompressed_size_hint()).is_some() {
                duplicate_count += 1;
                if duplicates.len() < NAMED {
                    duplicates.push(name::quoted(&name));
                }
            }
            let is_package = Extension::of(&name).is_some_and(Extension::is_package);
            self.packages += usize::from(is_package);
            if is_footprint(&name) || is_package && self.packages <= PACKAGE_LIMIT {
                self.members.push(Member::new(name, key, &record));
            }
        }
        if found != expected {
            report
                .add(FaultCode::ZipDamaged, format_args!("its ZIP directory lists {found} entries, but its end says {expected}"));
        }
        if let Some(name) = outside {
            let name = name::quoted(&name);
            report.add(FaultCode::ZipTruncated, format_args!("its entry {name} lies past the end of the data"));
        }
        if let Some(name) = encrypted {
            let name = name::quoted(&name);
            report.add(FaultCode::PackageEncrypted, format_args!("its entry {name} is encrypted"));
        }
        if duplicate_count > 0 {
            let names = duplicates.join(", ");
            let more = if duplicate_count > duplicates.len() { " and others" } else { "" };
            report.add(FaultCode::ZipDuplicate, format_args!("entries of the same name: {names}{more}"));
        }
        Some(())
    }

    /// The footprint file with this name, if it is there.
    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// The entries that are packages, bundles or encrypted ones by their extension.
    pub(super) fn packages(&self) -> impl Iterator<Item = (&Member, Extension)> {
        self.members.iter().filter_map(|member| match Extension::of(&member.name) {
            Some(extension) if extension.is_package() => Some((member, extension)),
            Some(_) | None => None,
        })
    }

    /// The package of this name.
    pub(super) fn package(&self, name: &str) -> Option<&Member> {
        let key = key(name);
        self.packages().map(|(member, _)| member).find(|member| member.key == key)
    }

    /// Whether it has more packages than are looked into.
    pub(super) fn is_overfull(&self) -> bool {
        self.packages > PACKAGE_LIMIT
    }

    /// The size of an entry, by [`key`] of its name.
    pub(super) fn size(&self, key: u64) -> Option<u64> {
        self.sizes.get(&key).copied()
    }

    /// The keys of all entries.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        self.sizes.keys().copied()
    }

    /// Where an entry's bytes start in the ZIP file.
    pub(super) fn offset(&self, member: &Member) -> Option<u64> {
        self.place(member).map(|(start, _)| start)
    }

    /// Where an entry's bytes start and end, checked against its own header.
    fn place(&self, member: &Member) -> Option<(u64, u64)> {
        let entry = self.archive.get_entry(member.wayfinder).ok()?;
        let (start, end) = entry.compressed_data_range();
        let mut buffer = vec![0; usize::from(u16::MAX) * 2 + 64];
        let header = entry.local_header(&mut buffer).ok()?;
        let same = name::decoded(header.file_path().as_bytes()) == member.name;
        (same && end <= self.directory).then_some((start, end))
    }

    /// The whole of an entry, of at most `limit` bytes, with its CRC-32 checked.
    pub(super) fn read(&self, member: &Member, limit: usize) -> Result<Vec<u8>, ReadError> {
        let size = usize::try_from(member.size).ok().filter(|size| *size <= limit).ok_or(ReadError::TooLarge)?;
        let (start, end) = self.place(member).ok_or(ReadError::Damaged)?;
        let packed = rawzip::RangeReader::new(self.archive.get_ref(), start..end);
        let mut packed: Box<dyn Read + '_> = match member.method {
            CompressionMethod::STORE => Box::new(packed),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(packed)),
            other => return Err(ReadError::Method(other.as_u16())),
        };
        let mut bytes = Vec::new();
        let read = packed.by_ref().take(member.size).read_to_end(&mut bytes);
        // What follows has to be nothing. Some packers do not finish their deflate streams (O-302): that is nothing, too.
        let more = packed.read(&mut [0]).is_ok_and(|read| read > 0);
        if read.is_err() || bytes.len() != size || more {
            return Err(ReadError::Damaged);
        }
        if crc32fast::hash(&bytes) != member.checksum {
            return Err(ReadError::Checksum);
        }
        Ok(bytes)
    }

    /// The bytes of an entry that is a ZIP file itself. What is wrong with it is reported.
    pub(super) fn nested(&self, member: &Member, report: &mut Report) -> Option<Source> {
        let name = name::quoted(&member.name);
        let Some((start, end)) = self.place(member) else {
            report.add(FaultCode::ZipDamaged, format_args!("its entry {name} is not where the ZIP directory says"));
            return None;
        };
        let whole = self.archive.get_ref();
        match member.method {
            CompressionMethod::STORE if end - start == member.size => whole.part(start, member.size),
            CompressionMethod::DEFLATE => {
                match Inflated::new(Arc::clone(whole), start, end - start, member.size, member.checksum) {
                    Ok(inflated) => Some(Source::Inflated(Box::new(inflated))),
                    Err(error) => {
                        let (code, why) = match error {
                            InflateError::Ratio => (FaultCode::UploadPacking, "claims to unpack to far more than packages do"),
                            InflateError::Damaged => (FaultCode::ZipDamaged, "cannot be unpacked"),
                            InflateError::Checksum => (FaultCode::ZipChecksum, "does not have the CRC-32 that the ZIP states"),
                        };
                        report.add(code, format_args!("its entry {name} {why}"));
                        None
                    }
                }
            }
            _ => {
                report.add(FaultCode::ZipDamaged, format_args!("its entry {name} is packed in a way that packages do not use"));
                None
            }
        }
    }

    /// Reads and parses a manifest; what is wrong with it is reported, its absence too.
    pub(super) fn manifest<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, Vec<ManifestError>>,
        report: &mut Report,
    ) -> Option<T> {
        let Some(member) = self.member(name) else {
            report.add(FaultCode::ManifestMissing, format_args!("it has no {name}"));
            return None;
        };
        if !report.spend(member.size.min(MANIFEST_LIMIT as u64)) {
            report.add(FaultCode::ManifestTooLarge, "its manifests are too large together");
            return None;
        }
        let bytes = match self.read(member, MANIFEST_LIMIT) {
            Ok(bytes) => bytes,
            Err(error) => {
                error.report(name, member.size, MANIFEST_LIMIT, report);
                return None;
            }
        };
        match parse(&bytes) {
            Ok(manifest) => Some(manifest),
            Err(errors) => {
                report.manifest(name, &errors);
                None
            }
        }
    }
}

impl Member {
    fn new(name: String, key: u64, record: &ZipFileHeaderRecord<'_>) -> Self {
        Self {
            name,
            key,
            size: record.uncompressed_size_hint(),
            packed: record.compressed_size_hint(),
            method: record.compression_method(),
            checksum: record.crc32(),
            wayfinder: record.wayfinder(),
        }
    }
}

impl ReadError {
    fn report(self, name: &str, size: u64, limit: usize, report: &mut Report) {
        match self {
            Self::TooLarge => {
                let why = format_args!("its {name} has {size} bytes; at most {limit} are read");
                report.add(FaultCode::ManifestTooLarge, why);
            }
            Self::Damaged => report.add(FaultCode::ZipDamaged, format_args!("its {name} cannot be unpacked")),
            Self::Checksum => {
                report.add(FaultCode::ZipChecksum, format_args!("its {name} does not have the CRC-32 that the ZIP states"));
            }
            Self::Method(method) => {
                let why = format_args!("its {name} is packed with method {method}; packages use 0 (stored) or 8 (deflate)");
                report.add(FaultCode::ZipDamaged, why);
            }
        }
    }
}

fn is_footprint(name: &str) -> bool {
    [MANIFEST, BUNDLE_MANIFEST, BLOCK_MAP, CONTENT_TYPES].iter().any(|known| name.eq_ignore_ascii_case(known))
}

impl Source {
    /// The first four bytes, if there are as many.
    pub(super) fn magic(&self) -> Option<[u8; 4]> {
        let mut magic = [0; 4];
        self.read_exact_at(&mut magic, 0).ok().map(|()| magic)
    }
}
