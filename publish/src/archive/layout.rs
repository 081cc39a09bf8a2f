//! Where everything lies in an archive, from names and sizes alone; checksums are only needed when bytes are made.
//!
//! The format is PKWARE's APPNOTE 6.3: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use super::ArchiveError;

/// A size, offset or count of 32 bits that says "see the ZIP64 field".
const IN_ZIP64: u64 = 0xFFFF_FFFF;
/// A count of 16 bits that says "see the ZIP64 record".
const COUNT_IN_ZIP64: u64 = 0xFFFF;
/// The general purpose flag for names in UTF-8.
const UTF8: u16 = 1 << 11;
/// The version of the format that stored files need.
const PLAIN: u16 = 20;
/// The version of the format that ZIP64 needs.
const ZIP64: u16 = 45;
/// 1980-01-01, the first day that the format knows.
const DATE: u16 = 1 << 5 | 1;
/// Bytes of a local header without its name and extra field.
const HEADER: u64 = 30;
/// Bytes of a local header's ZIP64 field.
const HEADER_EXTRA: u64 = 20;

/// The places of everything in an archive.
#[derive(Debug)]
pub(super) struct Layout {
    slots: Vec<Slot>,
    directory: u64,
    end: u64,
}

/// One file's place.
#[derive(Debug)]
struct Slot {
    name: String,
    size: u64,
    /// Where its local header starts.
    header: u64,
    /// Where its bytes start.
    data: u64,
}

/// What lies at a position. Each starts at `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A file's local header.
    Header { file: usize, start: u64 },
    /// A file's bytes.
    Data { file: usize, start: u64 },
    /// The directory and the end records.
    Ending { start: u64 },
}

impl Layout {
    /// Lays out files by name and size, in the given order.
    pub(super) fn new(files: Vec<(String, u64)>) -> Result<Self, ArchiveError> {
        let mut slots = Vec::with_capacity(files.len());
        let mut position = 0_u64;
        for (name, size) in files {
            let extra = if size >= IN_ZIP64 { HEADER_EXTRA } else { 0 };
            let header = position;
            let data = header.checked_add(HEADER + extra + name.len() as u64).ok_or(ArchiveError::TooLarge)?;
            position = data.checked_add(size).ok_or(ArchiveError::TooLarge)?;
            slots.push(Slot { name, size, header, data });
        }
        // Far below the largest number, so that nothing that is added below can overflow.
        if position > u64::MAX / 2 {
            return Err(ArchiveError::TooLarge);
        }
        let mut layout = Self { slots, directory: position, end: position };
        layout.end += layout.ending(&vec![0; layout.slots.len()]).len() as u64;
        Ok(layout)
    }

    /// How many bytes there are in all.
    pub(super) fn len(&self) -> u64 {
        self.end
    }

    /// The lengths of blocks of at most `most` bytes. The bytes of a file of at least `own` bytes have blocks of their own, and those
    /// depend on nothing else; what lies between is cut where a file ends, if it has to be.
    pub(super) fn blocks(&self, most: u64, own: u64) -> Vec<u64> {
        let mut blocks = Vec::new();
        let mut cut = |start: u64, end: u64| {
            let whole = (0..(end - start) / most).map(|_| most);
            blocks.extend(whole.chain(Some((end - start) % most).filter(|rest| *rest > 0)));
        };
        let mut start = 0;
        for slot in &self.slots {
            let end = slot.data + slot.size;
            if slot.size >= own {
                cut(start, slot.data);
                cut(slot.data, end);
                start = end;
            } else if end - start > most {
                cut(start, slot.header);
                start = slot.header;
            }
        }
        cut(start, self.end);
        blocks
    }

    /// The files whose CRC-32 has to be known for a range of bytes.
    pub(super) fn sums_needed(&self, offset: u64, length: u64) -> Vec<usize> {
        let end = offset.saturating_add(length);
        let is_needed = |slot: &Slot| end > self.directory || (slot.header < end && slot.data > offset);
        (0..self.slots.len()).filter(|at| is_needed(&self.slots[*at])).collect()
    }

    /// Where a piece ends.
    pub(super) fn end_of(&self, piece: Piece) -> u64 {
        match piece {
            Piece::Header { file, .. } => self.slots[file].data,
            Piece::Data { file, .. } => self.slots[file].data + self.slots[file].size,
            Piece::Ending { .. } => self.end,
        }
    }

