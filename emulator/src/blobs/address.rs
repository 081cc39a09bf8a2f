//! The name of one blob: container and blob.

use super::refusal::{Code, Refusal};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt;

/// The only account of the service, the one that every emulator of Azure storage has
/// (<https://learn.microsoft.com/azure/storage/common/storage-use-azurite>).
pub(super) const ACCOUNT: &str = "devstoreaccount1";

/// What stays as it is in the path of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// One blob, named as Azure allows it. No file is ever named after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    container: String,
    blob: String,
}

impl Address {
    /// Checks the names
    /// (<https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>).
    pub(super) fn new(container: &str, blob: &str) -> Result<Self, Refusal> {
        if !(3..=63).contains(&container.len()) {
            return Err(Code::OutOfRangeName.into());
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let hyphens_apart = !container.starts_with('-') && !container.ends_with('-') && !container.contains("--");
        if !container.chars().all(allowed) || !hyphens_apart {
            return Err(Code::InvalidResourceName.into());
        }
        if blob.is_empty() || blob.chars().count() > 1024 {
            return Err(Code::OutOfRangeName.into());
        }
        if blob.chars().any(char::is_control) {
            return Err(Code::InvalidUri.into());
        }
        Ok(Self { container: container.to_owned(), blob: blob.to_owned() })
    }

    /// Reads `/{container}/{blob}` with its percent signs; a blob's name may have slashes.
    pub(super) fn read(path: &str) -> Result<Self, Refusal> {
        let path = percent_decode_str(path).decode_utf8().map_err(|_| Code::InvalidUri)?;
        let (container, blob) = path.trim_start_matches('/').split_once('/').ok_or(Code::InvalidUri)?;
        Self::new(container, blob)
    }

    pub(super) fn container(&self) -> &str {
        &self.container
    }

    pub(super) fn blob(&self) -> &str {
        &self.blob
    }

    /// `/{container}/{blob}` as it stands in an address.
    pub(super) fn path(&self) -> String {
        format!("/{}/{}", self.container, utf8_percent_encode(&self.blob, PLAIN))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.container, self.blob)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn reads_a_blob_with_slashes_and_spaces() {
        let address = Address::read("/ingestion/a%20b/c%2Fd").unwrap();
        assert_eq!((address.container(), address.blob()), ("ingestion", "a b/c/d"));
        assert_eq!(Address::read(&address.path()).unwrap(), address);
    }

    #[test]
    fn refuses_names_that_azure_refuses() {
        for path in ["", "/", "/ingestion", "/ingestion/", "/ab/x", "/In/x", "/a--b/x", "/../x", "/abc/%00", "/abc/%ff", "//x/y"]
        {
            assert!(Address::read(path).is_err(), "{path}");
        }
        assert!(Address::read(&format!("/abc/{}", "x".repeat(1025))).is_err());
    }
}
