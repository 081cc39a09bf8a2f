//! Writes the archive of files to a file, as an upload would send it.
//!
//! `cargo run -p flightline-publish --example archive -- OUT FILE...`; a `@FILE` names a file that lists them, one a
//! line. Each is in the archive under its path as it is given, and so has to be given relative to the folder that it is run in.
//! What is only zeros is left out of the written file, so that a large sparse file makes a sparse archive.

use flightline_publish::archive::{Archive, Entry};
use std::error::Error;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

/// Bytes that are made at a time.
const STEP: u64 = 8 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or("usage: archive OUT FILE...")?;
    let mut entries = Vec::new();
    for argument in arguments {
        match argument.strip_prefix('@') {
            Some(list) => entries.extend(std::fs::read_to_string(list)?.lines().map(entry)),
            None => entries.push(entry(&argument)),
        }
    }
    let archive = Archive::plan(entries)?;
    let mut file = File::create(out)?;
    let zeros = vec![0; usize::try_from(STEP)?];
    let mut offset = 0;
    while offset < archive.len() {
        let length = STEP.min(archive.len() - offset);
        let bytes = archive.read_at(offset, usize::try_from(length)?)?;
        if bytes[..] != zeros[..bytes.len()] {
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(&bytes)?;
        }
        offset += length;
    }
    file.set_len(archive.len())?;
    Ok(())
}

fn entry(path: &str) -> Entry {
    Entry { name: path.to_owned(), path: path.into() }
}