    /// The names in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| slot.name.as_str())
    }

    /// What lies at a position.
    pub(super) fn piece(&self, position: u64) -> Piece {
        if position >= self.directory {
            return Piece::Ending { start: self.directory };
        }
        // The last header at or before the position. One is at 0, so there always is one.
        let file = self.slots.partition_point(|slot| slot.header <= position).saturating_sub(1);
        let slot = &self.slots[file];
        if position < slot.data { Piece::Header { file, start: slot.header } } else { Piece::Data { file, start: slot.data } }
    }

    /// A file's local header.
    pub(super) fn header(&self, file: usize, checksum: u32) -> Vec<u8> {
        let slot = &self.slots[file];
        let large = slot.size >= IN_ZIP64;
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(b"PK\x03\x04");
        put16(&mut bytes, if large { ZIP64 } else { PLAIN });
        slot.common(&mut bytes, checksum, large);
        put16(&mut bytes, if large { 20 } else { 0 });
        bytes.extend_from_slice(slot.name.as_bytes());
        if large {
            // Local headers give both sizes or none.
            zip64(&mut bytes, &[slot.size, slot.size]);
        }
        bytes
    }

    /// The directory and the end records.
    pub(super) fn ending(&self, checksums: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (slot, checksum) in self.slots.iter().zip(checksums) {
            slot.record(&mut bytes, *checksum);
        }
        let count = self.slots.len() as u64;
        let size = bytes.len() as u64;
        if count >= COUNT_IN_ZIP64 || size >= IN_ZIP64 || self.directory >= IN_ZIP64 {
            self.end64(&mut bytes, count, size);
        }
        bytes.extend_from_slice(b"PK\x05\x06");
        put16(&mut bytes, 0);
        put16(&mut bytes, 0);
        put16(&mut bytes, u16::try_from(count).unwrap_or(u16::MAX));
        put16(&mut bytes, u16::try_from(count).unwrap_or(u16::MAX));
        put32(&mut bytes, u32::try_from(size).unwrap_or(u32::MAX));
        put32(&mut bytes, u32::try_from(self.directory).unwrap_or(u32::MAX));
        put16(&mut bytes, 0);
        bytes
    }

    /// The ZIP64 end record and its locator.
    fn end64(&self, bytes: &mut Vec<u8>, count: u64, size: u64) {
        let at = self.directory + size;
        bytes.extend_from_slice(b"PK\x06\x06");
        put64(bytes, 44);
        put16(bytes, ZIP64);
        put16(bytes, ZIP64);
        put32(bytes, 0);
        put32(bytes, 0);
        put64(bytes, count);
        put64(bytes, count);
        put64(bytes, size);
        put64(bytes, self.directory);
        bytes.extend_from_slice(b"PK\x06\x07");
        put32(bytes, 0);
        put64(bytes, at);
        put32(bytes, 1);
    }
}

impl Slot {
    /// The file's record in the directory.
    fn record(&self, bytes: &mut Vec<u8>, checksum: u32) {
        let large = self.size >= IN_ZIP64;
        let far = self.header >= IN_ZIP64;
        let mut fields = Vec::new();
        if large {
            fields.extend([self.size, self.size]);
        }
        if far {
            fields.push(self.header);
        }
        let version = if fields.is_empty() { PLAIN } else { ZIP64 };
        bytes.extend_from_slice(b"PK\x01\x02");
        put16(bytes, version);
        put16(bytes, version);
        self.common(bytes, checksum, large);
        put16(bytes, if fields.is_empty() { 0 } else { u16::try_from(4 + 8 * fields.len()).unwrap_or(0) });
        put16(bytes, 0);
        put16(bytes, 0);
        put16(bytes, 0);
        put32(bytes, 0);
        put32(bytes, u32::try_from(self.header).unwrap_or(u32::MAX));
        bytes.extend_from_slice(self.name.as_bytes());
        if !fields.is_empty() {
            zip64(bytes, &fields);
        }
    }

    /// What local headers and records have in common, from the flags to the length of the name.
    fn common(&self, bytes: &mut Vec<u8>, checksum: u32, large: bool) {
        let size = if large { u32::MAX } else { u32::try_from(self.size).unwrap_or(u32::MAX) };
        put16(bytes, UTF8);
        put16(bytes, 0);
        put16(bytes, 0);
        put16(bytes, DATE);
        put32(bytes, checksum);
        put32(bytes, size);
        put32(bytes, size);
        put16(bytes, u16::try_from(self.name.len()).unwrap_or(u16::MAX));
    }
}

/// A ZIP64 extra field.
fn zip64(bytes: &mut Vec<u8>, fields: &[u64]) {
    put16(bytes, 1);
    put16(bytes, u16::try_from(8 * fields.len()).unwrap_or(0));
    for field in fields {
        put64(bytes, *field);
    }
}

