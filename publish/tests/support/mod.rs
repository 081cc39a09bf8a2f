//! Small real packages, bundles and upload files for tests, made with another ZIP library than the one that reads them.

#![allow(dead_code, reason = "every test file takes what it needs")]
#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What every content type file says here.
const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="text/xml"/></Types>"#;

/// A package to be made.
#[derive(Debug, Clone)]
pub(crate) struct Msix {
    name: String,
    publisher: String,
    version: String,
    architecture: Option<String>,
    resource_id: Option<String>,
    families: Vec<(String, String)>,
    languages: Vec<String>,
    property: &'static str,
    manifest: Option<Vec<u8>>,
    block_map: Option<String>,
    files: Vec<(String, Vec<u8>)>,
    without: Vec<String>,
}

impl Msix {
    /// An application for any processor, without device families and languages yet.
    pub(crate) fn new(name: &str, publisher: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            publisher: publisher.to_owned(),
            version: version.to_owned(),
            architecture: None,
            resource_id: None,
            families: Vec::new(),
            languages: Vec::new(),
            property: "",
            manifest: None,
            block_map: None,
            files: vec![("App.exe".to_owned(), b"MZ, or something like it".to_vec())],
            without: Vec::new(),
        }
    }

    /// For one processor only.
    pub(crate) fn architecture(mut self, word: &str) -> Self {
        self.architecture = Some(word.to_owned());
        self
    }

    /// For one more device family.
    pub(crate) fn family(mut self, name: &str, min_version: &str) -> Self {
        self.families.push((name.to_owned(), min_version.to_owned()));
        self
    }

    /// With resources in one more language.
    pub(crate) fn language(mut self, language: &str) -> Self {
        self.languages.push(language.to_owned());
        self
    }

    /// A resource package with this id instead of an application.
    pub(crate) fn resource(mut self, id: &str) -> Self {
        self.resource_id = Some(id.to_owned());
        self.property = "<ResourcePackage>true</ResourcePackage>";
        self
    }

    /// A framework instead of an application.
    pub(crate) fn framework(mut self) -> Self {
        self.property = "<Framework>true</Framework>";
        self
    }

    /// With one more file.
    pub(crate) fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        self.files.push((name.to_owned(), bytes.to_vec()));
        self
    }

    /// Without the entry of this name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.without.push(name.to_owned());
        self
    }

    /// With other bytes as its manifest.
    pub(crate) fn manifest(mut self, bytes: &[u8]) -> Self {
        self.manifest = Some(bytes.to_vec());
        self
    }

    /// With another block map.
    pub(crate) fn block_map(mut self, text: &str) -> Self {
        self.block_map = Some(text.to_owned());
        self
    }

    /// The package's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let manifest = self.manifest.clone().unwrap_or_else(|| self.manifest_text().into_bytes());
        let mut entries = self.files.clone();
        entries.push(("AppxManifest.xml".to_owned(), manifest));
        let block_map = self.block_map.clone().unwrap_or_else(|| block_map(&entries));
        entries.push(("AppxBlockMap.xml".to_owned(), block_map.into_bytes()));
        entries.push(("[Content_Types].xml".to_owned(), CONTENT_TYPES.into()));
        entries.retain(|(name, _)| !self.without.contains(name));
        archive(&entries, CompressionMethod::Deflated)
    }

    /// Writes the package into a folder.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> PathBuf {
        write(folder, name, &self.bytes())
    }

    fn manifest_text(&self) -> String {
        let Self { name, publisher, version, property, .. } = self;
        let architecture = self.architecture.as_ref().map_or(String::new(), |word| format!(r#" ProcessorArchitecture="{word}""#));
        let resource_id = self.resource_id.as_ref().map_or(String::new(), |id| format!(r#" ResourceId="{id}""#));
        let families: String = self
            .families
            .iter()
            .map(|(name, min)| format!(r#"<TargetDeviceFamily Name="{name}" MinVersion="{min}" MaxVersionTested="{min}"/>"#))
            .collect();
        let languages: String = self.languages.iter().map(|one| format!(r#"<Resource Language="{one}"/>"#)).collect();
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{name}" Publisher="{publisher}" Version="{version}"{architecture}{resource_id}/>
  <Properties>{property}<DisplayName>Paper Boats</DisplayName><PublisherDisplayName>Harbour</PublisherDisplayName></Properties>
  <Dependencies>{families}</Dependencies>
  <Resources>{languages}</Resources>
  <Capabilities><Capability Name="internetClient"/></Capabilities>
</Package>"#
        )
    }
}

/// A bundle to be made.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    name: String,
    publisher: String,
    version: String,
    packages: Vec<(String, Msix)>,
    manifest: Option<String>,
    edit: Option<(String, String)>,
    compression: CompressionMethod,
    flat: bool,
    without: Vec<String>,
}

impl Bundle {
    /// A bundle without packages yet.
    pub(crate) fn new(name: &str, publisher: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            publisher: publisher.to_owned(),
            version: version.to_owned(),
            packages: Vec::new(),
            manifest: None,
            edit: None,
            compression: CompressionMethod::Stored,
            flat: false,
            without: Vec::new(),
        }
    }

    /// With one more package under this file name.
    pub(crate) fn package(mut self, file_name: &str, package: Msix) -> Self {
        self.packages.push((file_name.to_owned(), package));
        self
    }

    /// With its packages beside it.
    pub(crate) fn flat(mut self) -> Self {
        self.flat = true;
        self
    }

    /// With its packages compressed, as no bundle should have them.
    pub(crate) fn compressed(mut self) -> Self {
        self.compression = CompressionMethod::Deflated;
        self
    }

    /// With another manifest.
    pub(crate) fn manifest(mut self, text: &str) -> Self {
        self.manifest = Some(text.to_owned());
        self
    }

    /// With a part of its manifest replaced.
    pub(crate) fn edit(mut self, from: &str, to: &str) -> Self {
        self.edit = Some((from.to_owned(), to.to_owned()));
        self
    }

    /// Without the entry, or the file beside it, of this name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.without.push(name.to_owned());
        self
    }

    /// The bundle's bytes, without what lies beside it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = self.manifest.clone().unwrap_or_else(|| self.manifest_text());
        if let Some((from, to)) = &self.edit {
            assert!(text.contains(from), "{from:?} is not in the manifest");
            text = text.replace(from, to);
        }
        let manifest = ("AppxMetadata/AppxBundleManifest.xml".to_owned(), text.into_bytes());
        let mut own = vec![("AppxBlockMap.xml".to_owned(), block_map(std::slice::from_ref(&manifest)).into_bytes()), manifest];
        own.push(("[Content_Types].xml".to_owned(), CONTENT_TYPES.into()));
        let mut entries = if self.flat { Vec::new() } else { self.payload() };
        entries.retain(|(name, _)| !self.without.contains(name));
        own.retain(|(name, _)| !self.without.contains(name));
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        append(&mut writer, &entries, self.compression);
        append(&mut writer, &own, CompressionMethod::Deflated);
        writer.finish().expect("the ZIP is finished").into_inner()
    }

    /// The bytes of its packages, by file name.
    pub(crate) fn payload(&self) -> Vec<(String, Vec<u8>)> {
        self.packages.iter().map(|(name, package)| (name.clone(), package.bytes())).collect()
    }

    /// Writes the bundle into a folder; the packages of a flat one beside it.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> PathBuf {
        if self.flat {
            for (name, bytes) in self.payload().iter().filter(|(name, _)| !self.without.contains(name)) {
                write(folder, name, bytes);
            }
        }
        write(folder, name, &self.bytes())
    }

    fn manifest_text(&self) -> String {
        let Self { name, publisher, version, .. } = self;
        let mut offset = 0;
        let mut packages = String::new();
        for ((file_name, package), (_, bytes)) in self.packages.iter().zip(self.payload()) {
            // A local header has 30 bytes and the name.
            offset += 30 + file_name.len();
            packages.push_str(&package.listed(file_name, bytes.len(), (!self.flat).then_some(offset)));
            offset += bytes.len();
        }
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle" xmlns:b4="http://schemas.microsoft.com/appx/2018/bundle" SchemaVersion="5.0">
  <Identity Name="{name}" Publisher="{publisher}" Version="{version}"/>
  <Packages>{packages}</Packages>
</Bundle>"#
        )
    }
}

