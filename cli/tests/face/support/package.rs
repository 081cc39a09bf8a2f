//! Small real packages of the sample app.

use super::Person;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A package to be made.
#[derive(Clone, Copy)]
pub(crate) struct Msix<'a> {
    pub(crate) identity: &'a str,
    pub(crate) publisher: &'a str,
    pub(crate) version: &'a str,
    pub(crate) architecture: &'a str,
    /// Bytes of the program in it.
    pub(crate) size: usize,
}

impl<'a> Msix<'a> {
    /// The sample app in a version, for x64.
    pub(crate) fn version(version: &'a str) -> Self {
        Self {
            identity: "SaltmarshSoftware.HarbourLights",
            publisher: "CN=8D2B6F14-7A30-4C5E-B1D9-E64F0A93C857",
            version,
            architecture: "x64",
            size: 64,
        }
    }

    /// The same for another architecture.
    pub(crate) fn arch(self, architecture: &'a str) -> Self {
        Self { architecture, ..self }
    }

    /// Puts it into somebody's folder, under a name that says what it is, and gives the name.
    pub(crate) fn give(self, person: &Person) -> String {
        let name = format!("Lights_{}_{}.msix", self.version, self.architecture);
        person.file(&name, self.bytes());
        name
    }

    /// The package's bytes.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let manifest = self.manifest();
        let program = vec![b'x'; self.size];
        let map: String = [("App.exe", program.len()), ("AppxManifest.xml", manifest.len())]
            .iter()
            .map(|(name, size)| {
                let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
                let blocks = format!(r#"<Block Hash="{hash}"/>"#).repeat(size.div_ceil(64 << 10));
                format!(r#"<File Name="{name}" Size="{size}" LfhSize="{}">{blocks}</File>"#, 30 + name.len())
            })
            .collect();
        let map = format!(
            r#"<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">{map}</BlockMap>"#
        );
        let types = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="text/xml"/></Types>"#;
        zip(&[
            ("App.exe", program.as_slice()),
            ("AppxManifest.xml", manifest.as_bytes()),
            ("AppxBlockMap.xml", map.as_bytes()),
            ("[Content_Types].xml", types.as_bytes()),
        ])
    }

    fn manifest(self) -> String {
        let Self { identity, publisher, version, architecture, .. } = self;
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{identity}" Publisher="{publisher}" Version="{version}" ProcessorArchitecture="{architecture}"/>
  <Properties><DisplayName>Harbour Lights</DisplayName><PublisherDisplayName>Saltmarsh</PublisherDisplayName></Properties>
  <Dependencies><TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/></Dependencies>
  <Resources><Resource Language="en-GB"/></Resources>
  <Applications><Application Id="App" Executable="App.exe" EntryPoint="Windows.FullTrustApplication"/></Applications>
</Package>"#
        )
    }
}

/// A ZIP of these files, as they are.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        writer.start_file(*name, options).expect("the entry is started");
        writer.write_all(bytes).expect("the entry is written");
    }
    writer.finish().expect("the ZIP is finished").into_inner()
}
