//! Files that people give us, read so far as a file of that kind can be long: a pipe or a device need not end by itself.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// The longest file that is read, in bytes: some hundred times the longest document of the Store.
const LONGEST: u64 = 64 << 20;

/// All of a file.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, Error> {
    all(File::open(path)?)
}

/// All of a file, as text.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    String::from_utf8(file(path)?).map_err(|_| Error::new(ErrorKind::InvalidData, "the text is not UTF-8"))
}

/// All of what comes in.
pub(crate) fn all(input: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    input.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("it has more than the {LONGEST} bytes that are read")));
    }
    Ok(bytes)
}