impl Msix {
    /// The package's element in the manifest of a bundle.
    fn listed(&self, file_name: &str, size: usize, offset: Option<usize>) -> String {
        let kind = if self.resource_id.is_some() { "resource" } else { "application" };
        let attribute = |name: &str, value: Option<String>| value.map_or(String::new(), |value| format!(r#" {name}="{value}""#));
        let architecture = attribute("Architecture", self.architecture.clone());
        let resource_id = attribute("ResourceId", self.resource_id.clone());
        let offset = attribute("Offset", offset.map(|offset| offset.to_string()));
        let languages: String = self.languages.iter().map(|one| format!(r#"<Resource Language="{one}"/>"#)).collect();
        let families: String = self
            .families
            .iter()
            .map(|(name, min)| format!(r#"<b4:TargetDeviceFamily Name="{name}" MinVersion="{min}" MaxVersionTested="{min}"/>"#))
            .collect();
        let version = &self.version;
        format!(
            r#"<Package Type="{kind}" Version="{version}"{architecture}{resource_id} FileName="{file_name}"{offset} Size="{size}">
<Resources>{languages}</Resources><b4:Dependencies>{families}</b4:Dependencies></Package>"#
        )
    }
}

/// An upload file to be made.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    files: Vec<(String, Vec<u8>)>,
    compression: CompressionMethod,
}

impl Upload {
    /// An empty upload file.
    pub(crate) fn new() -> Self {
        Self { files: Vec::new(), compression: CompressionMethod::Stored }
    }

    /// With one more file.
    pub(crate) fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        self.files.push((name.to_owned(), bytes.to_vec()));
        self
    }

    /// With its files compressed.
    pub(crate) fn compressed(mut self) -> Self {
        self.compression = CompressionMethod::Deflated;
        self
    }

    /// Writes the upload file into a folder.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> PathBuf {
        write(folder, name, &archive(&self.files, self.compression))
    }
}

/// A ZIP file of these entries.
pub(crate) fn archive(entries: &[(String, Vec<u8>)], compression: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    append(&mut writer, entries, compression);
    writer.finish().expect("the ZIP is finished").into_inner()
}

/// Writes bytes to a file in a folder.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the file is written");
    path
}

fn append(writer: &mut ZipWriter<Cursor<Vec<u8>>>, entries: &[(String, Vec<u8>)], compression: CompressionMethod) {
    let options = SimpleFileOptions::default().compression_method(compression);
    for (name, bytes) in entries {
        writer.start_file(name.as_str(), options).expect("the entry is started");
        writer.write_all(bytes).expect("the entry is written");
    }
}

/// A block map of these files, in one block each. The hashes are not real ones.
fn block_map(entries: &[(String, Vec<u8>)]) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">"#,
    );
    for (name, bytes) in entries {
        let (name, size) = (name.replace('/', "\\"), bytes.len());
        let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        text.push_str(&format!(r#"<File Name="{name}" Size="{size}" LfhSize="30"><Block Hash="{hash}"/></File>"#));
    }
    text.push_str("</BlockMap>");
    text
}