fn put16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn put32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn put64(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::io;

    use rawzip::{ReaderAt, ZipArchive, ZipLocator};

    use super::*;

    /// An archive whose files read as zeros, so that it can be larger than any disk.
    struct Hollow {
        layout: Layout,
        ending: Vec<u8>,
    }

    impl Hollow {
        fn new(files: &[(&str, u64)]) -> Self {
            let files = files.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
            let layout = Layout::new(files).expect("it is laid out");
            let checksums: Vec<u32> = (1..).take(layout.slots.len()).collect();
            let ending = layout.ending(&checksums);
            Self { layout, ending }
        }

        fn len(&self) -> u64 {
            self.layout.len()
        }
    }

    impl ReaderAt for Hollow {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            for (at, byte) in (offset..self.len()).zip(buffer.iter_mut()) {
                let index = |start: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
                *byte = match self.layout.piece(at) {
                    Piece::Header { file, start } => {
                        self.layout.header(file, u32::try_from(file + 1).unwrap_or(0)).get(index(start)).copied().unwrap_or(0)
                    }
                    Piece::Data { .. } => 0,
                    Piece::Ending { start } => self.ending.get(index(start)).copied().unwrap_or(0),
                };
            }
            Ok(usize::try_from(self.len().saturating_sub(offset)).map_or(buffer.len(), |left| left.min(buffer.len())))
        }
    }

    /// The name, size and CRC-32 of each entry as another library reads them, and where its bytes start.
    fn read_back(hollow: &Hollow) -> Vec<(String, u64, u32, u64)> {
        let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
        let located = ZipLocator::new().locate_in_reader(hollow, &mut buffer, hollow.len());
        let archive: ZipArchive<&Hollow> = located.map_err(|(_, error)| error).expect("it is a ZIP file");
        assert_eq!(archive.directory_offset(), hollow.layout.directory);
        let mut found = Vec::new();
        let mut entries = archive.entries(&mut buffer);
        while let Some(record) = entries.next_entry().expect("the directory is in order") {
            let local = archive.get_entry(record.wayfinder()).expect("the local header is there");
            let mut room = [0; 256];
            let header = local.local_header(&mut room).expect("the local header is read");
            assert_eq!(header.crc32(), record.crc32());
            assert_eq!(header.uncompressed_size_hint(), record.uncompressed_size_hint());
            assert_eq!(header.compressed_size_hint(), record.compressed_size_hint());
            let (start, end) = local.compressed_data_range();
            assert_eq!(end - start, record.uncompressed_size_hint());
            let name = String::from_utf8_lossy(record.file_path().as_bytes()).into_owned();
            found.push((name, record.uncompressed_size_hint(), record.crc32(), start));
        }
        found
    }

    #[test]
    fn files_around_four_gibibytes_are_found_by_another_library() {
        const LIMIT: u64 = 0xFFFF_FFFF;
        for size in [LIMIT - 1, LIMIT, LIMIT + 1, 25 << 30] {
            let hollow = Hollow::new(&[("a", 3), ("b", size), ("c", 5)]);
            let found = read_back(&hollow);
            let sizes: Vec<(&str, u64, u32)> = found.iter().map(|(name, size, sum, _)| (name.as_str(), *size, *sum)).collect();
            assert_eq!(sizes, [("a", 3, 1), ("b", size, 2), ("c", 5, 3)]);
            let starts: Vec<u64> = hollow.layout.slots.iter().map(|slot| slot.data).collect();
            assert_eq!(found.iter().map(|entry| entry.3).collect::<Vec<_>>(), starts, "{size}");
        }
    }

    #[test]
    fn a_directory_at_any_offset_is_found_by_another_library() {
        // One header of 31 bytes goes before the directory.
        for directory in [0xFFFF_FFFE_u64, 0xFFFF_FFFF, 0x1_0000_0000] {
            let hollow = Hollow::new(&[("a", 0xFFFF_0000), ("b", directory - 0xFFFF_0000 - 62)]);
            assert_eq!(hollow.layout.directory, directory);
            assert_eq!(read_back(&hollow).len(), 2, "{directory}");
        }
    }

    #[test]
    fn zip64_is_used_only_where_it_is_needed() {
        let plain = Hollow::new(&[("a", 3)]);
        assert_eq!(plain.len(), 31 + 3 + 47 + 22);
        let needed = Hollow::new(&[("a", 0xFFFF_FFFF)]);
        assert_eq!(needed.ending.len(), 47 + 20 + 56 + 20 + 22);
    }

    #[test]
    fn a_large_file_has_blocks_of_its_own_wherever_it_lies() {
        let blocks = |files: &[(&str, u64)]| {
            let layout = Hollow::new(files).layout;
            let blocks = layout.blocks(1000, 500);
            assert_eq!(blocks.iter().sum::<u64>(), layout.len());
            assert!(blocks.iter().all(|length| (1..=1000).contains(length)));
            blocks
        };
        let ending = |files: u64| files * 47 + 22;
        assert_eq!(blocks(&[("a", 2300), ("b", 600)]), [31, 1000, 1000, 300, 31, 600, ending(2)]);
        // A byte more in the first leaves the second as it was.
        assert_eq!(blocks(&[("a", 2301), ("b", 600)]), [31, 1000, 1000, 301, 31, 600, ending(2)]);
        // Small ones travel together with the headers around them, and a file is cut only if there is no other way.
        assert_eq!(blocks(&[("a", 400), ("b", 400), ("c", 400), ("d", 500)]), [862, 431 + 31, 500, ending(4)]);
        assert_eq!(blocks(&[("a", 400), ("b", 0)]), [431 + 31 + ending(2)]);
        assert_eq!(blocks(&[]), [22]);
    }

    #[test]
    fn sizes_that_cannot_be_counted_are_refused() {
        let of = |sizes: &[u64]| Layout::new(sizes.iter().map(|size| (String::from("a"), *size)).collect());
        assert!(matches!(of(&[u64::MAX]), Err(ArchiveError::TooLarge)));
        assert!(matches!(of(&[u64::MAX / 2, u64::MAX / 2, 2]), Err(ArchiveError::TooLarge)));
    }
}
