//! `flightline support`.

use crate::args::{BundleArgs, Common, SupportCommand};
use crate::report::{Exit, Failure};
use crate::support::{self, Entry};
use crate::view::{View, bundle};
use std::fs::OpenOptions;
use std::io::{Cursor, ErrorKind, Write as _};
use std::path::Path;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

pub(crate) fn run(command: &SupportCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    match command {
        SupportCommand::Bundle(args) => make(args, common, view),
    }
}

fn make(args: &BundleArgs, common: &Common, view: View) -> Result<Exit, Failure> {
    let entries = support::entries(common, &args.log)?;
    let bytes = packed(&entries).map_err(|error| Failure::trouble("file-unwritable", &error))?;
    write(&args.file, &bytes)?;
    bundle::show(&std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone()), &entries, view);
    Ok(Exit::Done)
}

/// A ZIP file of the entries, in which nothing depends on the machine but what they say.
fn packed(entries: &[Entry]) -> Result<Vec<u8>, ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        zip.start_file(entry.name.as_str(), options)?;
        zip.write_all(entry.text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Writes a file that is not there yet.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::usage("file-exists", format!("{} is there already", file.display()))
            .hint("name another file with --file, or move that one away"),
        _ => Failure::usage("file-unwritable", format!("{}: {error}", file.display()))
            .hint("name a file in another folder with --file"),
    };
    let mut open = OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    open.write_all(bytes).and_then(|()| open.sync_all()).map_err(|error| {
        // Half a file helps nobody, and would be in the way of the next.
        let _ = std::fs::remove_file(file);
        failed(error)
    })
}
