//! A sample app to publish: a real package, built on the spot.

use flightline_protocol::package::Architecture;
use flightline_publish::archive::{Archive, ArchiveError, Entry};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What the sample package is of: the identity that the emulator's sample account has an app for.
pub(crate) struct Sample<'a> {
    pub(crate) name: &'a str,
    pub(crate) publisher: &'a str,
    pub(crate) version: &'a str,
}

/// The bytes of the app itself: enough for an upload that can be seen.
const PAYLOAD: usize = 12 << 20;

/// How much of a package is written at a time.
const PIECE: usize = 1 << 20;

/// A sample package that could not be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SampleError {
    #[error("could not write the sample package")]
    File(#[from] std::io::Error),
    #[error("could not lay out the sample package")]
    Archive(#[from] ArchiveError),
}

impl Sample<'_> {
    /// Builds the package for an architecture in a folder.
    pub(crate) fn write(&self, folder: &Path, architecture: &Architecture) -> Result<PathBuf, SampleError> {
        let parts = folder.join(architecture.as_str());
        std::fs::create_dir_all(&parts)?;
        let content_types = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/\
            content-types\"><Default Extension=\"exe\" ContentType=\"application/x-msdownload\"/><Default Extension=\"xml\" \
            ContentType=\"application/vnd.ms-appx.manifest+xml\"/></Types>";
        let block_map = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010/blockmap\" \
            HashMethod=\"http://www.w3.org/2001/04/xmlenc#sha256\"></BlockMap>";
        let files: [(&str, Vec<u8>); 4] = [
            ("[Content_Types].xml", content_types.into()),
            ("AppxManifest.xml", self.manifest(architecture).into()),
            ("AppxBlockMap.xml", block_map.into()),
            ("HarbourLights.exe", payload(architecture)),
        ];
        let mut entries = Vec::new();
        for (name, content) in files {
            let path = parts.join(name);
            File::create(&path)?.write_all(&content)?;
            entries.push(Entry { name: name.to_owned(), path });
        }
        let archive = Archive::plan(entries)?;
        let package = folder.join(format!("HarbourLights_{}_{architecture}.msix", self.version));
        let mut file = File::create(&package)?;
        let mut offset = 0;
        while offset < archive.len() {
            let length = usize::try_from(archive.len() - offset).unwrap_or(PIECE).min(PIECE);
            file.write_all(&archive.read_at(offset, length)?)?;
            offset += length as u64;
        }
        Ok(package)
    }

    fn manifest(&self, architecture: &Architecture) -> String {
        let Self { name, publisher, version } = self;
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{name}" Publisher="{publisher}" Version="{version}" ProcessorArchitecture="{architecture}"/>
  <Properties>
    <DisplayName>Harbour Lights</DisplayName>
    <PublisherDisplayName>Saltmarsh Software</PublisherDisplayName>
    <Logo>logo.png</Logo>
  </Properties>
  <Dependencies>
    <TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/>
  </Dependencies>
  <Resources><Resource Language="en-GB"/><Resource Language="da-DK"/></Resources>
  <Applications><Application Id="App" Executable="HarbourLights.exe" EntryPoint="Windows.FullTrustApplication"/></Applications>
</Package>
"#
        )
    }
}

/// Bytes that look like a program: different for each architecture, and the same every time.
fn payload(architecture: &Architecture) -> Vec<u8> {
    let mut state =
        architecture.as_str().bytes().fold(0x9E37_79B9_7F4A_7C15_u64, |state, byte| state.rotate_left(8) ^ u64::from(byte));
    let mut payload = Vec::with_capacity(PAYLOAD);
    while payload.len() < PAYLOAD {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        payload.extend_from_slice(&state.to_le_bytes());
    }
    payload
}
