//! The packages that the crowd publishes: the smallest that the Store takes, each of a version of its own.

/// A package in the archive that is uploaded, under the name `file`.
pub(crate) fn upload(file: &str, identity: &str, publisher: &str, version: &str, program: &[u8]) -> Vec<u8> {
    let manifest = format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{identity}" Publisher="{publisher}" Version="{version}" ProcessorArchitecture="x64"/>
  <Properties><DisplayName>Lights</DisplayName><PublisherDisplayName>Saltmarsh</PublisherDisplayName></Properties>
  <Dependencies><TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/></Dependencies>
  <Resources><Resource Language="en-GB"/></Resources>
  <Applications><Application Id="App" Executable="App.exe" EntryPoint="Windows.FullTrustApplication"/></Applications>
</Package>"#
    );
    let entry = |name: &str, size: usize| {
        let blocks = r#"<Block Hash="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="/>"#.repeat(size.div_ceil(65536));
        format!(r#"<File Name="{name}" Size="{size}" LfhSize="{}">{blocks}</File>"#, 30 + name.len())
    };
    let map = format!(
        r#"<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">{}{}</BlockMap>"#,
        entry("App.exe", program.len()),
        entry("AppxManifest.xml", manifest.len())
    );
    let types = br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="text/xml"/></Types>"#;
    let package = archive(&[
        ("App.exe", program),
        ("AppxManifest.xml", manifest.as_bytes()),
        ("AppxBlockMap.xml", map.as_bytes()),
        ("[Content_Types].xml", types),
    ]);
    archive(&[(file, &package)])
}

/// A ZIP of these files, stored.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut whole, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let (crc, size) = (crc32(content), content.len() as u32);
        let mut common = Vec::new();
        for number in [20_u16, 0, 0, 0, 33] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        for number in [crc, size, size] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        let offset = whole.len() as u32;
        whole.extend_from_slice(b"PK\x03\x04");
        whole.extend_from_slice(&common);
        whole.extend_from_slice(name.as_bytes());
        whole.extend_from_slice(content);
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (count, size, offset) = (files.len() as u16, directory.len() as u32, whole.len() as u32);
    whole.append(&mut directory);
    whole.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    whole.extend_from_slice(&count.to_le_bytes());
    whole.extend_from_slice(&count.to_le_bytes());
    whole.extend_from_slice(&size.to_le_bytes());
    whole.extend_from_slice(&offset.to_le_bytes());
    whole.extend_from_slice(&[0, 0]);
    whole
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}
